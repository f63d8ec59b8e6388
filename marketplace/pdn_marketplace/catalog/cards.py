"""The whole catalogue as lists, search, filters and counts need it, in memory.

It is small for a machine, though large for a person: what a list says of ten thousand
resources takes some twenty megabytes, and going through all of them in Python takes
less than asking a database for one page, once per filter, and for every total.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pdn_marketplace.catalog.memory import remembered
from pdn_marketplace.catalog.models import (
    Resource,
    ResourceSystem,
    ResourceTechnology,
)

MONTH_CHARS = 7


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """What lists say of a resource that is shown, and what they compare.

    `cover` is the name of its own picture, or nothing; `month` that of its last
    verdict, like 2026-11. The other members are as in `Resource`.
    """

    id: int
    slug: str
    position: int
    origin: str
    type: str
    name: str
    name_key: str
    maintainer: str
    abstract: str
    licence: str
    verified_key: str
    search_text: str
    published_at: datetime
    verdict: str
    cover: str
    systems: tuple[str, ...]
    technologies: tuple[str, ...]

    @property
    def month(self) -> str:
        """The month of the last verdict."""
        return self.verified_key[:MONTH_CHARS]


# How each order compares, by the name of its member, and whether the last is first.
SORTS: Mapping[str, tuple[str, bool]] = {
    "oficial": ("position", False),
    "nombre": ("name_key", False),
    "recientes": ("published_at", True),
    "verificados": ("verified_key", True),
}
_COLUMNS = (
    Resource.id,
    Resource.slug,
    Resource.position,
    Resource.origin,
    Resource.type,
    Resource.name,
    Resource.name_key,
    Resource.maintainer,
    Resource.abstract,
    Resource.licence,
    Resource.verified_key,
    Resource.search_text,
    Resource.published_at,
    Resource.verdict,
    Resource.pictures,
)


class Cards:
    """Every card, in each order."""

    def __init__(self, cards: Sequence[Card]) -> None:
        """Take the cards in any order."""
        self._by_id = sorted(cards, key=lambda card: card.id)

    def in_order(self, sort: str) -> Sequence[Card]:
        """Give them all in one of the orders; ties by id."""
        return self._orders[sort]

    @cached_property
    def _orders(self) -> Mapping[str, Sequence[Card]]:
        # Python's sort keeps what is equal as it was, whichever the direction.
        return {
            sort: tuple(
                sorted(self._by_id, key=lambda c: getattr(c, member), reverse=last)
            )
            for sort, (member, last) in SORTS.items()
        }


def all_cards(session: Session) -> Cards:
    """Give the cards of all that is shown."""
    return remembered(session, "cards", lambda: Cards(_read(session)))


def _read(session: Session) -> list[Card]:
    systems: dict[int, list[str]] = defaultdict(list)
    asked = select(ResourceSystem.resource_id, ResourceSystem.system)
    for number, system in session.execute(asked.order_by(ResourceSystem.system)):
        systems[number].append(system)
    technologies: dict[int, list[str]] = defaultdict(list)
    named = select(ResourceTechnology.resource_id, ResourceTechnology.technology)
    for number, name in session.execute(named.order_by(ResourceTechnology.position)):
        technologies[number].append(name)
    # Few different lists repeat in all the cards: each is kept once.
    once: dict[tuple[str, ...], tuple[str, ...]] = {}

    def tuple_of(names: list[str]) -> tuple[str, ...]:
        made = tuple(names)
        return once.setdefault(made, made)

    cards = []
    asked = select(*_COLUMNS)
    for row in session.execute(asked.where(Resource.hidden_at.is_(None))):
        told: dict[str, Any] = row._asdict()
        told["verdict"] = told["verdict"] or ""
        told["cover"] = _cover(told.pop("pictures"))
        told["systems"] = tuple_of(systems[row.id])
        told["technologies"] = tuple_of(technologies[row.id])
        cards.append(Card(**told))
    return cards


def _cover(pictures: Sequence[Mapping[str, Any]]) -> str:
    return next((str(p["name"]) for p in pictures if p["kind"] == "cover"), "")
