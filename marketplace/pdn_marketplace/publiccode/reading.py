"""Reads a publiccode.yml into what the form of a connector asks.

The text is a stranger's: it is read in YAML's safe mode, with limits of size,
depth and count, and without anchors, which make a small text a huge one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from flask_babel import gettext as _

from pdn_marketplace.errors import SubmissionRejectedError

MAX_BYTES = 200_000
MAX_DEPTH = 12
MAX_NODES = 5_000
MAX_ABSTRACT, MAX_DESCRIPTION, MAX_NAME = 150, 900, 120
MAX_SCREENSHOTS = 4


@dataclass(frozen=True, slots=True)
class Described:
    """What a description fills of the form, and what the person must look at."""

    values: Mapping[str, str]
    findings: tuple[str, ...]


def described(body: bytes) -> Described:
    """Read a description.

    Raises: SubmissionRejectedError for what is not one, saying why.
    """
    told = _loaded(body)
    values = {name: text for name, text in _values(told) if text}
    return Described(values, tuple(_findings(told, values)))


def _loaded(body: bytes) -> Mapping[str, Any]:
    if len(body) > MAX_BYTES:
        raise SubmissionRejectedError(
            _("El archivo es demasiado grande: más de 200 kB.")
        )
    try:
        text = body.decode("utf-8-sig")
        _check_shape(text)
        told = yaml.safe_load(text)
    except (UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        raise SubmissionRejectedError(
            _("El archivo no es YAML que se pueda leer.") + _place(error)
        ) from error
    if not isinstance(told, dict) or "publiccodeYmlVersion" not in told:
        raise SubmissionRejectedError(
            _("El archivo no es un publiccode.yml: le falta publiccodeYmlVersion.")
        )
    return told


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return ""
    told: str = _("Revise la línea %(n)d.", n=mark.line + 1)
    return f" {told}"


def _check_shape(text: str) -> None:
    """Refuse what is too deep or too long before anything is made of it."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, yaml.AliasEvent):
            raise SubmissionRejectedError(
                _("El archivo usa referencias de YAML (&, *): escríbalo sin ellas.")
            )
        if depth > MAX_DEPTH or count > MAX_NODES:
            raise SubmissionRejectedError(
                _("El archivo tiene demasiados datos o demasiados niveles.")
            )


def _values(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    description = _description(told)
    legal, contact = _part(told, "legal"), _contact(told)
    organisation = _part(told, "organisation")
    yield "name", _line(told.get("name")) or _line(description.get("localisedName"))
    yield "abstract", _line(description.get("shortDescription"))
    yield "description", _text(description.get("longDescription"))
    owner = _line(organisation.get("name")) or _line(legal.get("repoOwner"))
    yield "institution", owner or _line(legal.get("mainCopyrightOwner"))
    yield "maintainer", _line(contact.get("affiliation")) or _line(contact.get("name"))
    yield "licence", _line(legal.get("license"))
    yield "contact_email", _line(contact.get("email"))
    yield "contact_phone", _line(contact.get("phone"))
    yield "repository_url", _link(told.get("url"))
    yield "documentation_url", _link(description.get("documentation"))


def _findings(told: Mapping[str, Any], values: Mapping[str, str]) -> Iterator[str]:
    description = _part(told, "description")
    if description and "es" not in description:
        yield _("No trae descripción en español («es»): tradúzcala.")
    for name, limit in (
        ("name", MAX_NAME),
        ("abstract", MAX_ABSTRACT),
        ("description", MAX_DESCRIPTION),
    ):
        length = len(values.get(name, ""))
        if length > limit:
            yield _(
                "%(field)s tiene %(n)d caracteres y el catálogo admite %(max)d: "
                "acórtelo.",
                field=_field_words()[name],
                n=length,
                max=limit,
            )
    missing = [words for name, words in _field_words().items() if name not in values]
    if missing:
        yield _("Falta en el archivo: %(fields)s.", fields=", ".join(missing))
    shots = _description(told).get("screenshots")
    if isinstance(shots, list) and len(shots) > MAX_SCREENSHOTS:
        yield _(
            "Trae %(n)d imágenes; el catálogo admite %(max)d.",
            n=len(shots),
            max=MAX_SCREENSHOTS,
        )


def _field_words() -> Mapping[str, str]:
    return {
        "name": _("Nombre (name)"),
        "abstract": _("Resumen (shortDescription)"),
        "description": _("Descripción (longDescription)"),
        "institution": _("Institución (organisation, legal.repoOwner)"),
        "maintainer": _("Quién lo mantiene (maintenance.contacts)"),
        "contact_email": _("Correo de contacto (maintenance.contacts)"),
        "licence": _("Licencia (legal.license)"),
    }


def _description(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the description in Spanish, in English, or in whatever there is."""
    found = _part(told, "description")
    for language in ("es", "es-MX", "en", *found):
        if isinstance(found.get(language), dict):
            return _part(found, language)
    return {}


def _contact(told: Mapping[str, Any]) -> Mapping[str, Any]:
    listed = _part(told, "maintenance").get("contacts")
    first = listed[0] if isinstance(listed, list) and listed else {}
    return first if isinstance(first, dict) else {}


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _line(value: object) -> str:
    return " ".join(_text(value).split())


def _link(value: object) -> str:
    """Give a web address; another scheme could run something."""
    link = _line(value)
    return link if link.lower().startswith(("https://", "http://")) else ""
