"""Faults of what only some standards ask: ranges, dates, kinds of record, advice.

Those of `thorough` are of what most standards ask.
"""

from collections.abc import Iterator

from pdn_sdk.practice.planting import Fault
from pdn_sdk.practice.special import (
    bulk,
    certificates,
    examples,
    inventions,
    ranges,
    thorough,
    tokens,
)
from pdn_sdk.practice.terms import Terms


def faults(terms: Terms) -> Iterator[Fault]:
    """Give the faults that can be planted in a provider of a standard."""
    yield from tokens.FAULTS
    yield from inventions.FAULTS
    yield from bulk.faults(terms)
    yield from ranges.faults(terms)
    yield from examples.faults(terms)
    yield from thorough.faults(terms)
    yield from certificates.faults(terms)
