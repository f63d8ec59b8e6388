"""Fill the catalogue from `resources.toml`, the facts shipped with the site."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from importlib.resources import files
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pdn_marketplace.catalog import service
from pdn_marketplace.catalog.models import Resource

# The agency presented the 22 in November 2023; their own dates are unknown.
OFFICIAL_SINCE = date(2023, 1, 1)


@dataclass(frozen=True)
class Seeded:
    """What a seeding did: how many of each origin, and what happened to them."""

    official: int
    additions: int
    added: int
    changed: int
    unchanged: int


def shipped() -> list[dict[str, Any]]:
    """Read the resources shipped, each with its contact in full."""
    folder = files("pdn_marketplace") / "catalog"
    told = tomllib.loads((folder / "resources.toml").read_text(encoding="utf-8"))
    contacts: Mapping[str, Mapping[str, str]] = told["contacts"]
    found: list[dict[str, Any]] = told["resource"]
    for fact in found:
        if isinstance(fact["contact"], str):
            fact["contact"] = contacts[fact["contact"]]
    return found


def seed_catalog(session: Session, now: datetime) -> Seeded:
    """Put every shipped resource in the catalogue; again, correct what differs."""
    done = {"added": 0, "changed": 0, "unchanged": 0}
    facts = shipped()
    for fact in facts:
        done[_put(session, fact, now)] += 1
    additions = sum("added_on" in fact for fact in facts)
    return Seeded(official=len(facts) - additions, additions=additions, **done)


def _put(session: Session, fact: Mapping[str, Any], now: datetime) -> str:
    row = session.scalar(select(Resource).where(Resource.number == fact["number"]))
    listing = _listing(fact)
    notes = list(fact["notes"])
    outcome = "changed" if row else "added"
    if row is None:
        row = Resource(number=fact["number"], slug=fact["slug"])
        session.add(row)
    elif _listing_of(row) == listing and row.notes == notes:
        return "unchanged"
    since = fact.get("added_on", OFFICIAL_SINCE)
    row.origin = "addition" if "added_on" in fact else "official"
    row.position = fact["number"]
    row.published_at = datetime.combine(since, time(18), tzinfo=UTC)
    row.slug = fact["slug"]
    row.notes = notes
    service.write(row, listing, now)
    session.flush()
    return outcome


def _listing(fact: Mapping[str, Any]) -> service.Listing:
    return service.Listing(
        slug=fact["slug"],
        name=fact["name"],
        type=fact["type"],
        systems=tuple(fact["systems"]),
        maintainer=fact["maintainer"],
        abstract=fact["abstract"],
        description=fact["description"],
        audience=fact["audience"],
        url=fact["url"],
        technologies=tuple(fact["technologies"]),
        contact=dict(fact["contact"]),
        links=tuple(dict(link) for link in fact.get("links", ())),
    )


def _listing_of(row: Resource) -> service.Listing:
    return service.Listing(
        slug=row.slug,
        name=row.name,
        type=row.type,
        systems=tuple(s.system for s in row.systems),
        maintainer=row.maintainer,
        abstract=row.abstract,
        description=row.description,
        audience=row.audience,
        url=row.url,
        technologies=tuple(t.technology for t in row.technologies),
        licence=row.licence,
        contact=row.contact,
        links=tuple(row.links),
    )
