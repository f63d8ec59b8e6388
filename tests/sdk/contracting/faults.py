"""Faults of what only contracts ask, each with the check that must catch it."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from pdn_sdk.practice.wire import Answered, Asked, Serve, refusal
from pdn_sdk.standards.moments import instant

from .provider import SEARCH, TOKEN, Provider, Record, examples

Bend = Callable[[Asked, Serve], Answered]
START, END = "tenderStartDate", "tenderEndDate"
METHOD, BIDDERS = "procurementMethod", "numberOfTenderers"


@dataclass(frozen=True)
class Fault:
    """One fault: what bends the answers, or the records before they are loaded."""

    check: str
    name: str
    bend: Bend = lambda asked, serve: serve(asked)
    records: Callable[[list[Record]], list[Record]] = list


def _searching(change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Bend:
    """Answer searches as if their query had been another."""
    return lambda asked, serve: serve(
        asked.filtering(change(dict(asked.query)))
        if asked.path == SEARCH and asked.query
        else asked
    )


def _without(*names: str) -> Bend:
    return _searching(lambda q: {k: v for k, v in q.items() if k not in names})


def _ignoring(name: str) -> Bend:
    """Forget a date that comes alone; what is no date is refused as always."""
    return _searching(
        lambda q: {} if list(q) == [name] and instant(str(q[name])) else q
    )


def _as_text(query: dict[str, Any]) -> dict[str, Any]:
    return {
        k: f"{v[:19]}Z" if isinstance(v, str) and v.endswith("+09:00") else v
        for k, v in query.items()
    }


def _half_window(query: dict[str, Any]) -> dict[str, Any]:
    both = {START, END} <= set(query)
    return {k: v for k, v in query.items() if not (both and k == END)}


def _known_keys(query: dict[str, Any]) -> dict[str, Any]:
    listed = query.get(METHOD)
    unknown = isinstance(listed, list) and listed[:1] == ["qzxwkvj"]
    return {k: v for k, v in query.items() if not (unknown and k == METHOD)}


def _crashing_on_dates(asked: Asked, serve: Serve) -> Answered:
    answered = serve(asked)
    has_date = {START, END} & set(asked.query)
    return refusal(500) if has_date and answered.status == 400 else answered


def _flat_lies(asked: Asked, serve: Serve) -> Answered:
    answered = serve(asked)
    if asked.path != SEARCH or answered.status != 200:
        return answered
    return answered.member("totalRows", answered.json["totalRows"] + 1)


def _telling_token(asked: Asked, serve: Serve) -> Answered:
    if asked.path == TOKEN:
        answered = serve(asked)
        if answered.status != 200:
            return answered
        head, _, sign = answered.json["access_token"].split(".")
        payload = json.dumps({"user": {"password": "$2b$10$abcdefgh"}}).encode()
        real = answered.json["access_token"]
        told = f"{head}.{urlsafe_b64encode(payload).decode().rstrip('=')}.{sign}"
        _TOKENS[told] = real
        return answered.member("access_token", told)
    known = _TOKENS.get(asked.authorization.removeprefix("Bearer "))
    return serve(asked.authorized(f"Bearer {known}") if known else asked)


_TOKENS: dict[str, str] = {}


def _with_example(record: Record) -> Callable[[list[Record]], list[Record]]:
    """Add an example that only breaks its rule, under an ocid of its own."""

    def records(every: list[Record]) -> list[Record]:
        return [*every, {"language": "es", **deepcopy(record)}]

    return records


def _changed(**members: Any) -> Callable[[list[Record]], list[Record]]:
    return lambda every: [*every[:5], {**every[5], **members}, *every[6:]]


def _same_version(every: list[Record]) -> list[Record]:
    return [*every[:-1], {**every[-1], "id": every[0]["id"]}]


FAULTS = (
    *(
        Fault(f"REC-30[{x['breaks']}]", name, records=_with_example(x["record"]))
        for name, x in examples("advised")
    ),
    Fault("REC-31", "one id for two releases", records=_same_version),
    Fault(
        "REC-32",
        "a date of an award without its zone",
        records=_changed(awards=[{"id": "A", "date": "2025-02-01T10:00:00"}]),
    ),
    Fault("REC-10", "what the capture tool leaves", records=_changed(institution="x")),
    Fault("PAG-20", "two totals that differ", _flat_lies),
    Fault("SEA-40[tenderStartDate]", "the start is not a condition", _ignoring(START)),
    Fault("SEA-40[tenderEndDate]", "the end is not a condition", _ignoring(END)),
    Fault("SEA-41", "dates compared as text", _searching(_as_text)),
    Fault("SEA-42", "with a start, the end does not count", _searching(_half_window)),
    Fault("SEA-43", "a date that is none breaks the server", _crashing_on_dates),
    Fault("SEA-44", "the number of bidders is not a condition", _without(BIDDERS)),
    Fault("SEA-45", "an unknown key gives everything", _searching(_known_keys)),
    Fault("ACC-33", "the token tells the password", _telling_token),
)

ONLY_HERE = frozenset(f.check.partition("[")[0] for f in FAULTS)
"""The checks that these faults stand for."""


def planted(fault: Fault, provider: Provider) -> Serve:
    """Give the way to ask the provider with the fault in it."""
    return lambda asked: fault.bend(replace(asked), provider.serve)
