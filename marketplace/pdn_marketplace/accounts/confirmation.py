"""Confirming that an e-mail is of who signed up: what is sent, and its link."""

from collections.abc import Callable
from datetime import timedelta

from flask_babel import gettext
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from pdn_marketplace.accounts.service import Standing
from pdn_marketplace.errors import NotFoundError
from pdn_marketplace.letters.kinds import compose
from pdn_marketplace.letters.store import Letter

_: Callable[..., str] = gettext
LIFETIME = timedelta(days=3)
SALT = "confirm-email"
LETTERS = {
    Standing.WAITING: "confirm",
    Standing.KNOWN: "known",
    Standing.UNKNOWN: "unknown",
}


def link_token(secret_key: str, email: str) -> str:
    """Give what a link carries to prove that the e-mail was read."""
    return URLSafeTimedSerializer(secret_key, salt=SALT).dumps(email)


def email_of(secret_key: str, token: str) -> str:
    """Give the e-mail that a link confirms.

    Raises: NotFoundError for a link that is not ours, or too old.
    """
    reader = URLSafeTimedSerializer(secret_key, salt=SALT)
    try:
        return str(reader.loads(token, max_age=int(LIFETIME.total_seconds())))
    except BadSignature as error:
        raise NotFoundError(
            _("Ese enlace no sirve o ya venció. Pida otro desde la página de entrada.")
        ) from error


def message(session: Session, standing: Standing, link: str, language: str) -> Letter:
    """Give what is sent to whoever asked, or to whom somebody asked for.

    Whatever the e-mail is to the site there is one, so that the answer takes as
    long and says as little.
    """
    return compose(session, LETTERS[standing], language, {"enlace": link})
