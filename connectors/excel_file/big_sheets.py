"""Reads the sheets of a large .xlsx row by row, in bounded memory.

python-calamine is faster but holds a whole sheet: 100 bytes for each cell. Here
the XML streams, and the texts that cells share wait on disk.
"""

import re
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import IO
from xml.etree import ElementTree
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from pdn_sdk.ingest import Cell, SourceUnavailableError

CHUNK_BYTES = 1 << 16
REMEMBERED_TEXTS = 50_000
SHARED = "xl/sharedStrings.xml"
# Formats 14 to 22, 27 to 36 and 45 to 58 of the standard are dates or times.
DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 59)))
_LITERALS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_COLUMN = re.compile(r"[A-Z]{1,3}")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet of the workbook, and where its XML is."""

    name: str
    part: str
    is_visible: bool


class BigWorkbook:
    """An .xlsx opened part by part."""

    def __init__(self, path: Path) -> None:
        """Read what is small: the list of sheets and the formats.

        Raises: SourceUnavailableError where a part lacks or is damaged.
        """
        self._path = path
        self._archive = ZipFile(path)
        try:
            book = self._xml("xl/workbook.xml")
            targets = self._targets()
            self._has_1904_dates = _has_1904_dates(book)
            self._dates = self._date_styles()
            self.sheets = [
                Sheet(
                    sheet.get("name", ""),
                    targets[_id(sheet)],
                    sheet.get("state", "visible") == "visible",
                )
                for sheet in _all(book, "sheet")
                if "worksheets/" in targets.get(_id(sheet), "")
            ]
        except (KeyError, BadZipFile, ElementTree.ParseError) as error:
            raise self._damaged() from error
        self._texts: Texts | None = None

    def rows(self, sheet: Sheet, on_bytes: list[int]) -> Iterator[list[Cell]]:
        """Read a sheet; `on_bytes[0]` is the share read, in thousandths.

        Raises: SourceUnavailableError where the XML breaks off.
        """
        if self._texts is None:
            self._texts = Texts(self._archive)
        size = max(1, self._archive.getinfo(sheet.part).file_size)
        reader = _RowReader(self._texts, self._dates, self._has_1904_dates)
        try:
            with self._archive.open(sheet.part) as part:
                read = 0
                while chunk := part.read(CHUNK_BYTES):
                    read += len(chunk)
                    on_bytes[0] = read * 1000 // size
                    yield from reader.feed(chunk)
        except (expat.ExpatError, BadZipFile, OSError, EOFError) as error:
            raise self._damaged() from error

    def _damaged(self) -> SourceUnavailableError:
        return SourceUnavailableError(
            f"«{self._path.name}» está dañado: a la mitad deja de poder leerse. Ábralo "
            "en Excel y guárdelo de nuevo, o consiga otra copia."
        )

    def _xml(self, name: str) -> ElementTree.Element:
        return ElementTree.fromstring(self._archive.read(name))  # noqa: S314 - expat caps entities; sizes were judged

    def _targets(self) -> Mapping[str, str]:
        relations = self._xml("xl/_rels/workbook.xml.rels")
        return {
            r.get("Id", ""): _inside(r.get("Target", ""))
            for r in _all(relations, "Relationship")
        }

    def _date_styles(self) -> frozenset[str]:
        """Give the numbers of the cell styles that show a date."""
        if "xl/styles.xml" not in self._archive.namelist():
            return frozenset()
        styles = self._xml("xl/styles.xml")
        own = {
            int(f.get("numFmtId", 0))
            for f in _all(styles, "numFmt")
            if _shows_date(f.get("formatCode", ""))
        }
        found = next(_all(styles, "cellXfs"), None)
        cells = [] if found is None else list(found)
        return frozenset(
            str(n)
            for n, cell in enumerate(cells)
            if int(cell.get("numFmtId", 0)) in DATE_FORMATS | own
        )


def _inside(target: str) -> str:
    """Give the name of a part in the archive from a relation's target."""
    return (
        target.lstrip("/")
        if target.startswith("/")
        else str(PurePosixPath("xl") / target)
    )


