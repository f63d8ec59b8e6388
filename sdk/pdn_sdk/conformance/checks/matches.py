"""Whether a record answers to a filter, of whatever kind, as far as can be told.

Strictly, what every sound provider finds; loosely, what some may find as well.
"""

from collections.abc import Callable, Mapping

from pdn_sdk.conformance.checks.samples import Record, holds, loosely, texts_at
from pdn_sdk.standards.model import Dataset, FilterField, Operator
from pdn_sdk.standards.moments import instant
from pdn_sdk.standards.paths import values_at

OTHERS = (Operator.EQUALS, Operator.BETWEEN, Operator.SINCE, Operator.UNTIL)
"""The filters that are neither texts nor lists, and find more than one record."""


def matches(
    record: Record, declared: FilterField, wanted: object, *, strictly: bool
) -> bool:
    """Tell whether a record answers to a filter that asks for a value."""
    if isinstance(wanted, list):
        return any(key in values_at(record, declared.path) for key in wanted)
    if declared.operator is Operator.CONTAINS:
        text = str(wanted)
        found = text in texts_at(record, declared.path)
        return found if strictly else found or holds(record, declared, text)
    meets = _meeting(declared, wanted)
    if declared.operator is Operator.EQUALS and strictly:
        return wanted in values_at(record, declared.path)
    return any(map(meets, values_at(record, declared.path)))


def satisfies(
    dataset: Dataset, record: Record, query: Record, *, strictly: bool
) -> bool:
    """Tell whether a record satisfies a query; strictly, to the letter."""
    declared = dataset.filters_by_name
    return all(
        matches(record, declared[name], wanted, strictly=strictly)
        for name, wanted in query.items()
    )


def value_for(record: Record, declared: FilterField) -> object:
    """Give what to ask of a filter, so that it finds a record; None where nothing."""
    for value in values_at(record, declared.path):
        if declared.operator is Operator.BETWEEN:
            if _is_number(value):
                return {"min": value}
        elif declared.operator in {Operator.SINCE, Operator.UNTIL}:
            if isinstance(value, str) and instant(value) is not None:
                return value
        elif _is_number(value) if declared.is_number else _says(value):
            return value
    return None


def _meeting(declared: FilterField, wanted: object) -> Callable[[object], bool]:
    if declared.operator is Operator.BETWEEN and isinstance(wanted, Mapping):
        least = wanted.get("min", float("-inf"))
        most = wanted.get("max", float("inf"))
        return lambda value: _is_number(value) and least <= value <= most
    if declared.operator in {Operator.SINCE, Operator.UNTIL}:
        return lambda value: _is_on_its_side(declared, value, str(wanted))
    return lambda value: loosely(str(value)) == loosely(str(wanted))


def _is_on_its_side(declared: FilterField, value: object, wanted: str) -> bool:
    moment, limit = instant(str(value)), instant(wanted)
    if moment is None or limit is None:
        return False
    return moment >= limit if declared.operator is Operator.SINCE else moment <= limit


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _says(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
