"""Which standards try what is common to all of them: S2, and another in turn.

A whole run of each in five standards would take longer than an integration may
last; `make mutants` tries everything in every one.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from pdn_sdk.practice.terms import S2, Terms

N = TypeVar("N")


def dealt(
    pairs: Sequence[tuple[Terms, N]], alike: Callable[[N], Hashable]
) -> list[tuple[Terms, N]]:
    """Leave each thing in S2, if S2 has it, and in one of its other standards.

    What is `alike` is the same thing in several standards.
    """
    others: dict[Hashable, list[Terms]] = {}
    for terms, thing in pairs:
        if terms is not S2:
            others.setdefault(alike(thing), []).append(terms)
    turns = {
        thing: having[turn % len(having)]
        for turn, (thing, having) in enumerate(others.items())
    }
    return [
        (terms, thing)
        for terms, thing in pairs
        if terms is S2 or terms is turns[alike(thing)]
    ]
