"""Paths inside a record: `a.b` is a member of a member, `a[].b` of each item.

`a.b|c.d` reads several places as one: first what `a.b` reaches, then `c.d`.
Imports nothing of ours.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache


@lru_cache(maxsize=4096)
def steps(path: str) -> tuple[str, ...]:
    """Split a path into member names; an array shows as the step `[]`."""
    return tuple(path.replace("[]", ".[]").split("."))


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
    elif rest[0] == "[]":
        if isinstance(node, list):
            for item in node:
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
    if rest[0] == "[]":
        return [_drop(i, rest[1:]) for i in node] if isinstance(node, list) else node
    if not isinstance(node, dict) or rest[0] not in node:
        return node
    if len(rest) == 1:
        return {k: v for k, v in node.items() if k != rest[0]}
    return {**node, rest[0]: _drop(node[rest[0]], rest[1:])}


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
    places: list[tuple[list[str | int], object]] = [([], record)]
    for step in steps(path):
        places = [
            ([*where, name], inside)
            for where, node in places
            for name, inside in _children(node, step)
        ]
    return ((written(where), value) for where, value in places)


def _children(node: object, step: str) -> Iterator[tuple[str | int, object]]:
    if step == "[]":
        yield from enumerate(node if isinstance(node, list) else ())
    elif isinstance(node, dict) and step in node:
        yield step, node[step]


def written(where: Sequence[str | int]) -> str:
    """Write the steps to a place as one path: `lista[0].campo`."""
    path = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in where)
    return path.removeprefix(".")
