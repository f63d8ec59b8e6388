"""Filters, order and pages together: what each does alone, they do at once.

A combination is judged by the records that the walk gave, so these checks need
that all of them were read.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import TypeVar

from pdn_sdk.checking import Answer, Api, NotTriedError, check, expect
from pdn_sdk.conformance.checks.demands import as_json, counted, listed
from pdn_sdk.conformance.checks.matches import OTHERS, satisfies
from pdn_sdk.conformance.checks.samples import (
    Record,
    filters,
    has_walked_far,
    holders,
    identity,
    is_known,
    records,
    samples,
    texts_at,
)
from pdn_sdk.conformance.checks.telling import telling_query
from pdn_sdk.standards.model import Dataset, FilterField, Operator, SortField
from pdn_sdk.standards.paths import values_at

_Field = TypeVar("_Field", FilterField, SortField)
_Pair = tuple[FilterField, FilterField]
PAGES = 3
COMBINATIONS = 12
CANDIDATES = 20
MOST_OTHERS = 4
WAYS = 5
"""Orders, and filters, in which a record is looked at again."""


@check("PAG-51")
def check_filtered_pages_are_whole(
    api: Api, dataset: Dataset, text_filter: FilterField
) -> None:
    """Con un filtro, las páginas reparten los registros que lo cumplen."""
    value = _middling(api, text_filter)
    query = {text_filter.name: value}
    # A few pages: so many as the records seen would fill.
    size = min(dataset.max_page_size, -(-holders(api, text_filter, value) // PAGES))
    pages = [api.search(page=1, page_size=size, query=query)]
    while len(pages) * size < pages[0].total and len(pages) <= PAGES:
        page = len(pages) + 1
        pages.append(api.search(page=page, page_size=size, query=query))
    _expect_whole_pages(dataset, pages, size, f"«{text_filter.name}» con «{value}»")


@check("SEA-51")
def check_every_key_finds_its_records(
    api: Api, dataset: Dataset, list_filter: FilterField
) -> None:
    """Cada clave del catálogo encuentra todos los registros que la tienen."""
    known = is_known(api)
    found = records(api)
    for entry in dataset.catalogs[list_filter.catalog]:
        query = {list_filter.name: [entry.key]}
        answer = api.search(page_size=dataset.max_page_size, query=query)
        due = sum(entry.key in values_at(r, list_filter.path) for r in found)
        foreign = [
            r for r in answer.results if entry.key not in values_at(r, list_filter.path)
        ]
        short = answer.total < due or (known and answer.total != due)
        expect(
            not foreign and not short,
            f"«{list_filter.name}» con {as_json([entry.key])} no encuentra justo los "
            "registros que tienen esa clave.",
            expected=counted(due, "registro", "registros"),
            received=f"totalRows {answer.total:,}, ajenos {len(foreign)}",
            evidence=answer.exchange,
        )


@check("SEA-52")
def check_every_pair_of_filters_combines(api: Api, dataset: Dataset) -> None:
    """Dos filtros, los que sean, se cumplen a la vez."""
    if not is_known(api):
        raise NotTriedError("No se leyeron todos los registros para comparar.")
    most = COMBINATIONS // 2 if has_walked_far(api) else COMBINATIONS
    with_lists, others = _pairs(dataset)
    pairs = [*with_lists, *others[:most]]
    queries = [q for pair in pairs if (q := telling_query(api, pair))]
    if not queries:
        raise NotTriedError("Los registros no dejan ver dos filtros a la vez.")
    for query in queries:
        expect_all(api, dataset, query)


@check("REC-51")
def check_record_is_the_same_however_found(api: Api, dataset: Dataset) -> None:
    """Un registro dice lo mismo se pida como se pida."""
    known = {str(identity(dataset, r)): r for r in records(api)}
    for label, answer in _ways(api, dataset):
        left = answer.total - (answer.page - 1) * answer.page_size
        due = min(left, answer.page_size)
        expect(
            len(answer.results) == due,
            f"Al pedir {label} faltan o sobran registros en una página.",
            expected=counted(due, "registro", "registros"),
            received=counted(len(answer.results), "registro", "registros"),
            evidence=answer.exchange,
        )
        unlike = [
            i
            for r in answer.results
            if (i := str(identity(dataset, r))) in known and r != known[i]
        ]
        expect(
            not unlike,
            f"Al pedir {label} llegan registros distintos de los que da el listado: "
            f"{_differences(answer, known, dataset)}.",
            expected="los mismos datos",
            received=f"distintos: {', '.join(unlike[:3])}",
            evidence=answer.exchange,
        )


def _ways(api: Api, dataset: Dataset) -> list[tuple[str, Answer]]:
    """Ask for records in every way but the walk's."""
    found = [("una página corta", api.search(page=1, page_size=7))]
    for sort in _spaced(dataset.sort_fields):
        answer = api.search(page_size=20, sort={sort.name: "asc"})
        found.append((f"en orden de «{sort.name}»", answer))
    for declared in _spaced(filters(dataset, Operator.CONTAINS)):
        if values := _values(api, declared):
            found += _pages(api, dataset, {declared.name: _widest(values)})
    for declared in filters(dataset, Operator.IDENTITY, Operator.WHOLE_FIRST):
        value = str(identity(dataset, records(api)[-1]))
        found.append(("por su identificador", api.search(query={declared.name: value})))
    for declared in filters(dataset, Operator.ANY_OF):
        keys = [entry.key for entry in dataset.catalogs[declared.catalog]]
        answer = api.search(page_size=20, query={declared.name: keys})
        found.append((f"con «{declared.name}»", answer))
    return found


