"""Invented records of any dataset: valid, varied, and the same for a same seed.

The schema says what to fill, synthetic.toml of the standard with which fact,
the catalogues and load rules what is right. Imports validation and the cast.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pdn_sdk.errors import InvalidStandardError
from pdn_sdk.standards.cast import Cast, several
from pdn_sdk.standards.declared.amends import AMENDS, amender
from pdn_sdk.standards.declared.cases import any_case
from pdn_sdk.standards.declared.drawing import (
    Draw,
    Drawing,
    Drop,
    Extra,
    Stage,
    fills_whole,
)
from pdn_sdk.standards.declared.schemas import branches, items, members
from pdn_sdk.standards.load_rules import is_placeholder
from pdn_sdk.standards.model import CatalogEntry, CodedText, Dataset
from pdn_sdk.standards.paths import put
from pdn_sdk.standards.validation import load_violations, prepare

USUAL_PRESENCE = 0.8
MOST_ITEMS = 3
AMENDING_ROUNDS = 3
CYCLE = 25
"""In each cycle one record has only what is required, and one has everything."""

BY_SCHEMA = "schema"
"""Takes back, for one path, what is said of all that end like it."""

LONGEST_END = 3
"""Members that the end of a path may have in synthetic.toml: `*.pareja.rfc`."""


def records(
    dataset: Dataset, count: int, *, seed: int = 1, institution: str | None = None
) -> Iterator[dict[str, object]]:
    """Yield invented records, every one fit to be loaded.

    Record n depends on the seed and on n alone. `institution` names the one
    where everybody works; without it there are several.
    Raises: InvalidStandardError where the dataset cannot be filled; the message
    names the path that synthetic.toml should fill.
    """
    if institution is not None and is_placeholder(institution):
        institution = None
    blank = _Blank(dataset)
    for number in range(1, count + 1):
        cast = Cast(dataset.key.upper(), seed, number, institution)
        yield blank.filled(cast)


class _Blank:
    """The empty form of a dataset, compiled once."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        plan: Mapping[str, Any] = dataset.synthetic
        self._drawing = Drawing(plan.get("pools", {}))
        self._sizes: Mapping[str, list[int]] = plan.get("sizes", {})
        self._finishing: list[Drop | Stage | Extra] = [
            *map(Drop, plan.get("drop", ())),
            *(Stage(self._drawing, s) for s in plan.get("stage", ())),
        ]
        self._finishing += [
            Extra(self._drawing, e, USUAL_PRESENCE) for e in plan.get("extra", ())
        ]
        self._most: Mapping[str, int] = plan.get("most", {})
        self._says: Mapping[str, Sequence[str]] = plan.get("other", {})
        self._coded = {coded.path: coded for coded in dataset.coded_texts}
        self._alternatives = [
            [_with_parents([path]) for path in rule.paths]
            for rule in dataset.load_rules
            if rule.kind == "one_of" and not rule.when
        ]
        self._conditional = [
            (any_case(rule.when), _with_parents(rule.paths[-1:]))
            for rule in dataset.load_rules
            if rule.kind == "one_of" and rule.when
        ]
        self._always = _with_parents(
            [
                *dataset.defaults,
                *(
                    path
                    for rule in dataset.load_rules
                    if rule.kind == "not_empty"
                    for path in rule.paths
                ),
            ]
        )
        self._amenders = [
            amender(rule) for rule in dataset.load_rules if rule.kind in AMENDS
        ]
        variants = dataset.variants
        schemas = variants.schemas if variants else {"": dataset.schema}
        self._variant = variants.path if variants else None
        self._look_up(schemas, plan)

    def _look_up(
        self, schemas: Mapping[str, Mapping[str, Any]], plan: Mapping[str, Any]
    ) -> None:
        """Find what is said of each place of the schemas, once for all records."""
        self._roots = [
            (value, _node("", schema, is_required=True))
            for value, schema in schemas.items()
        ]
        self._nodes = [dict(_places(root)) for _, root in self._roots]
        every = {path: node for nodes in self._nodes for path, node in nodes.items()}
        fields, presence = plan.get("fields", {}), plan.get("presence", {})
        self._draws = {
            path: self._drawing.of(path, said, node.schema)
            for path, node in every.items()
            if (said := _said_of(path, fields, None)) is not None
            and said != BY_SCHEMA
            and (node.is_leaf or path in fields or fills_whole(said))
        }
        self._presence: Mapping[str, float] = {
            path: _said_of(path, presence, USUAL_PRESENCE) for path in every
        }

    def filled(self, cast: Cast) -> dict[str, object]:
        needed = self._always.union(*map(cast.random.choice, self._alternatives))
        place = cast.number % len(self._roots)
        variant, root = self._roots[place]
        record = self._object(root, cast, needed)
        if self._variant is not None:
            put(record, self._variant, variant)
        for holds, paths in self._conditional:
            if holds(record):
                self._complete(root, record, cast, paths)

        def fill(path: str) -> object:
            node = self._nodes[place].get(path)
            return None if node is None else self._value(node, cast, needed)

        # Again and again: what one rule adds, one before it may forbid.
        for amend in self._amenders * AMENDING_ROUNDS:
            amend(record, cast.random, fill)
        return self._finished(record, cast)

    def _finished(self, record: dict[str, object], cast: Cast) -> dict[str, object]:
        for finish in self._finishing:
            finish.put(record, cast)
        if self._dataset.projection is not None or self._variant is not None:
            record = prepare(self._dataset, record)
        wrong = load_violations(self._dataset, record)
        if wrong:
            raise InvalidStandardError(
                f"No se pueden inventar registros de «{self._dataset.key}»: "
                f"{wrong[0].message} Diga en synthetic.toml con qué se llena "
                f"«{wrong[0].path}»."
            )
        return record

    def _object(
        self, node: "_Node", cast: Cast, needed: frozenset[str]
    ) -> dict[str, object]:
        values = {}
        for child in node.children:
            if self._is_present(child, cast, needed):
                value = self._value(child, cast, needed)
                # As `prepare` leaves it: without what says nothing.
                is_kept = child.is_required or child.path in needed
                if is_kept or value not in (None, "", {}, []):
                    values[child.name] = value
        return values

    def _complete(
        self, node: "_Node", record: dict[str, Any], cast: Cast, paths: frozenset[str]
    ) -> None:
        """Add what lies at some paths, where it is missing."""
        for child in node.children:
            if child.path in paths and child.name not in record:
                record[child.name] = self._value(child, cast, paths)
            elif child.path in paths and isinstance(record[child.name], dict):
                self._complete(child, record[child.name], cast, paths)

    def _is_present(self, node: "_Node", cast: Cast, needed: frozenset[str]) -> bool:
        likely = self._presence.get(node.path, USUAL_PRESENCE)
        if node.is_required or node.path in needed or likely >= 1:
            return True
        place_in_cycle = cast.number % CYCLE
        if likely <= 0 or place_in_cycle < 2:
            return likely > 0 and place_in_cycle == 1
        return cast.random.random() < likely

    def _value(self, node: "_Node", cast: Cast, needed: frozenset[str]) -> object:
        draw = self._draws.get(node.path)
        if draw is not None:
            return self._whole(node, _cut(draw(cast), node.schema), cast, needed)
        coded = self._coded.get(node.path) or self._coded.get(f"{node.path}[]")
        if coded is not None:
            return self._catalogued(node, coded, cast, needed)
        if node.children:
            return self._object(node, cast, needed)
        if node.item is not None:
            usual = (1, self._most.get(node.path, MOST_ITEMS))
            count = cast.random.randint(*self._sizes.get(node.path, usual))
            return _unlike(self._items(node.item, cast, needed, count))
        return _by_schema(node.schema, cast)

    def _items(
        self, node: "_Node", cast: Cast, needed: frozenset[str], count: int
    ) -> Iterator[object]:
        array = node.path.removesuffix("[]")
        for place in range(count):
            cast.enter(array, place)
            value = self._value(node, cast, needed)
            cast.leave()
            if value != {}:
                yield value

    def _whole(
        self, node: "_Node", value: object, cast: Cast, needed: frozenset[str]
    ) -> object:
        """Give what was drawn for an object the members that it must have."""
        if not isinstance(value, dict):
            return value
        missing = [c for c in node.children if c.is_required and c.name not in value]
        return value | {c.name: self._value(c, cast, needed) for c in missing}

    def _catalogued(
        self, node: "_Node", coded: CodedText, cast: Cast, needed: frozenset[str]
    ) -> object:
        entries = self._dataset.catalogs[coded.catalog]
        if node.item is not None and coded.path.endswith("[]"):
            draw = self._draws.get(f"{coded.path}.{coded.key}")
            if draw is not None:
                wanted = draw(cast)
                keys = wanted if isinstance(wanted, list) else [wanted]
                chosen = [e for e in entries if e.key in keys]
                item = node.item
                return [self._entry(item, coded, e, cast, needed) for e in chosen]
            chosen = several(cast.random, entries, MOST_ITEMS)
            return [self._entry(node.item, coded, e, cast, needed) for e in chosen]
        draw = self._draws.get(f"{node.path}.{coded.key}")
        wanted = draw(cast) if draw else cast.random.choice(entries).key
        entry = next(e for e in entries if e.key == wanted)
        return self._entry(node, coded, entry, cast, needed)

    def _entry(
        self,
        node: "_Node",
        coded: CodedText,
        entry: CatalogEntry,
        cast: Cast,
        needed: frozenset[str],
    ) -> dict[str, object]:
        """Give a key with its text, and the other members of its object."""
        item: dict[str, object] = {coded.key: entry.key, coded.text: entry.text}
        says = self._says.get(coded.path)
        if says is not None and entry.key in coded.free:
            item[coded.text] = cast.random.choice(says)
            if coded.repeats_text:
                item[coded.detail] = item[coded.text]
        for child in node.children:
            if child.name not in item and self._is_present(child, cast, needed):
                item[child.name] = self._value(child, cast, needed)
        return item


