"""Faults planted on purpose in a good provider, one for each check.

`wire` is the layer between the checks and the provider, `good` the provider,
`planting` what a fault is, and the other modules are the table of faults.
`rehearsal` runs the checks in this process.
"""

from .access import FAULTS as ACCESS
from .hostile import FAULTS as HOSTILE
from .pages import FAULTS as PAGES
from .searches import FAULTS as SEARCHES

ALL_FAULTS = (*ACCESS, *PAGES, *SEARCHES, *HOSTILE)
