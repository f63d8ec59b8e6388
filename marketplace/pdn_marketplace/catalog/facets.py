"""The choices of each filter, with how many results each would give.

Counting them costs more than the page of results, so they are remembered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.functions import Function

from pdn_marketplace.catalog.memory import remembered
from pdn_marketplace.catalog.models import (
    Resource,
    ResourceSystem,
    ResourceTechnology,
)
from pdn_marketplace.catalog.service import MONTH, Query, Results, conditions
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
    query = replace(query, q=found.corrected or query.q, sort="", cursor="")
    return remembered(session, query, lambda: _counted(session, query, found.total))


def _counted(session: Session, query: Query, total: int) -> Facets:
    # Official resources and conforming connectors are choices of one filter.
    any_origin = replace(query, official=False, conformance="")
    asked: Mapping[str, tuple[_Column, Query, str]] = {
        "system": (ResourceSystem.system, replace(query, system=""), query.system),
        "type": (Resource.type, replace(query, type=""), query.type),
        "technology": (
            ResourceTechnology.technology,
            replace(query, technology=""),
            query.technology,
        ),
        "maintainer": (
            Resource.maintainer,
            replace(query, maintainer=""),
            query.maintainer,
        ),
        "licence": (Resource.licence, replace(query, licence=""), query.licence),
        "verified": (MONTH, replace(query, verified=""), query.verified),
        "origin": (Resource.origin, any_origin, ""),
        "verdict": (Resource.verdict, any_origin, ""),
    }
    choices, hidden = {}, {}
    for name, (column, narrowed, chosen) in asked.items():
        counts, hidden[name] = _most(session, column, narrowed)
        if chosen:
            # There even with none, and with its own where many have more.
            counts.setdefault(chosen, total)
        choices[name] = [Choice(v, counts[v]) for v in sorted(counts, key=sort_key)]
    # The newest month first.
    choices["verified"].reverse()
    return Facets(choices, hidden)


_Column = InstrumentedAttribute[Any] | Function[str]


def _most(
    session: Session, column: _Column, query: Query
) -> tuple[dict[str, int], int]:
    """Count the results of the values that have most, and the values left out."""
    count = func.count()
    wanted = select(column, count, func.count().over()).select_from(Resource)
    # A resource has each system and each technology once, so none counts twice.
    owner = getattr(column, "class_", Resource)
    if owner is not Resource:
        wanted = wanted.join(owner)
    rows = session.execute(
        wanted.where(*conditions(query), column != "")
        .group_by(column)
        .order_by(count.desc(), column)
        .limit(MOST_CHOICES)
    ).all()
    values = rows[0][2] if rows else 0
    return {value: n for value, n, _ in rows}, values - len(rows)
