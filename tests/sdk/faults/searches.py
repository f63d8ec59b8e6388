"""Faults of filters and of order."""

import unicodedata
from collections.abc import Callable
from typing import Any

from pdn_sdk.collation import fold

from .planting import (
    Fault,
    Good,
    answering,
    asking,
    changing_text,
    is_search,
    on,
    only_text,
    refusing,
)
from .wire import Answered, Asked

NOTHING = {"nombres": "qzx-nada"}
NAMES = ("nombres", "primerApellido", "segundoApellido")
ANY_OF = "tipoProcedimiento"


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _inside(text: str, texts: frozenset[str]) -> bool:
    return any(text in t for t in texts)


def _odd(text: str, texts: frozenset[str]) -> bool:
    return "'" in text and text in texts


def _other_case(text: str, texts: frozenset[str]) -> bool:
    folded = text.lower()
    # ñ apart: it has its own check.
    return (
        "ñ" not in folded
        and folded in {t.lower() for t in texts}
        and not _inside(text, texts)
    )


def _lacks_accents(text: str, texts: frozenset[str]) -> bool:
    return not _inside(text, texts) and text in {_bare(t) for t in texts}


def _has_extra_accents(text: str, texts: frozenset[str]) -> bool:
    return (
        not _inside(text, texts)
        and "ñ" not in text.lower()
        and _bare(text) != text
        and _bare(text) in {_bare(t) for t in texts}
    )


def _has_extra_blanks(text: str, texts: frozenset[str]) -> bool:
    return not _inside(text, texts) and text != " ".join(text.split())


def _two_enyes(text: str, _: frozenset[str]) -> bool:
    return text.lower().count("ñ") > 1


def _partial(text: str, texts: frozenset[str]) -> bool:
    whole = {fold(t) for t in texts}
    return len(text) > 2 and fold(text) not in whole and _inside(text, texts)


def _with_stranger(asked: Asked, good: Good) -> Answered:
    answered = good.serve(asked)
    own = {r["id"] for r in answered.results}
    everyone = good.serve(asked.filtering({})).results
    stranger = [r for r in everyone if r["id"] not in own][:1]
    return answered.listing([*answered.results, *stranger])


def _first_alone(asked: Asked) -> Asked:
    name, text = next(iter(asked.query.items()))
    return asked.filtering({name: text})


def _fallback(asked: Asked, good: Good) -> Answered:
    answered = good.serve(asked)
    empty = answered.status == 200 and not answered.results
    return good.serve(_first_alone(asked)) if empty else answered


def _two_texts(asked: Asked) -> bool:
    return (
        is_search(asked)
        and len(asked.query) == 2
        and set(asked.query) <= {*NAMES, "institucionDependencia"}
    )


def _listed(asked: Asked) -> Any:
    found = asked.query.get(ANY_OF)
    return found if isinstance(found, list) else None


def _without_unknown_keys(asked: Asked) -> Asked:
    known = [k for k in asked.query[ANY_OF] if k in range(1, 6)]
    return asked.filtering({**asked.query, ANY_OF: known})


def _unknown(asked: Asked) -> bool:
    return any(name.startswith("qzxwkvj") for name in asked.query)


def _plain_order(answered: Answered, asked: Asked) -> Answered:
    name = next(iter(asked.sort))
    return answered.listing(
        sorted(answered.results, key=lambda r: _bare(fold(r[name])))
    )


def _overlapping(asked: Asked, good: Good) -> Answered:
    answered = good.serve(asked)
    before = good.serve(asked.saying(page=asked.page - 1))
    return answered.listing([*before.results[-1:], *answered.results[1:]])


def _ordering(direction: object) -> Callable[[Asked], bool]:
    return lambda a: is_search(a) and a.sort == {"puesto": direction}


