"""The streams that follow a run: how many at once, for how long, what they say.

A stream keeps a thread of the server busy, so each process has a few places, and an
account takes at most some of those of all the processes. A page that gets none asks
every second instead.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock

from pdn_marketplace.submissions.live.leases import Leases, NoLeases

PLACES = 4
OF_ACCOUNT = 2
# Shorter than the time that gunicorn gives a process to end.
LIFE_S = 25.0
TURN_S = 1.0
# A stream may begin its last turn when its life is over.
SLACK_S = 5.0
AGAIN_MS = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """A place that somebody has, and its lease among all the processes."""

    who: str
    lease: str


@dataclass
class Streams:
    """The places of one process. Units: seconds."""

    places: int = PLACES
    of_account: int = OF_ACCOUNT
    life_s: float = LIFE_S
    turn_s: float = TURN_S
    leases: Leases = field(default_factory=NoLeases)
    _taken: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def take(self, who: str) -> Place | None:
        """Take a place for `who`; None where there is none left for them."""
        with self._lock:
            is_full = self._taken.total() >= self.places
            if is_full or self._taken[who] >= self.of_account:
                return None
            self._taken[who] += 1
        lease = self.leases.take(who, self.of_account, self.life_s + SLACK_S)
        if lease is None:
            self._forget(who)
            return None
        return Place(who, lease)

    def leave(self, place: Place) -> None:
        """Give a place back."""
        self._forget(place.who)
        self.leases.leave(place.who, place.lease)

    def _forget(self, who: str) -> None:
        with self._lock:
            self._taken[who] -= 1
            self._taken += Counter()  # forgets who has none

    @property
    def open(self) -> int:
        """Count the places taken."""
        return self._taken.total()


def events(
    streams: Streams, turn: Callable[[], Mapping[str, object] | None]
) -> Iterator[str]:
    """Tell how far a run is, once a turn, until it or the stream is over.

    `turn` gives where the run is at that moment, or None where the reader may no
    longer see it. The browser asks again when a stream ends before the run.
    """
    ends_at = time.monotonic() + streams.life_s
    yield f"retry: {AGAIN_MS}\n\n"
    told = ""
    while (standing := turn()) is not None:
        said = json.dumps(standing, ensure_ascii=False)
        # A line that says nothing finds out whether anybody still listens.
        yield f"event: avance\ndata: {said}\n\n" if said != told else ":\n\n"
        told = said
        if standing["is_over"] or time.monotonic() + streams.turn_s > ends_at:
            return
        time.sleep(streams.turn_s)
