"""Who calls: the token of each request, read from one header and nowhere else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pdn_sdk.errors import AuthenticationError, PermissionDeniedError
from pdn_sdk.provider.credentials import CredentialStore, Issued
from pdn_sdk.provider.oauth.signing import ACCESS, INVALID, Signer
from pdn_sdk.standards.model import Security, Standard

# One blank at least between scheme and token (ruling T-04).
_BEARER = re.compile(r"bearer +([\w.~+/=-]+)", re.IGNORECASE | re.ASCII)

MISSING = (
    "Falta el token de acceso. Pídalo en la dirección de tokens y envíelo en el "
    "encabezado «Authorization: Bearer …»."
)
MISSING_FIXED = (
    "Falta el token de acceso. Envíe el que le entregó la institución en el "
    "encabezado «Authorization: Bearer …»."
)
OUT_OF_REACH = (
    "El token es válido, pero no da acceso a estos datos. Pida una credencial para "
    "este estándar a la institución."
)


FIXED = "bearer"
"""Kind of security whose callers have a token that does not end."""


def issue(
    store: CredentialStore,
    name: str,
    standards: Sequence[Standard],
    *,
    reserved: bool = False,
    certificates: bool = False,
) -> Issued:
    """Issue a credential for the data of some standards.

    Raises: RequestError where the name is blank or taken.
    """
    fixed = [s for s in standards if s.security.kind == FIXED]
    return store.add(
        name,
        _scopes(standards, reserved=reserved, certificates=certificates),
        token_scopes=_scopes(fixed, reserved=reserved),
    )


def _scopes(
    standards: Sequence[Standard], *, reserved: bool, certificates: bool = False
) -> tuple[str, ...]:
    found = [s.security.scope for s in standards]
    if certificates:
        found += [s.certificates.scope for s in standards if s.certificates]
    if reserved:
        found += [s.security.reserved_scope for s in standards]
    return tuple(dict.fromkeys(filter(None, found)))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and how far they reach."""

    client_id: str
    scopes: frozenset[str]

    def sees_reserved(self, security: Security) -> bool:
        """Tell whether they may see the reserved fields of these data."""
        return security.reserved_scope in self.scopes


class Gate:
    """Lets in whoever has a token for the data; safe among threads.

    A token that was signed here is still refused once its credential has been
    removed: that costs one look-up by key.
    """

    def __init__(self, store: CredentialStore, signer: Signer) -> None:
        self._store = store
        self._signer = signer

    def caller(self, authorization: str, security: Security) -> Caller:
        """Give who calls, if they may see the data under that security.

        Raises: AuthenticationError, PermissionDeniedError.
        """
        found = _BEARER.fullmatch(authorization.strip())
        if found is None:
            is_fixed = security.kind == FIXED
            raise AuthenticationError(MISSING_FIXED if is_fixed else MISSING)
        token = found.group(1)
        caller = self._signed(token) if token.count(".") == 2 else self._fixed(token)
        if security.scope not in caller.scopes:
            raise PermissionDeniedError(OUT_OF_REACH)
        return caller

    def _signed(self, token: str) -> Caller:
        claims = self._signer.read(ACCESS, token)
        if self._store.by_client_id(claims.client_id) is None:
            raise AuthenticationError(INVALID)
        return Caller(claims.client_id, claims.scopes)

    def _fixed(self, token: str) -> Caller:
        found = self._store.by_token(token)
        if found is None:
            raise AuthenticationError(INVALID)
        return Caller(found.client_id, frozenset(found.token_scope.split()))
