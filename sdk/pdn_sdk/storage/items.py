"""A search of items as SQL over the stored documents.

The documents answer any filter; for the paths that have a dictionary, its index
is asked first and the documents confirm. Names of members and user text are only
ever bound values.
"""

# ruff: noqa: S608 - names come from the layout, quoted; values are bound

from collections.abc import Iterator
from typing import Any

from pdn_sdk.collation import fold, sort_key
from pdn_sdk.standards.items.filters import (
    Comparison,
    Every,
    Items,
    Node,
    Operator,
)
from pdn_sdk.standards.items.search import ItemOrder, ItemSearch
from pdn_sdk.standards.items.shape import Kind
from pdn_sdk.standards.model import Operator as FilterOperator
from pdn_sdk.standards.search import Condition
from pdn_sdk.storage import filters
from pdn_sdk.storage.engines import Engine
from pdn_sdk.storage.engines.contract import Session, Sql
from pdn_sdk.storage.tables import Column, Layout
from pdn_sdk.storage.tables import Kind as ColumnKind


def count(
    engine: Engine[Any], session: Session, layout: Layout, search: ItemSearch
) -> int:
    """Count what matches."""
    where = _Searched(engine, layout, search).where()
    (number,) = session.execute(
        f"SELECT count(*) FROM {_source(layout)}{where.text}", where.values
    ).fetchone()
    return int(number)


def numbers(
    engine: Engine[Any], session: Session, layout: Layout, search: ItemSearch
) -> list[int]:
    """Give the row numbers of the page that is asked for, in its order."""
    searched = _Searched(engine, layout, search)
    where, order = searched.where(), searched.order()
    rows = session.execute(
        f"SELECT s.n FROM {_source(layout)}{where.text} "
        f"ORDER BY {order.text} LIMIT ? OFFSET ?",
        (*where.values, *order.values, search.limit, search.offset),
    )
    return [n for (n,) in rows]


def number_of(
    engine: Engine[Any], session: Session, layout: Layout, identity: str
) -> list[int]:
    """Give the row number of an item; an empty list where there is none."""
    rows = session.execute(
        f"SELECT n FROM {layout.rows} WHERE {engine.same('id')}",
        (engine.ordered(identity),),
    )
    return [n for (n,) in rows]


def _source(layout: Layout) -> str:
    return f"{layout.rows} s JOIN {layout.documents} d ON d.n = s.n"


def _joined(parts: list[Sql], word: str) -> Sql:
    text = f" {word} ".join(f"({part.text})" for part in parts)
    return Sql(text, tuple(v for part in parts for v in part.values))


_COMPARED = {
    Operator.EQ: "{x} = {v}",
    Operator.NEQ: "{x} <> {v}",
    Operator.LT: "{x} < {v}",
    Operator.LTE: "{x} <= {v}",
    Operator.GT: "{x} > {v}",
    Operator.GTE: "{x} >= {v}",
    Operator.BETWEEN: "{x} BETWEEN {v} AND {v}",
    Operator.NBETWEEN: "{x} NOT BETWEEN {v} AND {v}",
}
_CONTAINS, _STARTS, _ENDS = range(3)
_PARTS = {
    Operator.CONTAINS: (_CONTAINS, False),
    Operator.STARTS: (_STARTS, False),
    Operator.ENDS: (_ENDS, False),
    Operator.ICONTAINS: (_CONTAINS, True),
    Operator.ISTARTS: (_STARTS, True),
    Operator.IENDS: (_ENDS, True),
    Operator.NCONTAINS: (_CONTAINS, False),
    Operator.NSTARTS: (_STARTS, False),
    Operator.NENDS: (_ENDS, False),
    Operator.NICONTAINS: (_CONTAINS, True),
    Operator.NISTARTS: (_STARTS, True),
    Operator.NIENDS: (_ENDS, True),
}
"""Which part of a text an operator looks at, and whether it folds."""
_NEGATIVE_PARTS = frozenset(
    {Operator.NCONTAINS, Operator.NSTARTS, Operator.NENDS}
    | {Operator.NICONTAINS, Operator.NISTARTS, Operator.NIENDS}
)


