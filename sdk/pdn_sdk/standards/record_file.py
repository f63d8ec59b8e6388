"""Records from a JSON file: an array, an answer with `results`, or JSON Lines.

Owns how such a file is recognised and numbered. Imports the errors only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from pdn_sdk.errors import SourceUnavailableError

LINES_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A record and its number in the file, from 1; of a line, its own number.

    `fault` says where a line is not JSON; `record` is then its text.
    """

    number: int
    record: object
    fault: str = ""


def read_records(path: Path) -> Iterator[FileRecord]:
    """Yield the records of a file, in order.

    Raises: SourceUnavailableError where it cannot be read or is not JSON; the
    message says where it breaks and what to do.
    """
    try:
        content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise SourceUnavailableError(
            f"No se puede leer «{path}». Revise el nombre, que sea un archivo y que "
            "tenga permiso de lectura."
        ) from error
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise SourceUnavailableError(
            f"«{path.name}» es una hoja de cálculo y aquí se revisan archivos JSON. "
            "Revísela con «pdn load --dry-run» desde su proyecto."
        )
    try:
        yield from _whole(orjson.loads(content))
    except orjson.JSONDecodeError as error:
        if not _is_lines(content):
            raise SourceUnavailableError(_not_json(path, content, error)) from error
        yield from _lines(content)


def _whole(document: object) -> Iterator[FileRecord]:
    if isinstance(document, dict) and isinstance(document.get("results"), list):
        document = document["results"]
    records = document if isinstance(document, list) else [document]
    for number, record in enumerate(records, start=1):
        yield FileRecord(number, record)


def _is_lines(content: bytes) -> bool:
    """Tell whether each line stands alone: among the first, one is an object."""
    lines = content.lstrip().split(b"\n", LINES_LOOKED_AT)[:LINES_LOOKED_AT]
    if not lines[0].startswith(b"{"):
        return False
    return any(isinstance(_line(1, line).record, dict) for line in lines)


def _lines(content: bytes) -> Iterator[FileRecord]:
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            yield _line(number, line)


def _line(number: int, line: bytes) -> FileRecord:
    try:
        return FileRecord(number, orjson.loads(line))
    except orjson.JSONDecodeError as error:
        text = line.decode("utf-8", errors="replace").strip()
        return FileRecord(number, text, fault=f"columna {error.colno:,}")


def _not_json(path: Path, content: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as broken:
        line = content.count(b"\n", 0, broken.start) + 1
        return (
            f"«{path.name}» no está en UTF-8 (línea {line:,}), que es como se escribe "
            "JSON. Guárdelo de nuevo con la codificación UTF-8."
        )
    if not content.strip():
        return f"«{path.name}» está vacío. Escriba en él una lista de registros JSON."
    return (
        f"«{path.name}» no es JSON válido: línea {error.lineno:,}, columna "
        f"{error.colno:,}. Corrija ese lugar; suele ser una coma o unas comillas "
        "de más o de menos."
    )
