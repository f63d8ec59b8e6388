"""Rules that hold the parts of a record against one another.

Kinds: `ordered` (no later path is before an earlier one), `refers` (what the
first reaches is among what the others reach), `distinct` (nothing repeats within
one array), `not_negative`, `together` (where the first is, so are the others),
`at_least_as_many` (the first number is no less than how many the second
reaches), `present` (each path reaches something), `stages` (a value that begins
as `pairs` says has what it announces), `listed` (a value of `allowed`) and
`spelled` (no member has a name that `pairs` knows as a misspelling).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from pdn_sdk.standards.model import LoadRule
from pdn_sdk.standards.moments import instant
from pdn_sdk.standards.paths import first_at, located, values_at, written

Fault = tuple[str, object, str]
"""Where, relative to the scope; what is there; what is expected."""
Judge = Callable[[object], Iterator[Fault]]


def _ordered(rule: LoadRule) -> Judge:
    first, second = rule.paths

    def judge(node: object) -> Iterator[Fault]:
        begins, ends = first_at(node, first), first_at(node, second)
        if isinstance(begins, str) and isinstance(ends, str):
            start, end = instant(begins), instant(ends)
            if start is not None and end is not None and end < start:
                yield second, ends, f"{begins} o después"

    return judge


def _refers(rule: LoadRule) -> Judge:
    source, *targets = rule.paths

    def judge(node: object) -> Iterator[Fault]:
        known = {str(v) for path in targets for v in values_at(node, path)}
        for where, value in located(node, source):
            if str(value) not in known:
                yield where, value, f"uno de los que están en {', '.join(targets)}"

    return judge


def _distinct(rule: LoadRule) -> Judge:
    def judge(node: object) -> Iterator[Fault]:
        for path in rule.paths:
            found = [
                ((where.rpartition("[")[0], str(value)), where, value)
                for where, value in located(node, path)
            ]
            counted = Counter(key for key, _, _ in found)
            for key, where, value in found:
                if counted[key] > 1:
                    counted[key] = 0
                    yield where, value, "un valor que no se repita en su lista"

    return judge


def _not_negative(rule: LoadRule) -> Judge:
    def judge(node: object) -> Iterator[Fault]:
        for path in rule.paths:
            for where, value in located(node, path):
                if isinstance(value, int | float) and value < 0:
                    yield where, value, "0 o más"

    return judge


def _together(rule: LoadRule) -> Judge:
    first, *others = rule.paths

    def judge(node: object) -> Iterator[Fault]:
        if first_at(node, first) is not None:
            for path in others:
                if first_at(node, path) is None:
                    yield path, None, f"un dato, porque está {first}"

    return judge


def _at_least_as_many(rule: LoadRule) -> Judge:
    number, listed = rule.paths

    def judge(node: object) -> Iterator[Fault]:
        said, count = first_at(node, number), sum(1 for _ in values_at(node, listed))
        if isinstance(said, int | float) and said < count:
            yield number, said, f"{count:,} o más, los que están en {listed}"

    return judge


def _present(rule: LoadRule) -> Judge:
    def judge(node: object) -> Iterator[Fault]:
        for path in rule.paths:
            if first_at(node, path) is None:
                yield path, None, "un dato"

    return judge


def _stages(rule: LoadRule) -> Judge:
    def judge(node: object) -> Iterator[Fault]:
        for where, value in located(node, rule.paths[0]):
            for start, wanted in rule.pairs.items():
                if not str(value).startswith(start):
                    continue
                if all(first_at(node, path) is None for path in wanted):
                    yield where, value, f"{' o '.join(wanted)} en el registro"

    return judge


def _listed(rule: LoadRule) -> Judge:
    known = frozenset(rule.allowed)

    def judge(node: object) -> Iterator[Fault]:
        for path in rule.paths:
            for where, value in located(node, path):
                if isinstance(value, str) and value not in known:
                    yield where, value, f"uno de {', '.join(rule.allowed[:12])}…"

    return judge


def _spelled(rule: LoadRule) -> Judge:
    def judge(node: object) -> Iterator[Fault]:
        for where, name in _members(node, []):
            if name in rule.pairs:
                yield written(where), name, " o ".join(rule.pairs[name])

    return judge


def _members(
    node: object, where: list[str | int]
) -> Iterator[tuple[list[str | int], str]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield [*where, name], name
            yield from _members(value, [*where, name])
    elif isinstance(node, list):
        for n, value in enumerate(node):
            yield from _members(value, [*where, n])


KINDS: Mapping[str, Callable[[LoadRule], Judge]] = {
    "ordered": _ordered,
    "refers": _refers,
    "distinct": _distinct,
    "not_negative": _not_negative,
    "together": _together,
    "at_least_as_many": _at_least_as_many,
    "present": _present,
    "stages": _stages,
    "listed": _listed,
    "spelled": _spelled,
}
