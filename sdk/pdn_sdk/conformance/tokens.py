"""The credential of a run: asks for tokens and keeps the one that works."""

import base64
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import orjson

from pdn_sdk.checking import Exchange, NotTriedError
from pdn_sdk.conformance.answers import LONGEST_WAIT_S, patiently
from pdn_sdk.conformance.target import Target
from pdn_sdk.errors import ProtocolViolationError

Send = Callable[[str, str, Mapping[str, str], bytes | None], Exchange]

LEEWAY_S = 5.0
"""A token this close to its end (or in its last quarter) is not used any more."""
DEFAULT_LIFE_S = 300.0
BRIEF_S = 10.0
"""What is waited for a token that may well be refused."""
MOST_REFUSALS = 2
"""In a row; some lock an account at the third."""


@dataclass(frozen=True, slots=True)
class _Issued:
    text: str
    valid_until: float
    is_announced: bool


class TokenSource:
    """Gives a token that works now; safe to share by threads."""

    def __init__(
        self, target: Target, send: Send, learn: Callable[[str, str], None]
    ) -> None:
        """Take the way to send, and whom to tell of each token to be hidden."""
        self._target = target
        self._send = send
        self._learn = learn
        self._lock = threading.Lock()
        self._issued: _Issued | None = None
        self._refusals = 0

    def valid(self) -> str:
        """Give a token that works now.

        Raises: ProtocolViolationError where the provider does not issue one.
        """
        if self._target.token:
            return self._target.token
        with self._lock:
            if self._issued is None or self._issued.valid_until <= time.monotonic():
                self._issued = self._issue()
            return self._issued.text

    def is_alive(self, token: str) -> bool:
        """Tell whether a token is the one in use, and its announced life goes on."""
        issued = self._issued
        return (
            issued is not None
            and issued.text == token
            and issued.is_announced
            and time.monotonic() < issued.valid_until
        )

    def forget(self, token: str) -> bool:
        """Drop a token that was refused; tell whether another can be asked for."""
        if self._target.token:
            return False
        with self._lock:
            if self._issued is not None and self._issued.text == token:
                self._issued = None
            return True

    def request(
        self,
        *,
        basic: bool = True,
        form: Mapping[str, str | None] | None = None,
        json: object = None,
        raw: bytes | None = None,
    ) -> Exchange:
        """Ask for a token; see `Api.request_token`.

        A good one is asked for after some were refused, so that nobody locks the
        account of who is being tested.
        Raises: NotTriedError where the run has no token URL.
        """
        if not self._target.token_url:
            raise NotTriedError(
                "No se indicó la dirección de tokens (--token-url): se usa un token "
                "fijo."
            )
        members = {k: v for k, v in {**self._form(), **(form or {})}.items() if v}
        members |= {k: v for k, v in (form or {}).items() if v == ""}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(members).encode() if raw is None else raw
        if json is not None:
            headers, body = {"Content-Type": "application/json"}, self._as_json(json)
        if basic:
            headers["Authorization"] = _basic(members)
        is_usual = basic and raw is None and json is None and not form
        if not is_usual and self._refusals >= MOST_REFUSALS:
            self.request()
        url = self._target.token_url
        exchange = patiently(
            lambda: self._send("POST", url, headers, body),
            LONGEST_WAIT_S if is_usual else BRIEF_S,
        )
        given = "access_token" in _members(exchange)
        self._refusals = 0 if is_usual or given else self._refusals + 1
        self._hide(exchange)
        return exchange

    def _form(self) -> dict[str, str | None]:
        return {
            "grant_type": "password",
            "client_id": self._target.client_id,
            "client_secret": self._target.client_secret,
            "username": self._target.username,
            "password": self._target.password,
            "scope": self._target.scope,
        }

    def _as_json(self, json: object) -> bytes:
        """Write a request in JSON; what it does not say is as it should be."""
        if not isinstance(json, Mapping):
            return orjson.dumps(json)
        good = {k: v for k, v in self._form().items() if v}
        return orjson.dumps({**good, **json})

    def _issue(self) -> _Issued:
        asked_at = time.monotonic()
        exchange = self.request()
        answer = _members(exchange)
        token = answer.get("access_token")
        is_given = 200 <= exchange.status < 300
        if not is_given or not isinstance(token, str) or not token:
            raise ProtocolViolationError(
                f"No se obtuvo un token: la dirección de tokens respondió con estado "
                f"{exchange.status}. Revise la dirección y las credenciales."
            )
        life = _life(answer)
        until = asked_at + life - min(LEEWAY_S, life / 4)
        return _Issued(token, until, is_announced="expires_in" in answer)

    def _hide(self, exchange: Exchange) -> None:
        answer = _members(exchange)
        for member in ("access_token", "refresh_token"):
            token = answer.get(member)
            if isinstance(token, str):
                self._learn("TOKEN", token)


def _members(exchange: Exchange) -> Mapping[str, object]:
    answer = exchange.json()
    return answer if isinstance(answer, dict) else {}


def _life(answer: Mapping[str, object]) -> float:
    life = answer.get("expires_in")
    if isinstance(life, bool) or not isinstance(life, int | float):
        return DEFAULT_LIFE_S
    return max(float(life), 1.0)


def _basic(members: Mapping[str, str | None]) -> str:
    pair = f"{members.get('client_id', '')}:{members.get('client_secret', '')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
