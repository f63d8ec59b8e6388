"""Providers that differ and are right: the suite must not condemn them.

Each variant bends the good provider as a fault does. `warned` names the checks
that may advise something; none may fail.
"""

import base64
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.sdk.faults.good import Provider
from tests.sdk.faults.rehearsal import rehearse

from pdn_sdk.collation import fold
from pdn_sdk.conformance.target import Options
from pdn_sdk.practice import faults_of
from pdn_sdk.practice.planting import (
    Bend,
    Record,
    answering,
    honest,
    is_list,
    is_search,
    is_token,
    putting,
)
from pdn_sdk.practice.terms import ALL_TERMS
from pdn_sdk.practice.wire import Answered, refusal
from pdn_sdk.standards.model import Operator
from pdn_sdk.standards.paths import first_at

PREFIX = "/servicios/pdn"


@dataclass(frozen=True)
class Variant:
    """One way of being right; `base` and `token_path` are where it lives."""

    name: str
    bend: Bend = honest
    records: Callable[[list[Record]], list[Record]] = list
    warned: frozenset[str] = frozenset()
    base: str = "http://127.0.0.1"
    token_path: str = "/oauth/token"


def _range_refused_with_422(asked, good):
    answered = good.serve(asked)
    numbers = [n for n in (asked.page, asked.size) if type(n) is int]
    out_of_range = answered.status == 400 and any(not 1 <= n <= 200 for n in numbers)
    return replace(answered, status=422) if out_of_range else answered


def _every_refusal_is_422(asked, good):
    answered = good.serve(asked)
    refused = is_search(asked) and answered.status == 400
    return replace(answered, status=422) if refused else answered


def _unknown_verbs_are_501(asked, good):
    known = asked.method in {"GET", "POST"}
    return good.serve(asked) if known else refusal(501)


def _whole_values_only(asked, good):
    """Find the whole value of a text and no part of it."""
    parts = {
        name: "qzx-nada"
        for name, text in asked.query.items()
        if name in good.texts
        and isinstance(text, str)
        and text.strip()
        and fold(text) not in {*map(fold, good.texts[name])}
    }
    if not is_search(asked) or not parts:
        return good.serve(asked)
    return good.serve(asked.filtering({**asked.query, **parts}))


def _busy_at_times(asked, good):
    good.memory["calls"] = good.memory.get("calls", 0) + 1
    if good.memory["calls"] % 40:
        return good.serve(asked)
    answered = refusal(429)
    return replace(answered, headers={**answered.headers, "retry-after": "0"})


def _prefixed(asked, good):
    return good.serve(replace(asked, path=asked.path.removeprefix(PREFIX)))


def _opaque_tokens(asked, good):
    issued = good.memory.setdefault("opaque", {})
    bearer = asked.authorization.removeprefix("Bearer ")
    known = issued.get(bearer, "no-es-un-token")
    if asked.authorization.startswith("Bearer "):
        asked = asked.authorized(f"Bearer {known}")
    answered = good.serve(asked)
    if not is_token(asked) or answered.status != 200:
        return answered
    opaque = base64.b32encode(str(len(issued)).encode() * 8).decode()
    issued[opaque] = answered.json["access_token"]
    return answered.member("access_token", opaque)


def _without_renewal(answered, _):
    body = {k: v for k, v in answered.json.items() if k != "refresh_token"}
    return answered.saying(body)


def _with_extras(answered, _):
    extended = [
        {**r, "modificado": "2026-01-01", "extra": {}} for r in answered.results
    ]
    return answered.listing(extended)


def _names_alone(answered, _):
    return answered.saying([{"nombre": entry["nombre"]} for entry in answered.json])


def _with_charset(answered: Answered, _: Any) -> Answered:
    headers = {**answered.headers, "content-type": "application/json; charset=UTF-8"}
    return replace(answered, headers=headers)


def _escaped(answered, _):
    return replace(answered, body=json.dumps(answered.json).encode())


def _firewall(asked, good):
    return refusal(403) if b"OR 1=1" in asked.body else good.serve(asked)


def _only_required(terms):
    kept = {*terms.dataset.schema["required"]}
    kept |= {path.partition(".")[0] for path in terms.dataset.defaults}
    return lambda records: [{k: v for k, v in r.items() if k in kept} for r in records]


def _with_uuids(records):
    return [
        {**r, "id": f"3f2504e0-4f89-41d3-9a0c-{n:012x}"} for n, r in enumerate(records)
    ]


def _with_numbers(records):
    return [{**r, "id": str(n)} for n, r in enumerate(records, start=1)]


def _renamed(terms, rename):
    def renamed(records):
        for declared in terms.names:
            records = [
                putting(declared.path, rename(r, declared.path), r) for r in records
            ]
        return records

    return renamed


def _in_capitals(terms):
    return _renamed(terms, lambda r, path: str(first_at(r, path)).upper())


