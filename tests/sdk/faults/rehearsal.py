"""The whole suite against a provider in this process: no socket, no child.

The plan, the checks and the `Api` are the product's own; only the transport is
ours, so that a hundred sabotaged providers can be tried in a minute.
"""

import inspect
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from urllib.parse import urlsplit

from pdn_sdk.checking import (
    AdviceError,
    Exchange,
    FindingError,
    NotTriedError,
    Request,
    Response,
)
from pdn_sdk.client import NoAnswerError
from pdn_sdk.conformance import checks, fuzz
from pdn_sdk.conformance.api import ProviderApi
from pdn_sdk.conformance.attempts import settled
from pdn_sdk.conformance.plan import Plan
from pdn_sdk.conformance.plugin import cases
from pdn_sdk.conformance.redaction import Redactor
from pdn_sdk.conformance.target import Options, Target
from pdn_sdk.practice.wire import Asked, Serve, SilenceError
from pdn_sdk.standards.model import Dataset, Level, Standard


class Wire:
    """Stands for the client: hands each request over and counts it."""

    def __init__(self, serve: Serve) -> None:
        """Take the provider."""
        self._serve = serve
        self.requests_made = 0

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        timeout_s: float | None = None,
    ) -> Exchange:
        """Hand a request over and give the exchange."""
        self.requests_made += 1
        sent = {k.lower(): v for k, v in (headers or {}).items() if v}
        parts = urlsplit(url)
        request = Request(method, url, sent, (body or b"").decode(errors="replace"))
        started = time.perf_counter()
        asked = Asked(method, parts.path, parts.query, sent, body or b"")
        try:
            answered = self._serve(asked)
        except SilenceError as silence:
            raise NoAnswerError("No contestó.", request, timeout_s or 15) from silence
        took = time.perf_counter() - started + answered.late_s
        return Exchange(
            request, Response(answered.status, answered.headers, answered.body, took)
        )


@dataclass(frozen=True)
class Run:
    """What a run found: messages by check, for each outcome that is not a pass."""

    departures: Mapping[str, str]
    skipped: Mapping[str, str]
    failed: frozenset[str]
    requests: int

    @property
    def untried(self) -> set[str]:
        """The checks that could not be tried."""
        return set(self.skipped)


def rehearse(standard: Standard, target: Target, options: Options, serve: Serve) -> Run:
    """Run the suite; an exception that is not a finding is our own mistake."""
    dataset = standard.datasets[0]
    wire = Wire(serve)
    # The wire does what the client does for the Api, and nothing else.
    api = ProviderApi(target, options, dataset, wire, Redactor(target.secrets))
    available = dict(all_cases(dataset))
    departures, skipped, failed = {}, {}, set()
    for duty in Plan(standard, options).duties(available):
        function, arguments = available[duty.check_id]
        names = inspect.signature(function).parameters
        offered = {"dataset": dataset, "standard": standard, "seed": options.seed}
        given = {name: value for name, value in offered.items() if name in names}
        try:
            settled(api, partial(function, api, **given, **arguments))
        except FindingError as finding:
            departures[duty.check_id] = _said(finding)
            if duty.level is Level.MUST and not isinstance(finding, AdviceError):
                failed.add(duty.check_id)
        except NotTriedError as reason:
            skipped[duty.check_id] = reason.message
    return Run(departures, skipped, frozenset(failed), wire.requests_made)


def all_cases(
    dataset: Dataset,
) -> Iterator[tuple[str, tuple[Callable[..., None], dict[str, Any]]]]:
    """Yield the id of each case with its check and the arguments of the case."""
    for function in all_checks():
        names = inspect.signature(function).parameters
        fields = {n: f for n in names if (f := cases(dataset, n)) is not None}
        if not fields:
            yield function.check_id, (function, {})
        for name, found in fields.items():
            for case in found:
                yield f"{function.check_id}[{case.name}]", (function, {name: case})


def all_checks() -> Iterator[Any]:
    """Yield every function that is a check."""
    for package in (checks, fuzz):
        for module in iter_modules(package.__path__, f"{package.__name__}."):
            for thing in vars(import_module(module.name)).values():
                if hasattr(thing, "check_id"):
                    yield thing


def _said(finding: FindingError) -> str:
    return f"{finding.message} | {finding.expected} | {finding.received}"
