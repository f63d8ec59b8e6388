"""What was worked out of the whole catalogue, kept while the catalogue is as it was.

Each process keeps its own. What anybody lists, changes or withdraws, in whatever
process, makes another state of the catalogue, and what was kept of the last is dropped.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pdn_marketplace.catalog.models import Resource

MOST_KEPT = 500

T = TypeVar("T")
State = tuple[object, ...]


@dataclass
class _Memory:
    """What is kept of one state of one database, the last that was put at the end."""

    state: State = ()
    kept: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def get(self, state: State, key: Hashable) -> Any:  # noqa: ANN401 - as it was put
        with self.lock:
            if state != self.state:
                self.state = state
                self.kept.clear()
            return self.kept.get(key)

    def put(self, state: State, key: Hashable, value: object) -> None:
        with self.lock:
            if state == self.state:
                self.kept[key] = value
            while len(self.kept) > MOST_KEPT:
                self.kept.popitem(last=False)


_of_databases: WeakKeyDictionary[object, _Memory] = WeakKeyDictionary()


def remembered(session: Session, key: Hashable, make: Callable[[], T]) -> T:
    """Give what `make` made for this state of the catalogue, now or before.

    What is made must not change afterwards, nor be None.
    """
    memory = _of_databases.setdefault(session.get_bind(), _Memory())
    asked = select(
        *(func.count(Resource.id), func.max(Resource.updated_at)),
        *(func.count(Resource.hidden_at), func.max(Resource.hidden_at)),
    )
    state = tuple(session.execute(asked).one())
    found: T | None = memory.get(state, key)
    if found is None:
        found = make()
        memory.put(state, key, found)
    return found
