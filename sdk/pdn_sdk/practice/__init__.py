"""Faults planted on purpose in a good provider, one for each check.

For courses, for trying validators and for the tests of the suite. `wire` is how
a fault sees requests and answers, `terms` what each standard calls things,
`planting` what a fault is, `application` the provider with one in it, and the
other modules are the table of faults, one for every standard; `special` holds
those of what only some standards ask.
"""

from dataclasses import replace

from pdn_sdk.practice import (
    access,
    combined,
    errors,
    hostile,
    lists,
    orders,
    pages,
    searches,
    special,
)
from pdn_sdk.practice.planting import Fault
from pdn_sdk.practice.terms import Terms


def faults_of(terms: Terms) -> list[Fault]:
    """Give the faults of the checks that a standard asks for."""
    every = (
        *access.FAULTS,
        *errors.FAULTS,
        *pages.faults(terms),
        *searches.faults(terms),
        *lists.faults(terms),
        *orders.faults(terms),
        *hostile.faults(terms),
        *combined.faults(terms),
        *special.faults(terms),
    )
    return [
        replace(f, also=f.also | frozenset(terms.also[f.name]))
        if f.name in terms.also
        else f
        for f in every
        if terms.asked & {f.check, f.check.partition("[")[0]}
    ]


def is_alike(fault: Fault) -> bool:
    """Tell whether a fault is the same whatever the standard."""
    alike = (access.FAULTS, errors.FAULTS, pages.PAGES, hostile.STRESS)
    return any(fault in table for table in alike)


SWEEPS = frozenset(
    {
        *("PAG-51", "PAG-52", "REC-51", "SEA-51", "SEA-52", "SEA-53"),
        *("SOR-51", "SOR-52", "STR-06", "STR-51"),
        *("ACC-34", "PAG-53", "PAG-54", "REC-52"),
    }
)
"""Checks that try everything together, and so see again what the simpler check of
its topic sees. Each has a fault of its own that no simpler check sees."""


def is_sweep(case: str) -> bool:
    """Tell whether a case belongs to one of those checks."""
    return case.partition("[")[0] in SWEEPS