TEXTS = (
    Fault(
        "SEA-01[primerApellido]",
        "apostrofo_perdido",
        "No encuentra los apellidos con apóstrofo.",
        changing_text(_odd, "primerApellido"),
    ),
    Fault(
        "SEA-02[nombres]",
        "registro_ajeno",
        "El filtro por nombre entrega un registro que no lo tiene.",
        on(lambda a: only_text("nombres")(a) and a.size == 50, _with_stranger),
    ),
    Fault(
        "SEA-03[rfc]",
        "rfc_no_se_encuentra",
        "Muestra el RFC, pero el filtro no lo encuentra.",
        answering(
            is_search,
            lambda r, _: r.listing([{**x, "rfc": "GAXX800101AB1"} for x in r.results]),
        ),
        also=frozenset({"PRI-01"}),
    ),
    Fault(
        "SEA-03[curp]",
        "curp_no_se_encuentra",
        "Muestra la CURP, pero el filtro no la encuentra.",
        answering(
            is_search,
            lambda r, _: r.listing(
                [{**x, "curp": "GAXX800101MDFRRR01"} for x in r.results]
            ),
        ),
        also=frozenset({"PRI-01"}),
    ),
    Fault(
        "SEA-04[primerApellido]",
        "distingue_mayusculas",
        "El filtro distingue mayúsculas de minúsculas.",
        changing_text(_other_case, "primerApellido"),
    ),
    Fault(
        "SEA-05[nombres]",
        "exige_acentos",
        "Sin acentos no encuentra los nombres acentuados.",
        changing_text(_lacks_accents, "nombres"),
    ),
    Fault(
        "SEA-06[nombres]",
        "estorban_los_acentos",
        "Con acentos no encuentra los nombres sin acentuar.",
        changing_text(_has_extra_accents, "nombres"),
    ),
    Fault(
        "SEA-07[nombres]",
        "estorban_los_espacios",
        "Un espacio de más esconde los registros.",
        changing_text(_has_extra_blanks, "nombres"),
    ),
    Fault(
        "SEA-08[primerApellido]",
        "una_sola_enye",
        "Sólo cuida la primera eñe de lo que se busca.",
        changing_text(_two_enyes, "primerApellido"),
    ),
    Fault(
        "SEA-09[nombres]",
        "sólo_valor_completo",
        "Sólo encuentra el valor completo.",
        changing_text(_partial, "nombres"),
    ),
    Fault(
        "SEA-10",
        "blanco_filtra",
        "Una institución en blanco no encuentra nada.",
        asking(
            lambda a: is_search(a) and a.query.get("institucionDependencia") == "",
            lambda a: a.filtering(NOTHING),
        ),
    ),
    Fault(
        "SEA-11",
        "el_segundo_no_cuenta",
        "De dos filtros sólo cuenta el primero.",
        asking(
            lambda a: _two_texts(a) and "qzxwkvj" not in a.query.values(), _first_alone
        ),
    ),
    Fault(
        "SEA-12",
        "nunca_vacio",
        "Si nada cumple los dos filtros, da lo que cumple el primero.",
        on(_two_texts, _fallback),
    ),
)

