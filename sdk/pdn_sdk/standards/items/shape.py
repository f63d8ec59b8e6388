"""A dataset's schema as a tree of members, with what a caller may see of it.

Imports the model and the paths.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from pdn_sdk.standards.model import Dataset


class Kind(StrEnum):
    """What a member holds."""

    TEXT = "texto"
    UUID = "uuid"
    INTEGER = "número entero"
    DATE = "fecha"
    MOMENT = "fecha y hora"
    OBJECT = "objeto"
    LIST = "lista"


@dataclass(frozen=True, eq=False)
class Member:
    """A place of the record. `members` are those of the object, or of each item."""

    name: str
    kind: Kind
    members: Mapping[str, "Member"] = field(default_factory=dict)

    @property
    def is_relation(self) -> bool:
        """Tell whether it holds other members rather than a value."""
        return self.kind in (Kind.OBJECT, Kind.LIST)


_FORMATS = {"date": Kind.DATE, "date-time": Kind.MOMENT, "uuid": Kind.UUID}


@lru_cache(maxsize=64)
def whole(dataset: Dataset) -> Member:
    """Give the root of everything that the schema names."""
    return _member("", "", dataset.schema, frozenset())


@lru_cache(maxsize=64)
def visible(dataset: Dataset, *, reserved: bool) -> Member:
    """Give the root of what a caller may see."""
    hidden = {*dataset.unpublished, *(() if reserved else dataset.reserved)}
    return _member("", "", dataset.schema, frozenset(hidden))


def _member(
    name: str, path: str, schema: Mapping[str, Any], hidden: frozenset[str]
) -> Member:
    kind = _kind(schema)
    holder = schema.get("items", {}) if kind is Kind.LIST else schema
    inside = f"{path}[]" if kind is Kind.LIST else path
    prefix = f"{inside}." if inside else ""
    return Member(
        name=name,
        kind=kind,
        members={
            child: _member(child, f"{prefix}{child}", node, hidden)
            for child, node in holder.get("properties", {}).items()
            if f"{prefix}{child}" not in hidden
        },
    )


def _kind(schema: Mapping[str, Any]) -> Kind:
    named = schema.get("type", "string")
    types = [named] if isinstance(named, str) else named
    if "array" in types:
        return Kind.LIST
    if "object" in types:
        return Kind.OBJECT
    if "integer" in types:
        return Kind.INTEGER
    return _FORMATS.get(schema.get("format", ""), Kind.TEXT)
