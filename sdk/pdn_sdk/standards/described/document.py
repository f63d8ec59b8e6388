"""The parts of an OpenAPI document that say what a standard asks of any API.

Who publishes it, where, and how tokens are asked for is added by the provider.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pdn_sdk.standards.described import items, post_query
from pdn_sdk.standards.model import Standard

VERSION = "3.1.0"
DIALECTS: Mapping[str, Callable[[Standard], Mapping[str, Any]]] = {
    "items": items.describe,
    "post_query": post_query.describe,
}

_ERRORS: Mapping[str, str] = {
    "Error": "Cualquier otro error.",
    "Error400": "La solicitud está mal formada; el mensaje dice qué corregir.",
    "Error401": "Falta un token válido.",
    "Error403": "El token no da acceso a estos datos.",
}


def document(standard: Standard) -> dict[str, Any]:
    """Give a whole document of the data of one standard, without its tokens."""
    return {
        "openapi": VERSION,
        "info": {"title": standard.title, "version": standard.version},
        "paths": dict(paths(standard)),
        "components": components([standard]),
    }


def paths(standard: Standard) -> Mapping[str, Any]:
    """Give the path items of a standard, in its dialect."""
    return DIALECTS[standard.dialect](standard)


def components(standards: Sequence[Standard]) -> dict[str, Any]:
    """Give the schemas and the errors that the paths of some standards name."""
    return {
        "schemas": _schemas(standards),
        "responses": {name: _error(text) for name, text in _ERRORS.items()},
    }


def _schemas(standards: Sequence[Standard]) -> dict[str, Any]:
    found: dict[str, Any] = {
        d.key: {k: v for k, v in d.schema.items() if k != "$schema"}
        for s in standards
        for d in s.datasets
    }
    found["Pagination"] = {
        "type": "object",
        "required": ["pageSize", "page", "totalRows", "hasNextPage"],
        "properties": {
            "pageSize": {"type": "integer", "minimum": 1},
            "page": {"type": "integer", "minimum": 1},
            "totalRows": {"type": "integer", "minimum": 0},
            "hasNextPage": {"type": "boolean"},
        },
    }
    found["Error"] = {
        "type": "object",
        "required": ["code", "message"],
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
    }
    found["Token"] = {
        "type": "object",
        "required": ["access_token", "token_type"],
        "properties": {
            "access_token": {"type": "string"},
            "token_type": {"type": "string", "const": "Bearer"},
            "expires_in": {"type": "integer"},
            "refresh_token": {"type": "string"},
            "refresh_token_expires_in": {"type": "integer"},
            "scope": {"type": "string"},
        },
    }
    return found


def _error(text: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": text, "content": {"application/json": {"schema": schema}}}
