"""What a good item says beyond its schema, as quality.toml of its standard tells.

Each function gives the flaws of one record, in Spanish. Imports the model, the
paths and the load rules.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pdn_sdk.standards.load_rules import is_placeholder
from pdn_sdk.standards.model import Dataset
from pdn_sdk.standards.paths import values_at

Record = Mapping[str, object]


def unfilled(dataset: Dataset, record: Record) -> list[str]:
    """Give the paths that are expected of every record and say nothing."""
    return [
        path
        for path in _rows(dataset, "filled")
        if any(_is_blank(holder.get(name)) for holder, name in _holders(record, path))
    ]


def unlisted(dataset: Dataset, record: Record) -> list[str]:
    """Give the values that are not in their catalogue."""
    found = []
    for row in _rows(dataset, "listed"):
        keys = {entry.key for entry in dataset.catalogs[row["catalog"]]}
        for path in row["paths"]:
            values = (v for v in values_at(record, path) if isinstance(v, str))
            found += [f"{path}: «{v}»" for v in values if v not in keys]
    return found


def unexplained(dataset: Dataset, record: Record) -> list[str]:
    """Give the keys that ask for another member which says nothing."""
    return [
        f"{row['path']}: {item[row['key']]} sin «{member}»"
        for row in [*_rows(dataset, "needs"), *_rows(dataset, "only")]
        for item in _objects(record, row["path"])
        if (member := row["members"].get(item.get(row["key"])))
        and _is_blank(item.get(member))
    ]


def contradicted(dataset: Dataset, record: Record) -> list[str]:
    """Give the members that are filled though the key names another one."""
    return [
        f"{row['path']}: {item.get(row['key'])} con «{member}»"
        for row in _rows(dataset, "only")
        for item in _objects(record, row["path"])
        for member in row["members"].values()
        if not _is_blank(item.get(member))
        and row["members"].get(item.get(row["key"])) != member
    ]


def disordered(dataset: Dataset, record: Record) -> list[str]:
    """Give the periods that end before they begin."""
    return [
        f"{row['path']}: {row['last']} {last} es anterior a {row['first']} {first}"
        for row in _rows(dataset, "ordered")
        for item in _objects(record, row["path"])
        if isinstance(first := item.get(row["first"]), str)
        and isinstance(last := item.get(row["last"]), str)
        and last < first
    ]


def misshapen(dataset: Dataset, record: Record) -> list[str]:
    """Give the texts that are not as their kind is written."""
    return [
        f"{row['path']}: «{value}»"
        for row in _rows(dataset, "shaped")
        for value in values_at(record, row["path"])
        if isinstance(value, str) and not re.fullmatch(row["pattern"], value)
    ]


def spellings(dataset: Dataset) -> Mapping[str, str]:
    """Give the names that people correct, each with the published one."""
    return _table(dataset, "names")


def migrated(dataset: Dataset) -> frozenset[str]:
    """Give the names that a known migration wrote in place of published ones."""
    return frozenset(_rows(dataset, "migrated"))


def tolerated(dataset: Dataset, path: str) -> Mapping[str, str]:
    """Give the keys that the official tool writes at a path, with those published."""
    found: Mapping[str, str] = _table(dataset, "tolerated").get(path, {})
    return found


def personal(dataset: Dataset) -> tuple[str, ...]:
    """Give the reserved paths that must never reach an ordinary credential."""
    return tuple(_rows(dataset, "personal"))


def _rows(dataset: Dataset, name: str) -> list[Any]:
    rows = dataset.quality.get(name, [])
    return rows if isinstance(rows, list) else []


def _table(dataset: Dataset, name: str) -> Mapping[str, Any]:
    table = dataset.quality.get(name, {})
    return table if isinstance(table, dict) else {}


def _objects(record: Record, path: str) -> Iterator[dict[str, Any]]:
    return (v for v in values_at(record, path) if isinstance(v, dict))


def _holders(record: Record, path: str) -> Iterator[tuple[Mapping[str, object], str]]:
    parent, _, name = path.rpartition(".")
    if not parent:
        yield record, name
    else:
        yield from ((item, name) for item in _objects(record, parent))


def _is_blank(value: object) -> bool:
    if isinstance(value, str):
        return is_placeholder(value)
    return value is None or value in ([], {})
