"""Tables made, and made again when their standard or their layout changes.

Nothing is asked of the source: an older layout's documents are put again, as a
load would, inside the transaction that drops its tables.
"""

# ruff: noqa: S608 - names come from the layout, quoted; values are bound

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from pdn_sdk.storage.engines import Engine
from pdn_sdk.storage.engines.contract import Session
from pdn_sdk.storage.loads import Load
from pdn_sdk.storage.tables import CATALOGUE, Layout


@dataclass(frozen=True, slots=True)
class State:
    """What the database says of a dataset."""

    fingerprint: str = ""
    version: int = 0
    records: int = 0
    loaded_at: datetime | None = None


def state(session: Session, layout: Layout) -> State:
    """Read the state of a dataset in a database that has been prepared."""
    row = session.execute(
        'SELECT fingerprint, version, records, loaded_at FROM "pdn:datasets" '
        "WHERE key = ?",
        (layout.dataset.key,),
    ).fetchone()
    if row is None:
        return State()
    moment = datetime.fromisoformat(row[3]) if row[3] else None
    return State(row[0], row[1], row[2], moment)


def is_current(engine: Engine[Any], session: Session, layout: Layout) -> bool:
    """Tell whether a database, perhaps empty, has the tables of a layout."""
    if "pdn:datasets" not in engine.tables(session):
        return False
    return state(session, layout).fingerprint == layout.fingerprint


def prepare(engine: Engine[Any], session: Session, layout: Layout) -> None:
    """Make the tables of a dataset, with what an older layout has stored.

    Needs a transaction that writes.
    """
    session.execute(CATALOGUE)
    before = state(session, layout)
    if before.fingerprint == layout.fingerprint:
        return
    _make(engine, session, layout, before)
    if before.fingerprint:
        _put_again(engine, session, layout)


def _make(engine: Engine[Any], session: Session, layout: Layout, before: State) -> None:
    if before.fingerprint:
        session.execute(f"ALTER TABLE {layout.documents} RENAME TO {layout.previous}")
    for statement in layout.drop(engine.tables(session)):
        session.execute(statement)
    engine.create(session, layout)
    session.execute(
        'INSERT INTO "pdn:datasets" VALUES (?, ?, 0, 0, NULL) '
        "ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint",
        (layout.dataset.key, layout.fingerprint),
    )


def _put_again(engine: Engine[Any], session: Session, layout: Layout) -> None:
    load = Load(engine, session, layout)
    stored = engine.stream(
        session, f'SELECT coalesce("full", public) FROM {layout.previous} ORDER BY n'
    )
    for (document,) in stored:
        load.put(orjson.loads(document))
    load.write()
    session.execute(f"DROP TABLE {layout.previous}")
    load.settle()
    session.execute(
        'UPDATE "pdn:datasets" SET version = version + 1 WHERE key = ?',
        (layout.dataset.key,),
    )
