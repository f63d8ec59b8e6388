"""Several callers at once, and the time that the PDN waits."""

import math
from collections.abc import Callable, Sequence
from functools import partial

from pdn_sdk.checking import Api, Exchange, NotTriedError, check, expect
from pdn_sdk.conformance.checks.demands import (
    as_json,
    expect_own_answers,
    listed,
    members,
    statuses,
)
from pdn_sdk.conformance.checks.samples import (
    Record,
    filters,
    has_walked_far,
    identity,
    records,
    texts_at,
)
from pdn_sdk.standards.model import Dataset, FilterField, Operator

CALLERS = 5
RAMP = (8,)
"""Callers at once; the last is the cap. The load of the PDN has its own check."""
TOKENS, DATA = "los tokens", "las páginas"
BANDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds."""
TOKEN_BUDGET_S = 2.0
DATA_BUDGET_S = 4.0
BUDGETS = ((TOKENS, TOKEN_BUDGET_S), (DATA, DATA_BUDGET_S))


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
    one = {"page": 1, "pageSize": 1}
    used = [api.call(one, token=str(members(e)["access_token"])) for e in sent]
    refused = [e for e in used if e.status != 200]
    expect(
        not refused,
        f"De {CALLERS} tokens entregados a la vez, {len(refused)} no sirven.",
        expected=f"{CALLERS} tokens que sirven a la vez",
        received=", ".join(str(e.status) for e in used),
        evidence=refused,
    )


@check("STR-02")
def check_parallel_pages(api: Api, dataset: Dataset) -> None:
    """Cinco páginas del tamaño máximo, pedidas a la vez, se atienden todas."""
    size = dataset.max_page_size
    last = max(1, -(-api.total() // size))
    tokens = [members(api.request_token()).get("access_token") for _ in range(CALLERS)]
    sent = api.together(
        [_with(api, str(token), n % last + 1, size) for n, token in enumerate(tokens)]
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
    most = CALLERS if has_walked_far(api) else 2 * CALLERS
    wanted = [value for value in ids if value.strip()][:most]
    if len(wanted) < 2:
        raise NotTriedError("Hacen falta dos registros para comparar respuestas.")
    sent = api.together([_asking(api, identity_filter, value) for value in wanted])
    expect_own_answers(wanted, sent, lambda e: _ids(dataset, e))


@check("STR-51")
def check_parallel_answers_are_those_of_one(api: Api, dataset: Dataset) -> None:
    """Lo que se contesta a varios a la vez es lo mismo que se contesta a uno."""
    records(api)
    for bodies in _mixed(api, dataset):
        sent = api.together([partial(api.call, body) for body in bodies])
        alone = [api.call(body) for body in bodies]
        crossed = [
            (body, together, single)
            for body, together, single in zip(bodies, sent, alone, strict=True)
            if together.status == single.status == 200
            and _said(together) != _said(single)
        ]
        expect(
            not crossed,
            "Cuando varios consultan a la vez, alguien recibe otra cosa que la que "
            "pidió: cada respuesta debe salir sólo de su consulta.",
            expected="la misma respuesta que sin nadie más",
            received="; ".join(as_json(body) for body, *_ in crossed[:3]),
            evidence=[e for _, *pair in crossed for e in pair],
        )


@check("STR-52")
def check_load_is_borne(api: Api, dataset: Dataset) -> str:
    """Atiende la carga de la PDN, y una creciente, sin fallar ni tardar."""
    if not api.may_load:
        raise NotTriedError(
            "En producción no se pone carga sin pedirlo: agregue --category estres."
        )
    took: list[tuple[str, float]] = []
    last = max(1, -(-api.total() // dataset.max_page_size))
    for callers in RAMP:
        sent = api.together([partial(_with_own_token, api, dataset, n % last + 1, took)
                             for n in range(callers)])  # fmt: skip
        lost = [e for e in sent if e.status not in (200, 429)]
        expect(
            not lost,
            f"Con {callers} consultas a la vez, cada una con su token, fallaron "
            f"{len(lost)}.",
            expected="estado 200 en todas",
            received=", ".join(str(e.status) for e in sent),
            evidence=lost,
        )
    told = "; ".join(_told(took, *each) for each in BUDGETS)
    late = [what for what, limit in BUDGETS if _high(took, what) > limit]
    expect(
        not late,
        f"Bajo carga tarda demasiado {listed(late)}. Tiempos: {told}.",
        expected="token en 2 segundos y datos en 4, también con varios a la vez",
        received=told,
    )
    return f"Tiempos bajo carga, con hasta {RAMP[-1]} consultas a la vez: {told}."


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
    sent = {label: api.call(body) for label, body in bodies.items()}
    if dataset.endpoint("institutions"):
        sent["la lista de instituciones"] = api.call(endpoint="institutions")
    _expect_in_time(sent)


@check("STR-05")
def check_last_page_comes_in_time(api: Api) -> None:
    """La última página se contesta tan a tiempo como la primera."""
    size = 9
    last = max(1, -(-api.total() // size))
    _expect_in_time({"la última página": api.call({"page": last, "pageSize": size})})


def _mixed(api: Api, dataset: Dataset) -> Sequence[Sequence[Record]]:
    """Give rounds of different questions, so that no two answers are alike."""
    # Each is asked twice, so rounds are few: one of pages, one of all the rest.
    pages: list[Record] = [{"page": n, "pageSize": 5} for n in range(1, CALLERS + 1)]
    texts: list[Record] = [
        {"pageSize": 5, "query": {declared.name: value}}
        for declared in filters(dataset, Operator.CONTAINS)
        for value in _some_texts(api, declared)
    ]
    orders: list[Record] = [
        {"pageSize": 5, "sort": {s.name: way}}
        for s in dataset.sort_fields
        for way in ("asc", "desc")
    ]
    mixed: list[Record] = [*texts[:2], *texts[2:][-1:], *orders[-2:]]
    return [r for r in (pages, mixed) if r]


def _some_texts(api: Api, declared: FilterField) -> list[str]:
    found = {t for r in records(api) for t in texts_at(r, declared.path)}
    return sorted(found)[:2]


def _said(exchange: Exchange) -> object:
    body = members(exchange)
    return body.get("pagination"), body.get("results")


def _with_own_token(
    api: Api, dataset: Dataset, page: int, took: list[tuple[str, float]]
) -> Exchange:
    token = ""
    try:
        issued = api.request_token()
        took.append((TOKENS, issued.response.elapsed_s))
        token = str(members(issued).get("access_token", ""))
    except NotTriedError:
        # A fixed token: there is nobody to ask for another.
        token = ""
    body = {"page": page, "pageSize": dataset.max_page_size}
    answer = api.call(body, token=token)
    took.append((DATA, answer.response.elapsed_s))
    return answer


def _times(took: Sequence[tuple[str, float]], what: str) -> list[float]:
    return sorted(seconds for label, seconds in took if label == what)


def _high(took: Sequence[tuple[str, float]], what: str) -> float:
    """Give the time that nineteen in twenty do not pass; 0 where there is none."""
    times = _times(took, what)
    return times[math.ceil(len(times) * 0.95) - 1] if times else 0.0


def _told(took: Sequence[tuple[str, float]], what: str, limit: float) -> str:
    """Tell how many took how long, in bands, so that two runs say the same."""
    times = _times(took, what)
    if not times:
        return f"{what}, sin medir"
    below = [0, *(sum(t <= band for t in times) for band in BANDS), len(times)]
    labels = [*(f"hasta {band:g} s" for band in BANDS), f"más de {BANDS[-1]:g} s"]
    told = [
        f"{more - less} en {label}"
        for label, less, more in zip(labels, below, below[1:], strict=False)
        if more > less
    ]
    return f"{what} (límite {limit:g} s), {', '.join(told)}"


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
