"""The browsers where an account is signed in: to list them and close one."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from pdn_marketplace.accounts.models import UserSession
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.errors import NotFoundError

SESSION_KEY_CHARS = 16


@dataclass(frozen=True)
class OpenSession:
    """One browser where the account is signed in."""

    created_at: datetime
    browser: str
    is_current: bool
    key: str
    """The start of the hash of its token: names it and opens nothing."""


def open_sessions(
    session: Session, now: datetime, account: Account
) -> list[OpenSession]:
    """List the browsers where the account is signed in, newest first."""
    rows = session.scalars(
        select(UserSession)
        .where(UserSession.user_id == account.id, UserSession.expires_at > now)
        .order_by(UserSession.created_at.desc())
    )
    current = _digest(account.token)
    return [
        OpenSession(
            row.created_at,
            row.browser,
            row.token_hash == current,
            row.token_hash[:SESSION_KEY_CHARS],
        )
        for row in rows
    ]


def close_session(session: Session, account: Account, key: str) -> None:
    """Close one session of the account.

    Raises: NotFoundError where it has no such session.
    """
    gone = session.execute(
        delete(UserSession)
        .where(
            UserSession.user_id == account.id,
            func.substr(UserSession.token_hash, 1, SESSION_KEY_CHARS) == key,
        )
        .returning(UserSession.token_hash)
    )
    if gone.first() is None:
        raise NotFoundError(_("Esa sesión ya estaba cerrada."))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
