"""PostgreSQL: a server for several machines, trigrams of pg_trgm.

Ids and keys are bytes: they order and are equal as SQLite's texts are, and hold
NUL. They are looked up by their digest, because an index takes no long values.
"""

# ruff: noqa: S608 - names come from the layout, quoted; values are bound

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from decimal import Decimal
from hashlib import sha256
from itertools import count
from typing import Any

import psycopg
from psycopg import errors as pg

from pdn_sdk.errors import InvalidQueryError
from pdn_sdk.settings.database import Server
from pdn_sdk.storage.engines.contract import Sql
from pdn_sdk.storage.engines.postgresql.members import PgMembers
from pdn_sdk.storage.engines.postgresql.sessions import (
    SCHEMA,
    PgSession,
    connected,
    translated,
)
from pdn_sdk.storage.engines.postgresql.tables import (
    column_type,
    document,
    document_columns,
    head,
    indexes,
    tables,
)
from pdn_sdk.storage.engines.words import too_long
from pdn_sdk.storage.rows import Row
from pdn_sdk.storage.tables import Column, Layout, Raw, bindable

WRITER_MS = 1000
LONGEST_S = 10.0

_ADVICE = (
    "La base de datos no tiene la extensión pg_trgm: se busca igual, más despacio. "
    "Pida a quien la administra: CREATE EXTENSION pg_trgm SCHEMA {schema}; después "
    "repita «pdn load», que hace los índices."
)
_GRAMS = (
    "SELECT n.nspname FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace "
    "WHERE o.opcname = 'gin_trgm_ops' AND has_schema_privilege(n.oid, 'USAGE')"
)
_WILD = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


