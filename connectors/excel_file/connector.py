"""Reads a sheet of a workbook: .xlsx, .xls or .ods, by python-calamine.

Before the workbook is opened its sizes are judged, because a sheet is held
whole in memory and a small file may declare gigabytes. A large .xlsx is read by
`big_sheets` in its place.
"""

import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from pdn_sdk.ingest import Cell, Request, SourceUnavailableError, Table, tabulate

from .big_sheets import BigWorkbook

# A sheet held whole takes 1.5 times its XML: measured, see README.md.
BIG_BYTES = 80_000_000
MAX_UNZIPPED_BYTES = 12_000_000_000
MAX_RATIO = 200
SMALL_BYTES = 20_000_000
ZIP, OLE, PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"


class ExcelFile:
    """The connector."""

    def read(self, request: Request) -> Table:
        """Open the workbook, choose its sheet and give its rows."""
        path = request.file()
        size = _judged_size(path)
        wanted = str(request.options.get("sheet") or "")
        declared = request.options.get("header_row")
        sheets = _BigSheets(path) if size > BIG_BYTES else _Sheets(path)
        name, notices = _chosen(sheets, wanted)
        return tabulate(
            sheets.rows(name),
            name=name,
            expected=request.expected,
            header_row=declared if isinstance(declared, int) else None,
            notices=notices,
            fraction_read=sheets.fraction_read,
        )


def _judged_size(path: Path) -> int:
    """Give the size of a workbook once unzipped.

    Raises: SourceUnavailableError for what is no workbook, is empty, or would
    never end.
    """
    with path.open("rb") as file:
        head = file.read(8)
    if not head:
        raise SourceUnavailableError(
            f"«{path.name}» está vacío (0 bytes): la copia o la descarga se "
            "interrumpió. Consiga de nuevo el archivo."
        )
    if head.startswith(ZIP):
        return _unzipped_size(path)
    if not head.startswith(OLE):
        kind = "es un PDF" if head.startswith(PDF) else "no es un libro de Excel"
        raise SourceUnavailableError(
            f"«{path.name}» {kind}, aunque su nombre lo parezca. Abra el original en "
            "Excel y guárdelo como .xlsx; si es texto separado por comas, use el "
            "conector csv_file."
        )
    return 0


def _unzipped_size(path: Path) -> int:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise _damaged(path) from error
    size = sum(part.file_size for part in parts)
    is_xlsx = any(part.filename == "xl/workbook.xml" for part in parts)
    packed = sum(part.compress_size for part in parts)
    bomb = size > SMALL_BYTES and size > packed * MAX_RATIO
    if bomb or size > (MAX_UNZIPPED_BYTES if is_xlsx else 4 * BIG_BYTES):
        raise SourceUnavailableError(
            f"«{path.name}» ocuparía {size / 1e6:,.0f} MB al abrirlo: es demasiado "
            "para leerlo como libro. Guarde la hoja como «CSV UTF-8» y use el conector "
            "csv_file, que no tiene límite de tamaño."
        )
    return size if is_xlsx else 0


def _open(path: Path) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(path)
    except PasswordError as error:
        raise _locked(path) from error
    except (CalamineError, OSError) as error:
        if _is_encrypted(path):
            raise _locked(path) from error
        raise _damaged(path) from error


def _is_encrypted(path: Path) -> bool:
    """Tell a locked .xlsx: an OLE file with a part that says so, in UTF-16."""
    with path.open("rb") as file:
        head = file.read(1 << 20)
    mark = "EncryptedPackage".encode("utf-16-le")
    return head.startswith(OLE) and mark in head


def _locked(path: Path) -> SourceUnavailableError:
    return SourceUnavailableError(
        f"«{path.name}» está protegido con contraseña y no se puede leer. Ábralo en "
        "Excel, quite la contraseña (Archivo, Información, Proteger libro, Cifrar con "
        "contraseña) y guárdelo."
    )


def _damaged(path: Path) -> SourceUnavailableError:
    return SourceUnavailableError(
        f"«{path.name}» está dañado o no es un libro de Excel. Ábralo en Excel y "
        "guárdelo de nuevo como .xlsx; si tampoco abre ahí, consiga otra copia."
    )


def _chosen(sheets: "_Sheets | _BigSheets", wanted: str) -> tuple[str, tuple[str, ...]]:
    """Choose the sheet: the one that is wanted, or the first with a table."""
    names = sheets.names
    if wanted:
        if wanted not in names:
            listed = ", ".join(f"«{name}»" for name in names)
            raise SourceUnavailableError(
                f"El libro no tiene la hoja «{wanted}»; tiene {listed}. Corrija "
                "«sheet» en la sección [source] de provider.toml."
            )
        return wanted, ()
    for name in names:
        if _holds_a_table(sheets.rows(name)):
            return name, _others(name, names)
    raise SourceUnavailableError(
        "Ninguna hoja del libro tiene una tabla: todas están vacías. Revise que sea "
        "el archivo correcto."
    )


def _holds_a_table(rows: Iterator[Sequence[Cell]]) -> bool:
    """Tell a table from a cover page: some row has two cells or more."""
    widths = [sum(c not in ("", None) for c in row) for row in islice(rows, 60)]
    return max(widths, default=0) > 1


def _others(name: str, names: Sequence[str]) -> tuple[str, ...]:
    others = ", ".join(f"«{n}»" for n in names if n != name)
    if not others:
        return ()
    return (
        f"Se leyó la hoja «{name}»; el libro tiene además {others}. Para leer otra, "
        "escriba «sheet» en [source].",
    )


class _Sheets:
    """The sheets of a workbook, visible ones first; each row starts at column A."""

    def __init__(self, path: Path) -> None:
        self._book = _open(path)
        self._read = 0
        self._height = 1
        tables = [
            s for s in self._book.sheets_metadata if s.typ is SheetTypeEnum.WorkSheet
        ]
        visible = [s.name for s in tables if s.visible is SheetVisibleEnum.Visible]
        self.names = visible + [s.name for s in tables if s.name not in visible]

    def fraction_read(self) -> float:
        return min(1.0, self._read / self._height)

    def rows(self, name: str) -> Iterator[Sequence[Cell]]:
        sheet = self._book.get_sheet_by_name(name)
        self._read, self._height = 0, max(1, sheet.total_height)
        left: list[Cell] = [""] * (sheet.start[1] if sheet.start else 0)
        for row in sheet.iter_rows():
            self._read += 1
            yield left + row if left else row


class _BigSheets:
    """The same of a workbook too large to hold."""

    def __init__(self, path: Path) -> None:
        self._book = BigWorkbook(path)
        self._thousandths = [0]
        ordered = sorted(self._book.sheets, key=lambda s: not s.is_visible)
        self._sheets = {s.name: s for s in ordered}
        self.names = list(self._sheets)

    def fraction_read(self) -> float:
        return min(1.0, self._thousandths[0] / 1000)

    def rows(self, name: str) -> Iterator[Sequence[Cell]]:
        return self._book.rows(self._sheets[name], self._thousandths)
