"""One request, one Exchange: bounded in time, size and number.

Owns the translation of the errors of requests. Never follows a redirect, never
reads proxies or credentials from the environment, never keeps cookies.
"""

import threading
import time
import zlib
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import requests
import urllib3

from pdn_sdk import __version__
from pdn_sdk.checking import Exchange, Request, Response
from pdn_sdk.client.connections import PinnedAdapter, Watchdog
from pdn_sdk.client.policy import NetworkPolicy, Resolver, checked_url
from pdn_sdk.errors import ProviderError, ProviderUnreachableError

CHUNK_BYTES = 65_536

DEFAULT_HEADERS: Mapping[str, str] = {
    "User-Agent": f"pdn-sdk/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
}


class RequestLimitError(ProviderError):
    """The run has made as many requests as it may."""

    code = "limite_de_solicitudes"


class NoAnswerError(ProviderUnreachableError):
    """The server took the connection and gave no whole answer in time."""

    code = "sin_respuesta"

    def __init__(self, message: str, request: Request, elapsed_s: float) -> None:
        """Keep what was sent and how long was waited."""
        super().__init__(message)
        self.request = request
        self.elapsed_s = elapsed_s


class _DroppedError(NoAnswerError):
    """A kept connection was closed before it answered: worth one more try."""


class Client:
    """Sends requests under a policy and counts them. Safe to share by threads."""

    def __init__(self, policy: NetworkPolicy | None = None) -> None:
        """Prepare the connections; nothing is sent yet."""
        self.policy = policy or NetworkPolicy()
        self._resolver = Resolver(self.policy)
        self._lock = threading.Lock()
        self._requests = 0
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, PinnedAdapter(self._resolver))

    @property
    def requests_made(self) -> int:
        """Number of requests sent so far."""
        return self._requests

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._session.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout_s: float | None = None,
    ) -> Exchange:
        """Send a request and read its whole answer.

        Headers with an empty value are left out. `timeout_s` shortens the time
        that the policy gives.
        Raises: ProviderUnreachableError without a connection, NoAnswerError
        without a whole answer in time; ForbiddenAddressError; RequestLimitError.
        """
        wanted = {**DEFAULT_HEADERS, **(headers or {})}
        prepared = requests.Request(
            method,
            checked_url(url, self.policy),
            headers={k: v for k, v in wanted.items() if v},
            data=body,
        ).prepare()
        request = _request(prepared, body)
        limit_s = min(timeout_s or self.policy.timeout_s, self.policy.timeout_s)
        try:
            return self._exchange(prepared, request, limit_s)
        except _DroppedError:
            return self._exchange(prepared, request, limit_s)

    def _exchange(
        self, prepared: requests.PreparedRequest, request: Request, limit_s: float
    ) -> Exchange:
        self._count()
        started = time.perf_counter()
        with Watchdog(limit_s) as watchdog:
            try:
                response = self._answer(prepared, started, limit_s)
                if watchdog.fired:
                    raise TimeoutError
            except (
                requests.RequestException,
                urllib3.exceptions.HTTPError,
                OSError,
            ) as error:
                waited_s = time.perf_counter() - started
                raise _failure(error, request, watchdog, limit_s, waited_s) from error
        return Exchange(request, response)

    def _count(self) -> None:
        with self._lock:
            if self._requests >= self.policy.max_requests:
                raise RequestLimitError(
                    f"Se alcanzó el límite de {self.policy.max_requests:,} "
                    "solicitudes. Vuelva a correr con un límite mayor (--max-requests)."
                )
            self._requests += 1

    def _answer(
        self, prepared: requests.PreparedRequest, started: float, limit_s: float
    ) -> Response:
        with self._session.send(
            prepared,
            stream=True,
            timeout=limit_s,
            allow_redirects=False,
            proxies=dict(self.policy.proxies),
        ) as answer:
            body, truncated = _read(answer, self.policy.max_bytes)
            return Response(
                status=answer.status_code,
                headers={k.lower(): v for k, v in answer.headers.items()},
                body=body,
                elapsed_s=time.perf_counter() - started,
                truncated=truncated,
            )


def _failure(
    error: Exception,
    request: Request,
    watchdog: Watchdog,
    limit_s: float,
    waited_s: float,
) -> ProviderUnreachableError:
    silent = watchdog.fired or isinstance(
        error, requests.Timeout | TimeoutError | urllib3.exceptions.TimeoutError
    )
    if not watchdog.connected:
        return ProviderUnreachableError(
            f"El servidor no aceptó la conexión en {limit_s:g} segundos."
            if silent
            else _refused(error, request)
        )
    if isinstance(error, requests.exceptions.SSLError) and not silent:
        return ProviderUnreachableError(_refused(error, request))
    said = (
        f"El servidor no terminó de responder en {limit_s:g} segundos."
        if silent
        else "El servidor cortó la conexión antes de responder."
    )
    kind = _DroppedError if watchdog.reused and not silent else NoAnswerError
    return kind(said, request, waited_s)


def _refused(error: Exception, request: Request) -> str:
    host = urlsplit(request.url).netloc
    if isinstance(error, requests.exceptions.SSLError):
        return (
            f"El certificado de «{host}» no se pudo verificar. Instale uno vigente, "
            "a ese nombre y con su cadena completa."
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return "El proxy configurado no respondió; revise su dirección."
    return (
        f"No se pudo conectar con «{host}». Revise que el servicio esté encendido y "
        "que el puerto esté abierto."
    )


def _read(answer: requests.Response, max_bytes: int) -> tuple[bytes, bool]:
    """Read at most so many bytes, counted after decompression."""
    gzipped = answer.headers.get("Content-Encoding", "").lower() in ("gzip", "x-gzip")
    inflate = zlib.decompressobj(wbits=31) if gzipped else None
    body = bytearray()
    for chunk in answer.raw.stream(CHUNK_BYTES, decode_content=False):
        body += _inflated(inflate, chunk, max_bytes - len(body) + 1)
        if len(body) > max_bytes:
            return bytes(body[:max_bytes]), True
    return bytes(body), False


def _inflated(inflate: "zlib._Decompress | None", chunk: bytes, room: int) -> bytes:
    if inflate is None:
        return chunk
    try:
        return inflate.decompress(chunk, room)
    except zlib.error:
        # What is not gzip after all is left for the checks to judge.
        return chunk


def _request(prepared: requests.PreparedRequest, body: bytes | None) -> Request:
    return Request(
        method=prepared.method or "",
        url=prepared.url or "",
        headers=dict(prepared.headers),
        body=(body or b"").decode("utf-8", "replace"),
    )
