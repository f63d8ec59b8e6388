"""Query strings with brackets: `a[b][_in][]=x` → nested objects and lists.

Imports only the errors.
"""

import re
from urllib.parse import parse_qsl

from pdn_sdk.errors import InvalidQueryError

MOST_PARAMETERS = 2000
DEEPEST = 40

_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_STEP = re.compile(r"\[([^\[\]]*)\]")


def read(query: str) -> dict[str, object]:
    """Give the parameters of a query string.

    Shape: a text; a list where it was repeated or has `[]`; an object where it
    has names in brackets. The text `null` within brackets is None.
    Raises: InvalidQueryError for too many parameters, or too deep ones.
    """
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError as error:
        raise InvalidQueryError(
            f"La dirección trae más de {MOST_PARAMETERS:,} parámetros. "
            "Pida menos cosas a la vez."
        ) from error
    found: dict[str, object] = {}
    for key, value in pairs:
        named = _KEY.fullmatch(key)
        if named is None:
            continue
        steps = _STEP.findall(named[2])
        if len(steps) > DEEPEST:
            raise InvalidQueryError(
                f"«{named[1]}» tiene más de {DEEPEST} niveles; simplifíquelo."
            )
        _put(found, [named[1], *steps], value)
    return {name: _listed(value) for name, value in found.items()}


def _put(node: dict[str, object], steps: list[str], value: str) -> None:
    *parents, last = steps
    for step in parents:
        child = node.setdefault(step, {})
        if not isinstance(child, dict):
            raise InvalidQueryError(
                f"«{steps[0]}» se envió de dos maneras a la vez; use una sola."
            )
        node = child
    content = None if parents and value == "null" else value
    if last == "" or last not in node:
        place = str(len(node)) if last == "" else last
        node[place] = content
        return
    before = node[last]
    if isinstance(before, dict):
        raise InvalidQueryError(
            f"«{steps[0]}» se envió de dos maneras a la vez; use una sola."
        )
    node[last] = [*before, content] if isinstance(before, list) else [before, content]


def _listed(node: object) -> object:
    """Turn the objects whose names are all numbers into lists."""
    if not isinstance(node, dict):
        return node
    inside = {name: _listed(value) for name, value in node.items()}
    if inside and all(name.isdecimal() for name in inside):
        return list(inside.values())
    return inside
