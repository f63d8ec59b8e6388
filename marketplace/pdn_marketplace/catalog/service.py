"""Every query and rule of the catalogue: search, facets, details, publishing.

Takes a session and the time; gives plain objects. Text is compared folded, so
accents and capitals never matter; what the person typed is always literal.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pdn_marketplace.catalog.cards import SORTS, Card, all_cards
from pdn_marketplace.catalog.memory import remembered
from pdn_marketplace.catalog.models import (
    Resource,
    ResourceSystem,
    ResourceTechnology,
)
from pdn_marketplace.catalog.spelling import Words, corrected
from pdn_marketplace.errors import MarketplaceError, NotFoundError, SlugTakenError
from pdn_sdk.collation import fold, sort_key

PAGE_SIZE = 24
MAX_PAGE_SIZE = 100
OFFICIAL = "oficial"
TYPES = ("api", "sys", "doc", "tool")
SYSTEMS = ("s1", "s2", "s3", "s4", "s5", "s6")
# Connectors come after the resources of the agency, newest last.
FIRST_CONNECTOR_POSITION = 1_000_000
SHOWN = Resource.hidden_at.is_(None)


@dataclass(frozen=True)
class Query:
    """What a visitor asks of the catalogue; an empty member asks nothing.

    `verified` is the month of the last verdict, in UTC: 2026-11.
    """

    q: str = ""
    system: str = ""
    type: str = ""
    technology: str = ""
    maintainer: str = ""
    licence: str = ""
    conformance: str = ""
    verified: str = ""
    official: bool = False
    sort: str = OFFICIAL
    cursor: str = ""


@dataclass(frozen=True)
class Results:
    """A page of the catalogue."""

    resources: Sequence[Card]
    total: int
    next: str | None
    corrected: str = ""
    """What was searched instead, where what was asked is nowhere."""


@dataclass(frozen=True)
class Conformance:
    """What a published connector proved, and where the evidence is.

    `report_path` and `badge_path` are paths of this site.
    """

    standard: str
    standard_version: str
    verdict: str
    verified_at: datetime
    suite_version: str = ""
    report_path: str = ""
    badge_path: str = ""


@dataclass(frozen=True)
class Listing:
    """What a connector's page says; texts are already checked for length."""

    slug: str
    name: str
    systems: tuple[str, ...]
    maintainer: str
    abstract: str
    description: str
    url: str
    type: str = "api"
    audience: str = ""
    technologies: tuple[str, ...] = ()
    licence: str = ""
    contact: Mapping[str, str] = field(default_factory=dict)
    links: tuple[Mapping[str, str], ...] = ()
    pictures: tuple[Mapping[str, str | int], ...] = ()
    """The cover and the screenshots: kind, name of the file, alt, width, height."""


def find(session: Session, query: Query, limit: int = PAGE_SIZE) -> Results:
    """Give one page of the resources that fit the query, and how many there are.

    Where nothing has the words as they were typed, the nearest ones that the
    catalogue has are tried, and `corrected` says so.
    Raises: MarketplaceError for a sort or a cursor that does not exist.
    """
    found = _found(session, query, limit)
    if found.total or not query.q:
        return found
    known = remembered(session, "words", lambda: _words(session))
    better = " ".join(corrected(fold(query.q).split(), known))
    if not better:
        return found
    again = _found(session, replace(query, q=better), limit)
    return replace(again, corrected=better) if again.total else found


def _words(session: Session) -> Words:
    return Words.of(card.search_text for card in all_cards(session).in_order(OFFICIAL))


def _found(session: Session, query: Query, limit: int) -> Results:
    if query.sort not in SORTS:
        raise MarketplaceError(
            _("No se puede ordenar así. Use: %(sorts)s.", sorts=", ".join(SORTS))
        )
    member, is_descending = SORTS[query.sort]
    fit = fitting(all_cards(session).in_order(query.sort), query)
    start = _after(member, is_descending, query.cursor, fit) if query.cursor else 0
    page = fit[start : start + limit]
    has_more = start + limit < len(fit)
    return Results(page, len(fit), _cursor(member, page[-1]) if has_more else None)


def full(session: Session, cards: Sequence[Card]) -> Sequence[Resource]:
    """Give all that is known of the resources of some cards, in the same order."""
    asked = select(Resource).where(Resource.id.in_([card.id for card in cards]), SHOWN)
    rows = {row.id: row for row in session.scalars(asked)}
    return [rows[card.id] for card in cards if card.id in rows]


def conformance(session: Session, slug: str) -> Mapping[str, Any] | None:
    """Give what a resource proved, or None.

    Raises: NotFoundError when the catalogue has no such name, or hides it.
    """
    asked = select(Resource.conformance).where(Resource.slug == slug, SHOWN)
    found = session.execute(asked).first()
    if found is None:
        raise _unknown()
    proved: Mapping[str, Any] | None = found.conformance
    return proved


def resource(session: Session, slug: str, *, with_hidden: bool = False) -> Resource:
    """Give one resource by its stable short name.

    Raises: NotFoundError when the catalogue has no such name, or hides it.
    """
    found = session.scalar(select(Resource).where(Resource.slug == slug))
    if found is None or (found.hidden_at and not with_hidden):
        raise _unknown()
    return found


def _unknown() -> NotFoundError:
    return NotFoundError(_("El catálogo no tiene ningún recurso con ese nombre."))


