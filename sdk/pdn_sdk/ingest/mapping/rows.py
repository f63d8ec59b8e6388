"""A row of the source → a record: the mapping bound to the source's headers.

Everything that can be decided once (which column, which reading, where in the
record) is decided when binding, because `read` runs for every row.
"""

import hashlib
import re
from collections import abc
from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import datetime
from functools import partial
from typing import Any

from pdn_sdk.collation import fold
from pdn_sdk.errors import MappingError
from pdn_sdk.ingest.contract import Cell
from pdn_sdk.ingest.mapping import values
from pdn_sdk.ingest.mapping.codes import Catalog
from pdn_sdk.ingest.mapping.fields import Field, Kind
from pdn_sdk.ingest.mapping.file import Mapping, Rule, Split, nearest
from pdn_sdk.ingest.mapping.names import split_name
from pdn_sdk.ingest.mapping.values import UnreadableError
from pdn_sdk.ingest.tables import LEVELS
from pdn_sdk.standards.validation import Violation

Record = dict[str, object]
Convert = Callable[[Cell], object]
Fill = Callable[[Sequence[Cell], Record], None]

REMEMBERED_CELLS = 10_000
UNREADABLE = "lectura"
"""Rule of the violations found while reading cells."""

LISTS = (";", "|", "\n")
"""What people put between the several values of a cell."""


class RowMapper:
    """Turns rows into records; knows which columns fill each field."""

    def __init__(
        self, mapping: Mapping, headers: Sequence[str], file_date: datetime
    ) -> None:
        """Bind a mapping to headers; `file_date` fills the fields that ask for it.

        Raises: MappingError naming the column that is missing and the nearest.
        """
        self._width = len(headers)
        self._columns: dict[str, tuple[int, ...]] = {}
        self._fills: list[tuple[str, Fill]] = []
        binding = _Binding(mapping, headers, file_date)
        for rule in mapping.rules:
            indexes = binding.indexes(rule.named)
            self._add((rule.field.path,), indexes, binding.rule(rule, indexes))
        for split in mapping.splits:
            indexes = binding.indexes((split.column,))
            paths = tuple(f.path for f in split.into)
            self._add(paths, indexes, _split(split, indexes[0]))

    def _add(self, paths: Sequence[str], indexes: tuple[int, ...], fill: Fill) -> None:
        self._fills.append((paths[0], fill))
        self._columns.update(dict.fromkeys(paths, indexes))

    def read(self, cells: Sequence[Cell]) -> tuple[Record, list[Violation]]:
        """Give the record of a row, and what could not be read in it."""
        if len(cells) < self._width:
            cells = [*cells, *[None] * (self._width - len(cells))]
        record: Record = {}
        faults = []
        for path, fill in self._fills:
            try:
                fill(cells, record)
            except UnreadableError as error:
                received = " ".join(
                    values.text(cells[i]) or "" for i in self._columns[path]
                )
                faults.append(
                    Violation(
                        path=path,
                        rule=UNREADABLE,
                        received=received,
                        expected=error.expected,
                        message=error.message,
                        fix=error.fix,
                    )
                )
        return record, faults

    def columns_of(self, path: str) -> tuple[int, ...]:
        """Give the columns (from 0) that fill a place of the record, or hold it."""
        plain = re.sub(r"\[\d+\]", "[]", path)
        while plain:
            if plain in self._columns:
                return self._columns[plain]
            # `puesto` is filled by whoever fills `puesto.nombre`.
            inside = [c for p, c in self._columns.items() if p.startswith(f"{plain}.")]
            if inside:
                return tuple(dict.fromkeys(i for group in inside for i in group))
            plain = (
                plain.removesuffix("[]")
                if plain.endswith("[]")
                else plain.rpartition(".")[0]
            )
        return ()


