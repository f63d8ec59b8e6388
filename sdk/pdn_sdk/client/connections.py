"""Connections that go only where the resolver says, and end when told.

The one module that knows urllib3: it hands each connection the pinned address
and lets a watchdog cut the socket when the time of a request is over.
"""

import contextlib
import os
import socket
import threading
from types import TracebackType
from typing import Any, Self

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import create_connection

from pdn_sdk.client.policy import Resolver

POOL_SIZE = 64


class Watchdog:
    """Cuts the socket of one request after so many seconds.

    Socket time limits are for each read; a server that sends one byte at a time
    passes them all, so the whole needs a limit of its own.
    """

    current = threading.local()

    def __init__(self, seconds: float) -> None:
        """Prepare the alarm; it starts with the `with` block."""
        self._alarm = threading.Timer(max(seconds, 0.01), self._fire)
        self._alarm.daemon = True
        self._lock = threading.Lock()
        self._lever: socket.socket | None = None
        self.fired = False
        self.connected = False
        self.reused = False

    def __enter__(self) -> Self:
        Watchdog.current.value = self
        self._alarm.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._alarm.cancel()
        Watchdog.current.value = None
        with self._lock:
            self._drop()

    def hold(self, sock: socket.socket, *, reused: bool) -> None:
        """Take a second handle of the socket that the request travels on.

        A duplicate, because wrapping in TLS or closing the connection would
        take the first one away.
        """
        with self._lock:
            self._drop()
            self.connected, self.reused = True, reused
            self._lever = socket.socket(fileno=os.dup(sock.fileno()))
            if self.fired:
                self._pull()

    def _fire(self) -> None:
        with self._lock:
            self.fired = True
            self._pull()

    def _pull(self) -> None:
        if self._lever is not None:
            with contextlib.suppress(OSError):
                self._lever.shutdown(socket.SHUT_RDWR)

    def _drop(self) -> None:
        if self._lever is not None:
            self._lever.close()
            self._lever = None


class PinnedAdapter(HTTPAdapter):
    """An adapter of requests whose connections use the resolver's addresses."""

    def __init__(self, resolver: Resolver) -> None:
        """Build the pools around the resolver."""
        self._resolver = resolver
        super().__init__(pool_connections=POOL_SIZE, pool_maxsize=POOL_SIZE)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as requests declares it
        """Make direct connections pinned; those to a proxy stay as they are."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pinned_pools(self._resolver)


def _pinned_pools(resolver: Resolver) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(_PinnedConnection, HTTPConnection):
        names = resolver

    class Secure(_PinnedConnection, HTTPSConnection):
        names = resolver

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class _PinnedConnection(HTTPConnection):
    """Host header, SNI and certificate follow the name; the socket, the address."""

    names: Resolver

    def _new_conn(self) -> socket.socket:
        failure: OSError | None = None
        port = self.port or self.default_port
        for address in self.names.addresses(self.host, port):
            try:
                sock = create_connection(
                    (address, port),
                    self.timeout,
                    source_address=self.source_address,
                    socket_options=self.socket_options,
                )
            except OSError as error:
                failure = error
            else:
                _watch(sock, reused=False)
                return sock
        raise NewConnectionError(self, str(failure)) from failure

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as urllib3 declares it
        if self.sock is not None:
            _watch(self.sock, reused=True)
        super().request(*args, **kwargs)


def _watch(sock: socket.socket, *, reused: bool) -> None:
    watchdog: Watchdog | None = getattr(Watchdog.current, "value", None)
    if watchdog is not None:
        watchdog.hold(sock, reused=reused)
