"""Which state the catalogue is in: one row, of another name after each change.

Every process reads it before it trusts what it remembers. It is written at the end
of the transaction that changed a listing, just before its commit, so that nobody
sees the new state without the change, and its lock is the last one taken.
"""

import secrets
from typing import Any

from sqlalchemy import String, event, select, update
from sqlalchemy.orm import (
    Mapped,
    ORMExecuteState,
    Session,
    mapped_column,
    object_session,
)

from pdn_marketplace.db import Base

CHANGED, KNOWN = "catalogue_changed", "catalogue_state"
FOLLOWED: list[type[Base]] = []


class CatalogueState(Base):
    """The name of the state, at random: no two states ever share one."""

    __tablename__ = "catalogue_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(32))


def current(session: Session) -> str | None:
    """Name the state that is committed; None where this session has changed it.

    It is asked once in each transaction: what is read later is never older.
    """
    # What is still to be written may be a change.
    session.flush()
    if CHANGED in session.info:
        return None
    if KNOWN not in session.info:
        session.info[KNOWN] = session.scalar(select(CatalogueState.name))
    name: str | None = session.info[KNOWN]
    return name


def follow(*tables: type[Base]) -> None:
    """Count every change of these tables as one of the catalogue."""
    FOLLOWED.extend(tables)
    for table in tables:
        for when in ("after_insert", "after_update", "after_delete"):
            event.listen(table, when, _row_changed)


def _row_changed(mapper: object, connection: object, row: object) -> None:
    del mapper, connection
    session = object_session(row)
    if session is not None:
        session.info[CHANGED] = True


@event.listens_for(Session, "do_orm_execute")
def _rows_changed(asked: ORMExecuteState) -> None:
    is_change = asked.is_update or asked.is_delete or asked.is_insert
    if is_change and any(m.class_ in FOLLOWED for m in asked.all_mappers):
        asked.session.info[CHANGED] = True


@event.listens_for(Session, "before_commit")
def _renamed(session: Session) -> None:
    # What is still to be written may be a change too.
    session.flush()
    if CHANGED in session.info:
        # Not through `current`: a new name needs nothing of the old one.
        session.execute(update(CatalogueState).values(name=secrets.token_hex(16)))


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def _settled(session: Session, *told: Any) -> None:  # noqa: ANN401 - of the event
    del told
    # The end of a savepoint settles nothing: what surrounds it may have changed it.
    if not session.in_nested_transaction():
        session.info.pop(CHANGED, None)
        session.info.pop(KNOWN, None)
