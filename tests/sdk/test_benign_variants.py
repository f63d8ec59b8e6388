"""Providers that differ and are right: the suite must not condemn them.

Each variant bends the good provider as a fault does. `warned` names the checks
that may advise something; none may fail.
"""

import base64
import gzip
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

import pytest
import requests
from tests.sdk.faults.dealing import dealt
from tests.sdk.faults.good import COUNT, Provider, good_records, placing
from tests.sdk.faults.rehearsal import rehearse

from pdn_sdk.collation import fold
from pdn_sdk.conformance import runner
from pdn_sdk.conformance.target import Options
from pdn_sdk.practice import faults_of
from pdn_sdk.practice.planting import (
    Bend,
    Record,
    answering,
    asking,
    honest,
    is_list,
    is_search,
    is_token,
    putting,
)
from pdn_sdk.practice.terms import ALL_TERMS, S2
from pdn_sdk.practice.wire import Answered, refusal
from pdn_sdk.provider.serving import running
from pdn_sdk.standards.model import MOMENTS, Operator
from pdn_sdk.standards.paths import first_at
from pdn_sdk.standards.synthetic import records as synthetic
from pdn_sdk.standards.validation import prepare

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


def _locking(most, status, *, forgives):
    """Lock the account after some wrong passwords, as who is under attack does."""

    def bend(asked, good):
        answered = good.serve(asked)
        user = asked.form.get("username")
        if not is_token(asked) or user != good.credential["username"]:
            return answered
        if good.memory.get("failures", 0) >= most:
            locked = refusal(status, "Cuenta bloqueada.")
            return replace(locked, headers={**locked.headers, "retry-after": "900"})
        failed = answered.status != 200
        before = good.memory.get("failures", 0) if failed or not forgives else 0
        good.memory["failures"] = before + failed
        return answered

    return bend


def _moved(asked, good):
    """Serve the records only where the path ends in a bar."""
    if asked.is_for_records or asked.is_for_institutions:
        moved = refusal(308)
        headers = {**moved.headers, "location": f"{asked.path}/"}
        return replace(moved, headers=headers)
    return good.serve(replace(asked, path=asked.path.removesuffix("/")))


def _nothing_past_the_last(asked, good):
    answered = good.serve(asked)
    is_past = type(asked.page) is int and asked.page > 1 and not answered.results
    ended = is_search(asked) and answered.status == 200 and is_past
    return refusal(400, "No hay esa página.") if ended else answered


def _in_capital_letters(answered, _):
    headers = {**answered.headers, "content-type": 'Application/JSON;Charset="UTF-8"'}
    return replace(answered, headers=headers)


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


def _identified(terms, make):
    """Give each record the id made from its number."""
    name = terms.dataset.identity
    return lambda records: [{**r, name: make(n)} for n, r in enumerate(records, 1)]


def _uuid(number):
    return f"3f2504e0-4f89-41d3-9a0c-{number:012x}"


def _numbered(number):
    """Number the last one so that its end, read as a number, is another id."""
    return "9005" if number == COUNT else str(number)


def _read_as_a_number(asked, good):
    text = asked.query.get("id")
    is_number = is_search(asked) and isinstance(text, str) and text.isdigit()
    number = {"id": str(int(text))} if is_number else {}
    return good.serve(asked.filtering({**asked.query, **number}) if number else asked)


def _real_looking(terms):
    return lambda _: [
        prepare(terms.dataset, record)
        for record in synthetic(terms.dataset, 60, seed=7)
    ]


def _ordered_as_published(terms):
    """Order by several keys in the order of the standard, not in that of the body."""
    places = [s.name for s in terms.dataset.sort_fields]
    return asking(
        lambda a: is_search(a) and len(a.sort) > 1,
        lambda a: a.saying(sort={k: a.sort[k] for k in places if k in a.sort}),
    )


