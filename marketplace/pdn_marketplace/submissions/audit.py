"""The audit log: every step of a submission, chained by hashes.

Each line's hash covers its content and the hash of the line before, so that a
line changed, removed or slipped in later breaks the chain from there on.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from pdn_marketplace import db
from pdn_marketplace.accounts.models import User
from pdn_marketplace.submissions.models import AuditEntry

FIRST = "0" * 64


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """How many lines hold, and the id of the first that does not, or None.

    `head` is the hash of the last line that holds: kept elsewhere, it also
    proves that no line was taken off the end.
    """

    lines: int
    broken_at: int | None
    head: str


def record(
    session: Session,
    *,
    actor: str,
    action: str,
    subject: str,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Add a line to the log, in the transaction of what it tells of.

    `actor` is an e-mail address or `sistema`; `subject` is like `submission:7`. An
    address is kept as the number of its account: a line can never be changed, and
    people may have their account deleted.
    """
    # What the line tells of is written first: in SQLite that takes the write lock,
    # and `alone` is PostgreSQL's, so that nobody can add a line between reading the
    # last and ours.
    session.flush()
    db.alone(session, "audit")
    entry = AuditEntry(
        at=now,
        actor=_kept_name(session, actor),
        action=action,
        object=subject,
        payload=dict(payload or {}),
        previous_hash=_last_hash(session),
    )
    entry.hash = _hash(entry)
    session.add(entry)
    session.flush()
    return entry


def entries(session: Session, subject: str) -> list[AuditEntry]:
    """Give the lines about one thing, the oldest first."""
    asked = select(AuditEntry).where(AuditEntry.object == subject)
    return list(session.scalars(asked.order_by(AuditEntry.id)))


def steps(
    session: Session, subject: str, most: int | None
) -> tuple[list[tuple[datetime, str]], int]:
    """Give when each thing was done with one thing, and how many things were done.

    The last ones, at most so many, the oldest first.
    """
    asked = select(AuditEntry.at, AuditEntry.action, func.count().over())
    told = asked.where(AuditEntry.object == subject).order_by(AuditEntry.id.desc())
    rows = session.execute(told.limit(most)).all()
    return [(at, action) for at, action, _ in reversed(rows)], rows[0][2] if rows else 0


def verify(session: Session) -> ChainCheck:
    """Walk the whole log and say where it stops holding, if it does."""
    previous, lines = FIRST, 0
    # Columns, because making an object of each of a million lines takes as long again.
    asked = select(*AuditEntry.__table__.columns).order_by(AuditEntry.id)
    for row in session.execute(asked.execution_options(yield_per=1_000)):
        if row.previous_hash != previous or row.hash != _hash(row):
            return ChainCheck(lines, row.id, previous)
        previous, lines = row.hash, lines + 1
    return ChainCheck(lines, None, previous)


def _kept_name(session: Session, actor: str) -> str:
    number = session.scalar(select(User.id).where(User.email == actor))
    return f"cuenta:{number}" if number else actor


def _last_hash(session: Session) -> str:
    last = select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    return session.scalar(last) or FIRST


def _hash(row: Row[Any] | AuditEntry) -> str:
    told = orjson.dumps(
        [
            row.previous_hash,
            row.at.astimezone(UTC).isoformat(timespec="microseconds"),
            row.actor,
            row.action,
            row.object,
            row.payload,
        ],
        option=orjson.OPT_SORT_KEYS,
    )
    return hashlib.sha256(told).hexdigest()
