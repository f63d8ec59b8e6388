"""Reads a table, a view or a query of a database, a batch of rows at a time."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path

from pdn_sdk.ingest import (
    Cell,
    ConnectorError,
    Request,
    SourceRow,
    SourceUnavailableError,
    Table,
)

try:
    import sqlalchemy as sa
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
except ImportError as error:
    raise ConnectorError(
        "Para leer bases de datos falta instalar lo que las lee: "
        "pip install 'pdn-sdk[sql]'."
    ) from error

DRIVERS = {
    "postgresql": "psycopg",
    "mysql": "pymysql",
    "mariadb": "pymysql",
    "mssql": "pymssql",
    "oracle": "oracledb",
}
BATCH_ROWS = 1_000
TOLD_TABLES = 8
TOLD_CHARACTERS = 200


class SqlTable:
    """The connector."""

    def read(self, request: Request) -> Table:
        """Connect, and give one row for each one of the table or the query."""
        base = _Base.of(request)
        table = str(request.options.get("table") or "")
        query = str(request.options.get("query") or "").strip().rstrip(";")
        if table and query:
            raise ConnectorError(
                "En [source] de provider.toml están «table» y «query», y sólo se lee "
                "una de las dos. Quite la que sobre."
            )
        with base.told(), ExitStack() as opened:
            rows = _Rows(base, opened.enter_context(base.engine.connect()))
            read = rows.of_query(query) if query else rows.of_table(table)
            # From here on, whoever reads the rows closes the connection.
            opened.pop_all()
        return read


@dataclass(frozen=True, slots=True)
class _Base:
    """A database that can be called, and how it is named to people."""

    engine: sa.Engine
    name: str

    @classmethod
    def of(cls, request: Request) -> "_Base":
        address = str(request.options.get("url") or "")
        if address and request.options.get("path"):
            raise ConnectorError(
                "En [source] de provider.toml están «path» y «url», y la base es una. "
                "Deje «path» si es un archivo de SQLite, o «url» si es un servidor."
            )
        if address:
            return cls._of_server(address, str(request.options.get("password") or ""))
        if not request.options.get("path"):
            raise ConnectorError(
                "Falta decir qué base se lee: escriba en [source] de provider.toml "
                "«path», si es un archivo de SQLite, o «url», si es un servidor."
            )
        return cls._of_file(request.file().absolute())

    @classmethod
    def _of_file(cls, path: Path) -> "_Base":
        def connect() -> sqlite3.Connection:
            return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)

        return cls(sa.create_engine("sqlite://", creator=connect), path.name)

    @classmethod
    def _of_server(cls, address: str, password: str) -> "_Base":
        try:
            url = sa.make_url(address)
        except ArgumentError:
            # What it says of the address may hold a password.
            raise ConnectorError(
                "La «url» de [source] no es la dirección de una base. Se escribe así: "
                "postgresql://usuario@servidor:5432/base."
            ) from None
        kind = url.get_backend_name()
        driver = DRIVERS.get(kind)
        if driver is None:
            raise ConnectorError(
                f"No se sabe leer una base «{kind}». Se pueden leer: "
                f"{', '.join(DRIVERS)}; y un archivo de SQLite, con «path»."
            )
        if url.drivername == kind:
            url = url.set(drivername=f"{kind}+{driver}")
        if password:
            url = url.set(password=password)
        try:
            engine = sa.create_engine(url, poolclass=sa.NullPool)
        except (ImportError, NoSuchModuleError) as error:
            raise ConnectorError(
                f"Para leer una base «{kind}» falta su controlador: "
                f"pip install {url.get_driver_name()}."
            ) from error
        return cls(engine, f"{url.host or 'localhost'}/{url.database or ''}")

    @contextmanager
    def told(self) -> Iterator[None]:
        """Tell what the database refuses as an error of the source."""
        try:
            yield
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).strip()
            reason = " ".join(reason.partition("\n")[0].split())[:TOLD_CHARACTERS]
            raise SourceUnavailableError(
                f"La base «{self.name}» no contestó lo que se le pidió: «{reason}». "
                "Revise «url», «table» o «query» en [source] de provider.toml, la "
                "contraseña en PDN_SOURCE_PASSWORD y que la cuenta pueda leer. "
                "Nada cambió."
            ) from error


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A table or a view, and the columns that tell its rows apart."""

    source: sa.TableClause
    key: Sequence[str]

    def everything(self) -> sa.Select[tuple[object, ...]]:
        """Ask for all of it, always in the same order where it has a key."""
        columns = (self.source.c[name] for name in self.key)
        return sa.select(self.source).order_by(*columns)