class _Searched:
    """One search over the documents of a layout, as one engine writes it."""

    def __init__(self, engine: Engine[Any], layout: Layout, search: ItemSearch) -> None:
        self._engine = engine
        self._layout = layout
        self._search = search
        self._members = engine.members
        self._body = engine.members.body(reserved=search.reserved)

    def where(self) -> Sql:
        parts = [*self._shortcuts(), *self._texts()]
        parts += [self._condition(self._body, n) for n in self._search.where.nodes]
        if not parts:
            return Sql("")
        joined = _joined(parts, "AND")
        return Sql(f" WHERE {joined.text}", joined.values)

    def order(self) -> Sql:
        keys = ["random()"] if self._search.shuffled else []
        values: tuple[object, ...] = ()
        for order in self._search.order:
            key = self._key(order)
            # What is missing comes after everything, and before it in reverse.
            direction = "DESC NULLS FIRST" if order.descending else "ASC NULLS LAST"
            keys.append(f"{key.text} {direction}")
            values += key.values
        keys.append(self._engine.order("s.id", "ASC"))
        return Sql(", ".join(keys), values)

    def _condition(self, body: Sql, node: Node) -> Sql:
        if isinstance(node, Comparison):
            return self._compared(body, node)
        if isinstance(node, Items):
            return self._of_items(body, node)
        parts = [self._condition(body, inside) for inside in node.nodes]
        if not parts:
            return Sql("TRUE" if isinstance(node, Every) else "FALSE")
        return _joined(parts, "AND" if isinstance(node, Every) else "OR")

    def _of_items(self, body: Sql, node: Items) -> Sql:
        # The alias is new at each depth: an inner list hides the outer one's items.
        alias = f"e{body.text.count('.value')}"
        items = self._members.each(body, node.path, alias)
        inner = self._condition(Sql(f"{alias}.value"), node.node)
        word = "NOT EXISTS" if node.none else "EXISTS"
        return Sql(
            f"{word} (SELECT 1 FROM {items.text} "
            f"WHERE {self._members.is_object(alias)} AND ({inner.text}))",
            (*items.values, *inner.values),
        )

    def _compared(self, body: Sql, node: Comparison) -> Sql:
        if node.operator in _PARTS:
            return self._part(body, node)
        if node.operator in _COMPARED:
            found = self._members.value(body, node.path, node.kind)
            mark, values = self._members.bound(node.kind, node.values)
            text = _COMPARED[node.operator].format(x=found.text, v=mark)
            return Sql(text, (*found.values, *values))
        if node.operator in (Operator.IN, Operator.NIN):
            return self._listed(body, node)
        return self._present(body, node)

    def _present(self, body: Sql, node: Comparison) -> Sql:
        is_nothing = node.operator in (Operator.NULL, Operator.EMPTY)
        if node.kind is Kind.LIST:
            found, blank = (
                self._members.member(body, node.path),
                self._members.empty_list,
            )
        elif node.operator in (Operator.EMPTY, Operator.NEMPTY):
            found, blank = self._members.value(body, node.path, node.kind), "''"
        else:
            word = "IS NULL" if is_nothing else "IS NOT NULL"
            found = self._members.member(body, node.path)
            return Sql(f"{found.text} {word}", found.values)
        sign = "=" if is_nothing else "<>"
        return Sql(f"coalesce({found.text}, {blank}) {sign} {blank}", found.values)

    def _listed(self, body: Sql, node: Comparison) -> Sql:
        if node.operator is Operator.NIN and not node.values:
            return Sql("TRUE")
        found = self._members.value(body, node.path, node.kind)
        among = self._members.listed(node.kind, node.values)
        word = "IN" if node.operator is Operator.IN else "NOT IN"
        return Sql(f"{found.text} {word} {among.text}", (*found.values, *among.values))

    def _part(self, body: Sql, node: Comparison) -> Sql:
        place, is_folded = _PARTS[node.operator]
        is_negative = node.operator in _NEGATIVE_PARTS
        wanted = str(node.values[0])
        if is_folded:
            wanted, found = fold(wanted), self._members.folded(body, node.path)
        else:
            found = self._members.value(body, node.path, Kind.TEXT)
        if not wanted:
            # Every text holds the empty one, and none lacks it.
            holds = "IS NULL AND FALSE" if is_negative else "IS NOT NULL"
            return Sql(f"{found.text} {holds}", found.values)
        tests = {
            _CONTAINS: self._engine.holds(found.text),
            _STARTS: f"substr({found.text}, 1, {len(wanted)}) = ?",
            _ENDS: f"{self._engine.ends(found.text, len(wanted))} = ?",
        }
        test = f"NOT ({tests[place]})" if is_negative else tests[place]
        return Sql(test, (*found.values, wanted))

    def _key(self, order: ItemOrder) -> Sql:
        column = Column(ColumnKind.TEXT, ".".join(map(str, order.path)))
        if column in self._layout.columns:
            dictionary = self._layout.dictionary(column)
            known = f"SELECT key FROM {dictionary} WHERE n = s.{column.name}"
            return Sql(f"nullif(({known}), ?)", (self._engine.ordered(sort_key("")),))
        if order.kind is Kind.TEXT:
            key = self._members.key(self._body, order.path)
            return Sql(f"nullif({key.text}, ?)", (*key.values, sort_key("")))
        return self._members.value(self._body, order.path, order.kind)

    def _shortcuts(self) -> Iterator[Sql]:
        """Give what the dictionaries already know of the conditions at the top."""
        for node in self._search.where.nodes:
            if isinstance(node, Comparison):
                column = Column(ColumnKind.TEXT, ".".join(node.path))
                if column in self._layout.columns:
                    yield from self._known(column, node)

    def _known(self, column: Column, node: Comparison) -> Iterator[Sql]:
        if node.operator in (Operator.EQ, Operator.IN):
            keys = [sort_key(str(value)) for value in node.values]
            among = self._engine.among_keys("key", keys)
            yield Sql(
                f"s.{column.name} IN (SELECT n FROM {self._layout.dictionary(column)} "
                f"WHERE {among.text})",
                among.values,
            )
        elif node.operator in (Operator.ICONTAINS, Operator.ISTARTS, Operator.IENDS):
            yield from self._holding(column.path, fold(str(node.values[0])))

    def _texts(self) -> list[Sql]:
        """Give the condition of `search`: some searched field holds the text."""
        text, layout = self._search.text, self._layout
        if not text:
            return []
        fields = [
            f.path
            for f in layout.dataset.filters
            if self._search.reserved or not layout.is_reserved(f.path)
        ]
        parts = [p for path in fields for p in self._holding(path, text)]
        return [_joined(parts, "OR") if parts else Sql("FALSE")]

    def _holding(self, path: str, folded: str) -> Iterator[Sql]:
        for declared in self._layout.dataset.filters:
            is_text = declared.operator is FilterOperator.CONTAINS
            is_stored = declared.path == path and self._layout.is_stored(path)
            if is_text and is_stored and folded:
                asked = Condition(declared, (folded,))
                piece = filters.piece(self._engine, self._layout, asked)
                yield Sql(piece.where, piece.values)
