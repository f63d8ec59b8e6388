"""How each field is filled: small functions that write cells into records.

Each is made once, when the mapping is bound to the headers, and runs for every
handful of rows: to go down a column is far faster than to go along each row.
Knows nothing of headers or mapping files.
"""

import hashlib
import re
from collections import abc
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from functools import wraps
from operator import itemgetter
from uuid import NAMESPACE_OID, uuid5

from pdn_sdk.collation import fold
from pdn_sdk.ingest.contract import Cell
from pdn_sdk.ingest.mapping import values
from pdn_sdk.ingest.mapping.file import Split
from pdn_sdk.ingest.mapping.names import split_name
from pdn_sdk.ingest.mapping.values import UnreadableError

Record = dict[str, object]
Rows = Sequence[Sequence[Cell]]
Unread = Iterable[tuple[int, UnreadableError]]
"""Which of the rows could not be read, from 0, and why."""

Convert = Callable[[Cell], object]
Fill = Callable[[Rows, Sequence[Record]], Unread]
"""Writes what some rows say into the records that stand beside them."""

RowFill = Callable[[Sequence[Cell], Record], None]
Place = Callable[[Record, object], None]

REMEMBERED_CELLS = 5_000
LISTS = (";", "|", "\n")
"""What people put between the several values of a cell."""

_LIST_IN_WORDS = re.compile(r"\s*,\s*|\s+[ye]\s+", re.IGNORECASE)


def placed(path: str) -> Place:
    """Give what writes a value at a path, making the objects on the way."""
    *parents, last = path.split(".")
    if not parents:
        return lambda record, value: record.__setitem__(last, value)

    def place(record: Record, value: object) -> None:
        node = record
        for name in parents:
            node = node.setdefault(name, {})  # type: ignore[assignment] # our objects
        node[last] = value

    return place


def row_by_row(fill: RowFill) -> Fill:
    """Give what fills many records with what fills one."""

    @wraps(fill)
    def fill_all(rows: Rows, records: Sequence[Record]) -> Unread:
        unread = []
        for n, (cells, record) in enumerate(zip(rows, records, strict=True)):
            try:
                fill(cells, record)
            except UnreadableError as error:
                unread.append((n, error))
        return unread

    return fill_all


class _Known(dict[Cell, object]):
    """What the cells of a column mean; a blank one means nothing.

    The first texts are remembered: a column either repeats few or repeats none.
    """

    def __init__(self, convert: Convert) -> None:
        super().__init__({None: None, "": None})
        self._convert = convert
        self._unreadable: dict[Cell, UnreadableError] = {}

    def __missing__(self, cell: Cell) -> object:
        if cell.__class__ is not str:
            # Of numbers 1, 1.0 and True would be one.
            return self._convert(cell)
        if cell in self._unreadable:
            raise self._unreadable[cell].with_traceback(None)
        is_new = len(self) + len(self._unreadable) < REMEMBERED_CELLS
        try:
            value = self._convert(cell)
        except UnreadableError as error:
            if is_new:
                self._unreadable[cell] = error
            raise
        if is_new:
            self[cell] = value
        return value


def single(index: int, convert: Convert, path: str, *, is_plain: bool = True) -> Fill:
    """Fill a field from one column: nearly all of them, so it goes straight.

    What `is_plain` can be shared by several records; the rest is copied.
    """
    *parents, last = path.split(".")
    known, column = _Known(convert), itemgetter(index)

    def fill(rows: Rows, records: Sequence[Record]) -> Unread:
        try:
            found = list(map(known.__getitem__, map(column, rows)))
        except UnreadableError as error:
            return [(0, error)] if len(rows) == 1 else _apart(fill, rows, records)
        if not is_plain:
            found = [fresh(value) for value in found]
        for node, value in zip(records, found, strict=True):
            if value is not None:
                for name in parents:
                    node = node.setdefault(name, {})  # type: ignore[assignment] # noqa: PLW2901 - our objects, on the way down
                node[last] = value
        return ()

    return fill


