"""The store: open, load, find, count. Its public names are the ones below."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Generic, Self, TypeVar

from pdn_sdk.errors import StorageError
from pdn_sdk.settings.database import Server
from pdn_sdk.standards.items.search import ItemSearch
from pdn_sdk.standards.model import Dataset
from pdn_sdk.standards.search import Search
from pdn_sdk.storage import items
from pdn_sdk.storage.connections import Connections
from pdn_sdk.storage.engines import engine_of
from pdn_sdk.storage.engines.contract import Session
from pdn_sdk.storage.filters import keys, pieces
from pdn_sdk.storage.institutions import institutions
from pdn_sdk.storage.loads import Load, LoadSummary
from pdn_sdk.storage.plans import Plan, documents
from pdn_sdk.storage.preparation import State, is_current, prepare, state
from pdn_sdk.storage.tables import Layout
from pdn_sdk.wire.model import ItemPage, Page

__all__ = ["Load", "LoadSummary", "RecordStore"]

REMEMBERED_TOTALS = 4096
LONGEST_REMEMBERED = 512
"""Characters of the values of a search; longer ones are counted each time."""

Institutions = list[dict[str, str]]
Value = TypeVar("Value")


class RecordStore:
    """The records of some datasets, in a file of SQLite or in PostgreSQL.

    Readers see the data as the last finished load left them, whole. Safe among
    threads and after a fork; several processes may share the database.
    """

    def __init__(self, place: Path | Server, layouts: Sequence[Layout]) -> None:
        self._layouts = {layout.dataset.key: layout for layout in layouts}
        self._engine = engine_of(place, task="records")
        self._connections = Connections(self._engine)
        self._totals = _Memory[int](REMEMBERED_TOTALS)
        self._institutions = _Memory[Institutions](len(layouts))

    @classmethod
    def open(
        cls,
        place: Path | Server,
        datasets: Sequence[Dataset],
        *,
        publish_reserved: bool = False,
        read_only: bool = False,
    ) -> Self:
        """Open the database, making its tables where there are none.

        Where the standard or `publish_reserved` has changed since the last
        load, the tables are derived again from the stored documents. A store
        opened read-only does neither.
        Raises: StorageError saying what to do.
        """
        layouts = [Layout(d, publish_reserved=publish_reserved) for d in datasets]
        store = cls(place, layouts)
        with ExitStack() as undoing:
            undoing.callback(store.close)
            store._make_current(read_only=read_only)
            undoing.pop_all()
        return store

    def _make_current(self, *, read_only: bool) -> None:
        stale = [x for x in self._layouts.values() if not self._is_current(x)]
        if stale and read_only:
            raise StorageError(
                f"La base de datos «{self._engine}» no existe o es de otra versión del "
                "estándar o de pdn. Ejecute «pdn load» para prepararla."
            )
        if stale:
            with self._connections.writing() as session, self._engine.translated():
                for layout in stale:
                    prepare(self._engine, session, layout)

    def find(self, dataset: Dataset, search: Search, *, reserved: bool = False) -> Page:
        """Give one page of what matches, and the total over all pages.

        Unsorted pages come in the order of loading; sorted ones in Spanish
        order, ties by id. `reserved` adds the reserved fields, where they are
        stored; without it a filter on one of them matches nothing.
        Raises: StorageError.
        """
        layout = self._layouts[dataset.key]
        offset = (search.page - 1) * search.page_size
        found: list[bytes] = []
        total = 0
        conditions = pieces(self._engine, layout, search, reserved=reserved)
        if conditions is not None:
            order = keys(layout, search, reserved=reserved)
            with self._connections.reading() as session:
                now = state(session, layout)
                plan = Plan(self._engine, layout, conditions, order, now.records)
                total = self._total(session, plan, search, now.version)
                if offset < total:
                    numbers = plan.numbers(session, total, offset, search.page_size)
                    found = documents(
                        self._engine, session, layout, numbers, reserved=reserved
                    )
        return Page(found, search.page, search.page_size, total)

    def select(self, dataset: Dataset, search: ItemSearch) -> ItemPage:
        """Give the items of a search, how many match and how many there are.

        Raises: StorageError; InvalidQueryError where the search takes too long.
        """
        layout, engine = self._layouts[dataset.key], self._engine
        with self._connections.reading() as session, engine.asking(session):
            now = state(session, layout)
            matching = self._matching(session, layout, search, now)
            found: list[bytes] = []
            if search.limit and search.offset < matching:
                numbers = items.numbers(engine, session, layout, search)
                found = documents(
                    self._engine, session, layout, numbers, reserved=search.reserved
                )
        return ItemPage(found, now.records, matching)

    def _matching(
        self,
        session: Session,
        layout: Layout,
        search: ItemSearch,
        now: State,
    ) -> int:
        if not search.where.nodes and not search.text:
            return now.records
        asked = (layout.dataset.key, search.where, search.text, search.reserved)
        known = self._totals.get(asked, now.version)
        if known is None:
            known = items.count(self._engine, session, layout, search)
            self._totals.put(asked, now.version, known)
        return known

    def item(
        self, dataset: Dataset, identity: str, *, reserved: bool = False
    ) -> bytes | None:
        """Give the item with that id, or None.

        Raises: StorageError.
        """
        layout = self._layouts[dataset.key]
        with self._connections.reading() as session:
            numbers = items.number_of(self._engine, session, layout, identity)
            found = documents(self._engine, session, layout, numbers, reserved=reserved)
        return found[0] if found else None

    def _total(self, session: Session, plan: Plan, search: Search, version: int) -> int:
        asked = tuple((c.filter.name, c.values) for c in search.conditions)
        if sum(len(str(v)) for _, vs in asked for v in vs) > LONGEST_REMEMBERED:
            return plan.total(session)
        key = (plan.layout.dataset.key, asked)
        total = self._totals.get(key, version)
        if total is None:
            total = plan.total(session)
            self._totals.put(key, version, total)
        return total

    def institutions(self, dataset: Dataset) -> Institutions:
        """List the institutions of the records: name and, where known, the rest.

        One for each folded name, written as most records write it, in Spanish
        order.
        """
        layout = self._layouts[dataset.key]
        with self._connections.reading() as session:
            version = state(session, layout).version
            known = self._institutions.get(dataset.key, version)
            if known is None:
                known = institutions(self._engine, session, layout)
                self._institutions.put(dataset.key, version, known)
        return [dict(row) for row in known]

    def count(self, dataset: Dataset) -> int:
        """Give the number of records."""
        return self._state(dataset).records

    def version(self, dataset: Dataset) -> int:
        """Give a number that grows whenever a load changes the data."""
        return self._state(dataset).version

    def loaded_at(self, dataset: Dataset) -> datetime | None:
        """Tell when the last load ended (UTC); None before the first."""
        return self._state(dataset).loaded_at

    @contextmanager
    def load(self, dataset: Dataset, *, keep_missing: bool = False) -> Iterator[Load]:
        """Load records in one transaction, seen by readers when the block ends.

        What the load does not put is deleted, unless `keep_missing`. Leaving
        the block by an exception undoes everything, as does a crash.
        Raises: StorageError, also at once where another load is under way.
        """
        layout, engine = self._layouts[dataset.key], self._engine
        with self._connections.writing() as session:
            with engine.translated():
                prepare(engine, session, layout)
                load = Load(engine, session, layout)
            yield load
            load.finish(keep_missing=keep_missing)

    def advice(self) -> str:
        """Tell the operator what would make it faster; empty where nothing.

        Raises: StorageError.
        """
        with self._connections.reading() as session:
            return self._engine.advice(session)

    def layout(self, dataset: Dataset) -> Layout:
        """Give how a dataset's records are kept here."""
        return self._layouts[dataset.key]

    def close(self) -> None:
        """Close the connections; the store cannot be used afterwards."""
        self._connections.close()

    def _is_current(self, layout: Layout) -> bool:
        if not self._engine.is_there:
            return False
        with self._connections.reading() as session:
            return is_current(self._engine, session, layout)

    def _state(self, dataset: Dataset) -> State:
        with self._connections.reading() as session:
            return state(session, self._layouts[dataset.key])


class _Memory(Generic[Value]):
    """The latest answers that were worked out, each good for one version."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: OrderedDict[object, tuple[int, Value]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: object, version: int) -> Value | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept[0] != version:
                return None
            self._kept.move_to_end(key)
            return kept[1]

    def put(self, key: object, version: int, value: Value) -> None:
        with self._lock:
            self._kept[key] = (version, value)
            self._kept.move_to_end(key)
            if len(self._kept) > self._room:
                self._kept.popitem(last=False)
