"""Connections to a PostgreSQL server, and its errors in our words.

Owns the driver's connections and the one translation of its errors.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg.pq import TransactionStatus
from psycopg.types.string import StrDumperUnknown

from pdn_sdk.errors import StorageError
from pdn_sdk.settings.database import PASSWORD_VARIABLE, Server
from pdn_sdk.storage.engines.words import INTERRUPTED
from pdn_sdk.storage.tables import NUL

SCHEMA = "pdn"
OLDEST = 140_000
"""Version of the server from which its numbers have infinity."""
CONNECT_S = 5
LOCK_MS = 3000
"""How long a reading waits for tables that are being made again."""
TOLD_CHARACTERS = 200
_MARK = re.compile(r""" "[^"]*" | '[^']*' | \? """, re.VERBOSE)

_LOST = (
    "No se pudo trabajar con la base de datos «{name}»: {reason}. Los datos siguen "
    "intactos."
)
# The driver gives no code for a connection that failed, only a sentence: its own in
# English, the server's in the language of the server.
_REASONS = (
    (
        ("connection refused", "no such file or directory"),
        "ningún servidor contesta en esa dirección. Enciéndalo, o corrija «database»",
    ),
    (
        ("resolve host", "translate host name"),
        "ningún equipo tiene ese nombre. Corrija «database»",
    ),
    (
        ("password authentication failed", "no password supplied", "autentificación"),
        "el servidor no aceptó a la cuenta. Corrija su nombre en «database» o su "
        "contraseña en {variable}",
    ),
    (
        ("pg_hba.conf",),
        "el servidor no admite a esa cuenta desde este equipo. Pida a quien lo "
        "administra que la agregue a pg_hba.conf",
    ),
    (
        ("does not exist", "no existe la base", "no existe el rol"),
        "el servidor no tiene esa base de datos, o esa cuenta. Créela, o corrija "
        "«database»",
    ),
    (
        ("connection slots", "too many", "slots de conexión", "demasiad"),
        "el servidor no acepta más conexiones. Cierre las que sobren o suba su "
        "límite, max_connections",
    ),
    (
        ("ssl", "certificate"),
        "no se acordó una conexión cifrada con el servidor («{told}»). Revise "
        "«sslmode» en «database»",
    ),
    (
        ("timeout expired", "timed out"),
        "el servidor no contestó a tiempo. Revise la red y su cortafuegos",
    ),
    (
        (
            "closed the connection",
            "terminating connection",
            "connection is closed",
            "terminando la conexión",
        ),
        "el servidor cortó la conexión. Revise que esté encendido y repita",
    ),
)
_OTHER_REASON = (
    "el controlador dice «{told}». Revise que el servidor esté encendido, que la "
    "dirección y la cuenta de «database» sean las correctas y que la contraseña esté "
    "en {variable}"
)
_BUSY = (
    "Hay otra carga en curso sobre la base de datos «{name}». "
    "Espere a que termine y repita la suya; nada cambió."
)
_FULL = (
    "El servidor de la base de datos «{name}» no tiene espacio o memoria. Los datos "
    "anteriores siguen intactos; libere espacio en el servidor y repita la carga."
)
_FORBIDDEN = (
    "La cuenta no tiene permiso para trabajar en la base de datos «{name}». Pida a "
    "quien la administra: CREATE SCHEMA {schema} AUTHORIZATION {user}; y repita."
)
_OTHER = (
    "La base de datos «{name}» no pudo atender la operación ({code}). Los datos "
    "anteriores siguen intactos; repita y, si continúa, revise la bitácora del "
    "servidor."
)
_MESSAGES: Sequence[tuple[type[psycopg.Error], str]] = (
    (pg.InFailedSqlTransaction, INTERRUPTED),
    (pg.LockNotAvailable, _BUSY),
    (pg.InsufficientPrivilege, _FORBIDDEN),
    (pg.InsufficientResources, _FULL),
    (pg.DiskFull, _FULL),
    (pg.IoError, _FULL),
    (psycopg.OperationalError, _LOST),
    (psycopg.InterfaceError, _LOST),
)


