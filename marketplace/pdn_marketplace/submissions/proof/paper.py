"""What the papers of the site share: letter size, styles, facts and the code. Pure.

Texts that strangers wrote are never read as markup.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from pdn_marketplace.config import ZONE
from pdn_sdk.conformance import words

MARGIN = 20 * mm
WIDTH = letter[0] - 2 * MARGIN
QR_MM = 30
MAX_CHARS = 700
NAVY, GREY, LINE = HexColor("#0b2545"), HexColor("#5b6470"), HexColor("#d5dae1")


def style(
    name: str,
    size: float,
    **more: Any,  # noqa: ANN401 - handed on to reportlab
) -> ParagraphStyle:
    """Make a style of the papers' own font."""
    given = {"fontName": "Helvetica", "leading": size * 1.35, "alignment": TA_LEFT}
    return ParagraphStyle(name, fontSize=size, **{**given, **more})


BODY = style("body", 9.5)
SMALL = style("small", 8, textColor=GREY)
LABEL = style("label", 8.5, textColor=GREY)
TITLE = style("title", 16, fontName="Helvetica-Bold", textColor=NAVY, spaceAfter=2)
HEAD = style(
    "head", 11.5, fontName="Helvetica-Bold", textColor=NAVY, spaceBefore=9, spaceAfter=4
)
CODE = style("code", 12, fontName="Courier-Bold")
MONO = style("mono", 7.5, fontName="Courier", wordWrap="CJK")


def build(story: Iterable[Flowable], *, title: str, foot: str) -> bytes:
    """Give the PDF of a story, with `foot` and the page's number under each page."""
    out = io.BytesIO()
    pages = BaseDocTemplate(
        out,
        pagesize=letter,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=title,
        author="Mercado Digital",
        lang="es-MX",
        invariant=1,
    )
    frame = Frame(MARGIN, MARGIN, pages.width, pages.height, 0, 0, 0, 0)

    def footed(canvas: Canvas, page: Any) -> None:  # noqa: ANN401 - of reportlab
        canvas.setFont("Helvetica", 7.5)
        canvas.setFillColor(GREY)
        canvas.drawString(MARGIN, MARGIN / 2, plain(foot))
        canvas.drawRightString(letter[0] - MARGIN, MARGIN / 2, f"Página {page.page}")

    pages.addPageTemplates([PageTemplate("page", [frame], onPage=footed)])
    pages.build(list(story))
    return out.getvalue()


def facts(told: Mapping[str, str]) -> Table:
    """Give a table of names and values."""
    rows = [[text(name, LABEL), text(value)] for name, value in told.items()]
    table = Table(rows, colWidths=[38 * mm, WIDTH - 38 * mm])
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ]
    )
    return table


def sealed(told: Sequence[Flowable], address: str) -> Flowable:
    """Give the box at the end: how to check the paper, and a drawing to read."""
    table = Table([[list(told), _qr(address)]], colWidths=[WIDTH - 36 * mm, 36 * mm])
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BOX", (0, 0), (-1, -1), 0.6, LINE),
            ("ALIGN", (1, 0), (1, 0), "RIGHT"),
        ]
    )
    return KeepTogether([Spacer(1, 10), table])


def text(
    told: str, styled: ParagraphStyle = BODY, max_chars: int = MAX_CHARS
) -> Paragraph:
    """Set a text that strangers may have written: never as markup."""
    short = told if len(told) <= max_chars else f"{told[: max_chars - 1]}…"
    return Paragraph(escape(plain(short)), styled)


def plain(told: str) -> str:
    """Keep what the fonts of every PDF reader can show."""
    return told.encode("cp1252", "replace").decode("cp1252")


def moment(value: datetime) -> str:
    """Write an instant as Mexico's centre reads it."""
    return f"{words.moment(value.astimezone(ZONE))} (centro de México)"


def _qr(address: str) -> Drawing:
    widget = QrCodeWidget(address, barLevel="M", barBorder=1)
    left, bottom, right, top = widget.getBounds()
    side = QR_MM * mm
    scale = side / (right - left), side / (top - bottom)
    drawing = Drawing(side, side, transform=[scale[0], 0, 0, scale[1], 0, 0])
    drawing.add(widget)
    return drawing
