"""What makes a password good enough; a small offline list of common ones.

Imports nothing of ours but the SDK's folding of text.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from flask_babel import gettext as _

from pdn_sdk.collation import fold

MIN_LENGTH = 12
MAX_LENGTH = 128
MIN_DISTINCT = 6
# Shorter words of a name are in too many innocent phrases.
MIN_PERSONAL = 4

_LOOKALIKES = str.maketrans("013457$@!", "oieastsai")


def weakness(password: str, personal: tuple[str, ...] = ()) -> str | None:
    """Say what is wrong with a password, or nothing when it is good enough.

    `personal` are texts an attacker would try: the e-mail, the name, the
    institution.
    """
    return next(_faults(password, personal), None)


def _faults(password: str, personal: tuple[str, ...]) -> Iterator[str]:
    if len(password) < MIN_LENGTH:
        yield _(
            "Use al menos %(count)s caracteres; una frase corta es fácil de recordar.",
            count=MIN_LENGTH,
        )
    if len(set(password)) < MIN_DISTINCT:
        yield _("Repite muy pocos caracteres: combine más letras, números o signos.")
    cores = _cores(password)
    if cores & _common():
        yield _(
            "Es una de las contraseñas más usadas, aunque lleve números o signos. "
            "Pruebe con una frase de tres palabras sin relación entre sí."
        )
    if any(word in core for word in _words(personal) for core in cores):
        yield _("No use su nombre, su correo ni el de su institución.")


def _cores(password: str) -> set[str]:
    """Reduce to letters: `P@ssw0rd2026!!` and `password` have one core.

    Twice, because a digit at the end may stand for a letter or follow the word.
    """
    text = fold(password).strip("!¡.*-_#$ ")
    return {_letters(text), _letters(text.strip("0123456789!¡.*-_#$ "))}


def _letters(text: str) -> str:
    letters = "".join(c for c in text.translate(_LOOKALIKES) if c.isalpha())
    for size in range(1, len(letters) // 2 + 1):
        if letters == letters[:size] * (len(letters) // size):
            return letters[:size]
    return letters


def _words(texts: tuple[str, ...]) -> set[str]:
    blanks = "".join(c if c.isalnum() else " " for c in fold(" ".join(texts)))
    return {word for word in blanks.split() if len(word) >= MIN_PERSONAL}


@cache
def _common() -> frozenset[str]:
    listed = files("pdn_marketplace") / "accounts" / "common_passwords.txt"
    lines = listed.read_text(encoding="utf-8").splitlines()
    return frozenset({"", *map(fold, lines)})
