"""Faults of the filters by numbers and by dates: the ends of a range or a window."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pdn_sdk.practice.planting import (
    NOTHING,
    Bend,
    Fault,
    Good,
    answering,
    asking,
    is_search,
    on,
)
from pdn_sdk.practice.terms import Terms
from pdn_sdk.practice.wire import Answered, Asked, refusal
from pdn_sdk.standards.model import FilterField, Operator
from pdn_sdk.standards.moments import instant

NEVER = 10**15
"""A number that no record holds."""
ELSEWHERE = "+09:00"
"""The zone in which nobody of the country writes a date."""

Ends = dict[str, Any]


def _bending(change: Callable[[Ends], Any]) -> Bend:
    """Serve as if each range that was asked had been another, however deep it is."""

    def changed(query: Mapping[str, Any]) -> Ends:
        return {name: _changed(value) for name, value in query.items()}

    def _changed(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return change(value) if {"min", "max"} & set(value) else changed(value)

    return asking(
        lambda a: is_search(a) and a.query, lambda a: a.filtering(changed(a.query))
    )


def _without_exact(ends: Ends) -> Ends:
    return {} if len(ends) == 2 and ends["min"] == ends["max"] else ends


def _without_half(ends: Ends) -> Ends:
    return ends if len(ends) == 2 else {}


def _first_end(ends: Ends) -> Ends:
    is_wide = len(ends) == 2 and isinstance(ends["max"], int) and ends["max"] > 0
    return {"min": ends["min"]} if is_wide and ends["max"] > ends["min"] else ends


def _closed_by_zero(ends: Ends) -> Ends:
    return {"min": NEVER} if ends.get("max") == 0 else ends


def _forgiving(asked: Asked, good: Good) -> Answered:
    answered = good.serve(asked)
    is_refused = is_search(asked) and asked.query and answered.status == 400
    return good.serve(asked.filtering({})) if is_refused else answered


def _ranges(terms: Terms) -> Iterator[Fault]:
    between = terms.filters(Operator.BETWEEN)
    if between:
        first = between[0]
        yield Fault(
            f"RNG-01[{first.name}]",
            "rango_exacto_ignorado",
            "Un rango con los dos límites iguales no filtra.",
            _bending(_without_exact),
        )
        yield Fault(
            f"RNG-02[{first.name}]",
            "un_limite_ignorado",
            "Un rango con un solo límite no filtra.",
            _bending(_without_half),
        )
        yield Fault(
            f"RNG-03[{first.name}]",
            "dos_elementos_cumplen",
            "Un elemento cumple el mínimo y otro el máximo, y el registro se entrega.",
            _bending(_first_end),
        )
        yield Fault(
            "RNG-05",
            "rango_vacio_filtra",
            "Un rango vacío no encuentra nada.",
            asking(
                lambda a: is_search(a) and a.value_of(first.name) == {},
                lambda a: a.filtering({terms.name: NOTHING}),
            ),
        )
        yield Fault(
            "RNG-06",
            "rango_de_otro_tipo",
            "Lo que no es un rango se toma por una búsqueda sin filtros.",
            _forgiving,
        )
    if any(f.zero_is_no_maximum for f in between):
        yield Fault(
            "RNG-04",
            "maximo_cero_cierra",
            "Un máximo de 0, que quiere decir «sin máximo», no encuentra nada.",
            _bending(_closed_by_zero),
        )


def _forgetting(*names: str) -> Callable[[Asked], Asked]:
    return lambda a: a.filtering({k: v for k, v in a.query.items() if k not in names})


def _holding(name: str) -> Callable[[Asked], bool]:
    return lambda a: is_search(a) and name in a.query


def _alone(name: str) -> Callable[[Asked], bool]:
    """Tell whether a search asks for a moment that is one, and nothing else."""
    return lambda a: (
        is_search(a) and a.asks_only(name) and instant(str(a.query[name])) is not None
    )


def _as_text(asked: Asked) -> Asked:
    """Take the zone of each date for one that is read as it is written."""
    return asked.filtering(
        {
            k: f"{v[:19]}Z" if isinstance(v, str) and v.endswith(ELSEWHERE) else v
            for k, v in asked.query.items()
        }
    )


def _crashing(names: set[str]) -> Bend:
    def bend(asked: Asked, good: Good) -> Answered:
        answered = good.serve(asked)
        has_date = not names.isdisjoint(asked.query)
        return refusal(500) if has_date and answered.status == 400 else answered

    return on(is_search, bend)


def _window(since: FilterField, until: FilterField) -> Iterator[Fault]:
    names = {since.name, until.name}
    for place, declared in (("inicial", since), ("final", until)):
        yield Fault(
            f"SEA-40[{declared.name}]",
            f"fecha_{place}_ignorada",
            f"La fecha {place}, sola, no filtra.",
            asking(_alone(declared.name), _forgetting(declared.name)),
        )
    yield Fault(
        f"SEA-40[{since.name}]",
        "fecha_cuenta_de_mas",
        "Con una fecha el total cuenta un registro de más.",
        answering(
            _alone(since.name),
            lambda r, _: r.paginated(totalRows=r.json["pagination"]["totalRows"] + 1),
        ),
    )
    yield Fault(
        f"SEA-41[{since.name}]",
        "fechas_como_texto",
        "Compara las fechas como texto, sin mirar su zona.",
        asking(lambda a: is_search(a) and names & set(a.query), _as_text),
    )
    yield Fault(
        "SEA-42",
        "media_ventana",
        "De las dos fechas sólo cuenta la inicial.",
        asking(
            lambda a: is_search(a) and names <= set(a.query), _forgetting(until.name)
        ),
    )
    yield Fault(
        f"SEA-43[{since.name}]",
        "fecha_rompe",
        "Una fecha mal escrita rompe el servidor.",
        _crashing(names),
    )


def _numbers(terms: Terms) -> Iterator[Fault]:
    for declared in terms.filters(Operator.EQUALS):
        if declared.is_number:
            yield Fault(
                f"SEA-44[{declared.name}]",
                "numero_ignorado",
                "El filtro por un número no filtra.",
                asking(_holding(declared.name), _forgetting(declared.name)),
            )


def _together(terms: Terms) -> Iterator[Fault]:
    texts = {f.name for f in terms.filters(Operator.CONTAINS)}
    lists = {f.name for f in terms.filters(Operator.ANY_OF)}
    if terms.filters(Operator.BETWEEN, Operator.SINCE):
        yield Fault(
            "SEA-52",
            "el_texto_tapa_lo_demas",
            "Con un texto dejan de contar los números y las fechas.",
            asking(
                lambda a: (
                    is_search(a)
                    and terms.name in a.query
                    and {*a.query} - texts - lists
                ),
                lambda a: a.filtering({terms.name: a.query[terms.name]}),
            ),
        )
        yield Fault(
            "SEA-52",
            "lo_demas_tapa_al_texto",
            "Con un número o una fecha deja de contar el texto.",
            asking(
                lambda a: (
                    is_search(a)
                    and terms.name in a.query
                    and {*a.query} - texts - lists
                ),
                _forgetting(terms.name),
            ),
        )


def faults(terms: Terms) -> Iterator[Fault]:
    """Give the faults that can be planted in a provider of a standard."""
    yield from _ranges(terms)
    yield from _together(terms)
    for since in terms.filters(Operator.SINCE)[:1]:
        for until in terms.filters(Operator.UNTIL)[:1]:
            yield from _window(since, until)
    yield from _numbers(terms)
