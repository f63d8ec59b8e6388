"""Few results, and pages of every size: where a count is off by one, it shows."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from pdn_sdk.checking import Answer, Api, NotTriedError, check, expect
from pdn_sdk.conformance.checks.demands import as_json, counted
from pdn_sdk.conformance.checks.samples import (
    Record,
    filters,
    has_walked_far,
    identity,
    is_known,
    loosely,
    records,
    texts_at,
)
from pdn_sdk.standards.model import Dataset, FilterField, Operator
from pdn_sdk.standards.paths import values_at

FEW = (1, 2, 3, 4, 5)
"""Results; the odd ones fill no page, the even ones fill one."""
USUAL = 50
"""Records in a page of the PDN's search."""
CANDIDATES = 12
"""Values of a filter."""
MOST_FILTERS = 3
"""In a query."""
PAGES = 30
"""Of a size; where there are more, only some are read."""
SOME_PAGES = 20
WIDE_PAGES = 6
"""Of those that hold many."""
LONG_WALK_PAGES = 8


@check("PAG-54")
def check_few_results_are_counted_right(api: Api, dataset: Dataset) -> None:
    """Cuando son pocos, el total y la página siguiente también son exactos."""
    if not is_known(api):
        raise NotTriedError("No se leyeron todos los registros para comparar.")
    asked = dict(_queries(api, dataset))
    if not asked:
        raise NotTriedError("Ningún texto se repite pocas veces en los registros.")
    for count, query in asked.items():
        # A page that is just filled, and one that leaves one record for the next.
        size = count if count % 2 == 0 or count == 1 else count - 1
        answer = api.search(page=1, page_size=size, query=query)
        due = _told(count, size, has_next=size < count)
        found = _told(answer.total, len(answer.results), has_next=answer.has_next)
        expect(
            found == due,
            f"{as_json(query)} encuentra {counted(count, 'registro', 'registros')} y "
            "la respuesta no lo dice así.",
            expected=due,
            received=found,
            evidence=answer.exchange,
        )


@check("PAG-13")
def check_short_pages_do_not_overlap(api: Api, dataset: Dataset) -> None:
    """Las páginas cortas reparten todos los registros: cada uno sale una vez."""
    records(api)
    for size in (dataset.default_page_size, min(USUAL, dataset.max_page_size)):
        pages = list(_pages(api, size))
        ids = [str(identity(dataset, r)) for _, a in pages for r in a.results]
        repeated = [i for i, times in Counter(ids).items() if times > 1]
        expect(
            not repeated,
            "Las páginas cortas se traslapan: repiten unos registros y pierden otros. "
            "Ordene siempre, al final, por el identificador.",
            expected="ningún registro repetido",
            received=f"{len(repeated)} repetidos, por ejemplo {as_json(repeated[:1])}",
            evidence=[a.exchange for _, a in pages[:5]],
        )
        wrong = [(n, a) for n, a in pages if len(a.results) != _due(a, n, size)]
        expect(
            not wrong,
            f"En páginas de {size} faltan o sobran registros.",
            expected="; ".join(
                f"página {n}: {_due(a, n, size)} registros" for n, a in wrong[:3]
            ),
            received="; ".join(f"página {n}: {len(a.results)}" for n, a in wrong[:3]),
            evidence=[a.exchange for _, a in wrong[:3]],
        )


def _pages(api: Api, size: int) -> Iterator[tuple[int, Answer]]:
    """Read the pages of a size, or some of them where they are many."""
    last = max(1, -(-api.total() // size))
    most = last if last <= PAGES else SOME_PAGES
    most = min(most, LONG_WALK_PAGES) if has_walked_far(api) else most
    most = min(most, WIDE_PAGES) if size >= USUAL else most
    first = range(1, -(-most // 2) + 1)
    rest = range(len(first) + 1, last + 1)
    step = -(-len(rest) // max(1, most - len(first))) or 1
    for page in [*first, *reversed(rest[::-step])]:
        yield page, api.search(page=page, page_size=size)


def _due(answer: Answer, page: int, size: int) -> int:
    return max(0, min(size, answer.total - (page - 1) * size))


def _queries(api: Api, dataset: Dataset) -> Iterator[tuple[int, Record]]:
    """Yield, for each of the few counts, a query that finds so many records."""
    found = records(api)
    declared = filters(dataset, Operator.CONTAINS, Operator.ANY_OF)
    held = [_held(found, each) for each in declared]
    left = set(FEW)
    for several in range(1, min(MOST_FILTERS, len(held)) + 1):
        for chosen in combinations(held, several):
            for parts in product(*chosen):
                who = frozenset.intersection(*(part.who for part in parts))
                # What some find and others may not has no count to be demanded.
                if len(who) in left and who == frozenset.intersection(
                    *(part.at_most for part in parts)
                ):
                    left.discard(len(who))
                    yield len(who), {part.name: part.value for part in parts}
                    break


@dataclass(frozen=True, slots=True)
class _Part:
    """What a filter may be asked, with who answers: surely, and at most."""

    name: str
    value: object
    who: frozenset[int]
    at_most: frozenset[int]


def _held(found: Sequence[Record], declared: FilterField) -> list[_Part]:
    """Give the rarest values that a filter may be asked."""
    is_list = declared.operator is Operator.ANY_OF
    shown: list[set[object]] = [
        {*values_at(r, declared.path)} if is_list else {*texts_at(r, declared.path)}
        for r in found
    ]
    places: dict[object, set[int]] = {}
    for place, values in enumerate(shown):
        for value in values:
            places.setdefault(value, set()).add(place)
    rare = sorted(places, key=lambda v: (len(places[v]), str(v)))
    if is_list:
        return [
            _Part(declared.name, [v], who, who)
            for v in rare[:CANDIDATES]
            for who in [frozenset(places[v])]
        ]
    plain = [v for v in rare if isinstance(v, str) and v.replace(" ", "").isalnum()]
    folded = [[loosely(str(t)) for t in texts] for texts in shown]
    return [
        _Part(declared.name, v, frozenset(places[v]), _holding(folded, loosely(v)))
        for v in plain[:CANDIDATES]
    ]


def _holding(folded: list[list[str]], text: str) -> frozenset[int]:
    return frozenset(
        place for place, texts in enumerate(folded) if any(text in t for t in texts)
    )


def _told(total: int, rows: int, *, has_next: bool) -> str:
    return (
        f"totalRows {total:,}, {counted(rows, 'registro', 'registros')}, "
        f"hasNextPage {as_json(has_next)}"
    )
