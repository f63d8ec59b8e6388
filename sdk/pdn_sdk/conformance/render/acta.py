"""The acta: a report in the shape of SESNA's test plan, as a PDF to be signed.

The fonts travel inside the file. What a provider said is plain text: markup is
escaped, and a character that the font lacks becomes a question mark.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import landscape, letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from pdn_sdk.conformance import words
from pdn_sdk.conformance.evidence import shortened
from pdn_sdk.conformance.render.sentences import requirement_sentences, system_title
from pdn_sdk.conformance.report import Report
from pdn_sdk.conformance.results import CheckResult, Outcome
from pdn_sdk.standards.model import Category

MOST_CASES = 800
CELL_CHARS = 420
NAVY, SOFT, LINE = HexColor("#0b2545"), HexColor("#e9eef5"), HexColor("#c3cad4")
GREY = HexColor("#5b6470")
COLOURS = {
    Outcome.PASS: HexColor("#1b7a43"),
    Outcome.FAIL: HexColor("#b3261e"),
    Outcome.WARN: HexColor("#8a5a00"),
    Outcome.SKIP: GREY,
    Outcome.ERROR: GREY,
}
RESULTS = {
    Outcome.PASS: "Cumple",
    Outcome.FAIL: "No cumple",
    Outcome.WARN: "Cumple, con aviso",
    Outcome.SKIP: "Sin probar",
    Outcome.ERROR: "Sin conclusión",
}
LEVELS = {"federal": "Federal", "estatal": "Estatal", "municipal": "Municipal"}
BLANK = "_" * 44
COLUMNS = (
    ("Id", 22),
    ("Nombre del caso", 41),
    ("Pasos", 39),
    ("Datos de entrada", 38),
    ("Resultado esperado", 39),
    ("Resultado obtenido", 37),
    ("Observaciones", 39),
)


def document(
    report: Report, *, institution: str = "", government_level: str = ""
) -> bytes:
    """Give the acta; what is not known is left as a line to fill in by hand."""
    _fonts()
    buffer = io.BytesIO()
    pages = SimpleDocTemplate(
        buffer,
        pagesize=landscape(letter),
        leftMargin=10 * mm,
        rightMargin=10 * mm,
        topMargin=12 * mm,
        bottomMargin=16 * mm,
        title=f"Acta de pruebas de conexión, {report.standard['key'].upper()}",
        author="pdn-sdk",
        lang="es-MX",
        invariant=1,
    )
    footer = _footer(report)
    story = [*_head(report, institution, government_level), *_cases(report)]
    pages.build(
        [*story, *_signatures(institution)], onFirstPage=footer, onLaterPages=footer
    )
    return buffer.getvalue()


def _head(report: Report, institution: str, level: str) -> Iterator[Flowable]:
    yield Paragraph("Acta de pruebas de conexión", _style("title"))
    yield Paragraph(_text(system_title(report)), _style("subtitle"))
    target = report.target
    facts = [
        ("Institución", institution or BLANK),
        ("Orden de gobierno", LEVELS.get(level, BLANK)),
        ("Estándar", f"{report.standard['key'].upper()}, {report.standard['version']}"),
        ("Dirección de la API", target["base_url"]),
        ("Direcciones probadas", "\n".join(_addresses(report)) or "—"),
        ("Ambiente", words.ENVIRONMENTS.get(target["environment"], "").capitalize()),
        ("Inicio", f"{words.moment(report.started_at)} (hora del centro de México)"),
        ("Fin", f"{words.moment(report.finished_at)} (hora del centro de México)"),
        (
            "Herramienta",
            f"{report.suite['name']} {report.suite['version']}, reglas "
            f"{report.suite['ruleset_hash']}, perfil {report.profile}, "
            f"{report.requests:,} solicitudes",
        ),
    ]
    rows = [[_cell(k, "label"), _cell(v, "fact")] for k, v in facts]
    table = Table(rows, colWidths=[46 * mm, 209 * mm], hAlign="LEFT")
    table.setStyle([*_grid(), ("BACKGROUND", (0, 0), (0, -1), SOFT)])
    yield table
    yield Spacer(0, 4 * mm)
    verdict = Table(
        [[_cell(report.sentence, "verdict", 900)]], colWidths=[255 * mm], hAlign="LEFT"
    )
    verdict.setStyle(
        [("BOX", (0, 0), (-1, -1), 0.5, LINE), *_band(COLOURS[_gravest(report)])]
    )
    yield verdict
    yield Spacer(0, 3 * mm)
    yield _counts(report)


def _gravest(report: Report) -> Outcome:
    return {
        "conformant": Outcome.PASS,
        "non_conformant": Outcome.FAIL,
        "inconclusive": Outcome.WARN,
    }[report.verdict.value]


def _counts(report: Report) -> Flowable:
    heads = ["Grupo", *(RESULTS[o] for o in words.OUTCOMES)]
    rows = [[_cell(h, "head") for h in heads]]
    for category in Category:
        mine = [r.outcome for r in report.checks if r.category is category]
        counted = [f"{mine.count(o):,}" for o in words.OUTCOMES]
        name = words.CATEGORIES[category].capitalize()
        rows.append([_cell(v, "fact") for v in (name, *counted)])
    table = Table(rows, colWidths=[46 * mm, *[41.8 * mm] * 5], hAlign="LEFT")
    table.setStyle([*_grid(), *_heading()])
    return table


def _cases(report: Report) -> Iterator[Flowable]:
    sentences = requirement_sentences(report)
    kept = report.checks[:MOST_CASES]
    for category in Category:
        mine = [result for result in kept if result.category is category]
        if not mine:
            continue
        name = words.CATEGORIES[category]
        rows: list[list[Any]] = [[_cell(title, "head") for title, _ in COLUMNS]]
        rows += [_row(result, sentences) for result in mine]
        widths = [width * mm for _, width in COLUMNS]
        table = LongTable(
            rows, colWidths=widths, repeatRows=1, splitInRow=1, hAlign="LEFT"
        )
        table.setStyle([*_grid(), *_heading()])
        title = f"Pruebas de {'estrés' if category is Category.STRESS else name}"
        if category is Category.FUNCTIONAL:
            title = "Pruebas funcionales"
        yield Paragraph(title, _style("section"))
        yield table
    left = len(report.checks) - len(kept)
    if left:
        told = f"Hay {left:,} casos más; están en el reporte JSON de esta prueba."
        yield Paragraph(told, _style("fact"))


def _row(result: CheckResult, sentences: Any) -> list[Any]:  # noqa: ANN401
    asked = [sentences[i] for i in result.requirement_ids if i in sentences]
    expected = result.expected or " ".join(asked[:1]) or result.title
    obtained = [f"{RESULTS[result.outcome]}.", _received(result)]
    style = f"result-{result.outcome.value}"
    return [
        _cell(f"{result.id}\n{', '.join(result.requirement_ids[:4])}", "mono"),
        _cell(result.title, "cell"),
        _cell("\n".join(_steps(result)), "cell"),
        _cell(_input(result), "mono"),
        _cell(expected, "cell"),
        [_cell(obtained[0], style), _cell(obtained[1], "cell")],
        _cell(_observations(result), "cell"),
    ]


def _steps(result: CheckResult) -> Sequence[str]:
    if not result.evidence:
        return ["1. Hacer la prueba que describe el nombre."]
    request = result.evidence[0].request
    call = f"{request.get('method', '')} {_path(str(request.get('url', '')))}"
    access = str(request.get("headers", {}).get("Authorization", ""))
    token = ["Pedir un token."] if access.startswith("Bearer") else []
    steps = [*token, f"Enviar {call}.", "Comparar la respuesta con lo esperado."]
    return [f"{n}. {step}" for n, step in enumerate(steps, 1)]


def _path(url: str) -> str:
    return "/" + url.partition("://")[2].partition("/")[2]


def _input(result: CheckResult) -> str:
    if not result.evidence:
        return "—"
    body = str(result.evidence[0].request.get("body", ""))
    is_form = body[:1] not in ("{", "[")
    return (body.replace("&", "\n") if is_form else body) or "Sin cuerpo"


def _received(result: CheckResult) -> str:
    if result.received:
        return result.received
    if result.outcome in (Outcome.SKIP, Outcome.ERROR) or not result.evidence:
        return ""
    status = result.evidence[0].response.get("status", 0)
    return f"Estado {status}." if status else "Sin respuesta."


def _observations(result: CheckResult) -> str:
    fix = f"Corregir: {result.fix}" if result.outcome in _TO_FIX and result.fix else ""
    return "\n".join(filter(None, (result.message, fix))) or "Ninguna."


_TO_FIX = (Outcome.FAIL, Outcome.WARN)


def _addresses(report: Report) -> list[str]:
    seen = {
        str(evidence.request.get("url", "")).partition("?")[0]: None
        for result in report.checks
        for evidence in result.evidence
    }
    return [shortened(url, 120) for url in list(seen)[:6]]


def _signatures(institution: str) -> Iterator[Flowable]:
    line = "_" * 40
    who = [institution or "Por la institución", "Por la Secretaría Ejecutiva"]
    rows = [
        [_cell(f"{line}\n{name}\nNombre, cargo y firma", "sign") for name in who],
    ]
    yield KeepTogether(
        [Spacer(0, 18 * mm), Table(rows, colWidths=[127 * mm] * 2, hAlign="LEFT")]
    )


def _footer(report: Report) -> Any:  # noqa: ANN401 - reportlab's own callback
    said = (
        f"{report.standard['key'].upper()} · {report.target['base_url']} · reglas "
        f"{report.suite['ruleset_hash']}"
    )

    def draw(canvas: Any, pages: Any) -> None:  # noqa: ANN401
        canvas.saveState()
        canvas.setFont("Pdn", 7)
        canvas.setFillColor(GREY)
        canvas.drawString(10 * mm, 9 * mm, _plain(said, 130))
        right = landscape(letter)[0] - 10 * mm
        canvas.drawRightString(right, 9 * mm, f"Página {pages.page}")
        canvas.restoreState()

    return draw


def _grid() -> list[Any]:
    return [
        ("GRID", (0, 0), (-1, -1), 0.4, LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
    ]


def _heading() -> list[Any]:
    return [("BACKGROUND", (0, 0), (-1, 0), NAVY)]


def _band(colour: Color) -> list[Any]:
    return [
        ("LINEBEFORE", (0, 0), (0, -1), 5, colour, 0),
        ("LEFTPADDING", (0, 0), (-1, -1), 10),
        ("TOPPADDING", (0, 0), (-1, -1), 6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
    ]


def _cell(text: str, style: str, limit: int = CELL_CHARS) -> Flowable:
    return Paragraph(_text(text, limit), _style(style))


def _text(text: str, limit: int = CELL_CHARS) -> str:
    """Write a text so that it is shown as it is."""
    return escape(_plain(text, limit)).replace("\n", "<br/>")


def _plain(text: str, limit: int) -> str:
    known = _glyphs()
    shown = "".join(c if ord(c) in known or c == "\n" else "?" for c in text)
    return shortened(shown, limit)


@lru_cache(maxsize=1)
def _fonts() -> tuple[Any, ...]:
    fonts = (TTFont("Pdn", "Vera.ttf"), TTFont("Pdn-Bold", "VeraBd.ttf"))
    for font in fonts:
        pdfmetrics.registerFont(font)
    return fonts


def _glyphs() -> Mapping[int, int]:
    glyphs: Mapping[int, int] = _fonts()[0].face.charToGlyph
    return glyphs


@lru_cache(maxsize=32)
def _style(name: str) -> ParagraphStyle:
    if name.startswith("result-"):
        colour = COLOURS[Outcome(name.removeprefix("result-"))]
        return ParagraphStyle(
            name, fontName="Pdn-Bold", fontSize=7, leading=9, textColor=colour
        )
    size, bold, colour, before = _STYLES[name]
    return ParagraphStyle(
        name,
        fontName="Pdn-Bold" if bold else "Pdn",
        fontSize=size,
        leading=size * 1.3,
        textColor=colour,
        spaceBefore=before,
        spaceAfter=before / 2,
    )


_TEXT = HexColor("#1d2733")
_STYLES = {
    "title": (17, True, NAVY, 0),
    "subtitle": (10.5, False, GREY, 8),
    "section": (12, True, NAVY, 12),
    "verdict": (11, True, NAVY, 0),
    "label": (8, True, NAVY, 0),
    "fact": (8, False, _TEXT, 0),
    "head": (7.5, True, HexColor("#ffffff"), 0),
    "cell": (7, False, _TEXT, 0),
    "mono": (6.5, False, _TEXT, 0),
    "sign": (8, False, _TEXT, 0),
}
