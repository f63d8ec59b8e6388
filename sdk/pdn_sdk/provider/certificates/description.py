"""OpenAPI of the certificates, derived from what the standard declares."""

from collections.abc import Mapping
from typing import Any

from pdn_sdk.provider.certificates.routes import PDF
from pdn_sdk.standards.declared.certificates import Certificates
from pdn_sdk.standards.model import Standard


def describe(standard: Standard) -> Mapping[str, Any]:
    """Give the path items of the certificates; none where there are none."""
    declared = standard.certificates
    if declared is None:
        return {}
    tags = [f"{standard.system} {standard.version}"]
    person = {
        "name": declared.person,
        "in": "query",
        "required": True,
        "schema": {"type": "string", "pattern": f"^{declared.person_pattern}$"},
    }
    year = {
        "name": declared.year,
        "in": "query",
        "schema": {"type": "integer", "minimum": 1000, "maximum": 9999},
    }
    listing = {
        "operationId": f"{standard.key}_certificates",
        "tags": tags,
        "summary": "Años en que una persona presentó su declaración fiscal",
        "parameters": [person, {**year, "required": False}],
        "responses": {
            "200": {
                "description": "Cada año, y si la presentó.",
                "content": {"application/json": {"schema": _years(declared)}},
            },
            **_refusals(400, 401, 403),
        },
    }
    document = {
        "operationId": f"{standard.key}_certificate",
        "tags": tags,
        "summary": "Acuse de la declaración fiscal de un año",
        "parameters": [person, {**year, "required": True}],
        "responses": {
            "200": {
                "description": "El acuse.",
                "content": {PDF: {"schema": {"type": "string", "format": "binary"}}},
            },
            **_refusals(400, 401, 403, 404),
        },
    }
    return {declared.listing: {"get": listing}, declared.document: {"get": document}}


def _years(declared: Certificates) -> dict[str, Any]:
    entry = {
        "type": "object",
        "required": [declared.year, declared.filed],
        "properties": {
            declared.year: {"type": "integer"},
            declared.filed: {"type": "boolean"},
        },
    }
    return {
        "type": "object",
        "required": [declared.person, declared.results],
        "properties": {
            declared.person: {"type": "string"},
            declared.results: {"type": "array", "items": entry},
        },
    }


def _refusals(*statuses: int) -> dict[str, Any]:
    named = {400: "Error400", 401: "Error401", 403: "Error403"}
    return {
        str(status): {"$ref": f"#/components/responses/{named.get(status, 'Error')}"}
        for status in statuses
    }
