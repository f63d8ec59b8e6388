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
from hashlib import blake2b
from pathlib import Path
from typing import cast

import orjson

from pdn_sdk.errors import InvalidRecordError, StorageError
from pdn_sdk.standards.paths import first_at, without
from pdn_sdk.standards.validation import public
from pdn_sdk.storage.connections import storage_error, translated
from pdn_sdk.storage.tables import Column, Layout, Raw, bindable

CACHED_VALUES = 100_000


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
        self._words = [
            (c, _Dictionary(connection, layout, c) if c.has_dictionary else None)
            for c in layout.columns
        ]
        self._sql = _Statements(layout)
        # What is reserved in some records is found by nobody in those.
        self._guarded = {c.path for c in layout.dataset.reserved_unless}
        if layout.dataset.projection is not None:
            self._guarded = {c.path for c in layout.columns}
        if not self._last:
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
        self._demand_transaction()
        try:
            stored = self._put(record)
        except sqlite3.Error as error:
            raise storage_error(error, self._path) from error
        except (TypeError, UnicodeEncodeError) as error:
            raise InvalidRecordError(
                "El registro tiene texto o valores que no pueden escribirse como "
                "JSON; revise que su codificación sea UTF-8."
            ) from error
        self._counts[stored] += 1
        return stored

    def _put(self, record: dict[str, object]) -> Stored:
        layout = self._layout
        for path in layout.dataset.unpublished:
            record = cast("dict[str, object]", without(record, path))
        # Of a record, leaving members out gives a record.
        shown = cast("dict[str, object]", public(layout.dataset, record))
        content = record if layout.publish_reserved else shown
        digest = blake2b(
            orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=16
        ).digest()
        identity = str(first_at(record, layout.dataset.identity))
        known = self._connection.execute(self._sql.find, (identity,)).fetchone()
        if known is not None:
            if self._is_second(known[0]):
                return Stored.DUPLICATE
            if known[1] == digest:
                return Stored.UNCHANGED
        body = orjson.dumps(shown)
        full = None if content is shown else orjson.dumps(content)
        values = [
            words.number(c.raw(told)) if words else _plain(c, told)
            for c, words in self._words
            for told in [shown if c.path in self._guarded else record]
        ]
        if known is not None:
            self._connection.execute(self._sql.update, (*values, known[0]))
            self._connection.execute(
                self._sql.update_document, (digest, body, full, known[0])
            )
            return Stored.UPDATED
        cursor = self._connection.execute(self._sql.insert, (identity, *values))
        self._connection.execute(
            self._sql.insert_document, (cursor.lastrowid, digest, body, full)
        )
        return Stored.INSERTED

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
            if self._layout.has_grams(column):
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


def _last_row(connection: sqlite3.Connection, layout: Layout) -> int:
    (last,) = connection.execute(f"SELECT max(n) FROM {layout.rows}").fetchone()
    return last or 0


def _plain(column: Column, record: object) -> str | None:
    return column.forms(column.raw(record))[1] or None


class _Dictionary:
    """Numbers for the values of one column; new values get a new number."""

    def __init__(
        self, connection: sqlite3.Connection, layout: Layout, column: Column
    ) -> None:
        name, grams = layout.dictionary(column), layout.grams(column)
        self._connection = connection
        self._column = column
        self._has_grams = layout.has_grams(column)
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
        if self._has_grams:
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
        self.insert = f"INSERT INTO {rows} (id, {', '.join(names)}) VALUES (?{marks})"
        self.insert_document = (
            f"INSERT INTO {documents} (n, hash, public, full) VALUES (?, ?, ?, ?)"
        )
        self.update = (
            f"UPDATE {rows} SET {', '.join(f'{n} = ?' for n in names)} WHERE n = ?"
        )
        self.update_document = (
            f"UPDATE {documents} SET hash = ?, public = ?, full = ? WHERE n = ?"
        )