def _apart(fill: Fill, rows: Rows, records: Sequence[Record]) -> Unread:
    """Fill each record by itself, to tell which rows cannot be read."""
    return [
        (n, error)
        for n in range(len(rows))
        for _, error in fill(rows[n : n + 1], records[n : n + 1])
    ]


def fresh(value: object) -> object:
    """Copy what two records must not share: an entry of a catalogue, or a list."""
    if isinstance(value, list):
        return list(map(fresh, value))
    return dict(value) if isinstance(value, dict) else value


def joined(indexes: Sequence[int], join: str, convert: Convert, place: Place) -> Fill:
    """Fill a field with the texts of several columns, joined."""

    @row_by_row
    def fill(cells: Sequence[Cell], record: Record) -> None:
        texts = [t for i in indexes if (t := values.text(cells[i]))]
        value = convert(join.join(texts))
        if value is not None:
            place(record, value)

    return fill


def constant(value: object, place: Place) -> Fill:
    """Fill a field with the same value in every record."""

    @row_by_row
    def fill(_: Sequence[Cell], record: Record) -> None:
        if value is not None:
            place(record, deepcopy(value) if isinstance(value, list | dict) else value)

    return fill


def where(index: int, fill: Fill) -> Fill:
    """Fill only the records whose row says something in a column."""

    def fill_some(rows: Rows, records: Sequence[Record]) -> Unread:
        said = [n for n, cells in enumerate(rows) if values.text(cells[index])]
        unread = fill([rows[n] for n in said], [records[n] for n in said])
        return [(said[n], error) for n, error in unread]

    return fill_some


def hashed(indexes: Sequence[int], place: Place, *, as_uuid: bool = False) -> Fill:
    """Fill a field with an identifier made from the texts of columns."""

    @row_by_row
    def fill(cells: Sequence[Cell], record: Record) -> None:
        texts = [fold(values.text(cells[i]) or "") for i in indexes]
        if any(texts):
            content = "\x1f".join(texts)
            digest = hashlib.blake2b(content.encode(), digest_size=12).hexdigest()
            place(record, str(uuid5(NAMESPACE_OID, content)) if as_uuid else digest)

    return fill


def marked(marks: abc.Mapping[int, object], convert: Convert, place: Place) -> Fill:
    """Fill a list with the value of each column that has a mark."""

    @row_by_row
    def fill(cells: Sequence[Cell], record: Record) -> None:
        found = [
            convert(value)  # type: ignore[arg-type] # TOML holds what a cell may
            for index, value in marks.items()
            if values.boolean(cells[index])
        ]
        if found:
            place(record, found)

    return fill


def gathered(
    indexes: Sequence[int], read: Callable[[Cell], list[object]], place: Place
) -> Fill:
    """Fill a list with the values of several columns, each once."""

    @row_by_row
    def fill(cells: Sequence[Cell], record: Record) -> None:
        said = (cells[i] for i in indexes if cells[i] is not None and cells[i] != "")
        found = _once(value for cell in said for value in read(cell))
        if found:
            place(record, found)

    return fill


def once(read: Callable[[Cell], list[object]]) -> Convert:
    """Give what reads the values of a cell, each once; None where there is none."""
    return lambda cell: _once(read(cell)) or None


def _once(values: Iterable[object]) -> list[object]:
    found: list[object] = []
    for value in values:
        if value is not None and value not in found:
            found.append(value)
    return found


def spread(index: int, read: Callable[[Cell], list[object]], path: str) -> Fill:
    """Fill one member of the objects of a list, by position.

    A list inside them gets one item: a cell has no room for two levels.
    """
    holder, _, member = path.partition("[].")
    inner, _, last = member.partition("[].")
    place = _placed_in_first(inner, last) if last else placed(member)
    place_list = placed(holder)

    @row_by_row
    def fill(cells: Sequence[Cell], record: Record) -> None:
        node: object = record
        for name in holder.split("."):
            node = node.get(name) if isinstance(node, dict) else None
        items: list[Record] = node if isinstance(node, list) else []
        for position, value in enumerate(read(cells[index])):
            if value is not None:
                items += [{} for _ in range(position + 1 - len(items))]
                place(items[position], value)
        if items:
            place_list(record, items)

    return fill