def _pages(api: Api, dataset: Dataset, query: Record) -> list[tuple[str, Answer]]:
    """Ask for the first page of a query, and for the second where it is the last."""
    size = dataset.max_page_size
    pages = [api.search(page_size=size, query=query)]
    if size < pages[0].total <= 2 * size:
        pages.append(api.search(page=2, page_size=size, query=query))
    return [(f"{as_json(query)}", answer) for answer in pages]


def _widest(values: Sequence[str]) -> str:
    """Give the letter that most values hold, to see as many records as there are."""
    held = Counter(c for v in values for c in {*v.lower()} if c.isascii())
    letters = [c for c in sorted(held) if c.isalpha()]
    return max(letters, key=lambda c: held[c], default=values[0])


def _spaced(every: Sequence[_Field]) -> Sequence[_Field]:
    """Give a few fields, as far from one another as they can be."""
    return every[:: -(-len(every) // WAYS) or 1]


def _differences(answer: Answer, known: Mapping[str, Record], dataset: Dataset) -> str:
    for record in answer.results:
        other = known.get(str(identity(dataset, record)), record)
        names = sorted({*record, *other})
        unlike = [n for n in names if record.get(n) != other.get(n)]
        if unlike:
            return listed([f"«{name}»" for name in unlike])
    return ""


def _expect_whole_pages(
    dataset: Dataset, pages: Sequence[Answer], size: int, what: str
) -> None:
    rows = pages[0].total
    ids = [i for a in pages for i in _ids(dataset, a.results)]
    odd = [
        f"página {n}: page {a.page}, totalRows {a.total:,}, {len(a.results)} "
        f"registros, hasNextPage {as_json(a.has_next)}"
        for n, a in enumerate(pages, start=1)
        if (a.page, a.page_size, a.total) != (n, size, rows)
        or a.has_next is not (n * size < rows)
        or len(a.results) != max(0, min(size, rows - (n - 1) * size))
    ]
    repeated = len(ids) - len(set(ids))
    if repeated:
        odd.append(f"{counted(repeated, 'registro repetido', 'registros repetidos')}")
    expect(
        not odd,
        f"Las páginas de {what} no reparten bien lo que encuentra.",
        expected=f"{counted(rows, 'registro', 'registros')} en páginas de {size}, cada "
        "uno una vez, con los mismos totales",
        received="; ".join(odd[:4]),
        evidence=[a.exchange for a in pages][:3],
    )


def expect_all(api: Api, dataset: Dataset, query: Record) -> None:
    """Demand that a query gives the records that satisfy all of it, and no other."""
    answer = api.search(page_size=dataset.max_page_size, query=query)
    least = sum(satisfies(dataset, r, query, strictly=True) for r in records(api))
    most = sum(satisfies(dataset, r, query, strictly=False) for r in records(api))
    foreign = [
        r for r in answer.results if not satisfies(dataset, r, query, strictly=False)
    ]
    if not is_known(api):
        most = answer.total
    expect(
        not foreign and least <= answer.total <= most,
        f"La consulta {as_json(query)} no da justo los registros que cumplen todo.",
        expected=f"{counted(least, 'registro', 'registros')}"
        + (f" (hasta {most:,})" if most > least else ""),
        received=f"totalRows {answer.total:,}, que no cumplen {len(foreign)}",
        evidence=answer.exchange,
    )


def _pairs(dataset: Dataset) -> tuple[list[_Pair], list[_Pair]]:
    """Give the pairs of filters: those with a list of keys, and the others."""
    texts = filters(dataset, Operator.CONTAINS)
    lists = filters(dataset, Operator.ANY_OF)
    others = filters(dataset, *OTHERS)
    others = others[:: -(-len(others) // MOST_OTHERS) or 1]
    return (
        [*product(lists, texts), *combinations(lists, 2)],
        [*product(texts[:1], others), *combinations(texts, 2)],
    )


def _values(api: Api, declared: FilterField) -> list[str]:
    try:
        return samples(api, declared)
    except NotTriedError:
        return []


def _middling(api: Api, declared: FilterField) -> str:
    """Give the most repeated value that not every record has."""
    samples(api, declared)
    counts = Counter(t for r in records(api) for t in {*texts_at(r, declared.path)})
    every = len(records(api))
    return max(counts, key=lambda v: (counts[v] < every, counts[v], v))


def _ids(dataset: Dataset, found: Sequence[Record]) -> list[str]:
    return [str(identity(dataset, record)) for record in found]
