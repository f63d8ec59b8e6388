"""SQLite: one file, many readers beside one writer, trigrams of FTS5."""

# ruff: noqa: S608 - names come from the layout, quoted; values are bound

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any

import orjson

from pdn_sdk.collation import fold, sort_key
from pdn_sdk.errors import InvalidQueryError, StorageError
from pdn_sdk.storage.engines.contract import Sql
from pdn_sdk.storage.engines.sqlite.members import SqliteMembers
from pdn_sdk.storage.engines.sqlite.tables import indexes, tables
from pdn_sdk.storage.engines.words import too_long
from pdn_sdk.storage.rows import Row
from pdn_sdk.storage.tables import Column, Layout, Raw, bindable

BUSY_MS = 1000
READ_CACHE_KIB = 16 * 1024
WRITE_CACHE_KIB = 64 * 1024
MAPPED_BYTES = 1 << 30
LONGEST_S = 10.0
STEPS = 20_000
"""Steps of the database's machine between two looks at the clock."""

_DISK = (
    "No se pudo escribir en la base de datos «{path}»: el disco está lleno o falla. "
    "Los datos anteriores siguen intactos; libere espacio y repita la carga."
)
_BUSY = (
    "Hay otra carga en curso sobre la base de datos «{path}». "
    "Espere a que termine y repita la suya; nada cambió."
)
_CORRUPT = (
    "El archivo «{path}» está dañado o no es una base de datos de pdn. Los datos no "
    "pueden leerse; muévalo a otra carpeta (o restaure su respaldo) y repita la "
    "carga con «pdn load», que lo crea de nuevo a partir de su fuente."
)
_CLOSED = (
    "No se puede abrir la base de datos «{path}». Revise que la carpeta exista y "
    "que el usuario que ejecuta pdn pueda leer y escribir en ella."
)
_MESSAGES = {
    sqlite3.SQLITE_FULL: _DISK,
    sqlite3.SQLITE_IOERR: _DISK,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_CORRUPT: _CORRUPT,
    sqlite3.SQLITE_NOTADB: _CORRUPT,
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
    sqlite3.SQLITE_READONLY: _CLOSED,
    sqlite3.SQLITE_PERM: _CLOSED,
}
_OTHER = (
    "La base de datos «{path}» no pudo atender la operación. Los datos anteriores "
    "siguen intactos; repita y, si continúa, revise el disco y los permisos."
)


