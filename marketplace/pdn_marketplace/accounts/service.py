"""Every rule about people: signing up and in, lockout, sessions, passwords.

Takes a session and the time; gives plain objects. A refusal never tells
whether an e-mail has an account.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pdn_marketplace import db
from pdn_marketplace.accounts.models import ApiToken, FailedSignIns, User, UserSession
from pdn_marketplace.errors import (
    ConflictError,
    NotFoundError,
    SignInError,
    SubmissionRejectedError,
    UnconfirmedError,
)
from pdn_marketplace.security import Role, hash_password, verify_password

SESSION_LIFETIME = timedelta(hours=12)
MAX_FAILURES = 5
LOCKOUT = timedelta(minutes=15)


class Standing(Enum):
    """What an e-mail is to the site: nothing, unconfirmed, or an account's."""

    UNKNOWN = auto()
    WAITING = auto()
    KNOWN = auto()


@dataclass(frozen=True)
class Account:
    """A person as the rest of the site sees them.

    `token` names the browser's session; it is empty when the account was not
    read from one. `role` is what the account may do now: until the second factor
    is given, a reviewer may do what a contributor may, and `owed_role` says what
    is missing. `scopes` is None for a person, and bounds a program with a token.
    The members after it are what Flask-Login asks for.
    """

    id: int
    email: str
    name: str
    organization: str
    role: Role
    created_at: datetime
    token: str = ""
    language: str = "es"
    owed_role: Role | None = None
    scopes: frozenset[str] | None = None
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Give Flask-Login the session's token, not the number of the account."""
        return self.token

    def reaches(self, role: str) -> bool:
        """May this person do what `role` may? (for templates)."""
        return self.role.reaches(Role(role))

    def may_use(self, scope: str) -> bool:
        """Is what `scope` names within the reach of this caller?"""
        return self.scopes is None or scope in self.scopes


def normal_email(text: str) -> str:
    """Give the form in which an e-mail is kept and compared."""
    return text.strip().lower()


def sign_up(
    session: Session,
    now: datetime,
    *,
    email: str,
    name: str,
    organization: str,
    password: str,
    language: str = "es",
) -> bool:
    """Make a contributor's account; give whether it is a new one.

    Both cases take as long, and who calls must answer alike, so that nobody
    learns who has an account. A new one signs in once its e-mail is confirmed.
    """
    hashed = hash_password(password)
    email = normal_email(email)
    db.alone(session, f"sign-up:{email}")
    if _user(session, email) is not None:
        return False
    session.add(
        User(
            email=email,
            name=name.strip(),
            organization=organization.strip(),
            role=Role.CONTRIBUTOR,
            password_hash=hashed,
            created_at=now,
            language=language,
        )
    )
    return True


def standing(session: Session, email: str) -> Standing:
    """Tell what an e-mail is to this site; never to be told to who asks."""
    user = _user(session, normal_email(email))
    if user is None:
        return Standing.UNKNOWN
    return Standing.KNOWN if user.confirmed_at else Standing.WAITING


def confirm(session: Session, now: datetime, email: str) -> None:
    """Take an e-mail as its owner's; a second time changes nothing.

    Raises: NotFoundError when the account is no longer there.
    """
    user = _user(session, normal_email(email))
    if user is None:
        raise NotFoundError(_("No hay ninguna cuenta con ese correo."))
    user.confirmed_at = user.confirmed_at or now


def add_user(
    session: Session,
    now: datetime,
    *,
    email: str,
    name: str,
    role: Role,
    password: str,
    organization: str = "",
) -> Account:
    """Make an account of any role; only the command line calls this.

    Raises: ConflictError when the e-mail already has an account.
    """
    email = normal_email(email)
    if _user(session, email) is not None:
        raise ConflictError(
            _("Ya hay una cuenta con ese correo. Use otro, o cambie su contraseña.")
        )
    user = User(
        email=email,
        name=name.strip() or email.partition("@")[0],
        organization=organization.strip(),
        role=role,
        password_hash=hash_password(password),
        created_at=now,
        confirmed_at=now,
    )
    session.add(user)
    session.flush()
    return _account(user)


def sign_in(
    session: Session, now: datetime, *, email: str, password: str, browser: str
) -> Account:
    """Open a session under a new token, or count the failure.

    Raises: SignInError, with one message for a wrong e-mail or password and
    another while the e-mail is locked, account or not.
    """
    email = normal_email(email)
    failed = _failures(session, now, email)
    user = _user(session, email)
    is_right = verify_password(password, user.password_hash if user else None)
    _refuse_locked(failed)
    if not is_right or user is None:
        failed.failures += 1
        failed.last_at = now
        raise SignInError(
            _("El correo o la contraseña no coinciden. Revíselos e inténtelo otra vez.")
        )
    session.delete(failed)
    if user.confirmed_at is None:
        raise UnconfirmedError(
            _(
                "Falta confirmar su correo: abra el enlace que le enviamos. Si no "
                "llegó, revise la carpeta de no deseados o pida otro."
            )
        )
    return open_account(session, now, user, browser)


def account_of(
    session: Session, now: datetime, token: str, *, asks_factor: bool = False
) -> Account | None:
    """Give the account signed in with `token`, if its session is still open.

    With `asks_factor`, who may do more than contribute owes a second factor.
    """
    found = session.get(UserSession, _digest(token))
    if found is None or found.expires_at <= now or found.user.disabled_at:
        return None
    account = _account(found.user, token)
    if not asks_factor or found.has_factor or account.role is Role.CONTRIBUTOR:
        return account
    return replace(account, role=Role.CONTRIBUTOR, owed_role=account.role)


