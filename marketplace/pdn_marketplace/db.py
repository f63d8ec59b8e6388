"""The database: tables' base, the engine, one session for each request.

SQLite for one machine; PostgreSQL for many processes, by its address alone. Where
several processes write at once, who changes something takes its lock first, always in
this order: the submission, the run, a name of `alone`, the audit log, the catalogue's
state.

A request is one transaction: it is committed when its view has answered and
undone when an error was raised. Imports only the configuration and the errors.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from flask import Flask, Response, current_app, g
from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    MetaData,
    String,
    create_engine,
    event,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.sql import func
from sqlalchemy.types import TypeDecorator

from pdn_sdk.errors import ConfigurationError, StorageError

BUSY_TIMEOUT_MS = 5_000
POSTGRESQL = "postgresql"
DRIVER = f"{POSTGRESQL}+psycopg"
# For each process; a thread of the site holds one while it answers.
POOL_SIZE = 8
MAX_ROW = 2**31 - 1


class Base(DeclarativeBase):
    """Base of every table; constraints have names, so migrations can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: kept in UTC, always read back with its time zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Turn an aware datetime into UTC; a naive one is a mistake of ours."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Give back an aware datetime in UTC."""
        del dialect
        return value.replace(tzinfo=UTC) if value else None


def ordered_text(chars: int) -> String:
    """Give the type of a text that is ordered by its octets in every database."""
    return String(chars).with_variant(String(chars, collation="C"), POSTGRESQL)


class Database:
    """An engine and its sessions; safe to share between threads."""

    def __init__(self, url: str) -> None:
        """Prepare the engine for `url`; nothing is opened yet."""
        self.url = url
        self.engine: Engine = _engine(url)
        self.sessions = sessionmaker(self.engine, expire_on_commit=False)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _tune_sqlite)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a session that commits at the end, or undoes all on an error.

        For what runs outside a request: the command line, the worker.
        """
        with self.sessions.begin() as opened:
            yield opened

    def migrate(self) -> None:
        """Bring the tables to the newest version; doing it twice is harmless."""
        settings = AlembicConfig()
        settings.set_main_option(
            "script_location", str(files("pdn_marketplace") / "migrations")
        )
        settings.attributes["engine"] = self.engine
        try:
            command.upgrade(settings, "head")
        except (OperationalError, ProgrammingError) as error:
            raise StorageError(_not_prepared(self.engine)) from error

    def close(self) -> None:
        """Return every connection."""
        self.engine.dispose()


def row_number(text: str) -> int | None:
    """Read the number of a row in an address; None for what no table can hold."""
    number = int(text) if text.isdecimal() and len(text) < 11 else 0
    return number if 0 < number <= MAX_ROW else None


def alone(session: Session, what: str) -> None:
    """Let nobody else do `what` until this transaction ends.

    SQLite needs no such thing: it has one writer at a time.
    """
    if session.get_bind().dialect.name == POSTGRESQL:
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(what))))


def install(app: Flask, database: Database) -> None:
    """Give each request of `app` its session and its one transaction."""
    app.extensions["pdn_database"] = database
    app.after_request(_commit)
    app.teardown_request(_close)


def session() -> Session:
    """Give the session of the request being served."""
    if "session" not in g:
        g.session = current_database().sessions()
    opened: Session = g.session
    return opened


def current_database() -> Database:
    """Give the database of the app being served."""
    database: Database = current_app.extensions["pdn_database"]
    return database


def rollback() -> None:
    """Undo what this request has written so far (an error was raised)."""
    if "session" in g:
        g.session.rollback()


def _commit(response: Response) -> Response:
    if "session" in g:
        g.session.commit()
    return response


def _close(error: BaseException | None) -> None:
    del error
    opened = g.pop("session", None)
    if opened is not None:
        opened.close()


def _engine(url: str) -> Engine:
    """Make the engine of an address; PostgreSQL's may be written as it is anywhere."""
    try:
        parts = make_url(url)
        if parts.drivername in {"postgres", POSTGRESQL}:
            parts = parts.set(drivername=DRIVER)
        if parts.get_backend_name() != POSTGRESQL:
            return create_engine(parts)
        # Asked before use: the server may have been restarted since.
        return create_engine(parts, pool_size=POOL_SIZE, pool_pre_ping=True)
    except (ArgumentError, ImportError) as error:
        raise ConfigurationError(
            "PDN_MARKETPLACE_DATABASE_URL no es la dirección de una base de datos que "
            "el sitio sepa usar. Escríbala así: "
            "postgresql://usuario:clave@servidor:5432/base"
        ) from error


def _not_prepared(engine: Engine) -> str:
    if engine.dialect.name == POSTGRESQL:
        return (
            "No se pudo preparar la base de datos: revise que PostgreSQL esté "
            "encendido, que la dirección, el usuario y la clave sean los suyos, y que "
            "ese usuario pueda crear tablas."
        )
    return (
        "No se pudo preparar la base de datos: revise que la carpeta exista, "
        "que haya espacio y que su usuario pueda escribir en ella."
    )


def _tune_sqlite(connection: Any, record: object) -> None:  # noqa: ANN401  (DB-API)
    del record
    cursor = connection.cursor()
    # WAL: the worker writes while the site reads.
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.close()