OTHERS = (
    Fault(
        "SEA-13[id]",
        "total_de_todos",
        "Al pedir un identificador el total es el de todos los registros.",
        on(
            lambda a: is_search(a) and list(a.query) == ["id"] and a.size == 5,
            lambda a, good: (
                r.paginated(totalRows=300) if (r := good.serve(a)).results else r
            ),
        ),
    ),
    Fault(
        "SEA-14[id]",
        "id_y_lo_demas",
        "El identificador se combina con los demás filtros.",
        asking(
            lambda a: (
                is_search(a) and "id" in a.query and "qzxwkvj" in a.query.values()
            ),
            lambda a: a.filtering(NOTHING),
        ),
    ),
    Fault(
        "SEA-15[id]",
        "id_de_otro_tipo_falla",
        "Falla con un identificador que no es de su base de datos.",
        refusing(lambda a: is_search(a) and "no-existe" in str(a.query.get("id"))),
    ),
    Fault(
        f"SEA-16[{ANY_OF}]",
        "solo_la_primera_clave",
        "De una lista de claves sólo cuenta la primera.",
        asking(
            lambda a: is_search(a) and len(_listed(a) or ()) == 2,
            lambda a: a.filtering({**a.query, ANY_OF: _listed(a)[:1]}),
        ),
    ),
    Fault(
        f"SEA-17[{ANY_OF}]",
        "procedimiento_ajeno",
        "Con una clave llega un registro que no la tiene.",
        on(lambda a: is_search(a) and len(_listed(a) or ()) == 1, _with_stranger),
    ),
    Fault(
        f"SEA-18[{ANY_OF}]",
        "la_lista_tapa_al_texto",
        "Con una lista de claves deja de contar el nombre.",
        asking(
            lambda a: is_search(a) and _listed(a) and "nombres" in a.query,
            lambda a: a.filtering({ANY_OF: _listed(a)}),
        ),
    ),
    Fault(
        f"SEA-19[{ANY_OF}]",
        "lista_vacia_filtra",
        "Una lista vacía no encuentra nada.",
        asking(
            lambda a: is_search(a) and _listed(a) == [], lambda a: a.filtering(NOTHING)
        ),
    ),
    Fault(
        f"SEA-20[{ANY_OF}]",
        "clave_desconocida_ignorada",
        "Ignora las claves que no son del catálogo.",
        asking(
            lambda a: is_search(a) and 987654 in (_listed(a) or ()),
            _without_unknown_keys,
        ),
    ),
    Fault(
        f"SEA-21[{ANY_OF}]",
        "nulo_en_la_lista",
        "Rechaza la lista con un nulo que envía la PDN.",
        refusing(lambda a: is_search(a) and _listed(a) == [None], 400),
    ),
    Fault(
        "SEA-22[rfcSolicitante]",
        "solicitante_filtra",
        "Busca registros con el RFC de quien pregunta.",
        asking(
            lambda a: is_search(a) and "rfcSolicitante" in a.query,
            lambda a: a.filtering(NOTHING),
        ),
    ),
    Fault(
        "SEA-23[rfcSolicitante]",
        "solicitante_fuera_falla",
        "Rechaza el RFC de quien pregunta fuera de «query».",
        refusing(lambda a: is_search(a) and "rfcSolicitante" in a.members, 400),
    ),
    Fault(
        "SEA-24",
        "filtro_desconocido_filtra",
        "Un filtro desconocido no encuentra nada.",
        asking(lambda a: is_search(a) and _unknown(a), lambda a: a.filtering(NOTHING)),
    ),
    Fault(
        "SEA-25",
        "orden_desconocido_falla",
        "Rechaza un orden desconocido en lugar de ignorarlo.",
        refusing(
            lambda a: is_search(a) and any(n.startswith("qzxwkvj") for n in a.sort), 400
        ),
    ),
)

ORDER = (
    Fault(
        "SOR-01[puesto]",
        "orden_ignorado",
        "No ordena por puesto de menor a mayor.",
        asking(
            lambda a: _ordering("asc")(a) and a.size == 200,
            lambda a: a.forgetting("sort"),
        ),
    ),
    Fault(
        "SOR-02[puesto]",
        "descendente_al_reves",
        "De mayor a menor ordena igual que de menor a mayor.",
        asking(_ordering("desc"), lambda a: a.saying(sort={"puesto": "asc"})),
    ),
    Fault(
        "SOR-03",
        "orden_vacio_falla",
        "Rechaza un «sort» vacío.",
        refusing(lambda a: is_search(a) and a.members.get("sort") == {}, 400),
    ),
    Fault(
        "SOR-04",
        "direccion_en_mayusculas",
        "Acepta «ASC» en mayúsculas.",
        asking(
            lambda a: is_search(a) and "ASC" in a.sort.values(),
            lambda a: a.saying(sort=dict.fromkeys(a.sort, "asc")),
        ),
    ),
    Fault(
        "SOR-05",
        "la_enye_como_n",
        "Ordena la ñ como si fuera n.",
        answering(
            lambda a: (
                is_search(a)
                and a.size == 200
                and set(a.sort) <= set(NAMES)
                and a.sort
                and "asc" in a.sort.values()
            ),
            _plain_order,
        ),
    ),
    Fault(
        "SOR-06",
        "paginas_ordenadas_traslapadas",
        "Las páginas ordenadas repiten un registro.",
        on(
            lambda a: is_search(a) and a.sort and a.size == 40 and a.page > 1,
            _overlapping,
        ),
    ),
)

FAULTS = (*TEXTS, *OTHERS, *ORDER)
