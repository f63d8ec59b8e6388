"""The second factor: a code of six digits from an app (TOTP, RFC 6238).

Takes a session and the time. Whoever reviews or administers needs one; the
secret is sealed, and a code serves once.
"""

from datetime import datetime

import pyotp
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pdn_marketplace.accounts import service
from pdn_marketplace.accounts.models import User, UserSession
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.errors import NotFoundError, SignInError
from pdn_marketplace.security import Vault

ISSUER = "Mercado Digital PDN"
PERIOD_S = 30
# A phone's clock may be this many periods early or late.
SLACK_PERIODS = 1


def is_active(session: Session, account: Account) -> bool:
    """Tell whether the account has a second factor already."""
    return bool(session.get_one(User, account.id).factor_secret)


def new_secret() -> str:
    """Make a secret to be kept by the person's app."""
    return pyotp.random_base32()


def address(secret: str, account: Account) -> str:
    """Give the otpauth:// address that an app reads from a QR code."""
    return pyotp.TOTP(secret, name=account.email, issuer=ISSUER).provisioning_uri()


def activate(
    session: Session,
    now: datetime,
    account: Account,
    *,
    secret: str,
    code: str,
    vault: Vault,
) -> None:
    """Keep a new secret, once the person shows a code of it, and pass the session.

    Raises: SignInError for a wrong code; NotFoundError where there is one already,
    which only the command line takes away.
    """
    user = session.get_one(User, account.id)
    if user.factor_secret:
        raise NotFoundError(_("Su cuenta ya tiene un segundo factor."))
    step = _step(session, now, account, secret, code, after=0)
    user.factor_secret, user.factor_step = vault.seal(secret), step
    service.mark_factor(session, account)


def give(
    session: Session, now: datetime, account: Account, *, code: str, vault: Vault
) -> None:
    """Pass the session with a code.

    Raises: SignInError for a wrong code, one that was used, or too many tries.
    """
    user = session.get_one(User, account.id)
    secret = vault.unseal(user.factor_secret)
    user.factor_step = _step(
        session, now, account, secret, code, after=user.factor_step
    )
    service.mark_factor(session, account)


def reset(session: Session, email: str) -> None:
    """Take the second factor off an account; only the command line calls this."""
    user = session.scalar(select(User).where(User.email == service.normal_email(email)))
    if user is None:
        raise NotFoundError(_("No hay ninguna cuenta con ese correo."))
    user.factor_secret, user.factor_step = "", 0
    session.execute(
        update(UserSession)
        .where(UserSession.user_id == user.id)
        .values(has_factor=False)
    )


def _step(
    session: Session,
    now: datetime,
    account: Account,
    secret: str,
    code: str,
    *,
    after: int,
) -> int:
    """Give the period of a right code that is newer than the last one used."""
    # Counted before it is looked at, so that tries side by side are counted too.
    service.count_failure(session, now, account.email)
    totp = pyotp.TOTP(secret, interval=PERIOD_S)
    typed = "".join(code.split())
    current = int(now.timestamp()) // PERIOD_S
    for step in range(current - SLACK_PERIODS, current + SLACK_PERIODS + 1):
        if step > after and pyotp.utils.strings_equal(totp.generate_otp(step), typed):
            service.forget_failures(session, account.email)
            return step
    raise SignInError(
        _(
            "El código no coincide. Escriba el que su aplicación muestra ahora; cada "
            "código sirve una sola vez."
        )
    )
