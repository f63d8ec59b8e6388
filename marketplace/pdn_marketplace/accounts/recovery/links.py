"""The link that lets who reads an e-mail put a new password, once and soon."""

import hashlib
from datetime import timedelta

from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from pdn_marketplace.accounts import service
from pdn_marketplace.accounts.models import User
from pdn_marketplace.errors import NotFoundError
from pdn_marketplace.security import hash_password

LIFETIME = timedelta(hours=1)
SALT = "set-password"


def token_for(session: Session, secret_key: str, email: str) -> str:
    """Give what a link carries. It dies with the password that there is now."""
    asked = select(User).where(User.email == service.normal_email(email))
    user = session.scalars(asked).one()
    return _serializer(secret_key).dumps([user.id, _mark(user)])


def owner_of(session: Session, secret_key: str, token: str) -> User:
    """Give whose password a link may change.

    Raises: NotFoundError for a link that is not ours, too old, or used.
    """
    try:
        told = _serializer(secret_key).loads(
            token, max_age=int(LIFETIME.total_seconds())
        )
    except BadSignature as error:
        raise _useless() from error
    user = session.get(User, told[0], with_for_update=True)
    if user is None or user.confirmed_at is None or _mark(user) != told[1]:
        raise _useless()
    return user


def use(session: Session, user: User, password: str) -> None:
    """Put the new password; whoever was in is out, programs too.

    The count of wrong codes stays: an e-mail is not the second factor.
    """
    user.password_hash = hash_password(password)
    service.close_everything(session, user)
    service.forget_failures(session, user.email)


def _mark(user: User) -> str:
    return hashlib.sha256(user.password_hash.encode()).hexdigest()[:32]


def _serializer(secret_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt=SALT)


def _useless() -> NotFoundError:
    return NotFoundError(
        _(
            "Ese enlace no sirve, ya se usó o venció. Pida otro desde la página de "
            "entrada."
        )
    )
