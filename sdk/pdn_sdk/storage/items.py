"""A search of items as SQL over the stored documents.

The documents answer any filter (json_extract, json_each); for the paths that
have a dictionary, its index is asked first and the documents confirm. Names of
members and user text are only ever bound values.
"""

# ruff: noqa: S608 - names come from the layout, quoted; values are bound

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

import orjson

from pdn_sdk.collation import fold, sort_key
from pdn_sdk.errors import InvalidQueryError
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
from pdn_sdk.storage.tables import Column, Layout
from pdn_sdk.storage.tables import Kind as ColumnKind

LONGEST_S = 10.0
STEPS = 20_000
"""Steps of the database's machine between two looks at the clock."""

_Values = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL and the values that it binds, in order."""

    text: str
    values: _Values = ()


@contextmanager
def asking(
    connection: sqlite3.Connection, *, longest_s: float = LONGEST_S
) -> Iterator[None]:
    """Teach a connection how this project folds and orders, and bound its time.

    A filter may ask for hundreds of readings of every document.
    Raises: InvalidQueryError where the time is over.
    """
    connection.create_function("pdn_fold", 1, _or_null(fold), deterministic=True)
    connection.create_function("pdn_key", 1, _or_null(sort_key), deterministic=True)
    deadline = monotonic() + longest_s
    connection.set_progress_handler(lambda: monotonic() > deadline, STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        raise InvalidQueryError(
            f"La consulta tarda más de {longest_s:g} segundos. Use menos condiciones, "
            "o empiece por una que encuentre pocos registros."
        ) from error
    finally:
        connection.set_progress_handler(None, 0)


def _or_null(change: Callable[[str], str]) -> Callable[[object], str | None]:
    return lambda value: change(value) if isinstance(value, str) else None


def count(connection: sqlite3.Connection, layout: Layout, search: ItemSearch) -> int:
    """Count what matches."""
    where = _where(layout, search)
    (number,) = connection.execute(
        f"SELECT count(*) FROM {_source(layout)}{where.text}", where.values
    ).fetchone()
    return int(number)


def numbers(
    connection: sqlite3.Connection, layout: Layout, search: ItemSearch
) -> list[int]:
    """Give the row numbers of the page that is asked for, in its order."""
    body = Sql(_body(reserved=search.reserved))
    where = _where(layout, search)
    keys = ["random()"] if search.shuffled else []
    values: _Values = ()
    for order in search.order:
        key = _key(layout, body, order)
        # What is missing comes after everything, and before it in reverse.
        direction = "DESC NULLS FIRST" if order.descending else "ASC NULLS LAST"
        keys.append(f"{key.text} {direction}")
        values += key.values
    keys.append("s.id")
    rows = connection.execute(
        f"SELECT s.n FROM {_source(layout)}{where.text} "
        f"ORDER BY {', '.join(keys)} LIMIT ? OFFSET ?",
        (*where.values, *values, search.limit, search.offset),
    )
    return [n for (n,) in rows]


def number_of(
    connection: sqlite3.Connection, layout: Layout, identity: str
) -> list[int]:
    """Give the row number of an item; an empty list where there is none."""
    rows = connection.execute(f"SELECT n FROM {layout.rows} WHERE id = ?", (identity,))
    return [n for (n,) in rows]


def _source(layout: Layout) -> str:
    return f"{layout.rows} s JOIN {layout.documents} d ON d.n = s.n"


def _body(*, reserved: bool) -> str:
    column = "coalesce(d.full, d.public)" if reserved else "d.public"
    return f"CAST({column} AS TEXT)"


def _where(layout: Layout, search: ItemSearch) -> Sql:
    body = Sql(_body(reserved=search.reserved))
    parts = [*_shortcuts(layout, search.where), *_texts(layout, search)]
    parts += [_condition(body, node) for node in search.where.nodes]
    if not parts:
        return Sql("")
    joined = _joined(parts, "AND")
    return Sql(f" WHERE {joined.text}", joined.values)


def _joined(parts: list[Sql], word: str) -> Sql:
    text = f" {word} ".join(f"({part.text})" for part in parts)
    return Sql(text, tuple(v for part in parts for v in part.values))


def _condition(body: Sql, node: Node) -> Sql:
    if isinstance(node, Comparison):
        return _compared(node, _extracted(body, node.path))
    if isinstance(node, Items):
        return _of_items(body, node)
    parts = [_condition(body, inside) for inside in node.nodes]
    if not parts:
        return Sql("1" if isinstance(node, Every) else "0")
    return _joined(parts, "AND" if isinstance(node, Every) else "OR")


def _of_items(body: Sql, node: Items) -> Sql:
    # The alias is new at each depth: an inner list hides the outer one's items.
    alias = f"e{body.text.count('.value')}"
    inner = _condition(Sql(f"{alias}.value"), node.node)
    word = "NOT EXISTS" if node.none else "EXISTS"
    return Sql(
        f"{word} (SELECT 1 FROM json_each({body.text}, ?) {alias} "
        f"WHERE {alias}.type = 'object' AND ({inner.text}))",
        (*body.values, _pointer(node.path), *inner.values),
    )


def _extracted(body: Sql, path: tuple[str, ...]) -> Sql:
    return Sql(f"json_extract({body.text}, ?)", (*body.values, _pointer(path)))


def _pointer(path: Sequence[str | int]) -> str:
    steps = (f"[{s}]" if isinstance(s, int) else f'."{s}"' for s in path)
    return f"${''.join(steps)}"


_COMPARED = {
    Operator.EQ: "{x} = ?",
    Operator.NEQ: "{x} <> ?",
    Operator.LT: "{x} < ?",
    Operator.LTE: "{x} <= ?",
    Operator.GT: "{x} > ?",
    Operator.GTE: "{x} >= ?",
    Operator.BETWEEN: "{x} BETWEEN ? AND ?",
    Operator.NBETWEEN: "{x} NOT BETWEEN ? AND ?",
}
_PARTS = {
    Operator.CONTAINS: ("instr({x}, ?) > 0", False),
    Operator.STARTS: ("substr({x}, 1, {n}) = ?", False),
    Operator.ENDS: ("substr({x}, -{n}) = ?", False),
    Operator.ICONTAINS: ("instr({x}, ?) > 0", True),
    Operator.ISTARTS: ("substr({x}, 1, {n}) = ?", True),
    Operator.IENDS: ("substr({x}, -{n}) = ?", True),
    Operator.NCONTAINS: ("instr({x}, ?) = 0", False),
    Operator.NSTARTS: ("substr({x}, 1, {n}) <> ?", False),
    Operator.NENDS: ("substr({x}, -{n}) <> ?", False),
    Operator.NICONTAINS: ("instr({x}, ?) = 0", True),
    Operator.NISTARTS: ("substr({x}, 1, {n}) <> ?", True),
    Operator.NIENDS: ("substr({x}, -{n}) <> ?", True),
}
_NEGATIVE_PARTS = frozenset(
    {Operator.NCONTAINS, Operator.NSTARTS, Operator.NENDS}
    | {Operator.NICONTAINS, Operator.NISTARTS, Operator.NIENDS}
)


def _compared(node: Comparison, found: Sql) -> Sql:
    if node.operator in _PARTS:
        return _part(node, found)
    if node.operator in _COMPARED:
        x, mark = _comparable(node.kind, found.text)
        text = _COMPARED[node.operator].replace("?", mark).format(x=x)
        return Sql(text, (*found.values, *node.values))
    if node.operator in (Operator.IN, Operator.NIN):
        return _listed(node, found)
    return _present(node, found)


def _present(node: Comparison, found: Sql) -> Sql:
    blank = "[]" if node.kind is Kind.LIST else ""
    is_nothing = node.operator in (Operator.NULL, Operator.EMPTY)
    checks_blank = node.operator in (Operator.EMPTY, Operator.NEMPTY)
    if not checks_blank and node.kind is not Kind.LIST:
        word = "IS NULL" if is_nothing else "IS NOT NULL"
        return Sql(f"{found.text} {word}", found.values)
    text = f"coalesce({found.text}, ?) {'=' if is_nothing else '<>'} ?"
    return Sql(text, (*found.values, blank, blank))


def _comparable(kind: Kind, text: str) -> tuple[str, str]:
    """Give the two sides of a comparison, so that equal means the same thing."""
    if kind is Kind.MOMENT:
        return f"julianday({text})", "julianday(?)"
    return (f"lower({text})" if kind is Kind.UUID else text), "?"


def _listed(node: Comparison, found: Sql) -> Sql:
    if node.operator is Operator.NIN and not node.values:
        return Sql("1")
    x, mark = _comparable(node.kind, found.text)
    inside = mark.replace("?", "value")
    word = "IN" if node.operator is Operator.IN else "NOT IN"
    return Sql(
        f"{x} {word} (SELECT {inside} FROM json_each(?))",
        (*found.values, orjson.dumps(node.values).decode()),
    )


def _part(node: Comparison, found: Sql) -> Sql:
    template, is_folded = _PARTS[node.operator]
    wanted = str(node.values[0])
    if is_folded:
        wanted, found = fold(wanted), Sql(f"pdn_fold({found.text})", found.values)
    if not wanted:
        # Every text holds the empty one, and none lacks it.
        holds = "IS NOT NULL" if node.operator not in _NEGATIVE_PARTS else "AND 0"
        return Sql(f"{found.text} {holds}", found.values)
    return Sql(template.format(x=found.text, n=len(wanted)), (*found.values, wanted))


def _key(layout: Layout, body: Sql, order: ItemOrder) -> Sql:
    column = Column(ColumnKind.TEXT, ".".join(map(str, order.path)))
    if column in layout.columns:
        known = f"SELECT key FROM {layout.dictionary(column)} WHERE n = s.{column.name}"
        return Sql(f"nullif(({known}), ?)", (sort_key(""),))
    found = Sql(f"json_extract({body.text}, ?)", (*body.values, _pointer(order.path)))
    if order.kind is Kind.TEXT:
        return Sql(f"nullif(pdn_key({found.text}), ?)", (*found.values, sort_key("")))
    return Sql(_comparable(order.kind, found.text)[0], found.values)


def _shortcuts(layout: Layout, where: Every) -> Iterator[Sql]:
    """Give what the dictionaries already know of the conditions at the top."""
    for node in where.nodes:
        if isinstance(node, Comparison):
            column = Column(ColumnKind.TEXT, ".".join(node.path))
            if column in layout.columns:
                yield from _known(layout, column, node)


def _known(layout: Layout, column: Column, node: Comparison) -> Iterator[Sql]:
    dictionary = layout.dictionary(column)
    if node.operator in (Operator.EQ, Operator.IN):
        keys = orjson.dumps([sort_key(str(v)) for v in node.values]).decode()
        yield Sql(
            f"s.{column.name} IN (SELECT n FROM {dictionary} "
            "WHERE key IN (SELECT value FROM json_each(?)))",
            (keys,),
        )
    elif node.operator in (Operator.ICONTAINS, Operator.ISTARTS, Operator.IENDS):
        yield from _holding(layout, column.path, fold(str(node.values[0])))


def _texts(layout: Layout, search: ItemSearch) -> list[Sql]:
    """Give the condition of `search`: some searched field holds the text."""
    if not search.text:
        return []
    fields = [
        f.path
        for f in layout.dataset.filters
        if search.reserved or not layout.is_reserved(f.path)
    ]
    parts = [p for path in fields for p in _holding(layout, path, search.text)]
    return [_joined(parts, "OR") if parts else Sql("0")]


def _holding(layout: Layout, path: str, folded: str) -> Iterator[Sql]:
    for declared in layout.dataset.filters:
        is_text = declared.operator is FilterOperator.CONTAINS
        if declared.path == path and is_text and layout.is_stored(path) and folded:
            piece = filters.piece(layout, Condition(declared, (folded,)))
            yield Sql(piece.where, piece.values)