def _all(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (e for e in root.iter() if e.tag.rpartition("}")[2] == name)


def _id(sheet: ElementTree.Element) -> str:
    return next((v for k, v in sheet.attrib.items() if k.endswith("}id")), "")


def _has_1904_dates(book: ElementTree.Element) -> bool:
    found = next(_all(book, "workbookPr"), None)
    return found is not None and found.get("date1904") in ("1", "true")


def _shows_date(code: str) -> bool:
    return bool(re.search("[dmyhs]", _LITERALS.sub("", code.lower())))


class Texts:
    """The texts that cells share, on disk, read back by number."""

    def __init__(self, archive: ZipFile) -> None:
        """Pour the shared texts of a workbook into a temporary file."""
        self._file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - lives as long as this
        self._ends = array("Q", [0])
        self._parts: list[str] = []
        self._is_text = False
        self._is_phonetic = False
        parser = _parser(self._started, self._ended, self._said)
        if SHARED in archive.namelist():
            with archive.open(SHARED) as part:
                while chunk := part.read(CHUNK_BYTES):
                    parser.Parse(chunk)
        self.get = lru_cache(REMEMBERED_TEXTS)(self._read)

    def _started(self, name: str, _: object) -> None:
        self._is_text = name.endswith("t") and name.rpartition(":")[2] == "t"
        if name.rpartition(":")[2] == "rPh":
            self._is_phonetic = True

    def _ended(self, name: str) -> None:
        local = name.rpartition(":")[2]
        self._is_text = False
        if local == "rPh":
            self._is_phonetic = False
        elif local == "si":
            text = "".join(self._parts).encode()
            self._file.write(text)
            self._ends.append(self._ends[-1] + len(text))
            self._parts.clear()

    def _said(self, text: str) -> None:
        if self._is_text and not self._is_phonetic:
            self._parts.append(text)

    def _read(self, number: int) -> str:
        start, end = self._ends[number], self._ends[number + 1]
        self._file.seek(start)
        return self._file.read(end - start).decode()


class _RowReader:
    """Turns the XML of a sheet into rows, as it arrives."""

    def __init__(self, texts: Texts, dates: frozenset[str], has_1904: bool) -> None:
        self._texts = texts
        self._dates = dates
        self._zero = datetime(1904, 1, 1) if has_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - sheets have no zone
        self._done: list[list[Cell]] = []
        self._row: list[Cell] = []
        self._next = 1
        self._kind = ""
        self._style = ""
        self._text: list[str] = []
        self._is_value = False
        self._parser = _parser(self._started, self._ended, self._said)

    def feed(self, chunk: bytes) -> list[list[Cell]]:
        self._parser.Parse(chunk)
        done, self._done = self._done, []
        return done

    def _started(self, name: str, attributes: Mapping[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "c":
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s", "")
            self._text = []
            column = _column(attributes.get("r", ""), len(self._row))
            self._row += [""] * (column - len(self._row))
        elif local in ("v", "t"):
            self._is_value = True
        elif local == "row":
            number = int(attributes.get("r", self._next))
            # A sheet says nothing of its blank rows, but they count.
            self._done += [[] for _ in range(number - self._next)]
            self._next = max(number, self._next) + 1
            self._row = []

    def _said(self, text: str) -> None:
        if self._is_value:
            self._text.append(text)

    def _ended(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local in ("v", "t"):
            self._is_value = False
        elif local == "c":
            self._row.append(self._cell("".join(self._text)))
        elif local == "row":
            self._done.append(self._row)

    def _cell(self, text: str) -> Cell:
        if text == "" or self._kind == "e":
            return ""
        if self._kind == "s":
            return self._texts.get(int(text))
        if self._kind == "n":
            value = float(text)
            is_date = self._style in self._dates
            return self._zero + timedelta(days=value) if is_date else value
        if self._kind == "b":
            return text == "1"
        return datetime.fromisoformat(text) if self._kind == "d" else text


@lru_cache(maxsize=20_000)
def _position(letters: str) -> int:
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - 64
    return position - 1


def _column(reference: str, following: int) -> int:
    found = _COLUMN.match(reference)
    return _position(found[0]) if found else following


def _parser(started, ended, said):  # noqa: ANN001, ANN202 - expat's handlers
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = said
    return parser
