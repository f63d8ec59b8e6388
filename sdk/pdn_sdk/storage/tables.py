"""A dataset's tables, columns and indexes, and what a record puts in them.

Three tables and a dictionary for each searched path:

- `spic`: narrow rows {n, id, one column per path}, made to be walked;
- `spic:documents`: {n, hash, public, full} with the JSON as it is served;
- `spic:text:nombres` …: each distinct value once, {n, key, folded, uses}, with
  a trigram index over `folded`; the columns of `spic` hold its `n`;
- `spic:numbers:puesto.nivel:values` …: each number of each entry, {value, n},
  in order of size, for ranges.

Names, institutions and posts repeat, so a dictionary is far smaller than the
data: "contains" is answered on it, and the sum of `uses` is the exact number of
records that a value reaches. That number serves as total and steers the plans.
"""

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

import orjson

from pdn_sdk.collation import fold, sort_key
from pdn_sdk.standards.declared.projection import publishable
from pdn_sdk.standards.model import Dataset, FilterField, Operator, SortField
from pdn_sdk.standards.moments import instant
from pdn_sdk.standards.paths import following, has_many

LAYOUT = 4
"""Raise it when tables of this module change: stores rebuild themselves."""

LONGEST_NAME = 63
"""Bytes of a name of PostgreSQL."""

CATALOGUE = """CREATE TABLE IF NOT EXISTS "pdn:datasets" (
  key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, version INTEGER NOT NULL,
  records INTEGER NOT NULL, loaded_at TEXT
)"""

NUL = "\ue000"
"""Stands for NUL, which no text of PostgreSQL holds and where FTS5 ends one."""
# FTS5 takes the two non-characters for U+FFFD.
_UNINDEXABLE = {0: NUL, 0xFFFE: "\ue001", 0xFFFF: "\ue002"}

Raw = str | tuple[object, ...]
"""A value as the record has it: one text, or all the values of a list."""


class Kind(StrEnum):
    """How the values of a path are kept."""

    TEXT = "text"
    """One text: dictionary ordered in Spanish, searched by part."""
    LINES = "lines"
    """Texts inside an array: dictionary of folded lists."""
    KEYS = "keys"
    """Catalogue keys: dictionary of the sets that occur."""
    PLAIN = "plain"
    """One text looked up whole: the folded value itself, without dictionary."""
    NUMBERS = "numbers"
    """Numbers, one or many: dictionary of the sets, and a table of their values."""
    MOMENTS = "moments"
    """Dates, one or many: as numbers, in microseconds."""
    LEAST = "least"
    """The least of the values: dictionary of keys for ascending order."""
    GREATEST = "greatest"
    """The greatest of the values: dictionary of keys for descending order."""


@dataclass(frozen=True, slots=True)
class Column:
    """A path of the record and how its values are kept."""

    kind: Kind
    path: str

    @property
    def name(self) -> str:
        """Name of the column, quoted."""
        return quoted(f"{self.kind}:{self.path}")

    @property
    def has_dictionary(self) -> bool:
        """Tell whether the column holds numbers of a dictionary."""
        return self.kind is not Kind.PLAIN

    @property
    def is_ordering(self) -> bool:
        """Tell whether pages are sorted by the column."""
        return self.kind in _ORDERING

    @property
    def has_sizes(self) -> bool:
        """Tell whether the values are looked up by their size."""
        return self.kind in _SIZED

    @property
    def taker(self) -> Callable[[object], Raw | None]:
        """What takes the values out of a record, fit to be a key of a cache.

        Of a column without dictionary, what it holds.
        """
        follow, take = following(self.path), _TAKERS[self.kind]
        return lambda record: take(follow(record))

    def forms(self, raw: Raw) -> tuple[str, str]:
        """Give the dictionary's key and its searchable form.

        The keys sort in Spanish order; of a list they are only distinct.
        """
        if isinstance(raw, str):
            if self.kind in _RANKED:
                return raw, ""
            return sort_key(raw), indexable(fold(raw))
        token = line_token if self.kind is Kind.LINES else key_token
        joined = "\n".join(sorted(set(map(token, raw))))
        return joined, f"\n{joined}\n"


