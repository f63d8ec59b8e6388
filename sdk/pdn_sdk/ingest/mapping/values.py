"""What a cell says: texts, numbers and dates as people write them in Mexico.

Every function takes a cell and gives a clean value, or None where the cell is
blank; what cannot be read is an UnreadableError that tells how to write it.
Imports only how texts are folded.
"""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pdn_sdk.collation import fold
from pdn_sdk.ingest.contract import Cell

BLANK_TEXTS = frozenset(
    [
        "",
        "-",
        "--",
        "---",
        ".",
        "n/a",
        "na",
        "n.a.",
        "n.a",
        "n/d",
        "nd",
        "s/d",
        "sd",
        "s/n",
        "nan",
        "null",
        "none",
        "nil",
        "vacio",
        "no aplica",
        "no disponible",
        "sin dato",
        "sin datos",
        "sin informacion",
        "no proporcionado",
        "dato no proporcionado",
        "no se cuenta",
        "#n/a",
        "#n/d",
        "#ref!",
        "#¡ref!",
        "#value!",
        "#¡valor!",
        "#name?",
        "#¿nombre?",
        "#div/0!",
        "#¡div/0!",
        "#null!",
        "#¡nulo!",
        "#num!",
        "#¡num!",
    ]
)
"""Folded texts with which people, and broken formulas, say that there is nothing."""

_FIRST_SERIAL, _LAST_SERIAL = 10_000, 80_000
_SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's dates have no zone
MONTHS = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
]
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_AS_WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
_DAY_FIRST = re.compile(r"(\d{1,2})[/\-. ](\d{1,2})[/\-. ](\d{4})(?:[ T,]+(.+))?")
_YEAR_FIRST = re.compile(r"(\d{4})[/\-.](\d{1,2})[/\-.](\d{1,2})(?:[ T]+(.+))?")
_IN_WORDS = re.compile(
    r"(?:[a-z]+,? )?(\d{1,2})(?: de |[ /\-])([a-z]{3,10})\.?(?: del? |[ /\-])(\d{4})"
)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)? ?([ap]\.? ?m\.?)?")
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
_WORD_PART = re.compile(r"[^'’\-]+")
_SMALL_WORDS = frozenset(
    [
        "de",
        "del",
        "la",
        "las",
        "los",
        "y",
        "e",
        "el",
        "en",
        "para",
        "por",
        "con",
        "a",
        "al",
    ]
)
DATE_FIX = "Escríbala como día/mes/año, por ejemplo 31/01/2025."


class UnreadableError(ValueError):
    """A cell that cannot be read as what its field asks."""

    def __init__(self, expected: str, message: str, fix: str) -> None:
        """Keep what was expected and how to write it, in Spanish."""
        super().__init__(message)
        self.expected = expected
        self.message = message
        self.fix = fix


def text(cell: Cell) -> str | None:
    """Give the text as it is read on the sheet, tidied: `3.0` is `3`."""
    if isinstance(cell, str):
        return _tidy(cell)
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "Sí" if cell else "No"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        midnight = cell.time() == time()
        return f"{cell:%d/%m/%Y}" if midnight else f"{cell:%d/%m/%Y %H:%M}"
    return f"{cell:%d/%m/%Y}" if isinstance(cell, date) else str(cell)


def _tidy(raw: str) -> str | None:
    if raw.isascii() and raw.isprintable():
        # Of what is printable only the blank separates words, and ASCII needs no
        # folding: nearly every text is told here.
        clean = " ".join(raw.split())
        return None if clean.lower() in BLANK_TEXTS else clean
    visible = raw
    if not raw.isprintable():
        visible = "".join(
            c if c.isspace() or unicodedata.category(c)[0] != "C" else "" for c in raw
        )
    if not visible.isascii():
        visible = unicodedata.normalize("NFC", visible)
    clean = " ".join(visible.split())
    return None if fold(clean) in BLANK_TEXTS else clean


@lru_cache(maxsize=65_536)
def titled(name: str) -> str:
    """Turn a name all in capitals into one with initials; others stay.

    `MARÍA DE LA LUZ` is `María de la Luz`; `María DE la Luz` stays as it is.
    """
    if not name.isupper():
        return name
    words = [
        word.lower() if i and fold(word) in _SMALL_WORDS else _capitalised(word)
        for i, word in enumerate(name.split(" "))
    ]
    return " ".join(words)


def _capitalised(word: str) -> str:
    """Give `O'Brien-Pérez` for `O'BRIEN-PÉREZ`."""
    return _WORD_PART.sub(lambda part: part[0].capitalize(), word)


def integer(cell: Cell) -> int | None:
    """Give a whole number, also from a text such as `033` or `1,250`."""
    value = number(cell)
    if value is None or isinstance(value, int):
        return value
    raise _not_a_number(cell, "un número entero", "Escriba sólo cifras, sin decimales.")


