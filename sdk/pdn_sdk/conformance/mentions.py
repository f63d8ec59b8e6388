"""What the text of a finding speaks of: records, by their id, and places. Pure.

A check says what it found in a sentence: `«14»: resolucion.fecha: falta; «15»: …`.
Evidence keeps the record that is named, and a report marks the place in it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_QUOTED = re.compile(r"«([^»]{1,80})»")
_RECORD = re.compile(r"«([^»]{1,80})»: ")
_PATH = re.compile(r"[A-Za-zÁÉÍÓÚáéíóúñÑ_]+(?:\[\d+\])?(?:\.[A-Za-zñÑ_]+(?:\[\d+\])?)+")
_CAMEL = re.compile(r"\b[a-zñ_]+[A-ZÑ_][A-Za-zñÑ_]*\b|\b[a-z]+\[\d+\]")


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a text names: `paths` in the answer, and `words` that may be in it."""

    paths: tuple[str, ...]
    words: tuple[str, ...]

    @classmethod
    def of(cls, told: str) -> "Mentions":
        """Read a text."""
        paths = dict.fromkeys(_PATH.findall(told))
        words = dict.fromkeys([*_QUOTED.findall(told), *_CAMEL.findall(told)])
        return cls(tuple(paths), tuple(words))


def quoted(told: str) -> tuple[str, ...]:
    """Give what a text has between quotation marks, in its order."""
    return tuple(dict.fromkeys(_QUOTED.findall(told)))


def about(told: str, shown: Iterable[str]) -> str:
    """Give the part of a text about the first record that is among the shown.

    The whole text where it speaks of none of them.
    """
    values = frozenset(shown)
    found = list(_RECORD.finditer(told))
    ends = [following.start() for following in found[1:]] + [len(told)]
    parts = {
        start[1]: told[start.start() : end]
        for start, end in zip(found, ends, strict=False)
    }
    return next((part for name, part in parts.items() if name in values), told)


def steps(path: str) -> Sequence[str]:
    """Cut a path into the names of its members and the places in its lists."""
    return re.findall(r"[^.\[\]]+", path)
