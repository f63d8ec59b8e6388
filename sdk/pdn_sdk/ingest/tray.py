"""The repair tray: the person's own sheet with the rows to repair, and why.

Owns the workbook `rechazos.xlsx` and how it is recognised when it comes back.
Two columns go before the person's; the rest is as they wrote it.
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import mkdtemp
from time import time as time_now
from typing import Any
from zipfile import BadZipFile, ZipFile

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from pdn_sdk.collation import fold
from pdn_sdk.errors import StorageError
from pdn_sdk.ingest.contract import Cell, SourceRow, Table
from pdn_sdk.ingest.mapping.values import MONTHS
from pdn_sdk.ingest.report import Cause, Fault, named

ROW_HEADER = "Fila"
FIX_HEADER = "Qué corregir"
ADDED = 2
SUMMARY = "Resumen"
FILE_NAME = "rechazos.xlsx"
WORKSHOP = ".rechazos-"
ABANDONED_S = 3_600
LAST_ROW = 1_048_575
MAX_COLUMNS = 16_384 - ADDED
MAX_TEXT = 32_000
LONG_FIX = 260
REST = f"La lista completa está en la hoja «{SUMMARY}»."
_NAVY, _PALE_RED, _PALE = "#0b2545", "#f9d9d6", "#eef1f5"


@dataclass(frozen=True, slots=True)
class Counts:
    """What the summary sheet tells of the load, and the order that repeats it."""

    source: str
    sheet: str
    read: int
    accepted: int
    rejected: int
    when: datetime
    order: str


class Tray:
    """A workbook that grows row by row and takes its place when it is whole."""

    def __init__(self, folder: Path, table: Table, dataset: str = "") -> None:
        """Prepare a tray for a table; nothing is written until a row is added.

        `dataset` tells its file from those of the project's other datasets.
        """
        path = folder / FILE_NAME
        self.path = path.with_stem(f"{path.stem}-{dataset}") if dataset else path
        chosen = f"--dataset {dataset} " if dataset else ""
        self.order = f"pdn load {chosen}--source {self.path.name}"
        self._folder = folder
        self._workshop: Path | None = None
        self._table = table
        self._book: Any = None
        self._sheets = 0
        self._next = LAST_ROW + 1

    def add(self, row: SourceRow, faults: Sequence[Fault]) -> None:
        """Add a row with everything that must be repaired in it.

        Raises: StorageError where the disk refuses.
        """
        try:
            if self._next > LAST_ROW:
                self._open_sheet()
            self._write_row(row, faults)
        except OSError as error:
            raise self._refused(error) from error

    def finish(self, counts: Counts, causes: Sequence[Cause]) -> None:
        """Write the summary and close the draft; `publish` puts it in place.

        Raises: StorageError where the disk refuses.
        """
        if self._book is None:
            return
        try:
            _Summary(self._book).write(counts, causes)
            self._book.set_properties({"created": counts.when.astimezone(UTC)})
            self._book.close()
        except (OSError, XlsxWriterException) as error:
            raise self._refused(error) from error

    def publish(self) -> Path | None:
        """Put the closed draft in its place; None where no row was rejected.

        A tray that somebody edited meanwhile, or has open, is left alone: then
        the new one takes another name.
        """
        if self._book is None:
            return None
        try:
            if self.path.exists() and _was_edited(self.path):
                self.path.rename(_free_name(self.path, "corregido"))
            _remember_age(self._draft)
            return self._draft.replace(self.path)
        except PermissionError:
            return self._draft.replace(_free_name(self.path, "nuevo"))
        except OSError as error:
            raise self._refused(error) from error

    def discard(self) -> None:
        """Forget a draft that was not put in place, and its temporary files."""
        if self._book is not None and not self._book.fileclosed:
            self._book.fileclosed = True
            for sheet in self._book.worksheets():
                sheet.row_data_fh.close()
        if self._workshop is not None:
            shutil.rmtree(self._workshop, ignore_errors=True)

    @property
    def _draft(self) -> Path:
        return (self._workshop or self._folder) / FILE_NAME

    def _refused(self, error: Exception) -> StorageError:
        return StorageError(
            f"No se pudo escribir la bandeja de rechazos «{self.path}»: {error}. "
            "Revise que haya espacio en el disco y que el archivo no esté abierto en "
            "Excel; los datos cargados antes siguen intactos."
        )

    def _open_sheet(self) -> None:
        if self._book is None:
            self._workshop = _workshop(self._folder)
            self._book = xlsxwriter.Workbook(
                str(self._draft),
                {
                    "constant_memory": True,
                    "strings_to_formulas": False,
                    "strings_to_urls": False,
                    "nan_inf_to_errors": True,
                    "tmpdir": str(self._workshop),
                },
            )
            self._formats = _Formats(self._book)
        self._sheets += 1
        self._sheet = self._book.add_worksheet(
            _sheet_name(self._table.name, self._sheets)
        )
        self._write_heading()

    def _write_heading(self) -> None:
        heading = self._table.heading or (SourceRow(1, self._table.headers),)
        self._sheet.set_column(0, 0, 7)
        self._sheet.set_column(1, 1, 70)
        self._sheet.set_column(2, ADDED + len(self._table.headers), 18)
        for position, row in enumerate(heading):
            last = position == len(heading) - 1
            style = self._formats.header if last or _is_level(row) else None
            if last:
                self._sheet.write_string(position, 0, ROW_HEADER, self._formats.added)
                self._sheet.write_string(position, 1, FIX_HEADER, self._formats.added)
            for index, cell in enumerate(row.cells[:MAX_COLUMNS]):
                self._write(position, index, cell, style)
        self._next = len(heading)
        self._sheet.freeze_panes(self._next, ADDED)

    def _write_row(self, row: SourceRow, faults: Sequence[Fault]) -> None:
        at = self._next
        wrong = {column for fault in faults for column in fault.columns}
        text = self._explained(faults)
        self._sheet.write_number(at, 0, row.number, self._formats.top)
        self._sheet.write_string(at, 1, text[:MAX_TEXT], self._formats.wrapped)
        # A cell that lacks must be seen too, so it is coloured though blank.
        width = max([len(row.cells), *(column + 1 for column in wrong)])
        for index in range(min(width, MAX_COLUMNS)):
            cell = row.cells[index] if index < len(row.cells) else None
            self._write(
                at, index, cell, self._formats.wrong if index in wrong else None
            )
        self._next += 1

    def _explained(self, faults: Iterable[Fault]) -> str:
        lines = []
        for fault in sorted(faults, key=lambda f: f.columns):
            column = named(fault.columns, self._table.headers)
            where = f"{column}: " if column else ""
            fix = _shortened(fault.violation.fix)
            lines.append(f"• {where}{fault.violation.message} {fix}")
        return "\n".join(dict.fromkeys(lines))

    def _write(self, at: int, index: int, cell: Cell, style: object) -> None:
        column = ADDED + index
        if isinstance(cell, bool):
            self._sheet.write_boolean(at, column, cell, style)
        elif isinstance(cell, int | float):
            self._sheet.write_number(at, column, cell, style)
        elif isinstance(cell, date | time | timedelta):
            wrong = style is self._formats.wrong
            dated = self._formats.wrong_date if wrong else self._formats.date
            self._sheet.write_datetime(at, column, cell, dated)
        elif cell:
            text = cell.replace("\r\n", "\n")[:MAX_TEXT]
            self._sheet.write_string(at, column, text, style)
        elif style is not None:
            self._sheet.write_blank(at, column, None, style)


class _Formats:
    def __init__(self, book: Any) -> None:  # noqa: ANN401 - xlsxwriter has no types
        wrong = {"bg_color": _PALE_RED, "valign": "top"}
        self.header = book.add_format({"bold": True, "bg_color": _PALE, "bottom": 1})
        self.added = book.add_format(
            {"bold": True, "bg_color": _NAVY, "font_color": "#ffffff"}
        )
        self.top = book.add_format({"valign": "top"})
        self.wrapped = book.add_format({"valign": "top", "text_wrap": True})
        self.wrong = book.add_format(wrong)
        self.date = book.add_format({"num_format": "dd/mm/yyyy"})
        self.wrong_date = book.add_format({**wrong, "num_format": "dd/mm/yyyy"})


class _Summary:
    def __init__(self, book: Any) -> None:  # noqa: ANN401 - xlsxwriter has no types
        self._sheet = book.add_worksheet(SUMMARY)
        self._title = book.add_format({"bold": True, "font_size": 14})
        self._bold = book.add_format({"bold": True, "valign": "top"})
        self._header = book.add_format(
            {"bold": True, "bg_color": _NAVY, "font_color": "#ffffff"}
        )
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self._count = book.add_format(
            {"num_format": "#,##0", "valign": "top", "align": "left"}
        )
        self._next = 0

    def write(self, counts: Counts, causes: Sequence[Cause]) -> None:
        for column, width in enumerate((28, 30, 60, 60, 16)):
            self._sheet.set_column(column, column, width)
        self._line("Filas que no se cargaron", style=self._title)
        self._pair("Archivo", counts.source)
        self._pair("Hoja", counts.sheet)
        self._pair("Fecha de la carga", _in_words(counts.when))
        self._pair("Filas leídas", counts.read)
        self._pair("Filas aceptadas", counts.accepted)
        self._pair("Filas rechazadas", counts.rejected)
        self._next += 1
        self._causes(causes)
        self._next += 1
        self._line("Qué hacer ahora", style=self._bold)
        for step in (
            "1. En la otra hoja, corrija las celdas en rojo; la columna «Qué "
            "corregir» dice cómo. No hace falta borrarla.",
            f"2. Guarde y cargue este archivo: {counts.order}. Sólo agrega lo "
            "corregido; no borra nada.",
            "3. Corrija también su archivo: es el que se carga siempre.",
        ):
            self._line(step)

    def _causes(self, causes: Sequence[Cause]) -> None:
        titles = ("Filas con esta causa", "Columna", "Qué pasa", "Qué hacer", "Ejemplo")
        for column, title in enumerate(titles):
            self._sheet.write_string(self._next, column, title, self._header)
        for cause in causes:
            self._next += 1
            self._sheet.write_number(self._next, 0, cause.rows, self._count)
            example = f"fila {cause.first_row:,}"
            for column, text in enumerate(
                (cause.column, cause.told, cause.fix, example), start=1
            ):
                self._sheet.write_string(self._next, column, text, self._wrapped)
        self._next += 1

    def _line(self, text: str, style: object = None) -> None:
        self._sheet.write_string(self._next, 0, text, style)
        self._next += 1

    def _pair(self, name: str, value: str | int) -> None:
        self._sheet.write_string(self._next, 0, name, self._bold)
        if isinstance(value, int):
            self._sheet.write_number(self._next, 1, value, self._count)
        else:
            self._sheet.write_string(self._next, 1, value)
        self._next += 1


def corrected(table: Table) -> Table | None:
    """Give the person's own table if this is a tray that comes back.

    The added columns are left out, and the rows keep the number that they have
    in the first file.
    """
    if [fold(h) for h in table.headers[:ADDED]] != [fold(ROW_HEADER), fold(FIX_HEADER)]:
        return None
    return Table(
        table.headers[ADDED:],
        _own(table),
        name=table.name,
        heading=[SourceRow(r.number, r.cells[ADDED:]) for r in table.heading],
        skipped=table.skipped,
        notices=table.notices,
        fraction_read=table.fraction_read,
    )


def _own(rows: Iterable[SourceRow]) -> Iterator[SourceRow]:
    for row in rows:
        first = row.cells[0]
        number = int(first) if isinstance(first, int | float) else row.number
        yield SourceRow(number, row.cells[ADDED:])


def _shortened(fix: str) -> str:
    """Cut a long list: on every row it would bury what the person came for."""
    if len(fix) <= LONG_FIX:
        return fix
    return f"{fix[:LONG_FIX].rpartition('; ')[0] or fix[:LONG_FIX]}… {REST}"


def _in_words(moment: datetime) -> str:
    month = MONTHS[moment.month - 1]
    return f"{moment.day} de {month} de {moment.year}, {moment:%H:%M}"


def _sheet_name(name: str, number: int) -> str:
    clean = re.sub(r"[\[\]:*?/\\]", " ", name).strip().strip("'") or "Rechazos"
    if fold(clean) in {fold(SUMMARY), "history"}:
        clean = f"{clean} rechazos"
    suffix = f" {number}" if number > 1 else ""
    return clean[: 31 - len(suffix)] + suffix


def _is_level(row: SourceRow) -> bool:
    return sum(bool(cell) for cell in row.cells) > 2


def _created(path: Path) -> str:
    with ZipFile(path) as archive:
        core = archive.read("docProps/core.xml").decode("utf-8", "replace")
    found = re.search(r"<dcterms:created[^>]*>([^<]*)<", core)
    return found[1] if found else ""


def _remember_age(path: Path) -> None:
    """Date the file by its own creation: whoever saves it again changes that."""
    created = datetime.fromisoformat(_created(path).replace("Z", "+00:00"))
    os.utime(path, (created.timestamp(), created.timestamp()))


def _was_edited(path: Path) -> bool:
    try:
        created = datetime.fromisoformat(_created(path).replace("Z", "+00:00"))
    except (OSError, BadZipFile, KeyError, ValueError):
        return True
    return path.stat().st_mtime != created.timestamp()


def _workshop(folder: Path) -> Path:
    """Make a hidden folder for a draft; sweep those of loads that were killed."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{WORKSHOP}*"):
        if time_now() - old.stat().st_mtime > ABANDONED_S:
            shutil.rmtree(old, ignore_errors=True)
    return Path(mkdtemp(prefix=WORKSHOP, dir=folder))


def _free_name(path: Path, word: str) -> Path:
    number = 1
    while (name := path.with_stem(f"{path.stem}-{word}-{number}")).exists():
        number += 1
    return name
