"""Faults of the records: each spoils one thing of one record, as spoiled.toml says."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pdn_sdk.practice.items.planting import (
    COLLECTIONS,
    SPOILED,
    Fault,
    Item,
    spoiling,
)


def _changing(row: Mapping[str, Any]) -> Callable[[Item], None]:
    *parents, last = row["at"].split(".")

    def change(item: Item) -> None:
        node: Any = item
        for name in parents:
            node = node[int(name)] if name.isdigit() else node[name]
        if "to" in row:
            node[row["to"]] = node.pop(last)
        else:
            node[last] = None if row.get("null") else row["value"]

    return change


def _faults() -> Iterator[Fault]:
    for row in SPOILED["record"]:
        collection = COLLECTIONS[row.get("collection", "graves")]
        yield Fault(
            row["check"],
            row["name"],
            row["breaks"],
            spoiling(_changing(row), collection),
            collection,
            also=frozenset(row.get("also", ())),
        )


FAULTS = tuple(_faults())
