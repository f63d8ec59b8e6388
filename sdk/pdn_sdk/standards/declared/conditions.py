"""Rules of a record that depend on a case, each within a part of the record.

Kinds: `forbidden` (where the case holds nothing of `paths` is there), `needed`
(where it holds all of them are), `exclusive` (at most one of them is), `paired`
(the second is one of those that `pairs` gives the first) and `sum` (the first is
what the others add up to, within one unit); and those of consistency.py.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from pdn_sdk.standards.declared.cases import any_case, is_empty
from pdn_sdk.standards.declared.consistency import KINDS as CONSISTENCY
from pdn_sdk.standards.declared.consistency import Fault, Judge
from pdn_sdk.standards.model import LoadRule
from pdn_sdk.standards.paths import first_at, located, values_at

TOLERANCE = 1


def conditional(rule: LoadRule) -> Callable[[object], Iterator[Fault]]:
    """Give the faults of a record against a rule, with their whole places."""
    holds, judge, scope = any_case(rule.when), KINDS[rule.kind](rule), rule.scope

    def is_wrong(node: object) -> bool:
        return holds(node) and any(True for _ in judge(node))

    def faults(record: object) -> Iterator[Fault]:
        if not scope:
            yield from judge(record) if holds(record) else ()
        # The places are worked out only where something is wrong.
        elif any(map(is_wrong, values_at(record, scope))):
            for where, node in located(record, scope):
                for inside, value, expected in judge(node) if holds(node) else ():
                    yield f"{where}.{inside}", value, expected

    return faults


def _forbidden(rule: LoadRule) -> Judge:
    def judge(node: object) -> Iterator[Fault]:
        for path in rule.paths:
            for value in values_at(node, path):
                if not is_empty(value):
                    yield path, value, "nada: el campo se omite"

    return judge


def _needed(rule: LoadRule) -> Judge:
    def judge(node: object) -> Iterator[Fault]:
        for path in rule.paths:
            if all(map(is_empty, values_at(node, path))):
                yield path, None, "un dato"

    return judge


def _exclusive(rule: LoadRule) -> Judge:
    def judge(node: object) -> Iterator[Fault]:
        there = [
            path for path in rule.paths if not all(map(is_empty, values_at(node, path)))
        ]
        for path in there[1:]:
            yield path, first_at(node, path), f"sólo uno de {', '.join(rule.paths)}"

    return judge


def _paired(rule: LoadRule) -> Judge:
    outer, inner = rule.paths

    def judge(node: object) -> Iterator[Fault]:
        first, second = first_at(node, outer), first_at(node, inner)
        allowed = rule.pairs.get(first) if isinstance(first, str) else None
        if allowed is not None and second is not None and second not in allowed:
            yield inner, second, f"uno de {', '.join(allowed)}"

    return judge


def _sum(rule: LoadRule) -> Judge:
    total_path, *parts = rule.paths

    def judge(node: object) -> Iterator[Fault]:
        totals, found = numbers_at(node, [total_path]), numbers_at(node, parts)
        if totals and found and abs(sum(found) - totals[0]) > TOLERANCE:
            expected = f"{sum(found):,}, la suma de sus partes"
            yield total_path, totals[0], expected

    return judge


def numbers_at(node: object, paths: Sequence[str]) -> list[int | float]:
    """Give the numbers that some paths reach."""
    return [
        value
        for path in paths
        for value in values_at(node, path)
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]


KINDS: Mapping[str, Callable[[LoadRule], Judge]] = {
    "forbidden": _forbidden,
    "needed": _needed,
    "exclusive": _exclusive,
    "paired": _paired,
    "sum": _sum,
    **CONSISTENCY,
}
