"""The queue of the bench: what waits, narrowed and ordered as a reviewer asks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pdn_marketplace.accounts.models import User
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.reviews.models import Delegation, Observation
from pdn_marketplace.reviews.risk import Level, Risk, assess
from pdn_marketplace.submissions import review
from pdn_marketplace.submissions.models import Submission
from pdn_marketplace.submissions.review import Waiting

MINE = "mia"
FREE = "libre"
PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address of the queue asks for; empty texts ask for nothing."""

    standard: str = ""
    verdict: str = ""
    risk: str = ""
    holder: str = ""
    order: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Does it leave anything out?"""
        return bool(self.standard or self.verdict or self.risk or self.holder)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue."""

    waiting: Waiting
    risk: Risk
    holder: User | None
    open_observations: int

    @property
    def submission(self) -> Submission:
        """The submission that waits."""
        return self.waiting.submission


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the queue. `next` is where the one after it starts, or None."""

    rows: Sequence[Row]
    total: int
    start: int
    next: int | None

    @classmethod
    def of(cls, rows: Sequence[Row], start: int) -> "Shown":
        """Cut a page; what starts nowhere is the first."""
        total = len(rows)
        start = start if 0 < start < total else 0
        end = start + PAGE_ROWS
        return cls(rows[start:end], total, start, end if end < total else None)


# Python's sort keeps the order of before among equals: the oldest first.
ORDERS: Mapping[str, Callable[[Row], Any]] = {
    "antiguedad": lambda _row: 0,
    "riesgo": lambda row: -row.risk.points,
    "sistema": lambda row: row.submission.standard,
}


def rows(session: Session, reviewer: Account, wanted: Wanted) -> list[Row]:
    """Give the lines of the queue."""
    waiting = review.queue(
        session, reviewer, standard=wanted.standard, verdict=wanted.verdict
    )
    ids = [w.submission.id for w in waiting]
    holders, observed = _holders(session, ids), open_counts(session, ids)
    found = [
        Row(
            waiting=w,
            risk=assess(w.submission, w.run),
            holder=_holder_now(w.submission, holders.get(w.submission.id)),
            open_observations=observed.get(w.submission.id, 0),
        )
        for w in waiting
    ]
    kept = [row for row in found if _is_wanted(row, reviewer, wanted)]
    return sorted(kept, key=ORDERS.get(wanted.order, ORDERS["antiguedad"]))


def holder(session: Session, submission: Submission) -> User | None:
    """Give the reviewer who has the submission in this round, or None."""
    last = _holders(session, [submission.id]).get(submission.id)
    return _holder_now(submission, last)


def open_counts(session: Session, ids: Iterable[int]) -> Mapping[int, int]:
    """Count the open observations of some submissions."""
    asked = (
        select(Observation.submission_id, func.count())
        .where(Observation.submission_id.in_(ids), Observation.closed_at.is_(None))
        .group_by(Observation.submission_id)
    )
    return {submission_id: count for submission_id, count in session.execute(asked)}


def _is_wanted(row: Row, reviewer: Account, wanted: Wanted) -> bool:
    if wanted.risk in set(Level) and row.risk.level != wanted.risk:
        return False
    if wanted.holder == MINE:
        return row.holder is not None and row.holder.id == reviewer.id
    return not (wanted.holder == FREE and row.holder is not None)


def _holders(session: Session, ids: Iterable[int]) -> Mapping[int, Delegation]:
    asked = select(Delegation).where(Delegation.submission_id.in_(ids))
    return {d.submission_id: d for d in session.scalars(asked.order_by(Delegation.id))}


def _holder_now(submission: Submission, last: Delegation | None) -> User | None:
    return last.to if last is not None and last.round == submission.round else None
