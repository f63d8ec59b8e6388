"""Invented records of any dataset: valid, varied, and the same for a same seed.

The schema says what to fill, synthetic.toml of the standard with which fact,
the catalogues and load rules what is right. Imports validation and the cast.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from pdn_sdk.errors import InvalidStandardError
from pdn_sdk.standards.cast import Cast, several
from pdn_sdk.standards.load_rules import is_placeholder
from pdn_sdk.standards.model import CodedText, Dataset
from pdn_sdk.standards.validation import load_violations

USUAL_PRESENCE = 0.8
MOST_ITEMS = 3
CYCLE = 25
"""In each cycle one record has only what is required, and one has everything."""

Draw = Callable[[Cast], object]


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
        self._draws = {
            path: _draw(path, said) for path, said in plan.get("fields", {}).items()
        }
        self._presence: Mapping[str, float] = plan.get("presence", {})
        self._coded = {coded.path: coded for coded in dataset.coded_texts}
        self._alternatives = [
            [_with_parents([path]) for path in rule.paths]
            for rule in dataset.load_rules
            if rule.kind == "one_of"
        ]
        self._always = _with_parents(
            [
                *dataset.defaults,
                *(
                    path
                    for rule in dataset.load_rules
                    if rule.kind in {"not_empty", "not_blank"}
                    for path in rule.paths
                ),
            ]
        )
        self._root = _node("", dataset.schema, is_required=True)

    def filled(self, cast: Cast) -> dict[str, object]:
        needed = self._always.union(*map(cast.random.choice, self._alternatives))
        record = self._object(self._root, cast, needed)
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
                if is_kept or value not in (None, "", {}):
                    values[child.name] = value
        return values

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
            return _cut(draw(cast), node.schema)
        coded = self._coded.get(node.path) or self._coded.get(f"{node.path}[]")
        if coded is not None:
            return self._catalogued(node, coded, cast)
        if node.children:
            return self._object(node, cast, needed)
        if node.item is not None:
            count = cast.random.randint(1, MOST_ITEMS)
            return _unlike(self._value(node.item, cast, needed) for _ in range(count))
        return _by_schema(node.schema, cast)

    def _catalogued(self, node: "_Node", coded: CodedText, cast: Cast) -> object:
        entries = self._dataset.catalogs[coded.catalog]
        if coded.path.endswith("[]"):
            chosen = several(cast.random, entries, MOST_ITEMS)
            return [{coded.key: e.key, coded.text: e.text} for e in chosen]
        draw = self._draws.get(f"{node.path}.{coded.key}")
        wanted = draw(cast) if draw else cast.random.choice(entries).key
        return next(
            {coded.key: e.key, coded.text: e.text} for e in entries if e.key == wanted
        )


@dataclass(frozen=True)
class _Node:
    """A place of the schema."""

    name: str
    path: str
    schema: Mapping[str, Any]
    is_required: bool
    children: tuple["_Node", ...] = field(default=())
    item: "_Node | None" = None


def _node(path: str, schema: Mapping[str, Any], *, is_required: bool) -> _Node:
    required = schema.get("required", ())
    inside = f"{path}." if path else ""
    items = schema.get("items")
    return _Node(
        name=path.rpartition(".")[2],
        path=path,
        schema=schema,
        is_required=is_required,
        children=tuple(
            _node(f"{inside}{name}", child, is_required=name in required)
            for name, child in schema.get("properties", {}).items()
        ),
        item=_node(f"{path}[]", items, is_required=True) if items else None,
    )


def _with_parents(paths: Iterable[str]) -> frozenset[str]:
    return frozenset(
        ".".join(steps[: n + 1])
        for steps in (path.split(".") for path in paths)
        for n in range(len(steps))
    )


def _draw(path: str, said: str | Mapping[str, Any]) -> Draw:
    """Turn what synthetic.toml says of a path into a function of the cast."""
    if isinstance(said, str):
        said = {"fact": said}
    if "one_of" in said:
        choices = said["one_of"]
        return lambda cast: cast.random.choice(choices)
    fact, values = attrgetter(said["fact"]), said.get("values")

    def draw(cast: Cast) -> object:
        try:
            value = fact(cast)
        except AttributeError as error:
            raise InvalidStandardError(
                f"synthetic.toml llena «{path}» con «{said['fact']}», que no existe."
            ) from error
        return values[value] if values else value

    return draw


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
    named = schema.get("type", "string")
    kind = named if isinstance(named, str) else next(n for n in named if n != "null")
    return kinds[kind](cast) if kind in kinds else _text(schema, cast)


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
