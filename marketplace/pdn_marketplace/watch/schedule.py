"""When to look: each connector at its own time of the day and of the week. Pure."""

import hashlib
from datetime import UTC, datetime, timedelta

DAY = timedelta(days=1)
RETRY = timedelta(hours=1)
_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def next_time(submission_id: int, every: timedelta, now: datetime) -> datetime:
    """Give the next time, after now, of the slot that is this connector's.

    The slot depends only on the number of the connector, so that all of them
    are spread evenly and a restart moves none.
    """
    digest = hashlib.sha256(f"{every}:{submission_id}".encode()).digest()
    share = int.from_bytes(digest[:8]) / 2**64
    slot = _MONDAY + timedelta(seconds=int(every.total_seconds() * share))
    return slot + every * ((now - slot) // every + 1)
