"""Who may do what, and how secrets are kept.

Owns passwords (argon2), sealed secrets (Fernet), signatures (Ed25519), roles,
the headers of every answer, rate limits and safe redirects. Imports only
configuration and errors.
"""

import base64
import hashlib
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidSignature
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Blueprint, Flask, Response, abort, current_app, request
from flask_babel import gettext as _
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from pdn_marketplace.config import Config
from pdn_marketplace.errors import NotAllowedError
from pdn_sdk.errors import ConfigurationError

P = ParamSpec("P")
R = TypeVar("R")

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        # The form controls of Bootstrap draw their marks with data: images.
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
FOR_PROGRAMS = ("/api/", "/export/")
HSTS = "max-age=31536000; includeSubDomains"

csrf = CSRFProtect()
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
limiter = Limiter(get_remote_address, default_limits=["600 per minute"])
login_manager = LoginManager()

_hasher = PasswordHasher()


class Role(StrEnum):
    """What an account may do; each role may do all that the ones before may."""

    CONTRIBUTOR = "contributor"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"

    def reaches(self, wanted: "Role") -> bool:
        """Is this role at least the one wanted?"""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(wanted)


class Vault:
    """Seals secrets that are needed back; the newest key seals, all unseal."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        """Take the Fernet keys, newest first."""
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, text: str) -> str:
        """Encrypt a text for the database."""
        return self._fernet.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Decrypt what `seal` gave.

        Raises: ConfigurationError when no key of the site opens it.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise ConfigurationError(
                "Ninguna de las llaves del sitio abre una credencial guardada. "
                "Devuelva a la carpeta keys las llaves con que se cifró."
            ) from error

    def reseal(self, sealed: str) -> str:
        """Encrypt again with the newest key."""
        return self._fernet.rotate(sealed.encode()).decode()


class Signer:
    """Signs what the site states; the newest key signs, all of them verify.

    A key is known by the first 16 digits of the SHA-256 of its public half.
    """

    def __init__(self, keys: tuple[str, ...]) -> None:
        """Take the Ed25519 keys, newest first."""
        made = [_private(key) for key in keys]
        self._newest = made[0]
        self._public = {key_id(k.public_key()): k.public_key() for k in made}

    def sign(self, statement: bytes) -> tuple[str, str]:
        """Give the signature, in base64, and the id of the key that made it."""
        signature = base64.b64encode(self._newest.sign(statement)).decode()
        return signature, key_id(self._newest.public_key())

    def holds(self, statement: bytes, signature: str, key: str) -> bool:
        """Tell whether the signature is of that statement, by a key of ours."""
        public = self._public.get(key)
        return public is not None and signature_holds(public, statement, signature)

    def published(self) -> str:
        """Give the public keys as PEM, the newest first."""
        form = Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        return "".join(k.public_bytes(*form).decode() for k in self._public.values())


def signature_holds(public: Ed25519PublicKey, statement: bytes, signature: str) -> bool:
    """Tell whether a signature, in base64, is of that statement and key."""
    try:
        public.verify(base64.b64decode(signature), statement)
    except (InvalidSignature, ValueError):
        return False
    return True


def key_id(public: Ed25519PublicKey) -> str:
    """Give the short name of a public key."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def _private(key: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(key))


def signer() -> Signer:
    """Give the signer of the app being served."""
    found: Signer = current_app.extensions["pdn_signer"]
    return found


def vault() -> Vault:
    """Give the vault of the app being served."""
    found: Vault = current_app.extensions["pdn_vault"]
    return found


def hash_password(password: str) -> str:
    """Give the argon2id hash of a password."""
    return _hasher.hash(password)


# Compared when no account has the e-mail, so that both answers take as long.
_NOBODY = hash_password("nobody has this password")


def verify_password(password: str, hashed: str | None) -> bool:
    """Compare a password with its hash; without a hash it costs the same."""
    try:
        return _hasher.verify(hashed or _NOBODY, password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def requires(role: Role) -> Callable[[Callable[P, R]], Callable[P, R | AnyResponse]]:
    """Let a view be reached only by accounts whose role reaches `role`.

    A visitor is sent to sign in and comes back, a program gets 401; another
    role gets 403.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R | AnyResponse]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | AnyResponse:
            if not current_user.is_authenticated:
                if request.path.startswith(FOR_PROGRAMS):
                    abort(401)
                refusal: AnyResponse = login_manager.unauthorized()
                return refusal
            if not Role(current_user.role).reaches(role):
                raise NotAllowedError(
                    _("Su cuenta no tiene permiso para entrar a esta página.")
                )
            return view(*args, **kwargs)

        return guarded

    return decorate


def bearer() -> str | None:
    """Give the token of a program's request, or None where it brings none."""
    given = request.authorization
    if given is None or given.type != "bearer":
        return None
    return given.token if request.path.startswith(FOR_PROGRAMS) else None


def demand_scope(scope: str) -> None:
    """Refuse a program whose token does not reach `scope`; a person has them all."""
    if current_user.is_authenticated and not current_user.may_use(scope):
        raise NotAllowedError(
            _("A su token le falta el permiso «%(scope)s».", scope=scope)
        )


def serve_programs(blueprint: Blueprint) -> None:
    """Take tokens in a blueprint's requests; those of a session still need CSRF's.

    A browser never adds a token by itself, so no other site can make it call. Who
    brings neither a token nor a session gets 401: it has no form that could be old.
    """
    csrf.exempt(blueprint)

    @blueprint.before_request
    def protect() -> None:
        if bearer() is not None or request.method in SAFE_METHODS:
            return
        if not current_user.is_authenticated:
            abort(401)
        if current_app.config["WTF_CSRF_ENABLED"]:
            csrf.protect()


def safe_next(target: str | None, fallback: str) -> str:
    """Give a path of this site to go to after signing in, never another site."""
    if not target or not target.startswith("/") or "\\" in target:
        return fallback
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or target.startswith("//"):
        return fallback
    return target if target.isprintable() else fallback


def unless_known(body: str | bytes, mimetype: str) -> Response:
    """Answer what is the same for everybody, or that who asks has it already (304)."""
    answer = Response(body, mimetype=mimetype)
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def install(app: Flask, config: Config) -> None:
    """Guard every answer of `app`."""
    app.extensions["pdn_vault"] = Vault(config.fernet_keys)
    app.extensions["pdn_signer"] = Signer(config.signing_keys)
    csrf.init_app(app)
    limiter.init_app(app)
    login_manager.init_app(app)
    login_manager.login_view = "accounts.sign_in"

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if config.is_secure:
            response.headers.setdefault("Strict-Transport-Security", HSTS)
        if current_user.is_authenticated or request.method == "POST":
            response.headers.setdefault("Cache-Control", "no-store")
        return response
