"""/docs: a page to try the API by hand, with nothing fetched from elsewhere.

The page is still: its script reads /openapi.json and makes the forms. The files
are in `pages/`; the tokens of the look are those of the whole project.
"""

import html
from collections.abc import Callable, Sequence
from importlib.resources import files

from flask import Flask, Response

from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards.model import Standard

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
ASSETS = {
    "tokens.css": ("pdn_sdk.look", "text/css; charset=utf-8"),
    "explorer.css": ("pdn_sdk.provider.pages", "text/css; charset=utf-8"),
    "explorer.js": ("pdn_sdk.provider.pages", "text/javascript; charset=utf-8"),
}


def install(
    app: Flask, settings: ProviderSettings, standards: Sequence[Standard]
) -> None:
    """Publish the page and what it needs."""
    page = _page(settings, standards)

    def view() -> Response:
        answer = Response(page, content_type="text/html; charset=utf-8")
        answer.headers["Content-Security-Policy"] = POLICY
        return answer

    app.add_url_rule("/docs", view_func=view, endpoint="docs")
    for name, (package, kind) in ASSETS.items():
        app.add_url_rule(
            f"/docs/{name}",
            endpoint=f"docs:{name}",
            view_func=_asset(files(package).joinpath(name).read_bytes(), kind),
        )


def _asset(body: bytes, kind: str) -> Callable[[], Response]:
    def view() -> Response:
        answer = Response(body, content_type=kind)
        answer.headers["Cache-Control"] = "max-age=300"
        return answer

    return view


def _page(settings: ProviderSettings, standards: Sequence[Standard]) -> str:
    text = files("pdn_sdk.provider.pages").joinpath("explorer.html").read_text("utf-8")
    titles = "; ".join(f"{s.system} {s.version}: {s.title}" for s in standards)
    return text.replace("{{name}}", html.escape(settings.name)).replace(
        "{{titles}}", html.escape(titles)
    )
