"""A schema with its shared parts written where they are used.

Read once, when a standard is loaded: whatever walks a schema afterwards finds
every member in its place. Imports nothing of ours.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def whole_schema(path: Path) -> dict[str, Any]:
    """Read a schema and replace each `$ref` by what it points at.

    What stands beside a `$ref` wins over what it points at. A reference may
    lead to a file beside this one (`comunes.json#/$defs/monto`). The parts are
    shared, not copied: never change the result.
    Raises: ValueError for a part that holds itself, KeyError for one that is
    not there, and what reading a file raises.
    """
    found: dict[str, Any] = _Parts().at(path, "")
    found.pop("$defs", None)
    return found


class _Parts:
    """The files read and the parts already written out."""

    def __init__(self) -> None:
        self._files: dict[Path, Any] = {}
        self._done: dict[tuple[Path, str], Any] = {}
        self._open: set[tuple[Path, str]] = set()

    def at(self, path: Path, pointer: str) -> Any:  # noqa: ANN401 - the file's own
        place = (path, pointer)
        if place in self._open:
            raise ValueError(f"«{path.name}#{pointer}» se contiene a sí mismo")
        if place not in self._done:
            self._open.add(place)
            self._done[place] = self._written(path, self._raw(path, pointer))
            self._open.remove(place)
        return self._done[place]

    def _raw(self, path: Path, pointer: str) -> Any:  # noqa: ANN401 - the file's own
        if path not in self._files:
            self._files[path] = json.loads(path.read_text(encoding="utf-8"))
        node = self._files[path]
        for step in filter(None, pointer.split("/")):
            node = node[step.replace("~1", "/").replace("~0", "~")]
        return node

    def _written(self, path: Path, node: object) -> object:
        if isinstance(node, list):
            return [self._written(path, item) for item in node]
        if not isinstance(node, Mapping):
            return node
        if isinstance(node.get("$ref"), str):
            file, _, pointer = node["$ref"].partition("#")
            beside = {k: v for k, v in node.items() if k != "$ref"}
            target = (path.parent / file).resolve() if file else path
            return self.at(target, pointer) | self._members(path, beside)
        return self._members(path, node)

    def _members(self, path: Path, node: Mapping[str, object]) -> dict[str, object]:
        return {
            name: value if name == "$defs" else self._written(path, value)
            for name, value in node.items()
        }
