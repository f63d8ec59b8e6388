"""Review: the queue, the decisions, and what enough of them lead to.

Takes the session and the time. Nobody reviews what is theirs or of their
institution, and nobody counts twice.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

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
from pdn_marketplace.submissions.models import Contributor, Review, Run, Submission
from pdn_marketplace.submissions.service import CURRENT_RUN, current_run, hold
from pdn_marketplace.submissions.states import Action, Decision, State, after
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


@dataclass(frozen=True, slots=True)
class Ties:
    """Whose a submission is: what forbids to review it, see `conflict`.

    `people` wrote or moved it; `institutions` are folded names.
    """

    people: frozenset[int]
    organisation_id: int | None
    institutions: frozenset[str]

    @classmethod
    def of(cls, submission: Submission) -> "Ties":
        """Read them off a whole submission."""
        owner, organisation = submission.owner, submission.organisation
        return cls(
            frozenset((owner.id, *(c.user_id for c in submission.contributors))),
            submission.organisation_id,
            _folded(
                submission.institution,
                owner.organization,
                organisation.name if organisation else None,
            ),
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What a line of the queue tells of a submission."""

    name: str
    institution: str
    sent_at: datetime
    approvals: int
    ties: Ties


def queue(session: Session, *, standard: str = "", verdict: str = "") -> list[Waiting]:
    """Give what waits for review, the oldest first, narrowed where asked.

    The verdict and the summary are of the `current_run` of each.
    """
    asked = (
        select(
            *(Submission.id, Submission.standard, Submission.environment),
            *(Submission.base_url, Submission.repository_url, Submission.round),
            *(Run.verdict, Run.summary),
        )
        .outerjoin(Run, Run.id == CURRENT_RUN)
        .where(Submission.state == State.IN_REVIEW)
        .order_by(Submission.sent_at, Submission.id)
    )
    if standard:
        asked = asked.where(Submission.standard == standard)
    if verdict:
        asked = asked.where(Run.verdict == verdict)
    return [Waiting(*row[:7], row[7] or {}) for row in session.execute(asked)]


def told(session: Session, ids: Sequence[int]) -> Mapping[int, Told]:
    """Give what a line of the queue tells of some submissions."""
    given = (
        select(func.count(Review.reviewer_id.distinct()))
        .where(
            Review.submission_id == Submission.id,
            Review.round == Submission.round,
            Review.decision == Decision.APPROVE,
        )
        .scalar_subquery()
    )
    asked = (
        select(
            *(Submission.id, Submission.name, Submission.institution),
            *(Submission.sent_at, Submission.owner_id, Submission.organisation_id),
            given.label("approvals"),
            User.organization.label("workplace"),
            Organisation.name.label("organisation"),
        )
        .join(Submission.owner)
        .outerjoin(Submission.organisation)
        .where(Submission.id.in_(ids))
    )
    people = _contributors(session, ids)
    return {
        row.id: Told(
            name=row.name,
            institution=row.institution,
            sent_at=row.sent_at,
            approvals=row.approvals,
            ties=Ties(
                people=frozenset((row.owner_id, *people[row.id])),
                organisation_id=row.organisation_id,
                institutions=_folded(row.institution, row.workplace, row.organisation),
            ),
        )
        for row in session.execute(asked)
    }


def _contributors(session: Session, ids: Sequence[int]) -> Mapping[int, list[int]]:
    asked = select(Contributor.submission_id, Contributor.user_id)
    of_some = asked.where(Contributor.submission_id.in_(ids))
    found: dict[int, list[int]] = defaultdict(list)
    for submission_id, user_id in session.execute(of_some):
        found[submission_id].append(user_id)
    return found


def _folded(*names: str | None) -> frozenset[str]:
    return frozenset(fold(name) for name in names if name) - {""}


def conflict(ties: Ties, reviewer: Account, interests: Interests) -> str:
    """Say why this person may not review what has those ties, or nothing.

    Nobody reviews what they wrote or moved, what is of an organisation where they
    are or were, what a colleague from one of those wrote, nor what is of the
    institution they name in their account.
    """
    shares = (
        ties.organisation_id in interests.organisations
        or ties.people & interests.colleagues
    )
    told = ""
    if reviewer.id in ties.people:
        told = _("Usted trabajó en este conector, así que debe revisarlo otra persona.")
    elif shares:
        told = _(
            "Este conector es de una organización donde usted está o estuvo, así que "
            "debe revisarlo otra persona."
        )
    elif fold(reviewer.organization) in ties.institutions:
        told = _(
            "Este conector es suyo o de su institución, así que debe revisarlo otra "
            "persona."
        )
    return told


def conflict_of(session: Session, submission: Submission, reviewer: Account) -> str:
    """Say the `conflict` of one submission and one person."""
    interests = Interests.of(session, [reviewer.id])[reviewer.id]
    return conflict(Ties.of(submission), reviewer, interests)


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
    run = current_run(session, submission)
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
    reason = conflict_of(session, submission, reviewer)
    if reason:
        raise NotAllowedError(reason)


def may_review(session: Session, submission: Submission, account: Account) -> bool:
    """Tell whether `check_reviewer` would let this person through."""
    return account.reaches(Role.REVIEWER) and not conflict_of(
        session, submission, account
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
