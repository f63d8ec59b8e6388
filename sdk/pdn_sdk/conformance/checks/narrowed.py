"""Order of what a filter found: nothing comes, goes or loses its place."""

from collections.abc import Mapping
from dataclasses import replace

from pdn_sdk.checking import Answer, Api, check, expect
from pdn_sdk.collation import fold
from pdn_sdk.conformance.checks.demands import as_json, counted
from pdn_sdk.conformance.checks.matches import satisfies
from pdn_sdk.conformance.checks.samples import Record, identity, is_known, records
from pdn_sdk.conformance.checks.sorting import first_break, soundly, texts_of
from pdn_sdk.conformance.checks.telling import narrowed
from pdn_sdk.standards.model import Dataset, SortField


@check("SOR-51")
def check_order_and_filter_work_together(
    api: Api, dataset: Dataset, sort_field: SortField
) -> None:
    """Ordenar lo filtrado no agrega, no quita ni repite registros."""
    query = narrowed(api, dataset, sort_field)
    most = dataset.max_page_size
    up = _sorted(api, query, {sort_field.name: "asc"}, 1, most)
    _expect_ordered(api, dataset, (sort_field, "asc"), query, up)
    # The other way, its second half: what it holds is what came first before.
    size = max(1, min(most, -(-up.total // 2)))
    page = 2 if up.total > 1 else 1
    down = _sorted(api, query, {sort_field.name: "desc"}, page, size)
    _expect_ordered(api, dataset, (sort_field, "desc"), query, down)
    wrong = _not_the_rest(up, down, sort_field) if up.total <= len(up.results) else ""
    expect(
        not wrong,
        f"Al filtrar con {as_json(query)} no se ordena de mayor a menor por "
        f"«{sort_field.name}», o la segunda página repite la primera.",
        expected="en la segunda página, los menores",
        received=wrong,
        evidence=[up.exchange, down.exchange],
    )


def _sorted(
    api: Api, query: Record, sort: Mapping[str, str], page: int, size: int
) -> Answer:
    answer = api.search(page=page, page_size=size, query=query, sort=sort)
    # As it was asked: what the answer says of itself has its own check.
    return replace(answer, page=page, page_size=size)


def _expect_ordered(
    api: Api,
    dataset: Dataset,
    order: tuple[SortField, str],
    query: Record,
    answer: Answer,
) -> None:
    """Demand that a page holds what it should of a query, in order."""
    declared, way = order
    size, start = answer.page_size, (answer.page - 1) * answer.page_size
    least = sum(satisfies(dataset, r, query, strictly=True) for r in records(api))
    most = sum(satisfies(dataset, r, query, strictly=False) for r in records(api))
    ids = [str(identity(dataset, r)) for r in answer.results]
    foreign = [
        r for r in answer.results if not satisfies(dataset, r, query, strictly=False)
    ]
    due = max(0, min(size, answer.total - start))
    expect(
        not foreign
        and len(set(ids)) == len(ids) == due
        and least <= answer.total
        and (answer.total <= most or not is_known(api)),
        f"Lo que encuentra {as_json(query)} cambia al ordenar por "
        f"«{declared.name}» ({way}).",
        expected=f"{counted(least, 'registro', 'registros')}, una vez cada uno",
        received=f"totalRows {answer.total:,}, {len(set(ids)):,} registros "
        f"distintos, que no cumplen {len(foreign):,}",
        evidence=answer.exchange,
    )
    wrong = first_break(answer.results, declared, way)
    expect(
        not wrong,
        f"Al filtrar con {as_json(query)} se pierde el orden por «{declared.name}» "
        f"({way}).",
        expected="orden alfabético del español",
        received=wrong,
        evidence=answer.exchange,
    )


def _not_the_rest(up: Answer, down: Answer, declared: SortField) -> str:
    """Tell what the second half holds that came in the first, or nothing."""
    first = texts_of(up.results, declared)[::-1]
    second = texts_of(down.results, declared)
    # Those without the value may come at either end.
    place = max(0, down.page_size - (up.total - len(first)))
    if down.page == 1 or not second or place >= len(first):
        return ""
    most = first[place]
    right = soundly(fold(second[0]), fold(most))
    return "" if right else f"«{second[0]}», que va antes que «{most}»"
