"""API tokens: what a program may do in the name of an account, and until when.

Takes a session and the time. Only the hash of a token is kept.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from pdn_marketplace.accounts import service
from pdn_marketplace.accounts.models import ApiToken
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.errors import NotFoundError, SubmissionRejectedError
from pdn_marketplace.security import Role

PREFIX = "pdnm_"
READ, SUBMIT, REVIEW = "read", "submit", "review"
SCOPES = (READ, SUBMIT, REVIEW)
LIFETIMES_DAYS = (30, 90, 365)
MAX_OF_ACCOUNT = 20
# A use is written down once a minute at most: reading must not mean writing.
USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Issued:
    """A token as its owner sees it in the list."""

    id: int
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    is_expired: bool


def scopes_for(account: Account) -> tuple[str, ...]:
    """Give the scopes that the account may hand out."""
    return SCOPES if account.reaches(Role.REVIEWER) else (READ, SUBMIT)


def issue(
    session: Session,
    now: datetime,
    account: Account,
    *,
    name: str,
    scopes: Iterable[str],
    days: int,
) -> str:
    """Make a token and give it: it is not shown again.

    Raises: SubmissionRejectedError for a scope out of the account's reach, no
    scope at all, or too many tokens.
    """
    wanted = set(scopes)
    if not wanted or not wanted <= set(scopes_for(account)):
        raise SubmissionRejectedError(
            _("Elija al menos un permiso, de los que su cuenta puede dar.")
        )
    owned = select(func.count(ApiToken.id)).where(ApiToken.user_id == account.id)
    if (session.scalar(owned) or 0) >= MAX_OF_ACCOUNT:
        raise SubmissionRejectedError(
            _("Ya tiene %(n)d tokens. Revoque los que no use.", n=MAX_OF_ACCOUNT)
        )
    token = PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            user_id=account.id,
            name=name.strip(),
            token_hash=_digest(token),
            scopes=" ".join(s for s in SCOPES if s in wanted),
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
    )
    session.flush()
    return token


def of(session: Session, now: datetime, account: Account) -> list[Issued]:
    """List the tokens of an account, the newest first."""
    rows = session.scalars(
        select(ApiToken)
        .where(ApiToken.user_id == account.id)
        .order_by(ApiToken.id.desc())
    )
    return [
        Issued(
            id=row.id,
            name=row.name,
            scopes=tuple(row.scopes.split()),
            created_at=row.created_at,
            expires_at=row.expires_at,
            used_at=row.used_at,
            is_expired=row.expires_at <= now,
        )
        for row in rows
    ]


def revoke(session: Session, account: Account, token_id: int) -> None:
    """Make a token of the account worth nothing.

    Raises: NotFoundError where it is not theirs.
    """
    gone = session.execute(
        delete(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.user_id == account.id)
        .returning(ApiToken.id)
    )
    if gone.first() is None:
        raise NotFoundError(_("No existe ese token, o no está a su nombre."))


def caller(session: Session, now: datetime, token: str) -> Account | None:
    """Give who a token speaks for, bounded by its scopes; None for a bad one.

    Without the scope of review it never does more than a contributor may.
    """
    found = session.scalar(
        select(ApiToken).where(ApiToken.token_hash == _digest(token))
    )
    if found is None or found.expires_at <= now or found.user.disabled_at:
        return None
    if found.used_at is None or now - found.used_at > USE_NOTED_EVERY:
        found.used_at = now
    account = service.account_of_user(found.user)
    scopes = frozenset(found.scopes.split())
    role = account.role if REVIEW in scopes else Role.CONTRIBUTOR
    return replace(account, role=role, scopes=scopes)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
