"""Faults of filters and of order."""

import unicodedata
from collections.abc import Iterator
from typing import Any

from pdn_sdk.collation import fold
from pdn_sdk.standards.model import FilterField, Operator
from pdn_sdk.standards.paths import first_at

from .planting import (
    Change,
    Fault,
    Good,
    When,
    answering,
    asking,
    changing_text,
    is_search,
    on,
    only_text,
    refusing,
    showing,
)
from .terms import Terms
from .wire import Answered, Asked

NOTHING = "qzx-nada"


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


def _key(value: object) -> object:
    return value if isinstance(value, str | int) else None


def _unknown(asked: Asked) -> bool:
    return any(name.startswith("qzxwkvj") for name in asked.query)


def _first_key_alone(asked: Asked, name: str) -> Asked:
    return asked.filtering({**asked.query, name: asked.query[name][:1]})


def _without_unknown_keys(asked: Asked, terms: Terms) -> Asked:
    declared = terms.listed
    known = {entry.key for entry in terms.dataset.catalogs[declared.catalog]}
    kept = [key for key in asked.query[declared.name] if key in known]
    return asked.filtering({**asked.query, declared.name: kept})


def _plain_order(terms: Terms) -> Change:
    paths = terms.dataset.sort_fields_by_name

    def reordered(answered: Answered, asked: Asked) -> Answered:
        path = paths[next(iter(asked.sort))].path
        return answered.listing(
            sorted(
                answered.results,
                key=lambda r: _bare(fold(str(first_at(r, path) or ""))),
            )
        )

    return reordered


def _overlapping(asked: Asked, good: Good) -> Answered:
    answered = good.serve(asked)
    before = good.serve(asked.saying(page=asked.page - 1))
    return answered.listing([*before.results[-1:], *answered.results[1:]])


def _texts(terms: Terms) -> tuple[Fault, ...]:
    name, surname, institution = terms.name, terms.surname, terms.institution.name
    texts = {f.name for f in terms.filters(Operator.CONTAINS)}

    def two_texts(asked: Asked) -> bool:
        return is_search(asked) and len(asked.query) == 2 and set(asked.query) <= texts

    return (
        Fault(
            f"SEA-01[{surname}]",
            "apostrofo_perdido",
            "No encuentra los apellidos con apóstrofo.",
            changing_text(_odd, surname),
        ),
        Fault(
            f"SEA-02[{name}]",
            "registro_ajeno",
            "El filtro por nombre entrega un registro que no lo tiene.",
            on(lambda a: only_text(name)(a) and a.size == 50, _with_stranger),
        ),
        Fault(
            f"SEA-04[{surname}]",
            "distingue_mayusculas",
            "El filtro distingue mayúsculas de minúsculas.",
            changing_text(_other_case, surname),
        ),
        Fault(
            f"SEA-05[{name}]",
            "exige_acentos",
            "Sin acentos no encuentra los nombres acentuados.",
            changing_text(_lacks_accents, name),
        ),
        Fault(
            f"SEA-06[{name}]",
            "estorban_los_acentos",
            "Con acentos no encuentra los nombres sin acentuar.",
            changing_text(_has_extra_accents, name),
        ),
        Fault(
            f"SEA-07[{name}]",
            "estorban_los_espacios",
            "Un espacio de más esconde los registros.",
            changing_text(_has_extra_blanks, name),
        ),
        Fault(
            f"SEA-08[{surname}]",
            "una_sola_enye",
            "Sólo cuida la primera eñe de lo que se busca.",
            changing_text(_two_enyes, surname),
        ),
        Fault(
            f"SEA-09[{name}]",
            "sólo_valor_completo",
            "Sólo encuentra el valor completo.",
            changing_text(_partial, name),
        ),
        Fault(
            "SEA-10",
            "blanco_filtra",
            "Una institución en blanco no encuentra nada.",
            asking(
                lambda a: is_search(a) and a.query.get(institution) == "",
                lambda a: a.filtering({name: NOTHING}),
            ),
        ),
        Fault(
            "SEA-11",
            "el_segundo_no_cuenta",
            "De dos filtros sólo cuenta el primero.",
            asking(
                lambda a: two_texts(a) and "qzxwkvj" not in a.query.values(),
                _first_alone,
            ),
        ),
        Fault(
            "SEA-12",
            "nunca_vacio",
            "Si nada cumple los dos filtros, da lo que cumple el primero.",
            on(two_texts, _fallback),
        ),
    )


def _exact(terms: Terms) -> Iterator[Fault]:
    for declared in terms.withheld:
        yield Fault(
            f"SEA-03[{declared.name}]",
            f"{declared.name}_no_se_encuentra",
            "Muestra el dato, pero el filtro no lo encuentra.",
            answering(is_search, showing(declared.path, "GAXX800101AB1")),
            also=frozenset({"PRI-01"}),
        )
    for declared in terms.shown:
        yield Fault(
            f"SEA-03[{declared.name}]",
            f"{declared.name}_no_se_encuentra",
            "Muestra el dato, pero el filtro no lo encuentra.",
            asking(
                _exactly(declared, 10), lambda a: a.filtering({terms.name: NOTHING})
            ),
        )
    if terms.closed is not None:
        yield from _closed(terms, terms.closed)


def _exactly(declared: FilterField, size: int) -> When:
    return lambda a: (
        is_search(a) and list(a.query) == [declared.name] and a.size == size
    )


