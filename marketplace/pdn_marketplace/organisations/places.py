"""Where an institution is, and its level of government. Data, and pure.

The codes of the states are those of INEGI's catalogue of geostatistical areas (01 to
32); `00` is of an institution of the whole country. The three letters are those of
ISO 3166-2:MX. Columns and rows place each state in a map of equal tiles.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from pdn_marketplace.errors import SubmissionRejectedError

FEDERATION = "00"
UNKNOWN = ""


class Level(StrEnum):
    """Of which level of government an institution is."""

    FEDERAL = "federal"
    STATE = "state"
    MUNICIPAL = "municipal"
    AUTONOMOUS = "autonomous"
    NONE = "none"
    """Of none: a company, a university, an association."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A state of Mexico and its tile. Units: columns and rows, from 1."""

    code: str
    name: str
    short: str
    column: int
    row: int


_LISTED = """
01 AGU 4 3 Aguascalientes
02 BCN 1 1 Baja California
03 BCS 1 2 Baja California Sur
04 CAM 9 4 Campeche
05 COA 4 1 Coahuila de Zaragoza
06 COL 3 5 Colima
07 CHP 8 5 Chiapas
08 CHH 3 1 Chihuahua
09 CMX 6 4 Ciudad de México
10 DUR 3 2 Durango
11 GUA 5 3 Guanajuato
12 GRO 5 5 Guerrero
13 HID 7 3 Hidalgo
14 JAL 3 4 Jalisco
15 MEX 5 4 México
16 MIC 4 4 Michoacán de Ocampo
17 MOR 6 5 Morelos
18 NAY 3 3 Nayarit
19 NLE 5 1 Nuevo León
20 OAX 7 5 Oaxaca
21 PUE 8 4 Puebla
22 QUE 6 3 Querétaro
23 ROO 10 4 Quintana Roo
24 SLP 5 2 San Luis Potosí
25 SIN 2 2 Sinaloa
26 SON 2 1 Sonora
27 TAB 9 5 Tabasco
28 TAM 6 1 Tamaulipas
29 TLA 7 4 Tlaxcala
30 VER 8 3 Veracruz de Ignacio de la Llave
31 YUC 10 3 Yucatán
32 ZAC 4 2 Zacatecas
"""


def _read(line: str) -> Entity:
    code, short, column, row, name = line.split(maxsplit=4)
    return Entity(code, name, short, int(column), int(row))


ENTITIES: Mapping[str, Entity] = {
    entity.code: entity for entity in map(_read, _LISTED.split("\n")[1:-1])
}
LEVELS = {
    Level.FEDERAL: _l("Federal"),
    Level.STATE: _l("Estatal"),
    Level.MUNICIPAL: _l("Municipal o alcaldía"),
    Level.AUTONOMOUS: _l("Organismo autónomo"),
    Level.NONE: _l("Ninguno: empresa, universidad o asociación"),
}


def entity_words(code: str) -> str:
    """Name a state, the whole country, or what nobody has said."""
    if code == FEDERATION:
        return str(_("Todo el país"))
    found = ENTITIES.get(code)
    return found.name if found else str(_("Sin indicar"))


def level_words(level: str) -> str:
    """Name a level of government, or what nobody has said."""
    return str(LEVELS[Level(level)]) if level else str(_("Sin indicar"))


def entity_choices() -> list[SelectChoice]:
    """Give the states for a form, with a first choice that says nothing."""
    return [
        SelectChoice(UNKNOWN, _l("Elija una")),
        SelectChoice(FEDERATION, _l("Todo el país (institución federal)")),
        *(SelectChoice(e.code, e.name) for e in ENTITIES.values()),
    ]


def level_choices() -> list[SelectChoice]:
    """Give the levels for a form, with a first choice that says nothing."""
    return [
        SelectChoice(UNKNOWN, _l("Elija uno")),
        *(SelectChoice(level.value, said) for level, said in LEVELS.items()),
    ]


def check(entity: str, level: str) -> None:
    """Refuse what is not in the lists, and a state that its level cannot have.

    What is left blank is not judged. Raises: SubmissionRejectedError saying what
    to change.
    """
    if entity and entity != FEDERATION and entity not in ENTITIES:
        raise SubmissionRejectedError(_("Elija una entidad de la lista."))
    if level and level not in LEVELS:
        raise SubmissionRejectedError(_("Elija un orden de gobierno de la lista."))
    if level in (Level.STATE, Level.MUNICIPAL) and entity == FEDERATION:
        raise SubmissionRejectedError(
            _("Una institución estatal o municipal es de una de las 32 entidades.")
        )
