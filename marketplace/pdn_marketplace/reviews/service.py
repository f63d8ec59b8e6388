"""Every rule of the bench: who observes, answers, closes, passes on and decides.

Takes the session and the time. Whoever may not review a submission may not write
in its bench either; whoever works on it may only answer.
"""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pdn_marketplace.accounts import service as accounts
from pdn_marketplace.accounts.models import User
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.errors import (
    ConflictError,
    NotAllowedError,
    NotFoundError,
    SubmissionRejectedError,
)
from pdn_marketplace.organisations.service import Interests
from pdn_marketplace.reviews.models import Delegation, Observation, Paper, Reply
from pdn_marketplace.security import Role
from pdn_marketplace.submissions import audit, review
from pdn_marketplace.submissions.models import Contributor, Submission
from pdn_marketplace.submissions.review import Ties
from pdn_marketplace.submissions.service import (
    current_run,
    hold,
    may_see,
    works_on,
)
from pdn_marketplace.submissions.states import Decision, State

MAX_REPLIES = 100


def observations(session: Session, submission: Submission) -> Sequence[Observation]:
    """Give what was observed: the open ones first, the oldest first."""
    asked = select(Observation).where(Observation.submission_id == submission.id)
    order = Observation.closed_at.is_not(None), Observation.id
    return session.scalars(asked.order_by(*order)).all()


def counts(session: Session, submission: Submission) -> dict[str, int]:
    """Count the observations, those open, and the papers of a submission."""
    observed = Observation.submission_id == submission.id
    asked = select(
        select(func.count()).where(observed).scalar_subquery().label("all"),
        select(func.count())
        .where(observed, Observation.closed_at.is_(None))
        .scalar_subquery()
        .label("open"),
        select(func.count())
        .where(Paper.submission_id == submission.id)
        .scalar_subquery()
        .label("papers"),
    )
    return dict(session.execute(asked).one()._mapping)


def find_observation(
    session: Session, observation_id: int, viewer: Account
) -> Observation:
    """Give an observation to whoever may see its submission.

    Raises: NotFoundError for anybody else, as if it did not exist.
    """
    found = session.get(Observation, observation_id)
    if found is None or not may_see(found.submission, viewer):
        raise NotFoundError(_("No existe esa observación."))
    return found


def observe(
    session: Session,
    submission: Submission,
    reviewer: Account,
    *,
    check_id: str,
    text: str,
    now: datetime,
) -> Observation:
    """Ask something about a finding, or about the whole with an empty `check_id`.

    Raises: NotAllowedError for who may not review it; ConflictError where it is
    not in review; SubmissionRejectedError without a text.
    """
    review.check_reviewer(session, submission, reviewer)
    _in_review(submission)
    run = current_run(session, submission)
    made = Observation(
        submission_id=submission.id,
        run_id=run.id if run else None,
        check_id=check_id[:60],
        author_id=reviewer.id,
        text=_written(text),
        round=submission.round,
        created_at=now,
    )
    session.add(made)
    session.flush()
    _log(session, submission, reviewer, "observe", now, observation=made.id)
    return made


def reply(
    session: Session,
    observation: Observation,
    author: Account,
    *,
    text: str,
    now: datetime,
) -> None:
    """Answer in the thread of an open observation.

    Raises: NotAllowedError for who neither works on it nor may review it;
    ConflictError where it is closed; SubmissionRejectedError without a text.
    """
    submission = observation.submission
    if works_on(submission, author):
        session.merge(Contributor(submission_id=submission.id, user_id=author.id))
    else:
        review.check_reviewer(session, submission, author)
    if not observation.is_open or len(observation.replies) >= MAX_REPLIES:
        raise ConflictError(_("La observación ya se cerró: no admite más respuestas."))
    session.add(
        Reply(
            observation_id=observation.id,
            author_id=author.id,
            text=_written(text),
            at=now,
        )
    )
    _log(session, submission, author, "reply", now, observation=observation.id)
    session.expire(observation, ["replies"])


