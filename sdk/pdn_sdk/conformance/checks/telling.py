"""Queries that tell: what a filter that does not count would give away.

Chosen among the values that the records show, so that they fit any data.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Held:
    """What a filter may be asked, with who answers: surely, and at most."""

    value: object
    surely: frozenset[int]
    at_most: frozenset[int]


def telling_query(api: Api, pair: tuple[FilterField, FilterField]) -> Record | None:
    """Give a query by two filters where neither alone gives what both give.

    Of one record where there is such a record; else of two, and nothing satisfies it.
    None where the records do not tell the two filters apart.
    """
    one, other = pair
    found = records(api)[:LOOKED_AT]
    chosen = max(
        product(_held(found, one), _held(found, other)),
        key=lambda values: _telling(*values),
        default=None,
    )
    if chosen is None or not _telling(*chosen)[0]:
        return None
    return {one.name: chosen[0].value, other.name: chosen[1].value}


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
        held = [h for h in _held(found, declared) if len(h.at_most) < len(found)]
        best = max(held, key=lambda h: _kinds(found, h.surely, order), default=None)
        if best is None:
            continue
        query = {declared.name: best.value}
        if _kinds(found, best.surely, order) > 1:
            return query
        least = least or query
    if least is None:
        raise NotTriedError("Ningún otro campo sirve a la vez para filtrar.")
    return least


def _held(found: Sequence[Record], declared: FilterField) -> list[_Held]:
    """Give some values of a filter, the most used, with the places that answer."""
    counts: Counter[str] = Counter()
    values: dict[str, object] = {}
    for record in found:
        value = _asked(record, declared)
        if value is not None:
            counts[as_json(value)] += 1
            values.setdefault(as_json(value), value)
    return [
        _Held(
            values[key],
            _who(found, declared, values[key], strictly=True),
            _who(found, declared, values[key], strictly=False),
        )
        for key, _ in counts.most_common(CANDIDATES)
    ]


def _asked(record: Record, declared: FilterField) -> object:
    if declared.operator is not Operator.ANY_OF:
        return value_for(record, declared)
    return [*values_at(record, declared.path)][:1] or None


def _who(
    found: Sequence[Record], declared: FilterField, value: object, *, strictly: bool
) -> frozenset[int]:
    return frozenset(
        place
        for place, record in enumerate(found)
        if matches(record, declared, value, strictly=strictly)
    )


def _telling(one: _Held, other: _Held) -> tuple[bool, bool, int]:
    """Tell if either alone shows more, if both show something, and how much more."""
    more = min(len(one.surely - other.at_most), len(other.surely - one.at_most))
    return more > 0, bool(one.surely & other.surely), more


def _kinds(found: Sequence[Record], who: frozenset[int], order: SortField) -> int:
    return len({next(texts_at(found[place], order.path), "") for place in who} - {""})