@dataclass(frozen=True)
class _Node:
    """A place of the schema."""

    name: str
    path: str
    schema: Mapping[str, Any]
    is_required: bool
    children: tuple["_Node", ...] = field(default=())
    item: "_Node | None" = None

    @property
    def is_leaf(self) -> bool:
        """Tell whether it holds one value."""
        return not self.children and self.item is None


def _node(path: str, schema: Mapping[str, Any], *, is_required: bool) -> _Node:
    required = {name for b in branches(schema) for name in b.get("required", ())}
    inside = f"{path}." if path else ""
    item = items(schema)
    return _Node(
        name=path.rpartition(".")[2],
        path=path,
        schema=schema,
        is_required=is_required,
        children=tuple(
            _node(f"{inside}{name}", child, is_required=name in required)
            for name, child in members(schema).items()
        ),
        item=_node(f"{path}[]", item, is_required=True) if item else None,
    )


def _places(node: "_Node") -> Iterator[tuple[str, "_Node"]]:
    yield node.path, node
    for child in (*node.children, *([node.item] if node.item else [])):
        yield from _places(child)


_Said = TypeVar("_Said")


def _said_of(path: str, said: Mapping[str, _Said], otherwise: _Said) -> _Said:
    """Give what is said of a path: of itself, or of all that end like it (`*.rfc`)."""
    if path in said:
        return said[path]
    parts = path.split(".")
    for n in range(max(0, len(parts) - LONGEST_END), len(parts)):
        end = f"*.{'.'.join(parts[n:])}"
        if end in said:
            return said[end]
    return otherwise


