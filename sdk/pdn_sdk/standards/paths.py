"""Paths inside a record: `a.b` is a member of a member, `a[].b` of each item.

`a.b|c.d` reads several places as one: first what `a.b` reaches, then `c.d`.
`a[0].b` takes one item of an array, `a[b=x].c` those items whose `b` is, or
holds, that text, and `a[b~persona].c` those whose `b` has a shape named here.
Imports nothing of ours.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

_QUESTION = re.compile("([=~])")
SHAPES = {
    "persona": re.compile(
        r"[A-ZÑ&]{4}[0-9]{6}[A-Z0-9]{3}|[A-Z]{4}[0-9]{6}[HMX][A-Z]{5}[A-Z0-9][0-9]"
    )
}
"""`persona`: the RFC (13 characters) or the CURP of a natural person."""

_STEP = re.compile(r"\[[^\]]*\]|[^.\[]+")


@lru_cache(maxsize=4096)
def steps(path: str) -> tuple[str, ...]:
    """Split a path into member names; an array shows as a step in brackets."""
    return tuple(_STEP.findall(path))


def has_many(path: str) -> bool:
    """Tell whether a path may reach several values."""
    return any(s.startswith("[") and not s[1:-1].isdigit() for s in steps(path))


def chosen(node: object, step: str) -> list[object]:
    """Give the items of an array that a step in brackets takes."""
    if not isinstance(node, list):
        return []
    which = step[1:-1]
    if not which:
        return node
    if which.isdigit():
        return node[int(which) : int(which) + 1]
    return [item for item in node if is_chosen(item, step)]


def is_chosen(item: object, step: str) -> bool:
    """Tell whether an item has what a step like `[papel=comprador]` asks."""
    path, sign, wanted = _QUESTION.split(step[1:-1], maxsplit=1)
    values = _walk(item, steps(path))
    if sign == "~":
        matches = SHAPES[wanted].fullmatch
        return any(isinstance(v, str) and matches(v) for v in values)
    return any(wanted in v if isinstance(v, list) else v == wanted for v in values)


@lru_cache(maxsize=4096)
def alternatives(path: str) -> tuple[tuple[str, ...], ...]:
    """Split `a.b|c.d` into the steps of each of its paths."""
    return tuple(map(steps, path.split("|")))


def values_at(record: object, path: str) -> Iterator[object]:
    """Yield every value that the path reaches; nothing where it breaks off."""
    for one in alternatives(path):
        yield from _walk(record, one)


def _walk(node: object, rest: tuple[str, ...]) -> Iterator[object]:
    if not rest:
        yield node
    elif rest[0].startswith("["):
        for item in chosen(node, rest[0]):
            yield from _walk(item, rest[1:])
    elif isinstance(node, dict) and rest[0] in node:
        yield from _walk(node[rest[0]], rest[1:])


def first_at(record: object, path: str) -> object | None:
    """Give the first value that the path reaches, or None."""
    return next(values_at(record, path), None)


def without(record: object, path: str) -> object:
    """Copy a record leaving out what the path reaches.

    Only the containers on the way are copied; an untouched record is returned
    as it is.
    """
    return _drop(record, steps(path))


def _drop(node: object, rest: tuple[str, ...]) -> object:
    if rest[0].startswith("["):
        return _drop_in_items(node, rest)
    if not isinstance(node, dict) or rest[0] not in node:
        return node
    if len(rest) == 1:
        return {k: v for k, v in node.items() if k != rest[0]}
    inside = _drop(node[rest[0]], rest[1:])
    return node if inside is node[rest[0]] else {**node, rest[0]: inside}


def _drop_in_items(node: object, rest: tuple[str, ...]) -> object:
    taken = {id(item) for item in chosen(node, rest[0])}
    if not taken or not isinstance(node, list):
        return node
    dropped = [_drop(i, rest[1:]) if id(i) in taken else i for i in node]
    same = all(new is old for new, old in zip(dropped, node, strict=True))
    return node if same else dropped


def put(record: dict[str, object], path: str, value: object) -> None:
    """Set a value at a path without arrays, making the objects on the way.

    Raises: TypeError where something on the way is not an object.
    """
    *parents, last = steps(path)
    node = record
    for name in parents:
        child = node.setdefault(name, {})
        if not isinstance(child, dict):
            raise TypeError(path)
        node = child
    node[last] = value


def located(record: object, path: str) -> Iterator[tuple[str, object]]:
    """Yield what a path reaches, each with its own place: `lista[0]`."""
    for one in path.split("|"):
        yield from _located(record, one)


def _located(record: object, path: str) -> Iterator[tuple[str, object]]:
    places: list[tuple[list[str | int], object]] = [([], record)]
    for step in steps(path):
        places = [
            ([*where, name], inside)
            for where, node in places
            for name, inside in _reached(node, step)
        ]
    return ((written(where), value) for where, value in places)


def _reached(node: object, step: str) -> Iterator[tuple[str | int, object]]:
    if step.startswith("["):
        taken = {id(item) for item in chosen(node, step)}
        items = node if isinstance(node, list) else ()
        yield from ((n, item) for n, item in enumerate(items) if id(item) in taken)
    elif isinstance(node, dict) and step in node:
        yield step, node[step]


def written(where: Sequence[str | int]) -> str:
    """Write the steps to a place as one path: `lista[0].campo`."""
    path = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in where)
    return path.removeprefix(".")
