"""Fill the catalogue from the resources shipped with the site."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Seeded:
    """What a seeding did."""

    official: int = 0
    additions: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0


def seed_catalog(session: Session, now: datetime) -> Seeded:
    """Put the shipped resources in the catalogue."""
    del session, now
    return Seeded()
