"""Deleting an account: what goes, what stays without a name, what stands in the way.

What others rely on stays: decisions, observations and the log, under the number
of the account; and the papers that were issued, as they were signed.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pdn_marketplace.accounts.models import ApiToken, Identity, User, UserSession
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.errors import ConflictError, SubmissionRejectedError
from pdn_marketplace.organisations import service as organisations
from pdn_marketplace.organisations.models import Invitation, Membership
from pdn_marketplace.security import Role, hash_password, verify_password
from pdn_marketplace.submissions import audit
from pdn_marketplace.submissions import service as submissions
from pdn_marketplace.submissions.models import Submission
from pdn_marketplace.submissions.pictures import service as pictures
from pdn_marketplace.submissions.states import Action, State, allows

NAME = "Cuenta eliminada"


def obstacles(session: Session, account: Account) -> list[str]:
    """Say what the person must settle before their account can be deleted."""
    told = [
        _(
            "Es la única persona responsable de %(name)s: nombre antes a otra.",
            name=m.organisation.name,
        )
        for m in organisations.mine(session, account)
        if _leaves_others(session, m)
    ]
    told += [
        _("Hay una prueba en curso de %(name)s: espere o cancélela.", name=s.name)
        for s in own(session, account)
        if submissions.active_run(session, s)
    ]
    if account.role is Role.ADMINISTRATOR and _is_last_administrator(session, account):
        told.append(_("Es la única persona que administra el sitio."))
    return told


def own(session: Session, account: Account) -> Sequence[Submission]:
    """Give the connectors of the person alone, which go with the account."""
    asked = select(Submission).where(
        Submission.owner_id == account.id, Submission.organisation_id.is_(None)
    )
    return session.scalars(asked.order_by(Submission.id)).all()


def erase(
    session: Session, account: Account, password: str, now: datetime, data: Path
) -> None:
    """Delete an account: withdraw what is its alone, and take its names away.

    `data` is the folder where pictures lie.

    Raises: SubmissionRejectedError for a wrong password; ConflictError where
    something is to be settled before.
    """
    user = session.get_one(User, account.id)
    if not verify_password(password, user.password_hash):
        raise SubmissionRejectedError(
            _("La contraseña no es correcta. Escríbala otra vez.")
        )
    for submission in own(session, account):
        submissions.hold(session, submission)
    standing = obstacles(session, account)
    if standing:
        raise ConflictError(" ".join(standing))
    for submission in own(session, account):
        _let_go(session, submission, account, now)
        pictures.forget(session, submission, data)
    for membership in organisations.mine(session, account):
        membership.left_at = now
    audit.record(
        session,
        actor=account.email,
        action="account_delete",
        subject=f"account:{account.id}",
        now=now,
    )
    _take_names_away(session, user, now)


def _let_go(
    session: Session, submission: Submission, account: Account, now: datetime
) -> None:
    if allows(State(submission.state), Action.WITHDRAW):
        submissions.withdraw(session, submission, account, now)
    for name in submissions.SECRETS:
        setattr(submission, name, "")
    submission.credentials_at = None
    submission.contact_email = submission.contact_phone = ""


def _take_names_away(session: Session, user: User, now: datetime) -> None:
    session.execute(delete(ApiToken).where(ApiToken.user_id == user.id))
    session.execute(delete(UserSession).where(UserSession.user_id == user.id))
    session.execute(delete(Identity).where(Identity.user_id == user.id))
    session.execute(
        delete(Invitation).where(
            (Invitation.email == user.email) | (Invitation.invited_by == user.id)
        )
    )
    user.email = f"eliminada-{user.id}@cuenta.invalid"
    user.name, user.organization = NAME, ""
    user.role = Role.CONTRIBUTOR
    # Nobody knows it, so nobody enters with it.
    user.password_hash = hash_password(secrets.token_urlsafe(32))
    user.factor_secret, user.factor_step = "", 0
    user.confirmed_at, user.deleted_at = None, now


def _leaves_others(session: Session, membership: Membership) -> bool:
    """Would people or listed connectors be left with nobody to manage them?"""
    organisation = membership.organisation
    if not organisations.is_last_manager(session, organisation, membership.user_id):
        return False
    others = len(organisations.members(session, organisation)) > 1
    kept = select(Submission.id).where(
        Submission.organisation_id == organisation.id,
        Submission.state != State.WITHDRAWN,
    )
    return others or session.scalar(kept.limit(1)) is not None


def _is_last_administrator(session: Session, account: Account) -> bool:
    asked = select(User.id).where(
        User.role == Role.ADMINISTRATOR,
        User.deleted_at.is_(None),
        User.disabled_at.is_(None),
        User.id != account.id,
    )
    return session.scalar(asked.limit(1)) is None
