"""Faults planted on purpose in a provider of items, one for each check.

`planting` is what a fault is, `served` the provider with one in it, and the other
modules are the table of faults.
"""

from pdn_sdk.practice.items.access import FAULTS as ACCESS
from pdn_sdk.practice.items.pages import FAULTS as PAGES
from pdn_sdk.practice.items.records import FAULTS as RECORDS
from pdn_sdk.practice.items.searches import FAULTS as SEARCHES
from pdn_sdk.practice.items.together import FAULTS as TOGETHER

ALL_FAULTS = (*ACCESS, *PAGES, *RECORDS, *SEARCHES, *TOGETHER)

SWEEPS = frozenset(fault.check for fault in TOGETHER)
"""Checks that try everything together, and so see again what the simpler check of
its topic sees. Each has a fault of its own that no simpler check sees."""