def _closed(terms: Terms, closed: FilterField) -> Iterator[Fault]:
    last = terms.dataset.catalogs[closed.catalog][-1].key
    yield Fault(
        f"SEA-26[{closed.name}]",
        "valor_sin_registros",
        "Con uno de los valores no encuentra nada.",
        asking(
            lambda a: _exactly(closed, 20)(a) and a.query[closed.name] == last,
            lambda a: a.filtering({terms.name: NOTHING}),
        ),
    )
    yield Fault(
        f"SEA-27[{closed.name}]",
        "valor_como_expresion",
        "Trata el valor como expresión regular: un punto los encuentra todos.",
        asking(
            lambda a: is_search(a) and a.query.get(closed.name) == ".",
            lambda a: a.filtering({}),
        ),
    )


def _others(terms: Terms) -> tuple[Fault, ...]:
    name, any_of, requester = terms.name, terms.listed.name, terms.requester

    def listed(asked: Asked) -> Any:
        found = asked.query.get(any_of)
        return found if isinstance(found, list) else None

    return (
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
                lambda a: a.filtering({name: NOTHING}),
            ),
        ),
        Fault(
            "SEA-15[id]",
            "id_de_otro_tipo_falla",
            "Falla con un identificador que no es de su base de datos.",
            refusing(lambda a: is_search(a) and "no-existe" in str(a.query.get("id"))),
        ),
        Fault(
            f"SEA-16[{any_of}]",
            "solo_la_primera_clave",
            "De una lista de claves sólo cuenta la primera.",
            asking(
                lambda a: is_search(a) and len(listed(a) or ()) == 2,
                lambda a: _first_key_alone(a, any_of),
            ),
        ),
        Fault(
            f"SEA-17[{any_of}]",
            "procedimiento_ajeno",
            "Con una clave llega un registro que no la tiene.",
            on(lambda a: is_search(a) and len(listed(a) or ()) == 1, _with_stranger),
        ),
        Fault(
            f"SEA-18[{any_of}]",
            "la_lista_tapa_al_texto",
            "Con una lista de claves deja de contar el nombre.",
            asking(
                lambda a: is_search(a) and listed(a) and name in a.query,
                lambda a: a.filtering({any_of: listed(a)}),
            ),
        ),
        Fault(
            f"SEA-19[{any_of}]",
            "lista_vacia_filtra",
            "Una lista vacía no encuentra nada.",
            asking(
                lambda a: is_search(a) and listed(a) == [],
                lambda a: a.filtering({name: NOTHING}),
            ),
        ),
        Fault(
            f"SEA-20[{any_of}]",
            "clave_desconocida_ignorada",
            "Ignora las claves que no son del catálogo.",
            asking(
                lambda a: (
                    is_search(a) and {987654, "qzxwkvj"} & {*map(_key, listed(a) or ())}
                ),
                lambda a: _without_unknown_keys(a, terms),
            ),
        ),
        Fault(
            f"SEA-21[{any_of}]",
            "nulo_en_la_lista",
            "Rechaza la lista con un nulo que envía la PDN.",
            refusing(lambda a: is_search(a) and listed(a) == [None], 400),
        ),
        Fault(
            f"SEA-22[{requester}]",
            "solicitante_filtra",
            "Busca registros con el RFC de quien pregunta.",
            asking(
                lambda a: is_search(a) and requester in a.query,
                lambda a: a.filtering({name: NOTHING}),
            ),
        ),
        Fault(
            f"SEA-23[{requester}]",
            "solicitante_fuera_falla",
            "Rechaza el RFC de quien pregunta fuera de «query».",
            refusing(lambda a: is_search(a) and requester in a.members, 400),
        ),
        Fault(
            "SEA-24",
            "filtro_desconocido_filtra",
            "Un filtro desconocido no encuentra nada.",
            asking(
                lambda a: is_search(a) and _unknown(a),
                lambda a: a.filtering({name: NOTHING}),
            ),
        ),
        Fault(
            "SEA-25",
            "orden_desconocido_falla",
            "Rechaza un orden desconocido en lugar de ignorarlo.",
            refusing(
                lambda a: is_search(a) and any(n.startswith("qzxwkvj") for n in a.sort),
                400,
            ),
        ),
    )


def _order(terms: Terms) -> tuple[Fault, ...]:
    order = terms.order.name
    names = {f.name for f in terms.names}

    def ordering(direction: str) -> When:
        return lambda a: is_search(a) and a.sort == {order: direction}

    return (
        Fault(
            f"SOR-01[{order}]",
            "orden_ignorado",
            "No ordena de menor a mayor.",
            asking(
                lambda a: ordering("asc")(a) and a.size == 200,
                lambda a: a.forgetting("sort"),
            ),
        ),
        Fault(
            f"SOR-02[{order}]",
            "descendente_al_reves",
            "De mayor a menor ordena igual que de menor a mayor.",
            asking(ordering("desc"), lambda a: a.saying(sort={order: "asc"})),
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
                    and set(a.sort) <= names
                    and a.sort
                    and "asc" in a.sort.values()
                ),
                _plain_order(terms),
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


def faults(terms: Terms) -> tuple[Fault, ...]:
    """Give the faults that can be planted in a provider of a standard."""
    return (*_texts(terms), *_exact(terms), *_others(terms), *_order(terms))
