"""/openapi.json: the description of a provider, derived from its standards."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from flask import Flask, Response

from pdn_sdk.provider.answers import json_answer
from pdn_sdk.provider.certificates import description as certificates
from pdn_sdk.provider.oauth.routes import token_paths
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards.described.document import VERSION, components
from pdn_sdk.standards.described.document import paths as described_paths
from pdn_sdk.standards.model import Standard

OAUTH = "oauth2_password"


def document(
    settings: ProviderSettings, standards: Sequence[Standard]
) -> dict[str, Any]:
    """Give the OpenAPI document of a provider."""
    paths: dict[str, Any] = {token_paths(standards)[0]: _token(standards)}
    for standard in standards:
        for path, item in described_paths(standard).items():
            paths[path] = _secured(item, standard, _scopes(standard))
        if settings.certificates and standard.certificates:
            for path, item in certificates.describe(standard).items():
                paths[path] = _secured(item, standard, [standard.certificates.scope])
    return {
        "openapi": VERSION,
        "info": {
            "title": f"API de {settings.name}",
            "version": "1",
            "description": "Información para la Plataforma Digital Nacional: "
            + "; ".join(f"{s.system} {s.version}, {s.title}" for s in standards)
            + ".",
        },
        "servers": [{"url": settings.public_url or "/"}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                s.security.scheme: _scheme(s, token_paths(standards)[0])
                for s in standards
            },
            **components(standards),
        },
    }


def install(
    app: Flask, settings: ProviderSettings, standards: Sequence[Standard]
) -> None:
    """Publish the document."""
    written = orjson.dumps(document(settings, standards))

    def view() -> Response:
        return json_answer(written)

    app.add_url_rule("/openapi.json", view_func=view, endpoint="openapi")


def _secured(
    item: Mapping[str, Any], standard: Standard, scopes: Sequence[str]
) -> dict[str, Any]:
    needs = [{standard.security.scheme: scopes}]
    return {
        method: {**operation, "security": needs} for method, operation in item.items()
    }


def _scopes(standard: Standard) -> list[str]:
    return [standard.security.scope] if standard.security.kind == OAUTH else []


def _scheme(standard: Standard, token_path: str) -> dict[str, Any]:
    security = standard.security
    if security.kind != OAUTH:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "El token fijo que se entrega con la credencial.",
        }
    return {
        "type": "oauth2",
        "description": "Token por usuario y contraseña, además del cliente.",
        "flows": {
            "password": {
                "tokenUrl": token_path,
                "scopes": {
                    security.scope: f"Consultar {standard.system}.",
                    security.reserved_scope: "Ver además los datos reservados.",
                    **_certificate_scope(standard),
                },
            }
        },
    }


def _certificate_scope(standard: Standard) -> dict[str, str]:
    declared = standard.certificates
    return {declared.scope: "Consultar acuses."} if declared else {}


def _token(standards: Sequence[Standard]) -> dict[str, Any]:
    names = ("username", "password", "client_id", "client_secret", "scope")
    members = {name: {"type": "string"} for name in (*names, "refresh_token")}
    grant = {"type": "string", "enum": ["password", "refresh_token"]}
    form = {
        "type": "object",
        "required": ["grant_type"],
        "properties": {"grant_type": grant, **members},
    }
    answer = {"schema": {"$ref": "#/components/schemas/Token"}}
    return {
        "post": {
            "operationId": "token",
            "tags": ["Acceso"],
            "summary": "Pedir un token",
            "description": "El cliente se identifica en el encabezado Basic, en el "
            "cuerpo o en ambos. Alias: " + ", ".join(token_paths(standards)[1:]) + ".",
            "security": [],
            "requestBody": {
                "required": True,
                "content": {
                    "application/x-www-form-urlencoded": {"schema": form},
                    "application/json": {"schema": form},
                },
            },
            "responses": {
                "200": {
                    "description": "El token.",
                    "content": {"application/json": answer},
                },
                "400": {"$ref": "#/components/responses/Error400"},
                "401": {"$ref": "#/components/responses/Error401"},
            },
        }
    }
