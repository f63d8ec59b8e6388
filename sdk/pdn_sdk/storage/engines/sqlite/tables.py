"""The tables of a layout in SQLite, and their indexes."""

from collections.abc import Iterator, Mapping

from pdn_sdk.storage.tables import Layout


def tables(layout: Layout) -> Iterator[str]:
    """Give the statements that make the tables, without indexes."""
    # Without the type, SQLite would not use the indexes to join dictionaries.
    types = {True: "INTEGER", False: "TEXT"}
    columns = "".join(f", {c.name} {types[c.has_dictionary]}" for c in layout.columns)
    yield (
        f"CREATE TABLE {layout.rows} "
        f"(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE{columns})"
    )
    yield (
        f"CREATE TABLE {layout.documents} (n INTEGER PRIMARY KEY, "
        'hash BLOB NOT NULL, public BLOB NOT NULL, "full" BLOB)'
    )
    for column in layout.dictionaries:
        name = layout.dictionary(column)
        yield (
            f"CREATE TABLE {name} (n INTEGER PRIMARY KEY, key TEXT NOT NULL "
            "UNIQUE, folded TEXT NOT NULL, uses INTEGER NOT NULL DEFAULT 0)"
        )
        if column.has_sizes:
            yield (
                f"CREATE TABLE {layout.sizes(column)} (value NOT NULL, "
                "n INTEGER NOT NULL, PRIMARY KEY (value, n)) WITHOUT ROWID"
            )
        if layout.has_grams(column):
            content = name[1:-1].replace("'", "''")
            yield (
                f"CREATE VIRTUAL TABLE {layout.grams(column)} USING fts5(folded, "
                f"content='{content}', content_rowid=n, columnsize=0, "
                "tokenize='trigram case_sensitive 1')"
            )


def indexes(layout: Layout) -> Mapping[str, str]:
    """Give the statement of each index by its name."""
    found = {}
    for column in layout.columns:
        name = layout.index(column)
        # The id makes the order within one value final: no sorting needed.
        last = ", id" if column.is_ordering else ""
        found[name] = (
            f"CREATE INDEX IF NOT EXISTS {name} ON {layout.rows} ({column.name}{last})"
        )
    return found
