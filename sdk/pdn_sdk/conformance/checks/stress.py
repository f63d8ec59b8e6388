"""Several callers at once, and the time that the PDN waits."""

from collections.abc import Callable

from pdn_sdk.checking import Api, Exchange, NotTriedError, check, expect
from pdn_sdk.conformance.checks.demands import listed, members, statuses
from pdn_sdk.conformance.checks.samples import Record, filters, identity, records, total
from pdn_sdk.standards.model import Dataset, FilterField, Operator

CALLERS = 5
TOKEN_BUDGET_S = 2.0
DATA_BUDGET_S = 4.0


@check("STR-01")
def check_parallel_tokens(api: Api) -> None:
    """Cinco solicitudes de token a la vez se atienden todas."""
    sent = api.together([api.request_token] * CALLERS)
    lost = [e for e in sent if not members(e).get("access_token")]
    expect(
        not lost,
        f"De {CALLERS} solicitudes de token simultáneas fallaron {len(lost)}. La PDN "
        "y la descarga masiva piden varios a la vez.",
        expected=f"{CALLERS} tokens",
        received=", ".join(str(e.status) for e in sent),
        evidence=lost,
    )


@check("STR-02")
def check_parallel_pages(api: Api, dataset: Dataset) -> None:
    """Cinco páginas del tamaño máximo, pedidas a la vez, se atienden todas."""
    size = dataset.max_page_size
    tokens = [members(api.request_token()).get("access_token") for _ in range(CALLERS)]
    sent = api.together(
        [_with(api, str(token), n, size) for n, token in enumerate(tokens, start=1)]
    )
    lost = [e for e in sent if e.status != 200]
    expect(
        not lost,
        f"De {CALLERS} páginas simultáneas fallaron {len(lost)}: la descarga masiva "
        "las pide así, cada una con su token.",
        expected=f"{CALLERS} respuestas con estado 200",
        received=", ".join(str(e.status) for e in sent),
        evidence=lost,
    )


@check("STR-03")
def check_callers_get_their_own_answers(
    api: Api, dataset: Dataset, identity_filter: FilterField
) -> None:
    """Quienes consultan a la vez reciben cada uno su propia respuesta."""
    ids = dict.fromkeys(str(identity(dataset, r)) for r in records(api))
    wanted = [value for value in ids if value.strip()][: 2 * CALLERS]
    if len(wanted) < 2:
        raise NotTriedError("Hacen falta dos registros para comparar respuestas.")
    sent = api.together([_asking(api, identity_filter, value) for value in wanted])
    crossed = [
        (value, e)
        for value, e in zip(wanted, sent, strict=True)
        if e.status == 200 and _ids(dataset, e) != [value]
    ]
    expect(
        not crossed,
        "Al consultar varios a la vez, alguien recibe la respuesta de otro.",
        expected="a cada quien el registro que pidió",
        received="; ".join(f"pidió «{v}», {_ids(dataset, e)}" for v, e in crossed[:3]),
        evidence=[e for _, e in crossed],
    )


@check("STR-04")
def check_searches_come_in_time(api: Api, dataset: Dataset) -> None:
    """Las búsquedas se contestan en 4 segundos o menos."""
    bodies: dict[str, Record] = {
        "la página más grande": {"page": 1, "pageSize": dataset.max_page_size}
    }
    for declared in filters(dataset, Operator.CONTAINS)[:1]:
        bodies["un filtro de tres letras"] = {"query": {declared.name: "mar"}}
    for field in dataset.sort_fields[:1]:
        bodies["una página ordenada"] = {"pageSize": 50, "sort": {field.name: "asc"}}
    _expect_in_time({label: api.call(body) for label, body in bodies.items()})


@check("STR-05")
def check_last_page_comes_in_time(api: Api) -> None:
    """La última página se contesta tan a tiempo como la primera."""
    size = 9
    last = max(1, -(-total(api) // size))
    _expect_in_time({"la última página": api.call({"page": last, "pageSize": size})})


def _with(api: Api, token: str, page: int, size: int) -> Callable[[], Exchange]:
    return lambda: api.call({"page": page, "pageSize": size}, token=token)


def _asking(api: Api, declared: FilterField, value: str) -> Callable[[], Exchange]:
    body = {"page": 1, "pageSize": 3, "query": {declared.name: value}}
    return lambda: api.call(body)


def _ids(dataset: Dataset, exchange: Exchange) -> list[object]:
    results = members(exchange).get("results")
    rows = results if isinstance(results, list) else []
    return [identity(dataset, row) for row in rows]


def _expect_in_time(sent: dict[str, Exchange]) -> None:
    late = [k for k, e in sent.items() if e.response.elapsed_s > DATA_BUDGET_S]
    expect(
        not late,
        f"Tardó demasiado {listed(late)}: la PDN espera 4 segundos y después muestra "
        "a su institución como fuera de servicio.",
        expected=f"{DATA_BUDGET_S:g} segundos o menos",
        received="; ".join(f"{k}: {sent[k].response.elapsed_s:.1f} s" for k in late)
        or statuses(sent),
        evidence=[sent[label] for label in late],
    )
