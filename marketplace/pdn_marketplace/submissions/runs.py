"""Runs: ask for one, wait in line, follow it, and end it.

The database is the queue: the worker claims the oldest run that a person waits
for, and then those of the watch. Takes the session and the time. What the worker
does outside is in `jobs`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from pdn_marketplace import db, settings
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.errors import ConflictError, NotFoundError
from pdn_marketplace.submissions import audit, listing, reports
from pdn_marketplace.submissions.models import Run, Submission
from pdn_marketplace.submissions.service import active_run, hold, may_see
from pdn_marketplace.submissions.states import Action, RunState, State, after, allows
from pdn_sdk.conformance.report import Report
from pdn_sdk.conformance.results import Verdict
from pdn_sdk.conformance.words import sentence

DEAD_AFTER = timedelta(seconds=30)
MAX_ATTEMPTS = 2
SYSTEM = "sistema"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run is, for the page that follows it. Units: seconds.

    `position` counts from 1 the runs to come until this one; 0 when it is not
    waiting. `remaining_s` is None while it cannot be told.
    """

    state: RunState
    done: int
    total: int
    doing: str
    position: int
    remaining_s: int | None
    is_over: bool
    is_stalled: bool


@dataclass(frozen=True, slots=True)
class Past:
    """What the list of the runs of a connector tells of each."""

    id: int
    queued_at: datetime
    state: str
    verdict: str


def request(
    session: Session,
    submission: Submission,
    actor: Account,
    now: datetime,
) -> Run:
    """Put a run in line, in place of one of the watch that waits.

    Raises: ConflictError where one is under way, the account has too many, or
    the state of the submission does not allow it.
    """
    hold(session, submission)
    after(State(submission.state), Action.RUN)
    active = active_run(session, submission)
    gives_way = active and active.by_watch and active.state == RunState.QUEUED
    if active and not gives_way:
        raise ConflictError(
            _("Ya hay una prueba de este conector. Espere a que termine.")
        )
    _within_limits(session, actor, now)
    if active:
        said = _("Una persona pidió la prueba antes de que le tocara.")
        close(session, active, RunState.CANCELLED, said, now)
    run = Run(submission=submission, requested_by=actor.id, queued_at=now)
    session.add(run)
    session.flush()
    _log(session, run, "run", now, actor.email)
    return run


def _within_limits(session: Session, actor: Account, now: datetime) -> None:
    of_account = (Run.requested_by == actor.id) & Run.by_watch.is_(False)
    waiting = Run.state.in_((RunState.QUEUED, RunState.RUNNING))
    most = settings.read(session, settings.ACTIVE_RUNS)
    if _count(session, of_account, waiting) >= most:
        raise ConflictError(
            ngettext(
                "Tiene %(num)d prueba en curso. Espere a que termine.",
                "Tiene %(num)d pruebas en curso. Espere a que termine una.",
                most,
            )
        )
    today = Run.queued_at > now - timedelta(days=1)
    most = settings.read(session, settings.RUNS_A_DAY)
    if _count(session, of_account, today) >= most:
        raise ConflictError(
            ngettext(
                "Ya pidió %(num)d prueba en un día, que es el límite. Vuelva mañana.",
                "Ya pidió %(num)d pruebas en un día, que es el límite. Vuelva mañana.",
                most,
            )
        )


def find(session: Session, run_id: int, viewer: Account | None) -> Run:
    """Give a run to whoever may see its submission, or to anybody if it is public.

    Raises: NotFoundError for anybody else, as if it did not exist.
    """
    run = session.get(Run, run_id)
    if run is not None and (
        is_public(run) or (viewer is not None and may_see(run.submission, viewer))
    ):
        return run
    raise NotFoundError(_("No existe esa prueba, o no está a su nombre."))


