"""Faults of pages, totals, order, fields and time."""

from dataclasses import replace
from typing import Any

from pdn_sdk.practice.items.planting import (
    GRAVES,
    TERMS,
    Fault,
    Good,
    answering,
    as_if,
    asking_for,
    counting,
    given,
    on,
    parameters,
    refusing,
)
from pdn_sdk.practice.wire import Answered, Asked

ITEM = f"/items/{GRAVES}/"


def _pdn(asked: Asked) -> bool:
    wanted = {"fields": "*.*.*", "meta": "*", "limit": "10", "offset": "0"}
    return parameters(asked) == wanted


def _text(meta: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) for name, value in meta.items()}


def _late(answered: Answered, _asked: Asked, _good: Good) -> Answered:
    return replace(answered, late_s=5)


def _same_for_all(asked: Asked, good: Good) -> Answered:
    """Give the first caller's answer to whoever asks meanwhile."""
    answered: Answered = good.memory.setdefault("first", good.serve(asked))
    return answered


def _one_id(asked: Asked) -> bool:
    return given(asked, "limit") == "3" and '"id"' in given(asked, "filter")


def _overlapping(asked: Asked, good: Good) -> Answered:
    """Start every page but the first one record too early."""
    offset = int(given(asked, "offset"))
    return good.serve(asking_for(asked, offset=offset - 1))


def _walking(asked: Asked) -> bool:
    return given(asked, "limit") == "100" and given(asked, "offset") == "100"


def _many(answered: Answered, _asked: Asked, _good: Good) -> Answered:
    return answered.member("data", answered.json["data"] * 20)


def _cut_short(answered: Answered, _asked: Asked, _good: Good) -> Answered:
    return replace(answered, body=answered.body[:-5])


FAR = 1_000


def _is_far(asked: Asked) -> bool:
    page = given(asked, "page")
    return page.isdigit() and int(page) > FAR


def _without_limit(asked: Asked) -> bool:
    return bool(parameters(asked)) and not given(asked, "limit")


def _as_object(answered: Answered, _asked: Asked, _good: Good) -> Answered:
    return answered.member("data", {"0": answered.json["data"]})


