"""Reads delimited text, whatever program and decade it comes from.

The encoding is judged on every byte of the file, because the first Ñ may be on
row 90,000; then the rows are read one at a time.
"""

import csv
from codecs import (
    BOM_UTF8,
    BOM_UTF16_BE,
    BOM_UTF16_LE,
    getincrementaldecoder,
    lookup,
)
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from charset_normalizer import from_bytes

from pdn_sdk.ingest import Request, SourceUnavailableError, Table, tabulate

CHUNK_BYTES = 1 << 20
EVIDENCE_BYTES = 1 << 16
SNIFFED_ROWS = 200
MAX_CELL_CHARACTERS = 1 << 20
MAX_LINES_IN_A_ROW = 1_000
DELIMITERS = ",;\t|"
BOMS = {BOM_UTF8: "utf-8", BOM_UTF16_LE: "utf-16-le", BOM_UTF16_BE: "utf-16-be"}
# What spreadsheets and government systems of the last forty years wrote.
LEGACY = ("cp1252", "mac_roman", "cp850")
SPANISH = frozenset("áéíóúüñÁÉÍÓÚÜÑ¿¡ºª°“”‘’–—«»´")


class CsvFile:
    """The connector."""

    def read(self, request: Request) -> Table:
        """Open the file, find its shape and give its rows."""
        path = request.file()
        text = Text.of(path, str(request.options.get("encoding") or ""))
        delimiter = str(request.options.get("delimiter") or "") or _delimiter(text)
        declared = request.options.get("header_row")
        reader = _Reader(text, delimiter)
        return tabulate(
            reader.rows(),
            name=path.name,
            expected=request.expected,
            header_row=declared if isinstance(declared, int) else None,
            notices=text.notices,
            fraction_read=reader.fraction_read,
        )


