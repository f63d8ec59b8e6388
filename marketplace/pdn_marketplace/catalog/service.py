"""Every query and rule of the catalogue: search, facets, details, publishing.

Takes a session and the time; gives plain objects. Text is compared folded, so
accents and capitals never matter; what the person typed is always literal.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.functions import Function

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
TYPES = ("api", "sys", "doc", "tool")
SYSTEMS = ("s1", "s2", "s3", "s4", "s5", "s6")
# Connectors come after the resources of the agency, newest last.
FIRST_CONNECTOR_POSITION = 1_000_000
SHOWN = Resource.hidden_at.is_(None)

# Written, not bound: PostgreSQL must see that it groups by what it gives.
MONTH: Function[str] = func.substr(
    Resource.verified_key, literal_column("1"), literal_column("7")
)
_Order = tuple[InstrumentedAttribute[Any], bool]
SORTS: Mapping[str, _Order] = {
    "oficial": (Resource.position, False),
    "nombre": (Resource.name_key, False),
    "recientes": (Resource.published_at, True),
    "verificados": (Resource.verified_key, True),
}


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
    sort: str = "oficial"
    cursor: str = ""


@dataclass(frozen=True)
class Results:
    """A page of the catalogue."""

    resources: Sequence[Resource]
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
    return Words.of(session.scalars(select(Resource.search_text).where(SHOWN)))


def _found(session: Session, query: Query, limit: int) -> Results:
    if query.sort not in SORTS:
        raise MarketplaceError(
            _("No se puede ordenar así. Use: %(sorts)s.", sorts=", ".join(SORTS))
        )
    column, is_descending = SORTS[query.sort]
    fits = conditions(query)
    total = session.scalar(select(func.count(Resource.id)).where(*fits)) or 0
    wanted = select(Resource).where(*fits)
    if query.cursor:
        wanted = wanted.where(_after(column, is_descending, query.cursor))
    order = column.desc() if is_descending else column.asc()
    rows = session.scalars(wanted.order_by(order, Resource.id).limit(limit + 1)).all()
    has_more = len(rows) > limit
    page = rows[:limit]
    return Results(page, total, _cursor(column, page[-1]) if has_more else None)


def resource(session: Session, slug: str, *, with_hidden: bool = False) -> Resource:
    """Give one resource by its stable short name.

    Raises: NotFoundError when the catalogue has no such name, or hides it.
    """
    found = session.scalar(select(Resource).where(Resource.slug == slug))
    if found is None or (found.hidden_at and not with_hidden):
        raise NotFoundError(_("El catálogo no tiene ningún recurso con ese nombre."))
    return found


def similar(session: Session, to: Resource, limit: int = 3) -> Sequence[Resource]:
    """Give other resources for the same systems, those of the same type first."""
    systems = [s.system for s in to.systems]
    wanted = select(Resource).where(
        Resource.id != to.id,
        SHOWN,
        Resource.systems.any(ResourceSystem.system.in_(systems)),
    )
    found: list[Resource] = []
    # One after the other: each ends at the first few in order, where both at once
    # would put the whole catalogue in order.
    for is_wanted in (Resource.type == to.type, Resource.type != to.type):
        rest = limit - len(found)
        if rest:
            order = wanted.where(is_wanted).order_by(Resource.position)
            found += session.scalars(order.limit(rest))
    return found


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


def conditions(query: Query) -> list[ColumnElement[bool]]:
    """Give what a resource must fulfil to fit the query, whatever its page."""
    wanted: list[ColumnElement[bool]] = [
        Resource.search_text.contains(word, autoescape=True)
        for word in fold(query.q).split()
    ]
    wanted.append(SHOWN)
    if query.system:
        wanted.append(Resource.systems.any(ResourceSystem.system == query.system))
    if query.technology:
        wanted.append(
            Resource.technologies.any(ResourceTechnology.technology == query.technology)
        )
    same: tuple[tuple[InstrumentedAttribute[Any] | Function[str], str], ...] = (
        (Resource.type, query.type),
        (Resource.maintainer, query.maintainer),
        (Resource.licence, query.licence),
        (Resource.verdict, query.conformance),
        (MONTH, query.verified),
    )
    wanted += [column == value for column, value in same if value]
    if query.official:
        wanted.append(Resource.origin == "official")
    return wanted


def _cursor(column: InstrumentedAttribute[Any], row: Resource) -> str:
    value = getattr(row, column.key)
    if isinstance(value, datetime):
        value = value.isoformat()
    packed = json.dumps([column.key, value, row.id]).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _after(
    column: InstrumentedAttribute[Any], is_descending: bool, cursor: str
) -> ColumnElement[bool]:
    """Give the condition of coming after the row where the last page ended."""
    try:
        value, row_id = _unpacked(column, cursor)
    except (ValueError, TypeError, binascii.Error) as error:
        raise MarketplaceError(
            _(
                "Esa página de resultados no existe. Empiece desde la primera página, "
                "sin «cursor»."
            )
        ) from error
    beyond = column < value if is_descending else column > value
    return or_(beyond, and_(column == value, Resource.id > row_id))


def _unpacked(column: InstrumentedAttribute[Any], cursor: str) -> tuple[Any, int]:
    packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    key, value, row_id = json.loads(packed)
    wanted = int if column is Resource.position else str
    is_date = column is Resource.published_at
    if key != column.key or type(value) is not wanted or type(row_id) is not int:
        raise ValueError(key)
    return (datetime.fromisoformat(str(value)) if is_date else value), row_id
