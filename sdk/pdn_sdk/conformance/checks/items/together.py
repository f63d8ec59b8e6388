"""Filters, order and pages of items together, field by field.

What one of them does alone, it must do with the others.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import combinations, pairwise

from pdn_sdk.checking import Answer, Api, NotTriedError, check, expect
from pdn_sdk.collation import fold
from pdn_sdk.conformance.checks.demands import as_json, counted, listed
from pdn_sdk.conformance.checks.items.asking import (
    PDN,
    Path,
    Wanted,
    at,
    dotted,
    expect_filters,
    handy_text,
    nested,
    places,
    telling,
)
from pdn_sdk.conformance.checks.samples import (
    NONSENSE,
    Record,
    difficult,
    identity,
    is_known,
    records,
)
from pdn_sdk.standards.items.shape import Kind
from pdn_sdk.standards.model import Dataset

FIELDS = 6
BEFORE = "1800-01-01"
"""A day when nothing that is published had happened."""
CALLERS = 5
FILTERED = 2
"""Of the callers; the others turn pages."""
MOST_ITEMS = 100
"""In a page, that every provider must give (S3V2-015)."""
PAGES = 3
CANDIDATES = 10


@check("FIL-15")
def check_every_field_can_be_filtered(api: Api, dataset: Dataset) -> None:
    """Cada campo que se muestra se puede filtrar por su valor."""
    wanted = [
        _equal(path, value)
        for path in places(dataset, Kind.TEXT, Kind.DATE)
        if (value := _difficult(api, path)) is not None
    ]
    if not wanted:
        raise NotTriedError("Ningún campo de texto o de fecha muestra un valor.")
    expect_filters(api, wanted[:FIELDS])
    _expect_nobody(api, dataset, [each.path for each in wanted[FIELDS:]])


def _expect_nobody(api: Api, dataset: Dataset, paths: Sequence[Path]) -> None:
    """Demand that no field lets everybody through; one request tries them all."""
    dates = {*places(dataset, Kind.DATE)}
    nobody = [nested(p, {"_eq": BEFORE if p in dates else NONSENSE}) for p in paths]
    if not nobody:
        return
    answer = api.search(page_size=1, query={"_or": nobody})
    expect(
        not answer.total,
        "Uno de estos campos no filtra: "
        f"{listed([f'«{dotted(path)}»' for path in paths])}.",
        expected="0 registros, porque ninguno tiene esos valores",
        received=counted(answer.total, "registro", "registros"),
        evidence=answer.exchange,
    )


@check("FIL-16")
def check_conditions_on_two_fields_combine(api: Api, dataset: Dataset) -> None:
    """Las condiciones sobre dos campos se cumplen a la vez, o alguna, según se pida."""
    if not is_known(api):
        raise NotTriedError("No se leyeron todos los registros para comparar.")
    one, other, record = _pair(api, dataset)
    a, b = at(record, one), at(record, other)
    first, second = nested(one, {"_eq": a}), nested(other, {"_eq": b})
    every: Mapping[str, tuple[Mapping[str, object], bool]] = {
        "_and": ({"_and": [first, second]}, True),
        "_or": ({"_or": [first, second]}, False),
        "_or dentro de _and": (
            {"_and": [{"_or": [first, nested(one, {"_eq": NONSENSE})]}, second]},
            True,
        ),
    }
    if one[0] != other[0]:
        every = {**every, "dos campos": ({**first, **second}, True)}
    for label, (node, both) in every.items():
        answer = api.search(page_size=100, query=node)
        held = [_held(r, one, a, other, b, both=both) for r in records(api)]
        least, most = sum(low for low, _ in held), sum(high for _, high in held)
        foreign = [
            r for r in answer.results if not _held(r, one, a, other, b, both=both)[1]
        ]
        expect(
            not foreign and least <= answer.total <= most,
            f"El filtro de {label} no combina dos campos: {as_json(node)}.",
            expected=counted(least, "registro", "registros"),
            received=f"{counted(answer.total, 'registro', 'registros')}, "
            f"{len(foreign):,} que no cumplen",
            evidence=answer.exchange,
        )


@check("PAG-81")
def check_filtered_pages_are_whole(api: Api, dataset: Dataset) -> None:
    """Con filtro y orden, las páginas reparten los registros que lo cumplen."""
    path, values = telling(api, places(dataset, Kind.TEXT, Kind.DATE, nested=True))
    value = values[0]
    node = nested(path, {"_eq": value})
    seen = sum(at(r, path) == value for r in records(api))
    size = min(MOST_ITEMS, max(1, -(-seen // PAGES)))
    for sort in ({}, {dataset.identity: "desc"}):
        pages = [
            api.search(page=n, page_size=size, query=node, sort=sort)
            for n in range(1, PAGES + 1)
        ]
        _expect_parted(dataset, pages, size, path, value)
    ids = [identity(dataset, r) for a in pages for r in a.results]
    wrong = _out_of_order(ids, "desc")
    expect(
        not wrong,
        f"Con el filtro por «{dotted(path)}» no hace caso del orden.",
        expected=f"de mayor a menor por «{dataset.identity}»",
        received=wrong,
        evidence=[a.exchange for a in pages],
    )


@check("SOR-75")
def check_sorted_pages_give_each_once(api: Api, dataset: Dataset) -> None:
    """Al ordenar por cualquier campo, cada registro sale una vez y en su lugar."""
    records(api)
    size = 100
    for path in places(dataset, Kind.DATE, Kind.TEXT, nested=False)[:2]:
        for way in ("asc", "desc"):
            sort = {dotted(path): way}
            pages = [api.search(page=1, page_size=size, sort=sort)]
            if pages[0].total > size:
                pages.append(api.search(page=2, page_size=size, sort=sort))
            found = [r for a in pages for r in a.results]
            ids = [str(identity(dataset, r)) for r in found]
            due = min(pages[0].total, size * len(pages))
            wrong = _out_of_order([at(r, path) for r in found], way)
            expect(
                len(ids) == len(set(ids)) == due and not wrong,
                f"Al ordenar por «{dotted(path)}» ({way}) se repiten, se pierden o se "
                "desordenan registros.",
                expected=f"{due:,} registros distintos, en orden",
                received=f"{len(ids):,} registros, {len(set(ids)):,} distintos"
                + (f"; {wrong}" if wrong else ""),
                evidence=[a.exchange for a in pages],
            )


@check("REC-84")
def check_record_is_the_same_however_found(api: Api, dataset: Dataset) -> None:
    """Un registro dice lo mismo se pida como se pida."""
    known = {str(identity(dataset, r)): r for r in records(api)}
    last = records(api)[-1]
    path = places(dataset, Kind.TEXT, nested=False)[0]
    ways: Mapping[str, tuple[Mapping[str, object], Mapping[str, str]]] = {
        "con un filtro por id": (
            nested((dataset.identity,), {"_eq": identity(dataset, last)}),
            {},
        ),
        "con un filtro": (nested(path, {"_nnull": True}), {}),
        "en otro orden": ({}, {dataset.identity: "desc"}),
    }
    for label, (node, sort) in ways.items():
        answer = api.search(page_size=25, query=node, sort=sort)
        unlike = {
            name
            for r in answer.results
            for other in [known.get(str(identity(dataset, r)), r)]
            for name in {*r, *other}
            if r.get(name) != other.get(name)
        }
        expect(
            not unlike,
            f"Un registro pedido {label} no es el mismo que da el listado.",
            expected="los mismos datos",
            received=f"distintos: {', '.join(sorted(unlike))}",
            evidence=answer.exchange,
        )


@check("STR-73")
def check_parallel_answers_are_those_of_one(api: Api, dataset: Dataset) -> None:
    """Lo que se contesta a varios a la vez es lo mismo que se contesta a uno."""
    records(api)
    path, values = telling(api, places(dataset, Kind.TEXT))
    filtered = [nested(path, {"_eq": value}) for value in values[:FILTERED]]
    bodies: list[Record] = [
        *({**PDN, "limit": 5, "offset": 5 * n} for n in range(CALLERS - FILTERED)),
        *({**PDN, "limit": 5, "filter": node} for node in filtered),
    ]
    sent = api.together([partial(api.call, body) for body in bodies])
    alone = [api.call(body) for body in bodies]
    crossed = [
        (body, together, single)
        for body, together, single in zip(bodies, sent, alone, strict=True)
        if together.status == single.status == 200 and together.json() != single.json()
    ]
    expect(
        not crossed,
        "Cuando varios consultan a la vez, alguien recibe otra cosa que la que "
        "pidió: cada respuesta debe salir sólo de su consulta.",
        expected="la misma respuesta que sin nadie más",
        received="; ".join(as_json(body) for body, *_ in crossed[:3]),
        evidence=[e for _, *pair in crossed for e in pair],
    )


def _equal(path: Path, value: str) -> Wanted:
    return Wanted(
        "_eq",
        nested(path, {"_eq": value}),
        path,
        lambda v: v == value,
        lambda v: isinstance(v, str) and fold(v) == fold(value),
    )


def _difficult(api: Api, path: Path) -> str | None:
    """Give a value of a field that not all records have, picked for difficulty."""
    seen = [v for r in records(api) if (v := handy_text(at(r, path)))]
    values = difficult(list(dict.fromkeys(seen)))
    odd = [v for v in values if not v.isascii() or not v.isalnum()]
    return next(iter([*odd, *values]), None)


def _pair(api: Api, dataset: Dataset) -> tuple[Path, Path, Record]:
    """Give two fields and a record, where others share one value but not both."""
    paths = [p for p in places(dataset, Kind.TEXT, Kind.DATE) if _says(api, p)]
    counts = {p: Counter(str(at(r, p)) for r in records(api)) for p in paths}
    found = None
    for record in records(api)[:CANDIDATES]:
        held = {p: v for p in paths if (v := handy_text(at(record, p)))}
        ranked = sorted((-counts[p][v], p) for p, v in held.items())
        shown = [path for _, path in ranked]
        for one, other in combinations(shown, 2):
            found = found or (one, other, record)
            if _tell_apart(api, record, one, other):
                return one, other, record
    if found is None:
        raise NotTriedError("Ningún registro muestra dos campos por los que se filtre.")
    return found


def _says(api: Api, path: Path) -> bool:
    return any(handy_text(at(r, path)) for r in records(api))


def _tell_apart(api: Api, record: Record, one: Path, other: Path) -> bool:
    pairs = [
        (at(r, one) == at(record, one), at(r, other) == at(record, other))
        for r in records(api)
    ]
    return (True, False) in pairs and (False, True) in pairs


def _held(
    record: Record, one: Path, a: object, other: Path, b: object, *, both: bool
) -> tuple[bool, bool]:
    """Tell whether a record satisfies two conditions: to the letter, and loosely."""
    joined = all if both else any
    pairs = [(at(record, one), a), (at(record, other), b)]
    return (
        joined(value == wanted for value, wanted in pairs),
        joined(fold(str(value)) == fold(str(wanted)) for value, wanted in pairs),
    )


def _expect_parted(
    dataset: Dataset, pages: Sequence[Answer], size: int, path: Path, value: object
) -> None:
    ids = [str(identity(dataset, r)) for a in pages for r in a.results]
    rows = pages[0].total
    foreign = [
        r
        for a in pages
        for r in a.results
        if fold(str(at(r, path))) != fold(str(value))
    ]
    expect(
        not foreign
        and {a.total for a in pages} == {rows}
        and len(ids) == len(set(ids)) == min(rows, size * len(pages)),
        f"Las páginas filtradas por «{dotted(path)}» no reparten bien lo que encuentra "
        "el filtro.",
        expected=f"{counted(rows, 'registro', 'registros')}, cada uno una vez, con los "
        "mismos totales",
        received=f"{len(ids):,} registros, {len(set(ids)):,} distintos, "
        f"{len(foreign):,} ajenos; totales " + ", ".join(f"{a.total:,}" for a in pages),
        evidence=[a.exchange for a in pages],
    )


def _out_of_order(values: Sequence[object], way: str) -> str:
    """Tell the first two texts that are out of order in any collation."""
    texts = [v for v in values if isinstance(v, str)]
    for before, after in pairwise(texts):
        low, high = (before, after) if way == "asc" else (after, before)
        if low > high and fold(low) > fold(high):
            return f"«{before}» antes de «{after}»"
    return ""
