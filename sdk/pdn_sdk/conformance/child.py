"""Entry of the child process: one job from stdin, events to stdout, one a line.

The job carries the secrets, so that they are never in an argument or in the
environment. Events: {"planned": [result, …]}, {"result": {…}, "requests": N} and,
at the end, {"data": {…}}.
Whatever else writes to stdout goes to stderr instead.
"""

import contextlib
import os
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import pytest

from pdn_sdk.conformance.jobs import Job, read_job
from pdn_sdk.conformance.plan import checks_named
from pdn_sdk.conformance.plugin import ChecksPlugin
from pdn_sdk.conformance.results import CheckResult, result_document
from pdn_sdk.conformance.target import Options
from pdn_sdk.standards import loader
from pdn_sdk.standards.model import Standard

HERE = Path(__file__).parent
NOTHING_COLLECTED = 5


def main() -> int:
    """Read the job, run it, tell what happens. Gives the exit status."""
    job = read_job(sys.stdin.buffer.read())
    events = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _bound_memory(job.options.memory_mb)
    with events:
        return _run(job, events)


def _run(job: Job, events: BinaryIO) -> int:
    def planned(results: list[CheckResult]) -> None:
        _tell(events, {"planned": [result_document(r) for r in results]})

    def told(result: CheckResult) -> None:
        _tell(
            events,
            {
                "result": result_document(result),
                "requests": plugin.client.requests_made,
            },
        )

    standard = loader.load(job.folder)
    plugin = ChecksPlugin(standard, job.target, job.options, planned, told)
    arguments = [
        f"--rootdir={HERE}",
        f"--config-file={HERE / 'checks.ini'}",
        *map(str, _places(standard, job.options)),
    ]
    status = pytest.main(arguments, plugins=[plugin])
    _tell(events, {"data": plugin.seen()})
    return 0 if status in (0, 1, NOTHING_COLLECTED) else int(status)


def _places(standard: Standard, options: Options) -> list[Path]:
    """Give where the checks are; where few are wanted, their own modules alone."""
    every = [HERE / "checks", *([HERE / "fuzz"] if options.deep else [])]
    if not options.only:
        return every
    marks = [f'@check("{check}")' for check in checks_named(standard, options.only)]
    modules = sorted(module for place in every for module in place.rglob("*.py"))
    texts = {module: module.read_text("utf-8") for module in modules}
    found = [m for m, text in texts.items() if any(mark in text for mark in marks)]
    return found or every


def _tell(events: BinaryIO, event: Mapping[str, Any]) -> None:
    events.write(orjson.dumps(event) + b"\n")


def _bound_memory(megabytes: int) -> None:
    limit = megabytes * 1024 * 1024
    # Some systems do not bound the address space; the time limit remains.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    sys.exit(main())
