"""What a planted fault is, the few ways to plant one, and the suite against it."""

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from pkgutil import walk_packages
from typing import Any
from urllib.parse import parse_qsl, urlencode

from pdn_sdk.checking import AdviceError, FindingError, NotTriedError
from pdn_sdk.conformance import checks
from pdn_sdk.conformance.attempts import settled
from pdn_sdk.conformance.dialects import api_of
from pdn_sdk.conformance.plan import Plan
from pdn_sdk.conformance.redaction import Redactor
from pdn_sdk.conformance.target import Options, Target
from pdn_sdk.practice.wire import Answered, Asked, Serve
from pdn_sdk.standards import loader
from pdn_sdk.standards.model import Dataset, Level

from ..rehearsal import Run, Wire

STANDARD = loader.get("s3v2")
GRAVES = "faltas_administrativas_graves"
NO_GRAVES = "faltas_administrativas_no_graves"
MORALES = "faltas_graves_personas_morales"

Item = dict[str, Any]


@dataclass
class Good:
    """The good provider that faults are planted in, and what it was loaded with."""

    serve: Serve
    token: str
    reserved: str
    records: Mapping[str, list[Item]]
    memory: dict[str, Any] = field(default_factory=dict)

    def admit(self, asked: Asked, token: str = "") -> Answered:
        """Serve a request as if it had come with a token that works."""
        return self.serve(asked.authorized(f"Bearer {token or self.token}"))

    def victim(self, collection: str) -> str:
        """Give the id of the record that faults spoil."""
        return str(self.records[collection][0]["id"])


Bend = Callable[[Asked, Good], Answered]
When = Callable[[Asked], Any]


@dataclass(frozen=True)
class Fault:
    """One fault: the check that must catch it, and what it breaks.

    `also` names the checks that cannot but see it too.
    """

    check: str
    name: str
    breaks: str
    bend: Bend
    collection: str = GRAVES
    base: str = "http://127.0.0.1"
    environment: str = "development"
    also: frozenset[str] = frozenset()


def parameters(asked: Asked) -> dict[str, str]:
    """Give the parameters of a request, as they were written."""
    return dict(parse_qsl(asked.query_string, keep_blank_values=True))


def given(asked: Asked, name: str) -> str:
    """Give one parameter, or nothing."""
    return parameters(asked).get(name, "")


def asking_for(asked: Asked, **changed: Any) -> Asked:
    """Ask the same with other parameters; None removes one."""
    wanted = {**parameters(asked), **changed}
    kept = {k: v for k, v in wanted.items() if v is not None}
    return replace(asked, query_string=urlencode(kept))


def tree(asked: Asked) -> Any:
    """Give the filter of a request, where it is JSON."""
    try:
        return json.loads(given(asked, "filter") or "{}")
    except ValueError:
        return {}


def within(node: Any, name: str) -> bool:
    """Tell whether a filter uses an operator."""
    if isinstance(node, list):
        return any(within(each, name) for each in node)
    if isinstance(node, dict):
        return name in node or any(within(each, name) for each in node.values())
    return False


def using(name: str) -> When:
    """Tell the requests whose filter uses an operator."""
    return lambda asked: within(tree(asked), name)


def always(asked: Asked) -> bool:
    """Tell every request."""
    return True


def on(when: When, bend: Bend) -> Bend:
    """Bend the requests that suit; serve the others."""
    return lambda asked, good: bend(asked, good) if when(asked) else good.serve(asked)


def as_if(when: When, **changed: Any) -> Bend:
    """Serve some requests as if they had asked for something else."""
    return on(when, lambda asked, good: good.serve(asking_for(asked, **changed)))


def refusing(when: When, status: int = 500) -> Bend:
    """Refuse some requests that come with a token that works."""

    def bend(asked: Asked, good: Good) -> Answered:
        answered = good.serve(asked)
        return answered if answered.status in {401, 403} else refusal(status)

    return on(when, bend)


def refusal(status: int) -> Answered:
    """Make an error as the good provider writes them."""
    body = {"errors": [{"message": "No.", "extensions": {"code": "NO"}}]}
    kind = {"content-type": "application/json"}
    return Answered(status, kind, json.dumps(body).encode())


def answering(when: When, change: Callable[[Answered, Asked, Good], Answered]) -> Bend:
    """Change the good answers to some requests."""

    def bend(asked: Asked, good: Good) -> Answered:
        answered = good.serve(asked)
        return change(answered, asked, good) if answered.status == 200 else answered

    return on(when, bend)


def counting(when: When, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Bend:
    """Change the totals of some answers."""
    return answering(
        lambda a: when(a) and given(a, "meta"),
        lambda r, _a, _g: r.member("meta", change(r.json["meta"])),
    )


def spoiling(change: Callable[[Item], None], collection: str = GRAVES) -> Bend:
    """Change one record wherever it is shown."""

    def changed(answered: Answered, _asked: Asked, good: Good) -> Answered:
        data = json.loads(json.dumps(answered.json.get("data")))
        victim = good.victim(collection)
        for item in data if isinstance(data, list) else [data]:
            # Cut to some fields, it has nothing of what is spoiled.
            is_whole = isinstance(item, dict) and len(item) > 5
            if is_whole and item["id"] == victim:
                change(item)
        return answered.member("data", data)

    return answering(always, changed)


def rehearse(fault: Fault, good: Good, target: Target) -> Run:
    """Run the checks of one collection; what is not a finding is our own mistake."""
    dataset = STANDARD.dataset(fault.collection)
    options = Options(environment=fault.environment)
    wire = Wire(lambda asked: fault.bend(asked, good))
    api = api_of(STANDARD)(target, options, dataset, wire, Redactor(target.secrets))
    available = dict(cases(dataset))
    departures, skipped, failed = {}, {}, set()
    for duty in Plan(STANDARD, options).duties(available):
        if duty.check_id not in available:
            continue
        function, arguments = available[duty.check_id]
        try:
            settled(api, partial(function, api, **arguments))
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
    for module in walk_packages(checks.__path__, f"{checks.__name__}."):
        for thing in vars(import_module(module.name)).values():
            if hasattr(thing, "check_id"):
                yield thing
