"""Which pages a run reads: all where they are few, else a seeded choice. Pure."""

import hashlib
import math
import random
from collections.abc import Iterable, Mapping, Sequence

import orjson

from pdn_sdk.checking import Walk

SEED = 20260101
"""Fixed, so that two runs on the same data read the same pages."""
CERTAINTY = 0.95


def chosen_pages(last: int, most: int) -> list[int]:
    """Give the pages to read, in order: the first, the last and some between."""
    if last <= most:
        return list(range(1, last + 1))
    between = random.Random(SEED).sample(  # noqa: S311 - a choice of pages, no secret
        range(2, last), most - 2
    )
    return [1, *sorted(between), last]


def coverage(read: int, total: int) -> dict[str, int]:
    """Say how much was read, and how rare a flaw may be and still be seen.

    Shape: {"read", "seed", "one_in"}: with the certainty of `CERTAINTY` a flaw in
    one of so many records was seen. Nothing where every record was read.
    """
    if read >= total or not read:
        return {}
    one_in = math.floor(1 / (1 - (1 - CERTAINTY) ** (1 / read)))
    return {"read": read, "seed": SEED, "one_in": max(1, one_in)}


def told(walks: Iterable[Walk]) -> Mapping[str, object]:
    """Tell which data some walks saw; nothing where there was none.

    Shape: {"records": total, "fingerprint": 16 hexadecimal digits}, and what
    `coverage` says where not all were read. The fingerprint does not depend on the
    order of the records.
    """
    longest = max(walks, key=lambda walk: len(walk.records), default=None)
    if longest is None:
        return {}
    digests = sorted(
        hashlib.sha256(orjson.dumps(r, option=orjson.OPT_SORT_KEYS)).digest()
        for r in longest.records
    )
    together = hashlib.sha256(b"".join(digests)).hexdigest()[:16]
    read = coverage(len(longest.records), longest.total)
    return {"records": longest.total, "fingerprint": together, **read}


def sentence(seen: Sequence[tuple[int, int]]) -> str:
    """Say in Spanish that only a part of the records was read; "" where all were."""
    partly = [(read, total) for read, total in seen if 0 < read < total]
    if not partly:
        return ""
    read, total = min(partly)
    rarity = coverage(read, total)["one_in"]
    return (
        f"Se leyeron {read:,} de {total:,} registros, elegidos con la semilla "
        f"{SEED}: una falla que esté en 1 de cada {rarity:,} se habría visto con "
        f"{CERTAINTY:.0%} de certeza."
    )
