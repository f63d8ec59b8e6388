"""What a search of items asks of a document, worked out when it is stored.

PostgreSQL cannot fold or order as this project does, so each value of a document
goes as a list of the forms that are compared: the text, its folded form, its key
in Spanish order, and a number. Members that are null are left out.
"""

from collections.abc import Sequence

import orjson

from pdn_sdk.collation import fold, sort_key
from pdn_sdk.standards.items.shape import Kind
from pdn_sdk.standards.items.values import Value
from pdn_sdk.standards.moments import instant
from pdn_sdk.storage.tables import NUL, bindable

TEXT, FOLDED, KEY, NUMBER = range(4)


def body(document: bytes) -> str:
    """Give the JSON to be stored beside a document."""
    return orjson.dumps(_forms(orjson.loads(document))).decode()


def place_of(kind: Kind) -> int:
    """Give which of the forms is compared."""
    return NUMBER if kind in {Kind.INTEGER, Kind.MOMENT} else TEXT


def comparable(kind: Kind, values: Sequence[Value]) -> list[Value]:
    """Give the form of some values to be compared with those of the documents."""
    if kind is not Kind.MOMENT:
        return list(values)
    found = (instant(str(value)) for value in values)
    return [moment for moment in found if moment is not None]


def _forms(value: object) -> object:
    if isinstance(value, dict):
        return {
            name.replace("\0", NUL): _forms(member)
            for name, member in value.items()
            if member is not None
        }
    if isinstance(value, list):
        return [None if item is None else _forms(item) for item in value]
    if isinstance(value, str):
        text = value.replace("\0", NUL)
        return [text, fold(text), sort_key(text), instant(text)]
    return [None, None, None, _number(value)]


def _number(value: object) -> object:
    return int(value) if isinstance(value, bool) else bindable(value)
