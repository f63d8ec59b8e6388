"""How each field is filled: small functions that write cells into a record.

Each is made once, when the mapping is bound to the headers, and runs for every
row. Knows nothing of headers or mapping files.
"""

import hashlib
import re
from collections import abc
from collections.abc import Callable, Sequence
from copy import deepcopy
from uuid import NAMESPACE_OID, uuid5

from pdn_sdk.collation import fold
from pdn_sdk.ingest.contract import Cell
from pdn_sdk.ingest.mapping import values
from pdn_sdk.ingest.mapping.file import Split
from pdn_sdk.ingest.mapping.names import split_name
from pdn_sdk.ingest.mapping.values import UnreadableError

Record = dict[str, object]
Convert = Callable[[Cell], object]
Fill = Callable[[Sequence[Cell], Record], None]
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


def single(index: int, convert: Convert, path: str) -> Fill:
    """Fill a field from one column: nearly all of them, so it goes straight.

    The first texts are remembered: a column either repeats few or repeats none.
    """
    *parents, last = path.split(".")
    known: dict[str, object] = {}

    def fill(cells: Sequence[Cell], record: Record) -> None:
        cell = cells[index]
        if cell is None or cell == "":
            return
        if cell.__class__ is str and cell in known:
            value = known[cell]
        else:
            value = convert(cell)
            if cell.__class__ is str and len(known) < REMEMBERED_CELLS:
                known[cell] = value
        if value is None:
            return
        node = record
        for name in parents:
            node = node.setdefault(name, {})  # type: ignore[assignment] # our objects
        node[last] = value

    return fill


def coded(index: int, convert: Convert, place: Place) -> Fill:
    """Fill an object with the entry that a cell of one column means."""

    def fill(cells: Sequence[Cell], record: Record) -> None:
        value = convert(cells[index])
        if value is not None:
            place(record, value)

    return fill


def joined(indexes: Sequence[int], join: str, convert: Convert, place: Place) -> Fill:
    """Fill a field with the texts of several columns, joined."""

    def fill(cells: Sequence[Cell], record: Record) -> None:
        texts = [t for i in indexes if (t := values.text(cells[i]))]
        value = convert(join.join(texts))
        if value is not None:
            place(record, value)

    return fill


def constant(value: object, place: Place) -> Fill:
    """Fill a field with the same value in every record."""

    def fill(_: Sequence[Cell], record: Record) -> None:
        if value is not None:
            place(record, deepcopy(value) if isinstance(value, list | dict) else value)

    return fill


def hashed(indexes: Sequence[int], place: Place, *, as_uuid: bool = False) -> Fill:
    """Fill a field with an identifier made from the texts of columns."""

    def fill(cells: Sequence[Cell], record: Record) -> None:
        texts = [fold(values.text(cells[i]) or "") for i in indexes]
        if any(texts):
            content = "\x1f".join(texts)
            digest = hashlib.blake2b(content.encode(), digest_size=12).hexdigest()
            place(record, str(uuid5(NAMESPACE_OID, content)) if as_uuid else digest)

    return fill


def marked(marks: abc.Mapping[int, object], convert: Convert, place: Place) -> Fill:
    """Fill a list with the value of each column that has a mark."""

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
    """Fill a list with the values of one or more columns, each once."""

    def fill(cells: Sequence[Cell], record: Record) -> None:
        found: list[object] = []
        for index in indexes:
            cell = cells[index]
            if cell is not None and cell != "":
                for value in read(cell):
                    if value is not None and value not in found:
                        found.append(value)
        if found:
            place(record, found)

    return fill


def spread(index: int, read: Callable[[Cell], list[object]], path: str) -> Fill:
    """Fill one member of the objects of a list, by position.

    A list inside them gets one item: a cell has no room for two levels.
    """
    holder, _, member = path.partition("[].")
    inner, _, last = member.partition("[].")
    place = _placed_in_first(inner, last) if last else placed(member)
    place_list = placed(holder)

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


def listed_codes(find: Convert) -> Callable[[Cell], list[object]]:
    """Give what reads a cell with several entries; what it read it remembers."""
    remembered: dict[Cell, list[object] | UnreadableError] = {}

    def read(cell: Cell) -> list[object]:
        found = remembered.get(cell)
        if found is None:
            found = _entries(cell, find)
            if len(remembered) < REMEMBERED_CELLS:
                remembered[cell] = found
        if isinstance(found, UnreadableError):
            raise found
        return [dict(entry) if isinstance(entry, dict) else entry for entry in found]

    return read


def _entries(cell: Cell, find: Convert) -> list[object] | UnreadableError:
    parts = codes_in(cell, find) if isinstance(cell, str) else [cell]
    try:
        return [find(part) for part in parts]
    except UnreadableError as error:
        return error


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
