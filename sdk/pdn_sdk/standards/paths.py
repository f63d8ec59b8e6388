"""Paths inside a record: `a.b` is a member of a member, `a[].b` of each item.

`a.b|c.d` reads several places as one: first what `a.b` reaches, then `c.d`.
`a[0].b` takes one item of an array, `a[b=x].c` those items whose `b` is, or
holds, that text, and `a[b~persona].c` those whose `b` has a shape named here.
Imports nothing of ours.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

_QUESTION = re.compile("([=~])")
SHAPES = {
    "persona": re.compile(
        r"[A-ZÑ&]{4}[0-9]{6}[A-Z0-9]{3}|[A-Z]{4}[0-9]{6}[HMX][A-Z]{5}[A-Z0-9][0-9]"
    )
}
"""`persona`: the RFC (13 characters) or the CURP of a natural person."""

_STEP = re.compile(r"\[[^\]]*\]|[^.\[]+")


@lru_cache(maxsize=4096)
def steps(path: str) -> tuple[str, ...]:
    """Split a path into member names; an array shows as a step in brackets."""
    return tuple(_STEP.findall(path))


def has_many(path: str) -> bool:
    """Tell whether a path may reach several values."""
    return any(s.startswith("[") and not s[1:-1].isdigit() for s in steps(path))


@lru_cache(maxsize=4096)
def _question(step: str) -> Callable[[object], bool]:
    """Give what tells whether an item has what a step like `[a=b]` asks."""
    path, sign, wanted = _QUESTION.split(step[1:-1], maxsplit=1)
    matches = SHAPES[wanted].fullmatch if sign == "~" else None
    follow = following(path)

    def answer(item: object) -> bool:
        for value in follow(item):
            if matches is not None:
                if isinstance(value, str) and matches(value):
                    return True
            elif wanted in value if isinstance(value, list) else value == wanted:
                return True
        return False

    return answer


@lru_cache(maxsize=4096)
def alternatives(path: str) -> tuple[tuple[str, ...], ...]:
    """Split `a.b|c.d` into the steps of each of its paths."""
    return tuple(map(steps, path.split("|")))


def values_at(record: object, path: str) -> Iterator[object]:
    """Yield every value that the path reaches; nothing where it breaks off."""
    return iter(following(path)(record))


Nodes = Sequence[object]
Follow = Callable[[object], Nodes]


@lru_cache(maxsize=4096)
def following(path: str) -> Follow:
    """Give what finds every value that the path reaches, worked out once."""
    ways = [_way(whole) for whole in alternatives(path)]
    if len(ways) == 1:
        return ways[0]
    return lambda record: [value for way in ways for value in way(record)]


def _way(whole: Sequence[str]) -> Follow:
    arrays = (n for n, step in enumerate(whole) if step.startswith("["))
    plain = next(arrays, len(whole))
    names = whole[:plain]
    if plain < len(whole):
        return _through_arrays(names, whole[plain:])
    if len(names) == 1:
        (only,) = names
        return lambda node: (
            (node[only],) if isinstance(node, dict) and only in node else ()
        )

    def follow(node: object) -> Nodes:
        for name in names:
            if not isinstance(node, dict) or name not in node:
                return ()
            node = node[name]
        return (node,)

    return follow


def _through_arrays(names: Sequence[str], whole: Sequence[str]) -> Follow:
    """Follow some names to an array, and from there every step."""
    rest = [(s, _chooser(s) if s.startswith("[") else None) for s in whole]

    def follow(node: object) -> Nodes:
        for name in names:
            if not isinstance(node, dict) or name not in node:
                return ()
            node = node[name]
        nodes: Nodes = (node,)
        for step, choose in rest:
            if choose is not None:
                nodes = choose(nodes)
            else:
                nodes = [n[step] for n in nodes if isinstance(n, dict) and step in n]
            if not nodes:
                break
        return nodes

    return follow


def _chooser(step: str) -> Callable[[Nodes], Nodes]:
    """Give what takes, of some arrays, the items that a step in brackets asks."""
    which = step[1:-1]
    if not which:
        return lambda nodes: [i for n in nodes if isinstance(n, list) for i in n]
    if which.isdigit():
        at = slice(int(which), int(which) + 1)
        return lambda nodes: [i for n in nodes if isinstance(n, list) for i in n[at]]
    asks = _question(step)
    return lambda nodes: [i for n in nodes if isinstance(n, list) for i in n if asks(i)]


def first_at(record: object, path: str) -> object | None:
    """Give the first value that the path reaches, or None."""
    found = following(path)(record)
    return found[0] if found else None


Reached = list[tuple[int, object]]


def all_at(paths: Sequence[str]) -> Callable[[object], Reached]:
    """Give what walks many paths at once: the number of the path, and a value.

    Members that are null are left out. Each path by itself would start again from
    the root.
    """
    root = _Fork()
    for number, path in enumerate(paths):
        for way in alternatives(path):
            root.add(way, number)

    def gather(record: object) -> Reached:
        found: Reached = []
        root.walk(record, found)
        return found

    return gather


class _Fork:
    """A place that some paths pass through or end at."""

    __slots__ = ("ending", "items", "members")

    def __init__(self) -> None:
        self.ending: list[int] = []
        self.members: dict[str, _Fork] = {}
        self.items: dict[str, tuple[Callable[[Nodes], Nodes], _Fork]] = {}

    def add(self, way: Sequence[str], number: int) -> None:
        if not way:
            self.ending.append(number)
            return
        step, *rest = way
        if step.startswith("["):
            _, below = self.items.setdefault(step, (_chooser(step), _Fork()))
        else:
            below = self.members.setdefault(step, _Fork())
        below.add(rest, number)

    def walk(self, value: object, found: Reached) -> None:
        for number in self.ending:
            found.append((number, value))
        if isinstance(value, dict):
            for name, below in self.members.items():
                inside = value.get(name)
                if inside is not None:
                    below.walk(inside, found)
        elif isinstance(value, list):
            for step, (choose, below) in self.items.items():
                for item in value if step == "[]" else choose((value,)):
                    below.walk(item, found)


def without(record: object, path: str) -> object:
    """Copy a record leaving out what the path reaches.

    Only the containers on the way are copied; an untouched record is returned
    as it is.
    """
    return _drop(record, steps(path))


Trie = Mapping[str, "Trie"]
"""Steps → what comes after them; nothing after the last one."""


def trie(paths: Sequence[str]) -> Trie:
    """Gather paths by the steps that they begin with, to drop them together."""
    root: dict[str, dict] = {}  # type: ignore[type-arg] # it holds itself
    for path in paths:
        node = root
        for step in steps(path):
            node = node.setdefault(step, {})
    return root


def without_all(node: object, dropped: Trie) -> object:
    """Copy a record leaving out what some paths reach, as it was before.

    Only the containers on the way are copied; an untouched record is returned
    as it is.
    """
    if isinstance(node, dict):
        return _dict_without(node, dropped)
    return _list_without(node, dropped) if isinstance(node, list) else node


def _dict_without(node: dict[str, object], dropped: Trie) -> dict[str, object]:
    changed: dict[str, object] | None = None
    for name, rest in dropped.items():
        if name in node:
            inside = without_all(node[name], rest) if rest else None
            if not rest or inside is not node[name]:
                changed = dict(node) if changed is None else changed
                if rest:
                    changed[name] = inside
                else:
                    del changed[name]
    return node if changed is None else changed


def _list_without(node: list[object], dropped: Trie) -> list[object]:
    kept = []
    is_same = True
    for n, item in enumerate(node):
        seen = item
        for step, rest in dropped.items():
            if _takes(step, n, item):
                seen = without_all(seen, rest)
        is_same = is_same and seen is item
        kept.append(seen)
    return node if is_same else kept


def _takes(step: str, n: int, item: object) -> bool:
    if not step.startswith("["):
        return False
    which = step[1:-1]
    if which.isdigit():
        return int(which) == n
    return not which or _question(step)(item)


def _drop(node: object, rest: tuple[str, ...]) -> object:
    if rest[0].startswith("["):
        return _drop_in_items(node, rest)
    if not isinstance(node, dict) or rest[0] not in node:
        return node
    if len(rest) == 1:
        return {k: v for k, v in node.items() if k != rest[0]}
    inside = _drop(node[rest[0]], rest[1:])
    return node if inside is node[rest[0]] else {**node, rest[0]: inside}


def _drop_in_items(node: object, rest: tuple[str, ...]) -> object:
    if not isinstance(node, list):
        return node
    taken = {id(item) for item in _chooser(rest[0])([node])}
    dropped = [_drop(i, rest[1:]) if id(i) in taken else i for i in node]
    same = all(new is old for new, old in zip(dropped, node, strict=True))
    return node if same else dropped


def put(record: dict[str, object], path: str, value: object) -> None:
    """Set a value at a path without arrays, making the objects on the way.

    Raises: TypeError where something on the way is not an object.
    """
    *parents, last = steps(path)
    node = record
    for name in parents:
        child = node.setdefault(name, {})
        if not isinstance(child, dict):
            raise TypeError(path)
        node = child
    node[last] = value


def located(record: object, path: str) -> Iterator[tuple[str, object]]:
    """Yield what a path reaches, each with its own place: `lista[0]`."""
    for one in path.split("|"):
        yield from _located(record, one)


def _located(record: object, path: str) -> Iterator[tuple[str, object]]:
    places: list[tuple[list[str | int], object]] = [([], record)]
    for step in steps(path):
        places = [
            ([*where, name], inside)
            for where, node in places
            for name, inside in _reached(node, step)
        ]
    return ((written(where), value) for where, value in places)


def _reached(node: object, step: str) -> Iterator[tuple[str | int, object]]:
    if step.startswith("["):
        taken = {id(item) for item in _chooser(step)([node])}
        items = node if isinstance(node, list) else ()
        yield from ((n, item) for n, item in enumerate(items) if id(item) in taken)
    elif isinstance(node, dict) and step in node:
        yield step, node[step]


def written(where: Sequence[str | int]) -> str:
    """Write the steps to a place as one path: `lista[0].campo`."""
    path = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in where)
    return path.removeprefix(".")
