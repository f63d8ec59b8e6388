"""The API explorer as a person uses it, in Chromium, wide and narrow."""

import shutil

import pytest
from tests.accessibility import barriers

from pdn_sdk.provider.serving import running

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
    "",
)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine"),
]


@pytest.fixture(params=[1280, 360])
def page(request, served):
    """Open the explorer, and fail where it complains or sticks out sideways."""
    complaints = []
    with running(served.app) as base, playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        size = {"width": request.param, "height": 900}
        opened = browser.new_page(viewport=size, locale="es-MX")
        opened.set_default_timeout(10_000)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.goto(f"{base}/docs")
        yield opened
        assert opened.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        browser.close()
    assert complaints == []


def _sign_in(page, served, **changes):
    for name, value in {**served.form, **changes}.items():
        if name != "grant_type":
            page.fill(f"#{name}", value)
    page.get_by_role("button", name="Obtener token").click()


def test_person_gets_a_token_and_searches(page, served):
    _sign_in(page, served)
    page.get_by_text("Ya tiene un token").wait_for()
    page.get_by_label("pageSize").fill("7")
    page.get_by_label("Ordenar por").select_option("primerApellido")
    page.get_by_role("button", name="Consultar").click()
    page.get_by_text("30 registros en total; en la página 1, 7 registros.").wait_for()
    page.get_by_role("button", name="Página siguiente").click()
    page.get_by_text("en la página 2, 7 registros.").wait_for()

    curl = page.locator("#curl").inner_text()
    assert '"sort":{"primerApellido":"asc"}' in curl
    assert '"page":2' in curl
    assert "Bearer $TOKEN" in curl


def test_person_reads_why_there_is_no_token_nor_answer(page, served):
    _sign_in(page, served, password="otra")
    page.get_by_text("El usuario, la contraseña o el token").wait_for()

    page.get_by_role("button", name="Consultar").click()

    page.get_by_text("Estado 401").wait_for()
    assert "Falta el token" in page.locator("#resumen").inner_text()


def test_explorer_has_no_barrier_before_nor_after_an_answer(page, served):
    before = barriers(page)
    _sign_in(page, served)
    page.get_by_text("Ya tiene un token").wait_for()
    page.get_by_role("button", name="Consultar").click()
    page.get_by_text("30 registros en total").wait_for()

    assert before == []
    assert barriers(page) == []


def test_explorer_has_no_barrier_where_it_tells_of_an_error(page):
    page.get_by_role("button", name="Consultar").click()
    page.get_by_text("Estado 401").wait_for()

    assert barriers(page) == []
