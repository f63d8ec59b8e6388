"""Faults that only show where filters, order, pages or callers come together."""

import json
import time
from collections.abc import Iterator
from typing import Any

from pdn_sdk.practice.items.planting import (
    GRAVES,
    STANDARD,
    TERMS,
    Fault,
    Good,
    answering,
    as_if,
    asking_for,
    given,
    on,
    parameters,
    tree,
)
from pdn_sdk.practice.wire import Answered, Asked
from pdn_sdk.standards.items.shape import Kind, Member, visible

TOGETHER_S = 0.05


def _places(member: Member, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the paths of the texts and the dates that anyone sees, outside lists."""
    for name, child in member.members.items():
        if child.kind in {Kind.TEXT, Kind.DATE}:
            yield (*path, name)
        elif child.kind is Kind.OBJECT:
            yield from _places(child, (*path, name))


FILTERED = [*_places(visible(STANDARD.dataset(GRAVES), reserved=False))]
FORGOTTEN = FILTERED[5]
"""A field that no other check filters by."""
LATER = FILTERED[13]


def _noted(answered: Answered, _asked: Asked, _good: Good) -> Answered:
    return answered.member("data", [{**r, "nota": "x"} for r in answered.json["data"]])


def nested(path: tuple[str, ...], node: Any) -> Any:
    """Write a filter for a path of members."""
    for name in reversed(path):
        node = {name: node}
    return node


def _is_forgotten(asked: Asked) -> bool:
    node = tree(asked)
    for name in FORGOTTEN:
        node = node.get(name) if isinstance(node, dict) else None
    return isinstance(node, dict) and "_eq" in node


def _is_on_two_fields(asked: Asked) -> bool:
    node = tree(asked)
    conditions = node.get("_and") if isinstance(node, dict) else None
    return (
        isinstance(conditions, list)
        and len(conditions) == 2
        and {*map(_path, conditions)} != {_path(conditions[0])}
    )


def _path(node: Any) -> tuple[str, ...]:
    path: tuple[str, ...] = ()
    while isinstance(node, dict) and node:
        name, node = next(iter(node.items()))
        path = (*path, name)
    return path


def _mentions(node: Any, path: tuple[str, ...]) -> bool:
    if isinstance(node, list):
        return any(_mentions(each, path) for each in node)
    either = node.get("_or") if isinstance(node, dict) else None
    return _mentions(either, path) if either else _path(node)[:-1] == path


def _has_groups(asked: Asked) -> bool:
    node = tree(asked)
    conditions = node.get("_and") if isinstance(node, dict) else None
    return isinstance(conditions, list) and any("_or" in each for each in conditions)


def _without_groups(asked: Asked, good: Good) -> Answered:
    kept = [each for each in tree(asked)["_and"] if "_or" not in each]
    return good.serve(asking_for(asked, filter=json.dumps({"_and": kept})))


def _first_only(asked: Asked, good: Good) -> Answered:
    return good.serve(asking_for(asked, filter=json.dumps(tree(asked)["_and"][0])))


def _cut(answered: Answered, _asked: Asked, _good: Good) -> Answered:
    data = [
        {k: v for k, v in i.items() if k != TERMS["day"]} for i in answered.json["data"]
    ]
    return answered.member("data", data)


def _crossed(asked: Asked, good: Good) -> Answered:
    good.memory["last"] = asked
    time.sleep(TOGETHER_S)
    return good.serve(good.memory["last"])


def _unfiltered(asked: Asked, good: Good) -> Answered:
    rest = nested(FORGOTTEN, {"_nnull": True})
    return good.serve(asking_for(asked, filter=json.dumps(rest)))


FAULTS = (
    Fault(
        "FIL-15",
        "campo_olvidado",
        "El filtro por uno de los campos no hace nada.",
        on(_is_forgotten, _unfiltered),
    ),
    Fault(
        "FIL-15",
        "otro_campo_olvidado",
        "El filtro por un campo de los últimos deja pasar a todos.",
        on(
            lambda a: given(a, "limit") == "1" and _mentions(tree(a), LATER),
            lambda a, good: good.serve(asking_for(a, filter=None)),
        ),
    ),
    Fault(
        "FIL-16",
        "grupos_ignorados",
        "Ignora un grupo de condiciones dentro de otro.",
        on(_has_groups, _without_groups),
    ),
    Fault(
        "FIL-16",
        "dos_campos_a_medias",
        "_and sobre dos campos mira sólo el primero.",
        on(_is_on_two_fields, _first_only),
    ),
    Fault(
        "PAG-81",
        "pagina_sin_avanzar",
        "Con filtro y orden todas las páginas son la primera.",
        as_if(lambda a: given(a, "filter") and given(a, "sort") == "-id", offset="0"),
    ),
    Fault(
        "PAG-81",
        "filtro_sin_orden",
        "Con un filtro no hace caso del orden.",
        as_if(lambda a: given(a, "filter") and given(a, "sort"), sort=None),
    ),
    Fault(
        "FLD-01",
        "campos_sin_filtro",
        "Cuando se piden pocos campos no hace caso del filtro.",
        as_if(lambda a: given(a, "fields") == "id" and given(a, "filter"), filter=None),
    ),
    Fault(
        "SOR-75",
        "paginas_ordenadas_traslapadas",
        "Al ordenar, la segunda página empieza con el último de la primera.",
        as_if(
            lambda a: (
                given(a, "sort")
                and given(a, "limit") == "100"
                and given(a, "offset") == "100"
            ),
            offset="99",
        ),
    ),
    Fault(
        "REC-84",
        "orden_recortado",
        "Al ordenar, los registros llegan sin un dato.",
        answering(lambda a: given(a, "sort") == "-id" and not given(a, "filter"), _cut),
    ),
    Fault(
        "STR-73",
        "respuestas_mezcladas",
        "Quien pasa de página a la vez que otro recibe la del otro.",
        on(lambda a: given(a, "limit") == "5" and given(a, "meta") == "*", _crossed),
    ),
    Fault(
        "PAG-53",
        "pagina_filtrada_corta",
        "Con un filtro, las páginas de veinticinco traen un registro menos.",
        answering(
            lambda a: (
                given(a, "filter")
                and given(a, "limit") == "25"
                and "sort" not in parameters(a)
            ),
            lambda r, _a, _g: r.member("data", r.json["data"][:-1]),
        ),
    ),
    Fault(
        "REC-52",
        "dato_de_mas_con_filtro",
        "Con un filtro, las páginas de cien traen un dato que el listado no tiene.",
        answering(lambda a: given(a, "filter") and given(a, "limit") == "100", _noted),
    ),
)
