"""The second factor: a code of six digits from an app (TOTP, RFC 6238).

Takes a session and the time. Whoever reviews or administers needs one; the
secret is sealed, and a code serves once.
"""

import hashlib
from datetime import datetime, timedelta

import pyotp
from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from pdn_marketplace import db
from pdn_marketplace.accounts import service
from pdn_marketplace.accounts.models import FailedSignIns, User, UserSession
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.errors import FactorLockedError, NotFoundError, SignInError
from pdn_marketplace.security import Vault

ISSUER = "Mercado Digital PDN"
PERIOD_S = 30
# A phone's clock may be this many periods early or late.
SLACK_PERIODS = 1
MAX_FAILURES = 5
PAUSE = timedelta(minutes=15)
MAX_DOUBLINGS = 6
"""The pause after each few wrong codes is twice the one before, up to 16 hours."""


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
    forget_failures(session, user.email)
    session.execute(
        update(UserSession)
        .where(UserSession.user_id == user.id)
        .values(has_factor=False)
    )


def forget_failures(session: Session, email: str) -> None:
    """Begin to count wrong codes anew: after a right one, or by who administers."""
    session.execute(
        delete(FailedSignIns).where(FailedSignIns.email_hash == _counter(email))
    )


def paused_minutes(session: Session, now: datetime, email: str) -> int:
    """Give for how many minutes no code of an account is looked at; 0 for none."""
    found = session.get(FailedSignIns, _counter(email))
    if found is None or found.failures < MAX_FAILURES:
        return 0
    left = found.last_at + _pause(found.failures) - now
    return max(0, -(-left // timedelta(minutes=1)))


def _step(
    session: Session,
    now: datetime,
    account: Account,
    secret: str,
    code: str,
    *,
    after: int,
) -> int:
    """Give the period of a right code that is newer than the last one used.

    A right password forgets no wrong code: who knows it cannot try them all.
    """
    # One try at a time, so that tries side by side are counted too.
    db.alone(session, f"factor:{account.id}")
    minutes = paused_minutes(session, now, account.email)
    if minutes:
        raise SignInError(_paused(minutes))
    failures = _count(session, now, account.email)
    totp = pyotp.TOTP(secret, interval=PERIOD_S)
    typed = "".join(code.split())
    current = int(now.timestamp()) // PERIOD_S
    for step in range(current - SLACK_PERIODS, current + SLACK_PERIODS + 1):
        if step > after and pyotp.utils.strings_equal(totp.generate_otp(step), typed):
            forget_failures(session, account.email)
            return step
    if failures % MAX_FAILURES == 0:
        minutes = _pause(failures) // timedelta(minutes=1)
        raise FactorLockedError(_paused(minutes), minutes)
    raise SignInError(
        _(
            "El código no coincide. Escriba el que su aplicación muestra ahora; cada "
            "código sirve una sola vez."
        )
    )


def _count(session: Session, now: datetime, email: str) -> int:
    """Count a code before it is looked at; give how many were wrong in a row."""
    found = session.get(FailedSignIns, _counter(email))
    if found is None:
        found = FailedSignIns(email_hash=_counter(email), failures=0, last_at=now)
        session.add(found)
    found.failures += 1
    found.last_at = now
    session.flush()
    return found.failures


def _pause(failures: int) -> timedelta:
    """Give the pause that so many failures in a row ask for; none between them."""
    if failures % MAX_FAILURES:
        return timedelta()
    doublings = min(failures // MAX_FAILURES - 1, MAX_DOUBLINGS)
    pause: timedelta = PAUSE * 2**doublings
    return pause


def _paused(minutes: int) -> str:
    said: str = _(
        "Hubo demasiados intentos con códigos equivocados y quedaron en pausa. Espere "
        "%(minutes)s minutos e inténtelo otra vez; le avisamos por correo.",
        minutes=minutes,
    )
    return said


def _counter(email: str) -> str:
    told = f"factor:{service.normal_email(email)}"
    return hashlib.sha256(told.encode()).hexdigest()
