"""Faults that only show where filters, order, pages or callers come together."""

from collections.abc import Iterator, Mapping
from typing import Any

from pdn_sdk.practice.hostile import crossed
from pdn_sdk.practice.planting import (
    Fault,
    Good,
    Record,
    answering,
    asking,
    is_search,
    is_token,
    late,
    on,
)
from pdn_sdk.practice.terms import Terms
from pdn_sdk.practice.wire import Answered, Asked
from pdn_sdk.standards.model import Operator

NOTHING = "qzx-nada"
LARGE = 200
CALLERS = 5


def _next_forever(answered: Answered, _: Asked) -> Answered:
    return answered.paginated(hasNextPage=bool(answered.results))


def _without_optional(terms: Terms) -> Any:
    schema: Mapping[str, Any] = terms.dataset.schema
    required = {*schema["required"], *terms.dataset.defaults}

    def cut(record: Record) -> Record:
        kept = {k: v for k, v in record.items() if k in required}
        return kept if kept != record else dict(map(_shortened, record.items()))

    return lambda answered, _: answered.listing(map(cut, answered.results))


def _shortened(member: tuple[str, Any]) -> tuple[str, Any]:
    """Take from an object the last thing that it holds."""
    name, value = member
    return name, dict([*value.items()][:-1]) if isinstance(value, dict) else value


def _renewal_admits(asked: Asked, good: Good) -> Answered:
    known = good.memory.setdefault("renewals", set())
    if asked.authorization.removeprefix("Bearer ") in known:
        return good.admit(asked)
    answered = good.serve(asked)
    if is_token(asked) and answered.status == 200:
        known.add(answered.json["refresh_token"])
    return answered


def _searches(terms: Terms) -> Iterator[Fault]:
    surname, order = terms.surname, terms.order.name
    texts = [f.name for f in terms.filters(Operator.CONTAINS) if "." not in f.name]
    yield Fault(
        f"PAG-51[{surname}]",
        "siguiente_filtrada",
        "Con un filtro anuncia siempre otra página.",
        answering(
            lambda a: is_search(a) and list(a.query) == [surname] and not a.sort,
            _next_forever,
        ),
    )
    yield Fault(
        f"SOR-51[{order}]",
        "el_orden_quita_el_filtro",
        "Al ordenar por un campo olvida el filtro.",
        asking(
            lambda a: is_search(a) and a.query and list(a.sort) == [order],
            lambda a: a.filtering({}),
        ),
    )
    yield Fault(
        f"SOR-51[{order}]",
        "descendente_olvidado",
        "Con un filtro, de mayor a menor ordena de menor a mayor.",
        asking(
            lambda a: is_search(a) and a.query and a.sort == {order: "desc"},
            lambda a: a.saying(sort={order: "asc"}),
        ),
    )
    if terms.institution is not None:
        yield _forgotten_pair(terms.name, terms.institution.name)
    if terms.listed is not None:
        listed = terms.listed.name
        key = terms.dataset.catalogs[terms.listed.catalog][2].key
        yield Fault(
            f"SEA-51[{listed}]",
            "clave_perdida",
            "Una de las claves no encuentra nada.",
            asking(
                lambda a: is_search(a) and a.query == {listed: [key]} and a.size == 200,
                lambda a: a.filtering({terms.name: NOTHING}),
            ),
        )
    yield Fault(
        "SEA-52",
        "dos_filtros_o",
        "De los dos últimos filtros sólo cuenta el primero.",
        asking(
            lambda a: is_search(a) and set(a.query) == {*texts[-2:]} and a.size == 200,
            # The other way about, a number of file that nobody shares would hide it.
            lambda a: a.filtering({texts[-2]: a.query[texts[-2]]}),
        ),
    )


def _forgotten_pair(name: str, institution: str) -> Fault:
    return Fault(
        "SEA-52",
        "un_par_de_filtros",
        "Junto a la institución, y sólo entonces, el nombre no cuenta.",
        asking(
            lambda a: (
                is_search(a) and set(a.query) == {name, institution} and a.size == 200
            ),
            lambda a: a.filtering({institution: a.query[institution]}),
        ),
    )


def _answers(terms: Terms) -> Iterator[Fault]:
    yield Fault(
        "REC-51",
        "orden_recortado",
        "Al ordenar, los registros llegan sin sus datos opcionales.",
        answering(
            lambda a: is_search(a) and a.sort and a.size == 20, _without_optional(terms)
        ),
    )
    yield Fault(
        "ACC-51",
        "renovacion_da_acceso",
        "El token de renovación sirve para consultar.",
        _renewal_admits,
    )
    yield Fault(
        "STR-51",
        "paginas_cruzadas",
        "Quien pasa de página a la vez que otro recibe la del otro.",
        on(lambda a: is_search(a) and a.size == 5 and not a.query, crossed),
    )
    yield Fault(
        "STR-52",
        "carga_lenta",
        "Con muchos a la vez, uno espera nueve segundos.",
        _burdened,
        also=frozenset({"STR-04"}),
    )


def _burdened(asked: Asked, good: Good) -> Answered:
    """Answer late to who is one more than the callers of a bulk download."""
    answered = good.serve(asked)
    if is_token(asked):
        return answered
    is_large = is_search(asked) and asked.size == LARGE and not asked.sort
    good.memory["in a row"] = good.memory.get("in a row", 0) + 1 if is_large else 0
    is_late = good.memory["in a row"] > CALLERS and answered.status == 200
    return late(9)(answered, asked) if is_late else answered


def faults(terms: Terms) -> Iterator[Fault]:
    """Give the faults that can be planted in a provider of a standard."""
    yield from _searches(terms)
    yield from _answers(terms)
