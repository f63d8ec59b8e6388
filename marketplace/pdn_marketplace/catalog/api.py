"""The catalogue for programs: /api/v1 and its OpenAPI document."""

import json
from importlib.resources import files
from typing import Any

import orjson
from flask import Blueprint, Response, jsonify, request, url_for
from flask_babel import gettext as _

from pdn_marketplace import db
from pdn_marketplace.catalog import service
from pdn_marketplace.catalog.export import document
from pdn_marketplace.catalog.forms import read_query
from pdn_marketplace.catalog.memory import remembered
from pdn_marketplace.catalog.models import Resource
from pdn_marketplace.catalog.pictures import cover_address, shots
from pdn_marketplace.catalog.service import Query
from pdn_marketplace.errors import MarketplaceError
from pdn_marketplace.security import unless_known

blueprint = Blueprint("catalog_api", __name__, url_prefix="/api/v1")


@blueprint.get("/resources")
def resources() -> Response:
    """Answer one page of the catalogue and the cursor of the next one."""
    query, limit = read_query(request.args), _limit()
    key = "api", request.host_url, query, limit
    told = remembered(db.session(), key, lambda: _page(query, limit))
    return unless_known(told, "application/json")


def _page(query: Query, limit: int) -> bytes:
    found = service.find(db.session(), query, limit)
    told = {
        "results": [_document(r) for r in service.full(db.session(), found.resources)],
        "next": found.next,
        "total": found.total,
        **({"corrected": found.corrected} if found.corrected else {}),
    }
    return orjson.dumps(told)


@blueprint.get("/resources/<slug>")
def resource(slug: str) -> Response:
    """Answer one resource."""
    told = _document(service.resource(db.session(), slug))
    return unless_known(orjson.dumps(told), "application/json")


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Describe this API: each domain describes its own paths in a file."""
    domains = sorted(
        folder.name for folder in files("pdn_marketplace").iterdir() if folder.is_dir()
    )
    whole: dict[str, Any] = {}
    for name in domains:
        told = files("pdn_marketplace") / name / "openapi.json"
        if told.is_file():
            _merge(whole, json.loads(told.read_text(encoding="utf-8")))
    return jsonify(whole)


def _document(row: Resource) -> dict[str, Any]:
    page = url_for("catalog.show", slug=row.slug, _external=True)
    return document(row, page, cover_address(row, is_full=True), shots(row))


def _limit() -> int:
    text = request.args.get("limit", str(service.PAGE_SIZE))
    if not text.isdecimal() or not 1 <= int(text) <= service.MAX_PAGE_SIZE:
        raise MarketplaceError(
            _(
                "«limit» debe ser un número entero de 1 a %(most)s.",
                most=service.MAX_PAGE_SIZE,
            )
        )
    return int(text)


def _merge(whole: dict[str, Any], part: dict[str, Any]) -> None:
    for key, value in part.items():
        if isinstance(value, dict) and isinstance(whole.get(key), dict):
            _merge(whole[key], value)
        else:
            whole.setdefault(key, value)
