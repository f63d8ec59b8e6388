"""The report and the API explorer, audited against WCAG 2.2 AA in Chromium."""

import shutil

import pytest
from tests.accessibility import barriers
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
WIDTHS = (360, 390, 1280)
REPORTS = {
    "conformant": report(result()),
    "with_advice": report(result(), result("SEA-03", Outcome.WARN, message="Tarda.")),
    "with_gaps": report(result(), result("SEA-03", Outcome.SKIP, message="Sin datos.")),
    "non_conformant": report(
        failing(),
        failing("PAG-02", message=HOSTILE, evidence=(exchange(HOSTILE),)),
        result("ACC-01"),
    ),
    "inconclusive": report(result(outcome=Outcome.ERROR, message="Sin respuesta.")),
    "nothing_tried": report(),
    "every_outcome": many(40),
}


@pytest.fixture(scope="module")
def chromium():
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, tmp_path):
    """Open a page of HTML from a file, with the network cut."""
    context = chromium.new_context(locale="es-MX", offline=True)

    def open_page(text, width=1280):
        path = tmp_path / "pagina.html"
        path.write_text(text, encoding="utf-8")
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(path.as_uri())
        return page

    yield open_page
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("verdict", REPORTS)
def test_report_has_no_barrier(opened, verdict, width):
    page = opened(html.document(REPORTS[verdict]), width)

    assert barriers(page) == []


@pytest.mark.parametrize(
    ("good", "bad", "rule"),
    [
        ('lang="es-MX"', "", "html-has-lang"),
        ("</main>", '<img src="data:,"></main>', "image-alt"),
        ("</main>", "<button></button></main>", "button-name"),
        (
            "</main>",
            "<details><p><font color='#aaaaaa'>gris</font></p></details></main>",
            "color-contrast",
        ),
    ],
)
def test_audit_finds_a_barrier_put_on_purpose(opened, good, bad, rule):
    text = html.document(REPORTS["conformant"])
    assert good in text

    page = opened(text.replace(good, bad), 1280)

    assert [line.partition(":")[0] for line in barriers(page)] == [rule]
