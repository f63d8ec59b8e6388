"""Previews: ask for one, make its next step, follow it, and read what it found.

The table is the queue. A step is claimed, judged outside any transaction and kept in
one, so that a worker that dies in the middle leaves nothing half written, and another
takes the same step again. Takes the session and the time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.orm import Session

from pdn_marketplace.accounts.service import Account
from pdn_marketplace.administration.rules.impact import Rules, Shift
from pdn_marketplace.administration.rules.models import Change, Preview
from pdn_marketplace.errors import ConflictError, NotFoundError
from pdn_marketplace.submissions import audit
from pdn_marketplace.submissions.models import Run, StoredReport, Submission
from pdn_marketplace.submissions.runs import SYSTEM, Standing
from pdn_marketplace.submissions.states import RunState, State
from pdn_sdk.conformance import runner
from pdn_sdk.conformance.results import Verdict
from pdn_sdk.standards import loader
from pdn_sdk.standards.model import Level

JUDGED = (State.IN_REVIEW, State.APPROVED, State.PUBLISHED, State.SUSPENDED)
STEP = 50
MOST_WAITING = 5
DEAD_AFTER = timedelta(minutes=2)
MAX_ATTEMPTS = 3
PAGE_ROWS = 50
PREVIEWS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Judged:
    """What a step found of a submission; without a run there was nothing to judge."""

    submission_id: int
    run_id: int | None
    shift: Shift | None = None


def ask(session: Session, rules: Rules, actor: Account, now: datetime) -> Preview:
    """Put a preview in line.

    Raises: ConflictError where too many wait already.
    """
    waiting = select(func.count(Preview.id)).where(_is_under_way())
    if (session.scalar(waiting) or 0) >= MOST_WAITING:
        raise ConflictError(
            _("Ya hay %(n)d vistas previas en la fila. Espere a una.", n=MOST_WAITING)
        )
    preview = Preview(
        asked_by=actor.id,
        standard=rules.standard.key,
        profile=rules.profile,
        levels={key: str(level) for key, level in rules.levels.items()},
        ruleset=runner.ruleset_hash(rules.standard),
        created_at=now,
    )
    session.add(preview)
    session.flush()
    told = {name: getattr(preview, name) for name in ("standard", "profile", "levels")}
    _log(session, preview, "ask", now, payload=told, actor=actor.email)
    return preview


def find(session: Session, number: int) -> Preview:
    """Raises: NotFoundError where there is none."""
    preview = session.get(Preview, number)
    if preview is None:
        raise NotFoundError(_("No existe esa vista previa."))
    return preview


def rules_of(preview: Preview) -> Rules:
    """Give the rules that a preview tries.

    Raises: StandardsError where the standard is not installed any more.
    """
    levels = {key: Level(level) for key, level in preview.levels.items()}
    return Rules(loader.get(preview.standard), preview.profile, levels)


def claim(session: Session, now: datetime) -> Preview | None:
    """Take the next step of the oldest preview that nobody makes, or give None."""
    is_free = _is_under_way() & or_(
        Preview.claimed_at.is_(None), Preview.claimed_at < now - DEAD_AFTER
    )
    waiting = (
        select(Preview.id)
        .where(is_free)
        .order_by(Preview.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taken = session.scalar(
        update(Preview)
        .where(Preview.id == waiting.scalar_subquery(), is_free)
        .values(state=RunState.RUNNING, claimed_at=now, attempts=Preview.attempts + 1)
        .returning(Preview.id)
    )
    if taken is None:
        return None
    preview = session.get_one(Preview, taken, populate_existing=True)
    if preview.started_at is None:
        preview.started_at = now
        asked = select(func.count(Submission.id)).where(_is_judged(preview))
        preview.total = session.scalar(asked) or 0
    return preview


def next_evidence(session: Session, preview: Preview) -> list[tuple[int, Run | None]]:
    """Give the submissions of a step, each with the run whose report judges it."""
    newest = (
        select(func.max(Run.id))
        .join(StoredReport, StoredReport.run_id == Run.id)
        .where(
            Run.submission_id == Submission.id,
            Run.state == RunState.FINISHED,
            Run.verdict != Verdict.INCONCLUSIVE,
        )
        .scalar_subquery()
    )
    asked = (
        select(Submission.id, Run)
        .outerjoin(Run, Run.id == newest)
        .where(_is_judged(preview), Submission.id > preview.last_id)
        .order_by(Submission.id)
        .limit(STEP)
    )
    return [(row.id, row.Run) for row in session.execute(asked)]


def keep(
    session: Session, claimed: Preview, found: Sequence[Judged], now: datetime
) -> None:
    """Keep what a step found; one that found nobody is the last.

    Nothing is kept where another worker took the step meanwhile.
    """
    preview = _held(session, claimed)
    if preview is None:
        return
    for each in found:
        if each.run_id is None:
            preview.without += 1
            continue
        preview.judged += 1
        if each.shift is not None:
            preview.changed += 1
            session.add(_change(preview, each.submission_id, each.run_id, each.shift))
    if found:
        preview.last_id = found[-1].submission_id
        # Connectors may have come, or gone, since they were counted.
        preview.total = max(preview.total, preview.done)
    else:
        preview.total = preview.done
        _close(session, preview, RunState.FINISHED, now)


def give_up(session: Session, claimed: Preview, state: RunState, now: datetime) -> None:
    """Close a preview that cannot be finished."""
    preview = _held(session, claimed)
    if preview is not None:
        _close(session, preview, state, now)


def standing(session: Session, preview: Preview, now: datetime) -> Standing:
    """Say where a preview is, for the page that follows it."""
    state = RunState(preview.state)
    ahead = select(func.count(Preview.id)).where(
        _is_under_way(), Preview.id < preview.id
    )
    is_waiting = state is RunState.QUEUED
    claimed_at = preview.claimed_at
    return Standing(
        state=state,
        done=preview.done,
        total=preview.total,
        doing="",
        position=1 + (session.scalar(ahead) or 0) if is_waiting else 0,
        remaining_s=_remaining_s(preview, now),
        is_over=state.is_over,
        is_stalled=claimed_at is not None and now - claimed_at > DEAD_AFTER,
    )


def last(
    session: Session, before: int | None = None
) -> tuple[Sequence[Preview], int | None]:
    """Give the last previews, or those asked before one; and where the rest begins."""
    asked = select(Preview).order_by(Preview.id.desc()).limit(PREVIEWS_SHOWN + 1)
    if before is not None:
        asked = asked.where(Preview.id < before)
    rows = session.scalars(asked).all()
    shown = rows[:PREVIEWS_SHOWN]
    return shown, shown[-1].id if len(rows) > len(shown) else None


def changes(
    session: Session, preview: Preview, after: int = 0
) -> tuple[Sequence[Change], int | None]:
    """Give some of who would change verdict, and where the rest begins."""
    asked = _changes_of(preview).where(Change.id > after).limit(PAGE_ROWS + 1)
    rows = session.scalars(asked).all()
    shown = rows[:PAGE_ROWS]
    return shown, shown[-1].id if len(rows) > len(shown) else None


def every_change(session: Session, preview: Preview) -> Iterator[Change]:
    """Give all who would change verdict, some in memory at a time."""
    yield from session.scalars(_changes_of(preview).execution_options(yield_per=500))


def _changes_of(preview: Preview) -> Select[Change]:
    return select(Change).where(Change.preview_id == preview.id).order_by(Change.id)


def _is_under_way() -> ColumnElement[bool]:
    return Preview.state.in_((RunState.QUEUED, RunState.RUNNING))


def _is_judged(preview: Preview) -> ColumnElement[bool]:
    return (Submission.standard == preview.standard) & Submission.state.in_(JUDGED)


def _held(session: Session, claimed: Preview) -> Preview | None:
    """Let a step go and give its preview, or None where the step is another's."""
    # Written before it is read: in SQLite that waits for the turn to write.
    held = session.scalar(
        update(Preview)
        .where(
            Preview.id == claimed.id,
            Preview.state == RunState.RUNNING,
            Preview.last_id == claimed.last_id,
            Preview.attempts == claimed.attempts,
        )
        .values(claimed_at=None, attempts=0)
        .returning(Preview.id)
    )
    return session.get(Preview, held, populate_existing=True) if held else None


def _change(preview: Preview, submission_id: int, run_id: int, shift: Shift) -> Change:
    return Change(
        preview_id=preview.id,
        submission_id=submission_id,
        run_id=run_id,
        before=shift.before,
        after=shift.after,
        because=[
            {
                "id": result.id,
                "title": result.title,
                "requirements": list(result.requirement_ids),
                "level": str(result.level),
            }
            for result in shift.because
        ],
    )


def _remaining_s(preview: Preview, now: datetime) -> int | None:
    if preview.state != RunState.RUNNING or not preview.started_at or not preview.done:
        return None
    spent_s = (now - preview.started_at).total_seconds()
    return round(spent_s / preview.done * (preview.total - preview.done))


def _close(session: Session, preview: Preview, state: RunState, now: datetime) -> None:
    preview.state, preview.finished_at = state, now
    told = {"judged": preview.judged, "changed": preview.changed}
    _log(session, preview, state, now, payload=told)


def _log(
    session: Session,
    preview: Preview,
    action: str,
    now: datetime,
    *,
    payload: Mapping[str, object],
    actor: str = SYSTEM,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"preview_{action}",
        subject=f"preview:{preview.id}",
        now=now,
        payload=payload,
    )
