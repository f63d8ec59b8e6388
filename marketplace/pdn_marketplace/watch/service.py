"""The rules of the watch: whom to look at, what follows, suspension and its end.

Takes the session and the time; knows nothing of requests or of the network.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session, lazyload
from sqlalchemy.orm.attributes import set_committed_value

from pdn_marketplace import db, settings
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.errors import NotFoundError
from pdn_marketplace.submissions import audit, listing
from pdn_marketplace.submissions.models import Run, Submission
from pdn_marketplace.submissions.review import check_reviewer, may_review
from pdn_marketplace.submissions.service import active_run, hold
from pdn_marketplace.submissions.states import Action, RunState, State, after
from pdn_marketplace.watch import alerts
from pdn_marketplace.watch.models import Look, Watched
from pdn_marketplace.watch.probe import Sighting
from pdn_marketplace.watch.schedule import DAY, RETRY, next_time
from pdn_sdk.conformance.results import Verdict

SYSTEM = "sistema"
WATCHED_STATES = (State.PUBLISHED, State.SUSPENDED)
SHOWN_LOOKS = 120
# Few, so that looks do not wait long behind the weekly runs.
MOST_WAITING = 3


@dataclass(frozen=True, slots=True)
class Change:
    """What changed with a look, for who can act. Empty tuples: nothing."""

    raised: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()
    was_suspended: bool = False
    was_resumed: bool = False


def look_every(session: Session) -> timedelta:
    """Give how often each connector is looked at."""
    return timedelta(hours=settings.read(session, settings.LOOK_HOURS))


def run_every(session: Session) -> timedelta:
    """Give how often each connector is tested whole."""
    return timedelta(days=settings.read(session, settings.RUN_DAYS))


def _unseen(session: Session, submission: Submission, now: datetime) -> Watched:
    return Watched(
        submission_id=submission.id,
        submission=submission,
        round=submission.round,
        next_look_at=next_time(submission.id, look_every(session), now),
        next_run_at=next_time(submission.id, run_every(session), now),
        alerts=[],
    )


def enlist(session: Session, now: datetime) -> int:
    """Begin to watch the listed connectors that are not yet; give how many.

    What was known of those that were withdrawn is forgotten.
    """
    db.alone(session, "watch")
    _forget(session)
    known = select(Watched.submission_id)
    asked = select(Submission).where(
        Submission.state == State.PUBLISHED, Submission.id.not_in(known)
    )
    found = list(session.scalars(asked))
    session.add_all(_unseen(session, submission, now) for submission in found)
    session.flush()
    return len(found)


def _forget(session: Session) -> None:
    gone = (
        select(Watched.submission_id)
        .join(Submission)
        .where(
            or_(
                Submission.state.not_in(WATCHED_STATES),
                Submission.round != Watched.round,
            )
        )
    )
    numbers = session.scalars(gone).all()
    session.execute(delete(Look).where(Look.submission_id.in_(numbers)))
    session.execute(delete(Watched).where(Watched.submission_id.in_(numbers)))


def claim(session: Session, now: datetime) -> int | None:
    """Take a connector whose look is due, for this worker alone, or None.

    A provider that is being tested is left alone until that run is over. If the
    worker dies, the look is made an hour later.
    """
    busy = select(Submission.base_url).join(Run).where(Run.state == RunState.RUNNING)
    due = (
        select(Watched.submission_id)
        .join(Submission)
        .where(
            Watched.next_look_at <= now,
            Submission.state.in_(WATCHED_STATES),
            Submission.base_url.not_in(busy),
        )
        .order_by(Watched.next_look_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=Watched)
        .scalar_subquery()
    )
    return session.scalar(
        update(Watched)
        .where(Watched.submission_id == due, Watched.next_look_at <= now)
        .values(next_look_at=now + RETRY)
        .returning(Watched.submission_id)
    )


def note(
    session: Session, watched: Watched, seen: Sighting, now: datetime, grace: timedelta
) -> Change:
    """Keep what a look saw, and give what changed with it."""
    submission_id = watched.submission_id
    hold(session, watched.submission)
    session.add(Look(submission_id=submission_id, at=now, **asdict(seen)))
    session.flush()
    if seen.is_up:
        watched.next_look_at = next_time(submission_id, look_every(session), now)
    else:
        watched.next_look_at = now + RETRY
    current = [str(a) for a in alerts.alerts(looks(session, watched), now)]
    before, watched.alerts = set(watched.alerts), current
    was_suspended, was_resumed = judge(session, watched, now, grace)
    return Change(
        raised=tuple(a for a in current if a not in before),
        cleared=tuple(sorted(before - set(current))),
        was_suspended=was_suspended,
        was_resumed=was_resumed,
    )


def judge(
    session: Session, watched: Watched, now: datetime, grace: timedelta
) -> tuple[bool, bool]:
    """Suspend what has failed for longer than the grace; lift it when it passes.

    Only a verdict about what is written now counts: an outage leaves none. Gives
    what was done.
    """
    submission = watched.submission
    run = _judged(session, submission)
    if run is None:
        watched.failing_since = None
        return False, False
    if run.verdict == Verdict.CONFORMANT:
        watched.failing_since = None
        if submission.state == State.SUSPENDED:
            _resume(session, watched, run, SYSTEM, now)
            return False, True
        return False, False
    watched.failing_since = watched.failing_since or run.finished_at or now
    if submission.state == State.PUBLISHED and now - watched.failing_since > grace:
        _suspend(session, watched, now)
        return True, False
    return False, False


def lift(session: Session, watched: Watched, reviewer: Account, now: datetime) -> None:
    """Put a suspended connector back, with a new grace.

    Raises: NotAllowedError; ConflictError where it is not suspended.
    """
    hold(session, watched.submission)
    check_reviewer(session, watched.submission, reviewer)
    after(State(watched.submission.state), Action.RESUME)
    run = _judged(session, watched.submission)
    if run is None:
        raise NotFoundError(_("Ese conector no tiene pruebas terminadas."))
    watched.failing_since = now
    _resume(session, watched, run, reviewer.email, now)


def may_lift(session: Session, watched: Watched, account: Account) -> bool:
    """Tell whether there is a suspension and this person may lift it."""
    is_suspended = watched.submission.state == State.SUSPENDED
    return is_suspended and may_review(session, watched.submission, account)


def due_runs(session: Session, now: datetime) -> int:
    """Put in line the weekly runs that are due, a few at a time; give how many.

    The run after one without conclusion comes a day later, not a week.
    """
    db.alone(session, "watch")
    asked = (
        select(Watched)
        .join(Submission)
        .where(Watched.next_run_at <= now, Submission.state.in_(WATCHED_STATES))
        .order_by(Watched.next_run_at)
        .limit(max(MOST_WAITING - _waiting(session), 0))
    )
    made = 0
    found = session.scalars(asked).all()
    for watched in found:
        hold(session, watched.submission)
    for watched in found:
        submission = watched.submission
        last = _newest(session, submission)
        recent = last and last.finished_at and now - last.finished_at < DAY
        has_verdict = last is not None and last.verdict != Verdict.INCONCLUSIVE
        if recent and has_verdict:
            watched.next_run_at = next_time(submission.id, run_every(session), now)
            continue
        watched.next_run_at = now + DAY / 2 if recent else now + DAY
        if recent or active_run(session, submission):
            continue
        run = Run(
            submission=submission,
            requested_by=submission.owner_id,
            by_watch=True,
            queued_at=now,
        )
        session.add(run)
        session.flush()
        _log(session, submission, "watch_run", SYSTEM, now)
        made += 1
    return made


def _waiting(session: Session) -> int:
    asked = select(func.count()).select_from(Run)
    waits = Run.by_watch.is_(True) & (Run.state == RunState.QUEUED)
    return session.scalar(asked.where(waits)) or 0


def looks(session: Session, watched: Watched) -> Sequence[Look]:
    """Give the looks at a connector since it was listed, the newest first."""
    if watched not in session:
        # It was just listed: the looks there are, if any, are of another time.
        return []
    asked = select(Look).where(Look.submission_id == watched.submission_id)
    return session.scalars(asked.order_by(Look.id.desc()).limit(SHOWN_LOOKS)).all()


def find(session: Session, slug: str, now: datetime) -> Watched:
    """Give what is known of a watched connector.

    Raises: NotFoundError where it is not listed, nor suspended.
    """
    asked = (
        select(Submission, Watched)
        .outerjoin(Watched, Watched.submission_id == Submission.id)
        .options(lazyload(Watched.submission))
        .where(Submission.slug == slug, Submission.state.in_(WATCHED_STATES))
    )
    found = session.execute(asked).first()
    if found is None:
        raise NotFoundError(_("Ese recurso no está bajo vigilancia."))
    submission: Submission = found[0]
    watched: Watched | None = found[1]
    if watched is None or watched.round != submission.round:
        # Just published: the worker has not come round yet. Reading writes nothing.
        return _unseen(session, submission, now)
    set_committed_value(watched, "submission", submission)
    return watched


def uptime(seen: Sequence[Look]) -> float | None:
    """Give the share, 0 to 1, of the looks that found the provider up."""
    return sum(look.is_up for look in seen) / len(seen) if seen else None


def _judged(session: Session, submission: Submission) -> Run | None:
    return _newest(session, submission, Run.verdict != Verdict.INCONCLUSIVE)


def _newest(
    session: Session, submission: Submission, *conditions: ColumnElement[bool]
) -> Run | None:
    """Give the newest finished run about what is written now."""
    asked = select(Run).where(
        Run.submission_id == submission.id,
        Run.state == RunState.FINISHED,
        Run.queued_at >= submission.changed_at,
        *conditions,
    )
    return session.scalar(asked.order_by(Run.id.desc()).limit(1))


def _suspend(session: Session, watched: Watched, now: datetime) -> None:
    submission = watched.submission
    submission.state = after(State(submission.state), Action.SUSPEND)
    watched.suspended_at = now
    listing.withdraw(session, submission)
    _log(session, submission, Action.SUSPEND, SYSTEM, now)


def _resume(
    session: Session, watched: Watched, run: Run, actor: str, now: datetime
) -> None:
    submission = watched.submission
    submission.state = after(State(submission.state), Action.RESUME)
    watched.suspended_at = None
    listing.publish(session, submission, run, now)
    _log(session, submission, Action.RESUME, actor, now)


def _log(
    session: Session, submission: Submission, action: str, actor: str, now: datetime
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        subject=f"submission:{submission.id}",
        now=now,
        payload={"state": submission.state},
    )
