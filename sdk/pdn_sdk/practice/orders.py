"""Faults of order."""

from itertools import groupby

from pdn_sdk.collation import fold
from pdn_sdk.practice.planting import (
    Bend,
    Fault,
    Good,
    When,
    asking,
    is_search,
    on,
    overlapping,
    refusing,
    without_marks,
)
from pdn_sdk.practice.terms import Terms
from pdn_sdk.practice.wire import Answered, Asked
from pdn_sdk.standards.paths import first_at

LARGE = 100


def _plain_order(terms: Terms) -> Bend:
    """Order all the records without marks, and give the page that was asked for."""
    paths = terms.dataset.sort_fields_by_name
    most = terms.dataset.max_page_size

    def bend(asked: Asked, good: Good) -> Answered:
        answered = good.serve(asked)
        if answered.status != 200:
            return answered
        path = paths[next(iter(asked.sort))].path
        last = -(-answered.json["pagination"]["totalRows"] // most)
        pages = [
            good.serve(asked.saying(page=n, pageSize=most)) for n in range(1, last + 1)
        ]
        ordered = sorted(
            (r for page in pages for r in page.results),
            key=lambda r: without_marks(fold(str(first_at(r, path) or ""))),
        )
        start = (asked.page - 1) * asked.size
        return answered.listing(ordered[start : start + asked.size])

    return bend


def _tossing(terms: Terms) -> Bend:
    """Turn over, every other time, those who tie."""
    paths = terms.dataset.sort_fields_by_name

    def bend(asked: Asked, good: Good) -> Answered:
        answered = good.serve(asked)
        good.memory["turn"] = not good.memory.get("turn", True)
        name = next(iter(asked.sort))
        if good.memory["turn"] or name not in paths:
            return answered
        ties = groupby(answered.results, lambda r: first_at(r, paths[name].path))
        return answered.listing([r for _, tied in ties for r in [*tied][::-1]])

    return bend


def _is_large(asked: Asked) -> bool:
    """Tell whether a page is of a size that only whole orders are asked in."""
    return type(asked.size) is int and asked.size > LARGE


def _order_alone(terms: Terms) -> tuple[Fault, ...]:
    order = terms.order.name

    def ordering(direction: str) -> When:
        return lambda a: is_search(a) and a.sort == {order: direction}

    return (
        Fault(
            f"SOR-01[{order}]",
            "orden_ignorado",
            "No ordena de menor a mayor.",
            asking(
                lambda a: ordering("asc")(a) and _is_large(a),
                lambda a: a.forgetting("sort"),
            ),
            also=frozenset({"SOR-06"}),
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
    )


def _order_of_pages(terms: Terms) -> tuple[Fault, ...]:
    names = {f.name for f in terms.names}
    return (
        Fault(
            "SOR-05",
            "la_enye_como_n",
            "Ordena la ñ como si fuera n.",
            on(
                lambda a: (
                    is_search(a)
                    and type(a.size) is int
                    and type(a.page) is int
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
                lambda a: is_search(a) and a.sort and not a.query and a.page == 5,
                overlapping,
            ),
        ),
        Fault(
            "SOR-06",
            "empates_al_azar",
            "Los registros que empatan cambian de lugar de una página a otra.",
            on(
                lambda a: is_search(a) and len(a.sort) == 1 and not a.query,
                _tossing(terms),
            ),
        ),
    )


def faults(terms: Terms) -> tuple[Fault, ...]:
    """Give the faults that can be planted in a provider of a standard."""
    return (*_order_alone(terms), *_order_of_pages(terms))
