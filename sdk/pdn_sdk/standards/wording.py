"""What is said of a fault in a record: expected, what happened, how to fix it.

Owns the Spanish words for each keyword of JSON Schema. Imports only how texts
are folded.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pdn_sdk.collation import fold

LONGEST_SHOWN = 60
MOST_OPTIONS = 20


@dataclass(frozen=True, slots=True)
class Violation:
    """One fault of a record, told to whoever keeps the data.

    Shape: path as in `lista[0].campo`, "" for the whole record;
    rule is a keyword of JSON Schema, the id of a load rule, `texto oficial` (of
    another key) or `json` (it cannot be written as JSON).
    """

    path: str
    rule: str
    received: object
    expected: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class _Words:
    """The three sentences of a violation."""

    expected: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a record: its path, what it holds, and what it is for.

    `texts` maps the official texts of its catalogue to their keys.
    """

    path: str
    received: object
    description: str = ""
    texts: Mapping[str, object] | None = None

    @property
    def named(self) -> str:
        """The path between quotes, or the record itself."""
        return f"«{self.path}»" if self.path else "El registro"


_TYPES = {
    "string": "un texto",
    "integer": "un número entero",
    "number": "un número",
    "boolean": "true o false",
    "array": "una lista",
    "object": "un objeto",
    "null": "null",
}

_RECEIVED = (
    (bool, "un booleano"),
    (str, "un texto"),
    (int | float, "un número"),
    (list, "una lista"),
    (dict, "un objeto"),
)

_FORMATS = {
    "date-time": (
        "una fecha y hora con zona (RFC 3339)",
        "2025-03-01T10:00:00-06:00",
        "Escriba año-mes-día, la letra T, la hora y la zona: -06:00 es la del centro "
        "de México; Z, la hora universal.",
    ),
    "date": (
        "una fecha (RFC 3339)",
        "2025-03-01",
        "Escriba año, mes y día, en ese orden y con guiones.",
    ),
    "time": (
        "una hora con zona (RFC 3339)",
        "10:00:00-06:00",
        "Escriba horas, minutos, segundos y zona.",
    ),
    "email": (
        "un correo electrónico",
        "nombre@institucion.gob.mx",
        "Revise que el correo tenga una sola arroba y ningún espacio.",
    ),
    "uuid": (
        "un UUID (RFC 4122)",
        "6b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
        "Escriba 32 cifras hexadecimales en grupos de 8, 4, 4, 4 y 12.",
    ),
    "uri": (
        "una dirección de internet",
        "https://www.gob.mx",
        "Escriba la dirección completa, desde https://.",
    ),
}

_LIMITS = {
    "maxLength": (
        "{limit} caracteres como máximo",
        "{named} tiene {size:,} caracteres y el máximo es {limit}.",
        "Acorte el texto a {limit} caracteres.",
    ),
    "minLength": (
        "{limit} caracteres como mínimo",
        "{named} tiene {size:,} caracteres y el mínimo es {limit}.",
        "Escriba el dato completo.",
    ),
    "minimum": (
        "{limit} o más",
        "{named} vale {shown}, menos que el mínimo, {limit}.",
        "Escriba un número de {limit} en adelante.",
    ),
    "maximum": (
        "{limit} o menos",
        "{named} vale {shown}, más que el máximo, {limit}.",
        "Escriba un número de {limit} o menor.",
    ),
    "exclusiveMinimum": (
        "más de {limit}",
        "{named} vale {shown} y debe ser mayor que {limit}.",
        "Escriba un número mayor que {limit}.",
    ),
    "exclusiveMaximum": (
        "menos de {limit}",
        "{named} vale {shown} y debe ser menor que {limit}.",
        "Escriba un número menor que {limit}.",
    ),
    "minItems": (
        "{limit} elementos como mínimo",
        "{named} tiene {size:,} elementos y el mínimo es {limit}.",
        "Agregue los elementos que faltan.",
    ),
    "maxItems": (
        "{limit} elementos como máximo",
        "{named} tiene {size:,} elementos y el máximo es {limit}.",
        "Quite los elementos que sobran.",
    ),
}


def told(keyword: str, details: Mapping[str, object], place: Place) -> Violation:
    """Say what a keyword of JSON Schema asks and how to comply.

    Shape: details holds the keyword's own values (limit, options, types,
    property, format, pattern, expected_value), as the validator gives them.
    """
    said = _words(keyword, details, place)
    return Violation(
        place.path, keyword, place.received, said.expected, said.message, said.fix
    )


def not_json() -> Violation:
    """Say that a record cannot be written as JSON."""
    return Violation(
        path="",
        rule="json",
        received=None,
        expected="un objeto JSON",
        message="El registro no es JSON: trae letras que no existen o demasiados "
        "niveles, uno dentro de otro.",
        fix="Guárdelo en UTF-8 y con los campos del estándar.",
    )


