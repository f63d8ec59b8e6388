"""The certificate of a run as a PDF on letter paper: to file or to send. Pure.

It is an official paper, so it is always in Spanish, whatever language the
person reads the site in.
"""

import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    HRFlowable,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from pdn_sdk.conformance import words
from pdn_sdk.conformance.report import Report
from pdn_sdk.conformance.results import Outcome, Verdict

MARGIN = 20 * mm
QR_MM = 30
MAX_CAUSES = 40
MAX_CHARS = 700
ZONE = ZoneInfo("America/Mexico_City")
NAVY, GREY, LINE = HexColor("#0b2545"), HexColor("#5b6470"), HexColor("#d5dae1")
VERDICT_COLOURS: Mapping[Verdict, Color] = {
    Verdict.CONFORMANT: HexColor("#1b7a43"),
    Verdict.NON_CONFORMANT: HexColor("#b3261e"),
    Verdict.INCONCLUSIVE: HexColor("#5b6470"),
}


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:  # noqa: ANN401
    given = {"fontName": "Helvetica", "leading": size * 1.35, "alignment": TA_LEFT}
    return ParagraphStyle(name, fontSize=size, **{**given, **more})


BODY = _style("body", 9.5)
SMALL = _style("small", 8, textColor=GREY)
LABEL = _style("label", 8.5, textColor=GREY)
TITLE = _style("title", 16, fontName="Helvetica-Bold", textColor=NAVY, spaceAfter=2)
HEAD = _style(
    "head", 11.5, fontName="Helvetica-Bold", textColor=NAVY, spaceBefore=9, spaceAfter=4
)
MONO = _style("mono", 7.5, fontName="Courier", wordWrap="CJK")


def document(
    report: Report,
    *,
    statement: Mapping[str, Any],
    signature: str,
    verify_url: str,
) -> bytes:
    """Give the PDF of a report, with the statement that the site signed of it.

    `verify_url` is the page that says what the code is worth.
    """
    out = io.BytesIO()
    code = str(statement["code"])
    pages = BaseDocTemplate(
        out,
        pagesize=letter,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=f"Constancia de conformidad {code}",
        author="Mercado Digital",
        lang="es-MX",
        invariant=1,
    )
    frame = Frame(MARGIN, MARGIN, pages.width, pages.height, 0, 0, 0, 0)

    def footed(canvas: Canvas, page: Any) -> None:  # noqa: ANN401 - of reportlab
        canvas.setFont("Helvetica", 7.5)
        canvas.setFillColor(GREY)
        canvas.drawString(MARGIN, MARGIN / 2, _plain(f"{code} · {verify_url}"))
        canvas.drawRightString(letter[0] - MARGIN, MARGIN / 2, f"Página {page.page}")

    pages.addPageTemplates([PageTemplate("page", [frame], onPage=footed)])
    story = [
        *_heading(report, statement),
        *_facts(report, statement, pages.width),
        *_findings(report),
        *_advice(report),
        *_untried(report),
        *_seal(statement, signature, verify_url, pages.width),
    ]
    pages.build(story)
    return out.getvalue()


def _heading(report: Report, statement: Mapping[str, Any]) -> Iterator[Flowable]:
    yield Paragraph("Constancia de conformidad", TITLE)
    yield _text(
        f"Plataforma Digital Nacional · Mercado Digital · {statement['code']}", SMALL
    )
    yield HRFlowable(width="100%", color=LINE, spaceBefore=5, spaceAfter=7)
    colour = VERDICT_COLOURS[report.verdict]
    yield _text(
        report.sentence,
        _style("verdict", 13, fontName="Helvetica-Bold", textColor=colour),
    )
    counts = report.summary
    told = (words.counted(Outcome(name), n) for name, n in counts.items() if n)
    yield Spacer(1, 3)
    yield _text(" · ".join(told), BODY)
    yield Spacer(1, 6)


