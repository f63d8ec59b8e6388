"""Faults that no list of requests foresees; invented requests run into them."""

from typing import Any

from pdn_sdk.practice.planting import Fault, answering, asking, is_search, refusing
from pdn_sdk.practice.wire import Answered, Asked

FAR = 1_000


def _is_round(value: Any) -> bool:
    return isinstance(value, float) and value.is_integer()


def _has_nameless(value: Any) -> bool:
    if isinstance(value, dict):
        return "" in value or any(map(_has_nameless, value.values()))
    return isinstance(value, list) and any(map(_has_nameless, value))


def _is_far(asked: Asked) -> bool:
    page = asked.page
    return is_search(asked) and isinstance(page, int | float) and page > FAR


def _half(answered: Answered, _: Asked) -> Answered:
    pagination = dict(answered.json["pagination"])
    del pagination["hasNextPage"]
    return answered.member("pagination", pagination)


FAULTS = (
    Fault(
        "FUZ-01",
        "se_rompe_con_10_punto_0",
        "Un tamaño de página escrito con punto decimal, como 10.0, rompe el servidor.",
        refusing(lambda a: is_search(a) and (_is_round(a.size) or _is_round(a.page))),
    ),
    Fault(
        "FUZ-01",
        "se_rompe_sin_nombre",
        "Un miembro cuyo nombre es un texto vacío rompe el servidor.",
        refusing(lambda a: is_search(a) and _has_nameless(a.json)),
    ),
    Fault(
        "FUZ-03",
        "pagina_que_no_es_un_numero",
        "Una página que no es un número la toma por la primera.",
        asking(
            lambda a: is_search(a) and not isinstance(a.page, int | float),
            lambda a: a.forgetting("page"),
        ),
    ),
    Fault(
        "FUZ-02",
        "paginacion_a_medias",
        "En las páginas muy lejanas la paginación llega incompleta.",
        answering(_is_far, _half),
    ),
)