@dataclass(frozen=True, slots=True)
class Text:
    """A file of text, and how to read its characters.

    `spare` decodes the lines that `encoding` cannot: files pasted together from
    two programs exist, and no row of theirs may be lost.
    """

    path: Path
    size_bytes: int
    encoding: str
    spare: str
    notices: tuple[str, ...] = ()

    @classmethod
    def of(cls, path: Path, declared: str) -> "Text":
        """Judge the encoding of a file, unless it is declared.

        Raises: SourceUnavailableError where it is no file of text.
        """
        try:
            with path.open("rb") as file:
                size = path.stat().st_size
                head = file.read(CHUNK_BYTES)
                _refuse_binary(head, path)
                encoding, spare = (
                    (declared, "cp1252") if declared else _encoding(head, file)
                )
            lookup(encoding)
        except LookupError as error:
            raise SourceUnavailableError(
                f"No existe la codificación «{declared}». Quite «encoding» para que "
                "se averigüe sola, o escriba «utf-8» o «cp1252»."
            ) from error
        mixed = encoding.startswith("utf-8") and spare != encoding
        notice = "Hay renglones con otra codificación (cp1252); se leyeron como tal."
        return cls(
            path, size, encoding, spare, (notice,) if mixed and not declared else ()
        )

    def lines(self, on_bytes: Callable[[int], None] = lambda _: None) -> Iterator[str]:
        """Read line by line, ends of line kept."""
        if self.encoding.startswith("utf-16"):
            yield from self._decoded_whole(on_bytes)
            return
        with self.path.open("rb") as file:
            for number, raw in enumerate(_lines(file)):
                on_bytes(len(raw))
                line = raw.removeprefix(BOM_UTF8) if number == 0 else raw
                try:
                    yield line.decode(self.encoding)
                except UnicodeDecodeError:
                    yield _salvaged(line, self.spare)

    def _decoded_whole(self, on_bytes: Callable[[int], None]) -> Iterator[str]:
        with self.path.open(
            encoding=self.encoding, errors="replace", newline=""
        ) as file:
            for number, line in enumerate(file):
                on_bytes(2 * len(line))
                yield line.removeprefix("\ufeff") if number == 0 else line


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Read line by line; also the lines of old Macs, which end in CR alone."""
    head = file.read(CHUNK_BYTES)
    file.seek(0)
    if b"\n" in head or b"\r" not in head:
        yield from file
        return
    pending = b""
    while chunk := file.read(CHUNK_BYTES):
        *whole, pending = (pending + chunk).split(b"\r")
        yield from (line + b"\n" for line in whole)
    if pending:
        yield pending


def _salvaged(line: bytes, spare: str) -> str:
    try:
        return line.decode(spare)
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _refuse_binary(head: bytes, path: Path) -> None:
    kinds = {
        b"PK\x03\x04": "un libro de Excel",
        b"\xd0\xcf\x11\xe0": "un libro de Excel",
        b"%PDF": "un PDF",
    }
    for start, kind in kinds.items():
        if head.startswith(start):
            raise SourceUnavailableError(
                f"«{path.name}» no es texto: es {kind}. Guárdelo como CSV, o use el "
                "conector excel_file en provider.toml."
            )


def _encoding(head: bytes, rest: BinaryIO) -> tuple[str, str]:
    """Give the encoding, and the one for lines that do not keep to it."""
    for bom, encoding in BOMS.items():
        if head.startswith(bom):
            return encoding, encoding
    odd, even = head[1::2].count(0), head[0::2].count(0)
    # A stray NUL is dirt; in UTF-16 half of the bytes of plain text are NUL.
    if max(odd, even) * 8 > len(head):
        encoding = "utf-16-le" if odd > even else "utf-16-be"
        return encoding, encoding
    whole, evidence = _evidence(head, rest)
    if whole:
        return "utf-8", "utf-8"
    legacy = _legacy(evidence)
    return ("utf-8", legacy) if _mostly_utf8(evidence) else (legacy, legacy)


def _evidence(head: bytes, rest: BinaryIO) -> tuple[bool, bytes]:
    """Read to the end: is all of it UTF-8? And the lines that have accents."""
    decoder = getincrementaldecoder("utf-8")()
    whole = True
    kept = bytearray()
    chunk = head
    while chunk:
        if whole:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                whole = False
        if not chunk.isascii() and len(kept) < EVIDENCE_BYTES:
            accented = (line for line in chunk.split(b"\n") if not line.isascii())
            kept += b"\n".join(accented)[:EVIDENCE_BYTES] + b"\n"
        chunk = rest.read(CHUNK_BYTES)
    # A character cut off at the very end of the file is one bad line, no more.
    return whole and not decoder.getstate()[0], bytes(kept)


def _mostly_utf8(evidence: bytes) -> bool:
    lines = [line for line in evidence.split(b"\n") if line]
    good = sum(_is_utf8(line) for line in lines)
    return good * 2 > len(lines)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _legacy(evidence: bytes) -> str:
    """Choose the encoding in which the accents are those of Spanish.

    charset-normalizer decides where the letters alone do not.
    """
    bad = b"\n".join(x for x in evidence.split(b"\n") if not _is_utf8(x))
    shares = {name: _spanish_share(bad, name) for name in LEGACY}
    best = max(shares.values())
    tied = [name for name, share in shares.items() if share == best]
    if len(tied) == 1:
        return tied[0]
    guess = from_bytes(bad, cp_isolation=tied).best()
    return guess.encoding if guess and guess.encoding in tied else tied[0]


def _spanish_share(raw: bytes, encoding: str) -> float:
    foreign = [c for c in raw.decode(encoding, "replace") if ord(c) > 127]
    return sum(c in SPANISH for c in foreign) / max(1, len(foreign))


def _delimiter(text: Text) -> str:
    """Choose the delimiter that cuts most of the first rows alike."""
    first = list(islice(text.lines(), SNIFFED_ROWS))
    declared = first[0].strip() if first else ""
    if declared.lower().startswith("sep=") and len(declared) == 5:
        return declared[4]

    def merit(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(first, delimiter=delimiter))
        wide = [(count, width) for width, count in widths.items() if width > 1]
        return max(wide, default=(0, 0))

    try:
        return max(DELIMITERS, key=merit)
    except csv.Error as error:
        raise SourceUnavailableError(
            f"«{text.path.name}» no parece un CSV: {error}. Ábralo en Excel y guárdelo "
            "como «CSV UTF-8 (delimitado por comas)»."
        ) from error


class _Reader:
    """The rows of a text, watching that no quote swallows the file."""

    def __init__(self, text: Text, delimiter: str) -> None:
        self._text = text
        self._delimiter = delimiter
        self._bytes_read = 0
        self._lines: list[str] = []

    def fraction_read(self) -> float:
        return min(1.0, self._bytes_read / max(1, self._text.size_bytes))

    def rows(self) -> Iterator[list[str]]:
        csv.field_size_limit(MAX_CELL_CHARACTERS)
        number = 0
        try:
            for row in csv.reader(self._watched(), delimiter=self._delimiter):
                if number == 0 and _says_separator(row, self._delimiter):
                    self._lines.clear()
                    number = -1
                    continue
                number = max(number, 0) + 1
                self._refuse_open_quote(number)
                yield row
        except csv.Error as error:
            raise SourceUnavailableError(
                f"La fila {max(number, 0) + 1:,} de «{self._text.path.name}» no se "
                f"puede leer ({error}). Suele ser una comilla sin cerrar: corríjala y "
                "vuelva a cargar; no se cambió nada."
            ) from error

    def _watched(self) -> Iterator[str]:
        for line in self._text.lines(self._count):
            self._lines.append(line)
            if len(self._lines) > MAX_LINES_IN_A_ROW:
                raise csv.Error(f"una celda ocupa más de {MAX_LINES_IN_A_ROW:,} líneas")
            yield line

    def _count(self, size: int) -> None:
        self._bytes_read += size

    def _refuse_open_quote(self, number: int) -> None:
        if len(self._lines) > 1 and sum(x.count('"') for x in self._lines) % 2:
            raise SourceUnavailableError(
                f"En la fila {number:,} de «{self._text.path.name}» se abre una "
                "comilla que no se cierra, y se llevaría las filas siguientes. "
                "Ciérrela y vuelva a cargar; no se cambió nada."
            )
        self._lines.clear()


def _says_separator(row: list[str], delimiter: str) -> bool:
    """Tell whether this is Excel's `sep=;` line, which it does not show."""
    return delimiter.join(row).lower() in (f"sep={delimiter}", "sep=")