FAULTS = (
    Fault(
        "FUZ-01",
        "se_rompe_con_lo_lejano",
        "Una página muy lejana rompe el servidor.",
        refusing(_is_far),
    ),
    Fault(
        "FUZ-02",
        "datos_en_objeto",
        "Con algún parámetro y sin limit, los registros llegan en un objeto.",
        answering(_without_limit, _as_object),
    ),
    Fault(
        "PAG-73",
        "total_filtrado",
        "Con un filtro, total_count es el número de los que lo cumplen.",
        counting(
            lambda a: given(a, "filter") and given(a, "limit") == "3",
            lambda meta: (
                {**meta, "total_count": meta["filter_count"]} if len(meta) > 1 else meta
            ),
        ),
    ),
    Fault(
        "PAG-71",
        "rechaza_a_la_pdn",
        "Rechaza la llamada exacta de la PDN.",
        refusing(_pdn),
    ),
    Fault(
        "PAG-72",
        "totales_de_texto",
        "Los totales llegan entre comillas.",
        counting(lambda a: parameters(a) == {"limit": "2", "meta": "*"}, _text),
    ),
    Fault(
        "PAG-73",
        "total_sin_filtro",
        "filter_count no aplica el filtro.",
        counting(
            lambda a: given(a, "limit") == "3",
            lambda m: {**m, "filter_count": m["filter_count"] - 1},
        ),
    ),
    Fault(
        "PAG-74",
        "todos_los_totales",
        "Entrega los dos totales aunque se pida uno.",
        as_if(lambda a: given(a, "meta") == "total_count", meta="*"),
    ),
    Fault(
        "PAG-75",
        "minimo_de_diez",
        "Nunca entrega menos de diez registros.",
        as_if(
            lambda a: given(a, "limit") == "1" and given(a, "fields") == "id", limit=10
        ),
    ),
    Fault(
        "PAG-76",
        "todo_de_una_vez",
        "Sin limit entrega la colección completa.",
        as_if(lambda a: not given(a, "limit") and given(a, "meta"), limit=1000),
    ),
    Fault(
        "PAG-12",
        "paginas_traslapadas",
        "La segunda página repite el último registro de la primera.",
        on(_walking, _overlapping),
        also=frozenset({"REC-72"}),
    ),
    Fault(
        "PAG-77",
        "vuelve_a_empezar",
        "Pasado el final vuelve a empezar.",
        as_if(
            lambda a: given(a, "limit") == "5" and int(given(a, "offset") or 0) > 100,
            offset=0,
        ),
    ),
    Fault(
        "PAG-78",
        "pagina_sin_limite",
        "limit=1000000 entrega todo.",
        on(
            lambda a: given(a, "limit") == "1000000",
            lambda a, g: _many(g.serve(asking_for(a, limit=100)), a, g),
        ),
    ),
    Fault(
        "PAG-79",
        "limite_de_texto",
        "limit=abc rompe el servidor.",
        refusing(lambda a: given(a, "limit") == "abc"),
    ),
    Fault(
        "PAG-80",
        "ignora_page",
        "page=2 entrega la primera página.",
        as_if(lambda a: given(a, "page") == "2", page=1),
    ),
    Fault(
        "STR-71",
        "lenta",
        "Tarda cinco segundos en una página de 50.",
        answering(
            lambda a: (
                given(a, "limit") == "50"
                and given(a, "meta") == "*"
                and given(a, "fields") == "*.*.*"
            ),
            _late,
        ),
    ),
    Fault(
        "STR-72",
        "respuestas_cruzadas",
        "A quienes consultan a la vez les da la misma respuesta.",
        on(_one_id, _same_for_all),
    ),
    Fault(
        "SOR-71",
        "no_ordena",
        "Ignora el orden por fecha.",
        as_if(lambda a: given(a, "sort") == TERMS["day"], sort=None),
    ),
    Fault(
        "SOR-72",
        "sin_segundo_campo",
        "Ordena los empates al revés.",
        on(
            lambda a: "," in given(a, "sort"),
            lambda a, g: g.serve(
                asking_for(a, sort=given(a, "sort").replace(",", ",-"))
            ),
        ),
    ),
    Fault(
        "SOR-73",
        "orden_desconocido",
        "Ordenar por un campo desconocido rompe el servidor.",
        refusing(lambda a: given(a, "sort").startswith("qzx")),
    ),
    Fault(
        "SOR-74",
        "orden_al_azar",
        "sort=? rompe el servidor.",
        refusing(lambda a: given(a, "sort") == "?"),
    ),
    Fault(
        "FLD-01",
        "ignora_fields",
        "Entrega el registro completo aunque se pidan tres campos.",
        as_if(lambda a: given(a, "fields").startswith("id,"), fields=None),
    ),
    Fault(
        "FLD-02",
        "fields_de_la_pdn",
        "El fields para omitir nulos rompe el servidor.",
        refusing(lambda a: "!" in given(a, "fields")),
    ),
    Fault(
        "FLD-03",
        "sin_registro",
        "No atiende la dirección de un registro.",
        refusing(lambda a: a.path.startswith(ITEM), 404),
    ),
    Fault(
        "REC-01",
        "texto_plano",
        "Los resultados se declaran como texto.",
        answering(
            lambda a: given(a, "limit") == "8",
            lambda r, _a, _g: replace(
                r, headers={**r.headers, "content-type": "text/plain"}
            ),
        ),
    ),
    Fault(
        "REC-83",
        "compresion_rota",
        "Comprimida, la respuesta llega cortada.",
        answering(lambda a: a.headers.get("accept-encoding") == "gzip", _cut_short),
    ),
)