def _facts(
    report: Report, statement: Mapping[str, Any], width: float
) -> Iterator[Flowable]:
    standard, suite = report.standard, report.suite
    told = {
        "Conector": statement["connector"],
        "Institución": statement["institution"],
        "Dirección probada": report.target["base_url"],
        "Estándar": f"{standard['key'].upper()}, versión {standard['version']}",
        "Ambiente": words.ENVIRONMENTS[report.target["environment"]],
        "Fecha de la prueba": _moment(report.finished_at),
        "Alcance": f"{len(report.checks):,} pruebas, {report.requests:,} solicitudes, "
        f"{report.duration_s:,.0f} segundos",
        "Reglas": f"{suite['name']} {suite['version']}, conjunto "
        f"{suite['ruleset_hash']}, perfil {report.profile}",
    }
    rows = [[_text(name, LABEL), _text(str(value))] for name, value in told.items()]
    table = Table(rows, colWidths=[38 * mm, width - 38 * mm])
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ]
    )
    yield table


def _findings(report: Report) -> Iterator[Flowable]:
    found = words.causes(report.checks, Outcome.FAIL)
    if found:
        yield Paragraph("Requisitos obligatorios que no se cumplen", HEAD)
        yield from _causes(found)


def _advice(report: Report) -> Iterator[Flowable]:
    found = words.causes(report.checks, Outcome.WARN)
    if found:
        yield Paragraph("Recomendaciones", HEAD)
        yield from _causes(found)


def _causes(found: tuple[words.Cause, ...]) -> Iterator[Flowable]:
    for number, cause in enumerate(found[:MAX_CAUSES], 1):
        told = cause.first.message or cause.first.title
        lines = [_text(f"{number}. {told}")]
        if cause.fix:
            lines.append(_text(f"Qué hacer: {cause.fix}"))
        about = f"{cause.first.id} · {', '.join(cause.requirement_ids)}"
        lines.append(_text(f"{about} · {cause.source}", SMALL))
        yield KeepTogether([*lines, Spacer(1, 4)])
    rest = len(found) - MAX_CAUSES
    if rest > 0:
        yield _text(f"Y {rest:,} más, en el reporte completo.")


def _untried(report: Report) -> Iterator[Flowable]:
    left = report.having(Outcome.SKIP, Outcome.ERROR)
    if not left:
        return
    yield Paragraph("Lo que no se pudo probar", HEAD)
    for reason, ids in words.reasons(left):
        yield _text(f"{reason} ({len(ids):,}: {', '.join(ids)})", SMALL)


def _seal(
    statement: Mapping[str, Any], signature: str, verify_url: str, width: float
) -> Iterator[Flowable]:
    told = [
        Paragraph("Cómo comprobar esta constancia", HEAD),
        _text(
            f"Código: {statement['code']}", _style("code", 12, fontName="Courier-Bold")
        ),
        _text(
            "Abra la dirección o lea el cuadro con su teléfono: dirá si la constancia "
            "es auténtica y si sigue vigente.",
        ),
        _text(verify_url, SMALL),
        Spacer(1, 3),
        _text(f"Huella del reporte (SHA-256): {statement['report_sha256']}", MONO),
        _text(f"Firma (Ed25519): {signature}", MONO),
    ]
    table = Table([[told, _qr(verify_url)]], colWidths=[width - 36 * mm, 36 * mm])
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BOX", (0, 0), (-1, -1), 0.6, LINE),
            ("ALIGN", (1, 0), (1, 0), "RIGHT"),
        ]
    )
    yield KeepTogether([Spacer(1, 10), table])


def _qr(text: str) -> Drawing:
    widget = QrCodeWidget(text, barLevel="M", barBorder=1)
    left, bottom, right, top = widget.getBounds()
    side = QR_MM * mm
    scale = side / (right - left), side / (top - bottom)
    drawing = Drawing(side, side, transform=[scale[0], 0, 0, scale[1], 0, 0])
    drawing.add(widget)
    return drawing


def _text(text: str, style: ParagraphStyle = BODY) -> Paragraph:
    """Set a text that strangers may have written: never as markup."""
    short = text if len(text) <= MAX_CHARS else f"{text[: MAX_CHARS - 1]}…"
    return Paragraph(escape(_plain(short)), style)


def _plain(text: str) -> str:
    """Keep what the fonts of every PDF reader can show."""
    return text.encode("cp1252", "replace").decode("cp1252")


def _moment(value: datetime) -> str:
    return f"{words.moment(value.astimezone(ZONE))} (centro de México)"
