"""Which account of the site somebody of another site opens. Takes session and time.

An e-mail alone never opens an account that has a password: whoever has both links
them once, and from then on the number that the other site gives is what counts.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from pdn_marketplace.accounts import factor, service
from pdn_marketplace.accounts.models import Identity, User
from pdn_marketplace.accounts.oidc.client import Stranger
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.errors import (
    NotFoundError,
    SignInError,
    SubmissionRejectedError,
)
from pdn_marketplace.security import Role, Vault, hash_password, verify_password


def enter(
    session: Session,
    now: datetime,
    stranger: Stranger,
    browser: str,
    language: str = "es",
) -> Account | None:
    """Open a session of who is known or new; None where an account must be linked.

    Nobody could enter yet with an account whose e-mail was never confirmed: it
    becomes of who proves to have that e-mail, without the password it had.

    Raises: SignInError where an administrator disabled the account.
    """
    known = _known(session, stranger)
    if known is not None:
        return service.open_account(session, now, known, browser)
    email = service.normal_email(stranger.email)
    user = session.scalar(select(User).where(User.email == email))
    if user is not None and user.confirmed_at is not None:
        return None
    if user is None:
        user = User(email=email, organization="", role=Role.CONTRIBUTOR, created_at=now)
        user.language = language
        user.name = stranger.name or email.partition("@")[0]
        session.add(user)
    # Nobody knows it, so nobody enters with it.
    user.password_hash = hash_password(secrets.token_urlsafe(32))
    user.confirmed_at = now
    session.flush()
    _link(session, now, stranger, user.id)
    return service.open_account(session, now, user, browser)


def link(
    session: Session,
    now: datetime,
    stranger: Stranger,
    *,
    password: str,
    code: str,
    browser: str,
    vault: Vault,
    asks_factor: bool,
) -> Account:
    """Link the account that has the e-mail, with its password and second factor.

    Raises: SignInError for a wrong password or code, too many tries, or a second
    factor that is owed and was never activated.
    """
    account = service.sign_in(
        session, now, email=stranger.email, password=password, browser=browser
    )
    try:
        _demand_factor(
            session, now, account, code=code, vault=vault, asks_factor=asks_factor
        )
    except SignInError:
        service.sign_out(session, account.token)
        raise
    _link(session, now, stranger, account.id)
    return account


def identities(session: Session, account: Account) -> Sequence[Identity]:
    """Give what of other sites opens an account."""
    asked = select(Identity).where(Identity.user_id == account.id)
    return session.scalars(asked.order_by(Identity.id)).all()


def identity(session: Session, account: Account, number: int) -> Identity:
    """Give one of them.

    Raises: NotFoundError where the account has no such one.
    """
    found = session.get(Identity, number)
    if found is None or found.user_id != account.id:
        raise NotFoundError(_("Ese enlace ya no existe."))
    return found


def unlink(session: Session, account: Account, found: Identity, password: str) -> None:
    """Let go of an identity, and close the other sessions that it may have opened.

    Raises: SubmissionRejectedError for a wrong password: an open session alone is
    not enough, and without a password nobody could enter any more.
    """
    user = session.get_one(User, account.id)
    if not verify_password(password, user.password_hash):
        raise SubmissionRejectedError(
            _("La contraseña no es correcta. Escríbala otra vez.")
        )
    session.delete(found)
    service.close_other_sessions(session, account)


def needs_code(session: Session, email: str) -> bool:
    """Tell whether linking the account of an e-mail takes a code besides."""
    email = service.normal_email(email)
    return bool(session.scalar(select(User.factor_secret).where(User.email == email)))


def _demand_factor(
    session: Session,
    now: datetime,
    account: Account,
    *,
    code: str,
    vault: Vault,
    asks_factor: bool,
) -> None:
    if factor.is_active(session, account):
        factor.give(session, now, account, code=code, vault=vault)
    elif asks_factor and account.role is not Role.CONTRIBUTOR:
        raise SignInError(
            _(
                "Antes entre con correo y contraseña y active su segundo factor: "
                "quien revisa o administra lo necesita."
            )
        )


def _known(session: Session, stranger: Stranger) -> User | None:
    found = session.scalar(
        select(Identity).where(
            Identity.issuer == stranger.issuer, Identity.subject == stranger.subject
        )
    )
    if found is None:
        return None
    user = session.get_one(User, found.user_id)
    if user.deleted_at is None:
        return user
    session.delete(found)
    session.flush()
    return None


def _link(session: Session, now: datetime, stranger: Stranger, user_id: int) -> None:
    session.add(
        Identity(
            user_id=user_id,
            issuer=stranger.issuer,
            subject=stranger.subject,
            created_at=now,
        )
    )
    session.flush()
