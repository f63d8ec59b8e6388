"""Faults planted on purpose in a good provider of items, one for each check.

`good` is the provider, `planting` what a fault is and how the checks are run,
and the other modules are the table of faults.
"""

from .access import FAULTS as ACCESS
from .pages import FAULTS as PAGES
from .records import FAULTS as RECORDS
from .searches import FAULTS as SEARCHES
from .together import FAULTS as TOGETHER

ALL_FAULTS = (*ACCESS, *PAGES, *RECORDS, *SEARCHES, *TOGETHER)

SWEEPS = frozenset(fault.check for fault in TOGETHER)
"""Checks that try everything together, and so see again what the simpler check of
its topic sees. Each has a fault of its own that no simpler check sees."""
