"""One load: records → rows, inside the transaction of the store.

Streams: what is kept in memory does not grow with the data but for one bit a
row and bounded caches.
"""

# ruff: noqa: S608 - names come from the layout, quoted; values are bound

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import orjson

from pdn_sdk.errors import StorageError
from pdn_sdk.storage.connections import storage_error, translated
from pdn_sdk.storage.rows import Row, RowMaker
from pdn_sdk.storage.tables import Column, Layout, Raw, bindable

CACHED_VALUES = 100_000
WRITTEN_TOGETHER = 500
"""Documents that wait to be written in one go."""


class Stored(StrEnum):
    """What became of a record that was put."""

    INSERTED = "inserted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    """Its id was already put in this load: nothing was written."""


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """How many records a load touched, by what became of them."""

    inserted: int
    updated: int
    unchanged: int
    deleted: int


class Load:
    """Takes records one by one; made by `RecordStore.load`, used in its block."""

    def __init__(
        self, connection: sqlite3.Connection, layout: Layout, path: Path
    ) -> None:
        """Start a load inside a transaction of that connection."""
        self._connection = connection
        self._layout = layout
        self._path = path
        self._counts = dict.fromkeys(Stored, 0)
        self._deleted = 0
        self._last = _last_row(connection, layout)
        self._seen = bytearray(self._last // 8 + 1)
        self._maker = RowMaker(layout)
        self._was_empty = not self._last
        self._words = [
            _Dictionary(connection, layout, c, is_new=self._was_empty)
            if c.has_dictionary
            else None
            for c in layout.columns
        ]
        self._sql = _Statements(layout)
        self._documents: list[tuple[int | None, bytes, bytes, bytes | None]] = []
        if self._was_empty:
            # Into an empty table: one sorted build beats a million insertions.
            for name, _ in layout.indexes():
                connection.execute(f"DROP INDEX IF EXISTS {name}")

    @property
    def summary(self) -> LoadSummary:
        """What the load has done; `deleted` is known when the block has ended."""
        return LoadSummary(
            inserted=self._counts[Stored.INSERTED],
            updated=self._counts[Stored.UPDATED],
            unchanged=self._counts[Stored.UNCHANGED],
            deleted=self._deleted,
        )

    def put(self, record: dict[str, object]) -> Stored:
        """Store one valid record, or see that it is already there.

        Reserved fields are dropped unless the store publishes them.
        Raises: StorageError, after which the whole load is lost;
        InvalidRecordError for what JSON cannot hold.
        """
        return self.put_row(self._maker.row(record))

    def put_row(self, row: Row) -> Stored:
        """Store the row of a record, made by the RowMaker of the same layout.

        Raises: StorageError, after which the whole load is lost.
        """
        self._demand_transaction()
        try:
            stored = self._added(row) if self._was_empty else self._merged(row)
        except sqlite3.Error as error:
            raise storage_error(error, self._path) from error
        self._counts[stored] += 1
        return stored

    def _added(self, row: Row) -> Stored:
        """Add a row that was not there before the load, unless this load put it."""
        added = self._connection.execute(
            self._sql.insert, (row.identity, *self._numbered(row))
        )
        if not added.rowcount:
            return Stored.DUPLICATE
        self._documents.append((added.lastrowid, row.digest, row.public, row.full))
        if len(self._documents) >= WRITTEN_TOGETHER:
            self._write_documents()
        return Stored.INSERTED

    def _merged(self, row: Row) -> Stored:
        known = self._connection.execute(self._sql.find, (row.identity,)).fetchone()
        if known is None:
            return self._added(row)
        n, digest = known
        if self._is_second(n):
            return Stored.DUPLICATE
        if digest == row.digest or self._says_the_same(n, row):
            return Stored.UNCHANGED
        self._connection.execute(self._sql.update, (*self._numbered(row), n))
        self._connection.execute(
            self._sql.update_document, (row.digest, row.public, row.full, n)
        )
        return Stored.UPDATED

    def _says_the_same(self, n: int, row: Row) -> bool:
        """Tell whether what is stored differs only in the order of its members."""
        (stored,) = self._connection.execute(self._sql.document, (n,)).fetchone()
        return _in_order(stored) == _in_order(row.full or row.public)

    def _numbered(self, row: Row) -> list[int | Raw | None]:
        return [
            value if words is None or value is None else words.number(value)
            for words, value in zip(self._words, row.values, strict=True)
        ]

    def _write_documents(self) -> None:
        self._connection.executemany(self._sql.insert_document, self._documents)
        self._documents.clear()

    def _demand_transaction(self) -> None:
        # A full disk ends the transaction; what came after would not be atomic.
        if not self._connection.in_transaction:
            raise StorageError(
                "La carga se interrumpió por un error anterior y no puede seguir. "
                "Los datos anteriores siguen intactos; repita la carga."
            )

    def _is_second(self, n: int) -> bool:
        """Mark a row as put; tell whether it already was."""
        if n > self._last:
            return True
        place, bit = n >> 3, 1 << (n & 7)
        was_seen = bool(self._seen[place] & bit)
        self._seen[place] |= bit
        return was_seen

    def finish(self, *, keep_missing: bool) -> None:
        """Delete what was not put, bring indexes and totals up to date.

        Raises: StorageError; the load is then rolled back whole.
        """
        self._demand_transaction()
        with translated(self._path):
            if not keep_missing:
                self._delete_missing()
            self.settle()
            self._connection.execute(
                'UPDATE "pdn:datasets" SET version = version + ?, loaded_at = ? '
                "WHERE key = ?",
                (
                    self._has_changes(),
                    datetime.now(UTC).isoformat(),
                    self._layout.dataset.key,
                ),
            )

    def settle(self) -> None:
        """Make the indexes and the counts agree with the rows."""
        self._write_documents()
        for _, statement in self._layout.indexes():
            self._connection.execute(statement)
        if self._has_changes():
            self._count_uses()
            self._connection.execute(
                'UPDATE "pdn:datasets" SET records = '
                f"(SELECT count(*) FROM {self._layout.rows}) WHERE key = ?",
                (self._layout.dataset.key,),
            )

    def _has_changes(self) -> bool:
        changed = self._counts[Stored.INSERTED] + self._counts[Stored.UPDATED]
        return bool(changed or self._deleted)

    def _delete_missing(self) -> None:
        rows, documents = self._layout.rows, self._layout.documents
        deletion = self._connection.executemany(
            f"DELETE FROM {rows} WHERE n = ?", self._unseen()
        )
        self._deleted = deletion.rowcount
        if self._deleted:
            self._connection.execute(
                f"DELETE FROM {documents} WHERE n NOT IN (SELECT n FROM {rows})"
            )

    def _unseen(self) -> Iterator[tuple[int]]:
        # Read from the documents, because the rows change under the reading.
        for (n,) in self._connection.execute(
            f"SELECT n FROM {self._layout.documents} WHERE n <= ? ORDER BY n",
            (self._last,),
        ):
            if not self._seen[n >> 3] & 1 << (n & 7):
                yield (n,)

    def _count_uses(self) -> None:
        """Count how often each value occurs, and forget those that do not."""
        for column in self._layout.dictionaries:
            name = self._layout.dictionary(column)
            grams = self._layout.grams(column)
            self._connection.execute(
                f"UPDATE {name} SET uses = (SELECT count(*) "
                f"FROM {self._layout.rows} s WHERE s.{column.name} = {name}.n)"
            )
            if self._layout.has_grams(column) and not self._was_empty:
                self._connection.execute(
                    f"INSERT INTO {grams} ({grams}, rowid, folded) "
                    f"SELECT 'delete', n, folded FROM {name} WHERE uses = 0"
                )
            if column.has_sizes:
                self._connection.execute(
                    f"DELETE FROM {self._layout.sizes(column)} "
                    f"WHERE n IN (SELECT n FROM {name} WHERE uses = 0)"
                )
            self._connection.execute(f"DELETE FROM {name} WHERE uses = 0")
            if self._layout.has_grams(column) and self._was_empty:
                self._connection.execute(
                    f"INSERT INTO {grams} ({grams}) VALUES ('rebuild')"
                )


def _last_row(connection: sqlite3.Connection, layout: Layout) -> int:
    (last,) = connection.execute(f"SELECT max(n) FROM {layout.rows}").fetchone()
    return last or 0


def _in_order(document: bytes) -> bytes:
    return orjson.dumps(orjson.loads(document), option=orjson.OPT_SORT_KEYS)


class _Dictionary:
    """Numbers for the values of one column; new values get a new number."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        layout: Layout,
        column: Column,
        *,
        is_new: bool,
    ) -> None:
        """Number the values of a column; a new table's are indexed in one go."""
        name, grams = layout.dictionary(column), layout.grams(column)
        self._connection = connection
        self._column = column
        self._indexes = layout.has_grams(column) and not is_new
        self._numbers: dict[Raw, int] = {}
        self._find = f"SELECT n FROM {name} WHERE key = ?"
        self._add = f"INSERT OR IGNORE INTO {name} (key, folded) VALUES (?, ?)"
        self._index = f"INSERT INTO {grams} (rowid, folded) VALUES (?, ?)"
        self._size = f"INSERT OR IGNORE INTO {layout.sizes(column)} VALUES (?, ?)"

    def number(self, raw: Raw) -> int:
        found = self._numbers.get(raw)
        if found is None:
            if len(self._numbers) >= CACHED_VALUES:
                self._numbers.clear()
            found = self._numbers[raw] = self._stored(raw)
        return found

    def _stored(self, raw: Raw) -> int:
        key, folded = self._column.forms(raw)
        # First added, then sought: most of what is not in the cache is new.
        added = self._connection.execute(self._add, (key, folded))
        if not added.rowcount:
            row = self._connection.execute(self._find, (key,)).fetchone()
            return int(row[0])
        n = added.lastrowid
        if self._indexes:
            self._connection.execute(self._index, (n, folded))
        if self._column.has_sizes:
            rows = [(bindable(value), n) for value in raw]
            self._connection.executemany(self._size, rows)
        return int(n or 0)


class _Statements:
    """The statements of a load, written once."""

    def __init__(self, layout: Layout) -> None:
        rows, documents = layout.rows, layout.documents
        names = [c.name for c in layout.columns]
        marks = ", ?" * len(names)
        self.find = (
            f"SELECT n, hash FROM {rows} JOIN {documents} USING (n) WHERE id = ?"
        )
        self.insert = (
            f"INSERT OR IGNORE INTO {rows} (id, {', '.join(names)}) VALUES (?{marks})"
        )
        self.insert_document = (
            f"INSERT INTO {documents} (n, hash, public, full) VALUES (?, ?, ?, ?)"
        )
        self.document = f"SELECT coalesce(full, public) FROM {documents} WHERE n = ?"
        self.update = (
            f"UPDATE {rows} SET {', '.join(f'{n} = ?' for n in names)} WHERE n = ?"
        )
        self.update_document = (
            f"UPDATE {documents} SET hash = ?, public = ?, full = ? WHERE n = ?"
        )
