"""Review: the queue, the decisions, and what enough of them lead to.

Takes the session and the time. Nobody reviews what is theirs or of their
institution, and nobody counts twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, load_only, selectinload

from pdn_marketplace.accounts.models import User
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.errors import (
    ConflictError,
    NotAllowedError,
    SubmissionRejectedError,
)
from pdn_marketplace.organisations.models import Organisation
from pdn_marketplace.organisations.service import Interests
from pdn_marketplace.security import Role
from pdn_marketplace.submissions import audit, listing
from pdn_marketplace.submissions.models import Review, Run, Submission
from pdn_marketplace.submissions.service import current_run, hold
from pdn_marketplace.submissions.states import Action, Decision, RunState, State, after
from pdn_sdk.collation import fold
from pdn_sdk.conformance.results import Verdict

_ACTIONS = {
    Decision.APPROVE: Action.DECIDE,
    Decision.COMMENT: Action.DECIDE,
    Decision.REQUEST_CHANGES: Action.REQUEST_CHANGES,
    Decision.REJECT: Action.REJECT,
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a submission in the queue is chosen by; `verdict` is None without a run."""

    id: int
    standard: str
    environment: str
    base_url: str
    repository_url: str
    round: int
    verdict: str | None
    summary: Mapping[str, int]


def queue(session: Session, *, standard: str = "", verdict: str = "") -> list[Waiting]:
    """Give what waits for review, the oldest first, narrowed where asked.

    The verdict and the summary are of the `current_run` of each.
    """
    newest = (
        select(Run.id)
        .where(
            Run.submission_id == Submission.id,
            Run.state == RunState.FINISHED,
            Run.queued_at >= Submission.changed_at,
        )
        .order_by(Run.id.desc())
        .limit(1)
        .correlate(Submission)
        .scalar_subquery()
    )
    asked = (
        select(
            *(Submission.id, Submission.standard, Submission.environment),
            *(Submission.base_url, Submission.repository_url, Submission.round),
            *(Run.verdict, Run.summary),
        )
        .outerjoin(Run, Run.id == newest)
        .where(Submission.state == State.IN_REVIEW)
        .order_by(Submission.sent_at, Submission.id)
    )
    if standard:
        asked = asked.where(Submission.standard == standard)
    if verdict:
        asked = asked.where(Run.verdict == verdict)
    return [
        Waiting(
            id=row[0],
            standard=row[1],
            environment=row[2],
            base_url=row[3],
            repository_url=row[4],
            round=row[5],
            verdict=row[6],
            summary=row[7] or {},
        )
        for row in session.execute(asked)
    ]


def told(session: Session, ids: Sequence[int]) -> Mapping[int, Submission]:
    """Give some submissions with what a line of the queue tells of them."""
    asked = select(Submission).where(Submission.id.in_(ids))
    read = asked.options(
        load_only(
            *(Submission.name, Submission.standard, Submission.institution),
            *(Submission.sent_at, Submission.round),
            *(Submission.owner_id, Submission.organisation_id),
        ),
        joinedload(Submission.owner).load_only(User.organization),
        joinedload(Submission.organisation).load_only(Organisation.name),
        selectinload(Submission.reviews).lazyload(Review.reviewer),
        selectinload(Submission.contributors),
    )
    return {submission.id: submission for submission in session.scalars(read)}


def conflict(submission: Submission, reviewer: Account, interests: Interests) -> str:
    """Say why this person may not review the submission, or nothing.

    Nobody reviews what they wrote or moved, what is of an organisation where they
    are or were, what a colleague from one of those wrote, nor what is of the
    institution they name in their account.
    """
    contributors = {submission.owner_id, *(c.user_id for c in submission.contributors)}
    shares = (
        submission.organisation_id in interests.organisations
        or contributors & interests.colleagues
    )
    told = ""
    if reviewer.id in contributors:
        told = _("Usted trabajó en este conector, así que debe revisarlo otra persona.")
    elif shares:
        told = _(
            "Este conector es de una organización donde usted está o estuvo, así que "
            "debe revisarlo otra persona."
        )
    elif _is_of_institution(submission, reviewer):
        told = _(
            "Este conector es suyo o de su institución, así que debe revisarlo otra "
            "persona."
        )
    return told


