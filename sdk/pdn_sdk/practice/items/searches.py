"""Faults of filters and search."""

import json
from typing import Any

from pdn_sdk.practice.items.planting import (
    TERMS,
    Fault,
    Good,
    as_if,
    asking_for,
    given,
    on,
    refusing,
    tree,
    using,
    within,
)
from pdn_sdk.practice.wire import Answered, Asked


def _swapping(*names: tuple[str, str]) -> Any:
    """Run an operator as if it were another one."""

    def bend(asked: Asked, good: Good) -> Answered:
        text = given(asked, "filter")
        for name, other in names:
            text = text.replace(f'"{name}"', f'"{other}"')
        return good.serve(asking_for(asked, filter=text))

    return bend


def _unfiltered(asked: Asked, good: Good) -> Answered:
    return good.serve(asking_for(asked, filter=None))


def _is_root_equal(asked: Asked) -> bool:
    node = tree(asked)
    return (
        given(asked, "limit") == "25"
        and len(node) == 1
        and isinstance(node, dict)
        and "_eq" in (next(iter(node.values())) or ())
        and TERMS["text"] in node
    )


def _is_nested_equal(asked: Asked) -> bool:
    node = tree(asked)
    first = next(iter(node.values()), None) if isinstance(node, dict) else None
    return isinstance(first, dict) and not within(node, "_and") and any(
        isinstance(v, dict) and "_eq" in v for v in first.values()
    ) and given(asked, "limit") == "25"  # fmt: skip


def _first_only(asked: Asked, good: Good) -> Answered:
    """Look only at the first condition of an _or."""
    return good.serve(asking_for(asked, filter=json.dumps(tree(asked)["_or"][0])))


def _brackets(asked: Asked) -> bool:
    return "filter%5B" in asked.query_string or "filter[" in asked.query_string


def _without_brackets(asked: Asked, good: Good) -> Answered:
    return good.serve(asking_for(asked, **{f"filter[{TERMS['text']}][_eq]": None}))


def _is_unknown(asked: Asked) -> bool:
    return "qzxwkvjCampo" in given(asked, "filter") and given(asked, "limit") == "1"


FAULTS = (
    Fault(
        "FIL-01",
        "igual_es_contiene",
        "_eq entrega también otros registros.",
        on(_is_root_equal, _unfiltered),
    ),
    Fault(
        "FIL-02",
        "ignora_corchetes",
        "Ignora el filtro con corchetes.",
        on(_brackets, _without_brackets),
    ),
    Fault(
        "FIL-03",
        "sin_relaciones",
        "Ignora el filtro por un campo de una relación.",
        on(_is_nested_equal, _unfiltered),
    ),
    Fault(
        "FIL-04",
        "desigual_es_igual",
        "_neq hace lo mismo que _eq.",
        on(using("_neq"), _swapping(("_neq", "_eq"))),
    ),
    Fault(
        "FIL-05",
        "nulo_al_reves",
        "_null hace lo mismo que _nnull.",
        on(using("_null"), _swapping(("_null", "_nnull"))),
    ),
    Fault(
        "FIL-06",
        "mayor_es_mayor_o_igual",
        "_gt incluye el mismo día.",
        on(
            lambda a: within(tree(a), "_gt") and given(a, "limit") == "25",
            _swapping(("_gt", "_gte")),
        ),
    ),
    Fault(
        "FIL-07",
        "o_a_medias",
        "_or mira sólo la primera condición.",
        on(using("_or"), _first_only),
    ),
    Fault(
        "FIL-08",
        "ninguno_es_alguno",
        "_none hace lo mismo que _some.",
        on(using("_none"), _swapping(("_none", "_some"))),
    ),
    Fault(
        "FIL-09",
        "nada_es_un_error",
        "Un filtro sin resultados responde 404.",
        refusing(
            lambda a: (
                "qzxwkvj" in given(a, "filter") and "Campo" not in given(a, "filter")
            ),
            404,
        ),
    ),
    Fault(
        "FIL-10",
        "ignora_json_roto",
        "Un filtro mal escrito se ignora.",
        as_if(lambda a: given(a, "filter") in ("{nope", "hola"), filter=None),
    ),
    Fault(
        "FIL-11",
        "ignora_operadores",
        "Un operador desconocido se ignora.",
        on(using("_operadorquenoexiste"), _unfiltered),
    ),
    Fault(
        "FIL-12",
        "ignora_campos",
        "Un campo desconocido en el filtro se ignora.",
        on(_is_unknown, _unfiltered),
    ),
    Fault(
        "FIL-13",
        "tipo_equivocado",
        "Un texto en lugar de una fecha rompe el servidor.",
        refusing(
            lambda a: (
                "ma\\u00f1ana" in given(a, "filter") or "mañana" in given(a, "filter")
            )
        ),
    ),
    Fault(
        "FIL-14",
        "ignora_search",
        "search no busca.",
        as_if(
            lambda a: given(a, "search") and "aaaa" not in given(a, "search"),
            search=None,
        ),
    ),
)
