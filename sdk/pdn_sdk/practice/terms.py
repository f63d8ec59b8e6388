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
        """Give the filters with those operators that every provider must have."""
        every = self.dataset.filters
        return [f for f in every if f.operator in operators and not f.optional]

    @cached_property
    def asked(self) -> frozenset[str]:
        """The checks, or cases of checks, that the standard asks for."""
        return frozenset(c for r in self.standard.requirements for c in r.checks)

    @cached_property
    def identity(self) -> FilterField:
        """The filter by what tells one record from another."""
        return self.filters(Operator.IDENTITY, Operator.WHOLE_FIRST)[0]

    @cached_property
    def institution(self) -> FilterField | None:
        """The text filter by institution."""
        path = self.dataset.institution.members[self.dataset.institution.name]
        texts = self.filters(Operator.CONTAINS)
        return next((f for f in texts if path in f.path.split("|")), None)

    @cached_property
    def names(self) -> list[FilterField]:
        """The text filters by who or what the record is: those one can sort by."""
        sorts = self.dataset.sort_fields_by_name
        texts = self.filters(Operator.CONTAINS)
        # Those inside an object are about something of the record.
        plain = [f for f in texts if f.name in sorts and "." not in f.name]
        return [f for f in plain if f is not self.institution]

    @property
    def name(self) -> str:
        """The first of the names."""
        return self.names[0].name

    @property
    def surname(self) -> str:
        """The second of the names, or the only one."""
        return self.names[:2][-1].name

    @cached_property
    def listed(self) -> FilterField | None:
        """The filter by a list of keys."""
        return next(iter(self.filters(Operator.ANY_OF)), None)

    @cached_property
    def requester(self) -> FilterField | None:
        """The member that says who asks."""
        return next(iter(self.filters(Operator.IGNORED)), None)

    @cached_property
    def order(self) -> SortField:
        """The last sort field whose order is tried, which no other fault uses."""
        fields = [s for s in self.dataset.sort_fields if "." not in s.name]
        return [s for s in fields if self.asked & {"SOR-01", f"SOR-01[{s.name}]"}][-1]

    @cached_property
    def shown(self) -> list[FilterField]:
        """The exact filters by texts that are published, at least in some records."""
        exact = [f for f in self.filters(Operator.EQUALS) if not f.is_number]
        return [f for f in exact if not self._is_withheld(f)]

    @cached_property
    def withheld(self) -> list[FilterField]:
        """The exact filters by what no ordinary caller sees."""
        return [f for f in self.filters(Operator.EQUALS) if self._is_withheld(f)]

    @cached_property
    def guessed(self) -> FilterField | None:
        """An exact filter by what is withheld, at least in some records."""
        sometimes = {case.path for case in self.dataset.reserved_unless}
        hidden = {*self.dataset.reserved, *sometimes}
        exact = self.filters(Operator.EQUALS)
        return next((f for f in exact if f.path in hidden), None)

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
    def leak(self) -> dict[str, Any] | None:
        """A reserved path and a value that betrays it."""
        found: dict[str, Any] | None = SPOILED[self.standard.key].get("leak")
        return found

    @property
    def spoiled(self) -> list[dict[str, Any]]:
        """How a record is spoiled for each check of records."""
        rows: list[dict[str, Any]] = SPOILED[self.standard.key]["record"]
        return rows

    @property
    def also(self) -> dict[str, list[str]]:
        """The checks that cannot but see a fault too, by its name."""
        found: dict[str, list[str]] = SPOILED[self.standard.key].get("also", {})
        return found

    def _is_withheld(self, declared: FilterField) -> bool:
        return declared.path in self.dataset.reserved


def terms_of(key: str) -> Terms:
    """Give the vocabulary of a standard."""
    standard = loader.get(key)
    return Terms(standard, standard.datasets[0])


ALL_TERMS = [terms_of(key) for key in SPOILED]
S2 = next(terms for terms in ALL_TERMS if terms.standard.key == "s2")
