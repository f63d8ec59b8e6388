"""The values of a filter, read as the type of their field.

Imports the shape and the errors.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import NoReturn
from uuid import UUID

from pdn_sdk.errors import InvalidQueryError
from pdn_sdk.standards.items.shape import Kind, Member

Value = str | int
Clock = Callable[[], datetime]
"""Gives the present moment, with its zone."""

NOW = "$NOW"
MOST_VALUES = 10_000
LARGEST = 2**63 - 1


def value(member: Member, asked: object, clock: Clock) -> Value:
    """Read one value.

    Shape: dates as AAAA-MM-DD, moments in UTC with microseconds, UUIDs in lower
    case with hyphens.
    Raises: InvalidQueryError naming the field and what it takes.
    """
    try:
        return _READERS[member.kind](asked, clock)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidQueryError(
            f"«{member.name}» se compara con {_TAKES[member.kind]}."
        ) from error


def listed(asked: object) -> list[object]:
    """Read the values of a list, also where they come in one text with commas."""
    if isinstance(asked, str):
        return [part.strip() for part in asked.split(",") if part.strip()]
    found = asked if isinstance(asked, list) else [asked]
    if len(found) > MOST_VALUES:
        raise InvalidQueryError(
            f"Una lista del filtro tiene más de {MOST_VALUES:,} valores; pártala."
        )
    return found


def is_yes(asked: object) -> bool:
    """Tell whether an operator of yes or no is asked for yes."""
    return asked not in (False, 0, "false", "0", "False", None)


def _text(asked: object, _: Clock) -> Value:
    if isinstance(asked, bool) or not isinstance(asked, str | int | float):
        raise TypeError
    text = str(asked)
    # Half a character cannot be written in UTF-8 and is in no record.
    text.encode()
    return text


def _uuid(asked: object, clock: Clock) -> Value:
    return str(UUID(str(_text(asked, clock))))


def _integer(asked: object, _: Clock) -> Value:
    if isinstance(asked, float) and not asked.is_integer():
        raise TypeError
    if isinstance(asked, bool) or not isinstance(asked, str | int | float):
        raise TypeError
    number = int(asked)
    if abs(number) > LARGEST:
        raise ValueError
    return number


def _date(asked: object, clock: Clock) -> Value:
    if asked == NOW:
        return clock().astimezone(UTC).date().isoformat()
    if not isinstance(asked, str):
        raise TypeError
    _refuse_compact(asked)
    return (
        date.fromisoformat(asked)
        if len(asked) == len("2025-01-31")
        else datetime.fromisoformat(asked).date()
    ).isoformat()


def _moment(asked: object, clock: Clock) -> Value:
    if asked == NOW:
        moment = clock()
    elif isinstance(asked, str):
        _refuse_compact(asked)
        moment = datetime.fromisoformat(asked)
    else:
        raise ValueError
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return known.astimezone(UTC).isoformat(timespec="microseconds")


def _refuse_compact(text: str) -> None:
    """ISO 8601 has shorter forms that the standard does not use."""
    if text[4:5] != "-" or text[7:8] != "-":
        raise ValueError


def _no_value(asked: object, _: Clock) -> NoReturn:
    raise ValueError(asked)


_READERS: Mapping[Kind, Callable[[object, Clock], Value]] = {
    Kind.TEXT: _text,
    Kind.UUID: _uuid,
    Kind.INTEGER: _integer,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
    Kind.OBJECT: _no_value,
    Kind.LIST: _no_value,
}
_TAKES = {
    Kind.TEXT: "un texto",
    Kind.UUID: "un UUID, por ejemplo 6b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
    Kind.INTEGER: "un número entero",
    Kind.DATE: "una fecha, por ejemplo 2025-01-31",
    Kind.MOMENT: "una fecha y hora, por ejemplo 2025-01-31T10:00:00Z",
    Kind.OBJECT: "los campos que contiene",
    Kind.LIST: "los campos que contiene",
}