def _with_parents(paths: Iterable[str]) -> frozenset[str]:
    return frozenset(
        ".".join(steps[: n + 1])
        for steps in (path.split(".") for path in paths)
        for n in range(len(steps))
    )


def _by_schema(schema: Mapping[str, Any], cast: Cast) -> object:
    if "enum" in schema:
        return cast.random.choice([v for v in schema["enum"] if v is not None])
    kinds: Mapping[object, Draw] = {
        "integer": lambda c: _number(schema, c),
        "number": lambda c: float(_number(schema, c)),
        "boolean": lambda c: c.random.random() < 0.5,
        "object": lambda _: {},
        "array": lambda _: [],
    }
    kind = _kind(schema)
    return kinds[kind](cast) if kind in kinds else _text(schema, cast)


def _kind(schema: Mapping[str, Any]) -> str:
    """Give the type of what is invented; of several, the first that is not null."""
    kind = schema.get("type", "string")
    return kind if isinstance(kind, str) else next(k for k in kind if k != "null")


def _number(schema: Mapping[str, Any], cast: Cast) -> int:
    least = int(schema.get("minimum", 1))
    return cast.random.randint(least, int(schema.get("maximum", least + 99)))


def _text(schema: Mapping[str, Any], cast: Cast) -> object:
    if schema.get("format") == "date-time":
        return cast.moment
    if schema.get("format") == "date":
        return cast.moment[:10]
    return _cut(cast.remark, schema)


def _cut(value: object, schema: Mapping[str, Any]) -> object:
    return value[: schema.get("maxLength")] if isinstance(value, str) else value


def _unlike(values: Iterator[object]) -> list[object]:
    kept: list[object] = []
    for value in values:
        if value not in kept:
            kept.append(value)
    return kept
