"""Signed tokens (JWT, HS256): made, and read back only if everything holds."""

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from pdn_sdk.errors import AuthenticationError
from pdn_sdk.settings import ProviderSettings

ALGORITHM = "HS256"
ACCESS = "at+jwt"
"""Type of a token that gives access (RFC 9068)."""
REFRESH = "rt+jwt"
"""Type of a token that only renews; the two never stand for each other."""
LONGEST = 4096
"""Characters; a longer token is not ours and is not read."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. Units: ends_at in seconds since 1970."""

    client_id: str
    scopes: frozenset[str]
    jti: str
    ends_at: int


class Signer:
    """Signs the tokens of one provider and reads them back."""

    def __init__(self, settings: ProviderSettings, key: str) -> None:
        """Take the lifetimes and the issuer from the settings."""
        self._key = OctKey.import_key(key.encode())
        self._issuer = settings.issuer
        self._lifetimes = {
            ACCESS: settings.token_lifetime_s,
            REFRESH: settings.refresh_lifetime_s,
        }
        self._registry = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._issuer},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            jti={"essential": True},
        )

    def sign(self, kind: str, client_id: str, scopes: Iterable[str]) -> str:
        """Make a token of a kind (ACCESS or REFRESH)."""
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": client_id,
            "scope": " ".join(scopes),
            "iat": now,
            "exp": now + self._lifetimes[kind],
            "jti": secrets.token_urlsafe(12),
        }
        return jwt.encode({"alg": ALGORITHM, "typ": kind}, claims, self._key)

    def read(self, kind: str, token: str) -> Claims:
        """Give what a token says.

        Raises: AuthenticationError where it is of another kind, altered, ended
        or of another issuer; the message does not say which, save that it ended.
        """
        if len(token) > LONGEST or not token.isascii():
            raise AuthenticationError(INVALID)
        try:
            found = jwt.decode(token, self._key, algorithms=[ALGORITHM])
            self._registry.validate(found.claims)
        except (JoseError, ValueError) as error:
            raise AuthenticationError(INVALID) from error
        if found.header.get("typ") != kind:
            raise AuthenticationError(INVALID)
        said = found.claims
        return Claims(
            client_id=str(said["sub"]),
            scopes=frozenset(str(said.get("scope", "")).split()),
            jti=str(said["jti"]),
            ends_at=int(said["exp"]),
        )


INVALID = (
    "El token no es válido o ya terminó su vigencia. Pida otro y envíelo en el "
    "encabezado «Authorization: Bearer …»."
)
