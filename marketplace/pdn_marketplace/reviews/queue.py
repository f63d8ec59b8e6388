"""The queue of the bench: what waits, narrowed and ordered as a reviewer asks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from pdn_marketplace.accounts.models import User
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.organisations.service import Interests
from pdn_marketplace.reviews.models import Delegation, Observation
from pdn_marketplace.reviews.risk import Level, Risk, assess
from pdn_marketplace.submissions import review
from pdn_marketplace.submissions.models import Submission
from pdn_marketplace.submissions.review import Told, Waiting
from pdn_marketplace.submissions.states import State

MINE = "mia"
FREE = "libre"
PAGE_ROWS = 25
LEVELS = frozenset(Level)


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
class Holder:
    """The reviewer who has a submission."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of the queue is chosen and ordered by."""

    waiting: Waiting
    holder: Holder | None

    @property
    def risk(self) -> Risk:
        """How much care it asks: weighed when it is asked for."""
        tested = self.waiting.verdict is not None
        return assess(self.waiting, self.waiting if tested else None)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue, with all that it tells."""

    line: Line
    told: Told
    open_observations: int
    is_own: bool
    """It is not for this reviewer: see `review.conflict`."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the queue. `next` is where the one after it starts, or None."""

    rows: Sequence[Row]
    total: int
    start: int
    next: int | None


# Python's sort keeps the order of before among equals: the oldest first.
ORDERS: Mapping[str, Callable[[Line], Any]] = {
    "antiguedad": lambda _line: 0,
    "riesgo": lambda line: -line.risk.points,
    "sistema": lambda line: line.waiting.standard,
}


def page(session: Session, reviewer: Account, wanted: Wanted, start: int) -> Shown:
    """Give a page of the queue; one that starts nowhere is the first."""
    lines = _lines(session, reviewer, wanted)
    start = start if 0 < start < len(lines) else 0
    end = start + PAGE_ROWS
    rows = _rows(session, reviewer, lines[start:end])
    return Shown(rows, len(lines), start, end if end < len(lines) else None)


def _lines(session: Session, reviewer: Account, wanted: Wanted) -> list[Line]:
    holders = _holders(session, Submission.state == State.IN_REVIEW)
    found = (
        Line(each, holders.get(each.id))
        for each in review.queue(
            session, standard=wanted.standard, verdict=wanted.verdict
        )
    )
    kept = [line for line in found if _is_wanted(line, reviewer, wanted)]
    return sorted(kept, key=ORDERS.get(wanted.order, ORDERS["antiguedad"]))


def _rows(session: Session, reviewer: Account, lines: Sequence[Line]) -> list[Row]:
    ids = [line.waiting.id for line in lines]
    known, observed = review.told(session, ids), open_counts(session, ids)
    interests = Interests.of(session, [reviewer.id])[reviewer.id]
    return [
        Row(
            line,
            told=known[number],
            open_observations=observed.get(number, 0),
            is_own=bool(review.conflict(known[number].ties, reviewer, interests)),
        )
        for number, line in zip(ids, lines, strict=True)
    ]


def holder(session: Session, submission: Submission) -> Holder | None:
    """Give the reviewer who has the submission in this round, or None."""
    return _holders(session, Submission.id == submission.id).get(submission.id)


def open_counts(session: Session, ids: Iterable[int]) -> Mapping[int, int]:
    """Count the open observations of some submissions."""
    asked = (
        select(Observation.submission_id, func.count())
        .where(Observation.submission_id.in_(ids), Observation.closed_at.is_(None))
        .group_by(Observation.submission_id)
    )
    return {submission_id: count for submission_id, count in session.execute(asked)}


def _is_wanted(line: Line, reviewer: Account, wanted: Wanted) -> bool:
    if wanted.risk in LEVELS and line.risk.level != wanted.risk:
        return False
    if wanted.holder == MINE:
        return line.holder is not None and line.holder.id == reviewer.id
    return not (wanted.holder == FREE and line.holder is not None)


def _holders(session: Session, of: ColumnElement[bool]) -> Mapping[int, Holder]:
    """Give who has each submission that fits: whom it was last passed to."""
    asked = (
        select(Submission.id, User.id, User.name)
        .join(Delegation, Delegation.submission_id == Submission.id)
        .join(Delegation.to)
        .where(of, Delegation.round == Submission.round)
        .order_by(Delegation.id)
    )
    return {row[0]: Holder(*row[1:]) for row in session.execute(asked)}
