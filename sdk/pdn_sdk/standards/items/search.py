"""A raw search of items held against a dataset: what may be asked, and by whom.

Imports the shape, the filters and the projection.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from pdn_sdk.collation import fold
from pdn_sdk.errors import InvalidQueryError
from pdn_sdk.standards.items.filters import Every, checked_filter, denied
from pdn_sdk.standards.items.projection import Selection, checked_fields
from pdn_sdk.standards.items.shape import Kind, Member, visible, whole
from pdn_sdk.standards.items.values import Clock
from pdn_sdk.standards.model import Dataset
from pdn_sdk.wire.model import RawItemSearch

MOST_KEYS = 8
MOST_OFFSET = 2**62
SHUFFLED = "?"


@dataclass(frozen=True, slots=True)
class ItemOrder:
    """One sort key; in `path`, 0 after a list's name is its first item."""

    path: tuple[str | int, ...]
    kind: Kind
    descending: bool = False


@dataclass(frozen=True, slots=True)
class ItemSearch:
    """A search of items that a store can run as it is.

    `text` is folded, "" where nothing is searched. Units: limit and offset in
    records. `reserved` tells whether the caller may see the reserved fields.
    """

    limit: int
    offset: int = 0
    where: Every = field(default_factory=lambda: Every(()))
    text: str = ""
    order: tuple[ItemOrder, ...] = ()
    shuffled: bool = False
    selection: Selection | None = None
    reserved: bool = False


def checked_items(
    dataset: Dataset,
    raw: RawItemSearch,
    *,
    reserved: bool = False,
    clock: Clock = lambda: datetime.now(UTC),
) -> ItemSearch:
    """Hold a raw search against what the dataset has and the caller may see.

    Raises: InvalidQueryError; PermissionDeniedError where a field of `fields`,
    `filter` or `sort` is out of the caller's reach.
    """
    seen = visible(dataset, reserved=reserved)
    limit = _limit(dataset, raw.limit)
    keys = [name for name in raw.sort if name != SHUFFLED]
    if len(keys) > MOST_KEYS:
        raise InvalidQueryError(f"«sort» admite hasta {MOST_KEYS} campos.")
    return ItemSearch(
        limit=limit,
        offset=_offset(raw, limit),
        where=checked_filter(seen, raw.filter, clock),
        text=fold(raw.search),
        order=tuple(_order(dataset, seen, name) for name in keys),
        shuffled=SHUFFLED in raw.sort,
        selection=checked_fields(seen, raw.fields),
        reserved=reserved,
    )


def _limit(dataset: Dataset, limit: int | None) -> int:
    if limit is None:
        return dataset.default_page_size
    if limit == -1:
        return dataset.max_page_size
    if limit > dataset.max_page_size:
        raise InvalidQueryError(
            f"«limit» admite hasta {dataset.max_page_size:,} registros; pida los "
            "demás con «offset»."
        )
    return limit


def _offset(raw: RawItemSearch, limit: int) -> int:
    """Count the records to skip; a page, where it is given, decides."""
    offset = raw.offset or 0
    if raw.page is not None and raw.limit != -1:
        offset = max(0, raw.page - 1) * limit
    return min(offset, MOST_OFFSET)


def _order(dataset: Dataset, seen: Member, written: str) -> ItemOrder:
    names = written.removeprefix("-").split(".")
    way = _way(seen, names)
    if not way and _way(whole(dataset), names):
        raise denied()
    if not way or way[-1].is_relation:
        raise InvalidQueryError(
            f"«sort» no admite «{written}»: no es un campo de esta colección por el "
            "que se pueda ordenar."
        )
    path = [
        step
        for member in way
        for step in ((member.name, 0) if member.kind is Kind.LIST else (member.name,))
    ]
    return ItemOrder(tuple(path), way[-1].kind, written.startswith("-"))


def _way(root: Member, names: list[str]) -> list[Member]:
    """Give the members on the way to a field; none where it breaks off."""
    way = [root]
    for name in names:
        child = way[-1].members.get(name)
        if child is None:
            return []
        way.append(child)
    return way[1:]
