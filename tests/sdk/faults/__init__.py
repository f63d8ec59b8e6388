"""Faults planted on purpose in a good provider, one for each check.

`wire` is the layer between the checks and the provider, `good` the provider,
`terms` what each standard calls things, `planting` what a fault is, and the other
modules are the table of faults, one for every standard.
`rehearsal` runs the checks in this process.
"""

from . import access, hostile, pages, searches
from .planting import Fault
from .terms import Terms


def faults_of(terms: Terms) -> list[Fault]:
    """Give the faults of the checks that a standard asks for."""
    asked = {check for r in terms.standard.requirements for check in r.checks}
    every = (
        *access.FAULTS,
        *pages.faults(terms),
        *searches.faults(terms),
        *hostile.faults(terms),
    )
    return [f for f in every if asked & {f.check, f.check.partition("[")[0]}]


def is_alike(fault: Fault) -> bool:
    """Tell whether a fault is the same whatever the standard."""
    return fault in access.FAULTS or fault in pages.PAGES or fault in hostile.STRESS
