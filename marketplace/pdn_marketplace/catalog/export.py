"""Shapes in which programs read a resource."""

from collections.abc import Mapping, Sequence
from typing import Any

from pdn_marketplace.catalog.models import Resource

SCHEMA_TYPES = {
    "api": "WebAPI",
    "sys": "SoftwareApplication",
    "doc": "TechArticle",
    "tool": "SoftwareApplication",
}


Shots = Sequence[Mapping[str, str]]
"""The screenshots of a resource, each with its `url` and its `alt`."""


def document(row: Resource, page: str, cover: str, shots: Shots) -> dict[str, Any]:
    """Give a resource as /api/v1 answers it; `page` is its address for people."""
    return {
        "slug": row.slug,
        "number": row.number,
        "origin": row.origin,
        "type": row.type,
        "systems": [s.system for s in row.systems],
        "name": row.name,
        "maintainer": row.maintainer,
        "abstract": row.abstract,
        "description": row.description,
        "audience": row.audience,
        "url": row.url,
        "links": row.links,
        "licence": row.licence or None,
        "contact": row.contact,
        "technologies": [t.technology for t in row.technologies],
        "quality_notes": row.notes,
        "conformance": row.conformance,
        "published_at": row.published_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
        "page": page,
        "cover": cover,
        "screenshots": list(shots),
    }


def product(row: Resource, cover: str, shots: Shots) -> Mapping[str, Any]:
    """Give a resource as the agency's catalogue keeps it in products.json.

    A connector has no official number: its slug is its `id`.
    """
    return {
        "id": str(row.number) if row.number else row.slug,
        "resourceType": row.type,
        "maintainer": row.maintainer,
        "name": row.name,
        "systems": [int(s.system[1:]) for s in row.systems],
        "abstract": row.abstract,
        "description": row.description,
        "cover": cover,
        "screenshots": [shot["url"] for shot in shots],
        "url": row.url,
        "contactPoint": {
            "organization": row.contact.get("organization", ""),
            "phone": row.contact.get("phone") or "N/A",
            "email": row.contact.get("email", ""),
        },
        "technologies": [t.technology for t in row.technologies],
    }


def schema_org(row: Resource, page: str, cover: str, shots: Shots) -> dict[str, Any]:
    """Describe a resource in the words of schema.org, for search engines."""
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": SCHEMA_TYPES[row.type],
        "@id": page,
        "url": page,
        "name": row.name,
        "abstract": row.abstract,
        "description": row.description,
        "inLanguage": "es-MX",
        "isAccessibleForFree": True,
        "datePublished": row.published_at.date().isoformat(),
        "dateModified": row.updated_at.date().isoformat(),
        "sameAs": row.url,
        "keywords": [t.technology for t in row.technologies],
        "maintainer": {"@type": "Organization", "name": row.maintainer},
        "image": cover,
    }
    if shots:
        told["screenshot"] = [shot["url"] for shot in shots]
    if row.licence:
        told["license"] = row.licence
    return told
