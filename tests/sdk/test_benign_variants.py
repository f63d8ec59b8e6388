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
from tests.sdk.faults import searches
from tests.sdk.faults.good import Provider, good_records
from tests.sdk.faults.planting import (
    Bend,
    Record,
    answering,
    honest,
    is_list,
    is_search,
    is_token,
)
from tests.sdk.faults.rehearsal import rehearse
from tests.sdk.faults.terms import S2
from tests.sdk.faults.wire import Answered, refusal

from pdn_sdk.conformance.target import Options

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


def _only_required(records):
    optional = {"ramo", "genero", "tipoArea", "nivelResponsabilidad", "observaciones"}
    optional |= {"superiorInmediato", "ejercicioFiscal"}
    return [{k: v for k, v in r.items() if k not in optional} for r in records]


def _with_uuids(records):
    return [
        {**r, "id": f"3f2504e0-4f89-41d3-9a0c-{n:012x}"} for n, r in enumerate(records)
    ]


def _with_numbers(records):
    return [{**r, "id": str(n)} for n, r in enumerate(records, start=1)]


def _in_capitals(records):
    names = ("nombres", "primerApellido", "segundoApellido")
    return [{**r, **{n: r[n].upper() for n in names}} for r in records]


def _all_alike(records):
    alike = {n: records[0][n] for n in ("nombres", "primerApellido", "segundoApellido")}
    return [{**r, **alike, "puesto": {"nombre": "Analista"}} for r in records]


def _first(count):
    return lambda records: records[:count]


def _fault(name):
    return next(f.bend for f in searches.faults(S2) if f.name == name)


VARIANTS = (
    Variant("422 where a page or its size is out of range", _range_refused_with_422),
    Variant(
        "422 for every invalid body",
        _every_refusal_is_422,
        warned=frozenset(
            {"ERR-03", "ERR-04", "ERR-05", "ERR-06", "ERR-13", "SOR-04"}
            | {"SEA-20[tipoProcedimiento]", "ROB-01[nombres]", "ROB-01[primerApellido]"}
            | {"ROB-01[segundoApellido]", "ROB-01[institucionDependencia]"}
        ),
    ),
    Variant("the token at /oauth", token_path="/oauth"),
    Variant("everything under a prefix", _prefixed, base=f"http://127.0.0.1{PREFIX}"),
    Variant("opaque tokens", _opaque_tokens),
    Variant("no refresh token", answering(is_token, _without_renewal)),
    Variant("more members than the standard has", answering(is_search, _with_extras)),
    Variant("institutions with a name alone", answering(is_list, _names_alone)),
    Variant("a charset in the content type", answering(is_search, _with_charset)),
    Variant("letters escaped in the JSON", answering(is_search, _escaped)),
    Variant("a firewall that refuses SQL", _firewall, warned=frozenset({"ROB-05"})),
    Variant("records with no optional member", records=_only_required),
    Variant("ids that are UUIDs", records=_with_uuids),
    Variant("ids that are numbers", records=_with_numbers),
    Variant("names in capitals", records=_in_capitals),
    Variant("everybody called the same", records=_all_alike),
    Variant("no records", records=_first(0)),
    Variant("one record", records=_first(1)),
    Variant("three records", records=_first(3)),
    Variant("as many records as a page", records=_first(200)),
    Variant(
        "a search that minds accents",
        _fault("exige_acentos"),
        warned=frozenset({"SEA-05[nombres]"}),
    ),
    Variant("ñ sorted as n", _fault("la_enye_como_n"), warned=frozenset({"SOR-05"})),
)


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    return Provider(tmp_path_factory.mktemp("good"), good_records())


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.name)
def test_benign_variant_conforms(variant, provider, tmp_path):
    if variant.records is not list:
        provider = Provider(tmp_path, variant.records(provider.records))
    good = provider.good()
    target = replace(
        provider.target(variant.base), token_url=f"{variant.base}{variant.token_path}"
    )

    run = rehearse(
        S2.standard, target, Options(), lambda asked: variant.bend(asked, good)
    )

    assert run.failed == frozenset()
    assert set(run.departures) == variant.warned, run.departures


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
    run = rehearse(S2.standard, provider.target(), options, short_lived)

    assert run.departures == {}
    assert run.skipped == {}
