"""Whole downloads: sizes out of range, and totals that add up."""

from pdn_sdk.checking import Api, NotTriedError, check, expect
from pdn_sdk.conformance.checks.demands import (
    as_json,
    members,
    pagination,
    shows_data,
    statuses,
)
from pdn_sdk.conformance.checks.samples import filters, identity, records, sample
from pdn_sdk.standards.model import Dataset, Operator

MOST_PAGES = 5


@check("PAG-14")
def check_oversize_page_is_cut_or_refused(api: Api, dataset: Dataset) -> None:
    """Un tamaño de página mayor que el máximo se recorta o se rechaza."""
    most = dataset.max_page_size
    sent = {
        f"pageSize {n:,}": api.call({"page": 1, "pageSize": n})
        for n in (most + 1, 1000)
    }
    wrong = {}
    for label, answer in sent.items():
        results = members(answer).get("results")
        count = len(results) if isinstance(results, list) else 0
        told = pagination(members(answer)).get("pageSize")
        # Where there are few records, only what it says shows that it is not cut.
        is_cut = answer.status == 200 and count <= most and told in range(1, most + 1)
        if not (is_cut or 400 <= answer.status < 500):
            wrong[label] = answer
    expect(
        not wrong,
        f"Con un tamaño mayor que {most:,} falla o entrega más de {most:,} registros.",
        expected=f"{most:,} registros a lo sumo, o estado 400",
        received=statuses(sent),
        evidence=list(wrong.values()),
    )


@check("PAG-15")
def check_undersize_page_is_mended_or_refused(api: Api) -> None:
    """Un tamaño de página menor que 1 se corrige o se rechaza, sin fallar."""
    sent = {f"pageSize {n}": api.call({"page": 1, "pageSize": n}) for n in (0, -1)}
    wrong = [e for e in sent.values() if e.status != 200 and not 400 <= e.status < 500]
    expect(
        not wrong,
        "Con un tamaño menor que 1 el servidor falla.",
        expected="estado 400, o 200 con un tamaño válido",
        received=statuses(sent),
        evidence=wrong,
    )


@check("PAG-17")
def check_total_counts_what_matches(api: Api, dataset: Dataset) -> None:
    """El total con un filtro es el número de registros que se llegan a recibir."""
    declared = filters(dataset, Operator.CONTAINS)
    if not declared:
        raise NotTriedError("Este conjunto de datos no tiene filtros de texto.")
    value = sample(api, declared[0], lambda v: v.isascii(), "es de letras sencillas")
    query = {declared[0].name: value}
    ids: list[object] = []
    page, answer = 1, api.search(page=1, page_size=dataset.max_page_size, query=query)
    while answer.results:
        ids += [identity(dataset, r) for r in answer.results]
        page += 1
        if len(ids) >= answer.total or page > MOST_PAGES:
            break
        answer = api.search(page=page, page_size=dataset.max_page_size, query=query)
    expect(
        len(ids) == min(answer.total, MOST_PAGES * dataset.max_page_size),
        f"Con «{declared[0].name}» dice {answer.total:,} registros y se reciben "
        f"{len(ids):,}.",
        expected=f"{answer.total:,} registros",
        received=f"{len(ids):,} registros",
        evidence=answer.exchange,
    )


@check("PAG-18")
def check_success_has_no_code(api: Api) -> None:
    """Una respuesta con datos no tiene «code» en su primer nivel."""
    records(api)
    answer = api.call({"page": 1, "pageSize": 1})
    code = members(answer).get("code")
    expect(
        code is None or not shows_data(answer),
        "La respuesta con datos trae «code», y la PDN la toma por un error.",
        expected="{pagination, results}",
        received=f"code {as_json(code)}",
        evidence=answer,
    )
