"""The tables of a layout in PostgreSQL, and their indexes."""

from collections.abc import Iterator, Sequence

from pdn_sdk.storage.engines.postgresql.bodies import body
from pdn_sdk.storage.rows import Row
from pdn_sdk.storage.tables import Column, Layout, quoted

HEAD_BYTES = 1000
"""Of a key, what its index holds: an entry of an index has 2,704 bytes at most."""


def column_type(column: Column) -> str:
    """Give the type of a column of the rows."""
    return "bigint" if column.has_dictionary else "text"


def head(key: str) -> str:
    """Give the part of a key that its index holds."""
    return f"substr({key}, 1, {HEAD_BYTES})"


def document_columns(layout: Layout) -> Sequence[str]:
    """Name what is kept of a document, beside its number."""
    shown = ("hash", "public", '"full"')
    return (*shown, "public_body", "full_body") if layout.has_bodies else shown


def document(layout: Layout, row: Row) -> tuple[bytes | str | None, ...]:
    """Give what is kept of a document."""
    shown = (row.digest, row.public, row.full)
    if not layout.has_bodies:
        return shown
    return (*shown, body(row.public), row.full and body(row.full))


def tables(layout: Layout) -> Iterator[str]:
    """Give the statements that make the tables, without what searches use."""
    columns = "".join(f", {c.name} {column_type(c)}" for c in layout.columns)
    bodies = (
        ", public_body jsonb NOT NULL, full_body jsonb" if layout.has_bodies else ""
    )
    yield (
        f"CREATE TABLE {layout.rows} (n bigint PRIMARY KEY, id bytea NOT NULL{columns})"
    )
    yield f"CREATE UNIQUE INDEX ON {layout.rows} (sha256(id))"
    if layout.has_bodies:
        # Without another order, items come in that of their ids.
        yield f"CREATE INDEX ON {layout.rows} ({head('id')})"
    yield (
        f"CREATE TABLE {layout.documents} (n bigint PRIMARY KEY, hash bytea NOT NULL, "
        f'public bytea NOT NULL, "full" bytea{bodies})'
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


def indexes(layout: Layout, grams: str | None) -> Iterator[str]:
    """Give the statements of the indexes; `grams` is where the extension is."""
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
                f"ON {dictionary} ({head('key')})"
            )
        if grams and layout.has_grams(column):
            yield (
                f"CREATE INDEX IF NOT EXISTS {layout.grams(column)} "
                f"ON {layout.dictionary(column)} "
                f"USING gin (folded {quoted(grams)}.gin_trgm_ops)"
            )
