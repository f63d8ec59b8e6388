"""As people walk through the site, in Chromium: search, submit, follow, approve.

The worker's part is played by the test, so that each step of a run is seen on
the page.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from tests.chromium import ARGUMENTS, CHROMIUM, is_trouble, photographed, signed_in
from werkzeug.serving import make_server

from pdn_marketplace.catalog.seed import seed_catalog
from pdn_marketplace.submissions import runs
from pdn_sdk.conformance.results import Outcome

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine"),
]


@pytest.fixture
def site(make_market) -> Iterator[tuple[object, str]]:
    market = make_market(approvals="1", allow_private_targets="1")
    market.app.config["WTF_CSRF_ENABLED"] = True
    with market.database.transaction() as session:
        seed_catalog(session, market.clock())
    with served(market) as address:
        yield market, address


@contextmanager
def served(market) -> Iterator[str]:
    """Serve a site as long as the block lasts; give its address."""
    server = make_server("127.0.0.1", 0, market.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def chromium() -> Iterator[object]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, site) -> Iterator[Callable[[], object]]:
    """Give new browsers, and fail where one of their pages complains."""
    complaints: list[str] = []

    def opened():
        context = chromium.new_context(base_url=site[1], locale="es-MX")
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if is_trouble(said) else None,
        )
        return page

    yield opened
    assert complaints == []


def test_a_verdict_is_checked_by_its_code(site, open_page, reports) -> None:
    market, _ = site
    owner = market.person("duena", organization="Villa Ejemplo")
    made_report, made_result = reports
    submission_id = market.submit(owner)
    market.tested(submission_id, owner, made_report(made_result("PAG-02")))
    failing = made_report(made_result("PAG-02", Outcome.FAIL))
    run_id = market.tested(submission_id, owner, failing)
    page = open_page()
    signed_in(page, owner.email)

    page.goto(f"/pruebas/{run_id}")
    code = page.locator("a.proof-code").inner_text()
    page.get_by_role("link", name="Comparar con la prueba anterior").click()
    page.get_by_role("heading", name="1 prueba cambió; 1 falla ahora").wait_for()
    photographed(page, "comparar")
    page.get_by_role("link", name="Comprobar un dictamen").click()
    photographed(page, "comprobar")
    page.get_by_label("Código").fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="Comprobar", exact=True).click()
    page.get_by_role("heading", name="Auténtico y vigente").wait_for()
    photographed(page, "comprobado")


def test_a_token_is_made_and_shown_once(site, open_page) -> None:
    market, _ = site
    page = open_page()
    signed_in(page, market.person("duena").email)

    page.goto("/cuenta/")
    page.get_by_role("link", name="Tokens de API").click()
    page.get_by_label("Para qué es").fill("Integración continua")
    page.get_by_label("Enviar conectores y pedir pruebas").check()
    page.get_by_role("button", name="Crear token").click()
    page.get_by_text("Cópielo ahora").wait_for()
    photographed(page, "tokens")

    page.goto("/cuenta/tokens")
    assert page.get_by_text("pdnm_").count() == 0


def test_the_form_is_filled_with_the_keyboard_alone(site, open_page) -> None:
    market, _ = site
    person = market.person("teclado", organization="Villa Ejemplo")
    page = open_page()
    signed_in(page, person.email)
    page.goto("/conectores/nuevo")

    page.get_by_label("Nombre del conector").focus()
    order = []
    for _ in range(10):
        order.append(page.evaluate("document.activeElement.name"))
        page.keyboard.press("Tab")

    assert order == [
        "name",
        "abstract",
        "description",
        "institution",
        "maintainer",
        "entity",
        "level",
        "contact_email",
        "contact_phone",
        "repository_url",
    ]


def test_a_run_is_followed_without_scripts(site, chromium) -> None:
    market, address = site
    person = market.person("sinscript")
    submission_id = market.submit(person)
    context = chromium.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    signed_in(page, person.email)

    page.goto(f"/conectores/{submission_id}")
    page.get_by_role("button", name="Probar ahora").click()
    with market.database.transaction() as session:
        runs.claim(session, datetime.now(UTC))

    page.get_by_text("La prueba está comenzando.").wait_for(timeout=8_000)
    context.close()


def test_people_of_an_organisation_find_each_other(site, open_page) -> None:
    market, _ = site
    owner = market.person("duena", organization="Municipio de Ejemplo")
    page = open_page()
    signed_in(page, owner.email)

    page.goto("/organizaciones")
    page.get_by_label("Nombre de la organización").fill("Tesorería de Ejemplo")
    page.get_by_label("Entidad federativa").select_option("14")
    page.get_by_label("Orden de gobierno").select_option("municipal")
    page.get_by_role("button", name="Crear organización").click()
    page.get_by_label("Correo de la persona").fill("colega@correo.mx")
    page.get_by_role("button", name="Enviar invitación").click()
    page.get_by_text("Le enviamos la invitación a colega@correo.mx.").wait_for()
    photographed(page, "organizacion")
    for name, path in (
        ("organizaciones", "/organizaciones"),
        ("eliminar-cuenta", "/cuenta/eliminar"),
        ("publiccode", "/conectores/publiccode"),
        ("mi-cuenta", "/cuenta/"),
    ):
        page.goto(path)
        photographed(page, name)
