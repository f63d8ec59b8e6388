"""Throw-away servers of PostgreSQL and Redis, for the tests and the measurements.

Each lives in a folder of its own and listens on a free port of this machine only.
PostgreSQL refuses to run as root: there it runs as an account without privileges.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import redis

UNPRIVILEGED = ("postgres", "nobody")
READY_WITHIN_S = 30.0
# Nobody will read these data after the tests.
HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
LACKS_POSTGRESQL = "PostgreSQL is not installed: make system"
LACKS_REDIS = "Redis is not installed: make system"


def postgresql_programs() -> Path | None:
    """Give the folder of initdb and postgres; Debian keeps it out of the PATH."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((f for f in folders if (f / "initdb").is_file()), None)


def has_redis() -> bool:
    return shutil.which("redis-server") is not None


@contextmanager
def postgresql(settings: Sequence[str] = HASTY) -> Iterator[str]:
    """Run a new server as long as the block lasts; give the address of a database."""
    programs = postgresql_programs()
    assert programs is not None, LACKS_POSTGRESQL
    with _folder("pg") as folder:
        data, port = folder / "data", free_port()
        _run(
            programs / "initdb", "--pgdata", data, "--username", "pdn", "--no-sync",
            "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8",
        )  # fmt: skip
        options = ("listen_addresses=127.0.0.1", "max_connections=80", *settings)
        order = [programs / "postgres", "-D", data, "-p", port, "-k", folder]
        for option in options:
            order += ["-c", option]
        address = f"postgresql://pdn@127.0.0.1:{port}/postgres"
        with _running(order, lambda: psycopg.connect(address).close(), signal.SIGINT):
            yield address


@contextmanager
def redis_server() -> Iterator[str]:
    """Run a new Redis that keeps nothing on disk; give its address."""
    with _folder("redis") as folder:
        port = free_port()
        order = [
            "redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", folder,
            "--save", "", "--appendonly", "no", "--daemonize", "no",
        ]  # fmt: skip
        address = f"redis://127.0.0.1:{port}/0"

        def ask() -> None:
            with redis.Redis.from_url(address) as asked:
                asked.ping()

        with _running(order, ask, signal.SIGTERM):
            yield address


def new_database(
    server: str, name: str, *, like: str = "template1", locale: str = ""
) -> str:
    """Make a database in a server, which may have its own order; give its address."""
    how = f"LOCALE_PROVIDER icu ICU_LOCALE '{locale}'" if locale else ""
    with psycopg.connect(server, autocommit=True) as connection:
        # Names of our own: there is nobody to inject anything.
        order = f'CREATE DATABASE "{name}" TEMPLATE "{like}" {how}'
        connection.execute(order.encode())
    return f"{server.rpartition('/')[0]}/{name}"


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
    return port


@contextmanager
def _folder(name: str) -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix=f"pdn-{name}-"))
    try:
        if _account() is not None:
            shutil.chown(made, _account())
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _account() -> str | None:
    """Give whom a server runs as where the tests run as root; None elsewhere."""
    if os.getuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in UNPRIVILEGED if name in known)


def _order(words: Sequence[object]) -> dict[str, object]:
    return {
        "args": [str(word) for word in words],
        "user": _account(),
        # Where the account may be, which is not where the tests are.
        "cwd": "/",
        "stdin": subprocess.DEVNULL,
        # Ctrl+C reaches the tests, which then end it.
        "start_new_session": True,
    }


def _run(*words: object) -> None:
    done = subprocess.run(  # type: ignore[call-overload]  # words put together above
        **_order(words), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@contextmanager
def _running(
    words: Sequence[object], ask: Callable[[], object], farewell: int
) -> Iterator[None]:
    process = subprocess.Popen(  # type: ignore[call-overload]  # likewise
        **_order(words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(process, ask)
        yield
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(farewell)
        process.wait(timeout=READY_WITHIN_S)


def _wait(process: "subprocess.Popen[bytes]", ask: Callable[[], object]) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        assert process.poll() is None, "the server ended by itself"
        try:
            ask()
        except (psycopg.OperationalError, redis.ConnectionError):
            assert time.monotonic() < deadline, "the server never answered"
            time.sleep(0.05)
        else:
            return
