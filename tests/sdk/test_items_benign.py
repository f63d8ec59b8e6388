"""Providers of items that differ and are right: the suite must not condemn them.

Most are what the real server behind S3 v2 was seen to do. `warned` names the
checks that may advise something; none may fail.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.sdk.faults.items_good import Provider
from tests.sdk.faults.items_rehearsal import rehearse

from pdn_sdk.practice.items.planting import (
    GRAVES,
    NO_GRAVES,
    Bend,
    Fault,
    answering,
    as_if,
    asking_for,
    given,
    on,
    spoiling,
)
from pdn_sdk.practice.wire import Answered


@dataclass(frozen=True)
class Variant:
    """One way of being right."""

    name: str
    bend: Bend
    warned: frozenset[str] = frozenset()
    collection: str = GRAVES


def _status(before: int, after: int, when: Callable[[Any], Any] = lambda _: True):
    def bend(asked, good):
        answered = good.serve(asked)
        matches = answered.status == before and when(asked)
        return replace(answered, status=after) if matches else answered

    return bend


def _only(name):
    """Errors in one of the two shapes."""

    def bend(asked, good):
        answered = good.serve(asked)
        if answered.status < 400 or name not in (answered.json or {}):
            return answered
        return answered.saying({name: answered.json[name]})

    return bend


def _without_nulls(node):
    if isinstance(node, dict):
        return {k: _without_nulls(v) for k, v in node.items() if v is not None}
    return [_without_nulls(n) for n in node] if isinstance(node, list) else node


def _keys_at_the_fourth_level(item):
    for sanction in item["tipoSancion"]:
        fine = sanction["sancionEconomica"]
        if fine:
            fine.update(plazoPago=7, efectivamenteCobrado=8)


def _fourth_level(answered, _asked, _good):
    data = json.loads(json.dumps(answered.json.get("data")))
    for item in data if isinstance(data, list) else []:
        if item.get("tipoSancion") and "inhabilitacion" in item["tipoSancion"][0]:
            _keys_at_the_fourth_level(item)
    return answered.member("data", data)


def _patterns(asked, good):
    """Run % as LIKE does."""
    text = given(asked, "filter").replace('"_contains":"%"', '"_nnull":true')
    return good.serve(asking_for(asked, filter=text))


def _corrected(item):
    block = item["resolucion"]
    block["autoridadSubstanciadora"] = block.pop("autoridadSusbstanciadora")


VARIANTS = (
    Variant("403_sin_token", _status(401, 403)),
    Variant("solo_errors", _only("errors")),
    Variant("solo_error", _only("error"), frozenset({"ERR-71"})),
    Variant(
        "500_por_un_orden_desconocido",
        _status(400, 500, lambda a: given(a, "sort").endswith("Campo")),
        frozenset({"SOR-73"}),
    ),
    Variant(
        "500_por_un_tipo_equivocado",
        _status(400, 500, lambda a: "abc" in given(a, "filter")),
        frozenset({"FIL-13"}),
    ),
    Variant(
        "dice_su_version",
        on(
            lambda a: a.path == "/server/info",
            lambda _a, _g: Answered(200, {}, b'{"data": {"version": "10.13.4"}}'),
        ),
        frozenset({"ACC-78"}),
    ),
    Variant(
        "llaves_en_el_cuarto_nivel",
        answering(lambda _: True, _fourth_level),
        frozenset({"REC-75"}),
    ),
    Variant(
        "porcentaje_como_comodin",
        on(lambda a: given(a, "filter"), _patterns),
        frozenset({"ROB-71"}),
    ),
    Variant("errata_corregida", spoiling(_corrected), frozenset({"REC-76", "DAT-74"})),
    Variant(
        "clave_larga",
        spoiling(
            lambda i: i["faltaCometida"][0].update(clave="CAUSAR_DANOS_HACIENDA"),
            NO_GRAVES,
        ),
        frozenset({"REC-82"}),
        NO_GRAVES,
    ),
    Variant(
        "omite_los_nulos",
        answering(
            lambda _: True,
            lambda r, _a, _g: r.member("data", _without_nulls(r.json.get("data"))),
        ),
    ),
    Variant(
        "trae_de_mas",
        answering(
            lambda a: not given(a, "fields").startswith("id"),
            lambda r, _a, _g: r.member(
                "data",
                [{**i, "extra": 1} for i in r.json["data"]]
                if isinstance(r.json.get("data"), list)
                else r.json.get("data"),
            ),
        ),
    ),
    Variant(
        "sin_corchetes",
        _status(
            200,
            400,
            lambda a: "filter%5B" in a.query_string or "filter[" in a.query_string,
        ),
        frozenset({"FIL-02"}),
    ),
    Variant(
        "sin_registro_por_id",
        _status(200, 404, lambda a: a.path.count("/") > 2),
        frozenset({"FLD-03"}),
    ),
    Variant(
        "sin_page",
        as_if(lambda a: given(a, "page"), page=None),
        frozenset({"PAG-80"}),
    ),
    Variant(
        "recorta_el_limite",
        as_if(lambda a: given(a, "limit") == "1000000", limit=100),
    ),
    Variant(
        "numeros_mal_escritos_por_omision",
        as_if(lambda a: given(a, "limit") in ("abc", "1.5"), limit=None),
        frozenset({"PAG-79"}),
    ),
    Variant(
        "muy_larga_se_rechaza_con_414",
        on(
            lambda a: len(a.query_string) > 8000,
            lambda _a, _g: Answered(
                414, {"content-type": "text/html"}, b"<h1>414</h1>"
            ),
        ),
    ),
)


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    return Provider(tmp_path_factory.mktemp("good"))


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.name)
def test_variant_is_not_condemned(variant, provider):
    fault = Fault("", variant.name, "", variant.bend, variant.collection)

    run = rehearse(fault, provider.good(), provider.target())

    assert run.failed == frozenset()
    assert set(run.departures) == variant.warned, run.departures
