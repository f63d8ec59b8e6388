"""The API of a marketplace, for whoever sends a connector from a terminal.

Keeps the token out of every message; follows no redirect, so that it never
reaches another site.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pdn_sdk.checking import Exchange
from pdn_sdk.client.http import Client
from pdn_sdk.client.policy import ForbiddenAddressError
from pdn_sdk.errors import (
    AuthenticationError,
    PermissionDeniedError,
    ProtocolViolationError,
    ProviderUnreachableError,
    RequestError,
)

API = "/api/v1"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MAX_SAID_CHARS = 600


class Marketplace:
    """A marketplace, seen by the owner of a token."""

    def __init__(self, url: str, token: str, client: Client) -> None:
        """Take the address that people open, and a token with its scopes.

        Raises: ForbiddenAddressError where the token would travel in the clear.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise ForbiddenAddressError(
                "El token viajaría sin cifrar: escriba la dirección del mercado con "
                "https://"
            )
        self.url = url.rstrip("/")
        self._client = client
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
        }

    def create(self, details: Mapping[str, object]) -> int:
        """Write a connector down, in draft; give its number."""
        return int(self._asked("POST", "/connectors", details)["id"])

    def start_run(self, connector: int) -> Mapping[str, Any]:
        """Put a run of a connector in line; give the run."""
        return self._asked("POST", f"/connectors/{connector}/runs", {})

    def run(self, number: int) -> Mapping[str, Any]:
        """Say where a run is and what it found."""
        return self._asked("GET", f"/runs/{number}")

    def report(self, number: int) -> bytes:
        """Give the report of a finished run, in JSON."""
        return self._answer("GET", f"/runs/{number}/report.json").response.body

    def _asked(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> Mapping[str, Any]:
        answer = self._answer(method, path, body)
        told = _object(answer)
        if told is None or not isinstance(told.get("id"), int):
            raise _strange()
        return told

    def _answer(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> Exchange:
        sent = json.dumps(body).encode() if body is not None else None
        answer = self._client.send(
            method, self.url + API + path, headers=self._headers, body=sent
        )
        if answer.response.status >= 300:
            raise _refusal(answer)
        return answer


def _refusal(answer: Exchange) -> Exception:
    """Give the error that an answer stands for, in the words of the site."""
    status, told = answer.response.status, _object(answer)
    said = str(told.get("message", "")) if told else ""
    said = "".join(c if c.isprintable() else " " for c in said)[:MAX_SAID_CHARS]
    if not said and status < 500:
        return _strange()
    if status == 401:
        return AuthenticationError(
            "El mercado no acepta el token: revise que esté completo y que no haya "
            "vencido, o cree otro en «Mi cuenta»."
        )
    if status == 403:
        return PermissionDeniedError(said)
    if status >= 500 or status == 429:
        return ProviderUnreachableError(
            said or "El mercado no pudo atender la solicitud. Inténtelo más tarde."
        )
    return RequestError(said)


def _strange() -> ProtocolViolationError:
    return ProtocolViolationError(
        "Esa dirección no contesta como un Mercado Digital. Escriba la que abre en su "
        "navegador, sin rutas."
    )


def _object(answer: Exchange) -> Mapping[str, Any] | None:
    try:
        told = json.loads(answer.response.body)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