class _Text(StrDumperUnknown):
    """Writes texts for PostgreSQL."""

    def dump(self, obj: str) -> Any:  # noqa: ANN401 - a buffer
        """Give the bytes of a text, without NUL."""
        return super().dump(obj.replace("\0", NUL) if "\0" in obj else obj)


class PgSession:
    """One connection, with the marks of the store's SQL."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self.connection = connection

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open, sound or not."""
        return self.connection.info.transaction_status is not TransactionStatus.IDLE

    def execute(
        self, sql: str, values: Sequence[object] = (), /
    ) -> "psycopg.Cursor[Any]":
        """Run one statement."""
        cursor = psycopg.RawCursor(self.connection)
        return cursor.execute(_numbered(sql), values or None, binary=True)

    def executemany(
        self, sql: str, rows: Iterable[Sequence[object]], /
    ) -> "psycopg.Cursor[Any]":
        """Run one statement for each row of values, without waiting for each."""
        cursor = psycopg.RawCursor(self.connection)
        cursor.executemany(_numbered(sql), rows)
        return cursor

    def stream(self, sql: str, values: Sequence[object]) -> Iterator[Any]:
        """Give the rows of a query as they come."""
        with psycopg.RawServerCursor(self.connection, "pdn_stream") as cursor:
            cursor.itersize = 1000
            yield from cursor.execute(_numbered(sql), values or None)

    def copy(
        self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> None:
        """Write many rows at once."""
        order = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with psycopg.RawCursor(self.connection).copy(order.encode()) as copy:
            for row in rows:
                copy.write_row(row)

    def close(self) -> None:
        """Close it; an open transaction is undone."""
        self.connection.close()


@lru_cache(maxsize=1024)
def _numbered(sql: str) -> bytes:
    """Write $1, $2… for the question marks outside of quotation marks."""
    place = count(1)

    def written(found: re.Match[str]) -> str:
        return f"${next(place)}" if found[0] == "?" else found[0]

    return _MARK.sub(written, sql).encode()


def connected(server: Server) -> PgSession:
    """Open a connection whose tables are those of this project.

    Raises: StorageError where the server is too old or writes other letters.
    """
    options = {"connect_timeout": str(CONNECT_S), **server.options}
    connection = psycopg.connect(
        host=server.host or None,
        port=server.port,
        dbname=server.name,
        user=server.user or None,
        password=server.password or None,
        application_name="pdn",
        client_encoding="UTF8",
        autocommit=True,
        # A plan made for other values would forget how selective these are; and
        # what stands between us and the server may not keep prepared statements.
        prepare_threshold=None,
        # Compiling a search takes longer than the search.
        options=f"-c search_path={SCHEMA} -c lock_timeout={LOCK_MS} -c jit=off",
        **options,  # type: ignore[arg-type]  # parameters of libpq, all texts
    )
    connection.adapters.register_dumper(str, _Text)
    if connection.info.server_version < OLDEST:
        connection.close()
        raise StorageError(
            f"El servidor de «{server}» es anterior a PostgreSQL {OLDEST // 10_000}. "
            "Actualícelo, o use otro."
        )
    if connection.info.parameter_status("server_encoding") != "UTF8":
        connection.close()
        raise StorageError(
            f"La base de datos «{server}» no está en UTF-8. Cree otra así: CREATE "
            "DATABASE … ENCODING 'UTF8' TEMPLATE template0;"
        )
    return PgSession(connection)


@contextmanager
def translated(server: Server) -> Iterator[None]:
    """Turn the driver's errors inside the block into StorageError."""
    try:
        yield
    except psycopg.Error as error:
        raise storage_error(error, server) from error


def storage_error(error: psycopg.Error, server: Server) -> StorageError:
    """Say in Spanish what failed and what to do: the only translation there is."""
    message = next((m for kind, m in _MESSAGES if isinstance(error, kind)), _OTHER)
    told = " ".join(str(error).split())
    reason = next(
        (r for marks, r in _REASONS if any(m in told.lower() for m in marks)),
        _OTHER_REASON,
    )
    return StorageError(
        message.format(
            name=server,
            reason=reason.format(
                told=told[:TOLD_CHARACTERS], variable=PASSWORD_VARIABLE
            ),
            schema=SCHEMA,
            user=server.user or "cuenta",
            code=error.sqlstate or type(error).__name__,
        )
    )