def shown(value: object) -> str:
    """Write a value as JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def listed(items: Sequence[object]) -> str:
    """Join values for a sentence: `1, 2 o 3`."""
    *most, last = map(str, items)
    return f"{', '.join(most)} o {last}" if most else last


def _words(keyword: str, details: Mapping[str, object], place: Place) -> _Words:
    if keyword in _LIMITS:
        return _limit(keyword, details, place)
    say = {
        "type": _type,
        "enum": _enum,
        "const": _const,
        "required": _required,
        "format": _format,
        "pattern": _pattern,
        "uniqueItems": _unique,
    }.get(keyword)
    return say(details, place) if say else _other(keyword, place)


def _limit(keyword: str, details: Mapping[str, object], place: Place) -> _Words:
    limit, received = details["limit"], place.received
    values = {
        "named": place.named,
        "limit": f"{limit:,}" if isinstance(limit, int) else limit,
        "size": len(received) if isinstance(received, str | list) else 0,
        "shown": shown(received),
    }
    return _Words(*(sentence.format_map(values) for sentence in _LIMITS[keyword]))


def _type(details: Mapping[str, object], place: Place) -> _Words:
    types = [str(t) for t in _sequence(details["types"]) if t != "null"]
    expected = listed([_TYPES.get(t, t) for t in types])
    if place.received is None:
        return _Words(
            expected,
            f"{place.named} es null, y el estándar no admite null.",
            "Omita el campo si no tiene el dato; si es obligatorio, complételo.",
        )
    kinds = (name for type_, name in _RECEIVED if isinstance(place.received, type_))
    kind = next(kinds, "otra cosa")
    return _Words(
        expected,
        f"{place.named} es {kind} y debe ser {expected}.",
        _retyped(types[0], place.received),
    )


def _retyped(wanted: str, received: object) -> str:
    if wanted == "string" and not isinstance(received, list | dict):
        return f'Escríbalo entre comillas: "{shown(received)}".'
    if wanted in {"integer", "number"} and isinstance(received, str):
        digits = received.strip()
        if re.fullmatch(r"-?[0-9]{1,15}", digits):
            return f"Escríbalo sin comillas: {int(digits)}."
        return "Escriba sólo el número, sin comillas ni letras."
    if wanted == "array":
        return "Enciérrelo entre corchetes, aunque sea un solo elemento: [ … ]."
    if wanted == "object":
        return "Escríbalo entre llaves, con los campos que pide el estándar."
    return f"Escriba {_TYPES.get(wanted, wanted)}."


def _enum(details: Mapping[str, object], place: Place) -> _Words:
    options = [o for o in _sequence(details["options"]) if o is not None]
    allowed = _allowed(options)
    near = _nearest(place, options)
    return _Words(
        f"uno de estos valores: {allowed}",
        f"{place.named} vale {shown(place.received)}, que no está en el catálogo.",
        f"¿Quiso decir «{near}»? Use {allowed}."
        if near is not None
        else f"Use uno de los valores del catálogo: {allowed}.",
    )


def _allowed(options: Sequence[object]) -> str:
    """List the values of a catalogue; of a long one, the first."""
    if len(options) <= MOST_OPTIONS:
        return listed(options)
    first = ", ".join(map(str, options[:MOST_OPTIONS]))
    return f"{first}… y {len(options) - MOST_OPTIONS:,} más"


def _nearest(place: Place, options: Sequence[object]) -> object | None:
    """Find the value that was meant: by itself, or by its official text."""
    meant = {fold(text): key for text, key in (place.texts or {}).items()}
    meant |= {fold(str(option)): option for option in options}
    wanted = fold(str(place.received))
    # Short keys are all alike: only their own letters tell them apart.
    cutoff = 0.9 if len(wanted) < 3 else 0.6
    near = get_close_matches(wanted, meant, n=1, cutoff=cutoff)
    return meant[near[0]] if near and meant[near[0]] in options else None


def _const(details: Mapping[str, object], place: Place) -> _Words:
    expected = shown(details["expected_value"])
    return _Words(
        expected,
        f"{place.named} vale {shown(place.received)} y sólo puede ser {expected}.",
        f"Escriba {expected}.",
    )


def _required(_: Mapping[str, object], place: Place) -> _Words:
    return _Words(
        "un dato obligatorio",
        f"Falta {place.named}.",
        f"Agréguelo. {place.description}"
        if place.description
        else "Agregue el campo con su dato.",
    )


def _format(details: Mapping[str, object], place: Place) -> _Words:
    name = str(details["format"])
    kind, example, fix = _FORMATS.get(
        name, (f"un texto con el formato {name}", "", f"Siga el formato {name}.")
    )
    return _Words(
        f"{kind}, por ejemplo {example}" if example else kind,
        f"{place.named} vale {shown(place.received)}, que no es {kind}.",
        fix,
    )


def _pattern(details: Mapping[str, object], place: Place) -> _Words:
    expected = f"un texto con la forma {details['pattern']}"
    return _Words(
        expected,
        f"{place.named} vale {shown(place.received)} y no tiene la forma pedida.",
        place.description or f"Escríbalo con la forma {details['pattern']}.",
    )


def _unique(_: Mapping[str, object], place: Place) -> _Words:
    items = place.received if isinstance(place.received, list) else []
    repeated = next((i for n, i in enumerate(items) if i in items[:n]), None)
    return _Words(
        "elementos sin repetir",
        f"{place.named} repite {shown(repeated)}.",
        "Deje cada elemento una sola vez.",
    )


def _other(keyword: str, place: Place) -> _Words:
    return _Words(
        f"lo que pide la regla {keyword} del esquema",
        f"{place.named} vale {shown(place.received)} y no cumple la regla {keyword}.",
        place.description or "Compare el dato con el esquema del estándar.",
    )


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else [value]
