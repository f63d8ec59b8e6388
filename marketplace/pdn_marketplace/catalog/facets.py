"""The choices of each filter, with how many results each would give.

Counting them costs more than the page of results, so they are remembered.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from itertools import chain
from typing import Any

from sqlalchemy.orm import Session

from pdn_marketplace.catalog.cards import Card, all_cards
from pdn_marketplace.catalog.memory import remembered
from pdn_marketplace.catalog.service import OFFICIAL, Query, Results, fitting
from pdn_sdk.collation import sort_key

# A list of thousands of institutions helps nobody: those with most are offered.
MOST_CHOICES = 60
# What each filter counts of a card.
VALUES: Mapping[str, Callable[[Card], Sequence[str]]] = {
    "system": lambda card: card.systems,
    "type": lambda card: (card.type,),
    "technology": lambda card: card.technologies,
    "maintainer": lambda card: (card.maintainer,),
    "licence": lambda card: (card.licence,),
    "verified": lambda card: (card.month,),
    "origin": lambda card: (card.origin,),
    "verdict": lambda card: (card.verdict,),
}
# Official resources and conforming connectors are choices of one filter.
OF_ORIGIN = ("origin", "verdict")


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
    fit: dict[Query, Sequence[Card]] = {}
    choices, hidden = {}, {}
    for name in VALUES:
        others, chosen = _others(query, name)
        known, hidden[name] = _counts(session, name, others, fit)
        counts = dict(known)
        if chosen:
            # There even with none, and with its own where many have more.
            counts.setdefault(chosen, found.total)
        choices[name] = [Choice(v, counts[v]) for v in sorted(counts, key=sort_key)]
    # The newest month first.
    choices["verified"].reverse()
    return Facets(choices, hidden)


def _others(query: Query, name: str) -> tuple[Query, str]:
    """Give the query without a filter, and what it chose of that filter."""
    if name in OF_ORIGIN:
        return replace(query, official=False, conformance=""), ""
    without: dict[str, Any] = {name: ""}
    return replace(query, **without), getattr(query, name)


def _counts(
    session: Session, name: str, query: Query, fit: dict[Query, Sequence[Card]]
) -> tuple[Mapping[str, int], int]:
    """Count the values that most cards have, and those left out.

    `fit` keeps the cards of each query: most filters count under the same one.
    """

    def counted() -> tuple[Mapping[str, int], int]:
        if query not in fit:
            fit[query] = fitting(all_cards(session).in_order(OFFICIAL), query)
        counts = Counter(chain.from_iterable(map(VALUES[name], fit[query])))
        counts.pop("", None)
        most = nsmallest(
            MOST_CHOICES, counts, key=lambda value: (-counts[value], value)
        )
        return {value: counts[value] for value in most}, len(counts) - len(most)

    return remembered(session, ("counts", name, query), counted)