def set_open(
    session: Session,
    observation: Observation,
    reviewer: Account,
    *,
    is_open: bool,
    now: datetime,
) -> None:
    """Close an observation that was answered, or open it again.

    Raises: NotAllowedError for who may not review it; ConflictError where it is
    so already.
    """
    review.check_reviewer(session, observation.submission, reviewer)
    if observation.is_open is is_open:
        raise ConflictError(_("Alguien ya lo hizo. Actualice la página."))
    observation.closed_at = None if is_open else now
    observation.closed_by = None if is_open else reviewer.id
    action = "observation_open" if is_open else "observation_close"
    _log(
        session,
        observation.submission,
        reviewer,
        action,
        now,
        observation=observation.id,
    )


def decide(
    session: Session,
    submission: Submission,
    reviewer: Account,
    decision: Decision,
    *,
    comment: str,
    run_id: int | None,
    needed: int,
    now: datetime,
) -> None:
    """Take down a decision; nothing is approved with open observations.

    Raises: as `review.decide` does; ConflictError also for open observations.
    """
    hold(session, submission)
    review.check_reviewer(session, submission, reviewer)
    waiting = sum(o.is_open for o in observations(session, submission))
    if decision is Decision.APPROVE and waiting:
        raise ConflictError(
            ngettext(
                "Queda %(num)d observación abierta. Ciérrela si ya está atendida, o "
                "pida los cambios.",
                "Quedan %(num)d observaciones abiertas. Ciérrelas si ya están "
                "atendidas, o pida los cambios.",
                waiting,
            )
        )
    review.decide(
        session,
        submission,
        reviewer,
        decision,
        comment=comment,
        run_id=run_id,
        needed=needed,
        now=now,
    )


def delegates(session: Session, submission: Submission) -> list[Account]:
    """Give the reviewers who may have the submission, by name."""
    asked = select(User).where(
        User.role.in_((Role.REVIEWER, Role.ADMINISTRATOR)), User.deleted_at.is_(None)
    )
    people = [
        accounts.account_of_user(u) for u in session.scalars(asked.order_by(User.name))
    ]
    ties, interests = Ties.of(submission), Interests.of(session, [p.id for p in people])
    return [p for p in people if not review.conflict(ties, p, interests[p.id])]


def delegate(
    session: Session,
    submission: Submission,
    actor: Account,
    *,
    to_id: int,
    reason: str,
    now: datetime,
) -> Account:
    """Pass a submission to a reviewer, or take it for oneself.

    Raises: NotAllowedError for who may not review it; ConflictError where it is
    not in review; SubmissionRejectedError for a person who may not have it.
    """
    review.check_reviewer(session, submission, actor)
    _in_review(submission)
    to = next((p for p in delegates(session, submission) if p.id == to_id), None)
    if to is None:
        raise SubmissionRejectedError(
            _("Esa persona no puede revisar este conector. Elija otra de la lista.")
        )
    session.add(
        Delegation(
            submission_id=submission.id,
            from_id=actor.id,
            to_id=to.id,
            reason=" ".join(reason.split())[:500],
            round=submission.round,
            at=now,
        )
    )
    _log(session, submission, actor, "delegate", now, to=to.id)
    return to


def may_write(session: Session, submission: Submission, account: Account) -> bool:
    """Tell whether the account may review the submission."""
    try:
        review.check_reviewer(session, submission, account)
    except NotAllowedError:
        return False
    return True


def _in_review(submission: Submission) -> None:
    if submission.state != State.IN_REVIEW:
        raise ConflictError(
            _("El conector ya no está en revisión. Vuelva a abrir la fila.")
        )


def _written(text: str) -> str:
    written = text.strip()
    if not written:
        raise SubmissionRejectedError(_("Escriba el texto."))
    return written[:4000]


def _log(
    session: Session,
    submission: Submission,
    actor: Account,
    action: str,
    now: datetime,
    **payload: int,
) -> None:
    audit.record(
        session,
        actor=actor.email,
        action=action,
        subject=f"submission:{submission.id}",
        now=now,
        payload={"state": submission.state, "round": submission.round, **payload},
    )
