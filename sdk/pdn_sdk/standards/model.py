"""What a standard is, frozen. Imports only the service that may go beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from pdn_sdk.standards.declared.certificates import Certificates

NUMBERS = frozenset({"integer", "number"})


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
    BETWEEN = "between"
    """Some number of the record lies between `min` and `max`, both included."""
    IGNORED = "ignored"
    """Accepted and logged, never a condition."""


MOMENTS = frozenset({Operator.SINCE, Operator.UNTIL})


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
    """One value of a closed list: its key on the wire and its official text.

    `also` holds other ways in which official documents write that text.
    """

    key: str | int
    text: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FilterField:
    """A member of a query: where it looks in the record, and how.

    `name` has a dot where the member lies inside an object: `puesto.nivel`.
    `type` is the JSON type of one value. `catalog` closes the list of values.
    An `optional` filter is one that a provider may offer: no check asks for it.
    `zero_is_no_maximum` reads a `max` of 0 above a `min` as no maximum at all.
    `at_root` says that it is published beside `query` and not inside it.
    """

    name: str
    operator: Operator
    path: str = ""
    type: str = "string"
    catalog: str = ""
    optional: bool = False
    zero_is_no_maximum: bool = False
    at_root: bool = False

    @property
    def is_number(self) -> bool:
        """Tell whether its values are numbers."""
        return self.type in NUMBERS


@dataclass(frozen=True, slots=True)
class SortField:
    """A member of `sort` and the path of the record that it orders by.

    Where the path crosses an array the least value counts in ascending order
    and the greatest in descending order. `type` is the JSON type of the values.
    Records without the value come first or last as an empty text would; numbers,
    lists and what is `missing_last` have them last in both directions.
    """

    name: str
    path: str
    type: str = "string"
    missing_last: bool = False

    @property
    def is_ranked(self) -> bool:
        """Tell whether each direction has its own value to order by."""
        return self.missing_last or "[]" in self.path or self.type in NUMBERS


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A published route. Kinds: `search`, `institutions`, `item`.

    `denied` lists the statuses published for a caller without a valid token, and
    `tolerated` those that are only worth a warning.
    """

    kind: str
    method: str
    path: str
    denied: tuple[int, ...] = (401,)
    tolerated: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CodedText:
    """A place that holds a catalogue key and its text side by side.

    `path` leads to the object or array of objects. Keys in `free` may carry
    any text, because they mean "other". `detail` is the member that explains
    such a key where its text does not; with `repeats_text` it is given a copy of
    the text, for clients that only show the explanation.
    """

    path: str
    catalog: str
    key: str
    text: str
    free: tuple[str | int, ...] = ()
    detail: str = ""
    repeats_text: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """Something that may hold of a record, or of a part of it.

    Each path of `only` reaches exactly one value, which is one of those listed;
    each path of `some` reaches at least one of those listed; the paths of
    `absent` reach nothing that says anything.
    """

    only: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    some: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exemption:
    """A path, and the cases in which it is not treated as reserved."""

    path: str
    when: tuple[Case, ...]


@dataclass(frozen=True)
class LoadRule:
    """What is asked of a record at load, beyond its schema.

    Kinds: `one_of` (some path of `paths` is not blank), `not_empty` (the array
    has items), `not_blank`, `not_negative`, `pattern` (the text matches it),
    `in_order` (the first path is not after the second), `at_least` (the number
    is not under `minimum`), `in_catalog` (the text is a key of `catalog`),
    `absent` (the path leads nowhere). It is only asked where one of the cases of
    `when` holds; the kinds of declared/conditions.py and consistency.py are asked
    of each `scope`, where their cases and paths start.
    `rejects` is false for advice: what breaks it is loaded.
    """

    id: str
    kind: str
    paths: tuple[str, ...]
    message: str
    fix: str
    pattern: str = ""
    scope: str = ""
    when: tuple[Case, ...] = ()
    pairs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()
    minimum: float = 0
    catalog: str = ""
    rejects: bool = True


@dataclass(frozen=True, slots=True)
class Variants:
    """Kinds of record within one dataset: the value at `path` → its schema."""

    path: str
    schemas: Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Allowance:
    """Members that are public of what lies at `at`, in one of some cases.

    A member that is an object or an array stands for all that its schema has.
    `matches` lets only texts of that form pass.
    """

    at: str
    members: tuple[str, ...]
    when: tuple[Case, ...] = ()
    matches: str = ""


@dataclass(frozen=True, slots=True)
class Stay:
    """Objects that are public as a whole only in one of some cases."""

    at: str
    when: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class PrivacyRule:
    """Why something is not public: it explains the projection, and tests it.

    `hides` are paths of the record; `names` are members that are not public
    wherever they are.
    """

    id: str
    level: Level
    sentence: str
    source: str
    hides: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What a case of a check is called by."""
        return self.id


@dataclass(frozen=True, slots=True)
class Projection:
    """What of a record is public. What is not listed is not."""

    rules: tuple[PrivacyRule, ...]
    allowed: tuple[Allowance, ...]
    staying: tuple[Stay, ...]


@dataclass(frozen=True, slots=True)
class InstitutionFields:
    """Where a record names its institution: output member → path."""

    members: Mapping[str, str]
    name: str = "nombre"


@dataclass(frozen=True, eq=False)
class Dataset:
    """One collection of records: schema, endpoints, filters, order, privacy.

    Compared by identity, so that what is compiled from it can be cached.
    `reserved` paths need a credential with the reserved scope; those of
    `reserved_unless` do too, except in the cases that it names, and a leak is only
    worth a warning in those of `leniently_reserved`. `notice` is what whoever
    publishes these data should think over. `unpublished` ones are
    dropped at load, whoever asks. `quality` says what a good record holds beyond
    its schema (standards/quality.py), `synthetic` which generator fills which
    path of an invented record.
    `flat_pagination` writes the numbers of the page twice: inside `pagination`
    and beside it. `internal` names members that are never published, at any
    depth. `version` is the member that tells one version of a record from another.
    `clamps_page_size` gives the largest page to who asks for a larger one, in
    place of refusing. Where there are `variants`, `schema` joins theirs. Filters
    and orders look at the public `projection` where there is one.
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
    version: str = ""
    clamps_page_size: bool = False
    variants: Variants | None = None
    projection: Projection | None = None
    unpublished: tuple[str, ...] = ()
    samples: Mapping[str, str] = field(default_factory=dict)
    quality: Mapping[str, object] = field(default_factory=dict)
    synthetic: Mapping[str, object] = field(default_factory=dict)
    reserved_unless: tuple[Exemption, ...] = ()
    leniently_reserved: tuple[Exemption, ...] = ()
    notice: str = ""

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
    level in the profiles where it differs; `about` names the only places of a
    record that it speaks of, or none where it speaks of all.
    """

    id: str
    level: Level
    category: Category
    sentence: str
    source: str
    fix: str
    about: tuple[str, ...] = ()
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
    """A published standard, read from its folder.

    `connector` is the one that a new project reads with, unless told otherwise.
    """

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
    connector: str = ""
    certificates: Certificates | None = None

    def dataset(self, key: str) -> Dataset:
        """Give the dataset with that key; KeyError where there is none."""
        return next(d for d in self.datasets if d.key == key)
