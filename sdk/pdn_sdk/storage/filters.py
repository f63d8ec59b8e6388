"""A search's conditions and order, as pieces of SQL over a dataset's rows.

A condition on a dictionary is answered there, so a piece is the same short list
of numbers whatever the needle holds; user text is only ever a bound value.
"""

# ruff: noqa: S608 - names come from the layout, quoted; values are bound

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pdn_sdk.standards.model import Operator
from pdn_sdk.standards.search import Condition, Order, Search
from pdn_sdk.storage.engines import Engine
from pdn_sdk.storage.engines.contract import Sql
from pdn_sdk.storage.tables import (
    Column,
    Kind,
    Layout,
    column_of_filter,
    column_of_sort,
    indexable,
    key_token,
)

SHORTEST_GRAM = 3
_PARTIAL = frozenset({Operator.CONTAINS, Operator.WHOLE_FIRST})
LONGEST_PHRASE = 200
"""A longer needle is sought by scanning: as a phrase it would cost more."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One condition: SQL over `s`, its values, and how to count what it reaches."""

    where: str
    values: tuple[object, ...]
    count: str


@dataclass(frozen=True, slots=True)
class Key:
    """One step of the order: the column, its dictionary, and the direction."""

    column: str
    dictionary: str
    direction: str


def pieces(
    engine: Engine[Any], layout: Layout, search: Search, *, reserved: bool
) -> list[Piece] | None:
    """Give the conditions of a search; None where nothing can satisfy them.

    A reserved field that is withheld from the caller matches nothing, so that
    a filter never tells whether a guess is right.
    """
    found = []
    for condition in search.conditions:
        path = condition.filter.path
        is_withheld = not layout.is_stored(path) or (
            layout.is_reserved(path) and not reserved
        )
        if is_withheld or not _is_writable(condition):
            return None
        found.append(piece(engine, layout, condition))
    return found


def keys(layout: Layout, search: Search, *, reserved: bool) -> list[Key]:
    """Give the order of a search; keys on withheld fields are left out."""
    return [
        _key(layout, order)
        for order in _distinct(search.order)
        if layout.is_stored(order.field.path)
        and (reserved or not layout.is_reserved(order.field.path))
    ]


def _distinct(orders: tuple[Order, ...]) -> Iterator[Order]:
    seen = set()
    for order in orders:
        if order.field.path not in seen:
            seen.add(order.field.path)
            yield order


def _key(layout: Layout, order: Order) -> Key:
    column = column_of_sort(order.field, descending=order.descending)
    direction = "DESC" if order.descending else "ASC"
    return Key(column.name, layout.dictionary(column), direction)


def _is_writable(condition: Condition) -> bool:
    """Tell whether UTF-8 can hold the values; half a character matches nothing."""
    try:
        "".join(map(str, condition.values)).encode()
    except UnicodeEncodeError:
        return False
    return True


def piece(engine: Engine[Any], layout: Layout, condition: Condition) -> Piece:
    """Give one condition of a search on a stored path."""
    column = column_of_filter(condition.filter)
    value = str(condition.values[0])
    if column is None:
        return _of_rows(layout, Sql(engine.same("s.id"), (engine.ordered(value),)))
    if not column.has_dictionary:
        return _of_rows(layout, Sql(f"s.{column.name} = ?", (value,)))
    inner = _numbers(engine, layout, column, condition)
    return Piece(
        where=f"s.{column.name} IN ({inner.text})",
        values=inner.values,
        count=(
            f"SELECT coalesce(sum(uses), 0) FROM {layout.dictionary(column)} "
            f"WHERE n IN ({inner.text})"
        ),
    )


def _of_rows(layout: Layout, where: Sql) -> Piece:
    count = f"SELECT count(*) FROM {layout.rows} s WHERE {where.text}"
    return Piece(where.text, where.values, count)


def _numbers(
    engine: Engine[Any], layout: Layout, column: Column, condition: Condition
) -> Sql:
    """Give the query of the dictionary's numbers that satisfy a condition."""
    if column.has_sizes:
        sizes, ends = layout.sizes(column), condition.values
        return Sql(
            f"SELECT n FROM {sizes} WHERE value BETWEEN ? AND ?",
            (engine.size(ends[0]), engine.size(ends[-1])),
        )
    if condition.filter.operator is Operator.WHOLE_FIRST:
        return _whole_first(engine, layout, column, condition)
    return _texts(engine, layout, column, tuple(_needles(column, condition)))


def _whole_first(
    engine: Engine[Any], layout: Layout, column: Column, condition: Condition
) -> Sql:
    """Give the numbers of the whole text or, where there is none, of a part of it."""
    name = layout.dictionary(column)
    (needle,) = needles = tuple(_needles(column, condition))
    whole = f"\n{needle}\n" if column.kind is Kind.LINES else needle
    holding = _texts(engine, layout, column, needles)
    is_whole = "folded = ?" if column.kind is Kind.TEXT else engine.holds("folded")
    found = f"SELECT n FROM {name} WHERE n IN ({holding.text}) AND {is_whole}"
    return Sql(
        f"SELECT n FROM {name} WHERE n IN ({holding.text}) "
        f"AND ({is_whole} OR NOT EXISTS ({found}))",
        (*holding.values, whole, *holding.values, whole),
    )


def _texts(
    engine: Engine[Any], layout: Layout, column: Column, needles: tuple[str, ...]
) -> Sql:
    """Give the query of the dictionary's numbers whose text holds some needle."""
    is_phrase = len(needles) == 1 and SHORTEST_GRAM <= len(needles[0]) <= LONGEST_PHRASE
    if is_phrase and layout.has_grams(column):
        return engine.phrase(layout, column, needles[0])
    tests = " OR ".join([engine.holds("folded")] * len(needles))
    return Sql(f"SELECT n FROM {layout.dictionary(column)} WHERE {tests}", needles)


def _needles(column: Column, condition: Condition) -> Iterator[str]:
    is_whole = condition.filter.operator not in _PARTIAL
    for value in condition.values:
        token = key_token(value) if column.kind is Kind.KEYS else indexable(str(value))
        yield f"\n{token}\n" if is_whole else token
