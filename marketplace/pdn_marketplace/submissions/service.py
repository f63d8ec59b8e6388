"""Submissions: write them down, change them, send them to review, withdraw them.

Every rule about who may do what to a submission is here. Takes the session and
the time; knows nothing of requests. Runs are in `runs`, what they leave in
`reports`, decisions in `review`.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from pdn_marketplace.accounts.models import User
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.errors import (
    ConflictError,
    NotFoundError,
    SubmissionRejectedError,
)
from pdn_marketplace.organisations import places
from pdn_marketplace.organisations import service as organisations
from pdn_marketplace.security import Role, Vault
from pdn_marketplace.submissions import audit, listing
from pdn_marketplace.submissions.addresses import AddressRules, checked_address
from pdn_marketplace.submissions.models import Contributor, Run, Submission
from pdn_marketplace.submissions.states import Action, RunState, State, after
from pdn_sdk.standards import loader

ENVIRONMENTS = ("development", "production")
MAX_OPEN = 50
CURRENT_RUN = (
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
"""The newest finished run about what a submission says now, where there is one."""
TESTED = (
    "standard",
    "environment",
    "base_url",
    "token_url",
    "client_id",
    "username",
)
"""What a run puts to the test, besides the secrets."""
SECRETS = ("client_secret", "password", "token")


@dataclass(frozen=True, slots=True)
class Details:
    """What a person writes about a connector. A blank secret keeps the one there is."""

    name: str
    abstract: str
    description: str
    institution: str
    maintainer: str
    standard: str
    environment: str
    base_url: str
    contact_email: str
    token_url: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    contact_phone: str = ""
    repository_url: str = ""
    documentation_url: str = ""
    licence: str = ""
    entity: str = ""
    level: str = ""


def create(
    session: Session,
    owner: Account,
    details: Details,
    *,
    vault: Vault,
    rules: AddressRules,
    now: datetime,
    organisation_id: int | None = None,
) -> Submission:
    """Write down a new submission, in draft, of a person or an organisation of theirs.

    Raises: NotFoundError for an organisation that is not theirs;
    ForbiddenAddressError; SubmissionRejectedError saying what to change.
    """
    _check(details, rules)
    if organisation_id is not None:
        organisations.find(session, organisation_id, owner)
    if len(mine(session, owner)) >= MAX_OPEN:
        raise SubmissionRejectedError(
            _("Ya tiene %(n)d conectores. Retire los que no use.", n=MAX_OPEN)
        )
    submission = Submission(
        owner_id=owner.id,
        organisation_id=organisation_id,
        state=State.DRAFT,
        created_at=now,
        changed_at=now,
    )
    _write(submission, details, vault, now)
    session.add(submission)
    session.flush()
    log_step(session, submission, owner, "create", now)
    return submission


def hold(session: Session, submission: Submission) -> None:
    """Let nobody else change a submission until this transaction ends.

    It is read anew: another process may have changed it a moment ago. Writing, and
    not only reading, is what makes SQLite wait as well.
    """
    session.execute(
        update(Submission)
        .where(Submission.id == submission.id)
        .values(round=Submission.round)
        .execution_options(synchronize_session=False)
    )
    session.refresh(submission)


def edit(
    session: Session,
    submission: Submission,
    actor: Account,
    details: Details,
    *,
    vault: Vault,
    rules: AddressRules,
    now: datetime,
) -> None:
    """Change a submission; what the runs test makes the last verdict void.

    Raises: ConflictError in a state that does not allow it or during a run;
    ForbiddenAddressError; SubmissionRejectedError.
    """
    _check(details, rules)
    hold(session, submission)
    if active_run(session, submission):
        raise ConflictError(
            _("Hay una prueba en curso. Espere a que termine o cancélela.")
        )
    changes_test = any(getattr(details, name) for name in SECRETS) or any(
        getattr(submission, name) != getattr(details, name) for name in TESTED
    )
    action = Action.EDIT if changes_test else Action.EDIT_TEXT
    submission.state = after(State(submission.state), action)
    if changes_test:
        submission.changed_at = now
    _write(submission, details, vault, now)
    log_step(session, submission, actor, action, now)


def mine(session: Session, owner: Account) -> list[tuple[Submission, str]]:
    """Give what an account works on and is not withdrawn, newest first.

    Each with the verdict of its `current_run`, empty without one.
    """
    theirs = [m.organisation_id for m in organisations.mine(session, owner)]
    asked = (
        select(Submission, Run.verdict)
        .outerjoin(Run, Run.id == CURRENT_RUN)
        .where(
            or_(
                (Submission.owner_id == owner.id)
                & Submission.organisation_id.is_(None),
                Submission.organisation_id.in_(theirs),
            ),
            Submission.state != State.WITHDRAWN,
        )
        .order_by(Submission.id.desc())
    )
    return [(each, verdict or "") for each, verdict in session.execute(asked)]


def find(session: Session, submission_id: int, viewer: Account) -> Submission:
    """Give a submission to who works on it, or to a reviewer once it was sent.

    Raises: NotFoundError for anybody else, as if it did not exist.
    """
    submission = session.get(Submission, submission_id)
    if submission is None or not may_see(submission, viewer):
        raise NotFoundError(_("No existe ese conector, o no está a su nombre."))
    return submission


def find_own(session: Session, submission_id: int, owner: Account) -> Submission:
    """Give a submission only to who works on it.

    Raises: NotFoundError for anybody else, as if it did not exist.
    """
    submission = session.get(Submission, submission_id)
    if submission is None or not works_on(submission, owner):
        raise NotFoundError(_("No existe ese conector, o no está a su nombre."))
    return submission


def works_on(submission: Submission, account: Account) -> bool:
    """Tell whether the submission is theirs, or of an organisation they are in."""
    if submission.organisation is not None:
        return submission.organisation.has(account.id)
    return submission.owner_id == account.id


def people(submission: Submission) -> list[User]:
    """Give who works on a submission today."""
    if submission.organisation is None:
        return [submission.owner]
    return [m.user for m in submission.organisation.memberships if m.is_open]


def may_see(submission: Submission, viewer: Account) -> bool:
    """Tell whether the account may know of the submission."""
    if works_on(submission, viewer) or viewer.reaches(Role.ADMINISTRATOR):
        return True
    return viewer.reaches(Role.REVIEWER) and submission.sent_at is not None


def active_run(session: Session, submission: Submission) -> Run | None:
    """Give the run that is waiting or running, or None."""
    asked = select(Run).where(
        Run.submission_id == submission.id,
        Run.state.in_([state for state in RunState if not state.is_over]),
    )
    return session.scalar(asked.order_by(Run.id.desc()).limit(1))


def current_run(session: Session, submission: Submission) -> Run | None:
    """Give the newest finished run about what is written now, or None."""
    asked = select(Run).join(Submission, Run.id == CURRENT_RUN)
    return session.scalar(asked.where(Submission.id == submission.id))


def send(
    session: Session, submission: Submission, actor: Account, now: datetime
) -> None:
    """Send a tested submission to the reviewers.

    Raises: ConflictError where it was not tested since its last change, or
    where the run said nothing of the provider.
    """
    hold(session, submission)
    run = current_run(session, submission)
    if run is None or run.verdict not in ("conformant", "non_conformant"):
        raise ConflictError(
            _(
                "Falta una prueba terminada de lo que está escrito ahora. Pruebe el "
                "conector y, con el veredicto, envíelo a revisión."
            )
        )
    submission.state = after(State(submission.state), Action.SEND)
    submission.sent_at = now
    submission.round += 1
    log_step(session, submission, actor, Action.SEND, now)


def withdraw(
    session: Session, submission: Submission, actor: Account, now: datetime
) -> None:
    """Take a submission back, and off the catalogue if it was listed.

    Raises: ConflictError in a state that does not allow it or during a run.
    """
    hold(session, submission)
    if active_run(session, submission):
        raise ConflictError(
            _("Hay una prueba en curso. Espere a que termine o cancélela.")
        )
    was_listed = submission.state == State.PUBLISHED
    submission.state = after(State(submission.state), Action.WITHDRAW)
    if was_listed:
        listing.withdraw(session, submission)
    # Nothing will call the provider again: its secrets are not kept.
    for name in SECRETS:
        setattr(submission, name, "")
    submission.credentials_at = None
    log_step(session, submission, actor, Action.WITHDRAW, now)


def reopen(
    session: Session, submission: Submission, actor: Account, now: datetime
) -> None:
    """Bring a withdrawn submission back, in draft."""
    hold(session, submission)
    submission.state = after(State(submission.state), Action.REOPEN)
    submission.changed_at = now
    log_step(session, submission, actor, Action.REOPEN, now)


def hand_over(
    session: Session,
    submission: Submission,
    actor: Account,
    organisation_id: int,
    now: datetime,
) -> None:
    """Give a submission of a person to an organisation where they are.

    Raises: ConflictError where it is of an organisation already; NotFoundError
    for one that is not theirs.
    """
    hold(session, submission)
    if submission.organisation is not None:
        raise ConflictError(_("El conector ya es de una organización."))
    organisation, _seat = organisations.find(session, organisation_id, actor)
    submission.organisation = organisation
    log_step(session, submission, actor, "hand_over", now)


def _check(details: Details, rules: AddressRules) -> None:
    if details.standard not in {s.key for s in loader.all_standards()}:
        raise SubmissionRejectedError(_("Elija uno de los sistemas de la lista."))
    if details.environment not in ENVIRONMENTS:
        raise SubmissionRejectedError(_("Elija desarrollo o producción."))
    places.check(details.entity, details.level)
    for url in (details.base_url, details.token_url):
        if url:
            checked_address(url, rules)


def _write(
    submission: Submission, details: Details, vault: Vault, now: datetime
) -> None:
    values = asdict(details)
    for name in SECRETS:
        secret = values.pop(name)
        if secret:
            setattr(submission, name, vault.seal(secret))
            submission.credentials_at = now
    for name, value in values.items():
        setattr(submission, name, value)


def log_step(
    session: Session, submission: Submission, actor: Account, action: str, now: datetime
) -> None:
    """Write the step down, and who took it as one who never reviews this."""
    session.merge(Contributor(submission_id=submission.id, user_id=actor.id))
    audit.record(
        session,
        actor=actor.email,
        action=action,
        subject=f"submission:{submission.id}",
        now=now,
        payload={"state": submission.state, "round": submission.round},
    )
