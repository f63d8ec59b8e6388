"""The canonical sheet of a dataset: one column for each field, named by its path.

Owns how records are written as a spreadsheet, and the mapping that reads them
back without loss.
"""

import csv
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import orjson
import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from pdn_sdk.errors import SourceUnavailableError
from pdn_sdk.ingest.mapping.fields import Field, fields
from pdn_sdk.ingest.mapping.file import Mapping as FieldMapping
from pdn_sdk.standards.model import Dataset
from pdn_sdk.standards.paths import first_at, values_at

SEPARATOR = "; "
LINES = ".jsonl"
BASE_TABLE = "registros"


def canonical_mapping(dataset: Dataset) -> FieldMapping:
    """Give the mapping in which every column has the name of its field."""
    return FieldMapping.parse(
        {"fields": {path: path for path in fields(dataset)}},
        dataset,
        origin="mapping.toml",
    )


def write_source(
    path: Path, dataset: Dataset, records: Iterable[Mapping[str, object]]
) -> int:
    """Write records under canonical headers (.csv, .xlsx, .db), or as JSON Lines.

    Gives how many.

    Raises: SourceUnavailableError for another kind of file, or where it cannot
    be written.
    """
    suffix = path.suffix.lower()
    write = {".csv": _write_csv, ".xlsx": _write_xlsx, ".db": _write_base}.get(suffix)
    if write is None and suffix != LINES:
        raise SourceUnavailableError(
            f"«{path.name}» no es .csv, .xlsx, .db ni {LINES}, que es lo que se puede "
            "escribir aquí."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if write is None:
            count = _write_lines(path, records)
        else:
            count = write(path, *canonical_rows(dataset, records))
        _beside(path).write_text(_digest(path), encoding="utf-8")
    except (OSError, XlsxWriterException, sqlite3.Error) as error:
        raise SourceUnavailableError(
            f"No se pudo escribir «{path}»: {error}. Revise el permiso y el espacio."
        ) from error
    return count


def is_written_here(path: Path) -> bool:
    """Tell whether a file is as `write_source` left it, so that it can be redone."""
    try:
        return _beside(path).read_text(encoding="utf-8") == _digest(path)
    except (OSError, UnicodeDecodeError):
        return False


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.sintetico")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_lines(path: Path, records: Iterable[Mapping[str, object]]) -> int:
    count = 0
    with path.open("wb") as file:
        for record in records:
            file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
            count += 1
    return count


def _write_csv(
    path: Path, headers: Sequence[str], rows: Iterable[Sequence[str]]
) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headers)
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def _write_xlsx(
    path: Path, headers: Sequence[str], rows: Iterable[Sequence[str]]
) -> int:
    options = {"constant_memory": True, "strings_to_formulas": False}
    count = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("Datos")
        bold = book.add_format({"bold": True})
        sheet.set_column(0, len(headers), 20)
        sheet.freeze_panes(1, 0)
        for column, header in enumerate(headers):
            sheet.write_string(0, column, header, bold)
        for row in rows:
            count += 1
            for column, text in enumerate(row):
                sheet.write_string(count, column, text)
    return count


def _write_base(
    path: Path, headers: Sequence[str], rows: Iterable[Sequence[str]]
) -> int:
    path.unlink(missing_ok=True)
    columns = ", ".join(f'"{header}" TEXT' for header in headers)
    marks = ", ".join("?" * len(headers))
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(f"CREATE TABLE {BASE_TABLE} ({columns})")
        added = base.executemany(
            f"INSERT INTO {BASE_TABLE} VALUES ({marks})",  # noqa: S608 - only marks
            rows,
        )
        return added.rowcount


def canonical_rows(
    dataset: Dataset, records: Iterable[Mapping[str, object]]
) -> tuple[Sequence[str], Iterator[Sequence[str]]]:
    """Give the canonical headers, and each record as the row under them."""
    known = list(fields(dataset).values())
    rows = ([_cell(dataset, f, record) for f in known] for record in records)
    return [f.path for f in known], rows


def _cell(dataset: Dataset, field: Field, record: Mapping[str, object]) -> str:
    if field.coded is not None:
        found = values_at(record, field.coded.path)
        return SEPARATOR.join(_code(dataset, field, entry) for entry in found)
    if "[]." in field.path:
        return _by_position(record, f"{field.path}[]" if field.boxed else field.path)
    if field.many:
        return SEPARATOR.join(_text(v) for v in values_at(record, _deep(field.path)))
    return _text(first_at(record, field.path))


def _by_position(record: Mapping[str, object], path: str) -> str:
    """Write one member of the objects of a list, with a blank where it lacks.

    Of a list inside a list, the first item is what a sheet can hold.
    """
    holder, _, member = path.partition("[].")
    texts = [_text(first_at(item, member)) for item in values_at(record, f"{holder}[]")]
    return SEPARATOR.join(texts) if any(texts) else ""


def _deep(path: str) -> str:
    return path if "[]" in path else f"{path}[]"


def _code(dataset: Dataset, field: Field, entry: object) -> str:
    """Write the key, with its text where that is the person's own."""
    coded = field.coded
    if coded is None or not isinstance(entry, dict):
        return ""
    key, text = entry.get(coded.key), entry.get(coded.text)
    official = {e.key: e.text for e in dataset.catalogs[coded.catalog]}
    own = key in coded.free and text and text != official.get(key)
    return f"{key}: {text}" if own else _text(key)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "Sí" if value else "No"
    return "" if value is None else str(value)
