"""Every page that a person reaches by its links, audited against WCAG 2.2 AA."""

import io
import re
import shutil
import threading
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from PIL import Image
from tests.accessibility import barriers
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

from pdn_marketplace.administration.rules import previews
from pdn_marketplace.administration.rules.impact import Rules
from pdn_marketplace.administration.rules.jobs import Previewer
from pdn_marketplace.catalog.seed import seed_catalog
from pdn_marketplace.organisations import service as organisations
from pdn_marketplace.security import Role
from pdn_sdk.conformance.results import Outcome
from pdn_sdk.standards import loader
from pdn_sdk.standards.model import Level

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
    "",
)
PASSWORD = "cuatro palabras nada parecidas"
# Each language at one width: the barriers of a width are not of a language.
WIDTHS = {"es": 360, "en": 1280}
BEGIN = ("/", "/?q=qzx-nada", "/no-existe", "/verify", "/verify/no-existe")
"""Where a person begins; the links of these pages lead to the others."""
MANY = frozenset(
    {
        *("catalog.show", "catalog.index", "numeralia.show"),
        *("administration.account", "administration.resource", "letters.edit"),
    }
)
"""Pages of which one stands for all: they differ in their data alone."""
VISITED = {
    None: {"catalog.show", "accounts.sign_in", "proof.ask", "numeralia.show"},
    Role.CONTRIBUTOR: {
        *("submissions.mine", "submissions.show", "submissions.run"),
        *("organisations.show", "belonging.rename", "belonging.close"),
    },
    Role.REVIEWER: {"reviews.queue_page", "submissions.show", "submissions.run"},
    Role.ADMINISTRATOR: {
        *("administration.index", "administration.accounts", "administration.account"),
        *("administration.resources", "administration.resource"),
        *("administration.tune", "administration.keep", "rules.index", "rules.show"),
        *("log.show", "letters.every", "letters.edit"),
    },
}
"""What the links must lead to, or the audit would be of less than it says."""
ADMINISTRATION = "/administracion/"
"""Who administers sees besides what the others see; only that is audited for them."""
ALIKE = ("catalog.", "numeralia.", "proof.", "watch.")
"""Pages that are the same whoever looks: audited for a visitor, but the first."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine"),
]


@pytest.fixture
def site(make_market, reports):
    """A site with connectors in several states; give it and its address."""
    made_report, made_result = reports
    market = make_market(allow_private_targets="1")
    with market.database.transaction() as session:
        seed_catalog(session, market.clock())
    owner = market.person("duena", organization="Municipio de Ejemplo")
    market.person("revisora", Role.REVIEWER, "Secretaría Ejecutiva")
    admin = market.person("admin", Role.ADMINISTRATOR, "Secretaría Ejecutiva")
    with market.database.transaction() as session:
        organisations.create(session, owner, "Tesorería", market.clock(), entity="14")
    failed = made_result("PAG-02", Outcome.FAIL)
    begun = market.submit(owner)
    market.tested(begun, owner, made_report(made_result(), failed))
    market.tested(begun, owner, made_report(made_result()))
    market.in_review(owner, name="Otro conector")
    previewed(market, admin)
    server = make_server("127.0.0.1", 0, market.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield market, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def previewed(market, admin):
    """Make a preview of rules that changes a verdict, and leave another in line."""
    rules = Rules(loader.get("s2"), "pdn", {"S2-023": Level.MAY})
    with market.database.transaction() as session:
        previews.ask(session, rules, admin, market.clock())
    previewer = Previewer(market.worker())
    while previewer.make_next():
        pass
    with market.database.transaction() as session:
        previews.ask(session, rules, admin, market.clock())


@pytest.fixture
def page(site):
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser.new_context(base_url=site[1], locale="es-MX").new_page()
        browser.close()


def signed_in(page, email):
    page.goto("/cuenta/entrar")
    page.get_by_label("Correo electrónico").fill(email)
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Entrar").click()
    page.get_by_role("button", name="Salir").wait_for()


def listed(market, reviewer):
    """List a connector with pictures, that somebody watches; give its short name."""
    owner = market.person("otra", organization="Otro municipio")
    number = market.submit(owner, name="Publicado")
    for kind, size in (("cover", (345, 140)), ("screenshot", (640, 400))):
        drawn = io.BytesIO()
        Image.new("RGB", size, "navy").save(drawn, "PNG")
        drawn.seek(0)
        data = {"kind": kind, "alt": "La búsqueda", "file": (drawn, "a.png")}
        market.browser(owner).post(f"/conectores/{number}/imagenes", data=data)
    run_id = market.sent(number, owner)
    market.browser(reviewer).post(
        f"/conectores/{number}/decision",
        data={"decision": "approve", "run_id": str(run_id)},
    )
    assert market.state(number) == "published"
    return "publicado"


FAULTY = (
    ("/conectores/nuevo", "Guardar"),
    ("/conectores/1/imagenes", "Añadir imagen"),
    ("/cuenta/tokens", "Crear"),
    ("/organizaciones", "Crear"),
)
"""Forms that are sent as they are found, and the start of their button's words."""


