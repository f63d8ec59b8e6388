"""Dates with time and zone (RFC 3339) as numbers that compare.

Two texts of one instant give one number, whatever their zones.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_FORM = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=4096)
def instant(text: str) -> int | None:
    """Give the instant in microseconds since 1970 (UTC); None where it is none."""
    if not _FORM.fullmatch(text):
        return None
    try:
        # A leap second is a second that Python's clocks do not have.
        moment = datetime.fromisoformat(text.upper().replace(":60", ":59"))
    except ValueError:
        return None
    return (moment - _EPOCH) // _MICROSECOND
