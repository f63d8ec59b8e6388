"""Listening: gunicorn for an institution, a thread of this process for tests."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from gunicorn.app.base import (  # type: ignore[import-untyped]  # no stubs
    BaseApplication,
)
from werkzeug.serving import WSGIRequestHandler, make_server

from pdn_sdk.errors import ConfigurationError
from pdn_sdk.provider.app import METRICS, create_provider
from pdn_sdk.provider.metrics import SLOTS
from pdn_sdk.settings import ProviderSettings

LOOPBACK = "127.0.0.1"
THREADS = 4
ANSWER_S = 30
FAREWELL_S = 10
BACKLOG = 512


class _Quiet(WSGIRequestHandler):
    """Writes no log of its own and tells no version."""

    def version_string(self) -> str:
        return "pdn"

    def log(self, type: str, message: str, *args: object) -> None:
        del type, message, args


@contextmanager
def running(app: Flask) -> Iterator[str]:
    """Serve an app on a free loopback port while the block lasts; give its URL."""
    server = make_server(LOOPBACK, 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def serve(
    settings: ProviderSettings,
    *,
    on_ready: Callable[[str], None] | None = None,
    around: Callable[[Flask], Any] | None = None,
) -> None:
    """Serve a provider until the process is told to stop.

    `on_ready` is called once with the URL when it can be called. `around` gives
    the WSGI application to serve in the place of the provider's own.
    Raises: ConfigurationError where the address is taken or not of this machine,
    and what `create_provider` raises.
    """
    with _listening(settings.host, settings.port) as listener:
        url = _url(listener)
        app = create_provider(settings)
        # gunicorn closes the socket itself when it ends.
        descriptor = listener.detach()
    served = around(app) if around else app
    announce = on_ready or _ignored
    _Server(app, served, settings, descriptor, lambda: announce(url)).run()


def _listening(host: str, port: int) -> socket.socket:
    """Take the port before anything else: gunicorn would try five times, in English.

    Raises: ConfigurationError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except PermissionError as error:
        raise ConfigurationError(
            f"No tiene permiso de escuchar en el puerto {port}. Use uno mayor que "
            "1023, por ejemplo: pdn serve --port 8081"
        ) from error
    except OSError as error:
        raise ConfigurationError(
            f"No se puede escuchar en {host}:{port}: otro programa usa ese puerto o "
            "la dirección no es de este equipo. Pruebe con otro, por ejemplo: "
            f"pdn serve --port {port + 1 if port < 65_535 else 8081}"
        ) from error


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn with the application already made, so that its workers share it."""

    def __init__(
        self,
        app: Flask,
        served: Any,  # noqa: ANN401 - any WSGI application
        settings: ProviderSettings,
        descriptor: int,
        announce: Callable[[], None],
    ) -> None:
        self._app = app
        self._served = served
        self._settings = settings
        self._descriptor = descriptor
        self._announce = announce
        super().__init__(prog="pdn serve")

    def load_config(self) -> None:
        """Give gunicorn its settings."""
        given = {
            "bind": f"fd://{self._descriptor}",
            "workers": self._settings.workers,
            "worker_class": "gthread",
            "threads": THREADS,
            "preload_app": True,
            "timeout": ANSWER_S,
            "graceful_timeout": FAREWELL_S,
            "keepalive": 5,
            "loglevel": "error",
            "forwarded_allow_ips": "*" if self._settings.trusted_proxies else "",
            # Not a second door: newer gunicorns open a socket in the user's home.
            "control_socket_disable": True,
            "pre_fork": self._pre_fork,
            "post_fork": self._post_fork,
            "when_ready": self._when_ready,
        }
        for name, value in given.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:  # noqa: ANN401 - any WSGI application
        """Give the application; every worker inherits it."""
        return self._served

    def _pre_fork(self, arbiter: Any, worker: Any) -> None:  # noqa: ANN401 - gunicorn's
        """Choose a slot for the counts of the new worker, that no other uses."""
        taken = {getattr(w, "slot", 0) for w in arbiter.WORKERS.values()}
        worker.slot = next(n for n in range(1, SLOTS) if n not in taken or n == 63)

    def _post_fork(self, _arbiter: Any, worker: Any) -> None:  # noqa: ANN401 - gunicorn's
        self._app.extensions[METRICS].use_slot(worker.slot)

    def _when_ready(self, _arbiter: Any) -> None:  # noqa: ANN401 - gunicorn's
        self._announce()


def _url(listener: socket.socket) -> str:
    """Give the URL by which this machine reaches a listening socket."""
    host, port = listener.getsockname()[:2]
    shown = LOOPBACK if host in {"0.0.0.0", "::"} else host  # noqa: S104 - shown only
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _ignored(url: str) -> None:
    del url
