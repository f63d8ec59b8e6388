"""A full name in one cell → its parts, by a declared order and no guessing.

Imports only how a cell is read. Particles stay with their surname: `DE LA CRUZ`
is one surname. A name that could be cut in two ways is refused, unless the
mapping says `ambiguous = "accept"`.
"""

from enum import StrEnum

from pdn_sdk.collation import fold
from pdn_sdk.ingest.mapping.values import UnreadableError

_PARTICLES = frozenset({"de", "del", "la", "las", "los", "y", "san", "santa", "mc"})
WITH_COMMA = (
    "Escríbalo con los apellidos primero y una coma («PÉREZ LÓPEZ, ANA MARÍA»), o "
    "ponga nombre y apellidos en columnas distintas."
)


class Order(StrEnum):
    """Which part comes first in the cell."""

    GIVEN_FIRST = "nombre_apellidos"
    SURNAMES_FIRST = "apellidos_nombre"


def split_name(
    name: str, order: Order, *, accept_ambiguous: bool = False
) -> tuple[str, str, str]:
    """Give (given names, first surname, second surname or "").

    With a comma, what precedes it are the surnames. Without one, a name of two
    or three words is cut by `order`; a longer one is ambiguous: accepting it
    takes two surnames.
    Raises: UnreadableError where the name can be cut in several ways.
    """
    if name.count(",") == 1:
        before, _, after = name.partition(",")
        surnames, given = grouped(before), grouped(after)
    else:
        surnames, given = _cut(name, order, accept_ambiguous)
    if not given or not 1 <= len(surnames) <= 2:
        raise _ambiguous(name)
    return " ".join(given), surnames[0], surnames[1] if len(surnames) == 2 else ""


def _cut(
    name: str, order: Order, accept_ambiguous: bool
) -> tuple[list[str], list[str]]:
    words = grouped(name)
    if len(words) < 2 or (len(words) > 3 and not accept_ambiguous):
        raise _ambiguous(name)
    count = min(2, len(words) - 1)
    if order is Order.SURNAMES_FIRST:
        return words[:count], words[count:]
    return words[-count:], words[:-count]


def grouped(text: str) -> list[str]:
    """Cut in words, particles joined to the word that follows."""
    grouped: list[str] = []
    held: list[str] = []
    for word in text.split():
        held.append(word)
        if fold(word) not in _PARTICLES:
            grouped.append(" ".join(held))
            held = []
    return [*grouped, " ".join(held)] if held else grouped


def _ambiguous(name: str) -> UnreadableError:
    return UnreadableError(
        "un nombre y uno o dos apellidos",
        f"«{name}» puede separarse en nombre y apellidos de varias maneras.",
        "Ponga nombre y apellidos en columnas distintas."
        if "," in name
        else WITH_COMMA,
    )
