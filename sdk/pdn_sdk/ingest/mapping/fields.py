"""The fields of a dataset that a column can fill, read off its schema.

A coded field (a catalogue key with its text) is one field, because people keep
it in one column. Imports only the model of standards.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from pdn_sdk.standards.declared.schemas import items, members
from pdn_sdk.standards.model import CodedText, Dataset


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "texto"
    INTEGER = "número entero"
    NUMBER = "número"
    BOOLEAN = "sí o no"
    DATE = "fecha"
    DATE_TIME = "fecha y hora"
    UUID = "UUID"
    CODED = "catálogo"


@dataclass(frozen=True, slots=True)
class Field:
    """A place of the record: `puesto.nombre`, `tipoArea` or `multas[].monto`.

    `many` is true where the record holds a list there. `required` says that a
    record without it is always refused. `boxed` ones are lists inside the objects of
    a list, such as `personas[].roles`.
    """

    path: str
    kind: Kind
    description: str
    many: bool = False
    required: bool = False
    coded: CodedText | None = None
    boxed: bool = False


_KINDS = {
    "integer": Kind.INTEGER,
    "number": Kind.NUMBER,
    "boolean": Kind.BOOLEAN,
}
_FORMATS = {"date": Kind.DATE, "date-time": Kind.DATE_TIME, "uuid": Kind.UUID}


def fields(dataset: Dataset) -> Mapping[str, Field]:
    """Give the dataset's fields by path, in the order of its schema."""
    coded = {c.path.removesuffix("[]"): c for c in dataset.coded_texts}
    root: Mapping[str, Any] = dataset.schema
    found = _Walk(coded).below(root, "", required=True, many=False)
    return {field.path: field for field in found}


@dataclass(frozen=True, slots=True)
class _Walk:
    coded: Mapping[str, CodedText]

    def below(
        self, node: Mapping[str, Any], prefix: str, *, required: bool, many: bool
    ) -> Iterator[Field]:
        needed = set(node.get("required", ())) if required else set()
        for name, child in members(node).items():
            yield from self._at(child, f"{prefix}{name}", name in needed, many)

    def _at(
        self, node: Mapping[str, Any], path: str, required: bool, many: bool
    ) -> Iterator[Field]:
        kind = _type(node)
        listed = kind == "array"
        if path in self.coded:
            yield self._field(node, path, required, listed, self.coded[path])
            if not listed:
                yield from self._beside(node, self.coded[path], many)
        elif kind == "object":
            yield from self.below(node, f"{path}.", required=required, many=many)
        elif not listed:
            yield self._field(node, path, required, many, None)
        else:
            item = items(node) or {}
            if _type(item) == "object":
                yield from self.below(item, f"{path}[].", required=required, many=True)
            else:
                found = self._field(item, path, required, True, None)
                yield replace(found, boxed=many)

    def _beside(
        self, node: Mapping[str, Any], coded: CodedText, many: bool
    ) -> Iterator[Field]:
        """Give what an object says besides its key and its text."""
        for name, child in members(node).items():
            if name not in {coded.key, coded.text}:
                yield from self._at(child, f"{coded.path}.{name}", False, many)

    def _field(
        self,
        node: Mapping[str, Any],
        path: str,
        required: bool,
        many: bool,
        coded: CodedText | None,
    ) -> Field:
        kind = _FORMATS.get(str(node.get("format"))) or _KINDS.get(_type(node))
        return Field(
            path=path,
            kind=Kind.CODED if coded else kind or Kind.TEXT,
            description=str(node.get("description", "")),
            many=many,
            required=required,
            coded=coded,
        )


def _type(node: Mapping[str, Any]) -> str:
    kinds = node.get("type", "object" if members(node) else "string")
    names = [kinds] if isinstance(kinds, str) else list(kinds)
    return next((n for n in names if n != "null"), "string")
