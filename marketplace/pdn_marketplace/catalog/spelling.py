"""Typing mistakes: the nearest words that the catalogue does have. Pure.

Only asked when a search finds nothing, so that a right search costs nothing more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

# Below this, words of one root that mean different things begin to be taken
# for each other (measured on the words of the 22 resources).
NEARNESS = 0.75
MIN_CHARS = 4


@dataclass(frozen=True, slots=True)
class Words:
    """The words of some texts. `whole` has them all, one to a line.

    Nobody means a number when a word is typed, so those are no corrections.
    """

    whole: str
    in_order: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Words":
        """Take the words out of folded texts."""
        found = sorted({word for text in texts for word in text.split()})
        named = tuple(word for word in found if not any(c.isdigit() for c in word))
        return cls("\n".join(found), named)


def corrected(words: Sequence[str], known: Words) -> tuple[str, ...]:
    """Give the words with those unknown changed for the nearest known ones.

    All are folded. A word is known where some other contains it. Gives nothing
    where no word can be bettered.
    """
    better = tuple(_nearest(word, known) for word in words)
    return better if better != tuple(words) else ()


def _nearest(word: str, known: Words) -> str:
    if len(word) < MIN_CHARS or word in known.whole:
        return word
    # What is much shorter or longer cannot be so near: it is not even compared.
    shortest = len(word) * NEARNESS / (2 - NEARNESS)
    longest = len(word) * (2 - NEARNESS) / NEARNESS
    alike = [w for w in known.in_order if shortest <= len(w) <= longest]
    near = get_close_matches(word, alike, n=1, cutoff=NEARNESS)
    return near[0] if near else word
