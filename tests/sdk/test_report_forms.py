"""A report in the terminal, as JUnit and as the acta."""

import io
import re
from xml.etree import ElementTree as ET

import pytest
from pypdf import PdfReader
from rich.console import Console
from tests.sdk.reports import HOSTILE, exchange, failing, many, report, result

from pdn_sdk.conformance.render import acta, console, junit
from pdn_sdk.conformance.results import Outcome
from pdn_sdk.standards.model import Category, Level

SKIPPED = result("SEA-03", Outcome.SKIP, message="No hay datos.")
ERRED = result("ROB-01", Outcome.ERROR, message="El servidor no respondió.")
WARNED = result("ERR-02", Outcome.WARN, level=Level.SHOULD, message="Conviene un 400.")
EVERY_KIND = report(result(), failing(), SKIPPED, ERRED, WARNED)


def printed(made):
    out = io.StringIO()
    console.show(made, Console(file=out, width=80, highlight=False))
    return out.getvalue()


def test_terminal_says_the_verdict_first_and_what_to_put_right():
    lines = printed(EVERY_KIND).strip().splitlines()

    assert lines[0].startswith("✗ No conforme: 1 requisito obligatorio falla")
    headings = [line for line in lines if line.startswith("Lo que")]
    assert headings == [
        "Lo que falla",
        "Lo que no se pudo juzgar",
        "Lo que conviene mejorar",
        "Lo que no se probó",
    ]


@pytest.mark.parametrize("made", [report(), EVERY_KIND, many(60)])
def test_terminal_keeps_to_eighty_columns(made):
    assert max(map(len, printed(made).splitlines())) <= 80


def test_terminal_counts_in_words_with_their_icon():
    told = " ".join(printed(EVERY_KIND).split())

    for counted in ("✗ 1 falla", "? 1 error", "! 1 aviso", "– 1 sin probar"):
        assert counted in told
    assert "412 solicitudes en 11.4 s" in told


def test_terminal_takes_no_markup_from_a_provider():
    loud = failing(message="[red]alerta[/] [/x]", received="[link=http://x]y[/link]")

    told = printed(report(loud, target={**report().target, "base_url": "[b]x[/b]"}))

    assert "[red]alerta[/] [/x]" in told
    assert "[link=http://x]y[/link]" in told
    assert "[b]x[/b]" in told


def test_terminal_names_a_handful_of_what_an_outage_blocked():
    erred = [
        result(f"SEA-{n}", Outcome.ERROR, message="No se pudo conectar.")
        for n in range(60)
    ]

    told = " ".join(printed(report(*erred)).split())

    assert told.count("No se pudo conectar.") == 2
    assert "y 51 más" in told


def suite(made):
    root = ET.fromstring(junit.document(made).partition("\n")[2])
    assert root.tag == "testsuites"
    (found,) = root
    return found


def test_junit_counts_what_it_holds():
    found = suite(EVERY_KIND)

    assert {k: found.get(k) for k in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    assert len(found.findall("testcase")) == 5
    for kind in ("failure", "error", "skipped"):
        assert len(found.findall(f"testcase/{kind}")) == 1


def test_junit_has_the_shape_that_test_systems_read():
    found = suite(EVERY_KIND)

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", found.get("timestamp"))
    assert [child.tag for child in found] == ["properties", *["testcase"] * 5]
    for case in found.findall("testcase"):
        assert case.get("classname").startswith("pdn.s2.")
        assert float(case.get("time")) >= 0
        assert {c.tag for c in case} <= {"failure", "error", "skipped", "system-out"}


def test_junit_warning_passes_and_is_told():
    cases = {c.get("name"): c for c in suite(report(WARNED)).findall("testcase")}

    (case,) = cases.values()
    assert [child.tag for child in case] == ["system-out"]
    assert "Conviene un 400." in case.findtext("system-out")


def test_junit_holds_any_text_that_a_provider_sends():
    loud = failing(message=HOSTILE, received=HOSTILE + "\x0b\ufffe")

    told = suite(report(loud)).find("testcase/failure")

    assert "<script>alert(1)</script>" in told.get("message")
    assert "\x00" not in told.text


def read(document):
    pages = PdfReader(io.BytesIO(document)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_acta_is_a_pdf_with_its_fonts_inside():
    made = acta.document(EVERY_KIND, institution="Peñamiller")

    assert made.startswith(b"%PDF-1.")
    assert made.rstrip().endswith(b"%%EOF")
    assert b"/FontFile2" in made
    assert b"/Lang" in made


def test_acta_has_what_the_test_plan_asks_for():
    told = read(
        acta.document(
            EVERY_KIND, institution="Peñamiller", government_level="municipal"
        )
    )

    for shown in (
        *("Institución Peñamiller", "Orden de gobierno Municipal"),
        *("https://api.ejemplo.gob.mx/v1/spic", "Ambiente de desarrollo"),
        "22 de noviembre de 2026, 14:05 (hora del centro de México)",
        *("No conforme: 1 requisito", "Nombre, cargo y firma"),
        *(title for title, _ in acta.COLUMNS),
    ):
        assert shown in told


def test_acta_tells_each_case_with_its_steps_and_what_came():
    told = read(acta.document(report(failing())))

    for shown in (
        *("PAG-01", "S2-021", "Los totales son números."),
        *("1. Pedir un token.", "2. Enviar POST /v1/spic.", '{"page":1}'),
        *("un número", "No cumple.", 'totalRows "300"'),
        *("«pagination.totalRows» llega como texto.", "Corregir: Escriba los"),
    ):
        assert shown in told


def test_acta_puts_each_case_in_its_group():
    cases = [failing(category=category) for category in Category]

    told = read(acta.document(report(*cases)))

    titles = ("Pruebas de seguridad", "Pruebas funcionales", "Pruebas de estrés")
    assert all(title in told for title in titles)


def test_acta_leaves_lines_to_fill_in_what_is_not_known():
    assert "Institución ____" in read(acta.document(EVERY_KIND))


@pytest.mark.parametrize("made", [report(), EVERY_KIND, many(30)])
def test_acta_is_made_of_any_report(made):
    assert len(acta.document(made)) < 500_000


def test_acta_takes_no_markup_from_a_provider():
    loud = failing(
        message=HOSTILE * 4,
        expected="<font color='red'>x",
        received="<a href='http://x'>y</a>",
        evidence=(exchange(HOSTILE, url=HOSTILE),),
    )

    made = acta.document(report(loud), institution=HOSTILE)

    assert b"/URI" not in made
    assert b"/JavaScript" not in made
    assert "<font color='red'>x" in read(made)


def test_acta_is_the_same_each_time():
    assert acta.document(EVERY_KIND) == acta.document(EVERY_KIND)
