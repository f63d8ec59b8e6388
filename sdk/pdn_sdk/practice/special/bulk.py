"""Faults of whole downloads: sizes out of range, totals, orders."""

from collections.abc import Callable, Iterator

from pdn_sdk.practice.planting import (
    Bend,
    Fault,
    Good,
    answering,
    is_search,
    refusing,
)
from pdn_sdk.practice.terms import Terms
from pdn_sdk.practice.wire import Answered, Asked

MOST = 200


def _failing_on(sizes: Callable[[int], bool]) -> Bend:
    return refusing(lambda a: is_search(a) and type(a.size) is int and sizes(a.size))


def _unbounded(asked: Asked, good: Good) -> Answered:
    """Say that a page is as large as it was asked for."""
    answered = good.serve(asked)
    is_large = is_search(asked) and type(asked.size) is int and asked.size > MOST
    if not is_large or answered.status in {401, 403}:
        return answered
    return good.serve(asked.saying(pageSize=MOST)).paginated(pageSize=asked.size)


def _one_more(answered: Answered, _: Asked) -> Answered:
    return answered.paginated(totalRows=answered.json["pagination"]["totalRows"] + 1)


def _reversing(name: str) -> Bend:
    return answering(
        lambda a: is_search(a) and name in a.sort,
        lambda r, _: r.listing(reversed(r.results)),
    )


PAGES = (
    Fault(
        "PAG-14",
        "pagina_grande_rompe",
        "Una página de más de 200 registros rompe el servidor.",
        _failing_on(lambda n: n > 200),
    ),
    Fault(
        "PAG-14",
        "pagina_grande_sin_tope",
        "Dice que entrega páginas de más de 200 registros.",
        _unbounded,
    ),
    Fault(
        "PAG-15",
        "pagina_de_nada_rompe",
        "Una página de menos de un registro rompe el servidor.",
        _failing_on(lambda n: n < 1),
    ),
    Fault(
        "PAG-17",
        "total_de_mas",
        "Con un filtro el total cuenta un registro de más.",
        answering(lambda a: is_search(a) and a.query, _one_more),
    ),
    Fault(
        "PAG-18",
        "exito_con_codigo",
        "La respuesta con datos trae «code», como si fuera un error.",
        answering(is_search, lambda r, _: r.member("code", "200") if r.results else r),
    ),
)

FLAT = Fault(
    "PAG-20",
    "dos_totales",
    "El total de fuera de «pagination» no es el de dentro.",
    answering(is_search, lambda r, _: r.member("totalRows", r.json["totalRows"] + 1)),
)


def _orders(terms: Terms) -> Iterator[Fault]:
    ranked = [s for s in terms.dataset.sort_fields if s.is_ranked]
    inside = [s for s in terms.dataset.sort_fields if "." in s.name]
    for declared in [s for s in ranked if s.type != "string"][:1]:
        yield Fault(
            "SOR-07",
            "numeros_al_reves",
            "Ordena los números al revés.",
            _reversing(declared.name),
        )
    if not inside:
        order = terms.order.name
        yield Fault(
            f"SOR-08[{order}]",
            "descendente_rechazado",
            "Rechaza un orden de mayor a menor.",
            refusing(lambda a: is_search(a) and a.sort == {order: "desc"}, 400),
        )
    for declared in inside[:1]:
        yield Fault(
            f"SOR-08[{declared.name}]",
            "orden_de_dentro_rechazado",
            "Rechaza un orden escrito dentro de un objeto.",
            refusing(
                lambda a: (
                    is_search(a) and any(isinstance(w, dict) for w in a.sort.values())
                ),
                400,
            ),
        )


def faults(terms: Terms) -> Iterator[Fault]:
    """Give the faults that can be planted in a provider of a standard."""
    yield from PAGES
    if terms.dataset.flat_pagination:
        yield FLAT
    yield from _orders(terms)
