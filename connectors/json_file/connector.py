"""Reads records that are already JSON: a list, an answer with `results`, or lines.

One record is in memory at a time, however large the file is.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pdn_sdk.ingest import Request, SourceRow, SourceUnavailableError, Table

from .extended import IDENTIFIER, plain

RECORD = "Registro"
CHUNK_CHARACTERS = 1 << 20
LONGEST_RECORD = 1 << 26
"""Characters of one record; more is a file that lost a bracket."""
ENVELOPE_CHARACTERS = 1 << 16
_RESULTS = re.compile(r'"results"\s*:\s*\[')
_BLANKS_AND_COMMAS = re.compile(r"[\s,]*")


class JsonFile:
    """The connector."""

    def read(self, request: Request) -> Table:
        """Open the file and give one row for each record."""
        path = request.file()
        reading = _Reading(path)
        texts = reading.rows()
        # Who asks for MongoDB's own identifier has it in a column of its own.
        has_identifier = IDENTIFIER in request.expected
        return Table(
            (RECORD, IDENTIFIER) if has_identifier else (RECORD,),
            map(_identified if has_identifier else _row, texts),
            name=path.name,
            fraction_read=reading.fraction_read,
        )


class _Reading:
    """One pass over a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = max(1, path.stat().st_size)
        self._characters = 0

    def fraction_read(self) -> float:
        """Tell how much has been read, from 0 to 1, taking a byte for a letter."""
        return min(1.0, self._characters / self._size)

    def rows(self) -> Iterator[tuple[int, str]]:
        """Yield the number of each record, and the text that it was written with."""
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                yield from self._rows(file)
        except UnicodeDecodeError as error:
            raise SourceUnavailableError(
                f"«{self._path.name}» no está en UTF-8, que es como se escribe JSON. "
                "Guárdelo de nuevo con esa codificación; nada cambió."
            ) from error

    def _rows(self, file: IO[str]) -> Iterator[tuple[int, str]]:
        start = file.read(ENVELOPE_CHARACTERS)
        first = start.lstrip()[:1]
        envelope = _RESULTS.search(start)
        if first == "[":
            yield from self._items(start[start.index("[") + 1 :], file)
        elif envelope and not _is_line(start):
            yield from self._items(start[envelope.end() :], file)
        else:
            yield from self._lines(start, file)

    def _lines(self, start: str, file: IO[str]) -> Iterator[tuple[int, str]]:
        """Read one record from each line; a single object may take many lines."""
        if not _is_line(start):
            yield 1, start + file.read(LONGEST_RECORD)
            return
        rest = start
        number = 0
        while rest:
            *lines, rest = rest.split("\n")
            for line in lines:
                number += 1
                self._characters += len(line) + 1
                if line.strip():
                    yield number, line.strip()
            more = file.read(CHUNK_CHARACTERS)
            if not more:
                break
            rest += more
        if rest.strip():
            yield number + 1, rest.strip()

    def _items(self, window: str, file: IO[str]) -> Iterator[tuple[int, str]]:
        """Read the records of a list, taking more of the file as it is needed."""
        decode = json.JSONDecoder().raw_decode
        number, at, has_ended = 0, 0, False
        while True:
            blanks = _BLANKS_AND_COMMAS.match(window, at)
            at = blanks.end() if blanks else at
            if window[at : at + 1] == "]":
                return
            try:
                _, end = decode(window, at)
            except (json.JSONDecodeError, RecursionError) as error:
                if has_ended or len(window) - at > LONGEST_RECORD:
                    raise self._broken(number + 1) from error
                more = file.read(max(CHUNK_CHARACTERS, len(window) - at))
                self._characters += at
                window, at, has_ended = window[at:] + more, 0, not more
                continue
            number += 1
            yield number, window[at:end]
            at = end

    def _broken(self, number: int) -> SourceUnavailableError:
        return SourceUnavailableError(
            f"«{self._path.name}» no es JSON bien escrito: la lista se rompe en el "
            f"registro {number:,}. Suele ser una coma, unas comillas o un corchete que "
            "falta. Corrija ese lugar y vuelva a cargar; nada cambió."
        )


def _row(numbered: tuple[int, str]) -> SourceRow:
    number, text = numbered
    return SourceRow(number, plain(text)[:1])


def _identified(numbered: tuple[int, str]) -> SourceRow:
    number, text = numbered
    return SourceRow(number, plain(text))


def _is_line(start: str) -> bool:
    """Tell whether the first line is a whole record by itself."""
    line = start.lstrip().partition("\n")[0]
    try:
        return isinstance(json.loads(line), dict)
    except (json.JSONDecodeError, RecursionError):
        # One line longer than what was looked at is still a line.
        return "\n" not in start.strip() and line.startswith("{")