class Sqlite:
    """The engine of one file."""

    members = SqliteMembers()
    join = " CROSS JOIN "

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    @property
    def is_there(self) -> bool:
        return self.path.exists()

    def reader(self) -> sqlite3.Connection:
        connection = self._connect("ro")
        connection.execute(f"PRAGMA cache_size = -{READ_CACHE_KIB}")
        connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
        connection.execute("PRAGMA query_only = 1")
        return connection

    def begin(self, session: sqlite3.Connection) -> bool:
        session.execute("BEGIN")
        return True

    def writer(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = self._connect("rwc")
        try:
            connection.execute(f"PRAGMA cache_size = -{WRITE_CACHE_KIB}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def end(self, session: sqlite3.Connection) -> None:
        # What fails here loses nothing: an open transaction is rolled back by
        # closing, and the log is copied into the file by a later connection.
        with suppress(sqlite3.Error):
            if session.in_transaction:
                session.execute("ROLLBACK")
            session.execute("PRAGMA busy_timeout = 0")
            session.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        session.close()

    def _connect(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_MS / 1000,
        )

    @contextmanager
    def translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(_CLOSED.format(path=self.path)) from error
        except sqlite3.Error as error:
            # An extended code keeps the primary one in its low byte.
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            message = _MESSAGES.get(code, _OTHER).format(path=self.path)
            raise StorageError(message) from error

    @contextmanager
    def asking(
        self, session: sqlite3.Connection, *, longest_s: float = LONGEST_S
    ) -> Iterator[None]:
        """Teach a connection how this project folds and orders, and bound its time."""
        session.create_function("pdn_fold", 1, _or_null(fold), deterministic=True)
        session.create_function("pdn_key", 1, _or_null(sort_key), deterministic=True)
        deadline = monotonic() + longest_s
        session.set_progress_handler(lambda: monotonic() > deadline, STEPS)
        try:
            yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            raise InvalidQueryError(too_long(longest_s)) from error
        finally:
            session.set_progress_handler(None, 0)

    def tables(self, session: sqlite3.Connection) -> list[str]:
        # Virtual ones first: dropping one drops its shadows.
        rows = session.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' "
            "ORDER BY sql LIKE 'CREATE VIRTUAL%' DESC"
        )
        return [name for (name,) in rows]

    def create(self, session: sqlite3.Connection, layout: Layout) -> None:
        for statement in (*tables(layout), *indexes(layout).values()):
            session.execute(statement)

    def advice(self, session: sqlite3.Connection) -> str:
        del session
        return ""

    def begin_load(
        self, session: sqlite3.Connection, layout: Layout, *, is_new: bool
    ) -> None:
        if is_new:
            # Into an empty table: one sorted build beats a million insertions.
            for name in indexes(layout):
                session.execute(f"DROP INDEX IF EXISTS {name}")

    def known(
        self, session: sqlite3.Connection, layout: Layout, identities: Sequence[str]
    ) -> Mapping[str, tuple[int, bytes]]:
        sql = (
            f"SELECT n, hash FROM {layout.rows} JOIN {layout.documents} USING (n) "
            "WHERE id = ?"
        )
        found = ((i, session.execute(sql, (i,)).fetchone()) for i in identities)
        return {identity: row for identity, row in found if row is not None}

    def number(
        self,
        session: sqlite3.Connection,
        layout: Layout,
        column: Column,
        raws: Sequence[Raw],
        *,
        is_new: bool,
    ) -> Sequence[int]:
        dictionary = layout.dictionary(column)
        # First added, then sought: most of what is asked for is new.
        add = f"INSERT OR IGNORE INTO {dictionary} (key, folded) VALUES (?, ?)"
        find = f"SELECT n FROM {dictionary} WHERE key = ?"
        is_indexed = layout.has_grams(column) and not is_new
        numbers = []
        for raw in raws:
            key, folded = column.forms(raw)
            added = session.execute(add, (key, folded))
            n = added.lastrowid or 0
            if not added.rowcount:
                (n,) = session.execute(find, (key,)).fetchone()
            elif is_indexed or column.has_sizes:
                self._index_value(session, layout, column, n, raw, folded, is_indexed)
            numbers.append(n)
        return numbers

    def _index_value(  # noqa: PLR0917 - one value, in its place
        self,
        session: sqlite3.Connection,
        layout: Layout,
        column: Column,
        n: int,
        raw: Raw,
        folded: str,
        is_indexed: bool,
    ) -> None:
        if is_indexed:
            session.execute(
                f"INSERT INTO {layout.grams(column)} (rowid, folded) VALUES (?, ?)",
                (n, folded),
            )
        if column.has_sizes:
            session.executemany(
                f"INSERT OR IGNORE INTO {layout.sizes(column)} VALUES (?, ?)",
                [(bindable(value), n) for value in raw],
            )

    def insert(
        self,
        session: sqlite3.Connection,
        layout: Layout,
        rows: Sequence[tuple[Row, Sequence[int | Raw | None]]],
    ) -> Sequence[int | None]:
        names = ", ".join(["id", *(c.name for c in layout.columns)])
        marks = ", ".join("?" * (len(layout.columns) + 1))
        sql = f"INSERT OR IGNORE INTO {layout.rows} ({names}) VALUES ({marks})"
        numbers: list[int | None] = []
        documents = []
        for row, values in rows:
            added = session.execute(sql, (row.identity, *values))
            n = added.lastrowid if added.rowcount else None
            numbers.append(n)
            if n is not None:
                documents.append((n, row.digest, row.public, row.full))
        session.executemany(
            f"INSERT INTO {layout.documents} VALUES (?, ?, ?, ?)", documents
        )
        return numbers

    def update_documents(
        self,
        session: sqlite3.Connection,
        layout: Layout,
        rows: Sequence[tuple[Row, int]],
    ) -> None:
        session.executemany(
            f'UPDATE {layout.documents} SET hash = ?, public = ?, "full" = ? '
            "WHERE n = ?",
            [(row.digest, row.public, row.full, n) for row, n in rows],
        )

    def settle(
        self,
        session: sqlite3.Connection,
        layout: Layout,
        *,
        is_new: bool,
        is_changed: bool,
    ) -> None:
        # First the indexes: the uses are counted through them.
        for statement in indexes(layout).values():
            session.execute(statement)
        for column in layout.dictionaries if is_changed else ():
            name, grams = layout.dictionary(column), layout.grams(column)
            session.execute(
                f"UPDATE {name} SET uses = (SELECT count(*) "
                f"FROM {layout.rows} s WHERE s.{column.name} = {name}.n)"
            )
            if layout.has_grams(column) and not is_new:
                session.execute(
                    f"INSERT INTO {grams} ({grams}, rowid, folded) "
                    f"SELECT 'delete', n, folded FROM {name} WHERE uses = 0"
                )
            if column.has_sizes:
                session.execute(
                    f"DELETE FROM {layout.sizes(column)} "
                    f"WHERE n IN (SELECT n FROM {name} WHERE uses = 0)"
                )
            session.execute(f"DELETE FROM {name} WHERE uses = 0")
            if layout.has_grams(column) and is_new:
                session.execute(f"INSERT INTO {grams} ({grams}) VALUES ('rebuild')")

    def stream(
        self, session: sqlite3.Connection, sql: str, *values: object
    ) -> Iterator[Any]:
        return iter(session.execute(sql, values))

    def ordered(self, text: str) -> object:
        return text

    def same(self, column: str) -> str:
        return f"{column} = ?"

    def among_keys(self, column: str, keys: Sequence[str]) -> Sql:
        return _among(column, keys)

    def among(self, column: str, numbers: Sequence[int]) -> Sql:
        return _among(column, numbers)

    def size(self, value: object) -> object:
        return bindable(value)

    def holds(self, text: str) -> str:
        return f"instr({text}, ?) > 0"

    def ends(self, text: str, characters: int) -> str:
        return f"substr({text}, -{characters})"

    def phrase(self, layout: Layout, column: Column, needle: str) -> Sql:
        grams = layout.grams(column)
        phrase = '"' + needle.replace('"', '""') + '"'
        return Sql(f"SELECT rowid FROM {grams} WHERE {grams} MATCH ?", (phrase,))

    def tested(self, where: str) -> str:
        return f"+{where}"

    def gathered(self, rows: str, where: str) -> tuple[str, str]:
        return f"{rows} s", where

    def order(self, key: str, direction: str) -> str:
        return f"{key} {direction}"


def _or_null(change: Callable[[str], str]) -> Callable[[object], str | None]:
    return lambda value: change(value) if isinstance(value, str) else None


def _among(column: str, values: Sequence[object]) -> Sql:
    listed = orjson.dumps(values).decode()
    return Sql(f"{column} IN (SELECT value FROM json_each(?))", (listed,))
