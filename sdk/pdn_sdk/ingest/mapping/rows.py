"""A row of the source → a record: the mapping bound to the source's headers.

Everything that can be decided once (which column, which reading, where in the
record) is decided when binding, because `read` runs for every handful of rows.
"""

import re
from collections import abc
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import orjson

from pdn_sdk.collation import fold
from pdn_sdk.errors import MappingError
from pdn_sdk.ingest.contract import Cell
from pdn_sdk.ingest.mapping import fills, values
from pdn_sdk.ingest.mapping.codes import Catalog
from pdn_sdk.ingest.mapping.fields import Field, Kind
from pdn_sdk.ingest.mapping.file import Mapping, Rule, nearest
from pdn_sdk.ingest.mapping.fills import Convert, Fill, Place, Record
from pdn_sdk.ingest.mapping.values import UnreadableError
from pdn_sdk.ingest.tables import LEVELS
from pdn_sdk.standards.validation import Violation
from pdn_sdk.standards.wording import shown

UNREADABLE = "lectura"
"""Rule of the violations found while reading cells."""


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
        self._whole = binding.indexes((mapping.record,)) if mapping.record else ()
        self._is_tidy = not self._whole and all(map(_fills_tidily, mapping.rules))
        for rule in mapping.rules:
            indexes = binding.indexes(rule.named)
            self._add((rule.field.path,), indexes, binding.rule(rule, indexes))
        for split in mapping.splits:
            indexes = binding.indexes((split.column,))
            paths = tuple(f.path for f in split.into)
            self._add(paths, indexes, fills.split(split, indexes[0]))

    def _add(self, paths: Sequence[str], indexes: tuple[int, ...], fill: Fill) -> None:
        self._fills.append((paths[0], fill))
        self._columns.update(dict.fromkeys(paths, indexes))

    def read(
        self, rows: Sequence[Sequence[Cell]]
    ) -> list[tuple[Record, list[Violation]]]:
        """Give the record of each row, and what could not be read in it."""
        width = self._width
        rows = [c if len(c) >= width else _padded(c, width) for c in rows]
        made = [self._begun(cells) for cells in rows]
        records = [record for record, _ in made]
        for path, fill in self._fills:
            for n, error in fill(rows, records):
                _, faults = made[n]
                faults.append(self._unread(path, rows[n], error))
        return made

    def _begun(self, cells: Sequence[Cell]) -> tuple[Record, list[Violation]]:
        return _parsed(cells[self._whole[0]]) if self._whole else ({}, [])

    def _unread(
        self, path: str, cells: Sequence[Cell], error: UnreadableError
    ) -> Violation:
        received = (values.text(cells[i]) or "" for i in self._columns[path])
        return Violation(
            path=path,
            rule=UNREADABLE,
            received=" ".join(received),
            expected=error.expected,
            message=error.message,
            fix=error.fix,
        )

    @property
    def is_tidy(self) -> bool:
        """Tell whether no record can have nulls, or objects and texts that are empty.

        Cells that say nothing fill nothing, so most mappings give such records.
        """
        return self._is_tidy

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
        # A whole record is in one cell: its path says more than its column.
        return ()


def _padded(cells: Sequence[Cell], width: int) -> Sequence[Cell]:
    return [*cells, *[None] * (width - len(cells))]


def _fills_tidily(rule: Rule) -> bool:
    """Tell whether what a rule fills always says something."""
    by_position = "[]." in rule.field.path
    return not (by_position or rule.marked or isinstance(rule.constant, list))


def _parsed(cell: Cell) -> tuple[Record, list[Violation]]:
    """Read a whole record out of its cell."""
    try:
        record = orjson.loads(cell if isinstance(cell, str) else "")
    except orjson.JSONDecodeError:
        record = None
    if isinstance(record, dict):
        return record, []
    fault = Violation(
        path="",
        rule=UNREADABLE,
        received=shown(cell),
        expected="un objeto JSON",
        message="El registro no es un objeto JSON bien escrito.",
        fix="Corrija el JSON: suele ser una coma o unas comillas de más o de menos.",
    )
    return {}, [fault]


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
        place = fills.placed(rule.field.path)
        if rule.hashed:
            is_uuid = rule.field.kind is Kind.UUID
            return fills.hashed(indexes, place, as_uuid=is_uuid)
        if rule.file_date:
            stamp = self._file_date.isoformat(timespec="seconds")
            return fills.constant(stamp, place)
        if rule.marked:
            marks = dict(zip(indexes, rule.marked.values(), strict=True))
            return fills.marked(marks, self._converter(rule), place)
        if not rule.columns:
            return self._constant(rule, indexes, place)
        return self._from_columns(rule, indexes, place)

    def _constant(self, rule: Rule, indexes: tuple[int, ...], place: Place) -> Fill:
        fixed = self._fixed(rule)
        if "[]." in rule.field.path:
            return fills.spread(indexes[0], fills.repeated(fixed), rule.field.path)
        fill = fills.constant(fixed, place)
        return fills.where(indexes[0], fill) if rule.when else fill

    def _from_columns(self, rule: Rule, indexes: tuple[int, ...], place: Place) -> Fill:
        convert, path = self._converter(rule), rule.field.path
        if rule.field.many:
            read: Callable[[Cell], list[object]]
            read = partial(fills.listed, convert=convert, separator=rule.separator)
            if rule.field.coded and not rule.separator:
                read = fills.listed_codes(convert)
            if rule.field.boxed:
                read = fills.boxed(read)
            if "[]." in path:
                return fills.spread(indexes[0], read, path)
            if len(indexes) == 1:
                return fills.single(indexes[0], fills.once(read), path, is_plain=False)
            return fills.gathered(indexes, read, place)
        if len(indexes) == 1:
            is_plain = not rule.field.coded
            return fills.single(indexes[0], convert, path, is_plain=is_plain)
        return fills.joined(indexes, rule.join, convert, place)

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
        is_one = "[]." in rule.field.path and not rule.field.boxed
        return made if rule.field.many and not is_one else made[0]

    def _converter(self, rule: Rule) -> Convert:
        convert = self._plain(rule.field)
        if rule.field.coded:
            return Catalog(self._mapping.dataset, rule.field.coded, rule.values).find
        if rule.values:
            return fills.translated(rule.values, convert)
        if rule.titled:
            return fills.titled
        return fills.prefixed(rule.prefix, convert) if rule.prefix else convert

    def _plain(self, found: Field) -> Convert:
        readers: abc.Mapping[Kind, Convert] = {
            Kind.INTEGER: values.integer,
            Kind.NUMBER: values.number,
            Kind.BOOLEAN: values.boolean,
            Kind.DATE: values.day,
            Kind.DATE_TIME: partial(values.date_time, zone=self._mapping.zone),
        }
        return readers.get(found.kind, values.text)