def _renamed(terms, rename):
    def renamed(records):
        for declared in terms.names:
            path = terms.dataset.sort_fields_by_name[declared.name].path
            records = [
                placing(terms, r, path, rename(r, path)) if first_at(r, path) else r
                for r in records
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


def _a_page(terms):
    return lambda _: good_records(200, terms)


def _advised(terms, *cases):
    """What a variant is warned of, where the standard asks for it."""
    return frozenset(c for c in cases if terms.asked & {c, c.partition("[")[0]})


def _forbidden(asked, good):
    answered = good.serve(asked)
    denied = not is_token(asked) and answered.status == 401
    return replace(answered, status=403) if denied else answered


def _refusing_large_pages(asked, good):
    too_large = is_search(asked) and type(asked.size) is int and asked.size > 200
    return refusal(400) if too_large and asked.authorization else good.serve(asked)


def _without_flat(answered, _):
    kept = {k: v for k, v in answered.json.items() if k in {"pagination", "results"}}
    return answered.saying(kept)


def _refusals(terms):
    """What is only advised when every refusal is a 422."""
    errors = {"ERR-03", "ERR-04", "ERR-05", "ERR-06", "ERR-13"}
    bodies = {*errors, "ROB-11", "SOR-04"}
    texts = {f"ROB-01[{f.name}]" for f in terms.filters(Operator.CONTAINS)}
    lists = {f"SEA-20[{f.name}]" for f in terms.filters(Operator.ANY_OF)}
    moments = {f"SEA-43[{f.name}]" for f in terms.filters(*MOMENTS)}
    ranges = {"RNG-06"} if terms.filters(Operator.BETWEEN) else set()
    return _advised(terms, *bodies, *texts, *lists, *moments, *ranges)


def _of_any(terms):
    """Give those that have nothing to do with the standard: told once."""
    if terms is S2:
        created = answering(is_token, lambda r, _: replace(r, status=201))
        yield Variant("201 with the token", created, warned=frozenset({"ACC-01"}))
        yield Variant(
            "an account locked at three failures", _locking(3, 429, forgives=True)
        )
        yield Variant(
            "an account locked for good at five", _locking(5, 401, forgives=False)
        )
        yield Variant("a path that ends in a bar", _moved)
        capitals = answering(lambda _: True, _in_capital_letters)
        yield Variant("a content type in capitals", capitals)
        within = _identified(terms, lambda n: f"A{'1' * (n % 40)}-{n // 40}")
        yield Variant("ids that begin with others", records=within)


def _of_some(terms):
    """Give those of what only some standards have."""
    search = terms.dataset.endpoint("search")
    if terms.dataset.endpoint("institutions"):
        names = answering(is_list, _names_alone)
        yield Variant("institutions with a name alone", names)
    if "SOR-52" in terms.asked:
        bends = {f.name: f.bend for f in faults_of(terms)}
        alone = bends["segundo_orden_ignorado"]
        yield Variant("an order by one key alone", alone, warned=frozenset({"SOR-52"}))
        yield Variant("orders as they are published", _ordered_as_published(terms))
    if terms.dataset.identity == "id":
        numbers = _identified(terms, _numbered)
        yield Variant("ids read as numbers", _read_as_a_number, numbers)
    whole = {f"SEA-09[{f.name}]" for f in terms.filters(Operator.CONTAINS)}
    binding = {
        c for r in terms.standard.requirements for c in r.checks if r.level == "must"
    }
    if binding.isdisjoint({"SEA-09", *whole}):
        warned = frozenset(case for case in whole if "." not in case)
        yield Variant("a search by the whole value", _whole_values_only, warned=warned)
    if 403 in search.tolerated:
        denied = ("ACC-10", "ACC-12", "ACC-13", "ACC-14", "ACC-15", "ACC-18", "ACC-51")
        warned = _advised(terms, *denied)
        yield Variant("403 in place of 401", _forbidden, warned=warned)
    if terms.dataset.clamps_page_size:
        # Only these may (A.4): the others publish an empty page.
        yield Variant(
            "no page past the last",
            _nothing_past_the_last,
            warned=_advised(terms, "PAG-10"),
        )
        yield Variant("pages too large refused", _refusing_large_pages)
    if terms.dataset.flat_pagination:
        told_once = answering(is_search, _without_flat)
        warned = frozenset({"PAG-20"})
        yield Variant("the numbers of a page told once", told_once, warned=warned)


def variants(terms):
    """Give the ways of being right of a standard."""
    fault = {f.name: f.bend for f in faults_of(terms)}
    first_name = terms.names[0].name
    return (
        *_of_some(terms),
        *_of_any(terms),
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
        Variant("the token at /oauth", token_path="/oauth"),
        Variant(
            "everything under a prefix", _prefixed, base=f"http://127.0.0.1{PREFIX}"
        ),
        Variant("opaque tokens", _opaque_tokens),
        Variant("no refresh token", answering(is_token, _without_renewal)),
        Variant(
            "more members than the standard has",
            answering(is_search, _with_extras),
            warned=_advised(terms, "VAR-04"),
        ),
        Variant("a charset in the content type", answering(is_search, _with_charset)),
        Variant("letters escaped in the JSON", answering(is_search, _escaped)),
        Variant("a firewall that refuses SQL", _firewall, warned=frozenset({"ROB-05"})),
        Variant(
            "records with no optional member",
            records=_only_required(terms),
            warned=_advised(terms, "REC-16", "REC-30[S6-046]"),
        ),
        Variant(
            "ids that are UUIDs",
            records=_identified(terms, _uuid),
            warned=_advised(terms, "REC-30[S6-030]"),
        ),
        Variant(
            "ids that are numbers",
            records=_identified(terms, str),
            warned=_advised(terms, "REC-30[S6-030]"),
        ),
        Variant("data as institutions have them", records=_real_looking(terms)),
        Variant("names in capitals", records=_in_capitals(terms)),
        Variant("everybody called the same", records=_all_alike(terms)),
        Variant("no records", records=_first(0)),
        Variant("one record", records=_first(1)),
        Variant("three records", records=_first(3)),
        Variant("as many records as a page", records=_a_page(terms)),
        Variant(
            "a search that minds accents",
            fault["exige_acentos"],
            warned=frozenset({f"SEA-05[{first_name}]"}),
        ),
        Variant("ñ sorted as n", fault["la_enye_como_n"], warned=frozenset({"SOR-05"})),
    )


STANDARDS = [terms.standard.key for terms in ALL_TERMS]
VARIANTS = [
    pytest.param(terms.standard.key, variant, id=f"{terms.standard.key}-{variant.name}")
    for terms, variant in dealt(
        [(t, v) for t in ALL_TERMS for v in variants(t)], attrgetter("name")
    )
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


def compressed(app):
    """Answer in gzip and without a length, so that the server sends pieces."""

    def application(environ, start):
        status, headers = [], []

        def starting(line, pairs, _=None):
            status.append(line)
            headers.extend(p for p in pairs if p[0].lower() != "content-length")

        body = gzip.compress(b"".join(app(environ, starting)))
        start(status[0], [*headers, ("Content-Encoding", "gzip")])
        return iter((body[:20], body[20:]))

    return application


@pytest.mark.parametrize("provider", ["s1", "s2", "s6"], indirect=True)
def test_compressed_answers_in_pieces_conform(provider):
    whole = frozenset({"ACC-01", "ERR-01", "PAG-12", "REC-03", "SEA-13"})
    with running(compressed(provider.app)) as base:
        target = replace(
            provider.target(), base_url=base, token_url=f"{base}/oauth/token"
        )
        answer = requests.post(f"{base}/oauth/token", timeout=5)
        report = runner.run(target, Options(only=whole))

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert {r.outcome for r in report.checks} == {"pass"}, report.checks
