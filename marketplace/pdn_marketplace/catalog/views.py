"""Pages of the catalogue: the list with its filters, a resource, its cover."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from markupsafe import Markup

from pdn_marketplace import db
from pdn_marketplace.catalog import service, words
from pdn_marketplace.catalog.export import product, schema_org
from pdn_marketplace.catalog.facets import facets
from pdn_marketplace.catalog.forms import read_query, write_query
from pdn_marketplace.catalog.memory import remembered
from pdn_marketplace.catalog.pictures import card_cover, cover_address, shots
from pdn_marketplace.catalog.service import Query
from pdn_marketplace.errors import NotFoundError
from pdn_marketplace.security import limiter, unless_known

blueprint = Blueprint("catalog", __name__)

COVER_AGE_S = 86_400
FEED_ENTRIES = 50
MARK = "---"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOT_FOR_ROBOTS = ("/cuenta/", "/conectores", "/pruebas/", "/revision", "/verify/")


@blueprint.app_context_processor
def catalog_words() -> dict[str, object]:
    """Give every template the names of types, systems and verdicts."""
    return {"words": words, "cover_address": cover_address, "card_cover": card_cover}


@blueprint.get("/")
def index() -> str:
    """List what fits the address; each state of the filters has its own."""
    query = read_query(request.args)
    key = "list", str(get_locale()), query
    listed = remembered(db.session(), key, lambda: _listed(query))
    return render_template("catalog/index.html", listed=listed)


def _listed(query: Query) -> Markup:
    """Write the part of the page that is the same for everybody."""
    found = service.find(db.session(), query)

    def address(**changes: str) -> str:
        asked: dict[str, Any] = write_query(query, **changes)
        return url_for("catalog.index", **asked)

    written = render_template(
        "catalog/_list.html",
        query=query,
        found=found,
        facets=facets(db.session(), query, found),
        address=address,
        sentence=_sentence(replace(query, q=found.corrected or query.q), found.total),
        is_filtered=write_query(query, sort="") != {},
    )
    return Markup(written)  # noqa: S704 - what a template of ours has escaped


@blueprint.get("/recursos/<slug>")
def show(slug: str) -> str:
    """Show all that is known of one resource."""
    resource = service.resource(db.session(), slug)
    proof = resource.conformance
    return render_template(
        "catalog/resource.html",
        resource=resource,
        verified_at=datetime.fromisoformat(proof["verified_at"]) if proof else None,
        similar=service.similar(db.session(), resource),
        described=schema_org(
            resource,
            request.base_url,
            cover_address(resource, is_full=True),
            shots(resource),
        ),
    )


@blueprint.get("/portadas/<kind>/<systems>.svg")
@limiter.exempt
def cover(kind: str, systems: str) -> Response:
    """Draw the cover that resources of one type for the same systems share."""
    shown = systems.split("-")
    if kind not in words.TYPES or not set(shown) <= words.SYSTEMS.keys():
        raise NotFoundError(_("No hay ninguna portada con ese nombre."))
    drawn = render_template(
        "catalog/cover.svg", kind=kind, systems=shown, tints=_tints()
    )
    answer = Response(drawn, mimetype="image/svg+xml")
    answer.cache_control.max_age = COVER_AGE_S
    answer.cache_control.public = True
    return answer


@blueprint.get("/feed.atom")
@blueprint.get("/api/v1/feed.atom")
def feed() -> Response:
    """Give what is new or has changed, for readers of news."""
    key = "feed", request.host_url, str(get_locale())
    told = remembered(db.session(), key, _news)
    return unless_known(told, "application/atom+xml")


def _news() -> str:
    rows = service.newest(db.session(), FEED_ENTRIES)
    return render_template(
        "catalog/feed.xml",
        resources=rows,
        title=_("Mercado Digital"),
        subtitle=_("Recursos y conectores nuevos, y los que cambiaron."),
        # A feed without entries has changed never: the epoch says so.
        updated=max((r.updated_at for r in rows), default=EPOCH).isoformat(),
    )


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """List the pages of the catalogue for search engines."""
    key = "sitemap", request.host_url
    told = remembered(db.session(), key, _sitemap)
    return unless_known(told, "application/xml")


def _sitemap() -> str:
    rows = service.addresses(db.session())
    # The address of one with a mark in place of its name: making each is slow.
    page = url_for("catalog.show", slug=MARK, _external=True)
    return render_template("catalog/sitemap.xml", rows=rows, page=page, mark=MARK)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Tell robots what is worth reading, and where the list is."""
    site = url_for("catalog.sitemap", _external=True)
    closed = "".join(f"Disallow: {path}\n" for path in NOT_FOR_ROBOTS)
    told = f"User-agent: *\n{closed}\nSitemap: {site}\n"
    return Response(told, mimetype="text/plain")


@blueprint.get("/export/products.json")
@blueprint.get("/api/v1/export/products.json")
def products() -> Response:
    """Give the catalogue in the shape of the agency's existing one."""
    key = "products", request.host_url
    told = remembered(db.session(), key, _products)
    return unless_known(told, "application/json")


def _products() -> bytes:
    rows = service.everything(db.session())
    return orjson.dumps(
        [product(row, cover_address(row, is_full=True), shots(row)) for row in rows]
    )


def _sentence(query: Query, total: int) -> str:
    """Answer the visitor's first question: how many, of what."""
    count = ngettext("%(num)s recurso", "%(num)s recursos", total)
    parts = [
        words.TYPES[query.type][0] if query.type in words.TYPES else "",
        query.system.upper(),
        query.technology,
        query.maintainer,
        query.licence,
        _("verificados en %(month)s", month=words.month(query.verified))
        if query.verified
        else "",
        _("oficiales") if query.official else "",
        _("conectores conformes") if query.conformance else "",
        f"«{query.q}»" if query.q else "",
    ]
    told = " · ".join(str(part) for part in parts if part)
    if not total:
        said = _("Ningún recurso coincide con lo que busca: %(filters)s.", filters=told)
    elif told:
        said = _("%(count)s para: %(filters)s.", count=count, filters=told)
    else:
        said = _("%(count)s para conectar su institución con la PDN.", count=count)
    return str(said)


@cache
def _tints() -> Mapping[str, str]:
    """Read the tint of each system from the one file of tokens."""
    text = (files("pdn_sdk") / "look" / "tokens.css").read_text(encoding="utf-8")
    return dict(re.findall(r"--pdn-(s[1-6]): (#[0-9a-f]{6});", text))
