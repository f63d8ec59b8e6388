"""When something holds of a record, or of a part of it.

Compiled into plain functions, because they run for every record that is loaded
and for every record that is served.
"""

from collections.abc import Callable, Sequence

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
    tests += [_absent(path) for path in case.absent]
    if len(tests) == 1:
        return tests[0]
    return lambda node: all(test(node) for test in tests)


def _only(path: str, allowed: Sequence[object]) -> Test:
    """Give the test that a path reaches one value, and that it is allowed."""
    is_plain = len(steps(path)) == 1 and "|" not in path
    if is_plain:
        return lambda node: isinstance(node, dict) and node.get(path) in allowed

    def test(node: object) -> bool:
        reached = list(values_at(node, path))
        return len(reached) == 1 and reached[0] in allowed

    return test


def _absent(path: str) -> Test:
    return lambda node: all(map(is_empty, values_at(node, path)))
