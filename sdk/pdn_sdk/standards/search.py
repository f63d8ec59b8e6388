"""A raw search held against a dataset: what may be asked, and what it means."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pdn_sdk.collation import fold
from pdn_sdk.errors import InvalidQueryError
from pdn_sdk.standards.model import Dataset, FilterField, Operator, SortField
from pdn_sdk.wire.model import RawSearch


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter and the values that satisfy it.

    Shape: one folded text for CONTAINS and EQUALS, the id as given for
    IDENTITY, one or more catalogue keys or texts for ANY_OF.
    """

    filter: FilterField
    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One sort key, ascending unless it says otherwise."""

    field: SortField
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """A search that a store can run as it is. Conditions combine with AND."""

    page: int
    page_size: int
    conditions: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()


def checked_search(dataset: Dataset, raw: RawSearch) -> Search:
    """Hold a raw search against what the dataset allows.

    Unknown members of query and sort are ignored (ruling T-19), blank filters
    and nulls inside lists are dropped (T-17, T-22), an id displaces all other
    filters (T-12).
    Raises: InvalidQueryError for a value out of range or of the wrong type;
    the message names the member and says what to send.
    """
    conditions = tuple(_conditions(dataset, raw))
    identity = [c for c in conditions if c.filter.operator is Operator.IDENTITY]
    return Search(
        page=_page(raw.page),
        page_size=_page_size(dataset, raw.page_size),
        conditions=tuple(identity) or conditions,
        order=tuple(_orders(dataset, raw)),
    )


def on_page(search: Search, page: int) -> Search:
    """Give the same search for another page."""
    return replace(search, page=page)


def _page(page: int | None) -> int:
    if page is None:
        return 1
    if page < 1:
        raise InvalidQueryError(
            "«page» está fuera de rango: las páginas se cuentan desde 1."
        )
    return page


def _page_size(dataset: Dataset, size: int | None) -> int:
    if size is None:
        return dataset.default_page_size
    if not 1 <= size <= dataset.max_page_size:
        raise InvalidQueryError(
            "«pageSize» está fuera de rango: pida entre 1 y "
            f"{dataset.max_page_size} registros por página."
        )
    return size


def _conditions(dataset: Dataset, raw: RawSearch) -> Iterator[Condition]:
    for name, value in raw.query.items():
        declared = dataset.filters_by_name.get(name)
        if declared is None:
            continue
        values = _values(dataset, declared, value)
        if values and declared.operator is not Operator.IGNORED:
            yield Condition(declared, values)


def _values(
    dataset: Dataset, declared: FilterField, value: object
) -> tuple[str | int, ...]:
    if declared.operator is Operator.ANY_OF:
        return _listed(dataset, declared, value)
    if not isinstance(value, str):
        raise InvalidQueryError(
            f"«query.{declared.name}» debe ser texto entre comillas; "
            "para no filtrar por este campo, omítalo."
        )
    if not value.strip():
        return ()
    _demand_catalogued(dataset, declared, value)
    return (value if declared.operator is Operator.IDENTITY else fold(value),)


def _demand_catalogued(dataset: Dataset, declared: FilterField, value: str) -> None:
    allowed = [str(entry.key) for entry in dataset.catalogs.get(declared.catalog, ())]
    if allowed and fold(value) not in map(fold, allowed):
        raise InvalidQueryError(
            f"«query.{declared.name}» sólo admite {' o '.join(allowed)}; "
            "para no filtrar por este campo, omítalo."
        )


def _listed(
    dataset: Dataset, declared: FilterField, value: object
) -> tuple[str | int, ...]:
    allowed = [entry.key for entry in dataset.catalogs.get(declared.catalog, ())]
    if not isinstance(value, list):
        raise InvalidQueryError(
            f"«query.{declared.name}» debe ser una lista, por ejemplo {allowed[:2]}."
        )
    wanted = [item for item in value if item is not None]
    for item in wanted:
        # True == 1 in Python, but not in JSON.
        if isinstance(item, bool) or item not in allowed:
            raise InvalidQueryError(
                f"«query.{declared.name}» tiene un valor fuera del catálogo; "
                f"los valores permitidos son {', '.join(map(str, allowed))}."
            )
    return tuple(dict.fromkeys(wanted))


def _orders(dataset: Dataset, raw: RawSearch) -> Iterator[Order]:
    for name, direction in raw.sort:
        declared = dataset.sort_fields_by_name.get(name)
        if declared is None:
            continue
        if direction not in ("asc", "desc"):
            raise InvalidQueryError(
                f"«sort.{name}» sólo admite «asc» (ascendente) o «desc» (descendente)."
            )
        yield Order(declared, direction == "desc")
