"""The token server: Authlib's grants over our credentials and signed tokens.

A client proves who it is by the Basic header, in the body, or both at once as
the PDN does, and then both must say the same (ruling T-02). Nothing is written
when a token is issued: tokens are signed, and only a spent renewal is noted.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
from authlib.oauth2 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749 import (
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
)
from authlib.oauth2.rfc6749.grants import (
    RefreshTokenGrant,
    ResourceOwnerPasswordCredentialsGrant,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6749.util import extract_basic_authorization

from pdn_sdk.errors import AuthenticationError
from pdn_sdk.provider.credentials import Credential, CredentialStore
from pdn_sdk.provider.hashing import Verifier
from pdn_sdk.provider.oauth.signing import ACCESS, REFRESH, Claims, Signer
from pdn_sdk.settings import ProviderSettings

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
MOST_MEMBERS = 50
CLIENT_AUTH = "basic_and_body"

MESSAGES: Mapping[str, str] = {
    "invalid_request": "La solicitud del token está incompleta o mal formada. Envíe "
    "grant_type, username y password, una sola vez cada uno y como texto.",
    "invalid_client": "El cliente no se reconoce. Revise client_id y client_secret; "
    "si los envía en el encabezado y en el cuerpo, deben ser los mismos.",
    "invalid_grant": "El usuario, la contraseña o el token de renovación no son "
    "válidos. Revíselos o pida un token nuevo.",
    "unsupported_grant_type": "Esa forma de acceso no se atiende. Use grant_type "
    "«password» o «refresh_token».",
    "invalid_scope": "El alcance pedido no corresponde a esta credencial. Omita "
    "«scope» o pida el que se le entregó con ella.",
}
UNSUPPORTED = (
    f"El token se pide con un formulario ({FORM}) o con JSON ({JSON}). Corrija el "
    "encabezado Content-Type."
)
OTHER = "No se pudo entregar el token. Revise la solicitud."

Answer = tuple[int, dict[str, object], list[tuple[str, str]]]


class UnreadableRequestError(Exception):
    """The body cannot be read as members; `media_type` says if that is why."""

    def __init__(self, *, media_type: bool = False) -> None:
        super().__init__()
        self.media_type = media_type


def members(content_type: str, body: bytes) -> dict[str, str]:
    """Read the members of a request for a token, each a text given once.

    Raises: UnreadableRequestError.
    """
    if content_type == JSON:
        return _json_members(body)
    if content_type != FORM:
        raise UnreadableRequestError(media_type=bool(body))
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=MOST_MEMBERS,
        )
    except ValueError as error:
        raise UnreadableRequestError from error
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadableRequestError
    return found


def _json_members(body: bytes) -> dict[str, str]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UnreadableRequestError from error
    if not isinstance(found, dict) or len(found) > MOST_MEMBERS:
        raise UnreadableRequestError
    # An operator object in place of a text is how a database is fooled.
    if not all(isinstance(value, str) for value in found.values()):
        raise UnreadableRequestError
    return found


class TokenServer(AuthorizationServer):  # type: ignore[misc]  # Authlib has no types
    """Answers requests for a token with (status, body, headers)."""

    def __init__(
        self,
        settings: ProviderSettings,
        store: CredentialStore,
        signer: Signer,
        verifier: Verifier,
    ) -> None:
        super().__init__()
        self.store, self.signer, self.verifier = store, signer, verifier
        self._settings = settings
        self.register_client_auth_method(CLIENT_AUTH, _authenticate)
        self.register_token_generator("default", self._tokens)
        self.register_grant(_Password)
        self.register_grant(_Renewal)

    def answer(self, headers: Mapping[str, str], form: Mapping[str, str]) -> Answer:
        """Answer one request whose members were read."""
        answer: Answer = self.create_token_response(_Request(headers, form))
        return answer

    def query_client(self, client_id: str) -> "_Client | None":
        """Find a client; part of Authlib's contract."""
        found = self.store.by_client_id(client_id)
        return _Client(found, self.verifier) if found else None

    def create_oauth2_request(self, request: "_Request") -> "_Request":
        """Give the request as it is; part of Authlib's contract."""
        return request

    def handle_response(
        self, status: int, body: dict[str, object], headers: list[tuple[str, str]]
    ) -> Answer:
        """Give the answer with our members added; part of Authlib's contract."""
        error = body.get("error")
        if error is None:
            return status, body, headers
        said = {
            "error": error,
            "code": error,
            "message": MESSAGES.get(str(error), OTHER),
        }
        realm = [("WWW-Authenticate", 'Basic realm="pdn"')] if status == 401 else []
        return status, said, realm

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Tell nobody; part of Authlib's contract."""

    def save_token(self, token: object, request: object) -> None:
        """Save nothing: tokens are signed; part of Authlib's contract."""

    def _tokens(self, client: "_Client", scope: str | None, **_: object) -> object:
        granted = client.granted(scope)
        client_id = client.credential.client_id
        return {
            "access_token": self.signer.sign(ACCESS, client_id, granted),
            "token_type": "Bearer",
            "expires_in": self._settings.token_lifetime_s,
            "refresh_token": self.signer.sign(REFRESH, client_id, granted),
            "refresh_token_expires_in": self._settings.refresh_lifetime_s,
            "scope": " ".join(granted),
        }


