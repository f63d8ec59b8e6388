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
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import pytest

from pdn_sdk.client import NetworkPolicy
from pdn_sdk.conformance.plugin import ChecksPlugin
from pdn_sdk.conformance.results import CheckResult, result_document
from pdn_sdk.conformance.target import Options, Target
from pdn_sdk.standards import loader

HERE = Path(__file__).parent
NOTHING_COLLECTED = 5


def job(target: Target, options: Options, folder: Path) -> bytes:
    """Write what a child needs to know. Counterpart of `main`."""
    return orjson.dumps(
        {"target": asdict(target), "options": asdict(options), "folder": str(folder)},
        default=_plain,
    )


def main() -> int:
    """Read the job, run it, tell what happens. Gives the exit status."""
    data = orjson.loads(sys.stdin.buffer.read())
    events = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    options = _options(data["options"])
    _bound_memory(options.memory_mb)
    with events:
        return _run(Target(**data["target"]), options, Path(data["folder"]), events)


def _run(target: Target, options: Options, folder: Path, events: BinaryIO) -> int:
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

    plugin = ChecksPlugin(loader.load(folder), target, options, planned, told)
    arguments = [
        f"--rootdir={HERE}",
        f"--config-file={HERE / 'checks.ini'}",
        str(HERE / "checks"),
        *([str(HERE / "fuzz")] if options.deep else []),
    ]
    status = pytest.main(arguments, plugins=[plugin])
    _tell(events, {"data": plugin.seen()})
    return 0 if status in (0, 1, NOTHING_COLLECTED) else int(status)


def _tell(events: BinaryIO, event: Mapping[str, Any]) -> None:
    events.write(orjson.dumps(event) + b"\n")


def _options(data: dict[str, Any]) -> Options:
    network = data.pop("network")
    return Options(
        **{
            **data,
            "categories": frozenset(data["categories"]),
            "only": frozenset(data["only"]),
            "network": NetworkPolicy(
                **{**network, "ports": frozenset(network["ports"])}
            ),
        }
    )


def _bound_memory(megabytes: int) -> None:
    limit = megabytes * 1024 * 1024
    # Some systems do not bound the address space; the time limit remains.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(type(value).__name__)


if __name__ == "__main__":
    sys.exit(main())
