"""What of a record is public: a list of what passes, never of what does not.

A projection is compiled against the schema, so that a member that the schema
does not have can neither be listed nor pass.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from pdn_sdk.errors import InvalidStandardError
from pdn_sdk.standards.declared.cases import Test, any_case
from pdn_sdk.standards.declared.schemas import Schema, items, members
from pdn_sdk.standards.model import Allowance, Dataset, PrivacyRule
from pdn_sdk.standards.paths import steps

_GONE: Final = object()


def projected(dataset: Dataset, record: object) -> object:
    """Give what passes of a record; the one given is not changed."""
    shown = _projected(_root(dataset), record)
    return {} if shown is _GONE else shown


def withheld(dataset: Dataset, record: object) -> list[tuple[str, str]]:
    """Give what a record shows and should not: the rule's id, and the path.

    The id is "" where no rule speaks of what is there.
    """
    if dataset.projection is None:
        return []
    if projected(dataset, record) == record:
        return []
    rules = dataset.projection.rules
    paths = dict.fromkeys(_dropped(_root(dataset), record, ""))
    return [(_rule_of(path, rules), path) for path in paths]


def publishable(dataset: Dataset) -> frozenset[str]:
    """Give every path that may be seen, perhaps only in some cases."""
    return frozenset(_leaves(_root(dataset), ""))


class _Node:
    """A place of the record: what passes below it, and in which case."""

    __slots__ = ("branches", "inside", "is_leaf", "item", "matches", "plans", "stays")

    def __init__(self) -> None:
        self.is_leaf = False
        self.matches: re.Pattern[str] | None = None
        self.inside: dict[str, _Node] = {}
        self.item: _Node | None = None
        self.stays: Test | None = None
        self.branches: list[tuple[Test, _Node]] = []
        self.plans: dict[int, dict[str, _Node]] = {}

    def plan(self, value: object) -> dict[str, "_Node"]:
        """Give what passes of this very value, by the cases that hold."""
        if not self.branches:
            return self.inside
        held = 0
        for n, (test, _) in enumerate(self.branches):
            held |= test(value) << n
        plan = self.plans.get(held)
        if plan is None:
            plan = self.plans[held] = self._merged(held).inside
        return plan

    def _merged(self, held: int) -> "_Node":
        whole = _copied(self)
        for n, (_, branch) in enumerate(self.branches):
            if held >> n & 1:
                _merge(whole, branch)
        return whole


def _projected(node: _Node, value: object) -> object:
    if isinstance(value, dict):
        if node.stays is not None and not node.stays(value):
            return _GONE
        shown: dict[str, object] = {}
        plan = node.plan(value)
        for name, inside in value.items():
            child = plan.get(name)
            if child is None:
                continue
            # Most values are texts that pass: they are spared the calls.
            if type(inside) is str and child.is_leaf and child.matches is None:
                shown[name] = inside
                continue
            seen = _passed(child, inside)
            if seen is not _GONE:
                shown[name] = seen
        return shown
    if isinstance(value, list) and node.item is not None:
        item = node.item
        seen_items = [_passed(item, inside) for inside in value]
        return [seen for seen in seen_items if seen is not _GONE]
    return _GONE


def _passed(node: _Node, value: object) -> object:
    if isinstance(value, dict | list):
        return _projected(node, value)
    if not node.is_leaf:
        return _GONE
    if node.matches is not None:
        is_fit = isinstance(value, str) and node.matches.fullmatch(value)
        return value if is_fit else _GONE
    return value


def _dropped(node: _Node, value: object, path: str) -> Iterator[str]:
    """Yield the paths that do not pass; not what lies inside of them."""
    below: list[tuple[_Node | None, object, str]]
    if isinstance(value, list) and node.item is not None:
        below = [(node.item, inside, f"{path}[]") for inside in value]
    elif isinstance(value, dict):
        plan = node.plan(value)
        start = f"{path}." if path else ""
        below = [(plan.get(n), inside, start + n) for n, inside in value.items()]
    else:
        return
    for child, inside, where in below:
        if child is None or _passed(child, inside) is _GONE:
            yield where
        else:
            yield from _dropped(child, inside, where)


def _rule_of(path: str, rules: tuple[PrivacyRule, ...]) -> str:
    name = steps(path)[-1]
    named = (r.id for r in rules if path in r.hides or name in r.names)
    return next(named, "")


@lru_cache(maxsize=256)
def _root(dataset: Dataset) -> _Node:
    declared = dataset.projection
    root = _Node()
    for allowance in declared.allowed if declared else ():
        at, schema = _reached(root, dataset.schema, allowance.at)
        _allow(at, schema, allowance)
    for stay in declared.staying if declared else ():
        node, _ = _reached(root, dataset.schema, stay.at)
        node.stays = any_case(stay.when)
    return root


def _allow(at: _Node, schema: Schema, allowance: Allowance) -> None:
    target = at
    if allowance.when:
        target = _Node()
        at.branches.append((any_case(allowance.when), target))
    pattern = re.compile(allowance.matches) if allowance.matches else None
    for path in allowance.members:
        node, inside = _reached(target, schema, path)
        _open(node, inside, pattern)


def _reached(node: _Node, schema: Schema, path: str) -> tuple[_Node, Schema]:
    """Give the node and the schema at a path, making the nodes on the way."""
    for step in steps(path) if path else ():
        below = items(schema) if step == "[]" else members(schema).get(step)
        if below is None:
            raise InvalidStandardError(
                f"projection.toml nombra «{path}», que el esquema no tiene."
            )
        schema = below
        if step == "[]":
            node.item = node.item or _Node()
            node = node.item
        else:
            node = node.inside.setdefault(step, _Node())
    return node, schema


def _open(node: _Node, schema: Schema, pattern: re.Pattern[str] | None) -> None:
    """Let everything pass that the schema has from here on."""
    inside, item = members(schema), items(schema)
    for name, below in inside.items():
        _open(node.inside.setdefault(name, _Node()), below, pattern)
    if item is not None:
        node.item = node.item or _Node()
        _open(node.item, item, pattern)
    if not inside and item is None:
        node.is_leaf, node.matches = True, pattern


def _copied(node: _Node) -> _Node:
    copy = _Node()
    copy.is_leaf, copy.matches, copy.stays = node.is_leaf, node.matches, node.stays
    copy.inside, copy.item = dict(node.inside), node.item
    copy.branches = list(node.branches)
    return copy


def _merge(whole: _Node, branch: _Node) -> None:
    if branch.is_leaf:
        whole.is_leaf, whole.matches = True, branch.matches
    whole.stays = whole.stays or branch.stays
    whole.branches += branch.branches
    for name, child in branch.inside.items():
        if name in whole.inside:
            whole.inside[name] = _copied(whole.inside[name])
            _merge(whole.inside[name], child)
        else:
            whole.inside[name] = child
    if branch.item is not None:
        whole.item = _copied(whole.item) if whole.item else _Node()
        _merge(whole.item, branch.item)


def _leaves(node: _Node, path: str) -> Iterator[str]:
    if node.is_leaf:
        yield path
    for name, child in node.inside.items():
        yield from _leaves(child, f"{path}.{name}" if path else name)
    if node.item is not None:
        yield from _leaves(node.item, f"{path}[]")
    for _, branch in node.branches:
        yield from _leaves(branch, path)
