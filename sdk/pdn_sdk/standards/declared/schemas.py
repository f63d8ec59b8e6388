"""JSON Schemas read whole: references replaced, variants joined into one.

Everything above sees a schema without `$ref`, so that it can be walked. Shared
definitions stay shared: they are one object, reached by several ways.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

Schema = Mapping[str, Any]
Read = Callable[[Path], Any]

APART = frozenset({"$defs", "definitions", "$id"})
"""Members of a document's root that its references have made needless."""


def whole_schema(path: Path, read: Read) -> dict[str, Any]:
    """Give the schema of a file with every local reference replaced.

    `read` parses a file; `other.json#/$defs/x` is looked up beside this one.
    Raises: ValueError for a reference that leads nowhere or to itself.
    """
    root = _Expansion(read).at(path, "")
    return {name: inside for name, inside in root.items() if name not in APART}


class _Expansion:
    def __init__(self, read: Read) -> None:
        self._read = read
        self._documents: dict[Path, Any] = {}
        self._done: dict[tuple[Path, str], Any] = {}
        self._open: set[tuple[Path, str]] = set()

    def at(self, path: Path, pointer: str) -> Any:  # noqa: ANN401 - JSON
        place = (path, pointer)
        if place in self._open:
            raise ValueError(f"«{path.name}#{pointer}» se contiene a sí mismo")
        if place not in self._done:
            self._open.add(place)
            self._done[place] = self._expanded(self._found(path, pointer), path)
            self._open.discard(place)
        return self._done[place]

    def _found(self, path: Path, pointer: str) -> Any:  # noqa: ANN401 - JSON
        if path not in self._documents:
            self._documents[path] = self._read(path)
        node = self._documents[path]
        for step in filter(None, pointer.split("/")):
            name = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(node, dict) or name not in node:
                raise ValueError(f"«{path.name}#{pointer}» no existe")
            node = node[name]
        if not pointer and isinstance(node, dict):
            return {name: node[name] for name in node if name not in APART}
        return node

    def _expanded(self, node: Any, path: Path) -> Any:  # noqa: ANN401 - JSON
        if isinstance(node, list):
            return [self._expanded(item, path) for item in node]
        if not isinstance(node, dict):
            return node
        target = node.get("$ref")
        if not isinstance(target, str):
            return {name: self._expanded(inside, path) for name, inside in node.items()}
        file, _, pointer = target.partition("#")
        found = self.at(path.parent / file if file else path, pointer)
        beside = {n: self._expanded(v, path) for n, v in node.items() if n != "$ref"}
        return {**found, **beside} if beside else found


def branches(schema: Schema) -> Iterator[Schema]:
    """Yield a schema and what its allOf, anyOf and oneOf add to it."""
    yield schema
    for word in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(word, ()):
            yield from branches(part)


def members(schema: Schema) -> dict[str, Schema]:
    """Give every member that an object may have, over its branches."""
    found: dict[str, Schema] = {}
    for branch in branches(schema):
        for name, inside in branch.get("properties", {}).items():
            found[name] = _joined(found[name], inside) if name in found else inside
    return found


def items(schema: Schema) -> Schema | None:
    """Give the schema of an array's items, or None."""
    found = (branch.get("items") for branch in branches(schema))
    return next((inside for inside in found if isinstance(inside, dict)), None)


def joined(schemas: Sequence[Schema]) -> Schema:
    """Give one schema that describes what any of several allows.

    Members are those of any, required are those that all require.
    """
    return reduce(_joined, schemas)


def _joined(one: Schema, other: Schema) -> Schema:
    if one is other or one == other:
        return one
    both: dict[str, Any] = {**other, **one}
    if "properties" in both:
        mine, theirs = one.get("properties", {}), other.get("properties", {})
        both["properties"] = {
            name: _joined(mine[name], theirs[name])
            if name in mine and name in theirs
            else mine.get(name, theirs.get(name))
            for name in {**mine, **theirs}
        }
    if "items" in one and "items" in other:
        both["items"] = _joined(one["items"], other["items"])
    if "enum" in one and "enum" in other:
        extra = [value for value in other["enum"] if value not in one["enum"]]
        both["enum"] = [*one["enum"], *extra]
    both.pop("required", None)
    shared = set(other.get("required", ()))
    required = [name for name in one.get("required", ()) if name in shared]
    return {**both, "required": required} if required else both
