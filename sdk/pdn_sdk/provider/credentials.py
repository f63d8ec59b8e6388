"""The credentials of those who may call: a private SQLite file, or PostgreSQL.

Keeps hashes of secrets, the key that signs tokens and the renewals already
spent. What `add` gives is shown once and cannot be read back.
"""

import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from pdn_sdk.errors import RequestError, StorageError
from pdn_sdk.provider.hashing import digest, hashed, new_secret
from pdn_sdk.settings.database import Server
from pdn_sdk.storage.connections import Connections
from pdn_sdk.storage.engines import engine_of
from pdn_sdk.storage.engines.contract import Session

_TABLES = (
    "CREATE TABLE IF NOT EXISTS credentials (client_id TEXT PRIMARY KEY, "
    "name TEXT NOT NULL UNIQUE, secret_hash TEXT NOT NULL, "
    "username TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL, "
    "scope TEXT NOT NULL, token_hash TEXT UNIQUE, token_scope TEXT NOT NULL, "
    "created_at TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS spent (jti TEXT PRIMARY KEY, "
    "ends_at DOUBLE PRECISION NOT NULL)",
)
_COLUMNS = (
    "client_id, name, secret_hash, username, password_hash, scope, token_scope, "
    "created_at"
)


@dataclass(frozen=True, slots=True)
class Issued:
    """A new credential, the only time that it can be read.

    `token` is a fixed bearer token, for standards whose callers use one.
    """

    client_id: str
    client_secret: str = field(repr=False)
    username: str
    password: str = field(repr=False)
    scope: str
    token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credential:
    """A stored credential. `token_scope` is empty where it has no fixed token."""

    client_id: str
    name: str
    secret_hash: str = field(repr=False)
    username: str
    password_hash: str = field(repr=False)
    scope: str
    token_scope: str
    created_at: datetime


