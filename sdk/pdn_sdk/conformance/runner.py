"""Run the checks in a process of their own and gather the report.

A provider that hangs, floods or crashes the child ends the child, never the
caller: what it left untried is an error in the report.
"""

import contextlib
import hashlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import orjson

from pdn_sdk import __version__
from pdn_sdk.client.policy import checked_url
from pdn_sdk.conformance.jobs import Job, write_job
from pdn_sdk.conformance.plan import Plan, untried
from pdn_sdk.conformance.redaction import Redactor
from pdn_sdk.conformance.report import Report
from pdn_sdk.conformance.results import CheckResult, Outcome, result_from
from pdn_sdk.conformance.target import Options, Target
from pdn_sdk.standards import loader
from pdn_sdk.standards.model import Standard

POLL_S = 0.2
FAREWELL_S = 5.0
STDERR_CHARS = 400


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is; `check_id` and `outcome` are of the check just ended."""

    done: int
    total: int
    check_id: str = ""
    outcome: Outcome | None = None
    title: str = ""


def run(
    target: Target,
    options: Options | None = None,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Report:
    """Put a provider to the test and give the report.

    `cancelled` is asked several times a second; when it says yes the run ends
    and what is left is an error in the report.
    Raises: UnknownStandardError; ForbiddenAddressError for a URL that may not
    be called. Whatever goes wrong later is in the report.
    """
    options = options or Options()
    standard = loader.get(target.standard)
    target = _with_a_way_in(target, standard)
    for url in target.urls:
        if url:
            checked_url(url, options.network)
    started_at = _now()
    gathered = _Gathered(Plan(standard, options), on_progress or _ignored)
    reason = _ran(
        write_job(Job(target, options, standard.folder)),
        options,
        gathered,
        cancelled or (lambda: False),
    )
    hidden = Redactor(target.secrets)
    return Report(
        suite={
            "name": "pdn-sdk",
            "version": __version__,
            "ruleset_hash": ruleset_hash(standard),
        },
        standard={"key": standard.key, "version": standard.version},
        target={
            "base_url": hidden.text(target.base_url),
            "environment": options.environment,
        },
        profile=options.profile,
        started_at=started_at,
        finished_at=_now(),
        requests=gathered.requests,
        checks=gathered.results(hidden.text(reason)),
        selection=(*sorted(options.categories), *sorted(options.only)),
        data=gathered.data,
    )


def _with_a_way_in(target: Target, standard: Standard) -> Target:
    """Ask for tokens where the standard publishes them, if nobody says where.

    Without it almost nothing would be tried, and a provider that answers 401 to
    everybody would pass.
    """
    paths = standard.security.token_paths
    if target.token or target.token_url or not paths:
        return target
    return replace(target, token_url=target.base_url.rstrip("/") + paths[0])


def ruleset_hash(standard: Standard) -> str:
    """Give the hash of what was asked: the standard's data and the checks."""
    here = Path(__file__).parent
    wanted = sorted(
        [*standard.folder.rglob("*.toml"), *standard.folder.rglob("*.json")]
    ) + sorted([*here.glob("checks/**/*.py"), *here.glob("fuzz/*.py")])
    digest = hashlib.sha256()
    for path in wanted:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


class _Gathered:
    """The plan of a run and the results that have come."""

    def __init__(self, plan: Plan, on_progress: Callable[[Progress], None]) -> None:
        self._on_progress = on_progress
        # Until the child tells its own plan: what the requirements name.
        self._planned = [untried(duty) for duty in plan.duties(())]
        self._found: dict[str, CheckResult] = {}
        self.requests = 0
        self.data: Mapping[str, Any] = {}

    def take(self, line: bytes) -> None:
        event: dict[str, Any] = orjson.loads(line)
        if "planned" in event:
            self._planned = [result_from(r) for r in event["planned"]]
            self._on_progress(Progress(0, len(self._planned)))
        elif "data" in event:
            self.data = event["data"]
        else:
            self._keep(result_from(event["result"]), event["requests"])

    def _keep(self, result: CheckResult, requests: int) -> None:
        self.requests = requests
        self._found[result.id] = result
        done, total = len(self._found), len(self._planned)
        self._on_progress(
            Progress(done, total, result.id, result.outcome, result.title)
        )

    def results(self, reason: str) -> tuple[CheckResult, ...]:
        """Give every planned result; what never came says the reason."""
        return tuple(
            self._found.get(r.id) or replace(r, message=reason or r.message)
            for r in self._planned
        )


def _ran(
    work: bytes,
    options: Options,
    gathered: _Gathered,
    cancelled: Callable[[], bool],
) -> str:
    """Run the child to its end; give why some result may be missing."""
    with (
        tempfile.TemporaryDirectory(prefix="pdn-check-") as folder,
        tempfile.TemporaryFile() as complaints,
        _child(options, folder, complaints) as process,
    ):
        try:
            _hand_over(process, work)
            ended = _listen(process, options.time_limit_s, gathered, cancelled)
        finally:
            _end(process)
        return ended or _last_words(process, complaints)


def _last_words(process: "subprocess.Popen[bytes]", complaints: IO[bytes]) -> str:
    if process.returncode == 0:
        return ""
    complaints.seek(0)
    said = complaints.read().decode("utf-8", "replace").strip()
    last = said.splitlines()[-1][:STDERR_CHARS] if said else ""
    return (
        "El proceso de pruebas terminó antes de tiempo, con estado "
        f"{process.returncode}. {last}"
    ).strip()


def _child(
    options: Options, folder: str, complaints: IO[bytes]
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "pdn_sdk.conformance.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        cwd=folder,
        env={
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONUTF8": "1",
            # Sets in the same order, so that two runs ask the same.
            "PYTHONHASHSEED": "0",
            **options.environ,
        },
        start_new_session=True,
    )


def _hand_over(process: "subprocess.Popen[bytes]", work: bytes) -> None:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(work)


def _listen(
    process: "subprocess.Popen[bytes]",
    time_limit_s: float,
    gathered: _Gathered,
    cancelled: Callable[[], bool],
) -> str:
    """Take events until the child ends; give why it was stopped, or ""."""
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
    deadline = time.monotonic() + time_limit_s
    while True:
        with contextlib.suppress(queue.Empty):
            line = lines.get(timeout=POLL_S)
            if line is None:
                return _farewell(process)
            gathered.take(line)
        if time.monotonic() > deadline:
            return f"Se agotó el tiempo de la prueba: {time_limit_s:,.0f} segundos."
        if cancelled():
            return "La prueba se canceló."


def _farewell(process: "subprocess.Popen[bytes]") -> str:
    """Let a child that closed its output leave by itself."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=FAREWELL_S)
    return ""


def _ignored(progress: Progress) -> None:
    del progress


def _read(stream: IO[bytes] | None, lines: "queue.SimpleQueue[bytes | None]") -> None:
    for line in stream or ():
        lines.put(line)
    lines.put(None)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the child with all that it started, and wait for it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _now() -> datetime:
    return datetime.now(UTC)
