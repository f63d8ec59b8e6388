"""What a store asks of its database. The SQL that all of them share is elsewhere."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pdn_sdk.standards.items.shape import Kind
from pdn_sdk.standards.items.values import Value
from pdn_sdk.storage.rows import Row
from pdn_sdk.storage.tables import Column, Layout, Raw


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL and the values that it binds, in order."""

    text: str
    values: tuple[object, ...] = ()


class Found(Protocol):
    """What a statement found or changed."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""

    def fetchone(self) -> Any:  # noqa: ANN401 - a row of a database
        """Give the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Give the rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class Session(Protocol):
    """A connection. In the SQL of a store, each value is a question mark."""

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open, sound or not."""

    def execute(self, sql: str, values: Sequence[object] = ..., /) -> Found:
        """Run one statement."""

    def executemany(self, sql: str, rows: Iterable[Sequence[object]], /) -> Found:
        """Run one statement for each row of values."""

    def close(self) -> None:
        """Close it; an open transaction is undone."""


class Members(Protocol):
    """How the members of the stored documents are written in SQL."""

    empty_list: str
    """An empty list of JSON."""

    def body(self, *, reserved: bool) -> Sql:
        """Give the document that conditions look at."""

    def member(self, body: Sql, path: Sequence[str | int]) -> Sql:
        """Give what is at a path, of whatever kind; NULL where there is nothing."""

    def value(self, body: Sql, path: Sequence[str | int], kind: Kind) -> Sql:
        """Give the value at a path, so that it compares with a bound one."""

    def bound(self, kind: Kind, values: Sequence[Value]) -> tuple[str, Sequence[Any]]:
        """Give the mark of one value to compare with, and the values to bind."""

    def listed(self, kind: Kind, values: Sequence[Value]) -> Sql:
        """Give a list of values to compare with."""

    def folded(self, body: Sql, path: Sequence[str | int]) -> Sql:
        """Give the folded text at a path."""

    def key(self, body: Sql, path: Sequence[str | int]) -> Sql:
        """Give the key in Spanish order of the text at a path."""

    def each(self, body: Sql, path: Sequence[str | int], alias: str) -> Sql:
        """Go through the items of the list at a path, as `alias.value`."""

    def is_object(self, alias: str) -> str:
        """Tell whether an item is an object."""


S = TypeVar("S", bound=Session)


class Engine(Protocol[S]):
    """A database: how it is opened, written and read, and how its SQL differs.

    Texts order and are equal by their bytes in UTF-8, in every engine.
    """

    join: str
    """What joins two tables; it keeps them in the order written where it can."""

    @property
    def members(self) -> Members:
        """What reads inside the documents."""

    # Connections

    @property
    def is_there(self) -> bool:
        """Tell whether there may be something to read."""

    def reader(self) -> S:
        """Open a connection that reads."""

    def begin(self, session: S) -> bool:
        """Begin a reading; False where the connection no longer serves."""

    def writer(self) -> S:
        """Open a connection inside a transaction that no other writer has."""

    def end(self, session: S) -> None:
        """Close what `writer` opened; what was not committed is undone."""

    def translated(self) -> AbstractContextManager[None]:
        """Turn the library's errors inside the block into StorageError."""

    def asking(self, session: S) -> AbstractContextManager[None]:
        """Prepare for a search of items, and bound its time.

        Raises: InvalidQueryError where the time is over.
        """

    # Tables

    def tables(self, session: S) -> list[str]:
        """List the tables, in an order in which they can be dropped."""

    def create(self, session: S, layout: Layout) -> None:
        """Make the tables of a layout, without what makes searches fast."""

    def advice(self, session: S) -> str:
        """Tell the operator what would make it faster; empty where nothing."""

    # Loads

    def begin_load(self, session: S, layout: Layout, *, is_new: bool) -> None:
        """Make ready for many rows."""

    def known(
        self, session: S, layout: Layout, identities: Sequence[str]
    ) -> Mapping[str, tuple[int, bytes]]:
        """Give number and digest of the records that are already there."""

    def number(
        self,
        session: S,
        layout: Layout,
        column: Column,
        raws: Sequence[Raw],
        *,
        is_new: bool,
    ) -> Sequence[int]:
        """Give the numbers of some values, adding to the dictionary what it lacks."""

    def insert(
        self,
        session: S,
        layout: Layout,
        rows: Sequence[tuple[Row, Sequence[int | Raw | None]]],
    ) -> Sequence[int | None]:
        """Add rows with their documents; None for each whose id was there."""

    def update_documents(
        self, session: S, layout: Layout, rows: Sequence[tuple[Row, int]]
    ) -> None:
        """Replace the documents of those numbers."""

    def settle(
        self, session: S, layout: Layout, *, is_new: bool, is_changed: bool
    ) -> None:
        """Make what makes searches fast, where it is not there.

        Of data that changed, count the uses of each value and forget those that
        have none.
        """

    def stream(self, session: S, sql: str, *values: object) -> Iterator[Any]:
        """Give the rows of a query without holding them all in memory."""

    # Pieces of SQL

    def ordered(self, text: str) -> object:
        """Bind an id or the key of a dictionary."""

    def same(self, column: str) -> str:
        """Compare an id or a key with one that is bound."""

    def among_keys(self, column: str, keys: Sequence[str]) -> Sql:
        """Tell whether a key is one of those."""

    def among(self, column: str, numbers: Sequence[int]) -> Sql:
        """Tell whether a number is one of those."""

    def size(self, value: object) -> object:
        """Bind a number that is compared by its size."""

    def holds(self, text: str) -> str:
        """Tell whether a text holds one that is bound."""

    def ends(self, text: str, characters: int) -> str:
        """Give the last characters of a text."""

    def phrase(self, layout: Layout, column: Column, needle: str) -> Sql:
        """Ask for the numbers whose text holds a needle, through its index."""

    def tested(self, where: str) -> str:
        """Write a condition that must not steer the plan."""

    def gathered(self, rows: str, where: str) -> tuple[str, str]:
        """Give source and conditions of rows to be found before they are sorted."""

    def order(self, key: str, direction: str) -> str:
        """Write the order by a key, so that its index serves."""
