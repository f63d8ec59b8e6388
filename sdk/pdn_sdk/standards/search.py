"""A raw search held against a dataset: what may be asked, and what it means."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf

from pdn_sdk.collation import fold
from pdn_sdk.errors import InvalidQueryError
from pdn_sdk.standards.model import (
    MOMENTS,
    Dataset,
    FilterField,
    Operator,
    SortField,
)
from pdn_sdk.standards.moments import instant
from pdn_sdk.wire.model import RawSearch

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter and the values that satisfy it.

    Shape: one folded text for CONTAINS and EQUALS, the id as given for
    IDENTITY, one or more catalogue keys or texts for ANY_OF, the two ends for
    BETWEEN (infinite where open), one number for EQUALS of a number, the two
    ends in microseconds for SINCE and UNTIL.
    """

    filter: FilterField
    values: tuple[Value, ...]


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
    if dataset.clamps_page_size and size > dataset.max_page_size:
        return dataset.max_page_size
    if not 1 <= size <= dataset.max_page_size:
        raise InvalidQueryError(
            "«pageSize» está fuera de rango: pida entre 1 y "
            f"{dataset.max_page_size} registros por página."
        )
    return size


def _conditions(dataset: Dataset, raw: RawSearch) -> Iterator[Condition]:
    declared_filters = dataset.filters_by_name
    for name, value in _flat("query", raw.query.items(), declared_filters):
        declared = declared_filters[name]
        values = _values(dataset, declared, value)
        if values and declared.operator is not Operator.IGNORED:
            yield Condition(declared, values)


def _flat(
    member: str,
    given: Iterable[tuple[str, object]],
    known: Collection[str],
    inside: str = "",
) -> Iterator[tuple[str, object]]:
    """Yield the declared members, also those that lie inside objects.

    Raises: InvalidQueryError where something else is in an object's place.
    """
    for name, value in given:
        path = f"{inside}{name}"
        if path in known:
            yield path, value
        elif any(other.startswith(f"{path}.") for other in known):
            if not isinstance(value, dict):
                raise InvalidQueryError(
                    f"«{member}.{path}» debe ser un objeto JSON; "
                    "omítalo si no lo necesita."
                )
            yield from _flat(member, value.items(), known, f"{path}.")


def _values(
    dataset: Dataset, declared: FilterField, value: object
) -> tuple[Value, ...]:
    if declared.operator is Operator.ANY_OF:
        return _listed(dataset, declared, value)
    if isinstance(value, str) and not value.strip():
        return ()
    if declared.operator is Operator.BETWEEN:
        return _ends(declared, value)
    if declared.operator in MOMENTS:
        return _window(declared, value)
    if declared.is_number:
        return (_number(declared.name, declared.type, value),)
    if not isinstance(value, str):
        raise InvalidQueryError(
            f"«query.{declared.name}» debe ser texto entre comillas; "
            "para no filtrar por este campo, omítalo."
        )
    _demand_catalogued(dataset, declared, value)
    return (value if declared.operator is Operator.IDENTITY else fold(value),)


def _window(declared: FilterField, value: object) -> tuple[Value, ...]:
    """Give both ends of the time that a date leaves open on one side."""
    moment = instant(value) if isinstance(value, str) else None
    if moment is None:
        raise InvalidQueryError(
            f"«query.{declared.name}» debe ser una fecha con hora y zona, por ejemplo "
            '"2025-03-01T10:00:00-06:00"; para no filtrar por este campo, omítalo.'
        )
    is_since = declared.operator is Operator.SINCE
    return (moment, inf) if is_since else (-inf, moment)


def _ends(declared: FilterField, value: object) -> tuple[Value, ...]:
    """Give both ends of a range; nothing where it has neither."""
    if not isinstance(value, dict):
        raise InvalidQueryError(
            f"«query.{declared.name}» debe ser un objeto con «min», «max» o ambos, "
            'por ejemplo {"min": 1000, "max": 5000}.'
        )
    least = _end(declared, value, "min")
    most = _end(declared, value, "max")
    if declared.zero_is_no_maximum and most == 0 and (least or 0) > 0:
        most = None
    if least is None and most is None:
        return ()
    return (-inf if least is None else least, inf if most is None else most)


def _end(
    declared: FilterField, given: Mapping[str, object], name: str
) -> int | float | None:
    value = given.get(name)
    # Any number bounds a range of integers just as well.
    member = f"{declared.name}.{name}"
    return None if value is None else _number(member, "number", value)


def _number(member: str, type_: str, value: object) -> int | float:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    fit = int if type_ == "integer" else int | float
    # True is 1 in Python, but not in JSON.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and isinstance(value, fit):
        return value
    kind = "número entero" if type_ == "integer" else "número"
    raise InvalidQueryError(
        f"«query.{member}» debe ser un {kind} sin comillas; "
        "para no filtrar por este campo, omítalo."
    )


def _demand_catalogued(dataset: Dataset, declared: FilterField, value: str) -> None:
    allowed = [str(entry.key) for entry in dataset.catalogs.get(declared.catalog, ())]
    if allowed and fold(value) not in map(fold, allowed):
        raise InvalidQueryError(
            f"«query.{declared.name}» sólo admite {' o '.join(allowed)}; "
            "para no filtrar por este campo, omítalo."
        )


def _listed(
    dataset: Dataset, declared: FilterField, value: object
) -> tuple[Value, ...]:
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
    declared_fields = dataset.sort_fields_by_name
    for name, direction in _flat("sort", raw.sort, declared_fields):
        if direction not in ("asc", "desc"):
            raise InvalidQueryError(
                f"«sort.{name}» sólo admite «asc» (ascendente) o «desc» (descendente)."
            )
        yield Order(declared_fields[name], direction == "desc")
