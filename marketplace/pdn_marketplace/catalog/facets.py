"""The choices of each filter, with how many results each would give.

Counting them costs more than the page of results, so they are remembered.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from sqlalchemy.orm import Session

from pdn_marketplace.catalog.cards import Card, all_cards
from pdn_marketplace.catalog.memory import remembered
from pdn_marketplace.catalog.service import OFFICIAL, Query, Results, fitting
from pdn_sdk.collation import sort_key

# A list of thousands of institutions helps nobody: those with most are offered.
MOST_CHOICES = 60


@dataclass(frozen=True)
class Choice:
    """One value of a filter and how many results choosing it would give."""

    value: str
    count: int


@dataclass(frozen=True)
class Facets:
    """The choices of every filter, and how many of each are not offered."""

    choices: Mapping[str, Sequence[Choice]]
    hidden: Mapping[str, int]


def facets(session: Session, query: Query, found: Results) -> Facets:
    """Give the choices of every filter, counted under the other filters.

    `found` is what the query gave.
    """
    query = replace(query, q=found.corrected or query.q, sort=OFFICIAL, cursor="")
    return remembered(session, query, lambda: _counted(session, query, found.total))


def _counted(session: Session, query: Query, total: int) -> Facets:
    # Official resources and conforming connectors are choices of one filter.
    any_origin = replace(query, official=False, conformance="")
    asked: Mapping[str, tuple[_Values, Query, str]] = {
        "system": (
            lambda c: c.systems, replace(query, system=""), query.system,
        ),
        "type": (
            lambda c: (c.type,), replace(query, type=""), query.type,
        ),
        "technology": (
            lambda c: c.technologies, replace(query, technology=""), query.technology,
        ),
        "maintainer": (
            lambda c: (c.maintainer,), replace(query, maintainer=""), query.maintainer,
        ),
        "licence": (
            lambda c: (c.licence,), replace(query, licence=""), query.licence,
        ),
        "verified": (
            lambda c: (c.month,), replace(query, verified=""), query.verified,
        ),
        "origin": (lambda c: (c.origin,), any_origin, ""),
        "verdict": (lambda c: (c.verdict,), any_origin, ""),
    }  # fmt: skip
    cards = fitting(all_cards(session).in_order(OFFICIAL), Query(q=query.q))
    fit = {q: fitting(cards, replace(q, q="")) for _, q, _ in asked.values()}
    choices, hidden = {}, {}
    for name, (values, narrowed, chosen) in asked.items():
        counts, hidden[name] = _most(fit[narrowed], values)
        if chosen:
            # There even with none, and with its own where many have more.
            counts.setdefault(chosen, total)
        choices[name] = [Choice(v, counts[v]) for v in sorted(counts, key=sort_key)]
    # The newest month first.
    choices["verified"].reverse()
    return Facets(choices, hidden)


_Values = Callable[[Card], Sequence[str]]


def _most(cards: Sequence[Card], values: _Values) -> tuple[dict[str, int], int]:
    """Count the cards of the values that have most, and the values left out."""
    counts = Counter(chain.from_iterable(map(values, cards)))
    counts.pop("", None)
    most = sorted(counts, key=lambda value: (-counts[value], value))[:MOST_CHOICES]
    return {value: counts[value] for value in most}, len(counts) - len(most)
