"""Faults of the filters by id and by keys, and of what is not a filter."""

from collections.abc import Callable
from typing import Any

from pdn_sdk.practice.planting import (
    NOTHING,
    Fault,
    answering,
    asking,
    is_search,
    on,
    refusing,
    with_stranger,
)
from pdn_sdk.practice.terms import Terms
from pdn_sdk.practice.wire import Asked
from pdn_sdk.standards.model import FilterField


def _key(value: object) -> object:
    return value if isinstance(value, str | int) else None


def _unknown(asked: Asked) -> bool:
    return any(name.startswith("qzxwkvj") for name in asked.query)


def _first_key_alone(asked: Asked, name: str) -> Asked:
    return asked.filtering({**asked.query, name: asked.query[name][:1]})


def _without_unknown_keys(asked: Asked, terms: Terms, declared: FilterField) -> Asked:
    known = {entry.key for entry in terms.dataset.catalogs[declared.catalog]}
    kept = [key for key in asked.query[declared.name] if key in known]
    return asked.filtering({**asked.query, declared.name: kept})


def _identities(terms: Terms) -> tuple[Fault, ...]:
    name, identity = terms.name, terms.identity.name
    return (
        Fault(
            f"SEA-13[{identity}]",
            "total_de_todos",
            "Al pedir un identificador el total es el de todos los registros.",
            on(
                lambda a: is_search(a) and a.asks_only(identity) and a.size == 5,
                lambda a, good: (
                    r.paginated(totalRows=300) if (r := good.serve(a)).results else r
                ),
            ),
        ),
        Fault(
            f"SEA-14[{identity}]",
            "id_y_lo_demas",
            "El identificador se combina con los demás filtros.",
            asking(
                lambda a: (
                    is_search(a)
                    and identity in a.query
                    and "qzxwkvj" in a.query.values()
                ),
                lambda a: a.filtering({name: NOTHING}),
            ),
        ),
        Fault(
            f"SEA-15[{identity}]",
            "id_de_otro_tipo_falla",
            "Falla con un identificador que no es de su base de datos.",
            refusing(
                lambda a: is_search(a) and "no-existe" in str(a.query.get(identity))
            ),
        ),
    )


def _listing(declared: FilterField) -> Callable[[Asked], Any]:
    """Give what reads the list of keys of a search, or None."""

    def listed(asked: Asked) -> Any:
        found = asked.query.get(declared.name)
        return found if isinstance(found, list) else None

    return listed


def _lists(terms: Terms, declared: FilterField) -> tuple[Fault, ...]:
    name, any_of, listed = terms.name, declared.name, _listing(declared)
    return (
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
            on(lambda a: is_search(a) and len(listed(a) or ()) == 1, with_stranger),
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
    )


def _keys(terms: Terms, declared: FilterField) -> tuple[Fault, ...]:
    any_of, listed = declared.name, _listing(declared)
    return (
        Fault(
            f"SEA-20[{any_of}]",
            "clave_desconocida_ignorada",
            "Ignora las claves que no son del catálogo.",
            asking(
                lambda a: (
                    is_search(a) and {987654, "qzxwkvj"} & {*map(_key, listed(a) or ())}
                ),
                lambda a: _without_unknown_keys(a, terms, declared),
            ),
        ),
        Fault(
            f"SEA-45[{any_of}]",
            "clave_desconocida_da_todo",
            "Una clave que no es de la lista entrega todos los registros.",
            asking(
                lambda a: is_search(a) and listed(a) == ["qzxwkvj"],
                lambda a: a.filtering({}),
            ),
        ),
        Fault(
            f"SEA-21[{any_of}]",
            "nulo_en_la_lista",
            "Rechaza la lista con un nulo que envía la PDN.",
            refusing(lambda a: is_search(a) and listed(a) == [None], 400),
        ),
    )


def _requester(terms: Terms, requester: str) -> tuple[Fault, ...]:
    name = terms.name
    return (
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
            f"SEA-28[{requester}]",
            "solicitante_ve_mas",
            "Con un RFC cualquiera los registros llegan con un dato de más.",
            answering(
                lambda a: is_search(a) and requester in a.query,
                lambda r, _: r.listing([{**x, "extra": 1} for x in r.results]),
            ),
        ),
        Fault(
            f"SEA-23[{requester}]",
            "solicitante_fuera_falla",
            "Rechaza el RFC de quien pregunta fuera de «query».",
            refusing(lambda a: is_search(a) and requester in a.members, 400),
        ),
    )


def _strangers(terms: Terms) -> tuple[Fault, ...]:
    return (
        Fault(
            "SEA-24",
            "filtro_desconocido_filtra",
            "Un filtro desconocido no encuentra nada.",
            asking(
                lambda a: is_search(a) and _unknown(a),
                lambda a: a.filtering({terms.name: NOTHING}),
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


def faults(terms: Terms) -> tuple[Fault, ...]:
    """Give the faults that can be planted in a provider of a standard."""
    listed, requester = terms.listed, terms.requester
    return (
        *_identities(terms),
        *(_lists(terms, listed) if listed else ()),
        *(_keys(terms, listed) if listed else ()),
        *(_requester(terms, requester.name) if requester else ()),
        *_strangers(terms),
    )