def forget_failures(session: Session, email: str) -> None:
    """Begin to count wrong passwords anew."""
    session.execute(
        delete(FailedSignIns).where(
            FailedSignIns.email_hash == _digest(normal_email(email))
        )
    )


def is_locked(session: Session, now: datetime, email: str) -> bool:
    """Tell whether an e-mail failed too often to be let in now."""
    found = session.get(FailedSignIns, _digest(normal_email(email)))
    if found is None or found.last_at + LOCKOUT <= now:
        return False
    return found.failures >= MAX_FAILURES


def close_everything(session: Session, user: User) -> None:
    """Close the sessions of an account and make its tokens worth nothing."""
    session.execute(delete(ApiToken).where(ApiToken.user_id == user.id))
    session.execute(delete(UserSession).where(UserSession.user_id == user.id))


def mark_factor(session: Session, account: Account) -> None:
    """Note that the second factor was given in the account's session."""
    found = session.get_one(UserSession, _digest(account.token))
    found.has_factor = True


def account_of_user(user: User) -> Account:
    """Give a row as the rest of the site sees it."""
    return _account(user)


def open_account(session: Session, now: datetime, user: User, browser: str) -> Account:
    """Open a session of who has proved to be that person.

    Raises: SignInError where an administrator disabled the account.
    """
    if user.disabled_at is not None:
        raise SignInError(
            _("Su cuenta está desactivada. Pregunte a quien administra el sitio.")
        )
    return _account(user, _open_session(session, now, user, browser))


def sign_out(session: Session, token: str) -> None:
    """Close one session; its token is worth nothing from now on."""
    session.execute(delete(UserSession).where(UserSession.token_hash == _digest(token)))


def close_other_sessions(session: Session, account: Account) -> None:
    """Close every session of the account but the one it is using."""
    session.execute(
        delete(UserSession).where(
            UserSession.user_id == account.id,
            UserSession.token_hash != _digest(account.token),
        )
    )


def update_profile(
    session: Session,
    account: Account,
    *,
    name: str,
    organization: str,
    language: str,
) -> None:
    """Change how the person is called, where they work and what they read."""
    user = session.get_one(User, account.id)
    user.name = name.strip()
    user.organization = organization.strip()
    user.language = language


def choose_language(session: Session, account: Account, language: str) -> None:
    """Write to the person in another language from now on."""
    session.get_one(User, account.id).language = language


def language_of(session: Session, email: str, otherwise: str) -> str:
    """Give the language of the account of an e-mail; `otherwise` where none has it."""
    asked = select(User.language).where(User.email == normal_email(email))
    return session.scalar(asked) or otherwise


def change_password(
    session: Session, account: Account, *, current: str, new: str
) -> None:
    """Change the password and close the account's other sessions.

    Raises: SubmissionRejectedError when the current password is wrong.
    """
    user = session.get_one(User, account.id)
    if not verify_password(current, user.password_hash):
        raise SubmissionRejectedError(
            _("La contraseña actual no es correcta. Escríbala otra vez.")
        )
    user.password_hash = hash_password(new)
    close_other_sessions(session, account)


def reset_password(session: Session, *, email: str, new: str) -> None:
    """Set a password from the command line; closes every session and lockout."""
    user = _user(session, normal_email(email))
    if user is None:
        raise NotFoundError(_("No hay ninguna cuenta con ese correo."))
    user.password_hash = hash_password(new)
    close_everything(session, user)
    forget_failures(session, user.email)


def people(session: Session, ids: Iterable[int]) -> dict[int, Account]:
    """Give the accounts with these numbers, by number."""
    rows = session.scalars(select(User).where(User.id.in_(set(ids))))
    return {user.id: _account(user) for user in rows}


def _user(session: Session, email: str) -> User | None:
    return session.scalar(select(User).where(User.email == email))


def _account(user: User, token: str = "") -> Account:
    return Account(
        id=user.id,
        email=user.email,
        name=user.name,
        organization=user.organization,
        role=Role(user.role),
        created_at=user.created_at,
        token=token,
        language=user.language,
    )


def _open_session(session: Session, now: datetime, user: User, browser: str) -> str:
    session.execute(
        delete(UserSession).where(
            UserSession.user_id == user.id, UserSession.expires_at <= now
        )
    )
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            token_hash=_digest(token),
            user_id=user.id,
            created_at=now,
            expires_at=now + SESSION_LIFETIME,
            browser=browser[:200],
        )
    )
    return token


def _failures(session: Session, now: datetime, email: str) -> FailedSignIns:
    # One try at a time for each e-mail: tries side by side are counted too.
    db.alone(session, f"sign-in:{_digest(email)}")
    found = session.get(FailedSignIns, _digest(email))
    if found is None:
        found = FailedSignIns(email_hash=_digest(email), failures=0, last_at=now)
        session.add(found)
    if found.last_at + LOCKOUT <= now:
        found.failures = 0
    return found


def _refuse_locked(failed: FailedSignIns) -> None:
    if failed.failures >= MAX_FAILURES:
        raise SignInError(
            _(
                "Hubo demasiados intentos con ese correo y el acceso quedó en pausa. "
                "Espere %(minutes)s minutos e inténtelo otra vez.",
                minutes=LOCKOUT // timedelta(minutes=1),
            )
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