def similar(session: Session, to: Resource, limit: int = 3) -> Sequence[Card]:
    """Give other resources for the same systems, those of the same type first."""
    systems = {s.system for s in to.systems}

    def alike(*, is_same: bool) -> Iterator[Card]:
        for card in all_cards(session).in_order(OFFICIAL):
            is_wanted = (card.type == to.type) is is_same and card.id != to.id
            if is_wanted and not systems.isdisjoint(card.systems):
                yield card

    # Lazily: the first few in order are found long before the whole is gone through.
    return list(islice(chain(alike(is_same=True), alike(is_same=False)), limit))


def everything(session: Session) -> Sequence[Resource]:
    """Give the whole catalogue in its official order, for the exports."""
    shown = select(Resource).where(SHOWN).order_by(Resource.position)
    return session.scalars(shown).all()


def addresses(session: Session) -> Sequence[tuple[str, datetime]]:
    """Give the short name of every resource and when it changed last."""
    shown = select(Resource.slug, Resource.updated_at).where(SHOWN)
    asked = shown.order_by(Resource.position)
    return [(slug, updated_at) for slug, updated_at in session.execute(asked)]


def newest(session: Session, limit: int) -> Sequence[Resource]:
    """Give what was listed or changed last, the newest first."""
    order = Resource.updated_at.desc(), Resource.id.desc()
    shown = select(Resource).where(SHOWN).order_by(*order)
    return session.scalars(shown.limit(limit)).all()


def publish_connector(
    session: Session, now: datetime, listing: Listing, conformance: Conformance
) -> Resource:
    """List an approved connector, or bring its listing up to date.

    Raises: SlugTakenError when the name belongs to a resource of the agency.
    """
    found = session.scalar(select(Resource).where(Resource.slug == listing.slug))
    if found is not None and found.origin != "connector":
        raise SlugTakenError(
            _("Ya hay un recurso con ese nombre corto. Elija otro nombre.")
        )
    if found is None:
        last = session.scalar(select(func.max(Resource.position))) or 0
        found = Resource(
            slug=listing.slug,
            origin="connector",
            position=max(last + 1, FIRST_CONNECTOR_POSITION),
            published_at=now,
            notes=[],
        )
        session.add(found)
    write(found, listing, now)
    proved = dict(vars(conformance))
    proved["verified_at"] = conformance.verified_at.isoformat()
    found.conformance = proved
    found.verdict = conformance.verdict
    verified_at = conformance.verified_at.astimezone(UTC)
    found.verified_key = verified_at.isoformat(timespec="microseconds")
    session.flush()
    return found


def withdraw_connector(session: Session, slug: str) -> None:
    """Take a connector out of the catalogue; its submission keeps its history."""
    found = resource(session, slug, with_hidden=True)
    if found.origin == "connector":
        session.delete(found)


def write(row: Resource, listing: Listing, now: datetime) -> None:
    """Copy a listing into its row, with what search and order compare."""
    row.type = listing.type
    row.name = listing.name
    row.name_key = sort_key(listing.name)
    row.maintainer = listing.maintainer
    row.abstract = listing.abstract
    row.description = listing.description
    row.audience = listing.audience
    row.url = listing.url
    row.licence = listing.licence
    row.contact = dict(listing.contact)
    row.links = [dict(link) for link in listing.links]
    row.pictures = [dict(picture) for picture in listing.pictures]
    row.updated_at = now
    kept = {s.system: s for s in row.systems}
    row.systems = [kept.get(s) or ResourceSystem(system=s) for s in listing.systems]
    known = {t.technology: t for t in row.technologies}
    row.technologies = [
        known.get(name) or ResourceTechnology(technology=name)
        for name in listing.technologies
    ]
    for position, technology in enumerate(row.technologies):
        technology.position = position
    searched = (
        listing.name,
        listing.abstract,
        listing.maintainer,
        *listing.technologies,
        *listing.systems,
    )
    row.search_text = fold(" ".join(searched))


def fitting(cards: Sequence[Card], query: Query) -> Sequence[Card]:
    """Give those of some cards that fit the query, in their order, without pages."""
    for word in fold(query.q).split():
        cards = [c for c in cards if word in c.search_text]
    if query.system:
        cards = [c for c in cards if query.system in c.systems]
    if query.technology:
        cards = [c for c in cards if query.technology in c.technologies]
    for member, wanted in (
        ("type", query.type),
        ("maintainer", query.maintainer),
        ("licence", query.licence),
        ("verdict", query.conformance),
        ("month", query.verified),
        ("origin", "official" if query.official else ""),
    ):
        if wanted:
            cards = [c for c in cards if getattr(c, member) == wanted]
    return cards


def _cursor(member: str, card: Card) -> str:
    value = getattr(card, member)
    if isinstance(value, datetime):
        value = value.isoformat()
    packed = json.dumps([member, value, card.id]).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _after(member: str, is_descending: bool, cursor: str, cards: Sequence[Card]) -> int:
    """Give which of the cards comes first after the one where the last page ended."""
    try:
        value, number = _unpacked(member, cursor)
    except (ValueError, TypeError, binascii.Error) as error:
        raise MarketplaceError(
            _(
                "Esa página de resultados no existe. Empiece desde la primera página, "
                "sin «cursor»."
            )
        ) from error

    def is_after(card: Card) -> bool:
        own = getattr(card, member)
        if own == value:
            return card.id > number
        return bool(own < value if is_descending else own > value)

    return next((n for n, card in enumerate(cards) if is_after(card)), len(cards))


def _unpacked(member: str, cursor: str) -> tuple[Any, int]:
    packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    key, value, number = json.loads(packed)
    wanted = int if member == "position" else str
    if key != member or type(value) is not wanted or type(number) is not int:
        raise ValueError(key)
    if member != "published_at":
        return value, number
    at = datetime.fromisoformat(str(value))
    if at.tzinfo is None:
        raise ValueError(key)
    return at, number
