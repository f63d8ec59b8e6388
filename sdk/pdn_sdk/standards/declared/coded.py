"""Every catalogue key of a record found in one pass, however many places there are.

A large record has dozens of places for keys; looking for each by its own path
would walk the same objects again and again.
"""

from collections.abc import Callable, Iterator, Sequence

from pdn_sdk.standards.model import CodedText
from pdn_sdk.standards.paths import Nodes, chooser, steps


class CodedPlaces:
    """The places of some coded texts, joined into one tree."""

    def __init__(self, coded: Sequence[CodedText]) -> None:
        """Join the paths, each known by its number in the sequence."""
        self._root = _Branch()
        for number, one in enumerate(coded):
            branch = self._root
            for step in steps(one.path):
                branch = branch.below(step)
            branch.numbers.append(number)

    def items(self, record: object) -> Iterator[tuple[int, dict[str, object]]]:
        """Yield each object that holds a key, with the number of its coded text."""
        return _items(self._root, record)


class _Branch:
    __slots__ = ("inside", "lists", "numbers")

    def __init__(self) -> None:
        self.inside: dict[str, _Branch] = {}
        self.lists: list[tuple[Callable[[Nodes], Nodes], _Branch]] = []
        self.numbers: list[int] = []

    def below(self, step: str) -> "_Branch":
        """Give the branch of a step, growing it where there is none."""
        if step not in self.inside:
            self.inside[step] = _Branch()
            if step.startswith("["):
                self.lists.append((chooser(step), self.inside[step]))
        return self.inside[step]


def _items(branch: _Branch, value: object) -> Iterator[tuple[int, dict[str, object]]]:
    if isinstance(value, dict):
        for number in branch.numbers:
            yield number, value
        for name, below in branch.inside.items():
            inside = value.get(name)
            if inside is not None:
                yield from _items(below, inside)
    elif isinstance(value, list):
        for choose, below in branch.lists:
            for item in choose([value]):
                yield from _items(below, item)
