"""What makes an invented record obey a conditional rule, instead of breaking it.

The record is changed in place, which is why only invented ones are amended.
"""

from collections.abc import Callable
from random import Random

from pdn_sdk.standards.declared.cases import any_case, is_empty
from pdn_sdk.standards.declared.conditions import numbers_at
from pdn_sdk.standards.model import LoadRule
from pdn_sdk.standards.paths import first_at, steps, values_at

Fill = Callable[[str], object]
"""Gives a value for a path of the dataset, or None where it has none."""
Amend = Callable[[LoadRule, dict[str, object], Random, Fill], None]


Amended = Callable[[dict[str, object], Random, Fill], None]


def amender(rule: LoadRule) -> Amended:
    """Give what makes a record obey a conditional rule."""
    amend, holds, scope = AMENDS[rule.kind], any_case(rule.when), rule.scope

    def amended(record: dict[str, object], random: Random, fill: Fill) -> None:
        places = list(values_at(record, scope)) if scope else [record]
        for node in places:
            if isinstance(node, dict) and holds(node):
                amend(rule, node, random, fill)

    return amended


def _forbid(rule: LoadRule, node: dict[str, object], _: Random, __: Fill) -> None:
    for path in rule.paths:
        _discard(node, path)


def _need(rule: LoadRule, node: dict[str, object], _: Random, fill: Fill) -> None:
    for path in rule.paths:
        for one in path.split("|"):
            inside = steps(one)
            # The object that lacks comes whole: its members belong together.
            for n in range(1, len(inside) + 1):
                part = ".".join(inside[:n])
                if not is_empty(first_at(node, part)):
                    continue
                value = fill(f"{rule.scope}.{part}" if rule.scope else part)
                if value is not None:
                    _set(node, part, value)


def _keep_one(rule: LoadRule, node: dict[str, object], random: Random, _: Fill) -> None:
    there = [p for p in rule.paths if not all(map(is_empty, values_at(node, p)))]
    kept = random.choice(there) if there else ""
    for path in there:
        if path != kept:
            _discard(node, path)


def _pair(rule: LoadRule, node: dict[str, object], random: Random, _: Fill) -> None:
    outer, inner = rule.paths
    first, second = first_at(node, outer), first_at(node, inner)
    allowed = rule.pairs.get(first) if isinstance(first, str) else None
    if allowed and second is not None and second not in allowed:
        # The text belongs to the other key: whoever prepares the record gives it.
        holder = inner.rpartition(".")[0]
        _set(node, holder or inner, {})
        _set(node, inner, random.choice(allowed))


def _add_up(rule: LoadRule, node: dict[str, object], _: Random, __: Fill) -> None:
    total, *parts = rule.paths
    found = numbers_at(node, parts)
    for path in total.split("|"):
        if found and numbers_at(node, [path]):
            _set(node, path, sum(found))


AMENDS: dict[str, Amend] = {
    "forbidden": _forbid,
    "needed": _need,
    "exclusive": _keep_one,
    "paired": _pair,
    "sum": _add_up,
}


def _discard(node: dict[str, object], path: str) -> None:
    *outer, last = steps(path)
    for holder in list(values_at(node, ".".join(outer))) if outer else [node]:
        if isinstance(holder, dict):
            holder.pop(last, None)


def _set(node: dict[str, object], path: str, value: object) -> None:
    *outer, last = steps(path)
    for name in outer:
        inside = node.setdefault(name, {})
        if not isinstance(inside, dict):
            return
        node = inside
    node[last] = value
