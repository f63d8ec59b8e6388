"""How the checks of items ask, and how they judge a filter.

May import the vocabulary of checks, the samples and demands, and the standards.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pdn_sdk.checking import Api, Exchange, NotTriedError, expect
from pdn_sdk.conformance.checks.demands import as_json, counted, members
from pdn_sdk.conformance.checks.samples import Record, records
from pdn_sdk.standards.items.shape import Kind, Member, visible
from pdn_sdk.standards.model import Dataset

PDN: Mapping[str, object] = {"fields": "*.*.*", "meta": "*", "limit": 10, "offset": 0}
"""What PDN's wrapper sends with every request."""

PLAINEST: Mapping[str, object] = {"limit": 1}

SHOWN = 25
"""Items looked at of those that a filter finds; the rest is only counted."""

MOST_CHARS = 150
"""Of a value that is asked for: addresses have an end, and letters grow in them."""

Path = tuple[str, ...]
Passes = Callable[[object], bool]


@dataclass(frozen=True)
class Listing:
    """A list of items and the totals that came with it."""

    items: Sequence[Record]
    meta: Record
    exchange: Exchange


def listing(api: Api, why: str, **parameters: object) -> Listing:
    """Ask for items, and demand a list of objects.

    Raises: NotTriedError where the plainest request fails as well: that is a
    finding of the check that makes it.
    """
    exchange = api.call(parameters)
    if _rows(exchange) is None and parameters != PLAINEST:
        plain = api.call(PLAINEST)
        if _rows(plain) is None:
            raise NotTriedError(
                "No se puede probar mientras falle la consulta más sencilla, que "
                f"responde con estado {plain.status}."
            )
    return as_listing(exchange, why)


def as_listing(exchange: Exchange, why: str) -> Listing:
    """Read an answer as a list of items."""
    rows = _rows(exchange)
    expect(
        rows is not None,
        f"No respondió la lista «data». {why}",
        expected='estado 200 con {"data": […]}',
        received=f"estado {exchange.status}",
        evidence=exchange,
    )
    meta = members(exchange).get("meta")
    return Listing(rows or [], meta if isinstance(meta, dict) else {}, exchange)


def _rows(exchange: Exchange) -> list[Record] | None:
    data = members(exchange).get("data")
    is_list = isinstance(data, list) and all(isinstance(row, dict) for row in data)
    return cast(list[Record], data) if exchange.status == 200 and is_list else None


def has_data(exchange: Exchange) -> bool:
    """Tell whether an answer carries items or a single one."""
    return bool(members(exchange).get("data"))


def nested(path: Path, node: object) -> Any:  # noqa: ANN401 - a tree of JSON
    """Write a filter for a path of members."""
    for name in reversed(path):
        node = {name: node}
    return node


def dotted(path: Path) -> str:
    """Write a path for `fields` and `sort`."""
    return ".".join(path)


def at(record: object, path: Path) -> object:
    """Give what a record holds at a path of members; None where it breaks off."""
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record


def places(dataset: Dataset, *kinds: Kind, nested: bool | None = None) -> list[Path]:
    """Give the paths, outside lists, of the members that an ordinary token sees."""
    found = _walked(visible(dataset, reserved=False), ())
    return [
        path
        for path, member in found
        if member.kind in kinds and nested in (None, len(path) > 1)
    ]


def lists(dataset: Dataset) -> list[tuple[str, str]]:
    """Give the lists of a record, each with the first text of its items."""
    root = visible(dataset, reserved=False)
    return [
        (name, next(n for n, m in child.members.items() if m.kind is Kind.TEXT))
        for name, child in root.members.items()
        if child.kind is Kind.LIST
        and any(m.kind is Kind.TEXT for m in child.members.values())
    ]


def _walked(node: Member, path: Path) -> Iterator[tuple[Path, Member]]:
    for name, child in node.members.items():
        yield (*path, name), child
        if child.kind is Kind.OBJECT:
            yield from _walked(child, (*path, name))


def telling(
    api: Api, paths: Sequence[Path], *, least: int = 2
) -> tuple[Path, list[Any]]:
    """Give the first path with so many different values, and these, most used first.

    Raises: NotTriedError where no path has them.
    """
    for path in paths:
        seen = [at(r, path) for r in records(api)]
        values = [v for v in seen if _is_handy(v)]
        distinct = sorted(set(values), key=lambda v: (-values.count(v), str(v)))
        if len(distinct) >= least:
            return path, distinct
    raise NotTriedError(
        f"Ningún campo muestra {least} valores distintos con los que probar."
    )


def handy_text(value: object) -> str | None:
    """Give a text that fits in an address and is not blank, or None."""
    return value if isinstance(value, str) and _is_handy(value) else None


def _is_handy(value: object) -> bool:
    is_short = isinstance(value, str | int) and len(str(value)) <= MOST_CHARS
    return is_short and bool(str(value).strip())


@dataclass(frozen=True)
class Wanted:
    """A filter and the values that satisfy it.

    `least` says which values it must find, `most` which ones it may find too.
    """

    label: str
    node: Mapping[str, object]
    path: Path
    least: Passes
    most: Passes

    def reached(self, found: Sequence[Record]) -> tuple[int, int]:
        """Count the fewest and the most records that it may find."""
        values = [at(r, self.path) for r in found]
        return sum(map(self.least, values)), sum(map(self.most, values))


def exactly(
    label: str, node: Mapping[str, object], path: Path, passes: Passes
) -> Wanted:
    """Say a filter whose result is not a matter of opinion."""
    return Wanted(label, node, path, passes, passes)


def expect_filters(api: Api, filters: Sequence[Wanted]) -> None:
    """Demand that each filter finds what it says, and nothing else."""
    for wanted in filters:
        _expect_filter(api, wanted)


def _expect_filter(api: Api, wanted: Wanted) -> None:
    walk = api.walk()
    low, high = wanted.reached(records(api))
    if not (walk.complete and len(walk.records) == walk.total):
        low, high = min(low, 1), walk.total
    answer = api.search(page_size=SHOWN, query=wanted.node)
    foreign = [r for r in answer.results if not wanted.most(at(r, wanted.path))]
    expect(
        not foreign and low <= answer.total <= high,
        f"El filtro {wanted.label} no hace lo que dice: {as_json(wanted.node)}.",
        expected=f"{counted(low, 'registro', 'registros')}"
        + (f" (hasta {high:,})" if high > low else ""),
        received=f"{counted(answer.total, 'registro', 'registros')}, "
        f"{len(foreign):,} que no cumplen",
        evidence=answer.exchange,
    )
