"""Conditions and order → the total and the page, by the cheapest way.

Two ways to a page. *Walk*: go through the rows in the order that is asked,
testing each, until the page is full; best where much matches. *Gather*: fetch
what the most selective condition reaches through its index, then sort; best
where little matches. The exact total, known beforehand, tells which is cheaper.
"""

# ruff: noqa: S608 - names come from the layout, quoted; values are bound

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from pdn_sdk.standards.validation import public
from pdn_sdk.storage.engines import Engine
from pdn_sdk.storage.engines.contract import Session
from pdn_sdk.storage.filters import Key, Piece
from pdn_sdk.storage.tables import Layout

GATHER_COST = 3
"""Fetching and sorting a row costs about as much as testing three."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A search ready to run. `records` is how many the dataset has."""

    engine: Engine[Any]
    layout: Layout
    pieces: Sequence[Piece]
    keys: Sequence[Key]
    records: int

    def total(self, session: Session) -> int:
        """Count what matches."""
        if not self.pieces:
            return self.records
        reaches = self._by_reach(session)
        if len(reaches) == 1 or reaches[0][0] == 0:
            return reaches[0][0]
        is_driven = reaches[0][0] * GATHER_COST < self.records
        pieces = [piece for _, piece in reaches]
        where, values = self._where(pieces, is_driven=is_driven)
        return _number(
            session, f"SELECT count(*) FROM {self.layout.rows} s{where}", values
        )

    def numbers(
        self, session: Session, total: int, offset: int, size: int
    ) -> list[int]:
        """Give the row numbers of one page. `offset` must be below `total`."""
        visited = (offset + size) * self.records // total
        is_walk = not self.pieces or visited <= total * GATHER_COST
        pieces = self.pieces
        if not is_walk and len(pieces) > 1:
            pieces = [piece for _, piece in self._by_reach(session)]
        where, values = self._where(pieces, is_driven=not is_walk)
        sql = self._selected(where, is_walk=is_walk) + self._order()
        rows = session.execute(f"{sql} LIMIT ? OFFSET ?", (*values, size, offset))
        return [n for (n,) in rows]

    def _by_reach(self, session: Session) -> list[tuple[int, Piece]]:
        """Pair the conditions with how many rows each reaches, fewest first."""
        reaches = [(_number(session, p.count, p.values), p) for p in self.pieces]
        return sorted(reaches, key=lambda reach: reach[0])

    def _selected(self, where: str, *, is_walk: bool) -> str:
        """Join rows and dictionaries, in the order in which they are gone through.

        A walk goes through the first key's dictionary in its order.
        """
        source = f"{self.layout.rows} s"
        if not is_walk:
            source, where = self.engine.gathered(self.layout.rows, where)
        tables = [f"{key.dictionary} k{i}" for i, key in enumerate(self.keys)]
        joins = [f"k{i}.n = s.{key.column}" for i, key in enumerate(self.keys)]
        if is_walk and self.keys:
            source, tables[0] = tables[0], source
        steps = [
            f"{self.engine.join}{t} ON {j}" for t, j in zip(tables, joins, strict=True)
        ]
        return f"SELECT s.n FROM {source}{''.join(steps)}{where}"

    def _where(
        self, pieces: Sequence[Piece], *, is_driven: bool
    ) -> tuple[str, tuple[object, ...]]:
        """Join conditions; only the first one of a driven plan may use an index."""
        if not pieces:
            return "", ()
        tests = [
            piece.where if is_driven and i == 0 else self.engine.tested(piece.where)
            for i, piece in enumerate(pieces)
        ]
        values = tuple(value for piece in pieces for value in piece.values)
        return f" WHERE {' AND '.join(tests)}", values

    def _order(self) -> str:
        if not self.keys:
            return " ORDER BY s.n"
        steps = [
            self.engine.order(f"k{i}.key", key.direction)
            for i, key in enumerate(self.keys)
        ]
        return f" ORDER BY {', '.join(steps)}, s.id"


def documents(
    engine: Engine[Any],
    session: Session,
    layout: Layout,
    numbers: Sequence[int],
    *,
    reserved: bool,
) -> list[bytes]:
    """Give the documents with those numbers, in that order.

    A declared projection is applied once more: what was stored by other means, or
    by mistake, is not served.
    """
    column = 'coalesce("full", public)' if reserved else "public"
    wanted = engine.among("n", numbers)
    rows = session.execute(
        f"SELECT n, {column} FROM {layout.documents} WHERE {wanted.text}",
        wanted.values,
    )
    found = dict(rows.fetchall())
    if layout.dataset.projection is None or reserved:
        return [found[n] for n in numbers]
    return [
        orjson.dumps(public(layout.dataset, orjson.loads(found[n]))) for n in numbers
    ]


def _number(session: Session, sql: str, values: Sequence[object]) -> int:
    (number,) = session.execute(sql, values).fetchone()
    return int(number)
