"""Faults planted on purpose in a good provider of items, one for each check.

`good` is the provider, `planting` what a fault is and how the checks are run,
and the other modules are the table of faults.
"""

from .access import FAULTS as ACCESS
from .pages import FAULTS as PAGES
from .records import FAULTS as RECORDS
from .searches import FAULTS as SEARCHES

ALL_FAULTS = (*ACCESS, *PAGES, *RECORDS, *SEARCHES)