def _placed_in_first(holder: str, path: str) -> Place:
    put_list, put = placed(holder), placed(path)

    def place(record: Record, value: object) -> None:
        node: object = record
        for name in holder.split("."):
            node = node.get(name) if isinstance(node, dict) else None
        items: list[Record] = node if isinstance(node, list) else [{}]
        put(items[0], value)
        put_list(record, items)

    return place


def listed(cell: Cell, *, convert: Convert, separator: str) -> list[object]:
    """Read a cell with several values, cut by its separator."""
    whole = cell if isinstance(cell, str) else values.text(cell)
    if not whole or not whole.strip():
        return []
    cut = separator or next((s for s in LISTS if s in whole), None)
    return [convert(part) for part in whole.split(cut)] if cut else [convert(cell)]


def boxed(read: Callable[[Cell], list[object]]) -> Callable[[Cell], list[object]]:
    """Give what puts each value in a list of its own."""

    def read_boxed(cell: Cell) -> list[object]:
        return [None if value is None else [value] for value in read(cell)]

    return read_boxed


def repeated(value: object) -> Callable[[Cell], list[object]]:
    """Give what reads a value for each one that a cell has."""

    def read(cell: Cell) -> list[object]:
        said = listed(cell, convert=values.text, separator="")
        return [None if text is None else fresh(value) for text in said]

    return read


def prefixed(prefix: str, convert: Convert) -> Convert:
    """Give what puts a text before what a cell says, where it lacks it."""

    def read(cell: Cell) -> object:
        text = convert(cell)
        if text is None or str(text).startswith(prefix):
            return text
        return f"{prefix}{text}"

    return read


def listed_codes(find: Convert) -> Callable[[Cell], list[object]]:
    """Give what reads a cell with several entries of a catalogue."""
    known = _Known(lambda cell: [find(part) for part in _cut(cell, find)])

    def read(cell: Cell) -> list[object]:
        found = fresh(known[cell])
        return found if isinstance(found, list) else []

    return read


def _cut(cell: Cell, find: Convert) -> Sequence[Cell]:
    return codes_in(cell, find) if isinstance(cell, str) else [cell]


def codes_in(text: str, convert: Convert) -> Sequence[str]:
    """Cut a cell into entries of a catalogue.

    The cell is tried whole, because official texts have commas, and then cut by
    the first separator of which every part is an entry.
    """
    for separator in (None, *LISTS, "/", ","):
        parts = [text] if separator is None else text.split(separator)
        if _all_found(parts, convert):
            return parts
    parts = _LIST_IN_WORDS.split(text)
    if _all_found(parts, convert):
        return parts
    listed = next((s for s in LISTS if s in text), None)
    return text.split(listed) if listed else [text]


def _all_found(parts: Sequence[str], convert: Convert) -> bool:
    try:
        for part in parts:
            convert(part)
    except UnreadableError:
        return False
    return True


def split(split: Split, index: int) -> Fill:
    """Fill three fields from the parts of a full name."""
    places = [placed(f.path) for f in split.into]

    @row_by_row
    def fill(cells: Sequence[Cell], record: Record) -> None:
        name = values.text(cells[index])
        if name is None:
            return
        parts = split_name(name, split.order, accept_ambiguous=split.accept_ambiguous)
        for place, part, titled in zip(places, parts, split.titled, strict=True):
            if part:
                place(record, values.titled(part) if titled else part)

    return fill


def titled(cell: Cell) -> str | None:
    """Read a cell as text with capitals only where names have them."""
    text = values.text(cell)
    return None if text is None else values.titled(text)


def translated(table: abc.Mapping[str, object], convert: Convert) -> Convert:
    """Give what reads a cell through the person's own table of values."""

    def translate(cell: Cell) -> object:
        text = fold(values.text(cell) or "")
        return convert(table[text]) if text in table else convert(cell)  # type: ignore[arg-type] # TOML holds what a cell may

    return translate
