"""What a run hands to its child process, written and read back.

It carries the secrets, so that they are never in an argument or in the environment.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from pdn_sdk.client import NetworkPolicy
from pdn_sdk.conformance.target import Options, Target


@dataclass(frozen=True, slots=True)
class Job:
    """Whom to put to the test, how, and the folder of the standard."""

    target: Target
    options: Options
    folder: Path


def write_job(job: Job) -> bytes:
    """Write what a child needs to know. Counterpart of `read_job`."""
    return orjson.dumps(
        {
            "target": asdict(job.target),
            "options": asdict(job.options),
            "folder": str(job.folder),
        },
        default=_plain,
    )


def read_job(written: bytes) -> Job:
    """Read what `write_job` wrote."""
    data = orjson.loads(written)
    return Job(
        Target(**data["target"]), _options(data["options"]), Path(data["folder"])
    )


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


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(type(value).__name__)
