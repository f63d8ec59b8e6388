"""Reads a sheet of a workbook: .xlsx, .xls or .ods, by python-calamine.

Before the workbook is opened its sizes are judged, because a sheet is held
whole in memory and a small file may declare gigabytes.
"""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from pdn_sdk.ingest import Cell, Request, SourceUnavailableError, Table, tabulate

# 100 bytes of memory for each cell, 65 bytes of XML: measured, see README.md.
MAX_UNZIPPED_BYTES = 1_500_000_000
MAX_RATIO = 200
SMALL_BYTES = 20_000_000
ZIP, OLE, PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"


class ExcelFile:
    """The connector."""

    def read(self, request: Request) -> Table:
        """Open the workbook, choose its sheet and give its rows."""
        path = request.path()
        _judge(path)
        workbook = _open(path)
        sheet, notices = _sheet(workbook, str(request.options.get("sheet") or ""))
        declared = request.options.get("header_row")
        rows = _Rows(sheet)
        return tabulate(
            rows.read(),
            name=sheet.name,
            expected=request.expected,
            header_row=declared if isinstance(declared, int) else None,
            notices=notices,
            fraction_read=rows.fraction_read,
        )


def _judge(path: Path) -> None:
    """Refuse what is no workbook, is empty, or would not fit in memory."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except FileNotFoundError as error:
        raise SourceUnavailableError(
            f"No está el archivo «{path}». Cópielo ahí, o corrija «path» en la "
            "sección [source] de provider.toml."
        ) from error
    except OSError as error:
        raise SourceUnavailableError(
            f"No se puede leer «{path}»: {error.strerror or error}. Si está abierto en "
            "Excel, ciérrelo; si no, revise que tenga permiso de lectura."
        ) from error
    if not head:
        raise SourceUnavailableError(
            f"«{path.name}» está vacío (0 bytes): la copia o la descarga se "
            "interrumpió. Consiga de nuevo el archivo."
        )
    if head.startswith(ZIP):
        _judge_sizes(path)
    elif not head.startswith(OLE):
        kind = "es un PDF" if head.startswith(PDF) else "no es un libro de Excel"
        raise SourceUnavailableError(
            f"«{path.name}» {kind}, aunque su nombre lo parezca. Abra el original en "
            "Excel y guárdelo como .xlsx; si es texto separado por comas, use el "
            "conector csv_file."
        )


def _judge_sizes(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise _damaged(path) from error
    size = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    bomb = size > SMALL_BYTES and size > packed * MAX_RATIO
    if bomb or size > MAX_UNZIPPED_BYTES:
        raise SourceUnavailableError(
            f"«{path.name}» ocuparía {size / 1e6:,.0f} MB al abrirlo: es demasiado "
            "para leerlo como libro. Guarde la hoja como «CSV UTF-8» y use el conector "
            "csv_file, que no tiene límite de tamaño."
        )


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


def _sheet(
    workbook: CalamineWorkbook, wanted: str
) -> tuple[CalamineSheet, tuple[str, ...]]:
    tables = [s for s in workbook.sheets_metadata if s.typ is SheetTypeEnum.WorkSheet]
    if wanted:
        if wanted not in [s.name for s in tables]:
            names = ", ".join(f"«{s.name}»" for s in tables)
            raise SourceUnavailableError(
                f"El libro no tiene la hoja «{wanted}»; tiene {names}. Corrija «sheet» "
                "en la sección [source] de provider.toml."
            )
        return workbook.get_sheet_by_name(wanted), ()
    visible = [s.name for s in tables if s.visible is SheetVisibleEnum.Visible]
    names = visible + [s.name for s in tables if s.name not in visible]
    for name in names:
        sheet = workbook.get_sheet_by_name(name)
        if _holds_a_table(sheet):
            return sheet, _others(name, names)
    raise SourceUnavailableError(
        "Ninguna hoja del libro tiene una tabla: todas están vacías. Revise que sea "
        "el archivo correcto."
    )


def _holds_a_table(sheet: CalamineSheet) -> bool:
    """Tell a table from a cover page: some row has two cells or more."""
    first = sheet.to_python(skip_empty_area=True, nrows=60)
    return any(sum(cell != "" for cell in row) > 1 for row in first) or (
        sheet.width == 1 and sheet.height > 1
    )


def _others(name: str, names: Sequence[str]) -> tuple[str, ...]:
    others = ", ".join(f"«{n}»" for n in names if n != name)
    if not others:
        return ()
    return (
        f"Se leyó la hoja «{name}»; el libro tiene además {others}. Para leer otra, "
        "escriba «sheet» en [source].",
    )


class _Rows:
    """The rows of a sheet, each starting at column A."""

    def __init__(self, sheet: CalamineSheet) -> None:
        self._sheet = sheet
        self._read = 0

    def fraction_read(self) -> float:
        return min(1.0, self._read / max(1, self._sheet.total_height))

    def read(self) -> Iterator[Sequence[Cell]]:
        start = self._sheet.start
        left: list[Cell] = [""] * (start[1] if start else 0)
        for row in self._sheet.iter_rows():
            self._read += 1
            yield left + row if left else row
