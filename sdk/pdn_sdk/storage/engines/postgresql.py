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
from pdn_sdk.standards.items.shape import Kind
from pdn_sdk.standards.items.values import Value
from pdn_sdk.storage.engines import bodies
from pdn_sdk.storage.engines.contract import Sql
from pdn_sdk.storage.engines.sessions import SCHEMA, PgSession, connected, translated
from pdn_sdk.storage.engines.words import too_long
from pdn_sdk.storage.rows import Row
from pdn_sdk.storage.tables import Column, Layout, Raw, bindable, quoted

WRITER_MS = 1000
LONGEST_S = 10.0
HEAD_BYTES = 1000
"""Of a key, what its index holds: an entry of an index has 2,704 bytes at most."""

_ADVICE = (
    "La base de datos no tiene la extensión pg_trgm: se busca igual, más despacio. "
    "Pida a quien la administra: CREATE EXTENSION pg_trgm SCHEMA {schema}; después "
    "repita «pdn load», que hace los índices."
)
_GRAMS = (
    "SELECT n.nspname FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace "
    "WHERE o.opcname = 'gin_trgm_ops'"
)
_WILD = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


class Postgresql:
    """The engine of one database of a server; everything is in a schema of its own."""

    join = " JOIN "
    empty_list = "'[]'::jsonb"

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
        for statement in _tables(layout):
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
                    sizes += [(v, n) for v in set(map(self.number_value, raw))]
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
        types = ["bigint", "bytea", *map(_type, layout.columns)]
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
            ("n", *_document_columns(layout)),
            (
                (n, *_document(layout, row))
                for n, (row, _) in zip(numbers, rows, strict=True)
                if n in kept
            ),
        )
        return [n if n in kept else None for n in numbers]

    def update_documents(
        self, session: PgSession, layout: Layout, rows: Sequence[tuple[Row, int]]
    ) -> None:
        changes = ", ".join(f"{name} = ?" for name in _document_columns(layout))
        session.executemany(
            f"UPDATE {layout.documents} SET {changes} WHERE n = ?",
            [(*_document(layout, row), n) for row, n in rows],
        )

    def settle(
        self, session: PgSession, layout: Layout, *, is_new: bool, is_changed: bool
    ) -> None:
        del is_new
        session.execute("SET LOCAL enable_seqscan = on")
        if is_changed:
            _count_uses(session, layout)
        # Last the indexes: they are made faster than they are changed.
        for statement in _indexes(layout, _grams(session)):
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

    def number_value(self, value: object) -> object:
        held = bindable(value)
        # Exactly, as SQLite compares: of a float, the server would take 15 digits.
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
        return f"{_head(key)} {direction}, {key} {direction}"

    def body(self, *, reserved: bool) -> Sql:
        return Sql(
            "coalesce(d.full_body, d.public_body)" if reserved else "d.public_body"
        )

    def member(self, body: Sql, path: Sequence[str | int]) -> Sql:
        return Sql(f"({body.text} #> ?::text[])", (*body.values, _steps(path)))

    def value(self, body: Sql, path: Sequence[str | int], kind: Kind) -> Sql:
        found = self._leaf(body, path, bodies.place_of(kind))
        return Sql(f"lower({found.text})", found.values) if kind is Kind.UUID else found

    def bound(self, kind: Kind, values: Sequence[Value]) -> tuple[str, Sequence[Any]]:
        return f"?::{_ITEM_TYPES.get(kind, 'text')}", bodies.comparable(kind, values)

    def listed(self, kind: Kind, values: Sequence[Value]) -> Sql:
        mark = f"(SELECT unnest(?::{_ITEM_TYPES.get(kind, 'text')}[]))"
        return Sql(mark, (bodies.comparable(kind, values),))

    def folded(self, body: Sql, path: Sequence[str | int]) -> Sql:
        return self._leaf(body, path, bodies.FOLDED)

    def key(self, body: Sql, path: Sequence[str | int]) -> Sql:
        return self._leaf(body, path, bodies.KEY)

    def _leaf(self, body: Sql, path: Sequence[str | int], place: int) -> Sql:
        text = f"({body.text} #>> ?::text[])"
        is_number = place == bodies.NUMBER
        return Sql(
            f"{text}::numeric" if is_number else f'{text} COLLATE "C"',
            (*body.values, _steps((*path, place))),
        )

    def each(self, body: Sql, path: Sequence[str | int], alias: str) -> Sql:
        held = self.member(body, path)
        return Sql(f"jsonb_path_query({held.text}, '$[*]') {alias}(value)", held.values)

    def is_object(self, alias: str) -> str:
        return f"jsonb_typeof({alias}.value) = 'object'"


