"""Invented people: names, and the RFC and CURP that follow from them.

Owns the two official algorithms: letters, homoclave and check digits as the
SAT and RENAPO define them. Imports nothing of ours.
"""

import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from itertools import pairwise

_VOWELS = "AEIOU"
_HOMOCLAVE_VALUES = {
    **{c: n for n, c in enumerate("0123456789&")},
    **{c: n for n, c in enumerate("ABCDEFGHI", start=11)},
    **{c: n for n, c in enumerate("JKLMNOPQR", start=21)},
    **{c: n for n, c in enumerate("STUVWXYZÑ", start=32)},
    " ": 0,
}
_HOMOCLAVE_DIGITS = "123456789ABCDEFGHIJKLMNPQRSTUVWXYZ"
_RFC_DIGITS = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"
_CURP_DIGITS = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist.

    `sex` is H or M as the CURP writes it, `gender` adds X; `second_surname` is
    "" for whoever has only one; `state` is the two letters of the CURP.
    """

    given: str
    first_surname: str
    second_surname: str
    sex: str
    gender: str
    born: date
    state: str
    post: str
    level: str

    @cached_property
    def rfc(self) -> str:
        """The 13 characters of the RFC of a natural person."""
        return rfc(self.given, self.first_surname, self.second_surname, self.born)

    @cached_property
    def curp(self) -> str:
        """The 18 characters of the CURP."""
        surnames = self.first_surname, self.second_surname
        return curp(self.given, *surnames, self.born, sex=self.sex, state=self.state)


def rfc(given: str, first_surname: str, second_surname: str, born: date) -> str:
    """Work out the RFC of a natural person.

    Source: SAT, "Procedimiento para obtener la clave del RFC".
    """
    letters = rfc_letters(given, first_surname, second_surname)
    twelve = f"{letters}{born:%y%m%d}" + _homoclave(
        " ".join(filter(None, (first_surname, second_surname, given)))
    )
    total = sum(_RFC_DIGITS.index(c) * (13 - n) for n, c in enumerate(twelve))
    return twelve + _RFC_DIGITS[(11 - total % 11) % 11]


def rfc_letters(given: str, first_surname: str, second_surname: str) -> str:
    """Work out the four letters with which the RFC of a person begins."""
    first = _main_word(first_surname) or "X"
    second, name = _main_word(second_surname), _used_name(given)
    if not second:
        letters = first[:2] + name[:2]
    elif len(first) < 3:
        letters = first[0] + second[0] + name[:2]
    else:
        letters = first[0] + _inner(first, _VOWELS) + second[0] + name[0]
    letters = f"{letters:X<4}"
    if letters in _official("rfc_words"):
        letters = f"{letters[:3]}X"
    return letters


def company_rfc(name: str, founded: date) -> str:
    """Work out the RFC of a company: 12 characters.

    Source: SAT, "Procedimiento para obtener la clave del RFC".
    """
    words = [w for w in _words(name) if w not in _official("particles")]
    initials = "".join(word[0] for word in words[:3])
    rest = words[-1][1:] if words else ""
    letters = f"{initials}{rest}".ljust(3, "X")[:3]
    eleven = f"{letters}{founded:%y%m%d}" + _homoclave(name)
    # One character short of a person's: a blank stands for the first.
    total = sum(_RFC_DIGITS.index(c) * (13 - n) for n, c in enumerate(f" {eleven}"))
    return eleven + _RFC_DIGITS[(11 - total % 11) % 11]


def curp(
    given: str,
    first_surname: str,
    second_surname: str,
    born: date,
    *,
    sex: str,
    state: str,
) -> str:
    """Work out a CURP, as that of the first person with these data.

    Source: RENAPO, "Instructivo normativo para la asignación de la CURP".
    """
    consonants = "BCDFGHJKLMNÑPQRSTVWXYZ"
    first, second = _main_word(first_surname), _main_word(second_surname) or "X"
    name = _used_name(given)
    letters = (first[0] + _inner(first, _VOWELS) + second[0] + name[0]).replace(
        "Ñ", "X"
    )
    if letters in _official("curp_words"):
        letters = f"{letters[0]}X{letters[2:]}"
    inner = "".join(_inner(word, consonants) for word in (first, second, name))
    century = "0" if born.year < 2000 else "A"
    seventeen = f"{letters}{born:%y%m%d}{sex}{state}{inner.replace('Ñ', 'X')}{century}"
    total = sum(_CURP_DIGITS.index(c) * (18 - n) for n, c in enumerate(seventeen))
    return seventeen + str((10 - total % 10) % 10)


def _homoclave(full_name: str) -> str:
    digits = [0]
    for letter in " ".join(_words(full_name)):
        digits += divmod(_HOMOCLAVE_VALUES[letter], 10)
    # Each two digits that follow one another, times the second of them.
    total = sum((10 * one + two) * two for one, two in pairwise(digits))
    return "".join(_HOMOCLAVE_DIGITS[n] for n in divmod(total % 1000, 34))


def _inner(word: str, letters: str) -> str:
    return next((c for c in word[1:] if c in letters), "X")


@lru_cache(maxsize=4096)
def _main_word(surname: str) -> str:
    """The first word that is not a particle: `de la Cruz` → `CRUZ`."""
    found = _words(surname)
    return next((w for w in found if w not in _official("particles")), "".join(found))


@lru_cache(maxsize=4096)
def _used_name(given: str) -> str:
    """The name that counts: the second one after María or José."""
    words = _words(given) or ("X",)
    found = [w for w in words if w not in _official("particles")] or words
    return (
        found[1]
        if len(found) > 1 and found[0] in _official("skipped_names")
        else found[0]
    )


@lru_cache(maxsize=4096)
def _words(text: str) -> Sequence[str]:
    """Capitals without accents, Ñ kept; other signs are left out."""
    bare = "".join(
        part
        for letter in unicodedata.normalize("NFC", text.upper())
        for part in ("Ñ" if letter == "Ñ" else unicodedata.normalize("NFD", letter))
        if part in _HOMOCLAVE_VALUES
    )
    return tuple(bare.split())


@cache
def _official(name: str) -> frozenset[str]:
    source = files("pdn_sdk.standards") / "people.toml"
    return frozenset(tomllib.loads(source.read_text(encoding="utf-8"))[name])
