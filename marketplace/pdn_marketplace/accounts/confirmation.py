"""Confirming that an e-mail is of who signed up: what is sent, and its link."""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask_babel import gettext
from itsdangerous import BadSignature, URLSafeTimedSerializer

from pdn_marketplace.accounts.mail import Mailer
from pdn_marketplace.accounts.service import Standing
from pdn_marketplace.errors import NotFoundError

_: Callable[..., str] = gettext
LIFETIME = timedelta(days=3)
SALT = "confirm-email"


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


def write(
    mailer: Mailer, email: str, standing: Standing, link: str, now: datetime
) -> None:
    """Send a message to whoever asked, or to whom somebody asked for.

    Whatever the e-mail is to the site there is one, so that the answer takes as
    long and says as little.
    """
    subject, text = _told(standing, link)
    mailer.send(email, subject, text, now)


def _told(standing: Standing, link: str) -> tuple[str, str]:
    if standing is Standing.WAITING:
        return _("Confirme su correo en el Mercado Digital"), _(
            "Alguien, seguramente usted, creó una cuenta con este correo en el "
            "Mercado Digital de la PDN.\n\nPara confirmarla, abra este enlace en los "
            "próximos 3 días:\n%(link)s\n\nSi no fue usted, no haga nada: sin "
            "confirmar, la cuenta no sirve.\n",
            link=link,
        )
    if standing is Standing.KNOWN:
        return _("Ya tiene una cuenta en el Mercado Digital"), _(
            "Alguien, quizá usted, quiso crear una cuenta con este correo, que ya "
            "tiene una. Su contraseña no cambió.\n\nPara entrar:\n%(link)s\n",
            link=link,
        )
    return _("No tiene una cuenta en el Mercado Digital"), _(
        "Alguien, quizá usted, pidió confirmar este correo, pero no tiene una cuenta."
        "\n\nPara crearla:\n%(link)s\n",
        link=link,
    )
