"""One load: records → rows, inside the transaction of the store.

Streams: what is kept in memory does not grow with the data but for one bit a
row and bounded caches. Rows wait to be written together, which spares a server
most of the conversation.
"""

# ruff: noqa: S608 - names come from the layout, quoted; values are bound

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from pdn_sdk.errors import StorageError
from pdn_sdk.storage.engines import Engine
from pdn_sdk.storage.engines.contract import Session
from pdn_sdk.storage.engines.words import INTERRUPTED
from pdn_sdk.storage.plans import documents
from pdn_sdk.storage.rows import Row, RowMaker
from pdn_sdk.storage.tables import Column, Layout, Raw

CACHED_VALUES = 100_000
WRITTEN_TOGETHER = 500
"""Rows that wait to be written in one go."""


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """How many records a load touched, by what became of them.

    Of `duplicates` nothing was written: their id was already put in the load.
    """

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    duplicates: int = 0


class Load:
    """Takes records one by one; made by `RecordStore.load`, used in its block."""

    def __init__(self, engine: Engine[Any], session: Session, layout: Layout) -> None:
        """Start a load inside a transaction of that connection."""
        self._engine = engine
        self._session = session
        self._layout = layout
        self._inserted = self._updated = self._unchanged = 0
        self._deleted = self._duplicates = 0
        self._last = _last_row(session, layout)
        self._seen = bytearray(self._last // 8 + 1)
        self._maker = RowMaker(layout)
        self._was_empty = not self._last
        self._words = [
            _Dictionary(engine, session, layout, c, is_new=self._was_empty)
            if c.has_dictionary
            else None
            for c in layout.columns
        ]
        self._waiting: list[Row] = []
        engine.begin_load(session, layout, is_new=self._was_empty)

    @property
    def summary(self) -> LoadSummary:
        """What has been written: all of it after `write`; at the end, deletions too."""
        return LoadSummary(
            inserted=self._inserted,
            updated=self._updated,
            unchanged=self._unchanged,
            deleted=self._deleted,
            duplicates=self._duplicates,
        )

    def put(self, record: dict[str, object]) -> None:
        """Store one valid record.

        Reserved fields are dropped unless the store publishes them.
        Raises: StorageError, after which the whole load is lost;
        InvalidRecordError for what JSON cannot hold.
        """
        self.put_row(self._maker.row(record))

    def put_row(self, row: Row) -> None:
        """Store the row of a record, made by the RowMaker of the same layout.

        Raises: StorageError, after which the whole load is lost.
        """
        self._waiting.append(row)
        if len(self._waiting) >= WRITTEN_TOGETHER:
            self.write()

    def write(self) -> None:
        """Write the rows that wait.

        Raises: StorageError, after which the whole load is lost.
        """
        self._demand_transaction()
        rows, self._waiting = self._waiting, []
        if rows:
            with self._engine.translated():
                self._write(rows)

    def _write(self, rows: list[Row]) -> None:
        if not self._was_empty:
            rows = self._merged(rows)
        if rows:
            numbers = self._engine.insert(
                self._session, self._layout, self._numbered(rows)
            )
            added = sum(n is not None for n in numbers)
            self._inserted += added
            self._duplicates += len(numbers) - added

    def _merged(self, rows: Sequence[Row]) -> list[Row]:
        """Bring up to date the rows that were there; give the others."""
        known = self._engine.known(
            self._session, self._layout, [row.identity for row in rows]
        )
        fresh, changed = [], []
        for row in rows:
            n, digest = known.get(row.identity, (0, b""))
            if not n:
                fresh.append(row)
            elif self._is_second(n):
                self._duplicates += 1
            elif digest == row.digest:
                self._unchanged += 1
            else:
                changed.append((row, n))
        self._update(changed)
        return fresh

    def _update(self, rows: Sequence[tuple[Row, int]]) -> None:
        """Replace rows, but for those that differ only in the order of members."""
        numbers = [n for _, n in rows]
        stored = documents(
            self._engine, self._session, self._layout, numbers, reserved=True
        )
        changed = [
            (row, n)
            for (row, n), document in zip(rows, stored, strict=True)
            if _in_order(document) != _in_order(row.full or row.public)
        ]
        self._updated += len(changed)
        self._unchanged += len(rows) - len(changed)
        if not changed:
            return
        changes = ", ".join(f"{c.name} = ?" for c in self._layout.columns)
        values = self._numbered([row for row, _ in changed])
        self._session.executemany(
            f"UPDATE {self._layout.rows} SET {changes} WHERE n = ?",
            [(*v, n) for (_, v), (_, n) in zip(values, changed, strict=True)],
        )
        self._engine.update_documents(self._session, self._layout, changed)

    def _numbered(
        self, rows: Sequence[Row]
    ) -> list[tuple[Row, tuple[int | Raw | None, ...]]]:
        columns: list[Sequence[int | Raw | None]] = []
        for place, words in enumerate(self._words):
            values = [row.values[place] for row in rows]
            columns.append(values if words is None else words.numbers(values))
        return list(zip(rows, zip(*columns, strict=True), strict=True))

    def _demand_transaction(self) -> None:
        # A full disk ends the transaction; what came after would not be atomic.
        if not self._session.in_transaction:
            raise StorageError(INTERRUPTED)

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
        self.write()
        with self._engine.translated():
            if not keep_missing:
                self._delete_missing()
            self.settle()
            self._session.execute(
                'UPDATE "pdn:datasets" SET version = version + ?, loaded_at = ? '
                "WHERE key = ?",
                (
                    int(self._has_changes()),
                    datetime.now(UTC).isoformat(),
                    self._layout.dataset.key,
                ),
            )

    def settle(self) -> None:
        """Make the indexes and the counts agree with the rows."""
        self.write()
        is_changed = self._has_changes()
        self._engine.settle(
            self._session,
            self._layout,
            is_new=self._was_empty,
            is_changed=is_changed,
        )
        if is_changed:
            self._session.execute(
                'UPDATE "pdn:datasets" SET records = '
                f"(SELECT count(*) FROM {self._layout.rows}) WHERE key = ?",
                (self._layout.dataset.key,),
            )

    def _has_changes(self) -> bool:
        return bool(self._inserted or self._updated or self._deleted)

    def _delete_missing(self) -> None:
        rows, stored = self._layout.rows, self._layout.documents
        waiting: list[int] = []
        for n in self._unseen():
            waiting.append(n)
            if len(waiting) >= WRITTEN_TOGETHER:
                self._delete(waiting)
                waiting = []
        self._delete(waiting)
        if self._deleted:
            self._session.execute(
                f"DELETE FROM {stored} WHERE NOT EXISTS "
                f"(SELECT 1 FROM {rows} s WHERE s.n = {stored}.n)"
            )

    def _delete(self, numbers: Sequence[int]) -> None:
        wanted = self._engine.among("n", numbers)
        self._session.execute(
            f"DELETE FROM {self._layout.rows} WHERE {wanted.text}", wanted.values
        )
        self._deleted += len(numbers)

    def _unseen(self) -> Iterator[int]:
        # Read from the documents, because the rows change under the reading.
        sql = f"SELECT n FROM {self._layout.documents} WHERE n <= ? ORDER BY n"
        for (n,) in self._engine.stream(self._session, sql, self._last):
            if not self._seen[n >> 3] & 1 << (n & 7):
                yield n


def _last_row(session: Session, layout: Layout) -> int:
    (last,) = session.execute(f"SELECT max(n) FROM {layout.rows}").fetchone()
    return last or 0


def _in_order(document: bytes) -> bytes:
    return orjson.dumps(orjson.loads(document), option=orjson.OPT_SORT_KEYS)


class _Dictionary:
    """Numbers for the values of one column; new values get a new number."""

    def __init__(
        self,
        engine: Engine[Any],
        session: Session,
        layout: Layout,
        column: Column,
        *,
        is_new: bool,
    ) -> None:
        self._engine = engine
        self._session = session
        self._layout = layout
        self._column = column
        self._is_new = is_new
        self._numbers: dict[Raw, int] = {}

    def numbers(self, values: Sequence[Raw | None]) -> list[int | None]:
        """Give the number of each value; None has none."""
        known = self._numbers
        missing = [v for v in dict.fromkeys(values) if v is not None and v not in known]
        if missing:
            if len(known) >= CACHED_VALUES:
                known.clear()
                missing = [v for v in dict.fromkeys(values) if v is not None]
            found = self._engine.number(
                self._session,
                self._layout,
                self._column,
                missing,
                is_new=self._is_new,
            )
            known.update(zip(missing, found, strict=True))
        return [None if value is None else known[value] for value in values]
