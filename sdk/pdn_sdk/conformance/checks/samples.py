"""The provider's own records, as the values that the checks try.

May import the vocabulary of checks, the model of a standard and the folding of
text.
"""

import random
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence

from pdn_sdk.checking import Answer, Api, NotTriedError
from pdn_sdk.collation import fold
from pdn_sdk.standards.model import Dataset, FilterField, Operator
from pdn_sdk.standards.paths import values_at

Record = Mapping[str, object]

NONSENSE = "qzxwkvj"
"""A text that no record of a real institution holds."""
ODD = set("()[]'’.,&/-\"")
SEED = 20260101
LONG_WALK = 10
"""Pages."""
ANY_MORE = 1
"""Values taken by chance, always the same, after those picked for difficulty."""


def records(api: Api) -> Sequence[Record]:
    """Give the records at hand.

    Raises: NotTriedError where the provider holds none.
    """
    found = api.walk().records
    if not found:
        raise NotTriedError("No hay registros con los que probar.")
    return found


def is_whole(api: Api) -> bool:
    """Tell whether the records at hand are all there are, so that counts compare."""
    return is_known(api) and api.total() == api.walk().total


def is_known(api: Api) -> bool:
    """Tell whether the walk read every record, without asking again."""
    walk = api.walk()
    return walk.complete and len(walk.records) == walk.total


def has_walked_far(api: Api) -> bool:
    """Tell whether the walk spent so many requests that other checks must save some."""
    return len(api.walk().exchanges) > LONG_WALK


def identity(dataset: Dataset, record: Record) -> object:
    """Give the id of a record, or None."""
    return next(values_at(record, dataset.identity), None)


def texts_at(record: Record, path: str) -> Iterator[str]:
    """Yield the texts that are not blank at a path."""
    for value in values_at(record, path):
        if isinstance(value, str) and value.strip():
            yield value


def samples(api: Api, declared: FilterField) -> list[str]:
    """Give the distinct values of a text filter, in the order they appear.

    Raises: NotTriedError where no record shows one.
    """
    found = (v for r in records(api) for v in texts_at(r, declared.path))
    values = list(dict.fromkeys(found))
    if not values:
        raise NotTriedError(f"Ningún registro muestra un valor para «{declared.name}».")
    return values


def sample(
    api: Api, declared: FilterField, suits: Callable[[str], object], what: str
) -> str:
    """Give the first value of a filter that suits.

    Raises: NotTriedError where there is none; `what` says what was looked for.
    """
    for value in samples(api, declared):
        if suits(value):
            return value
    raise NotTriedError(f"Ningún valor de «{declared.name}» {what}.")


def holders(api: Api, declared: FilterField, value: str) -> int:
    """Count the records seen whose text is exactly the value."""
    return sum(value in texts_at(r, declared.path) for r in records(api))


def filters(dataset: Dataset, *operators: Operator) -> list[FilterField]:
    """Give the filters with those operators that every provider must have."""
    return [f for f in dataset.filters if f.operator in operators and not f.optional]


def first_filter(dataset: Dataset, operator: Operator) -> FilterField:
    """Give the first filter with that operator.

    Raises: NotTriedError where the dataset has none.
    """
    for declared in filters(dataset, operator):
        return declared
    raise NotTriedError("Este conjunto de datos no tiene filtros de ese tipo.")


def loosely(text: str) -> str:
    """Fold further: ñ as n, so that either reading of ñ is accepted."""
    return fold(text).replace("ñ", "n")


def holds(record: Record, declared: FilterField, value: str) -> bool:
    """Tell whether a record answers to a text filter, read loosely."""
    wanted = loosely(value)
    return any(wanted in loosely(t) for t in texts_at(record, declared.path))


def strangers(answer: Answer, declared: FilterField, value: str) -> list[str]:
    """Give what the records that do not answer to a filter hold there."""
    return [
        ", ".join(texts_at(r, declared.path)) or "(vacío)"
        for r in answer.results
        if not holds(r, declared, value)
    ]


def bare(text: str) -> str:
    """Drop the accents of a text, keeping its case and its ñ."""
    decomposed = unicodedata.normalize("NFD", text)
    kept = (
        c
        for before, c in zip("\0" + decomposed, decomposed, strict=False)
        if not unicodedata.combining(c) or (c == "\u0303" and before in "nN")
    )
    return unicodedata.normalize("NFC", "".join(kept))


def is_plain(text: str) -> bool:
    """Tell whether a text has vowels and nothing beyond ASCII."""
    return text.isascii() and any(c in "aeiouAEIOU" for c in text)


def difficult(values: Sequence[str]) -> list[str]:
    """Give the values that are most likely to be searched wrongly, then any others.

    One for each sign, and one each plain, in capitals, with double blanks, with
    accents (in capitals, in small letters, with diaeresis), of one and several
    words.
    """
    kinds: list[Callable[[str], object]] = [
        is_plain,
        *(lambda v, sign=sign: sign in v for sign in "'(.-,&/[’\""),
        lambda v: "  " in v,
        lambda v: any(c.isupper() and bare(c) != c for c in v),
        lambda v: any(c.islower() and bare(c) != c for c in v),
        lambda v: "ü" in v.lower(),
        lambda v: v[:1].islower(),
        lambda v: len(v) < 4,
    ]
    chosen = [next(filter(kind, values), None) for kind in kinds]
    rest = sorted(set(values))
    random.Random(SEED).shuffle(rest)  # noqa: S311 - a choice of samples, no secret
    some = dict.fromkeys(v for v in chosen if v is not None)
    more = [v for v in rest if v not in some][:ANY_MORE]
    return [*some, *more]