def _is_scalar(value: object) -> bool:
    # True == 1, also as the key of a cache; no catalogue has it.
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@lru_cache(maxsize=4096)
def rank(value: object) -> str:
    """Give a text that orders as the value does: by size, or in Spanish.

    Numbers come before texts; they are compared as floats of 64 bits.
    """
    if isinstance(value, int | float):
        # With the sign turned, the bits of a float order as the numbers do.
        (bits,) = struct.unpack(">q", struct.pack(">d", _float(value)))
        turned = bits ^ 0x7FFFFFFFFFFFFFFF if bits < 0 else bits
        return f"0{turned + (1 << 63):016x}"
    return f"1{sort_key(_text(value))}"


def _float(value: float) -> float:
    try:
        return float(value) + 0.0
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def bindable(value: object) -> object:
    """Give a number that every store holds: beyond 64 bits an integer is a float."""
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        return _float(value)
    return value


def _first_text(values: Sequence[object]) -> str:
    if not values:
        return ""
    first = values[0]
    return first if isinstance(first, str) else _text(first)


def _folded(values: Sequence[object]) -> str | None:
    return indexable(fold(_first_text(values))) or None


def _instants(values: Sequence[object]) -> Iterator[int]:
    found = (instant(value) for value in values if isinstance(value, str))
    return (moment for moment in found if moment is not None)


def _scalars(values: Sequence[object]) -> tuple[object, ...]:
    # Nearly all are texts: they are spared the call.
    return tuple([v for v in values if type(v) is str or _is_scalar(v)])


def _least(values: Sequence[object]) -> str:
    return min(map(rank, _scalars(values)), default=_LAST_OF_ALL)


def _greatest(values: Sequence[object]) -> str:
    return max(map(rank, _scalars(values)), default="")


_LAST_OF_ALL = "2"
"""Above every rank: in ascending order what has no value comes last."""
_TAKERS: dict[Kind, Callable[[Sequence[object]], Raw | None]] = {
    Kind.TEXT: _first_text,
    Kind.PLAIN: _folded,
    Kind.KEYS: _scalars,
    Kind.LINES: _scalars,
    Kind.NUMBERS: lambda values: tuple(filter(_is_number, values)),
    Kind.MOMENTS: lambda values: tuple(_instants(values)),
    Kind.LEAST: _least,
    Kind.GREATEST: _greatest,
}
_SEARCHED = frozenset({Kind.TEXT, Kind.LINES, Kind.KEYS})
_SIZED = frozenset({Kind.NUMBERS, Kind.MOMENTS})
_RANKED = frozenset({Kind.LEAST, Kind.GREATEST})
_ORDERING = _RANKED | {Kind.TEXT}


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def line_token(value: object) -> str:
    """Fold one text of a list; folding leaves no line break in it."""
    return indexable(fold(_text(value)))


