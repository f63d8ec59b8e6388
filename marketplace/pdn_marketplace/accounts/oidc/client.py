"""The conversation with the site that knows who a person is (Authlib).

State, nonce and PKCE go with each entry. Whatever goes wrong is one error, whose
cause is in the log by its kind alone: an answer may hold a token.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from flask import Flask, current_app
from flask_babel import gettext as _
from joserfc.errors import JoseError
from werkzeug.wrappers import Response

from pdn_marketplace.config import Config
from pdn_marketplace.errors import SignInError

NAME = "institucion"
DISCOVERY = "/.well-known/openid-configuration"
TIMEOUT_S = 10
MAX_SUBJECT_CHARS = 255
FAULTS = (
    AuthlibBaseError,
    JoseError,
    requests.RequestException,
    RuntimeError,
    ValueError,
    KeyError,
    TypeError,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stranger:
    """Who the other site says that it is; its e-mail is verified."""

    issuer: str
    subject: str
    email: str
    name: str


def install(app: Flask, config: Config) -> None:
    """Know the other site, where the settings name one."""
    if not config.oidc_issuer:
        return
    OAuth(app).register(
        NAME,
        client_id=config.oidc_client_id,
        client_secret=config.oidc_secret,
        server_metadata_url=config.oidc_issuer.rstrip("/") + DISCOVERY,
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT_S,
        },
    )


def begin(address: str) -> Response:
    """Send the browser to the other site, which sends it back to `address`.

    Raises: SignInError where the other site does not answer.
    """
    try:
        answer: Response = _app().authorize_redirect(address)
    except FAULTS as error:
        raise _failed(error) from error
    return answer


def end(config: Config) -> Stranger:
    """Read who the browser brings back.

    Raises: SignInError for an answer that does not hold, or an e-mail that is not
    verified.
    """
    app = _app()
    wanted = {
        "iss": {"essential": True, "values": [config.oidc_issuer]},
        "aud": {"essential": True, "values": [config.oidc_client_id]},
        "sub": {"essential": True},
    }
    try:
        token = app.authorize_access_token(claims_options=wanted)
        claims = dict(token["userinfo"])
        if "email" not in claims:
            claims |= _more(app, token, claims["sub"])
    except FAULTS as error:
        raise _failed(error) from error
    return _stranger(config, claims)


def _app() -> FlaskOAuth2App:
    known: OAuth = current_app.extensions["authlib.integrations.flask_client"]
    found: FlaskOAuth2App = known.create_client(NAME)
    return found


def _more(
    app: FlaskOAuth2App, token: Mapping[str, Any], subject: str
) -> Mapping[str, Any]:
    told = dict(app.userinfo(token=token))
    if told.get("sub") != subject:
        raise ValueError("sub")
    return told


def _stranger(config: Config, claims: Mapping[str, Any]) -> Stranger:
    email, subject = str(claims.get("email") or ""), str(claims["sub"])
    # A text "false" is no truth either.
    if claims.get("email_verified") is not True or "@" not in email:
        raise SignInError(
            _(
                "Su institución no confirma que el correo de su cuenta sea suyo. "
                "Pídale que lo verifique, o entre con correo y contraseña."
            )
        )
    if not subject or len(subject) > MAX_SUBJECT_CHARS:
        raise _failed(ValueError("sub"))
    name = " ".join(str(claims.get("name") or "").split())
    return Stranger(config.oidc_issuer, subject, email[:254], name[:120])


def _failed(error: Exception) -> SignInError:
    log.warning("oidc: %s", type(error).__name__)
    return SignInError(
        _(
            "No se pudo entrar con su cuenta institucional. Inténtelo otra vez; si se "
            "repite, entre con correo y contraseña."
        )
    )
