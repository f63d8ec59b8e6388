"""Tables made, and made again when their standard or their layout changes.

Nothing is asked of the source: an older layout's documents are put again, as a
load would, inside the transaction that drops its tables.
"""

# ruff: noqa: S608 - names come from the layout, quoted; values are bound

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from pdn_sdk.storage.loads import Load
from pdn_sdk.storage.tables import CATALOGUE, Layout


@dataclass(frozen=True, slots=True)
class State:
    """What the file says of a dataset."""

    fingerprint: str = ""
    version: int = 0
    records: int = 0
    loaded_at: datetime | None = None


def state(connection: sqlite3.Connection, layout: Layout) -> State:
    """Read the state of a dataset in a file that has been prepared."""
    row = connection.execute(
        'SELECT fingerprint, version, records, loaded_at FROM "pdn:datasets" '
        "WHERE key = ?",
        (layout.dataset.key,),
    ).fetchone()
    if row is None:
        return State()
    moment = datetime.fromisoformat(row[3]) if row[3] else None
    return State(row[0], row[1], row[2], moment)


def is_current(connection: sqlite3.Connection, layout: Layout) -> bool:
    """Tell whether a file, perhaps empty, has the tables of a layout."""
    tables = _tables(connection)
    if "pdn:datasets" not in tables:
        return False
    return state(connection, layout).fingerprint == layout.fingerprint


def prepare(connection: sqlite3.Connection, layout: Layout, path: Path) -> None:
    """Make the tables of a dataset, with what an older layout has stored.

    Needs a transaction that writes.
    """
    connection.execute(CATALOGUE)
    before = state(connection, layout)
    if before.fingerprint == layout.fingerprint:
        return
    _make(connection, layout, before)
    if before.fingerprint:
        _put_again(connection, layout, path)


def _make(connection: sqlite3.Connection, layout: Layout, before: State) -> None:
    if before.fingerprint:
        connection.execute(
            f"ALTER TABLE {layout.documents} RENAME TO {layout.previous}"
        )
    for statement in layout.drop(_tables(connection)):
        connection.execute(statement)
    for statement in layout.create():
        connection.execute(statement)
    for _, statement in layout.indexes():
        connection.execute(statement)
    connection.execute(
        'INSERT INTO "pdn:datasets" VALUES (?, ?, 0, 0, NULL) '
        "ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint",
        (layout.dataset.key, layout.fingerprint),
    )


def _put_again(connection: sqlite3.Connection, layout: Layout, path: Path) -> None:
    load = Load(connection, layout, path)
    stored = connection.execute(
        f"SELECT coalesce(full, public) FROM {layout.previous} ORDER BY n"
    )
    for (document,) in stored:
        load.put(orjson.loads(document))
    connection.execute(f"DROP TABLE {layout.previous}")
    load.settle()
    connection.execute(
        'UPDATE "pdn:datasets" SET version = version + 1 WHERE key = ?',
        (layout.dataset.key,),
    )


def _tables(connection: sqlite3.Connection) -> list[str]:
    """List the tables, virtual ones first: dropping one drops its shadows."""
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' "
        "ORDER BY sql LIKE 'CREATE VIRTUAL%' DESC"
    )
    return [name for (name,) in rows]