def key_token(value: object) -> str:
    """Write one catalogue key so that 1 and "1" stay apart, 1 and 1.0 do not."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 63:
        value = int(value)
    return orjson.dumps(value).decode()


def indexable(text: str) -> str:
    """Replace the three characters that a trigram index cannot hold."""
    return text.translate(_UNINDEXABLE) if not text.isprintable() else text


def quoted(name: str) -> str:
    """Quote a name for SQL; a long one is cut, because PostgreSQL would cut it."""
    if len(name.encode()) > LONGEST_NAME:
        mark = hashlib.sha256(name.encode()).hexdigest()[:16]
        name = f"{name.encode()[: LONGEST_NAME - 17].decode(errors='ignore')}~{mark}"
    return '"' + name.replace('"', '""') + '"'


class Layout:
    """The tables of one dataset. Reserved paths have columns only if published."""

    def __init__(self, dataset: Dataset, *, publish_reserved: bool) -> None:
        self.dataset = dataset
        self.publish_reserved = publish_reserved
        self.rows = quoted(dataset.key)
        self.documents = quoted(f"{dataset.key}:documents")
        self.previous = quoted(f"{dataset.key}:previous")

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Every column after n and id, each path and kind once."""
        asked = [column_of_filter(f) for f in self.dataset.filters]
        for declared in self.dataset.sort_fields:
            asked += [column_of_sort(declared, descending=d) for d in (False, True)]
        asked.append(self.institution)
        kept = [c for c in asked if c and self.is_stored(c.path)]
        return tuple(dict.fromkeys(kept))

    @property
    def institution(self) -> Column:
        """The column that holds the institution's name."""
        institution = self.dataset.institution
        return Column(Kind.TEXT, institution.members[institution.name])

    def has_grams(self, column: Column) -> bool:
        """Tell whether a dictionary has an index over the parts of its texts.

        What only optional filters look at is scanned instead: it is seldom asked
        for, and the index is most of what a load costs.
        """
        return column in self._indexed

    @cached_property
    def _indexed(self) -> frozenset[Column]:
        asked = [column_of_filter(f) for f in self.dataset.filters if not f.optional]
        return frozenset(c for c in asked if c and c.kind in _SEARCHED)

    @property
    def has_bodies(self) -> bool:
        """Tell whether searches look into the documents, and not only at columns."""
        return self.dataset.endpoint("item") is not None

    @cached_property
    def dictionaries(self) -> tuple[Column, ...]:
        """The columns that have a dictionary."""
        return tuple(c for c in self.columns if c.has_dictionary)

    @cached_property
    def fingerprint(self) -> str:
        """A text that changes when stored rows must be derived again."""
        parts = [
            LAYOUT,
            [[c.kind, c.path] for c in self.columns],
            sorted(self.dataset.reserved),
            repr(self.dataset.projection),
            sorted(publishable(self.dataset)),
            repr(self.dataset.reserved_unless),
            self.publish_reserved,
        ]
        return hashlib.sha256(orjson.dumps(parts)).hexdigest()

    def is_reserved(self, path: str) -> bool:
        """Tell whether a path leads to, or into, a reserved field."""
        return any(
            one == r or one.startswith((f"{r}.", f"{r}[]"))
            for r in self.dataset.reserved
            for one in path.split("|")
        )

    def is_stored(self, path: str) -> bool:
        """Tell whether the values at a path are kept at all."""
        return self.publish_reserved or not self.is_reserved(path)

    def dictionary(self, column: Column) -> str:
        """Name of a column's dictionary, quoted."""
        return quoted(f"{self.dataset.key}:{column.kind}:{column.path}")

    def grams(self, column: Column) -> str:
        """Name of the trigram index over a dictionary, quoted."""
        return quoted(f"{self.dataset.key}:{column.kind}:{column.path}:grams")

    def sizes(self, column: Column) -> str:
        """Name of the table of a dictionary's numbers, quoted."""
        return quoted(f"{self.dataset.key}:{column.kind}:{column.path}:values")

    def index(self, column: Column, use: str = "index") -> str:
        """Name of an index, quoted."""
        return quoted(f"{self.dataset.key}:{column.kind}:{column.path}:{use}")

    def drop(self, tables: Iterable[str]) -> Iterator[str]:
        """Give the statements that remove what is left of an older layout."""
        ours = f"{self.dataset.key}:"
        for name in tables:
            is_ours = name == self.dataset.key or name.startswith(ours)
            if is_ours and quoted(name) != self.previous:
                yield f"DROP TABLE IF EXISTS {quoted(name)}"


def column_of_filter(declared: FilterField) -> Column | None:
    """Give the column that answers a filter; None where the id or nothing does."""
    in_list = has_many(declared.path)
    kinds = {
        Operator.CONTAINS: Kind.LINES if in_list else Kind.TEXT,
        Operator.WHOLE_FIRST: Kind.LINES if in_list else Kind.TEXT,
        Operator.EQUALS: Kind.LINES if in_list else Kind.PLAIN,
        Operator.ANY_OF: Kind.KEYS,
        Operator.BETWEEN: Kind.NUMBERS,
        Operator.SINCE: Kind.MOMENTS,
        Operator.UNTIL: Kind.MOMENTS,
    }
    kind = kinds.get(declared.operator)
    if kind and declared.operator is Operator.EQUALS and declared.is_number:
        kind = Kind.NUMBERS
    return Column(kind, declared.path) if kind else None


def column_of_sort(declared: SortField, *, descending: bool) -> Column:
    """Give the column that a sort field orders by in that direction."""
    if not declared.is_ranked:
        return Column(Kind.TEXT, declared.path)
    return Column(Kind.GREATEST if descending else Kind.LEAST, declared.path)