def _is_of_institution(submission: Submission, reviewer: Account) -> bool:
    theirs = fold(reviewer.organization)
    named = {fold(submission.owner.organization), fold(submission.institution)}
    if submission.organisation is not None:
        named.add(fold(submission.organisation.name))
    return bool(theirs) and theirs in named


def approvals(submission: Submission) -> list[Review]:
    """Give the approvals of this round, one for each reviewer, oldest first."""
    given = {
        review.reviewer_id: review
        for review in submission.reviews
        if review.round == submission.round and review.decision == Decision.APPROVE
    }
    return sorted(given.values(), key=lambda review: review.id)


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
    """Take down what a reviewer says, and publish with the last approval needed.

    `run_id` is the run that the reviewer read; `needed` the number of reviewers.
    Raises: NotAllowedError for who may not review it; ConflictError in a state
    or with a verdict that does not allow it, or when the run is another by now;
    SubmissionRejectedError without a comment where one is due.
    """
    hold(session, submission)
    check_reviewer(session, submission, reviewer)
    if decision is not Decision.APPROVE and not comment.strip():
        raise SubmissionRejectedError(
            _("Escriba qué debe saber o corregir quien envió el conector.")
        )
    state = after(State(submission.state), _ACTIONS[decision])
    run = current_run(submission)
    if decision is Decision.APPROVE:
        _check_evidence(submission, reviewer, run, run_id)
    review = Review(
        submission_id=submission.id,
        run_id=run.id if run else None,
        reviewer_id=reviewer.id,
        round=submission.round,
        decision=decision,
        comment=comment.strip(),
        at=now,
    )
    session.add(review)
    submission.state = state
    _log(session, submission, reviewer.email, f"review_{decision}", now)
    session.refresh(submission, ["reviews"])
    if decision is Decision.APPROVE and len(approvals(submission)) >= needed:
        _publish(session, submission, run, reviewer, now)


def check_reviewer(session: Session, submission: Submission, reviewer: Account) -> None:
    """Refuse who may not review the submission.

    Raises: NotAllowedError saying why.
    """
    if not reviewer.reaches(Role.REVIEWER):
        raise NotAllowedError(_("Sólo quien revisa puede decidir sobre un conector."))
    reason = conflict(submission, reviewer, Interests.of(session, reviewer.id))
    if reason:
        raise NotAllowedError(reason)


def may_review(session: Session, submission: Submission, account: Account) -> bool:
    """Tell whether `check_reviewer` would let this person through."""
    return account.reaches(Role.REVIEWER) and not conflict(
        submission, account, Interests.of(session, account.id)
    )


def _check_evidence(
    submission: Submission, reviewer: Account, run: Run | None, run_id: int | None
) -> None:
    if run is None or run.id != run_id:
        raise ConflictError(
            _(
                "Mientras usted leía terminó otra prueba. Revise el resultado nuevo "
                "antes de aprobar."
            )
        )
    if run.verdict != Verdict.CONFORMANT:
        raise ConflictError(
            _(
                "Sólo se aprueba un conector conforme. Pida los cambios que faltan y "
                "se lo volverán a enviar."
            )
        )
    if any(review.reviewer_id == reviewer.id for review in approvals(submission)):
        raise ConflictError(
            _("Usted ya lo aprobó. Falta la aprobación de otra persona.")
        )


def _publish(
    session: Session,
    submission: Submission,
    run: Run | None,
    reviewer: Account,
    now: datetime,
) -> None:
    submission.state = after(State(submission.state), Action.APPROVE)
    _log(session, submission, reviewer.email, Action.APPROVE, now)
    submission.state = after(State(submission.state), Action.PUBLISH)
    if run is not None:
        listing.publish(session, submission, run, now)
    _log(session, submission, "sistema", Action.PUBLISH, now)


def visible(submission: Submission) -> Sequence[Review]:
    """Give what reviewers said, the newest first."""
    return submission.reviews


def _log(
    session: Session, submission: Submission, actor: str, action: str, now: datetime
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        subject=f"submission:{submission.id}",
        now=now,
        payload={"state": submission.state, "round": submission.round},
    )
