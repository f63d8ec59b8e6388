"""How long each stage of a review takes, told by the audit log.

Days are of 24 hours. The percentile is the nearest rank: a time that did occur.
"""

import csv
import io
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from pdn_marketplace.submissions.models import AuditEntry, Submission

DAY = timedelta(days=1)
ANSWERS = frozenset(
    (
        "observe",
        "review_approve",
        "review_comment",
        "review_request_changes",
        "review_reject",
    )
)
ENDS = frozenset(("publish", "review_reject"))
TOLD = sorted(ANSWERS | ENDS | {"create", "send", "approve"})
PREPARE, WAIT, ANSWER, AGREE, WHOLE = STAGES = (
    "preparacion",
    "espera",
    "correccion",
    "acuerdo",
    "total",
)


@dataclass(frozen=True, slots=True)
class Stage:
    """What a stage took: how many cases, and days."""

    key: str
    cases: int
    median_days: float | None
    p90_days: float | None


@dataclass(frozen=True, slots=True)
class _Step:
    action: str
    at: datetime


def measured(
    session: Session, *, standard: str = "", since: datetime | None = None
) -> list[Stage]:
    """Measure each stage that ended since then, of one standard or of all."""
    spent: dict[str, list[float]] = defaultdict(list)
    for steps in _histories(session, standard):
        for stage, start, end in _stages(steps):
            if since is None or end >= since:
                spent[stage].append((end - start) / DAY)
    return [_stage(key, sorted(spent[key])) for key in STAGES]


def table(stages: Sequence[Stage]) -> str:
    """Write the stages as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("etapa", "casos", "mediana_dias", "p90_dias"))
    for stage in stages:
        days = (stage.median_days, stage.p90_days)
        told = ("" if d is None else f"{d:.2f}" for d in days)
        writer.writerow((stage.key, stage.cases, *told))
    return out.getvalue()


def _stage(key: str, days: Sequence[float]) -> Stage:
    if not days:
        return Stage(key, 0, None, None)
    return Stage(key, len(days), median(days), days[math.ceil(len(days) * 0.9) - 1])


def _histories(session: Session, standard: str) -> Iterator[list[_Step]]:
    asked = (
        select(AuditEntry.object, AuditEntry.action, AuditEntry.at)
        .where(AuditEntry.action.in_(TOLD))
        .order_by(AuditEntry.id)
    )
    if standard:
        numbers = select(Submission.id).where(Submission.standard == standard)
        objects = [f"submission:{number}" for number in session.scalars(numbers)]
        asked = asked.where(AuditEntry.object.in_(objects))
    found: dict[str, list[_Step]] = defaultdict(list)
    for subject, action, at in session.execute(asked):
        found[subject].append(_Step(action, at))
    yield from found.values()


def _stages(steps: Sequence[_Step]) -> Iterator[tuple[str, datetime, datetime]]:
    """Give the stages of one submission: which, from when, until when."""
    open_since: dict[str, datetime] = {}
    for step in steps:
        for stage in _ended_by(step.action):
            if stage in open_since:
                yield stage, open_since.pop(stage), step.at
        for stage in _begun_by(step.action):
            open_since.setdefault(stage, step.at)
        if step.action in ("review_request_changes", *ENDS):
            # The agreement of two people begins anew in the next round.
            open_since.pop(AGREE, None)


def _ended_by(action: str) -> Iterator[str]:
    if action == "send":
        yield PREPARE
        yield ANSWER
    if action in ANSWERS:
        yield WAIT
    if action == "approve":
        yield AGREE
    if action in ENDS:
        yield WHOLE


def _begun_by(action: str) -> Iterator[str]:
    if action == "create":
        yield PREPARE
    if action == "send":
        yield WAIT
        yield WHOLE
    if action == "review_request_changes":
        yield ANSWER
    if action == "review_approve":
        yield AGREE
