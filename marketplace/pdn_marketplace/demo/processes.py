"""Commands and servers of the demonstration: started, waited for, ended.

Whatever is started here ends here: when the demonstration leaves its `with`,
for whatever reason, no process of it is left behind.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from pdn_marketplace.errors import DemoError

LOOPBACK = "127.0.0.1"
PORTS_TRIED = 50
READY_WITHIN_S = 60.0
POLL_S = 0.2
FAREWELL_S = 8.0
TAIL_LINES = 12
WIDTH = "76"
COMMANDS: Mapping[str, str] = {
    "pdn": "pdn_sdk.cli.main",
    "pdn-marketplace": "pdn_marketplace.cli",
}


def free_port(wanted: int) -> int:
    """Give the first port from the wanted one on that nobody uses."""
    for port in range(wanted, min(wanted + PORTS_TRIED, 65_536)):
        with socket.socket() as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                door.bind((LOOPBACK, port))
                return port
    raise DemoError(
        f"Los puertos {wanted:,} a {wanted + PORTS_TRIED - 1:,} están ocupados. "
        "Cierre alguno, o elija otro con --port."
    )


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that ended: its status, and what it wrote."""

    status: int
    output: str
    complaints: str


class Processes:
    """The commands and servers of one demonstration.

    `environ` is what they find in theirs; settings of the two products that a
    person has exported are left out, so that the demonstration is always the same.
    """

    def __init__(self, environ: Mapping[str, str], logs: Path) -> None:
        """Start nothing yet; servers will write in the folder `logs`."""
        kept = {k: v for k, v in environ.items() if not k.startswith("PDN_")}
        self._environ = {**kept, "COLUMNS": WIDTH, "PYTHONUNBUFFERED": "1"}
        self._logs = logs
        self._servers: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every server, the last one first."""
        del kind, error, trace
        with _deaf_to_interruptions():
            for server in reversed(self._servers.values()):
                _end(server)

    def run(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        typed: str = "",
        accepted: Sequence[int] = (0,),
    ) -> Finished:
        """Run a command to its end.

        `typed` is what it reads. Raises: DemoError with what it said, when it
        ends with a status that is not accepted.
        """
        done = subprocess.run(  # noqa: S603 - words of our own, no shell
            _program(command),
            cwd=folder,
            env={**self._environ, **(settings or {})},
            input=typed,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode not in accepted:
            raise DemoError(
                f"La orden «{' '.join(command[:3])}» terminó con estado "
                f"{done.returncode} y dijo:\n{_tail(done.stdout + done.stderr)}"
            )
        return Finished(done.returncode, done.stdout, done.stderr)

    def serve(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Start a server; it writes in a file of its own."""
        with self._log(name).open("wb") as log:
            self._servers[name] = subprocess.Popen(  # noqa: S603 - likewise
                _program(command),
                cwd=folder,
                env={**self._environ, **(settings or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl+C reaches only the demonstration,
                # which then ends each server with all that it started.
                start_new_session=True,
            )

    def wait_for(self, name: str, url: str) -> None:
        """Wait until a server answers 200.

        Raises: DemoError when it ends before that, or takes too long.
        """
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            self.check()
            with contextlib.suppress(requests.RequestException):
                if requests.get(url, timeout=5).ok:
                    return
            time.sleep(POLL_S)
        raise DemoError(
            f"{name} no respondió en {READY_WITHIN_S:.0f} segundos. Lo último que "
            f"escribió:\n{self._said(name)}"
        )

    def check(self) -> None:
        """Raise DemoError if some server has ended by itself."""
        for name, server in self._servers.items():
            if server.poll() is not None:
                raise DemoError(
                    f"{name} se detuvo con estado {server.returncode}. Lo último "
                    f"que escribió:\n{self._said(name)}"
                )

    def _log(self, name: str) -> Path:
        return self._logs / f"{name.lower().replace(' ', '-')}.log"

    def _said(self, name: str) -> str:
        return _tail(self._log(name).read_text(encoding="utf-8", errors="replace"))


def _program(command: Sequence[str]) -> list[str]:
    """Give the command as this very Python runs it, whatever the PATH says."""
    module = COMMANDS[command[0]]
    starter = f"from {module} import main; main()"
    return [sys.executable, "-P", "-c", starter, *command[1:]]


def _tail(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()][-TAIL_LINES:]
    return "\n".join(f"    {line}" for line in lines) or "    (nada)"


def _end(server: "subprocess.Popen[bytes]") -> None:
    for wanted in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(server.pid, wanted)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=FAREWELL_S)
            return


@contextlib.contextmanager
def _deaf_to_interruptions() -> Iterator[None]:
    """Finish tidying up even if the person presses Ctrl+C again."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
