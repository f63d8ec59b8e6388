"""One record written as a later standard asks, by the rows of migration.toml.

Imports how names are cut, folding, paths and the letters of an RFC.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from pdn_sdk.collation import fold
from pdn_sdk.ingest.mapping.names import Order, grouped, split_name
from pdn_sdk.ingest.mapping.values import UnreadableError
from pdn_sdk.standards.paths import first_at, put, values_at
from pdn_sdk.standards.people import rfc_letters

RFC_OF_A_PERSON = 13

_UNITS = {"years": "año", "months": "mes", "days": "dia"}
_NUMBERS = {
    **{"un": 1, "una": 1, "uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5},
    **{"seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "once": 11},
    **{"doce": 12, "quince": 15, "veinte": 20, "treinta": 30},
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a record cannot be converted without somebody's decision."""

    message: str
    fix: str


def concerns(row: Mapping[str, Any], into: str) -> bool:
    """Tell whether a row is about a dataset: those it names, or all."""
    return into in row.get("into", (into,))


def says_something(value: object) -> bool:
    """Tell whether a value is worth carrying."""
    if isinstance(value, str):
        return bool(value.strip())
    return value not in (None, [], {})


class Writer:
    """Writes one record; `notes` and `doubts` tell what came of it."""

    def __init__(
        self,
        plan: Mapping[str, Any],
        record: object,
        into: str,
        options: Mapping[str, str],
    ) -> None:
        """Take the plan, the older record, its new dataset and the options."""
        self._plan, self._record, self._into = plan, record, into
        self._options = options
        self._spent: set[str] = set()
        self.notes: list[str] = []
        self.doubts: list[Doubt] = []

    def made(self, identity: str) -> dict[str, object]:
        """Write the record."""
        made: dict[str, object] = {"id": identity}
        for row in self._plan["copy"]:
            if concerns(row, self._into):
                self._copy(row, None, made)
        for several in self._plan["list"]:
            found = values_at(self._record, several["from"])
            items = [self._item(several, item) for item in found]
            put(made, several["to"], [item for item in items if item])
        return made

    def _item(self, several: Mapping[str, Any], item: object) -> dict[str, object]:
        key, text = first_at(item, several["key"]), first_at(item, several["text"])
        made: dict[str, object] = {}
        for row in several["item"]:
            says = row.get("says", "")
            if (
                concerns(row, self._into)
                and key in row["keys"]
                and says in fold(str(text))
            ):
                for each in row["copy"]:
                    self._copy(each, item, made)
                break
        return made

    def _copy(
        self, row: Mapping[str, Any], item: object, made: dict[str, object]
    ) -> None:
        if "to" not in row:
            self.notes.append(row["note"])
            return
        for path, value in self._values(row, item):
            if value is not None:
                _place(made, path, value)
            elif "note" in row:
                self.notes.append(row["note"])

    def _values(
        self, row: Mapping[str, Any], item: object
    ) -> Iterator[tuple[str, object]]:
        if "value" in row or "option" in row:
            yield row["to"], row.get("value", self._options.get(row.get("option", "")))
            return
        found = first_at(item, row["item"]) if "item" in row else self._found(row)
        if not says_something(found):
            yield row["to"] if isinstance(row["to"], str) else "", None
        elif row.get("as") == "name":
            yield from self._name(row, str(found))
        else:
            yield row["to"], self._as(row, found)

    def _found(self, row: Mapping[str, Any]) -> object:
        path = row["from"]
        if "once" not in row:
            return first_at(self._record, path)
        if path in self._spent:
            self.notes.append(row["once"])
            return None
        self._spent.add(path)
        return first_at(self._record, path)

    def _as(self, row: Mapping[str, Any], found: object) -> object:
        kinds: Mapping[str, Callable[[], object]] = {
            "text": lambda: found,
            "list": lambda: [found],
            "date": lambda: str(found)[:10],
            "whole": lambda: self._whole(row, found),
            "code": lambda: row["values"].get(found, row.get("otherwise")),
            "folded": lambda: _by_text(row, str(found)),
        }
        kind = row.get("as", "text")
        if kind in _UNITS:
            return term(str(found)).get(kind)
        return kinds[kind]()

    def _whole(self, row: Mapping[str, Any], value: object) -> int:
        amount = float(str(value))
        if not amount.is_integer():
            self.notes.append(row["rounded"])
        return round(amount)

    def _name(self, row: Mapping[str, Any], name: str) -> Iterator[tuple[str, object]]:
        key = str(first_at(self._record, row["rfc"]) or "")
        parts = parted(name, key, self._options.get("order", ""))
        if parts is None:
            self.doubts.append(Doubt(row["message"], row["fix"]))
            return
        yield from zip(row["to"], (part or None for part in parts), strict=True)


def _by_text(row: Mapping[str, Any], text: str) -> object:
    """Give the value of the first piece that a text holds."""
    folded = fold(text)
    for piece, value in row["values"].items():
        if piece in folded:
            return value
    return row.get("otherwise")


def _place(made: dict[str, object], path: str, value: object) -> None:
    """Put a value; `[]` is the one item of a list."""
    before, listed, after = path.partition("[].")
    if not listed:
        put(made, path, value)
        return
    items = made.setdefault(before, [{}])
    if isinstance(items, list):
        put(items[0], after, value)


@lru_cache(maxsize=4096)
def term(text: str) -> Mapping[str, int]:
    """Read a term written with words: `UN AÑO 6 MESES`; empty where unclear.

    Units: years, months, days.
    """
    found: dict[str, int] = {}
    for number, unit in re.findall(
        r"(\w+)\s+(?:\([^)]*\)\s*)?(año|mes|dia)", fold(text)
    ):
        amount = int(number) if number.isdecimal() else _NUMBERS.get(number)
        if amount is None:
            return {}
        found[next(u for u, word in _UNITS.items() if word == unit)] = amount
    return {unit: found.get(unit, 0) for unit in _UNITS} if found else {}


def parted(name: str, rfc: str, order: str) -> tuple[str, str, str] | None:
    """Give (given names, first surname, second or ""), where there is no doubt.

    A comma tells, and so does an RFC that only one way of cutting agrees with;
    without them, the order that was declared. None where several ways remain.
    """
    if name.count(",") == 1 or (order and len(rfc) != RFC_OF_A_PERSON):
        try:
            return split_name(name, Order(order) if order else Order.SURNAMES_FIRST)
        except UnreadableError:
            return None
    agreeing = {cut for cut in _cuts(name) if rfc_letters(*cut) == rfc[:4].upper()}
    return agreeing.pop() if len(agreeing) == 1 else None


def _cuts(name: str) -> Iterator[tuple[str, str, str]]:
    words = grouped(name)
    for count, first in product((1, 2), (True, False)):
        if len(words) > count:
            given = words[:-count] if first else words[count:]
            surnames = words[-count:] if first else words[:count]
            yield " ".join(given), surnames[0], surnames[1] if count == 2 else ""