class _Request(OAuth2Request):  # type: ignore[misc]  # Authlib has no types
    def __init__(self, headers: Mapping[str, str], form: Mapping[str, str]) -> None:
        # HTTPS ends at the server in front, so the scheme seen here says nothing;
        # the library would refuse plain HTTP by it.
        super().__init__("POST", "https://provider.invalid/", headers=headers)
        self._form = form
        self.payload = BasicOAuth2Payload(form)

    @property
    def form(self) -> Mapping[str, str]:
        return self._form


class _Client:
    """A credential as Authlib asks about it."""

    def __init__(self, credential: Credential, verifier: Verifier) -> None:
        self.credential = credential
        self._verifier = verifier

    def check_client_secret(self, secret: str) -> bool:
        return self._verifier.matches(self.credential.secret_hash, secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == CLIENT_AUTH and endpoint == "token"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in {"password", "refresh_token"}

    def granted(self, scope: str | None) -> list[str]:
        """Give the scopes asked for, all of them when none is named.

        The first word of a scope alone (`read`), which is how the family's first
        providers named it, stands for those held that add one word to it.
        """
        held = self.credential.scope.split()
        asked = (scope or "").split() or held
        short = {one.partition(":")[0]: one for one in held if one.count(":") == 1}
        asked = [one if one in held else short.get(one, one) for one in asked]
        if not set(asked) <= set(held):
            raise InvalidScopeError
        return asked


def _authenticate(query_client: Any, request: _Request) -> _Client:  # noqa: ANN401 - a method of Authlib's
    client_id, secret = _offered(request)
    client: _Client | None = query_client(client_id)
    if client is not None and client.check_client_secret(secret):
        return client
    raise InvalidClientError(status_code=401)


def _offered(request: _Request) -> tuple[str, str]:
    """Give the one pair that is offered; header and body must not differ."""
    basic: tuple[str | None, str | None] = (None, None)
    if request.headers.get("Authorization", "").lower().startswith("basic "):
        try:
            basic = extract_basic_authorization(request.headers)
        except UnicodeDecodeError as error:
            raise InvalidClientError(status_code=401) from error
        if None in basic:
            raise InvalidClientError(status_code=401)
    body = (request.form.get("client_id"), request.form.get("client_secret"))
    ids, secrets = ({b for b in pair if b} for pair in zip(basic, body, strict=True))
    if len(ids) != 1 or len(secrets) != 1:
        raise InvalidClientError(status_code=401)
    return ids.pop(), secrets.pop()


class _Password(ResourceOwnerPasswordCredentialsGrant):  # type: ignore[misc]  # no types
    TOKEN_ENDPOINT_AUTH_METHODS = (CLIENT_AUTH,)

    def authenticate_user(self, username: str, password: str) -> Credential:
        """Give the client's own credential if the user and password are its."""
        credential: Credential = self.request.client_credential
        verifier: Verifier = self.server.verifier
        is_theirs = username == credential.username
        if not is_theirs or not verifier.matches(credential.password_hash, password):
            raise InvalidGrantError
        return credential

    def authenticate_token_endpoint_client(self) -> _Client:
        """Remember the client's credential: its user must be the one that asks."""
        client: _Client = super().authenticate_token_endpoint_client()
        self.request.client_credential = client.credential
        return client


class _Renewal(RefreshTokenGrant):  # type: ignore[misc]  # Authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = (CLIENT_AUTH,)
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> "_Spendable":
        try:
            return _Spendable(self.server.signer.read(REFRESH, refresh_token))
        except AuthenticationError as error:
            raise InvalidGrantError from error

    def authenticate_user(self, refresh_token: "_Spendable") -> Claims:
        return refresh_token.claims

    def revoke_old_credential(self, refresh_token: "_Spendable") -> None:
        """Spend the renewal; of two that come at once, one is refused."""
        claims = refresh_token.claims
        if not self.server.store.spend(claims.jti, claims.ends_at):
            raise InvalidGrantError


class _Spendable:
    """A renewal as Authlib asks about it."""

    def __init__(self, claims: Claims) -> None:
        self.claims = claims

    def check_client(self, client: _Client) -> bool:
        return client.credential.client_id == self.claims.client_id

    def get_scope(self) -> str:
        return " ".join(sorted(self.claims.scopes))


def unreadable(error: UnreadableRequestError) -> Answer:
    """Answer a request whose members could not be read."""
    code = InvalidRequestError.error
    message = UNSUPPORTED if error.media_type else MESSAGES[code]
    status = 415 if error.media_type else 400
    return status, {"error": code, "code": code, "message": message}, []
