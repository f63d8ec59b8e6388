"""Messages to the owner of an account, in the owner's language."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask import url_for
from sqlalchemy.orm import Session

from pdn_marketplace.accounts import service
from pdn_marketplace.accounts.mail import Mailer
from pdn_marketplace.config import Config
from pdn_marketplace.errors import FactorLockedError
from pdn_marketplace.letters.kinds import compose
from pdn_sdk.errors import ConfigurationError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Post:
    """One message: which, with a link to what path, and what else fills it.

    `language` is for an e-mail that has no account.
    """

    letter: str
    path: str
    values: Mapping[str, str] = field(default_factory=dict)
    language: str = "es"


def send(
    config: Config, session: Session, now: datetime, email: str, post: Post
) -> None:
    """Send it.

    Raises: ConfigurationError where the server does not take it.
    """
    email = service.normal_email(email)
    language = service.language_of(session, email, post.language)
    values = {**post.values, "enlace": config.public_url + post.path}
    letter = compose(session, post.letter, language, values)
    Mailer.of(config).send(email, letter.subject, letter.body, now)


def warn(
    config: Config, session: Session, now: datetime, email: str, post: Post
) -> None:
    """Send what must stop nobody where the server does not take it."""
    try:
        send(config, session, now, email, post)
    except ConfigurationError as error:
        log.warning("warning not sent: %s", error.code)


def warn_of_pause(
    config: Config,
    session: Session,
    now: datetime,
    email: str,
    error: FactorLockedError,
) -> None:
    """Tell the owner that somebody who knows the password tries codes."""
    values = {"minutos": str(error.minutes)}
    post = Post("factor_locked", url_for("recovery.ask"), values)
    warn(config, session, now, email, post)