def _all_alike(terms):
    def alike(records):
        first = records[0]
        same = _renamed(terms, lambda _, path: first_at(first, path))(records)
        order = terms.order.path
        one = first_at(first, order)
        return [putting(order, one, r) for r in same]

    return alike


def _first(count):
    return lambda records: records[:count]


def _conditional(terms):
    """The check of what one member asks of another, where a standard has it."""
    asked = {check for r in terms.standard.requirements for check in r.checks}
    return frozenset({"REC-16"} & asked)


def _refusals(terms):
    """What is only advised when every refusal is a 422."""
    bodies = {"ERR-03", "ERR-04", "ERR-05", "ERR-06", "ERR-13", "SOR-04"}
    texts = {f"ROB-01[{f.name}]" for f in terms.filters(Operator.CONTAINS)}
    return frozenset({*bodies, *texts, f"SEA-20[{terms.listed.name}]"})


def variants(terms):
    """Give the ways of being right of a standard."""
    fault = {f.name: f.bend for f in faults_of(terms)}
    return (
        Variant(
            "422 where a page or its size is out of range", _range_refused_with_422
        ),
        Variant(
            "422 for every invalid body",
            _every_refusal_is_422,
            warned=_refusals(terms),
        ),
        Variant("501 for verbs it does not know", _unknown_verbs_are_501),
        Variant("429 with Retry-After now and then", _busy_at_times),
        Variant(
            "a search by the whole value",
            _whole_values_only,
            warned=frozenset(
                f"SEA-09[{f.name}]" for f in terms.filters(Operator.CONTAINS)
            ),
        ),
        Variant("the token at /oauth", token_path="/oauth"),
        Variant(
            "everything under a prefix", _prefixed, base=f"http://127.0.0.1{PREFIX}"
        ),
        Variant("opaque tokens", _opaque_tokens),
        Variant("no refresh token", answering(is_token, _without_renewal)),
        Variant(
            "more members than the standard has", answering(is_search, _with_extras)
        ),
        Variant("institutions with a name alone", answering(is_list, _names_alone)),
        Variant("a charset in the content type", answering(is_search, _with_charset)),
        Variant("letters escaped in the JSON", answering(is_search, _escaped)),
        Variant("a firewall that refuses SQL", _firewall, warned=frozenset({"ROB-05"})),
        Variant(
            "records with no optional member",
            records=_only_required(terms),
            warned=_conditional(terms),
        ),
        Variant("ids that are UUIDs", records=_with_uuids),
        Variant("ids that are numbers", records=_with_numbers),
        Variant("names in capitals", records=_in_capitals(terms)),
        Variant("everybody called the same", records=_all_alike(terms)),
        Variant("no records", records=_first(0)),
        Variant("one record", records=_first(1)),
        Variant("three records", records=_first(3)),
        Variant("as many records as a page", records=_first(200)),
        Variant(
            "a search that minds accents",
            fault["exige_acentos"],
            warned=frozenset({f"SEA-05[{terms.name}]"}),
        ),
        Variant("ñ sorted as n", fault["la_enye_como_n"], warned=frozenset({"SOR-05"})),
    )


STANDARDS = [terms.standard.key for terms in ALL_TERMS]
VARIANTS = [
    pytest.param(terms.standard.key, variant, id=f"{terms.standard.key}-{variant.name}")
    for terms in ALL_TERMS
    for variant in variants(terms)
]


@pytest.fixture
def provider(request, good_provider):
    return good_provider(request.param)


@pytest.mark.no_cover
@pytest.mark.parametrize(("provider", "variant"), VARIANTS, indirect=["provider"])
def test_benign_variant_conforms(variant, provider, tmp_path):
    if variant.records is not list:
        other = variant.records(provider.records)
        provider = Provider(tmp_path, other, provider.terms)
    good = provider.good()
    target = replace(
        provider.target(variant.base), token_url=f"{variant.base}{variant.token_path}"
    )

    run = rehearse(
        provider.terms.standard,
        target,
        Options(),
        lambda asked: variant.bend(asked, good),
    )

    assert run.failed == frozenset()
    assert set(run.departures) == variant.warned, run.departures


@pytest.mark.parametrize("provider", ["s2"], indirect=True)
def test_token_that_ends_when_it_says_is_right(provider):
    good = provider.good()
    lives = {}

    def short_lived(asked):
        bearer = asked.authorization.removeprefix("Bearer ")
        if lives.get(bearer, math.inf) < time.monotonic():
            return refusal(401)
        answered = good.serve(asked)
        if not is_token(asked):
            return answered
        lives[answered.json["access_token"]] = time.monotonic() + 1
        return answered.member("expires_in", 1)

    options = Options(only=frozenset({"ACC-03", "ACC-04"}))
    run = rehearse(provider.terms.standard, provider.target(), options, short_lived)

    assert run.departures == {}
    assert run.skipped == {}
