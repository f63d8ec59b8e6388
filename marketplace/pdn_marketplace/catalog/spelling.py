"""Typing mistakes: the nearest words that the catalogue does have. Pure.

Only asked when a search finds nothing, so that a right search costs nothing more.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

# Below this, words of one root that mean different things begin to be taken
# for each other (measured on the words of the 22 resources).
NEARNESS = 0.75
MIN_CHARS = 4


def corrected(words: Sequence[str], texts: Iterable[str]) -> tuple[str, ...]:
    """Give the words with those unknown changed for the nearest known ones.

    All are folded. A word is known where some text contains it. Gives nothing
    where no word can be bettered.
    """
    known = list(texts)
    vocabulary = sorted({word for text in known for word in text.split()})
    better = tuple(_nearest(word, known, vocabulary) for word in words)
    return better if better != tuple(words) else ()


def _nearest(word: str, texts: Sequence[str], vocabulary: Sequence[str]) -> str:
    if len(word) < MIN_CHARS or any(word in text for text in texts):
        return word
    near = get_close_matches(word, vocabulary, n=1, cutoff=NEARNESS)
    return near[0] if near else word
