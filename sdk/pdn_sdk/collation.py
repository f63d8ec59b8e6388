"""How Spanish text is compared: folding for search, keys for order.

Imports nothing of ours. Storage, checks and the mapping share these two
functions, so that "the same text" means the same everywhere.
"""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=65_536)
def fold(text: str) -> str:
    """Reduce a text to what a search compares.

    NFKD without combining marks, except the tilde of ñ; case folded; blanks
    collapsed to one and trimmed. `fold("  MUÑOZ  Pérez ") == "muñoz perez"`.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    composed = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("ñ".join(map(_bare, composed.split("ñ"))).split())


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@lru_cache(maxsize=65_536)
def sort_key(text: str) -> str:
    """Give a key whose code-point (and UTF-8 byte) order is Spanish order.

    ñ sorts after n and before o; accents and then case break ties.
    """
    folded = fold(text)
    # "\x7f" is above every ASCII letter, so "ñ" falls between "nz" and "o";
    # "\x01" is below the blank, so a shorter text comes before a longer one.
    primary = folded.replace("ñ", "n\x7f")
    composed = " ".join(unicodedata.normalize("NFKC", text).split())
    return f"{primary}\x01{composed.casefold()}\x01{composed.swapcase()}"