def number(cell: Cell) -> int | float | None:
    """Give a number; a whole one as int. A peso sign or commas may be there."""
    if isinstance(cell, bool):
        raise _not_a_number(cell, "un número", "Escriba sólo cifras.")
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else cell
    if isinstance(cell, int):
        return cell
    raw = text(cell)
    if raw is None:
        return None
    digits = raw.removeprefix("$").strip()
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    if not _NUMBER.fullmatch(digits):
        raise _not_a_number(cell, "un número", "Escriba sólo cifras.")
    value = float(digits)
    return int(value) if value.is_integer() else value


def _not_a_number(cell: Cell, expected: str, fix: str) -> UnreadableError:
    return UnreadableError(expected, f"«{text(cell)}» no es {expected}.", fix)


def boolean(cell: Cell) -> bool | None:
    """Give yes or no: Sí, No, X, Verdadero, Falso, 1, 0."""
    if isinstance(cell, bool):
        return cell
    raw = text(cell)
    if raw is None:
        return None
    word = fold(raw)
    if word in {"si", "s", "x", "verdadero", "true", "1", "✓", "✔"}:
        return True
    if word in {"no", "n", "falso", "false", "0"}:
        return False
    raise UnreadableError("sí o no", f"«{raw}» no dice sí ni no.", "Escriba Sí o No.")


def day(cell: Cell) -> str | None:
    """Give a date as `2025-01-31`."""
    moment = _moment(cell)
    return None if moment is None else moment.date().isoformat()


def date_time(cell: Cell, zone: ZoneInfo) -> str | None:
    """Give a date and time as `2025-01-31T00:00:00-06:00`.

    What comes without a zone is of `zone`; what comes without a time, midnight.
    """
    if isinstance(cell, str):
        return _text_moment(cell, zone)
    moment = _moment(cell)
    return None if moment is None else _iso(moment, zone)


def _iso(moment: datetime, zone: ZoneInfo) -> str:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return aware.isoformat(timespec="seconds")


def _text_moment(raw: str, zone: ZoneInfo) -> str | None:
    moment = _published(raw)
    if moment is not None and _AS_WRITTEN.fullmatch(raw):
        return raw
    moment = moment or _moment(raw)
    return None if moment is None else _iso(moment, zone)


def _published(raw: str) -> datetime | None:
    """Read at once what is already as the standards write it."""
    if not _ISO.match(raw):
        return None
    try:
        return datetime.fromisoformat(raw)
    except ValueError:
        return None


def _moment(cell: Cell) -> datetime | None:
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - the caller adds it
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _from_serial(float(cell))
    if isinstance(cell, time | timedelta):
        raise _no_date(text(cell) or "", "es sólo una hora")
    raw = text(cell)
    return None if raw is None else _from_text(raw)


def _from_serial(serial: float) -> datetime:
    if not _FIRST_SERIAL <= serial <= _LAST_SERIAL:
        raise _no_date(text(serial) or "", "no es una fecha")
    return _SERIAL_ZERO + timedelta(seconds=round(serial * 86_400))


def _from_text(raw: str) -> datetime:
    words = fold(raw)
    if _SERIAL.fullmatch(words):
        return _from_serial(float(words))
    try:
        return _read(raw, words)
    except (ValueError, OverflowError) as error:
        if isinstance(error, UnreadableError):
            raise
        raise _no_date(raw, "no existe en el calendario") from error


def _read(raw: str, words: str) -> datetime:
    if found := _DAY_FIRST.fullmatch(raw):
        d, m, y, clock = found.groups()
        return _at(raw, int(y), int(m), int(d), clock)
    if _ISO.match(raw):
        return datetime.fromisoformat(raw.replace(" ", "T", 1))
    if found := _YEAR_FIRST.fullmatch(raw):
        y, m, d, clock = found.groups()
        return _at(raw, int(y), int(m), int(d), clock)
    if found := _IN_WORDS.fullmatch(words):
        d, name, y = found.groups()
        months = [i for i, m in enumerate(MONTHS, 1) if m.startswith(name[:3])]
        if months:
            return _at(raw, int(y), months[0], int(d), None)
    raise _no_date(raw, "no es una fecha que se pueda leer")


def _at(raw: str, year: int, month: int, day_: int, clock: str | None) -> datetime:
    moment = datetime(year, month, day_)  # noqa: DTZ001 - the caller adds the zone
    if not clock:
        return moment
    found = _CLOCK.fullmatch(fold(clock))
    if found is None:
        raise _no_date(raw, "tiene una hora que no se puede leer")
    hours, minutes, seconds, half = found.groups()
    hour = int(hours) % 12 + 12 * half.startswith("p") if half else int(hours)
    return moment.replace(hour=hour, minute=int(minutes), second=int(seconds or 0))


def _no_date(raw: str, why: str) -> UnreadableError:
    return UnreadableError("una fecha", f"La fecha «{raw}» {why}.", DATE_FIX)
