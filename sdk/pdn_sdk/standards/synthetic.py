"""Invented records of any dataset: valid, varied, and the same for a same seed.

The schema says what to fill, synthetic.toml of the standard with which fact,
the catalogues and load rules what is right. Imports validation and the cast.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pdn_sdk.errors import InvalidStandardError
from pdn_sdk.standards.cast import Cast, several
from pdn_sdk.standards.drawing import Draw, Drawing
from pdn_sdk.standards.load_rules import is_placeholder
from pdn_sdk.standards.model import CodedText, Dataset
from pdn_sdk.standards.paths import put, values_at
from pdn_sdk.standards.validation import load_violations

USUAL_PRESENCE = 0.8
MOST_ITEMS = 3
CYCLE = 25
"""In each cycle one record has only what is required, and one has everything."""


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
        self._draws: dict[str, Draw] = {}
        self._presence: dict[str, float] = {}
        self._sizes: Mapping[str, list[int]] = plan.get("sizes", {})
        self._stages = [_Stage(self._drawing, s) for s in plan.get("stage", ())]
        self._extra = [_Extra(self._drawing, e) for e in plan.get("extra", ())]
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
                    if rule.kind == "not_empty"
                    for path in rule.paths
                ),
            ]
        )
        self._root = _node("", dataset.schema, is_required=True)
        self._say(self._root, plan.get("fields", {}), plan.get("presence", {}))

    def _say(
        self,
        node: "_Node",
        fields: Mapping[str, Any],
        presence: Mapping[str, float],
    ) -> None:
        """Look up what is said of each place, by its path or by its ending."""
        said = _said(fields, node.path)
        # `schema` takes back, for one place, what is said of all that end so.
        if said not in (None, "schema"):
            self._draws[node.path] = self._drawing.of(node.path, said, node.schema)
        likely = _said(presence, node.path)
        if likely is not None:
            self._presence[node.path] = likely
        for child in (*node.children, *filter(None, [node.item])):
            self._say(child, fields, presence)

    def filled(self, cast: Cast) -> dict[str, object]:
        needed = self._always.union(*map(cast.random.choice, self._alternatives))
        record = self._object(self._root, cast, needed)
        for later in (*self._stages, *self._extra):
            later.put(record, cast)
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

    def _is_present(self, node: "_Node", cast: Cast, needed: frozenset[str]) -> bool:
        if node.is_required or node.path in needed:
            return True
        place_in_cycle = cast.number % CYCLE
        if place_in_cycle < 2:
            return place_in_cycle == 1
        likely = self._presence.get(node.path, USUAL_PRESENCE)
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
            least, most = self._sizes.get(node.path, (1, MOST_ITEMS))
            count = cast.random.randint(least, most)
            return _unlike(self._items(node.item, cast, needed, count))
        return _by_schema(node.schema, cast)

    def _items(
        self, node: "_Node", cast: Cast, needed: frozenset[str], count: int
    ) -> Iterator[object]:
        for place in range(count):
            with cast.at(node.path.removesuffix("[]"), place):
                value = self._value(node, cast, needed)
            if value != {}:
                yield value

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


def _said(table: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - data of the file
    """Give what a table says of a path: by itself, or by its longest ending."""
    if path in table:
        return table[path]
    steps = path.split(".")
    endings = (f"*.{'.'.join(steps[n:])}" for n in range(len(steps)))
    return next((table[ending] for ending in endings if ending in table), None)


class _Stage:
    """A field that says what else the record has: it is filled at the end."""

    def __init__(self, drawing: Drawing, said: Mapping[str, Any]) -> None:
        self._path = said["path"]
        self._cases = [
            (case["has"], drawing.of(self._path, case)) for case in said["case"]
        ]

    def put(self, record: dict[str, object], cast: Cast) -> None:
        for has, draw in self._cases:
            if not has or any(True for _ in values_at(record, has)):
                put(record, self._path, draw(cast))
                return


class _Extra:
    """A member that the schema does not have, put where its holder is."""

    def __init__(self, drawing: Drawing, said: Mapping[str, Any]) -> None:
        self._holder, self._name = said["holder"], said["name"]
        self._likely = said.get("presence", USUAL_PRESENCE)
        self._draw = drawing.of(f"{self._holder}.{self._name}", said)

    def put(self, record: dict[str, object], cast: Cast) -> None:
        array, many, inner = self._holder.partition("[]")
        items = values_at(record, f"{array}{many}") if many else [record]
        rest = inner.removeprefix(".") if many else self._holder
        for n, item in enumerate(items):
            with cast.at(array, n):
                for holder in values_at(item, rest) if rest else [item]:
                    self._give(holder, cast)

    def _give(self, holder: object, cast: Cast) -> None:
        if isinstance(holder, dict) and cast.random.random() < self._likely:
            holder[self._name] = self._draw(cast)


def _with_parents(paths: Iterable[str]) -> frozenset[str]:
    return frozenset(
        ".".join(steps[: n + 1])
        for steps in (path.split(".") for path in paths)
        for n in range(len(steps))
    )


def _by_schema(schema: Mapping[str, Any], cast: Cast) -> object:
    if "enum" in schema:
        return cast.random.choice([e for e in schema["enum"] if e is not None])
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
