"""The page of a report in Chromium: narrow, without network, by keyboard, on paper."""

import io
import shutil

import pytest
from pypdf import PdfReader
from tests.sdk.reports import HOSTILE, exchange, failing, many, report, result

from pdn_sdk.conformance.render import html
from pdn_sdk.conformance.results import Outcome

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
    None,
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]
LOUD = failing(
    "PAG-02", message=HOSTILE + "x" * 900, fix="y" * 400, evidence=(exchange(HOSTILE),)
)
MIXED = report(
    failing(),
    LOUD,
    result("ACC-01"),
    result("SEA-03", Outcome.SKIP, message="Ningún registro trae el dato."),
)


@pytest.fixture(scope="module")
def chromium():
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, tmp_path):
    """Open the page of a report, with the network cut; give it and what it asked."""
    pages = []

    def open_page(made, width=1280):
        path = tmp_path / "reporte.html"
        path.write_text(html.document(made), encoding="utf-8")
        page = chromium.new_page(viewport={"width": width, "height": 800})
        page.context.set_offline(True)
        page.asked, page.faults = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda fault: page.faults.append(str(fault)))
        page.on("dialog", lambda dialog: page.faults.append(dialog.message))
        page.goto(path.as_uri())
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()


@pytest.mark.parametrize("width", [360, 390, 768, 1280])
@pytest.mark.parametrize("made", [MIXED, many(300)], ids=["mixed", "many"])
def test_page_fits_its_window_with_everything_unfolded(opened, made, width):
    page = opened(made, width)

    page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")

    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width


def test_page_opens_without_network_and_runs_nothing(opened):
    page = opened(MIXED)

    assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []
    assert page.faults == []


def test_first_key_leads_to_the_content(opened):
    page = opened(MIXED)

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "contenido"


def test_first_thing_to_correct_leads_to_its_card(opened):
    page = opened(MIXED)

    page.click(".begin a")

    card = page.locator(":target")
    assert card.get_attribute("class") == "finding"
    assert card.is_visible()


def test_paper_shows_what_the_screen_folds(opened):
    page = opened(report(failing(), result("ACC-01")))

    paper = PdfReader(io.BytesIO(page.pdf(format="Letter", prefer_css_page_size=True)))

    told = " ".join(" ".join(p.extract_text() for p in paper.pages).split())
    assert "curl -sS" in told
    assert "ACC-01" in told
    assert all(tuple(p.mediabox[2:]) == (612, 792) for p in paper.pages)
