"""What each standard calls the things that faults are planted in.

Worked out from the standard itself, so that one table of faults serves them all.
What a standard does not have is None, and the faults about it are not planted.
"""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pdn_sdk.standards import loader
from pdn_sdk.standards.model import (
    Dataset,
    FilterField,
    Operator,
    SortField,
    Standard,
)

SPOILED = tomllib.loads(Path(__file__).with_name("spoiled.toml").read_text("utf-8"))


@dataclass(frozen=True)
class Terms:
    """The vocabulary of one dataset."""

    standard: Standard
    dataset: Dataset

    def filters(self, *operators: Operator) -> list[FilterField]:
        """Give the filters with those operators."""
        return [f for f in self.dataset.filters if f.operator in operators]

    @cached_property
    def institution(self) -> FilterField:
        """The text filter by institution."""
        path = self.dataset.institution.members[self.dataset.institution.name]
        return next(f for f in self.filters(Operator.CONTAINS) if f.path == path)

    @cached_property
    def names(self) -> list[FilterField]:
        """The text filters by who the record is about: those one can sort by."""
        sorts = {s.path for s in self.dataset.sort_fields}
        texts = self.filters(Operator.CONTAINS)
        return [f for f in texts if f is not self.institution and f.path in sorts]

    @property
    def name(self) -> str:
        """The first of the names."""
        return self.names[0].name

    @property
    def surname(self) -> str:
        """The second of the names, or the only one."""
        return self.names[:2][-1].name

    @cached_property
    def listed(self) -> FilterField:
        """The filter by a list of keys."""
        return self.filters(Operator.ANY_OF)[0]

    @cached_property
    def requester(self) -> str:
        """The member that says who asks."""
        return self.filters(Operator.IGNORED)[0].name

    @cached_property
    def order(self) -> SortField:
        """The last sort field, which no other fault uses."""
        return self.dataset.sort_fields[-1]

    @cached_property
    def shown(self) -> list[FilterField]:
        """The exact filters by what is published, at least in some records."""
        return [f for f in self.filters(Operator.EQUALS) if not self._is_withheld(f)]

    @cached_property
    def withheld(self) -> list[FilterField]:
        """The exact filters by what no ordinary caller sees."""
        return [f for f in self.filters(Operator.EQUALS) if self._is_withheld(f)]

    @cached_property
    def guessed(self) -> FilterField:
        """An exact filter by what is withheld, at least in some records."""
        sometimes = {case.path for case in self.dataset.reserved_unless}
        exact = self.filters(Operator.EQUALS)
        return next(f for f in exact if self._is_withheld(f) or f.path in sometimes)

    @cached_property
    def withheld_order(self) -> SortField | None:
        """A sort field by what no ordinary caller sees."""
        sorts = self.dataset.sort_fields
        return next((s for s in sorts if s.path in self.dataset.reserved), None)

    @cached_property
    def closed(self) -> FilterField | None:
        """An exact filter that only takes the keys of a catalogue."""
        return next((f for f in self.filters(Operator.EQUALS) if f.catalog), None)

    @property
    def leak(self) -> dict[str, Any]:
        """A reserved path and a value that betrays it."""
        found: dict[str, Any] = SPOILED[self.standard.key]["leak"]
        return found

    @property
    def spoiled(self) -> list[dict[str, Any]]:
        """How a record is spoiled for each check of records."""
        rows: list[dict[str, Any]] = SPOILED[self.standard.key]["record"]
        return rows

    def _is_withheld(self, declared: FilterField) -> bool:
        return declared.path in self.dataset.reserved


def terms_of(key: str) -> Terms:
    """Give the vocabulary of a standard."""
    standard = loader.get(key)
    return Terms(standard, standard.datasets[0])


ALL_TERMS = [terms_of(key) for key in SPOILED]
S2 = next(terms for terms in ALL_TERMS if terms.standard.key == "s2")
