"""Queries that tell: what a filter that does not count would give away.

Chosen among the values that the records show, so that they fit any data.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import product

from pdn_sdk.checking import Api, NotTriedError
from pdn_sdk.conformance.checks.demands import as_json
from pdn_sdk.conformance.checks.matches import matches, value_for
from pdn_sdk.conformance.checks.samples import Record, filters, records, texts_at
from pdn_sdk.standards.model import Dataset, FilterField, Operator, SortField
from pdn_sdk.standards.paths import values_at

LOOKED_AT = 400
"""Records: enough to choose values by."""
CANDIDATES = 12
"""Values of a filter."""

Held = list[tuple[object, frozenset[int]]]


def telling_query(api: Api, pair: tuple[FilterField, FilterField]) -> Record | None:
    """Give a query by two filters where neither alone gives what both give.

    Of one record where there is such a record; else of two, and nothing satisfies it.
    None where the records do not tell the two filters apart.
    """
    one, other = pair
    found = records(api)[:LOOKED_AT]
    chosen = max(
        product(_held(found, one), _held(found, other)),
        key=lambda values: _telling(values[0][1], values[1][1]),
        default=None,
    )
    if chosen is None or not _telling(chosen[0][1], chosen[1][1])[0]:
        return None
    return {one.name: chosen[0][0], other.name: chosen[1][0]}


def narrowed(api: Api, dataset: Dataset, order: SortField) -> Record:
    """Give a query by another field, where what it finds differs in an order.

    Each order takes another filter, so that all of them come to be tried.
    Raises: NotTriedError where no other field is shown.
    """
    found = records(api)[:LOOKED_AT]
    every = filters(dataset, Operator.CONTAINS, Operator.ANY_OF)
    place = dataset.sort_fields.index(order) % len(every)
    turned = [f for f in [*every[place:], *every[:place]] if f.path != order.path]
    least: Record | None = None
    for declared in turned:
        held = [h for h in _held(found, declared) if len(h[1]) < len(found)]
        for value, who in sorted(held, key=lambda h: -_kinds(found, h[1], order))[:1]:
            query = {declared.name: value}
            if _kinds(found, who, order) > 1:
                return query
            least = least or query
    if least is None:
        raise NotTriedError("Ningún otro campo sirve a la vez para filtrar.")
    return least


def _held(found: Sequence[Record], declared: FilterField) -> Held:
    """Give some values of a filter, the most used, with the places that answer."""
    counts: Counter[str] = Counter()
    values: dict[str, object] = {}
    for record in found:
        value = _asked(record, declared)
        if value is not None:
            counts[as_json(value)] += 1
            values.setdefault(as_json(value), value)
    return [
        (values[key], _who(found, declared, values[key]))
        for key, _ in counts.most_common(CANDIDATES)
    ]


def _asked(record: Record, declared: FilterField) -> object:
    if declared.operator is not Operator.ANY_OF:
        return value_for(record, declared)
    return [*values_at(record, declared.path)][:1] or None


def _who(
    found: Sequence[Record], declared: FilterField, value: object
) -> frozenset[int]:
    return frozenset(
        place
        for place, record in enumerate(found)
        if matches(record, declared, value, strictly=False)
    )


def _telling(one: frozenset[int], other: frozenset[int]) -> tuple[bool, bool, int]:
    both = len(one & other)
    more = min(len(one), len(other)) - both
    return more > 0, both > 0, more


def _kinds(found: Sequence[Record], who: frozenset[int], order: SortField) -> int:
    return len({next(texts_at(found[place], order.path), "") for place in who} - {""})
