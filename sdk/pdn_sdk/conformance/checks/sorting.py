"""Order: what `sort` accepts, and whether pages follow Spanish order."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from pdn_sdk.checking import Answer, Api, NotTriedError, check, expect
from pdn_sdk.collation import fold
from pdn_sdk.conformance.checks.demands import as_json, expect_refused, statuses
from pdn_sdk.conformance.checks.samples import (
    Record,
    has_walked_far,
    identity,
    records,
    texts_at,
)
from pdn_sdk.standards.model import Dataset, SortField
from pdn_sdk.standards.paths import values_at
from pdn_sdk.wire import post_query

Sound = Callable[[str, str], bool]
MOST_FIELDS = 6
"""Whose ties are looked at; of more, the first, the middle and the last."""
DEEP_PAGE = 5
FEW_TIES = 4


@check("SOR-01")
def check_ascending_order(api: Api, dataset: Dataset, sort_field: SortField) -> None:
    """Cada campo de orden sirve de menor a mayor (asc)."""
    _expect_order(api, dataset, sort_field, "asc")


@check("SOR-02")
def check_descending_order(api: Api, dataset: Dataset, sort_field: SortField) -> None:
    """Cada campo de orden sirve de mayor a menor (desc)."""
    _expect_order(api, dataset, sort_field, "desc")


@check("SOR-07")
def check_ranked_fields_keep_their_order(api: Api, dataset: Dataset) -> None:
    """Los números se ordenan por tamaño, y las listas por su menor o mayor dato."""
    ranked = [s for s in _fields(dataset) if s.type != "string" or "[]" in s.path]
    if not ranked:
        raise NotTriedError("Ningún campo de orden es un número ni está en una lista.")
    for declared in ranked:
        for direction, best in (("asc", min), ("desc", max)):
            answer = api.search(page_size=50, sort={declared.name: direction})
            held = [_plain_values(r, declared) for r in answer.results]
            ends = [best(values) for values in held if values]
            wanted = sorted(ends, reverse=direction == "desc")
            expect(
                ends == wanted,
                f"Los registros no llegan en orden ({direction}) por "
                f"«{declared.name}».",
                expected="de menor a mayor" if direction == "asc" else "al revés",
                received=str(ends[:6]),
                evidence=answer.exchange,
            )


@check("SOR-08")
def check_order_is_accepted(api: Api, sort_field: SortField) -> None:
    """Cada campo de orden se acepta hacia arriba y hacia abajo."""
    sent = {
        way: api.call(
            post_query.write_search(page=1, page_size=1, sort={sort_field.name: way})
        )
        for way in ("asc", "desc")
    }
    wrong = [e for e in sent.values() if e.status != 200]
    expect(
        not wrong,
        f"No acepta ordenar por «{sort_field.name}».",
        expected="estado 200",
        received=statuses(sent),
        evidence=wrong,
    )


@check("SOR-03")
def check_empty_sort_is_accepted(api: Api) -> None:
    """Un «sort» vacío no cambia nada."""
    answer = api.call({"page": 1, "pageSize": 1, "sort": {}})
    expect(
        answer.status == 200,
        "Rechaza un «sort» vacío, que la PDN puede enviar cuando nadie pidió un orden.",
        expected="estado 200",
        received=f"estado {answer.status}",
        evidence=answer,
    )


@check("SOR-04")
def check_directions_are_asc_or_desc(api: Api, dataset: Dataset) -> None:
    """Una dirección que no es «asc» ni «desc» se rechaza."""
    name = _fields(dataset)[0].name
    values: tuple[object, ...] = ("ASC", "x", 1)
    expect_refused(
        api,
        {f"la dirección {as_json(v)}": {"sort": {name: v}} for v in values},
        "Sólo «asc» y «desc», en minúsculas, son direcciones del estándar.",
    )


@check("SOR-05")
def check_spanish_order(api: Api, dataset: Dataset) -> None:
    """La ñ se ordena después de la n y antes de la o."""
    declared = _field_with_enye(api, dataset)
    pages = _sorted_pages(api, dataset, declared, "asc")
    texts = [t for a in pages for t in texts_of(a.results, declared)]
    wrong = _first_break(texts, "asc", _with_enye_after_n)
    expect(
        not wrong,
        f"Al ordenar por «{declared.name}» la ñ no queda entre la n y la o.",
        expected="orden del español: n, ñ, o; los acentos sólo desempatan",
        received=wrong,
        evidence=[a.exchange for a in pages],
    )


@check("SOR-06")
def check_sorted_pages_do_not_overlap(api: Api, dataset: Dataset) -> None:
    """Con valores repetidos, las páginas ordenadas no repiten registros."""
    found = records(api)
    # From the most repeated to the one that hardly repeats: each may lack its tie.
    fields = sorted(_fields(dataset), key=lambda s: len(set(texts_of(found, s))))
    step = 1 if len(fields) <= MOST_FIELDS else len(fields) // 2
    for declared in fields[::step]:
        sort = {declared.name: "asc"}
        whole = api.search(page=1, page_size=dataset.max_page_size, sort=sort)
        ids = [str(identity(dataset, r)) for r in whole.results]
        for page, size in _tied_pages(whole.results, declared):
            answer = api.search(page=page, page_size=size, sort=sort)
            came = [str(identity(dataset, r)) for r in answer.results]
            due = ids[(page - 1) * size : page * size]
            expect(
                came == due,
                f"Al ordenar por «{declared.name}», la página {page:,} de {size:,} no "
                "sigue el orden de la lista completa: al recorrerla, unos registros "
                "salen dos veces y otros no salen. Desempate por el identificador.",
                expected=f"los {len(due):,} registros que le tocan, en el mismo orden",
                received=f"{len(set(due) - set(came)):,} de ellos faltan; de los que "
                f"vienen, {sum(a != b for a, b in zip(due, came, strict=False)):,} "
                "están en otro lugar",
                evidence=[whole.exchange, answer.exchange],
            )


def _tied_pages(found: Sequence[Record], declared: SortField) -> list[tuple[int, int]]:
    """Give pages that cut the order where records tie, and one farther on.

    Each is its number and its size.
    """
    held = [sorted(map(str, _plain_values(r, declared))) for r in found]
    ties = [n for n, (before, after) in enumerate(pairwise(held), 1) if before == after]
    halves = range(2, len(held) // 2 + 1)
    cut = max(
        halves if ties else (),
        key=lambda size: (sum(size <= n < 2 * size for n in ties), size in ties),
        default=0,
    )
    deep = len(held) // (DEEP_PAGE + 1)
    pages = [(n, size) for n, size in ((2, cut), (DEEP_PAGE, deep)) if size]
    # The order of one tie comes out right half of the times by chance.
    again = [(1, len(held))] * 2 if 0 < len(ties) <= FEW_TIES else []
    return pages + again


def _expect_order(
    api: Api, dataset: Dataset, declared: SortField, direction: str
) -> None:
    records(api)
    pages = _sorted_pages(api, dataset, declared, direction)
    found = [r for a in pages for r in a.results]
    _expect_each_once(dataset, declared, direction, pages, api.walk().total)
    texts = texts_of(found, declared)
    if len(set(texts)) < 2:
        raise NotTriedError(f"«{declared.name}» tiene menos de dos valores distintos.")
    wrong = _first_break(texts, direction, soundly)
    expect(
        not wrong,
        f"Los registros no llegan en orden ({direction}) por «{declared.name}».",
        expected="orden alfabético del español",
        received=wrong,
        evidence=[a.exchange for a in pages],
    )


def _expect_each_once(
    dataset: Dataset,
    declared: SortField,
    direction: str,
    pages: Sequence[Answer],
    known: int,
) -> None:
    ids = [str(identity(dataset, r)) for a in pages for r in a.results]
    rows = pages[0].total
    due = sum(
        max(0, min(a.page_size, rows - (a.page - 1) * a.page_size)) for a in pages
    )
    totals = {a.total for a in pages} | {known}
    expect(
        len(ids) == len(set(ids)) == due and totals == {rows},
        f"Al ordenar por «{declared.name}» ({direction}) se repiten o se pierden "
        "registros. Desempate por el identificador.",
        expected=f"{due:,} registros distintos, y el mismo total que sin orden",
        received=f"{len(ids):,} registros, {len(set(ids)):,} distintos; totales "
        f"{as_json(sorted(totals))}",
        evidence=[a.exchange for a in pages],
    )


def _fields(dataset: Dataset) -> Sequence[SortField]:
    if not dataset.sort_fields:
        raise NotTriedError("Este conjunto de datos no tiene campos de orden.")
    return dataset.sort_fields


def _field_with_enye(api: Api, dataset: Dataset) -> SortField:
    for declared in _fields(dataset):
        folded = {fold(t) for t in texts_of(records(api), declared)}
        if sorted(folded, key=_plain) != sorted(folded, key=_spanish):
            return declared
    raise NotTriedError("Ningún valor deja ver dónde se ordena la ñ.")


def _sorted_pages(
    api: Api, dataset: Dataset, declared: SortField, direction: str
) -> list[Answer]:
    """Read the first page of an order, the last and some between."""
    size = _cutting_size(api, dataset, declared, direction)
    pages = [_sorted(api, declared, direction, 1, size)]
    last = max(1, -(-pages[0].total // size))
    # Where the walk was long, the requests that it spent are saved here.
    others = [last] if has_walked_far(api) else [(last + 1) // 2, last]
    for page in sorted({n for n in others if n > 1}):
        pages.append(_sorted(api, declared, direction, page, size))
    if len(pages) < last and _is_of_one_value(pages, declared):
        is_late = not texts_of(pages[0].results, declared)
        page = _turning_page(api, declared, direction, size, is_late=is_late)
        if page not in {a.page for a in pages}:
            pages.append(_sorted(api, declared, direction, page, size))
    return sorted(pages, key=lambda a: a.page)


def _sorted(
    api: Api, declared: SortField, direction: str, page: int, size: int
) -> Answer:
    answer = api.search(page=page, page_size=size, sort={declared.name: direction})
    # As it was asked: what the answer says of itself has its own check.
    return replace(answer, page=page, page_size=size)


def _is_of_one_value(pages: Sequence[Answer], declared: SortField) -> bool:
    return len({t for a in pages for t in texts_of(a.results, declared)}) < 2


def _known_values(api: Api, declared: SortField, direction: str) -> list[str]:
    """Give what the walk showed of a field, in order."""
    folded = map(fold, texts_of(records(api), declared))
    return sorted(folded, key=_spanish, reverse=direction == "desc")


def _cutting_size(
    api: Api, dataset: Dataset, declared: SortField, direction: str
) -> int:
    """Give a size whose first page ends, where it can, among records that tie."""
    most, every = dataset.max_page_size, api.walk().total
    values = _known_values(api, declared, direction)
    times = Counter(values)

    def tied(size: int) -> int:
        inside = size < len(values) and values[size - 1] == values[size]
        return times[values[size]] if inside else 0

    if not most < every <= 2 * most:
        return most
    return max(range(-(-every // 2), most + 1), key=lambda size: (tied(size), size))


def _turning_page(
    api: Api, declared: SortField, direction: str, size: int, *, is_late: bool
) -> int:
    """Guess the page where the first value of an order gives way to the second.

    `is_late` where those without a value come first.
    """
    values = _known_values(api, declared, direction)
    seen = len(records(api))
    place = next((n for n, v in enumerate(values) if v != values[0]), 0)
    place += is_late * (seen - len(values))
    return place * api.walk().total // seen // size + 1


def _plain_values(record: Record, declared: SortField) -> list[Any]:
    """Give the values of one kind that a record orders by."""
    wanted = str if declared.type == "string" else int | float
    found = values_at(record, declared.path)
    return [v for v in found if isinstance(v, wanted) and not isinstance(v, bool)]


def texts_of(found: Sequence[Record], declared: SortField) -> list[str]:
    """Give the texts that some records order by, those whose place is certain."""
    # Records without the value may come first or last: both are sound.
    firsts = [t for r in found for t in list(texts_at(r, declared.path))[:1]]
    # How blanks and signs at the start sort is a matter of taste as well.
    return [t for t in firsts if t[0].isalnum() and "  " not in t]


def first_break(found: Sequence[Record], declared: SortField, direction: str) -> str:
    """Tell the first two records that are surely out of order, or nothing."""
    return _first_break(texts_of(found, declared), direction, soundly)


def _first_break(texts: Sequence[str], direction: str, sound: Sound) -> str:
    for before, after in pairwise(texts):
        low, high = (before, after) if direction == "asc" else (after, before)
        if not sound(fold(low), fold(high)):
            return f"«{before}» antes de «{after}»"
    return ""


def soundly(low: str, high: str) -> bool:
    """Accept any sound order: ñ apart or as n, signs counted or not."""
    return (
        not _differ_in_letters(low, high)
        or _with_enye_after_n(low, high)
        or _plain(low) <= _plain(high)
    )


def _differ_in_letters(low: str, high: str) -> bool:
    first = next(
        ((a, b) for a, b in zip(low, high, strict=False) if a != b), ("a", "a")
    )
    return all(map(str.isalnum, first))


def _with_enye_after_n(low: str, high: str) -> bool:
    return not _differ_in_letters(low, high) or _spanish(low) <= _spanish(high)


def _spanish(folded: str) -> str:
    # Above every letter of ASCII: ñ falls between nz and o.
    return folded.replace("ñ", "n\x7f")


def _plain(folded: str) -> str:
    return folded.replace("ñ", "n")