def endpoint_of(app, path):
    """Name the view of a path; the path itself where there is none."""
    try:
        return app.url_map.bind("localhost").match(urlsplit(path).path)[0]
    except HTTPException:
        return path


def linked(page):
    """Give the paths of this site that the open page links to."""
    every = "all => all.map(a => a.getAttribute('href'))"
    found = page.eval_on_selector_all("a[href^='/']", every)
    return [urlsplit(path).path for path in found]


def audited(page, app, language, within="/"):
    """Open what the links lead to; give the views seen and the barriers there."""
    waiting, seen, found = list(BEGIN) if within == "/" else [within], set(), []
    is_signed = page.query_selector("form[action='/cuenta/salir']") is not None
    while waiting:
        path = waiting.pop(0)
        if not path.startswith(within):
            continue
        endpoint = endpoint_of(app, path)
        key = endpoint if endpoint in MANY and path not in BEGIN else path
        if key in seen or "." in path or path.startswith("/api/"):
            continue
        if is_signed and path != "/" and endpoint.startswith(ALIKE):
            continue
        seen |= {key, endpoint}
        answer = page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        waiting += linked(page)
        page.set_viewport_size({"width": WIDTHS[language], "height": 800})
        found += [f"{path}: {line}" for line in barriers(page)]
    return seen, found


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize(
    ("role", "email"),
    [
        (None, ""),
        (Role.CONTRIBUTOR, "duena@correo.mx"),
        (Role.REVIEWER, "revisora@correo.mx"),
        (Role.ADMINISTRATOR, "admin@correo.mx"),
    ],
)
def test_no_page_has_a_barrier(site, page, role, email, language):
    if role:
        signed_in(page, email)

    within = ADMINISTRATION if role is Role.ADMINISTRATOR else "/"
    seen, found = audited(page, site[0].app, language, within)

    assert found == []
    assert seen >= VISITED[role]


def test_no_page_has_a_barrier_after_a_wrong_form_nor_when_it_is_watched(
    site, page
) -> None:
    market, _ = site
    market.config = replace(market.config, approvals=1)
    market.app.extensions["pdn_config"] = market.config
    chief = market.person("jefa", Role.REVIEWER, "Secretaría Ejecutiva")
    slug = listed(market, chief)
    found = []
    for path in (f"/recursos/{slug}", f"/recursos/{slug}/estado"):
        page.goto(path)
        found += [f"{path}: {line}" for line in barriers(page)]
    page.goto("/cuenta/crear")
    page.locator("main form [type=submit]").click()
    found += [f"sign up: {line}" for line in barriers(page)]
    signed_in(page, "duena@correo.mx")
    for path, words in FAULTY:
        page.goto(path)
        button = page.locator("main").get_by_role("button", name=re.compile(words))
        button.first.click()
        page.locator(".field-error").first.wait_for()
        found += [f"{path}: {line}" for line in barriers(page)]

    assert found == []
