"""What a standard is, frozen. Imports nothing of ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path


class Operator(StrEnum):
    """What a filter does with the value that it is given."""

    IDENTITY = "identity"
    """Whole value of the id; the other filters are then ignored."""
    CONTAINS = "contains"
    """The folded value lies within the folded text."""
    EQUALS = "equals"
    """The folded value is the whole folded text."""
    WHOLE_FIRST = "whole_first"
    """The folded value is the whole folded text; where none is, a part of it."""
    SINCE = "since"
    """Some moment of the record is that one or later, whatever their zones."""
    UNTIL = "until"
    """Some moment of the record is that one or earlier."""
    ANY_OF = "any_of"
    """The record holds at least one of the listed values."""
    IGNORED = "ignored"
    """Accepted and logged, never a condition."""


class Level(StrEnum):
    """How binding a requirement is."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


class Category(StrEnum):
    """The three groups of SESNA's test plan."""

    SECURITY = "seguridad"
    FUNCTIONAL = "funcional"
    STRESS = "estres"


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One value of a closed list: its key on the wire and its official text."""

    key: str | int
    text: str


@dataclass(frozen=True, slots=True)
class FilterField:
    """A member of a query: where it looks in the record, and how.

    `type` is the JSON type of one value. `catalog` closes the list of values.
    An `optional` filter is one that a provider may offer: no check asks for it.
    """

    name: str
    operator: Operator
    path: str = ""
    type: str = "string"
    catalog: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class SortField:
    """A member of `sort` and the path of the record that it orders by."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A published route. Kinds: `search`, `institutions`."""

    kind: str
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class CodedText:
    """A place that holds a catalogue key and its text side by side.

    `path` leads to the object or array of objects. Keys in `free` may carry
    any text, because they mean "other".
    """

    path: str
    catalog: str
    key: str
    text: str
    free: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadRule:
    """What is asked of a record at load, beyond its schema.

    Kinds: `one_of` (some path of `paths` is not blank), `not_empty` (the array
    has items), `not_blank`, `pattern` (the text matches `pattern`).
    """

    id: str
    kind: str
    paths: tuple[str, ...]
    message: str
    fix: str
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class InstitutionFields:
    """Where a record names its institution: output member → path."""

    members: Mapping[str, str]
    name: str = "nombre"


@dataclass(frozen=True, eq=False)
class Dataset:
    """One collection of records: schema, endpoints, filters, order, privacy.

    Compared by identity, so that what is compiled from it can be cached.
    `synthetic` says which generator fills which path of an invented record.
    `flat_pagination` writes the numbers of the page twice: inside `pagination`
    and beside it. `internal` names members that are never published, at any
    depth. `advice` are rules that a good record keeps, though it may be loaded
    without.
    """

    key: str
    title: str
    description: str
    schema: Mapping[str, object]
    identity: str
    captured_at: str
    endpoints: tuple[Endpoint, ...]
    filters: tuple[FilterField, ...]
    sort_fields: tuple[SortField, ...]
    reserved: tuple[str, ...]
    institution: InstitutionFields
    coded_texts: tuple[CodedText, ...]
    load_rules: tuple[LoadRule, ...]
    defaults: Mapping[str, object]
    catalogs: Mapping[str, tuple[CatalogEntry, ...]]
    default_page_size: int
    max_page_size: int
    flat_pagination: bool = False
    internal: frozenset[str] = frozenset()
    advice: tuple[LoadRule, ...] = ()
    samples: Mapping[str, str] = field(default_factory=dict)
    synthetic: Mapping[str, object] = field(default_factory=dict)

    def endpoint(self, kind: str) -> Endpoint | None:
        """Give the endpoint of that kind, or None where there is none."""
        return next((e for e in self.endpoints if e.kind == kind), None)

    @cached_property
    def filters_by_name(self) -> Mapping[str, FilterField]:
        """Filters under the name they have in a query."""
        return {f.name: f for f in self.filters}

    @cached_property
    def sort_fields_by_name(self) -> Mapping[str, SortField]:
        """Sort fields under the name they have in `sort`."""
        return {s.name: s for s in self.sort_fields}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One numbered demand of a standard, and what verifies it.

    `checks` names conformance checks (`PAG-02`, or `SEA-01[nombres]` for one
    case); where it is empty `why_not_tested` says why. `profiles` holds the
    level in the profiles where it differs.
    """

    id: str
    level: Level
    category: Category
    sentence: str
    source: str
    fix: str
    checks: tuple[str, ...] = ()
    why_not_tested: str = ""
    profiles: Mapping[str, Level] = field(default_factory=dict)

    def level_in(self, profile: str) -> Level:
        """Give the level that binds in a profile (spec, pdn or pilot)."""
        return self.profiles.get(profile, self.level)


@dataclass(frozen=True, slots=True)
class Security:
    """How callers prove who they are.

    Kinds: `oauth2_password`, `bearer`. `scope` is asked of a token for these
    data; `reserved_scope` for the reserved fields.
    """

    kind: str
    scheme: str
    token_paths: tuple[str, ...]
    scope: str
    reserved_scope: str


@dataclass(frozen=True)
class Standard:
    """A published standard, read from its folder."""

    key: str
    system: str
    version: str
    title: str
    description: str
    dialect: str
    source: Mapping[str, str]
    security: Security
    datasets: tuple[Dataset, ...]
    requirements: tuple[Requirement, ...]
    folder: Path

    def dataset(self, key: str) -> Dataset:
        """Give the dataset with that key; KeyError where there is none."""
        return next(d for d in self.datasets if d.key == key)
