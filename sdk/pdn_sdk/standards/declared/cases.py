"""When something holds of a record, or of a part of it.

Compiled into plain functions, because they run for every record that is loaded
and for every record that is served.
"""

from collections.abc import Callable, Sequence
from functools import reduce

from pdn_sdk.standards.model import Case
from pdn_sdk.standards.paths import steps, values_at

Test = Callable[[object], bool]


def any_case(cases: Sequence[Case]) -> Test:
    """Give the test that some case holds; without cases it always does."""
    tests = [_case(case) for case in cases]
    if not tests:
        return lambda _: True
    if len(tests) == 1:
        return tests[0]
    return lambda node: any(test(node) for test in tests)


def is_empty(value: object) -> bool:
    """Tell whether a value says nothing: null, blank, or without content."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or value in ({}, [])


def _case(case: Case) -> Test:
    tests = [_only(path, allowed) for path, allowed in case.only.items()]
    tests += [_some(path, wanted) for path, wanted in case.some.items()]
    tests += [_absent(path) for path in case.absent]
    return reduce(_both, tests)


def _both(one: Test, other: Test) -> Test:
    return lambda node: one(node) and other(node)


def _only(path: str, allowed: Sequence[object]) -> Test:
    """Give the test that a path reaches one value, and that it is allowed."""
    names = steps(path)
    if len(names) == 1 and "|" not in path:
        return lambda node: isinstance(node, dict) and node.get(path) in allowed
    if len(names) == 3 and names[1] == "[]":
        # The commonest test of all: the one key of a list of catalogue entries.
        listed, _, key = names

        def is_only(node: object) -> bool:
            entries = node.get(listed) if isinstance(node, dict) else None
            if not isinstance(entries, list) or len(entries) != 1:
                return False
            (entry,) = entries
            return isinstance(entry, dict) and entry.get(key) in allowed

        return is_only

    def test(node: object) -> bool:
        reached = list(values_at(node, path))
        return len(reached) == 1 and reached[0] in allowed

    return test


def _some(path: str, wanted: Sequence[object]) -> Test:
    return lambda node: any(value in wanted for value in values_at(node, path))


def _absent(path: str) -> Test:
    outer, is_plain = steps(path)[0], "|" not in path

    def is_absent(node: object) -> bool:
        if is_plain and isinstance(node, dict) and outer not in node:
            return True
        return all(map(is_empty, values_at(node, path)))

    return is_absent