class CredentialStore:
    """The credentials in a place. Safe among threads and after a fork."""

    def __init__(self, place: Path | Server) -> None:
        self._place = place
        self._engine = engine_of(place, task="credentials")
        self._connections: Connections[Any] = Connections(self._engine)

    @classmethod
    def open(cls, place: Path | Server) -> Self:
        """Open the place; a file is made readable by its owner only.

        Raises: StorageError saying what to do.
        """
        if isinstance(place, Path) and not place.exists():
            with _explained(place):
                _make_private(place)
        store = cls(place)
        with ExitStack() as undoing:
            undoing.callback(store.close)
            store._make_tables()
            undoing.pop_all()
        return store

    def _make_tables(self) -> None:
        if not self._has_tables():
            with self._writing() as connection:
                for statement in _TABLES:
                    connection.execute(statement)

    def add(
        self, name: str, scopes: Iterable[str], *, token_scopes: Iterable[str] = ()
    ) -> Issued:
        """Issue a credential and keep its hashes.

        `token_scopes`, where there are any, gives it a fixed token for them.
        Raises: RequestError where the name is blank or taken.
        """
        name = " ".join(name.split())
        if not name:
            raise RequestError("Diga para quién es la credencial, por ejemplo «PDN».")
        fixed = tuple(token_scopes)
        issued = Issued(
            client_id=f"pdn-{secrets.token_hex(8)}",
            client_secret=new_secret(),
            username=f"usuario-{secrets.token_hex(6)}",
            password=new_secret(),
            scope=" ".join(scopes),
            token=new_secret() if fixed else None,
        )
        row = (
            issued.client_id,
            name,
            hashed(issued.client_secret),
            issued.username,
            hashed(issued.password),
            issued.scope,
            digest(issued.token) if issued.token else None,
            " ".join(fixed),
            datetime.now(UTC).isoformat(timespec="seconds"),
        )
        with self._writing() as connection:
            added = connection.execute(
                f"{_INSERT} ON CONFLICT (name) DO NOTHING", row
            ).rowcount
        if not added:
            raise RequestError(
                f"Ya hay una credencial llamada «{name}». Use otro nombre, o retire "
                f'la anterior con «pdn client remove "{name}"».'
            )
        return issued

    def remove(self, name: str) -> None:
        """Withdraw the credential with that name or client_id, and its tokens.

        Raises: RequestError where there is none.
        """
        with self._writing() as connection:
            removed = connection.execute(
                "DELETE FROM credentials WHERE ? IN (name, client_id)", (name,)
            ).rowcount
        if not removed:
            raise RequestError(
                f"No hay una credencial llamada «{name}». Véalas con «pdn client list»."
            )

    def all(self) -> tuple[Credential, ...]:
        """Give every credential, the oldest first."""
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM credentials ORDER BY created_at, name"  # noqa: S608 - names of ours
            ).fetchall()
        return tuple(map(_credential, rows))

    def by_client_id(self, client_id: str) -> Credential | None:
        """Give the credential with that client_id, or None."""
        return self._one("client_id", client_id)

    def by_token(self, token: str) -> Credential | None:
        """Give the credential with that fixed token, or None."""
        return self._one("token_hash", digest(token))

    def signing_key(self) -> str:
        """Give the key that signs tokens, made the first time it is asked for."""
        with self._reading() as connection:
            found = connection.execute(_KEY).fetchone()
        if found is None:
            with self._writing() as connection:
                connection.execute(
                    "INSERT INTO keys VALUES ('signing', ?) ON CONFLICT DO NOTHING",
                    (new_secret(),),
                )
                found = connection.execute(_KEY).fetchone()
        return str(found[0])

    def spend(self, jti: str, ends_at: float) -> bool:
        """Note that a renewal was used; tell whether it was the first time.

        Units: ends_at in seconds since 1970; after it the note is dropped.
        """
        with self._writing() as connection:
            connection.execute("DELETE FROM spent WHERE ends_at < ?", (time.time(),))
            return (
                connection.execute(
                    "INSERT INTO spent VALUES (?, ?) ON CONFLICT DO NOTHING",
                    (jti, ends_at),
                ).rowcount
                == 1
            )

    def take(self, place: Path | Server) -> int:
        """Add the credentials of another place; give how many were not here.

        Those who may call there may call here with what they have.
        Raises: StorageError.
        """
        with closing(type(self)(place)) as other:
            if not other._has_tables():
                raise StorageError(f"En «{place}» no hay credenciales de pdn.")
            with other._reading() as source, self._writing() as target:
                added = {
                    table: _copy(table, insert, source, target)
                    for table, insert in _COPIES.items()
                }
        return added["credentials"]

    def close(self) -> None:
        """Close the connections; the store cannot be used afterwards."""
        self._connections.close()

    def _one(self, column: str, value: str) -> Credential | None:
        with self._reading() as connection:
            row = connection.execute(
                f"SELECT {_COLUMNS} FROM credentials WHERE {column} = ?",  # noqa: S608 - names of ours
                (value.encode("utf-8", "replace").decode(),),
            ).fetchone()
        return _credential(row) if row else None

    def _has_tables(self) -> bool:
        with self._reading() as connection:
            names = self._engine.tables(connection)
        return {"credentials", "keys", "spent"} <= set(names)

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        with _explained(self._place), self._connections.reading() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        with (
            _explained(self._place),
            self._connections.writing() as connection,
            self._engine.translated(),
        ):
            yield connection


_INSERT = "INSERT INTO credentials VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_COPIES = {
    "credentials": _INSERT,
    "keys": "INSERT INTO keys VALUES (?, ?)",
    "spent": "INSERT INTO spent VALUES (?, ?)",
}
_KEY = "SELECT value FROM keys WHERE name = 'signing'"


def _copy(table: str, insert: str, source: Session, target: Session) -> int:
    """Copy the rows that are not there; give how many."""
    rows = source.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - names of ours
    added = (target.execute(f"{insert} ON CONFLICT DO NOTHING", row) for row in rows)
    return sum(one.rowcount for one in added)


def _credential(row: tuple[str, ...]) -> Credential:
    client_id, name, secret, username, password, scope, token_scope, created_at = row
    return Credential(
        client_id=client_id,
        name=name,
        secret_hash=secret,
        username=username,
        password_hash=password,
        scope=scope,
        token_scope=token_scope,
        created_at=datetime.fromisoformat(created_at),
    )


def _make_private(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)


@contextmanager
def _explained(place: Path | Server) -> Iterator[None]:
    """Say of the file of credentials what the engine says of a database."""
    try:
        yield
    except (StorageError, OSError) as error:
        if isinstance(place, Server):
            raise
        raise StorageError(
            f"No se puede usar el archivo de credenciales «{place}». Revise que la "
            "carpeta exista, que haya espacio y que quien ejecuta pdn pueda leer y "
            "escribir en ella; si el archivo está dañado, restaure su respaldo."
        ) from error