def _chosen(inspector: sa.Inspector, wanted: str, base: str) -> _Chosen:
    """Find the table; the only one, where none is named."""
    names = [*inspector.get_table_names(), *inspector.get_view_names()]
    schema, _, name = wanted.rpartition(".")
    if wanted in names:
        schema, name = "", wanted
    elif schema:
        names = [
            *inspector.get_table_names(schema=schema),
            *inspector.get_view_names(schema=schema),
        ]
    elif not wanted and len(names) == 1:
        name = names[0]
    if name not in names:
        raise SourceUnavailableError(_lacking(wanted, name, names, base))
    place = schema or None
    columns = [c["name"] for c in inspector.get_columns(name, schema=place)]
    key = inspector.get_pk_constraint(name, schema=place)["constrained_columns"]
    source = sa.table(name, *map(sa.column, columns), schema=place)
    return _Chosen(source, key)


def _lacking(wanted: str, name: str, names: Sequence[str], base: str) -> str:
    if not names:
        return (
            f"En «{base}» no hay tablas que esta cuenta pueda ver. Revise que sea la "
            "base correcta, el esquema y el permiso de lectura."
        )
    listed = ", ".join(names[:TOLD_TABLES])
    listed += "…" if len(names) > TOLD_TABLES else ""
    if not wanted:
        return (
            f"En «{base}» hay {len(names):,} tablas: {listed}. Diga cuál se lee en "
            "«table», en la sección [source] de provider.toml."
        )
    near = get_close_matches(name, names, n=1)
    hint = f" ¿Es «{near[0]}»?" if near else ""
    return f"En «{base}» no está la tabla «{wanted}».{hint} Las que hay son: {listed}."


class _Rows:
    """One pass over what is asked of a database, which nothing can change."""

    def __init__(self, base: _Base, connection: sa.Connection) -> None:
        if base.engine.dialect.name == "postgresql":
            connection.execute(sa.text("SET TRANSACTION READ ONLY"))
        self._base = base
        self._connection = connection
        self._notices: list[str] = []
        self._read = 0
        self._total = 0

    def of_table(self, wanted: str) -> Table:
        """Ask for a table or a view; the only one, where none is named."""
        chosen = _chosen(sa.inspect(self._connection), wanted, self._base.name)
        counted = sa.select(sa.func.count()).select_from(chosen.source)
        self._total = self._connection.scalar(counted) or 0
        return self._table(chosen.source.name, chosen.everything())

    def of_query(self, query: str) -> Table:
        """Ask what a person wrote; a colon in it is never a parameter of ours."""
        return self._table("consulta", sa.text(query.replace(":", r"\:")))

    def _table(self, name: str, asked: sa.Executable) -> Table:
        options = {"stream_results": True, "max_row_buffer": BATCH_ROWS}
        result = self._connection.execute(asked, execution_options=options)
        if not result.returns_rows:
            raise ConnectorError(
                "La «query» de [source] no da filas: escriba una que empiece con "
                "SELECT. No se guardó ningún cambio."
            )
        headers = [str(key) for key in result.keys()]  # noqa: SIM118 - it is no mapping
        return Table(
            headers,
            self._rows(result, headers),
            name=name,
            notices=self._notices,
            fraction_read=self._fraction_read,
        )

    def _rows(
        self, result: sa.CursorResult[tuple[object, ...]], headers: Sequence[str]
    ) -> Iterator[SourceRow]:
        binary: set[str] = set()
        try:
            with self._base.told():
                for row in result:
                    self._read += 1
                    yield SourceRow(self._read, tuple(map(_cell, row)))
                    found = {
                        h for h, v in zip(headers, row, strict=True) if _is_bytes(v)
                    }
                    for header in sorted(found - binary):
                        binary.add(header)
                        self._notices.append(
                            f"La columna «{header}» guarda archivos o datos binarios: "
                            "no se lee."
                        )
        finally:
            self._connection.close()
            self._base.engine.dispose()

    def _fraction_read(self) -> float:
        return min(1.0, self._read / self._total) if self._total else 0.0


def _is_bytes(value: object) -> bool:
    return isinstance(value, bytes | bytearray | memoryview)


def _cell(value: object) -> Cell:
    """Give a value of the database as a cell; JSON stays as its text."""
    if value is None or isinstance(value, str | int | float | date | time | timedelta):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if _is_bytes(value):
        return None
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
