"""Count what is listed: institutions, connectors and records, by place and system.

Takes a session and gives plain numbers; names nobody. Records of a development
environment are synthetic, so they are counted apart.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from pdn_marketplace.organisations.models import Organisation
from pdn_marketplace.organisations.places import (
    ENTITIES,
    FEDERATION,
    LEVELS,
    UNKNOWN,
    Level,
)
from pdn_marketplace.submissions.models import AuditEntry, Run, Submission
from pdn_marketplace.submissions.states import State
from pdn_marketplace.watch.models import Look
from pdn_sdk.collation import fold
from pdn_sdk.conformance.results import Verdict
from pdn_sdk.standards import loader

K = TypeVar("K", bound=Hashable)

UNDER_WAY = (State.CHECKED, State.IN_REVIEW, State.CHANGES_REQUESTED, State.APPROVED)


class Listed(NamedTuple):
    """What is counted of a listed connector."""

    institution: str
    entity: str
    level: str
    system: str
    is_conformant: bool
    is_production: bool
    records: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of some connectors. `test_records` are synthetic ones."""

    institutions: int = 0
    connectors: int = 0
    conformant: int = 0
    records: int = 0
    test_records: int = 0


@dataclass(frozen=True, slots=True)
class Numeralia:
    """The counts of the site. Keys: codes of states, of levels, and systems."""

    total: Tally
    organisations: int
    under_way: int
    systems: Mapping[str, Tally]
    entities: Mapping[str, Tally]
    levels: Mapping[str, Tally]
    cells: Mapping[tuple[str, str], Tally] = field(repr=False)
    """By state and system, in that order; only those with connectors."""

    @property
    def covered(self) -> int:
        """How many of the 32 states have a listed connector."""
        return sum(bool(self.entities[code].connectors) for code in ENTITIES)


def version(session: Session) -> tuple[int, ...]:
    """Give what changes whenever a count may: every step of a connector is logged."""
    newest = (
        select(func.max(AuditEntry.id)).scalar_subquery(),
        select(func.max(Look.id)).scalar_subquery(),
        select(func.max(Organisation.id)).scalar_subquery(),
    )
    return tuple(value or 0 for value in session.execute(select(*newest)).one())


def count(session: Session) -> Numeralia:
    """Count what is listed now."""
    listed = list(_listed(session))
    systems = sorted({s.system.lower() for s in loader.all_standards()})
    by_cell = _grouped(listed, lambda one: (one.entity, one.system))
    return Numeralia(
        total=tally(listed),
        organisations=_open_organisations(session),
        under_way=_under_way(session),
        systems=_tallies(listed, systems, lambda one: one.system),
        entities=_tallies(
            listed, [*ENTITIES, FEDERATION, UNKNOWN], lambda one: one.entity
        ),
        levels=_tallies(listed, [*LEVELS, UNKNOWN], lambda one: one.level),
        cells={key: tally(found) for key, found in by_cell.items()},
    )


def tally(listed: Iterable[Listed]) -> Tally:
    """Count some connectors; an institution once, however many it has."""
    found = tuple(listed)
    return Tally(
        institutions=len({(one.institution, one.entity) for one in found}),
        connectors=len(found),
        conformant=sum(one.is_conformant for one in found),
        records=sum(one.records for one in found if one.is_production),
        test_records=sum(one.records for one in found if not one.is_production),
    )


def _tallies(
    listed: Iterable[Listed], keys: Iterable[str], key: Callable[[Listed], str]
) -> Mapping[str, Tally]:
    groups = _grouped(listed, key)
    return {str(each): tally(groups.get(each, ())) for each in keys}


def _grouped(
    listed: Iterable[Listed], key: Callable[[Listed], K]
) -> Mapping[K, list[Listed]]:
    groups: dict[K, list[Listed]] = defaultdict(list)
    for one in listed:
        groups[key(one)].append(one)
    return groups


def _listed(session: Session) -> Iterator[Listed]:
    """Read what is counted; the place is the connector's, or its organisation's."""
    newest = (
        select(Look.records)
        .where(Look.submission_id == Submission.id, Look.records.is_not(None))
        .order_by(Look.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    # A company is not where the institutions that it serves are.
    is_own = Organisation.level != Level.NONE
    rows = session.execute(
        select(
            Submission.institution,
            Submission.entity,
            Submission.level,
            case((is_own, Organisation.entity), else_=""),
            case((is_own, Organisation.level), else_=""),
            Submission.standard,
            Run.verdict,
            Submission.environment,
            newest,
        )
        .outerjoin(Organisation, Organisation.id == Submission.organisation_id)
        .outerjoin(Run, Run.id == Submission.published_run_id)
        .where(Submission.state == State.PUBLISHED)
    )
    systems = {s.key: s.system.lower() for s in loader.all_standards()}
    for name, entity, level, its_entity, its_level, standard, *rest in rows:
        verdict, environment, records = rest
        yield Listed(
            institution=fold(name),
            entity=entity or its_entity,
            level=level or its_level,
            system=systems[standard],
            is_conformant=verdict == Verdict.CONFORMANT,
            is_production=environment == "production",
            records=records or 0,
        )


def _open_organisations(session: Session) -> int:
    asked = select(func.count()).select_from(Organisation)
    return session.scalar(asked.where(Organisation.closed_at.is_(None))) or 0


def _under_way(session: Session) -> int:
    asked = select(func.count()).select_from(Submission)
    return session.scalar(asked.where(Submission.state.in_(UNDER_WAY))) or 0
