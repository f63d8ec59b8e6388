"""An item cut to the fields that were asked for, with null for what it lacks.

Imports the shape and how a field out of reach is refused.
"""

from collections.abc import Mapping
from typing import Any

from pdn_sdk.standards.items.filters import denied
from pdn_sdk.standards.items.shape import Kind, Member

Selection = Mapping[str, "Selection | None"]
"""Member → what is wanted inside it; None is all of it."""

WILDCARD = "*"
IGNORED = "!"
"""Begins what PDN's wrapper writes to leave nulls out; it is no field (T-V2-16)."""


def checked_fields(seen: Member, fields: tuple[str, ...]) -> Selection | None:
    """Hold `fields` against what a caller may see; None means everything.

    A relation asked by its name comes whole: there are no keys to give (T-V2-05).
    Raises: PermissionDeniedError for a field that does not exist or is reserved.
    """
    wanted = [name for name in fields if not name.startswith(IGNORED)]
    if not wanted or any(name.split(".")[0] == WILDCARD for name in wanted):
        return None
    selection: dict[str, Any] = {}
    for name in wanted:
        _select(selection, seen, name.split("."))
    return selection


def _select(node: dict[str, Any], seen: Member, names: list[str]) -> None:
    first, *rest = names
    child = seen.members.get(first)
    if child is None:
        raise denied()
    if not rest or rest[0] == WILDCARD:
        node[first] = None
        return
    if not child.is_relation:
        raise denied()
    inside = node.setdefault(first, {})
    # Asked whole before: there is nothing to add, but the name must be right.
    _select({} if inside is None else inside, child, rest)


def projected(
    record: Mapping[str, object], seen: Member, selection: Selection | None = None
) -> dict[str, object]:
    """Give the members that are wanted and may be seen, in the schema's order."""
    found: dict[str, object] = {}
    for name, child in seen.members.items():
        if selection is None:
            found[name] = _value(record.get(name), child, None)
        elif name in selection:
            found[name] = _value(record.get(name), child, selection[name])
    return found


def _value(content: object, member: Member, selection: Selection | None) -> object:
    if member.kind is Kind.LIST:
        items = content if isinstance(content, list) else []
        return [_item(item, member, selection) for item in items]
    if member.kind is Kind.OBJECT and isinstance(content, dict):
        return projected(content, member, selection)
    return content


def _item(item: object, member: Member, selection: Selection | None) -> object:
    if isinstance(item, dict) and member.members:
        return projected(item, member, selection)
    return item