_ITEM_TYPES = {Kind.INTEGER: "numeric", Kind.MOMENT: "numeric"}


def _steps(path: Sequence[str | int]) -> list[str]:
    return [str(step) for step in path]


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


def _type(column: Column) -> str:
    return "bigint" if column.has_dictionary else "text"


def _head(key: str) -> str:
    return f"substr({key}, 1, {HEAD_BYTES})"


def _document_columns(layout: Layout) -> Sequence[str]:
    shown = ("hash", "public", '"full"')
    return (*shown, "public_body", "full_body") if layout.has_bodies else shown


def _document(layout: Layout, row: Row) -> tuple[bytes | str | None, ...]:
    shown = (row.digest, row.public, row.full)
    if not layout.has_bodies:
        return shown
    return (*shown, bodies.body(row.public), row.full and bodies.body(row.full))


def _tables(layout: Layout) -> Iterator[str]:
    columns = "".join(f", {c.name} {_type(c)}" for c in layout.columns)
    body = ", public_body jsonb NOT NULL, full_body jsonb" if layout.has_bodies else ""
    yield (
        f"CREATE TABLE {layout.rows} (n bigint PRIMARY KEY, id bytea NOT NULL{columns})"
    )
    yield f"CREATE UNIQUE INDEX ON {layout.rows} (sha256(id))"
    yield (
        f"CREATE TABLE {layout.documents} (n bigint PRIMARY KEY, hash bytea NOT NULL, "
        f'public bytea NOT NULL, "full" bytea{body})'
    )
    for column in layout.dictionaries:
        name = layout.dictionary(column)
        yield (
            f"CREATE TABLE {name} (n bigint PRIMARY KEY, key bytea NOT NULL, "
            "folded text NOT NULL, uses bigint NOT NULL DEFAULT 0)"
        )
        yield f"CREATE UNIQUE INDEX ON {name} (sha256(key))"
        if column.has_sizes:
            yield (
                f"CREATE TABLE {layout.sizes(column)} (value numeric NOT NULL, "
                "n bigint NOT NULL, PRIMARY KEY (value, n))"
            )


def _indexes(layout: Layout, grams: str | None) -> Iterator[str]:
    for column in layout.columns:
        name = layout.index(column)
        if column.has_dictionary:
            yield f"CREATE INDEX IF NOT EXISTS {name} ON {layout.rows} ({column.name})"
        else:
            # By its digest: a text may be longer than an entry can be.
            yield (
                f"CREATE INDEX IF NOT EXISTS {name} ON {layout.rows} "
                f"USING hash ({column.name})"
            )
        if column.is_ordering:
            dictionary = layout.dictionary(column)
            yield (
                f"CREATE INDEX IF NOT EXISTS {layout.index(column, 'order')} "
                f"ON {dictionary} ({_head('key')})"
            )
        if grams and layout.has_grams(column):
            yield (
                f"CREATE INDEX IF NOT EXISTS {layout.grams(column)} "
                f"ON {layout.dictionary(column)} "
                f"USING gin (folded {quoted(grams)}.gin_trgm_ops)"
            )
