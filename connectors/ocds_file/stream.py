"""A JSON file read value by value, however large it is.

Lines that are a whole release each are read at once. Of any other file, Python's
own decoder reads each value from a window of text that slides over it, so that no
more than one release and a little text are in memory.
"""

import json
import zlib
from codecs import BOM_UTF8, IncrementalDecoder, getincrementaldecoder
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from gzip import BadGzipFile, GzipFile
from pathlib import Path
from typing import IO

import orjson

from pdn_sdk.ingest import SourceUnavailableError

CHUNK_BYTES = 1 << 20
LONGEST_VALUE = 1 << 26
"""Characters of one release; more is a file that lost a bracket."""
NEAR_THE_END = 20
LISTS = ("releases", "records")
BLANKS = " \t\n\r"

Value = tuple[object, str]
"""A value, and the text that it was written with."""


class Stream:
    """The values of a file: those of its lists, or those that stand alone."""

    def __init__(self, path: Path) -> None:
        """Remember the file; `values` opens it."""
        self._path = path
        self._size = max(1, path.stat().st_size)
        self._place: Callable[[], int] = lambda: 0
        self._decode = json.JSONDecoder().raw_decode
        self._window = ""
        self._at = 0
        self._before = 0
        self._ended = False
        self._file: IO[bytes]
        self._decoder: IncrementalDecoder

    def fraction_read(self) -> float:
        """Tell how much of the file has been read, from 0 to 1."""
        return min(1.0, self._place() / self._size)

    def values(self) -> Iterator[Value]:
        """Yield every release or record, in order.

        Raises: SourceUnavailableError where the file is not JSON; it says where.
        """
        self._at, self._before, self._ended = 0, 0, False
        self._decoder = getincrementaldecoder("utf-8")()
        with self._path.open("rb") as raw, ExitStack() as opened:
            self._place = raw.tell
            self._file = raw
            if self._path.suffix.lower() == ".gz":
                self._file = opened.enter_context(GzipFile(fileobj=raw))  # type: ignore[assignment] # reads bytes
            rest = yield from self._lines()
            self._window = self._decoded(rest)
            yield from self._documents()
        self._place = lambda: self._size

    def _lines(self) -> Generator[Value, None, bytes]:
        """Read the lines that are one value each; give the first that is not."""
        line = self._taken(self._file.readline).removeprefix(BOM_UTF8)
        while (value := _whole(line)) is not None:
            text = line.decode()
            self._before += len(text)
            yield value, text.strip(BLANKS)
            line = self._taken(self._file.readline)
        return line

    def _documents(self) -> Iterator[Value]:
        while (sign := self._next()) is not None:
            if sign == "[":
                self._at += 1
                yield from self._items()
            elif sign == "{":
                yield from self._document()
            else:
                raise self._broken("se esperaba un objeto JSON")

    def _document(self) -> Iterator[Value]:
        """Read one object: a package by its lists, anything else whole."""
        if not self._is_package():
            yield self._value()
            return
        self._at += 1
        while self._next() != "}":
            name, _ = self._value()
            self._demand(":")
            if name in LISTS and self._next() == "[":
                self._at += 1
                yield from self._items()
            else:
                self._value()
            if self._next() == ",":
                self._at += 1
        self._at += 1

    def _is_package(self) -> bool:
        """Look ahead, without moving: does a list of a package come first?"""
        start = self._at
        self._at += 1
        try:
            while self._next() == '"':
                name, _ = self._value()
                self._demand(":")
                if name in LISTS and self._next() == "[":
                    return not self._is_record(start)
                if name in {"tag", "initiationType", "compiledRelease"}:
                    return False
                self._value()
                if self._next() == ",":
                    self._at += 1
            return False
        finally:
            self._at = start

    def _is_record(self, start: int) -> bool:
        """Tell whether the list belongs to a record, which names its ocid first."""
        return '"ocid"' in self._window[start : self._at]

    def _items(self) -> Iterator[Value]:
        while (sign := self._next()) != "]":
            if sign == ",":
                self._at += 1
                continue
            if sign is None:
                raise self._broken("el archivo termina a la mitad de una lista")
            yield self._value()
            self._slide()
        self._at += 1

    def _value(self) -> Value:
        """Read one whole value, taking more of the file as it is needed."""
        while True:
            self._next()
            try:
                value, end = self._decode(self._window, self._at)
            except json.JSONDecodeError as error:
                if self._is_hopeless(error):
                    raise self._broken(_cause(error), error.pos) from error
                self._read_more()
                continue
            except RecursionError as error:
                raise self._broken("tiene demasiados niveles") from error
            text = self._window[self._at : end]
            self._at = end
            return value, text

    def _is_hopeless(self, error: json.JSONDecodeError) -> bool:
        """Tell an error of the file from a value that the window cuts."""
        if self._ended or len(self._window) - self._at > LONGEST_VALUE:
            return True
        is_cut = error.pos >= len(self._window) - NEAR_THE_END
        return not is_cut and not error.msg.startswith("Unterminated string")

    def _next(self) -> str | None:
        """Move to the next sign that is not blank; None at the end."""
        while True:
            while self._at < len(self._window):
                sign = self._window[self._at]
                if sign not in BLANKS:
                    return sign
                self._at += 1
            if self._ended:
                return None
            self._read_more()

    def _demand(self, sign: str) -> None:
        if self._next() != sign:
            raise self._broken(f"falta «{sign}»")
        self._at += 1

    def _read_more(self) -> None:
        self._window += self._decoded(self._taken(self._file.read))

    def _taken(self, read: Callable[[int], bytes]) -> bytes:
        with self._understood():
            return read(CHUNK_BYTES)

    def _decoded(self, taken: bytes) -> str:
        self._ended = not taken
        with self._understood():
            return self._decoder.decode(taken, final=self._ended)

    @contextmanager
    def _understood(self) -> Iterator[None]:
        try:
            yield
        except (UnicodeDecodeError, EOFError, BadGzipFile, zlib.error) as error:
            raise SourceUnavailableError(
                f"«{self._path.name}» no está en UTF-8 o está dañado. Guárdelo de "
                "nuevo con esa codificación, o vuelva a descargarlo; nada cambió."
            ) from error

    def _slide(self) -> None:
        """Forget what has been read, now and then."""
        if self._at > CHUNK_BYTES:
            self._before += self._at
            self._window = self._window[self._at :]
            self._at = 0

    def _broken(self, cause: str, place: int | None = None) -> SourceUnavailableError:
        where = self._before + (self._at if place is None else place) + 1
        return SourceUnavailableError(
            f"«{self._path.name}» no es JSON bien escrito: {cause}, en el carácter "
            f"{where:,}. Corrija ese lugar y vuelva a cargar; nada cambió."
        )


def _whole(line: bytes) -> object:
    """Give the release or the record that a line is; None where it is not just one."""
    if not line.startswith(b"{"):
        return None
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return None if _is_package(value) else value


def _is_package(value: Mapping[str, object]) -> bool:
    """Tell a package by its lists; a release has a tag, and a record its ocid."""
    has_list = any(isinstance(value.get(name), list) for name in LISTS)
    return has_list and "ocid" not in value and "tag" not in value


def _cause(error: json.JSONDecodeError) -> str:
    if error.msg.startswith("Unterminated"):
        return "hay unas comillas que no se cierran"
    if error.msg.startswith("Expecting"):
        return "falta o sobra algo, quizás una coma o unas comillas"
    return "hay un signo que JSON no admite"
