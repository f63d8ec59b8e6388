"""What no sample shows: every value, the second order, the time of each filter.

One request tries several values at once, so that the limit of requests of a run
goes further. Checks here judge by the records that the walk gave.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import groupby, permutations

from pdn_sdk.checking import (
    Api,
    Exchange,
    FindingError,
    NotTriedError,
    advise,
    check,
    expect,
)
from pdn_sdk.conformance.checks.combined import expect_all
from pdn_sdk.conformance.checks.demands import as_json, listed
from pdn_sdk.conformance.checks.matches import OTHERS, satisfies, value_for
from pdn_sdk.conformance.checks.samples import (
    Record,
    filters,
    identity,
    records,
    texts_at,
)
from pdn_sdk.conformance.checks.sorting import first_break
from pdn_sdk.standards.model import Dataset, FilterField, Operator, SortField
from pdn_sdk.standards.paths import values_at

REQUESTS = 30
"""Shared by the walk and the values: what a long walk spends is not spent again."""
FEWEST = 1
MOST_CHANGED = 4
MOST_PAIRED = 6
BUDGET_S = 4.0
ASKED_AGAIN = 3


@check("SEA-53")
def check_values_seen_nowhere_else_are_found(api: Api, dataset: Dataset) -> None:
    """Un registro se encuentra con todos sus datos a la vez, y ningún otro."""
    for query in _covering(api, dataset):
        try:
            expect_all(api, dataset, query)
        except FindingError:
            # One value alone says more, where it is the one that fails.
            for name, wanted in query.items():
                expect_all(api, dataset, {name: wanted})
            raise


@check("SOR-52")
def check_second_order_breaks_ties(api: Api, dataset: Dataset) -> None:
    """Con dos campos de orden, el segundo ordena los empates del primero."""
    one, other = _tied(api, dataset)
    for way in ("asc", "desc"):
        answer = api.search(
            page_size=dataset.max_page_size, sort={one.name: "asc", other.name: way}
        )
        # Members of an object have no order: either may count first.
        wrong = [
            _unordered(answer.results, first, second, ways)
            for first, second, ways in (
                (one, other, ("asc", way)),
                (other, one, (way, "asc")),
            )
        ]
        # The standard admits several keys and leaves unsaid what the others do.
        advise(
            not all(wrong),
            f"Al ordenar por «{one.name}» y «{other.name}» ({way}), el segundo no "
            "cuenta.",
            expected=f"los de igual «{one.name}», en orden de «{other.name}»",
            received=wrong[0],
            evidence=answer.exchange,
        )


@check("STR-06")
def check_every_filter_comes_in_time(api: Api, dataset: Dataset) -> None:
    """Cada filtro se contesta en 4 segundos o menos, igual que los demás."""
    late: dict[str, Exchange] = {}
    for declared in filters(dataset, *Operator):
        value = _value(dataset, declared, records(api))
        if value is None:
            continue
        query = {declared.name: value}
        if _is_late(api.search(page_size=1, query=query).exchange):
            # Once may be chance, twice is not.
            again = api.search(page_size=1, query=query).exchange
            late |= {f"«{declared.name}»": again} if _is_late(again) else {}
    late |= _late_again(api)
    expect(
        not late,
        f"Tarda demasiado la consulta con {listed(list(late))}: la PDN espera 4 "
        "segundos y después muestra a su institución como fuera de servicio.",
        expected=f"{BUDGET_S:g} segundos o menos",
        received="; ".join(
            f"{k}: {e.response.elapsed_s:.1f} s" for k, e in late.items()
        ),
        evidence=list(late.values()),
    )


def _is_late(exchange: Exchange) -> bool:
    return exchange.response.elapsed_s > BUDGET_S


def _late_again(api: Api) -> dict[str, Exchange]:
    """Repeat what was answered late in this run, and give what is late again."""
    found: dict[str, Exchange] = {}
    for exchange in list(api.late)[:ASKED_AGAIN]:
        raw = exchange.request.body.encode()
        again = api.call(raw=raw)
        if again.status == 200 and _is_late(again):
            found[exchange.request.body] = again
    return found


def _value(
    dataset: Dataset, declared: FilterField, found: Sequence[Record]
) -> object | None:
    """Give a value that a filter takes, seen in some record."""
    if declared.operator is Operator.IDENTITY:
        return next((str(identity(dataset, r)) for r in found), None)
    if declared.operator is Operator.ANY_OF:
        return [dataset.catalogs[declared.catalog][0].key]
    if declared.operator in {Operator.CONTAINS, Operator.EQUALS}:
        seen = (v for r in found for v in values_at(r, declared.path))
        return next((v for v in seen if isinstance(v, str) and v.strip()), None)
    return None


def _covering(api: Api, dataset: Dataset) -> Iterator[Record]:
    """Yield queries by all that a record shows, which try most values in few requests.

    Each takes the record with most of what was not tried yet; the values of a
    filter that has few of them count more, so that all of these are tried.
    """
    lists = filters(dataset, Operator.ANY_OF)
    declared = [*lists, *filters(dataset, Operator.CONTAINS, *OTHERS)]
    every = [_shown(declared, record) for record in records(api)]
    if not any(every):
        raise NotTriedError("Ningún registro muestra un dato por el que se filtre.")
    values = {(name, as_json(v)) for query in every for name, v in query.items()}
    several = Counter(name for name, _ in values)
    chosen: list[Record] = []
    for _ in range(max(FEWEST, REQUESTS - len(api.walk().exchanges))):
        best = max(every, key=lambda q: _worth(q, values, several))
        if not _worth(best, values, several):
            break
        values -= {(name, as_json(v)) for name, v in best.items()}
        chosen.append(best)
    yield from chosen
    emptied = {
        name: next(_emptied(api, dataset, chosen, name), None)
        for name in [f.name for f in declared][:MOST_CHANGED]
    }
    yield from (query for query in emptied.values() if query is not None)


def _worth(
    query: Record, values: Set[tuple[str, str]], several: Mapping[str, int]
) -> float:
    found = values & {(name, as_json(v)) for name, v in query.items()}
    return sum(1 / several[name] for name, _ in found)


def _emptied(
    api: Api, dataset: Dataset, chosen: Sequence[Record], name: str
) -> Iterator[Record]:
    """Yield queries where one filter leaves out what all the others find.

    A filter that does not count among many shows there, and nowhere else.
    """
    found = records(api)
    for one, other in permutations(chosen[:MOST_PAIRED], 2):
        if name in one and name in other and one[name] != other[name]:
            query = {**one, name: other[name]}
            if not any(satisfies(dataset, r, query, strictly=False) for r in found):
                yield query


def _shown(declared: Sequence[FilterField], record: Record) -> Record:
    """Give what to ask of every filter, so that it finds a record."""
    lists = [f for f in declared if f.operator is Operator.ANY_OF]
    keys = {f.name: [*values_at(record, f.path)][:1] for f in lists}
    others = {f.name: value_for(record, f) for f in declared if f not in lists}
    return {n: v for n, v in {**keys, **others}.items() if v not in (None, [])}


def _tied(api: Api, dataset: Dataset) -> tuple[SortField, SortField]:
    """Give two orders where records tie in the first and differ in the second."""
    texts = [s for s in dataset.sort_fields if s.type == "string"]
    plain = [s for s in texts if "[]" not in s.path]
    for one, other in permutations(plain, 2):
        seen: dict[str, set[str]] = {}
        for record in records(api):
            a, b = (next(texts_at(record, s.path), "") for s in (one, other))
            if a and b:
                seen.setdefault(a, set()).add(b)
        if max(map(len, seen.values()), default=0) > 2:
            return one, other
    raise NotTriedError("Ningún registro empata con otro en un campo de orden.")


def _unordered(
    found: Sequence[Record],
    first: SortField,
    second: SortField,
    ways: tuple[str, str],
) -> str:
    """Tell what is out of order, reading one of the two as the first."""
    wrong = first_break(found, first, ways[0])
    for value, group in groupby(found, lambda r: next(texts_at(r, first.path), "")):
        if value and not wrong:
            wrong = first_break(list(group), second, ways[1])
    return wrong
