"""Connections to one SQLite file, and its errors in our words.

Readers are pooled: a connection serves one request at a time, whatever its
thread, and never crosses a fork. The one writer is opened for each load.
"""

import os
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pdn_sdk.errors import StorageError

BUSY_MS = 1000
READ_CACHE_KIB = 16 * 1024
WRITE_CACHE_KIB = 64 * 1024
MAPPED_BYTES = 1 << 30

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


def storage_error(error: sqlite3.Error | OSError, path: Path) -> StorageError:
    """Say in Spanish what failed and what to do: the only translation there is."""
    if isinstance(error, OSError):
        return StorageError(_CLOSED.format(path=path))
    # An extended code keeps the primary one in its low byte.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return StorageError(_MESSAGES.get(code, _OTHER).format(path=path))


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the library's errors inside the block into StorageError."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise storage_error(error, path) from error


class Connections:
    """The connections of one process to one file. Safe among threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: deque[sqlite3.Connection] = deque()
        self._process = os.getpid()
        self._inherited: list[deque[sqlite3.Connection]] = []
        self._is_closed = False

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a read-only connection inside one snapshot of the data.

        Raises: StorageError for whatever the database cannot do.
        """
        with translated(self.path):
            connection = self._take()
            try:
                connection.execute("BEGIN")
                yield connection
                connection.execute("COMMIT")
            finally:
                self._give_back(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend the writer inside one transaction; an exception rolls it back.

        Only opening and committing are translated here: an error of the block
        belongs to the block.
        Raises: StorageError, also where another writer is at work.
        """
        with translated(self.path):
            connection = self._open_writer()
        try:
            yield connection
            with translated(self.path):
                connection.execute("COMMIT")
        finally:
            self._end(connection)

    def close(self) -> None:
        """Close what is idle; what is lent closes when it comes back."""
        self._is_closed = True
        self._own()
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> sqlite3.Connection:
        self._own()
        try:
            return self._idle.pop()
        except IndexError:
            return self._open_reader()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        # Still inside its transaction: the block failed, and so may it.
        if self._is_closed or connection.in_transaction:
            connection.close()
        else:
            self._idle.append(connection)

    def _own(self) -> None:
        """After a fork, set the parent's connections aside without closing them.

        Closing one here would drop the file locks that the parent holds.
        """
        if self._process != os.getpid():
            self._process = os.getpid()
            self._inherited.append(self._idle)
            self._idle = deque()

    def _open_reader(self) -> sqlite3.Connection:
        connection = self._connect("ro")
        connection.execute(f"PRAGMA cache_size = -{READ_CACHE_KIB}")
        connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
        connection.execute("PRAGMA query_only = 1")
        return connection

    def _open_writer(self) -> sqlite3.Connection:
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

    def _connect(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_MS / 1000,
        )

    @staticmethod
    def _end(connection: sqlite3.Connection) -> None:
        # What fails here loses nothing: an open transaction is rolled back by
        # closing, and the log is copied into the file by a later connection.
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.execute("PRAGMA busy_timeout = 0")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
