"""The rules about accounts for who administers: roles, access, and the last one.

Takes the session and the time. Nothing here gives a secret, nor a hash of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from pdn_marketplace.accounts import factor
from pdn_marketplace.accounts import service as accounts
from pdn_marketplace.accounts.models import ApiToken, User, UserSession
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.errors import ConflictError, NotFoundError
from pdn_marketplace.organisations import service as organisations
from pdn_marketplace.organisations.models import Membership
from pdn_marketplace.security import Role
from pdn_marketplace.submissions import audit

PAGE_SIZE = 50
STANDINGS = ("activas", "sin-confirmar", "desactivadas")


@dataclass(frozen=True, slots=True)
class Person:
    """What an administrator sees of an account."""

    user: User
    open_sessions: int
    tokens: int
    is_locked: bool

    @property
    def has_factor(self) -> bool:
        """Did the person activate a second factor?"""
        return bool(self.user.factor_secret)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of accounts; `next_page` is None on the last one."""

    users: Sequence[User]
    total: int
    next_page: int | None


def search(
    session: Session, text: str = "", role: str = "", standing: str = "", page: int = 1
) -> Found:
    """Find accounts by name, e-mail or institution, in order of e-mail."""
    wanted: list[ColumnElement[bool]] = [User.deleted_at.is_(None)]
    for word in text.lower().split():
        columns = (User.email, User.name, User.organization)
        wanted.append(
            or_(*(func.lower(c).contains(word, autoescape=True) for c in columns))
        )
    if role:
        wanted.append(User.role == role)
    if standing == STANDINGS[0]:
        wanted += [User.disabled_at.is_(None), User.confirmed_at.is_not(None)]
    elif standing == STANDINGS[1]:
        wanted.append(User.confirmed_at.is_(None))
    elif standing == STANDINGS[2]:
        wanted.append(User.disabled_at.is_not(None))
    total = session.scalar(select(func.count(User.id)).where(*wanted)) or 0
    asked = select(User).where(*wanted).order_by(User.email)
    start = (page - 1) * PAGE_SIZE
    users = session.scalars(asked.offset(start).limit(PAGE_SIZE)).all()
    return Found(users, total, page + 1 if start + len(users) < total else None)


def find(session: Session, user_id: int) -> User:
    """Give an account.

    Raises: NotFoundError where there is none, or it was deleted.
    """
    user = session.get(User, user_id)
    if user is None or user.deleted_at is not None:
        raise NotFoundError(_("No hay ninguna cuenta con ese número."))
    return user


def person(session: Session, user: User, now: datetime) -> Person:
    """Tell what there is of an account."""
    opened = select(func.count()).select_from(UserSession)
    opened = opened.where(UserSession.user_id == user.id, UserSession.expires_at > now)
    issued = select(func.count(ApiToken.id)).where(
        ApiToken.user_id == user.id, ApiToken.expires_at > now
    )
    return Person(
        user=user,
        open_sessions=session.scalar(opened) or 0,
        tokens=session.scalar(issued) or 0,
        is_locked=accounts.is_locked(session, now, user.email)
        or factor.paused_minutes(session, now, user.email) > 0,
    )


def memberships(session: Session, user: User) -> list[Membership]:
    """Give the organisations where the person is."""
    return organisations.mine(session, accounts.account_of_user(user))


def set_role(
    session: Session, actor: Account, user: User, role: Role, now: datetime
) -> None:
    """Change what an account may do; its sessions close, so that it enters anew.

    Raises: ConflictError where nobody would be left to administer.
    """
    if user.role == role:
        return
    if role is not Role.ADMINISTRATOR:
        _keep_an_administrator(session, user)
    was, user.role = user.role, role
    accounts.close_everything(session, user)
    _log(session, actor, user, "account_role", now, was=was, role=role)


def disable(session: Session, actor: Account, user: User, now: datetime) -> None:
    """Let an account open nothing until it is enabled again.

    Raises: ConflictError where it is so already, or nobody would be left.
    """
    if user.disabled_at is not None:
        raise ConflictError(_("La cuenta ya estaba desactivada."))
    _keep_an_administrator(session, user)
    user.disabled_at = now
    accounts.close_everything(session, user)
    _log(session, actor, user, "account_disable", now)


def enable(session: Session, actor: Account, user: User, now: datetime) -> None:
    """Let a disabled account in again.

    Raises: ConflictError where it was not disabled.
    """
    if user.disabled_at is None:
        raise ConflictError(_("La cuenta no estaba desactivada."))
    user.disabled_at = None
    _log(session, actor, user, "account_enable", now)


def unlock(session: Session, actor: Account, user: User, now: datetime) -> None:
    """Forget the failures that keep a person out for a while."""
    accounts.forget_failures(session, user.email)
    factor.forget_failures(session, user.email)
    _log(session, actor, user, "account_unlock", now)


def revoke(session: Session, actor: Account, user: User, now: datetime) -> None:
    """Close the sessions of an account and revoke its tokens."""
    accounts.close_everything(session, user)
    _log(session, actor, user, "account_revoke", now)


def _keep_an_administrator(session: Session, user: User) -> None:
    """Refuse to take the last one that administers away."""
    # Locked, so that two of them cannot take each other away at the same time.
    others = session.scalars(
        select(User.id)
        .where(
            User.role == Role.ADMINISTRATOR,
            User.deleted_at.is_(None),
            User.disabled_at.is_(None),
        )
        .with_for_update()
    ).all()
    if set(others) == {user.id}:
        raise ConflictError(
            _(
                "Es la única persona que administra el sitio. Dé antes ese papel a "
                "otra cuenta."
            )
        )


def _log(
    session: Session,
    actor: Account,
    user: User,
    action: str,
    now: datetime,
    **payload: str,
) -> None:
    audit.record(
        session,
        actor=actor.email,
        action=action,
        subject=f"account:{user.id}",
        now=now,
        payload=payload,
    )