class _Binding:
    def __init__(
        self, mapping: Mapping, headers: Sequence[str], file_date: datetime
    ) -> None:
        self._mapping = mapping
        self._headers = headers
        self._file_date = file_date
        self._positions: dict[str, int] = {}
        last_parts: dict[str, list[int]] = {}
        for index, header in enumerate(headers):
            self._positions.setdefault(fold(header), index)
            last_parts.setdefault(fold(header.split(LEVELS)[-1]), []).append(index)
        # Of a heading in two levels, the lower one is enough where it is unique.
        for text, indexes in last_parts.items():
            if len(indexes) == 1:
                self._positions.setdefault(text, indexes[0])

    def indexes(self, columns: Sequence[str]) -> tuple[int, ...]:
        return tuple(self._index(column) for column in columns)

    def _index(self, column: str) -> int:
        found = self._positions.get(fold(column))
        if found is not None:
            return found
        near = nearest(column, [h for h in self._headers if h])
        hint = f" ¿Será «{near[0]}»?" if near else ""
        listed = ", ".join(f"«{h}»" for h in self._headers[:12] if h)
        raise MappingError(
            f"{self._mapping.origin} pide la columna «{column}» y la fuente no la "
            f"tiene.{hint} Sus columnas son: {listed}"
            f"{'…' if len(self._headers) > 12 else ''}. Corrija el nombre en "
            f"{self._mapping.origin}, o vuelva a proponerlo con «pdn map»."
        )

    def rule(self, rule: Rule, indexes: tuple[int, ...]) -> Fill:
        place = _placed(rule.field.path)
        if rule.hashed:
            return _hashed(indexes, place)
        if rule.file_date:
            stamp = self._file_date.isoformat(timespec="seconds")
            return _constant(stamp, place)
        if rule.marked:
            marks = dict(zip(indexes, rule.marked.values(), strict=True))
            return _marked(marks, self._converter(rule), place)
        if not rule.columns:
            return _constant(self._fixed(rule), place)
        return self._from_columns(rule, indexes, place)

    def _from_columns(
        self, rule: Rule, indexes: tuple[int, ...], place: "Place"
    ) -> Fill:
        convert = self._converter(rule)
        if rule.field.many:
            read: Callable[[Cell], list[object]]
            read = partial(_listed, convert=convert, separator=rule.separator)
            if rule.field.coded and not rule.separator:
                read = _listed_codes(convert)
            if "[]." in rule.field.path:
                return _spread(indexes[0], read, rule.field.path)
            return _gathered(indexes, read, place)
        if len(indexes) == 1:
            return _single(indexes[0], convert, rule.field.path)
        return _joined(indexes, rule.join, convert, place)

    def _fixed(self, rule: Rule) -> object:
        constant = rule.constant
        listed: list[Any] = constant if isinstance(constant, list) else [constant]
        convert = self._converter(rule)
        try:
            made = [convert(value) for value in listed]
        except UnreadableError as error:
            raise MappingError(
                f"{self._mapping.origin}: el valor fijo de «{rule.field.path}» no "
                f"sirve. {error.message} {error.fix}"
            ) from error
        return made if rule.field.many else made[0]

    def _converter(self, rule: Rule) -> Convert:
        convert = self._plain(rule.field)
        if rule.field.coded:
            return Catalog(self._mapping.dataset, rule.field.coded, rule.values).find
        if rule.values:
            return _translated(rule.values, convert)
        if rule.titled:
            return _titled
        return convert

    def _plain(self, found: Field) -> Convert:
        readers: abc.Mapping[Kind, Convert] = {
            Kind.INTEGER: values.integer,
            Kind.NUMBER: values.number,
            Kind.BOOLEAN: values.boolean,
            Kind.DATE: values.day,
            Kind.DATE_TIME: partial(values.date_time, zone=self._mapping.zone),
        }
        return readers.get(found.kind, values.text)


Place = Callable[[Record, object], None]


def _placed(path: str) -> Place:
    """Give what writes a value at a path, making the objects on the way."""
    *parents, last = path.split(".")
    if not parents:
        return lambda record, value: record.__setitem__(last, value)

    def place(record: Record, value: object) -> None:
        node = record
        for name in parents:
            node = node.setdefault(name, {})  # type: ignore[assignment] # our objects
        node[last] = value

    return place


def _single(index: int, convert: Convert, path: str) -> Fill:
    """Fill a field from one column: nearly all of them, so it goes straight."""
    if "." in path:
        return _single_below(index, convert, _placed(path))

    def fill(cells: Sequence[Cell], record: Record) -> None:
        cell = cells[index]
        if cell is not None and cell != "":
            value = convert(cell)
            if value is not None:
                record[path] = value

    return fill


def _single_below(index: int, convert: Convert, place: Place) -> Fill:
    def fill(cells: Sequence[Cell], record: Record) -> None:
        cell = cells[index]
        if cell is not None and cell != "":
            value = convert(cell)
            if value is not None:
                place(record, value)

    return fill


def _joined(indexes: Sequence[int], join: str, convert: Convert, place: Place) -> Fill:
    def fill(cells: Sequence[Cell], record: Record) -> None:
        texts = [t for i in indexes if (t := values.text(cells[i]))]
        value = convert(join.join(texts))
        if value is not None:
            place(record, value)

    return fill


def _constant(value: object, place: Place) -> Fill:
    def fill(_: Sequence[Cell], record: Record) -> None:
        if value is not None:
            place(record, deepcopy(value) if isinstance(value, list | dict) else value)

    return fill


