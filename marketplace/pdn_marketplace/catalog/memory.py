"""What was worked out of the whole catalogue, kept while the catalogue is as it was.

Each process keeps its own. What anybody lists, changes or withdraws, in whatever
process, makes another state of the catalogue, and what was kept of the last is dropped.
Only what is the same for everybody is kept: nothing of who is signed in.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from pdn_marketplace.catalog import state

MOST_KEPT = 2_000

T = TypeVar("T")


@dataclass(slots=True)
class _Kept:
    """One thing that is kept; the first who asks makes it and the rest wait."""

    value: Any = None
    lock: Lock = field(default_factory=Lock)


@dataclass
class _Memory:
    """What is kept of one state of one database, the last asked for at the end."""

    state: str = ""
    kept: OrderedDict[Hashable, _Kept] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def place(self, state: str, key: Hashable) -> _Kept:
        with self.lock:
            if state != self.state:
                self.state = state
                self.kept.clear()
            found = self.kept.setdefault(key, _Kept())
            self.kept.move_to_end(key)
            while len(self.kept) > MOST_KEPT:
                self.kept.popitem(last=False)
            return found


_of_databases: WeakKeyDictionary[object, _Memory] = WeakKeyDictionary()


def remembered(session: Session, key: Hashable, make: Callable[[], T]) -> T:
    """Give what `make` made for this state of the catalogue, now or before.

    What is made must not change afterwards, nor be None. In a session that has
    itself changed the catalogue, it is made for that session alone.
    """
    # Asked before anything is made: what is made is never older than its state.
    now = state.current(session)
    if now is None:
        return make()
    memory = _of_databases.setdefault(session.get_bind(), _Memory())
    place = memory.place(now, key)
    if place.value is None:
        with place.lock:
            if place.value is None:
                place.value = make()
    made: T = place.value
    return made
