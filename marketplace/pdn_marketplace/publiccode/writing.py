"""Writes the publiccode.yml of a resource of the catalogue."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from pdn_marketplace.catalog.models import Resource

VERSION = "0.4"
# What the standard calls each kind of resource of the catalogue.
TYPES: Mapping[str, str] = {
    "api": "addon",
    "sys": "standalone/web",
    "doc": "configurationFiles",
    "tool": "standalone/other",
}


def document(row: Resource, shots: Sequence[str] = ()) -> str:
    """Give the text of the file; `shots` are the addresses of its screenshots."""
    told: dict[str, Any] = {
        "publiccodeYmlVersion": VERSION,
        "name": row.name,
        "url": row.url,
        "releaseDate": row.published_at.date().isoformat(),
        "platforms": ["web"],
        "developmentStatus": "stable",
        "softwareType": TYPES.get(row.type, "standalone/other"),
        "organisation": {"name": row.contact.get("organization") or row.maintainer},
        "description": {
            "es": {
                "localisedName": row.name,
                "shortDescription": row.abstract,
                "longDescription": row.description,
                "features": [s.system.upper() for s in row.systems],
            }
        },
        "maintenance": {"type": "internal", "contacts": [_contact(row)]},
        "localisation": {"localisationReady": False, "availableLanguages": ["es"]},
    }
    if shots:
        told["description"]["es"]["screenshots"] = list(shots)
    if row.licence:
        told["legal"] = {"license": row.licence}
    text: str = yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=88)
    return text


def _contact(row: Resource) -> Mapping[str, str]:
    told = {
        "name": row.contact.get("organization") or row.maintainer,
        "affiliation": row.maintainer,
        "email": row.contact.get("email", ""),
        "phone": row.contact.get("phone", ""),
    }
    return {name: text for name, text in told.items() if text}
