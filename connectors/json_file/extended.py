"""What `mongoexport` writes, as plain JSON. Knows its marks, and no field."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

IDENTIFIER = "_id"
OWN = (IDENTIFIER, "__v")
"""What MongoDB and its usual library add to documents; no standard has them."""

_MARKS = ('"$', *(f'"{name}"' for name in OWN))


def plain(text: str) -> tuple[str, str | None]:
    """Give a record without what MongoDB adds, and the identifier it had there.

    A record that does not come from MongoDB is given as it came.
    """
    if not any(mark in text for mark in _MARKS):
        return text, None
    try:
        record = json.loads(text, object_hook=_value)
        identifier = record.get(IDENTIFIER) if isinstance(record, dict) else None
        kept = json.dumps(_without_own(record), ensure_ascii=False)
    except (ValueError, OverflowError, RecursionError):
        # What is wrong with it is told where records are judged.
        return text, None
    return kept, None if identifier is None else str(identifier)


def _without_own(value: object) -> object:
    if isinstance(value, dict):
        return {k: _without_own(v) for k, v in value.items() if k not in OWN}
    if isinstance(value, list):
        return [_without_own(item) for item in value]
    return value


def _value(found: dict[str, object]) -> object:
    """Give what a marked object stands for; another object as it is."""
    if len(found) != 1:
        return found
    ((mark, value),) = found.items()
    convert = _VALUES.get(mark)
    return found if convert is None else convert(value)


def _moment(value: object) -> object:
    """Give a date as its text; MongoDB counts milliseconds where it is far."""
    if not isinstance(value, int):
        return value
    moment = datetime.fromtimestamp(value / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"


_VALUES: Mapping[str, Callable[..., object]] = {
    "$oid": str,
    "$uuid": str,
    "$date": _moment,
    "$numberInt": int,
    "$numberLong": int,
    "$numberDouble": float,
    "$numberDecimal": float,
}