class Postgresql:
    """The engine of one database of a server; everything is in a schema of its own."""

    members = PgMembers()
    join = " JOIN "

    def __init__(self, server: Server, task: str) -> None:
        self._server = server
        self._task = task

    def __str__(self) -> str:
        return str(self._server)

    @property
    def is_there(self) -> bool:
        return True

    def reader(self) -> PgSession:
        return connected(self._server)

    def begin(self, session: PgSession) -> bool:
        try:
            session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        except psycopg.OperationalError:
            # The server was started again since the connection was last used.
            session.close()
            return False
        return True

    def writer(self) -> PgSession:
        session = connected(self._server)
        try:
            session.execute("BEGIN")
            session.execute(f"SET LOCAL lock_timeout = {WRITER_MS}")
            # It goes with the transaction, also where the process is killed.
            session.execute(
                "SELECT pg_advisory_xact_lock(hashtext('pdn'), hashtext(?))",
                (self._task,),
            )
            session.execute("SET LOCAL lock_timeout = 0")
            (found,) = session.execute(
                "SELECT to_regnamespace(?)::text", (SCHEMA,)
            ).fetchone() or (None,)
            if found is None:
                session.execute(f"CREATE SCHEMA {SCHEMA}")
        except psycopg.Error:
            session.close()
            raise
        return session

    def end(self, session: PgSession) -> None:
        with suppress(psycopg.Error):
            session.close()

    def translated(self) -> AbstractContextManager[None]:
        return translated(self._server)

    @contextmanager
    def asking(
        self, session: PgSession, *, longest_s: float = LONGEST_S
    ) -> Iterator[None]:
        """Bound the time of the statements of a transaction."""
        session.execute(f"SET LOCAL statement_timeout = {max(1, longest_s * 1000):.0f}")
        try:
            yield
        except pg.QueryCanceled as error:
            raise InvalidQueryError(too_long(longest_s)) from error

    def tables(self, session: PgSession) -> list[str]:
        rows = session.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = ?", (SCHEMA,)
        )
        return [name for (name,) in rows]

    def create(self, session: PgSession, layout: Layout) -> None:
        for statement in tables(layout):
            session.execute(statement)
        if _grams(session) is None:
            session.execute("SAVEPOINT grams")
            try:
                session.execute(f"CREATE EXTENSION pg_trgm SCHEMA {SCHEMA}")
            except psycopg.Error:
                # Without it searches are slower and answer the same.
                session.execute("ROLLBACK TO SAVEPOINT grams")

    def advice(self, session: PgSession) -> str:
        return "" if _grams(session) else _ADVICE.format(schema=SCHEMA)

    def begin_load(self, session: PgSession, layout: Layout, *, is_new: bool) -> None:
        # Indexes stay: dropping them would keep readers waiting until the load ends.
        del layout, is_new
        # The server thinks that working out digests costs nothing, and would do it
        # for every row where a few are sought.
        session.execute("SET LOCAL enable_seqscan = off")

    def known(
        self, session: PgSession, layout: Layout, identities: Sequence[str]
    ) -> Mapping[str, tuple[int, bytes]]:
        wanted = self.among_keys("s.id", identities)
        rows = session.execute(
            f"SELECT s.id, s.n, d.hash FROM {layout.rows} s "
            f"JOIN {layout.documents} d USING (n) WHERE {wanted.text}",
            wanted.values,
        )
        return {bytes(i).decode(): (n, bytes(digest)) for i, n, digest in rows}

    def number(
        self,
        session: PgSession,
        layout: Layout,
        column: Column,
        raws: Sequence[Raw],
        *,
        is_new: bool,
    ) -> Sequence[int]:
        del is_new
        name = layout.dictionary(column)
        forms = [column.forms(raw) for raw in raws]
        wanted = self.among_keys("key", list(dict.fromkeys(key for key, _ in forms)))
        found = session.execute(
            f"SELECT key, n FROM {name} WHERE {wanted.text}", wanted.values
        )
        numbers = {bytes(key).decode(): n for key, n in found}
        free = count(_last(session, name) + 1)
        fresh = []
        sizes = []
        for raw, (key, folded) in zip(raws, forms, strict=True):
            if key not in numbers:
                n = numbers[key] = next(free)
                fresh.append((n, key.encode(), folded))
                if column.has_sizes:
                    sizes += [(v, n) for v in set(map(self.size, raw))]
        if fresh:
            session.copy(name, ("n", "key", "folded"), fresh)
        if sizes:
            session.copy(layout.sizes(column), ("value", "n"), sizes)
        return [numbers[key] for key, _ in forms]

    def insert(
        self,
        session: PgSession,
        layout: Layout,
        rows: Sequence[tuple[Row, Sequence[int | Raw | None]]],
    ) -> Sequence[int | None]:
        numbers = list(
            range(first := _last(session, layout.rows) + 1, first + len(rows))
        )
        names = ", ".join(["n", "id", *(c.name for c in layout.columns)])
        types = ["bigint", "bytea", *map(column_type, layout.columns)]
        marks = ", ".join(f"?::{kind}[]" for kind in types)
        columns = zip(*(values for _, values in rows), strict=True)
        added = session.execute(
            f"INSERT INTO {layout.rows} ({names}) SELECT * FROM unnest({marks}) "
            "ON CONFLICT DO NOTHING RETURNING n",
            (numbers, [row.identity.encode() for row, _ in rows], *map(list, columns)),
        )
        kept = {n for (n,) in added}
        session.copy(
            layout.documents,
            ("n", *document_columns(layout)),
            (
                (n, *document(layout, row))
                for n, (row, _) in zip(numbers, rows, strict=True)
                if n in kept
            ),
        )
        return [n if n in kept else None for n in numbers]

    def update_documents(
        self, session: PgSession, layout: Layout, rows: Sequence[tuple[Row, int]]
    ) -> None:
        changes = ", ".join(f"{name} = ?" for name in document_columns(layout))
        session.executemany(
            f"UPDATE {layout.documents} SET {changes} WHERE n = ?",
            [(*document(layout, row), n) for row, n in rows],
        )

    def settle(
        self, session: PgSession, layout: Layout, *, is_new: bool, is_changed: bool
    ) -> None:
        del is_new
        session.execute("SET LOCAL enable_seqscan = on")
        if is_changed:
            _count_uses(session, layout)
        # Last the indexes: they are made faster than they are changed.
        for statement in indexes(layout, _grams(session)):
            session.execute(statement)
        if is_changed:
            # The server would look at the new data by itself, a minute later.
            for name in (layout.rows, *map(layout.dictionary, layout.dictionaries)):
                session.execute(f"ANALYZE {name}")

    def stream(self, session: PgSession, sql: str, *values: object) -> Iterator[Any]:
        return session.stream(sql, values)

    def ordered(self, text: str) -> object:
        return text.encode()

    def same(self, column: str) -> str:
        return f"sha256({column}) = sha256(?)"

    def among_keys(self, column: str, keys: Sequence[str]) -> Sql:
        digests = [sha256(key.encode()).digest() for key in keys]
        return Sql(f"sha256({column}) = ANY(?::bytea[])", (digests,))

    def among(self, column: str, numbers: Sequence[int]) -> Sql:
        return Sql(f"{column} = ANY(?::bigint[])", (list(numbers),))

    def size(self, value: object) -> object:
        held = bindable(value)
        # Beside a float of the server, the index over exact numbers would not serve.
        return Decimal(held) if isinstance(held, float) else held

    def holds(self, text: str) -> str:
        return f"strpos({text}, ?) > 0"

    def ends(self, text: str, characters: int) -> str:
        return f"right({text}, {characters})"

    def phrase(self, layout: Layout, column: Column, needle: str) -> Sql:
        return Sql(
            f"SELECT n FROM {layout.dictionary(column)} WHERE folded LIKE ?",
            (f"%{needle.translate(_WILD)}%",),
        )

    def tested(self, where: str) -> str:
        return where

    def gathered(self, rows: str, where: str) -> tuple[str, str]:
        # Without the fence, a page of ten would be sought through all the rows.
        return f"(SELECT * FROM {rows} s{where} OFFSET 0) s", ""

    def order(self, key: str, direction: str) -> str:
        return f"{head(key)} {direction}, {key} {direction}"


def _last(session: PgSession, table: str) -> int:
    (last,) = session.execute(f"SELECT max(n) FROM {table}").fetchone() or (None,)
    return last or 0


def _grams(session: PgSession) -> str | None:
    """Give the schema where the extension is, or None where it is not."""
    found = session.execute(_GRAMS).fetchone()
    return found[0] if found else None


def _count_uses(session: PgSession, layout: Layout) -> None:
    for column in layout.dictionaries:
        name = layout.dictionary(column)
        session.execute(
            f"UPDATE {name} d SET uses = c.uses FROM (SELECT d.n, count(s.n) uses "
            f"FROM {name} d LEFT JOIN {layout.rows} s ON s.{column.name} = d.n "
            "GROUP BY d.n) c WHERE c.n = d.n AND c.uses <> d.uses"
        )
        if column.has_sizes:
            session.execute(
                f"DELETE FROM {layout.sizes(column)} v USING {name} d "
                "WHERE d.n = v.n AND d.uses = 0"
            )
        session.execute(f"DELETE FROM {name} WHERE uses = 0")