def past(
    session: Session, submission: Submission, most: int | None
) -> tuple[Sequence[Past], int]:
    """Give the newest runs of a connector, at most so many, and how many it has."""
    of_all = func.count().over()
    asked = select(Run.id, Run.queued_at, Run.state, Run.verdict, of_all)
    told = asked.where(Run.submission_id == submission.id).order_by(Run.id.desc())
    rows = session.execute(told.limit(most)).all()
    return [Past(*row[:4]) for row in rows], rows[0][4] if rows else 0


def earlier(session: Session, run: Run, most: int = 50) -> Sequence[Run]:
    """Give the finished runs of the same connector before this one, newest first."""
    asked = select(Run).where(
        Run.submission_id == run.submission_id,
        Run.id < run.id,
        Run.state == RunState.FINISHED,
    )
    return session.scalars(asked.order_by(Run.id.desc()).limit(most)).all()


def is_public(run: Run) -> bool:
    """Tell whether the run is the one that a listed connector shows."""
    submission = run.submission
    return submission.state == State.PUBLISHED and submission.published_run_id == run.id


def standing(session: Session, run: Run, now: datetime) -> Standing:
    """Say where a run is."""
    state = RunState(run.state)
    seen_at = run.heartbeat_at or run.queued_at
    return Standing(
        state=state,
        done=run.done,
        total=run.total,
        doing=run.doing,
        position=_position(session, run) if state is RunState.QUEUED else 0,
        remaining_s=_remaining_s(run, now),
        is_over=state.is_over,
        is_stalled=state is RunState.RUNNING and now - seen_at > DEAD_AFTER,
    )


def _position(session: Session, run: Run) -> int:
    goes_before = (Run.by_watch == run.by_watch) & (Run.id < run.id)
    if run.by_watch:
        goes_before |= Run.by_watch.is_(False)
    ahead = or_(
        Run.state == RunState.RUNNING, (Run.state == RunState.QUEUED) & goes_before
    )
    return 1 + _count(session, ahead)


def _remaining_s(run: Run, now: datetime) -> int | None:
    if run.state != RunState.RUNNING or not run.started_at or run.done < 3:
        return None
    spent_s = (now - run.started_at).total_seconds()
    return round(spent_s / run.done * (run.total - run.done))


def cancel(session: Session, run: Run, actor: Account, now: datetime) -> None:
    """Take a run out of the line, or ask the worker to stop it.

    Raises: ConflictError where it is over already.
    """
    session.refresh(run, with_for_update=True)
    if RunState(run.state).is_over:
        raise ConflictError(_("La prueba ya había terminado."))
    run.cancel_requested = True
    if run.state == RunState.QUEUED:
        close(session, run, RunState.CANCELLED, _("La prueba se canceló."), now)
    _log(session, run, "cancel", now, actor.email)


def claim(session: Session, now: datetime, *, only_people: bool = False) -> Run | None:
    """Take the oldest run that waits, for this worker alone, or None.

    Those that people wait for go before those of the watch, and `only_people`
    leaves the latter where they are. A provider that is being tested is left alone
    until that run is over.
    """
    # So that two workers never take two runs of one provider.
    db.alone(session, "claim")
    busy = select(Submission.base_url).join(Run).where(Run.state == RunState.RUNNING)
    waiting = (
        select(Run.id)
        .join(Submission)
        .where(Run.state == RunState.QUEUED, Submission.base_url.not_in(busy))
        .order_by(Run.by_watch, Run.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Run)
    )
    if only_people:
        waiting = waiting.where(Run.by_watch.is_(False))
    taken = session.scalar(
        update(Run)
        .where(Run.id == waiting.scalar_subquery(), Run.state == RunState.QUEUED)
        .values(
            state=RunState.RUNNING,
            started_at=now,
            heartbeat_at=now,
            attempts=Run.attempts + 1,
            done=0,
            total=0,
            doing="",
        )
        .returning(Run.id)
    )
    return session.get(Run, taken, populate_existing=True) if taken else None


