"""A row by itself: what is stored of it, or everything wrong with it and where.

What depends on other rows or on what is stored is judged elsewhere, so that
rows can be examined in any process.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from pdn_sdk.errors import InvalidRecordError
from pdn_sdk.ingest.contract import Cell
from pdn_sdk.ingest.mapping.file import Mapping
from pdn_sdk.ingest.mapping.fills import Record
from pdn_sdk.ingest.mapping.rows import RowMapper
from pdn_sdk.ingest.report import Fault
from pdn_sdk.ingest.source import Source
from pdn_sdk.ingest.tables import is_blank
from pdn_sdk.ingest.withholding import Withheld
from pdn_sdk.standards.loader import load
from pdn_sdk.standards.validation import Violation, prepare_own
from pdn_sdk.storage.rows import Row, RowMaker
from pdn_sdk.storage.tables import Layout

Examined = tuple[Row | None, Sequence[Fault]]
"""What is stored of a row, or its faults."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What another process needs to examine the same rows alike.

    `width` is how many cells a row may have.
    """

    standard: Path
    dataset: str
    publish_reserved: bool
    mapping: Path
    headers: tuple[str, ...]
    changed_at: datetime
    width: int
    withheld: Path | None = None

    @classmethod
    def of(cls, source: Source, standard: Path, layout: Layout) -> Self:
        """Write down how the rows of an open source are examined, and stored."""
        table = source.table
        heading = [len(row.cells) for row in table.heading]
        return cls(
            standard=standard,
            dataset=layout.dataset.key,
            publish_reserved=layout.publish_reserved,
            mapping=source.mapping_path,
            headers=table.headers,
            changed_at=source.changed_at,
            width=max([len(table.headers), *heading]),
            withheld=source.withheld,
        )

    def examiner(self) -> "Examiner":
        """Follow the recipe from its files."""
        dataset = load(self.standard).dataset(self.dataset)
        layout = Layout(dataset, publish_reserved=self.publish_reserved)
        return Examiner(self, Mapping.load(self.mapping, dataset), layout)


class Examiner:
    """Turns the source's rows into those of the store; says why where it cannot."""

    def __init__(self, recipe: Recipe, mapping: Mapping, layout: Layout) -> None:
        """Bind the mapping to the source's headers.

        Raises: MappingError where a column is missing; ConfigurationError for a
        list of what is withheld that cannot be followed.
        """
        self._dataset = layout.dataset
        self._width = recipe.width
        self._mapper = RowMapper(mapping, recipe.headers, recipe.changed_at)
        self._maker = RowMaker(layout)
        self.withheld = Withheld.nothing()
        if recipe.withheld:
            self.withheld = Withheld.read(recipe.withheld, layout.dataset)

    def examined(self, rows: Sequence[Sequence[Cell]]) -> list[Examined]:
        """Give what is stored of each row, or its faults."""
        fitting = (cells for cells in rows if not self._is_too_wide(cells))
        read = iter(self._mapper.read([*fitting]))
        return [
            (None, [self._too_wide(cells)])
            if self._is_too_wide(cells)
            else self._judged(*next(read))
            for cells in rows
        ]

    def _judged(self, raw: Record, unread: list[Violation]) -> Examined:
        if unread and not raw:
            return None, [self.placed(violation) for violation in unread]
        record, found = prepare_own(self._dataset, raw, is_tidy=self._mapper.is_tidy)
        if unread or found:
            return None, self._faults(unread, found)
        try:
            shown = self.withheld.from_record(self._dataset, record)
            return self._maker.row(shown), ()
        except InvalidRecordError as error:
            unfit = Violation("", "texto", None, "texto", error.message, "")
            return None, [Fault((), unfit)]

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

    def _is_too_wide(self, cells: Sequence[Cell]) -> bool:
        width = self._width
        return len(cells) > width and not all(map(is_blank, cells[width:]))

    def _too_wide(self, cells: Sequence[Cell]) -> Fault:
        return Fault(
            (self._width,),
            Violation(
                path="",
                rule="celdas de más",
                received=f"{len(cells):,} celdas",
                expected=f"{self._width:,} celdas, como el encabezado",
                message=f"La fila tiene {len(cells):,} celdas y el encabezado "
                f"{self._width:,}.",
                fix="Suele ser un separador dentro de un texto: encierre ese texto "
                "entre comillas.",
            ),
        )


def _says_only_missing(violation: Violation) -> bool:
    """Sort what says that a field is missing after what says why."""
    return violation.rule == "required"
