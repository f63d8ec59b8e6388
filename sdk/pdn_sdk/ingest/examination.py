"""A row by itself: its record, or everything that is wrong with it and where.

What depends on other rows or on what is stored is judged elsewhere, so that
rows can be examined in any process.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from pdn_sdk.ingest.contract import SourceRow
from pdn_sdk.ingest.mapping.file import Mapping
from pdn_sdk.ingest.mapping.fills import Record
from pdn_sdk.ingest.mapping.rows import RowMapper
from pdn_sdk.ingest.report import Fault
from pdn_sdk.ingest.source import Source
from pdn_sdk.ingest.tables import is_blank
from pdn_sdk.standards.loader import load
from pdn_sdk.standards.model import Dataset
from pdn_sdk.standards.validation import Violation, load_violations, prepare

Examined = tuple[Record, Sequence[Fault]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What another process needs to examine the same rows alike.

    `width` is how many cells a row may have.
    """

    standard: Path
    dataset: str
    mapping: Path
    headers: tuple[str, ...]
    changed_at: datetime
    width: int

    @classmethod
    def of(cls, source: Source, standard: Path, dataset: Dataset) -> Self:
        """Write down how the rows of an open source are examined."""
        table = source.table
        heading = [len(row.cells) for row in table.heading]
        return cls(
            standard=standard,
            dataset=dataset.key,
            mapping=source.mapping_path,
            headers=table.headers,
            changed_at=source.changed_at,
            width=max([len(table.headers), *heading]),
        )

    def examiner(self) -> "Examiner":
        """Follow the recipe from its files."""
        dataset = load(self.standard).dataset(self.dataset)
        return Examiner(self, Mapping.load(self.mapping, dataset), dataset)


class Examiner:
    """Turns rows into records, and says why where it cannot."""

    def __init__(self, recipe: Recipe, mapping: Mapping, dataset: Dataset) -> None:
        """Bind the mapping to the source's headers.

        Raises: MappingError where a column is missing.
        """
        self._dataset = dataset
        self._width = recipe.width
        self._mapper = RowMapper(mapping, recipe.headers, recipe.changed_at)

    def examined(self, row: SourceRow) -> Examined:
        """Give the record of a row, and its faults; none if it can be stored."""
        if len(row.cells) > self._width:
            extra = row.cells[self._width :]
            if not all(is_blank(cell) for cell in extra):
                return {}, [self._too_wide(row)]
        raw, unread = self._mapper.read(row.cells)
        if unread and not raw:
            return raw, [self.placed(violation) for violation in unread]
        record = prepare(self._dataset, raw)
        found = load_violations(self._dataset, record)
        return record, self._faults(unread, found) if unread or found else ()

    def placed(self, violation: Violation) -> Fault:
        """Give a violation with the columns where it is repaired."""
        return Fault(self._mapper.columns_of(violation.path), violation)

    def _faults(self, unread: list[Violation], found: list[Violation]) -> list[Fault]:
        """Place each violation in its column; one that follows from another goes.

        A cell that could not be read is missing from the record, so the schema
        complains of it too.
        """
        spoken: set[tuple[int, ...]] = set()
        faults = []
        for violation in (*unread, *sorted(found, key=_says_only_missing)):
            fault = self.placed(violation)
            if not fault.columns or fault.columns not in spoken:
                faults.append(fault)
                spoken.add(fault.columns)
        return faults

    def _too_wide(self, row: SourceRow) -> Fault:
        return Fault(
            (self._width,),
            Violation(
                path="",
                rule="celdas de más",
                received=f"{len(row.cells):,} celdas",
                expected=f"{self._width:,} celdas, como el encabezado",
                message=f"La fila tiene {len(row.cells):,} celdas y el encabezado "
                f"{self._width:,}.",
                fix="Suele ser un separador dentro de un texto: encierre ese texto "
                "entre comillas.",
            ),
        )


def _says_only_missing(violation: Violation) -> bool:
    """Sort what says that a field is missing after what says why."""
    return violation.rule == "required"