def beat(
    session: Session,
    claimed: Run,
    now: datetime,
    *,
    done: int,
    total: int,
    doing: str,
) -> bool:
    """Tell that the worker lives and how far it is; give whether to go on.

    It does not where the run was cancelled, or given up for dead meanwhile.
    """
    told = update(Run).where(*_still(claimed))
    values = {"heartbeat_at": now, "done": done, "total": total, "doing": doing[:300]}
    cancelled = session.scalar(told.values(**values).returning(Run.cancel_requested))
    return cancelled is False


def held(session: Session, claimed: Run) -> Run | None:
    """Give a claimed run as it is now, or None where it is another worker's."""
    hold(session, session.get_one(Submission, claimed.submission_id))
    return session.scalar(select(Run).where(*_still(claimed)).with_for_update(of=Run))


def _still(claimed: Run) -> tuple[ColumnElement[bool], ...]:
    return (
        Run.id == claimed.id,
        Run.state == RunState.RUNNING,
        Run.attempts == claimed.attempts,
    )


def conclude(session: Session, run: Run, report: Report, now: datetime) -> None:
    """Keep the report of a run and let the submission follow.

    A run that was cancelled keeps no report: half a run judges nobody.
    """
    if run.cancel_requested:
        close(session, run, RunState.CANCELLED, _("La prueba se canceló."), now)
        return
    if not report.checks:
        close(session, run, RunState.FAILED, our_fault(), now)
        return
    run.state, run.finished_at, run.message = RunState.FINISHED, now, ""
    run.verdict, run.summary = report.verdict, report.summary
    run.suite_version = report.suite["version"]
    run.sentence = sentence(report.checks, report.target["environment"])[:500]
    run.done = run.total = len(report.checks)
    reports.keep(session, run, report)
    _log(session, run, "finish", now, verdict=report.verdict)
    submission = run.submission
    is_told = report.verdict is not Verdict.INCONCLUSIVE
    if is_told and allows(State(submission.state), Action.CHECK):
        submission.state = after(State(submission.state), Action.CHECK)
        listing.refresh(session, submission, run, now)


def close(
    session: Session, run: Run, state: RunState, message: str, now: datetime
) -> None:
    """End a run that has no report, saying why."""
    run.state, run.message, run.finished_at = state, message[:500], now
    _log(session, run, state, now)


def sweep(session: Session, now: datetime) -> int:
    """Look after the runs of workers that died; give how many there were.

    The first time a run goes back to the line; the second it is closed.
    """
    # Those that another worker looks after at this moment are left to it.
    dead = (
        select(Run)
        .where(Run.state == RunState.RUNNING, Run.heartbeat_at < now - DEAD_AFTER)
        .with_for_update(skip_locked=True, of=Run)
    )
    found = list(session.scalars(dead))
    for run in found:
        if run.cancel_requested:
            close(session, run, RunState.CANCELLED, _("La prueba se canceló."), now)
        elif run.attempts < MAX_ATTEMPTS:
            run.state, run.done, run.doing = RunState.QUEUED, 0, ""
            _log(session, run, "retry", now)
        else:
            close(session, run, RunState.INTERRUPTED, _interrupted(), now)
    return len(found)


def our_fault() -> str:
    """Say that a run says nothing of the provider, and what to do."""
    return str(
        _(
            "La prueba no terminó por una falla nuestra; no dice nada de su API. "
            "Vuelva a pedirla, y si se repite avise a quien administra el sitio."
        )
    )


def _interrupted() -> str:
    return str(
        _(
            "La prueba se interrumpió dos veces por una falla nuestra. No dice nada "
            "de su API. Vuelva a pedirla; si se repite, avise a quien administra el "
            "sitio."
        )
    )


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    asked = select(func.count()).select_from(Run).where(*conditions)
    return session.scalar(asked) or 0


def _log(
    session: Session,
    run: Run,
    action: str,
    now: datetime,
    actor: str = SYSTEM,
    **payload: str,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"run_{action}" if action != "run" else "run_request",
        subject=f"submission:{run.submission_id}",
        now=now,
        payload={"run": run.id, "attempt": run.attempts, **payload},
    )
