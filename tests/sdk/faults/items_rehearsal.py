"""The checks of items in this process, against a provider bent by a fault."""

import inspect
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

from pdn_sdk.checking import AdviceError, FindingError, NotTriedError
from pdn_sdk.conformance import checks, fuzz
from pdn_sdk.conformance.attempts import settled
from pdn_sdk.conformance.dialects import api_of
from pdn_sdk.conformance.plan import DEEP, Plan
from pdn_sdk.conformance.redaction import Redactor
from pdn_sdk.conformance.target import Options, Target
from pdn_sdk.practice.items.planting import STANDARD, Fault, Good
from pdn_sdk.standards.model import Dataset, Level

from .rehearsal import Run, Wire


def rehearse(fault: Fault, good: Good, target: Target) -> Run:
    """Run the checks of one collection; what is not a finding is our own mistake."""
    dataset = STANDARD.dataset(fault.collection)
    is_deep = fault.check.startswith(DEEP)
    only = frozenset({fault.check} if is_deep else ())
    options = Options(environment=fault.environment, deep=is_deep, only=only)
    wire = Wire(lambda asked: fault.bend(asked, good))
    api = api_of(STANDARD)(target, options, dataset, wire, Redactor(target.secrets))
    available = dict(cases(dataset))
    departures, skipped, failed = {}, {}, set()
    for duty in Plan(STANDARD, options).duties(available):
        if duty.check_id not in available:
            continue
        function, arguments = available[duty.check_id]
        names = inspect.signature(function).parameters
        offered = {"standard": STANDARD, "seed": options.seed}
        given = {name: value for name, value in offered.items() if name in names}
        try:
            settled(api, partial(function, api, **given, **arguments))
        except FindingError as finding:
            said = f"{finding.message} | {finding.expected} | {finding.received}"
            departures[duty.check_id.partition("[")[0]] = said
            if duty.level is Level.MUST and not isinstance(finding, AdviceError):
                failed.add(duty.check_id.partition("[")[0])
        except NotTriedError as reason:
            skipped[duty.check_id.partition("[")[0]] = reason.message
    return Run(departures, skipped, frozenset(failed), wire.requests_made)


def cases(dataset: Dataset) -> Iterator[tuple[str, tuple[Any, dict[str, Any]]]]:
    """Yield the cases of a collection that the standard asks for."""
    for function in asked_checks():
        if "dataset" in inspect.signature(function).parameters:
            yield (
                f"{function.check_id}[{dataset.key}]",
                (function, {"dataset": dataset}),
            )
        else:
            yield function.check_id, (function, {})


def asked_checks() -> Iterator[Any]:
    """Yield the checks that a requirement of the standard names."""
    named = {c.partition("[")[0] for r in STANDARD.requirements for c in r.checks}
    return (check for check in every_check() if check.check_id in named)


def every_check() -> Iterator[Any]:
    """Yield every check of the suite, of this dialect or of the other."""
    for package in (checks, fuzz):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            for thing in vars(import_module(module.name)).values():
                if hasattr(thing, "check_id"):
                    yield thing