def _hashed(indexes: Sequence[int], place: Place) -> Fill:
    def fill(cells: Sequence[Cell], record: Record) -> None:
        texts = [fold(values.text(cells[i]) or "") for i in indexes]
        if any(texts):
            digest = hashlib.blake2b("\x1f".join(texts).encode(), digest_size=12)
            place(record, digest.hexdigest())

    return fill


def _marked(marks: abc.Mapping[int, object], convert: Convert, place: Place) -> Fill:
    def fill(cells: Sequence[Cell], record: Record) -> None:
        found = [
            convert(value)  # type: ignore[arg-type] # TOML holds what a cell may
            for index, value in marks.items()
            if values.boolean(cells[index])
        ]
        if found:
            place(record, found)

    return fill


def _gathered(
    indexes: Sequence[int], read: Callable[[Cell], list[object]], place: Place
) -> Fill:
    def fill(cells: Sequence[Cell], record: Record) -> None:
        found: list[object] = []
        for index in indexes:
            cell = cells[index]
            if cell is not None and cell != "":
                for value in read(cell):
                    if value is not None and value not in found:
                        found.append(value)
        if found:
            place(record, found)

    return fill


def _spread(index: int, read: Callable[[Cell], list[object]], path: str) -> Fill:
    """Fill one member of the objects of a list, by position."""
    holder, _, member = path.partition("[].")
    place = _placed(member)
    place_list = _placed(holder)

    def fill(cells: Sequence[Cell], record: Record) -> None:
        node: object = record
        for name in holder.split("."):
            node = node.get(name) if isinstance(node, dict) else None
        items: list[Record] = node if isinstance(node, list) else []
        for position, value in enumerate(read(cells[index])):
            if value is not None:
                items += [{} for _ in range(position + 1 - len(items))]
                place(items[position], value)
        if items:
            place_list(record, items)

    return fill


def _listed(cell: Cell, *, convert: Convert, separator: str) -> list[object]:
    """Read a cell with several values, cut by its separator."""
    whole = cell if isinstance(cell, str) else values.text(cell)
    if not whole or not whole.strip():
        return []
    cut = separator or next((s for s in LISTS if s in whole), None)
    return [convert(part) for part in whole.split(cut)] if cut else [convert(cell)]


def _listed_codes(find: Convert) -> Callable[[Cell], list[object]]:
    """Give what reads a cell with several entries; what it read it remembers."""
    remembered: dict[Cell, list[object] | UnreadableError] = {}

    def read(cell: Cell) -> list[object]:
        found = remembered.get(cell)
        if found is None:
            found = _entries(cell, find)
            if len(remembered) < REMEMBERED_CELLS:
                remembered[cell] = found
        if isinstance(found, UnreadableError):
            raise found
        return [dict(entry) if isinstance(entry, dict) else entry for entry in found]

    return read


def _entries(cell: Cell, find: Convert) -> list[object] | UnreadableError:
    parts = codes_in(cell, find) if isinstance(cell, str) else [cell]
    try:
        return [find(part) for part in parts]
    except UnreadableError as error:
        return error


def codes_in(text: str, convert: Convert) -> Sequence[str]:
    """Cut a cell into entries of a catalogue.

    The cell is tried whole, because official texts have commas, and then cut by
    the first separator of which every part is an entry.
    """
    for separator in (None, *LISTS, "/", ","):
        parts = [text] if separator is None else text.split(separator)
        if len(parts) > 1 or separator is None:
            try:
                for part in parts:
                    convert(part)
            except UnreadableError:
                continue
            return parts
    listed = next((s for s in LISTS if s in text), None)
    return text.split(listed) if listed else [text]


def _split(split: Split, index: int) -> Fill:
    places = [_placed(f.path) for f in split.into]

    def fill(cells: Sequence[Cell], record: Record) -> None:
        name = values.text(cells[index])
        if name is None:
            return
        parts = split_name(name, split.order, accept_ambiguous=split.accept_ambiguous)
        for place, part, titled in zip(places, parts, split.titled, strict=True):
            if part:
                place(record, values.titled(part) if titled else part)

    return fill


def _titled(cell: Cell) -> str | None:
    text = values.text(cell)
    return None if text is None else values.titled(text)


def _translated(table: abc.Mapping[str, object], convert: Convert) -> Convert:
    def translate(cell: Cell) -> object:
        text = fold(values.text(cell) or "")
        return convert(table[text]) if text in table else convert(cell)  # type: ignore[arg-type] # TOML holds what a cell may

    return translate
