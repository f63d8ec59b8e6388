"""The badge of a listed connector: an SVG with its text alternative. Pure.

It fades with age: after 90 days the verdict no longer says much of today.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from xml.sax.saxutils import escape

from pdn_sdk.conformance.results import Verdict
from pdn_sdk.conformance.words import VERDICTS

FRESH_FOR = timedelta(days=90)
CHAR_PX = 6.8
PADDING_PX = 9
HEIGHT_PX = 24
NAVY = "#0b2545"
GREY = "#5b6470"
GROUNDS = {
    Verdict.CONFORMANT: "#1b7a43",
    Verdict.NON_CONFORMANT: "#b3261e",
    Verdict.INCONCLUSIVE: "#8a5a00",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """What the badge says. `label` is like `PDN S2 1.1`."""

    label: str
    verdict: Verdict
    tested_on: date
    today: date

    @property
    def is_old(self) -> bool:
        """Tell whether the verdict is too old to be shown in its colour."""
        return self.today - self.tested_on > FRESH_FOR

    @property
    def said(self) -> str:
        """The right half: icon, verdict and date."""
        icon, word = VERDICTS[self.verdict]
        aged = " (vencido)" if self.is_old else ""
        return f"{icon} {word}{aged} · {self.tested_on:%d/%m/%Y}"

    @property
    def alternative(self) -> str:
        """Say the whole badge in words."""
        word = VERDICTS[self.verdict][1]
        aged = "; hace más de 90 días, pida una prueba nueva" if self.is_old else ""
        return (
            f"{self.label}: {word.lower()}, probado el {self.tested_on:%d/%m/%Y}{aged}"
        )

    def svg(self) -> str:
        """Draw it."""
        left, right = _width(self.label), _width(self.said)
        ground = GREY if self.is_old else GROUNDS[self.verdict]
        whole = escape(self.alternative)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" '
            f'height="{HEIGHT_PX}" role="img" aria-labelledby="t">'
            f'<title id="t">{whole}</title>'
            f'<clipPath id="r"><rect width="{left + right}" height="{HEIGHT_PX}" '
            'rx="4"/></clipPath><g clip-path="url(#r)">'
            f'<rect width="{left}" height="{HEIGHT_PX}" fill="{NAVY}"/>'
            f'<rect x="{left}" width="{right}" height="{HEIGHT_PX}" fill="{ground}"/>'
            '</g><g fill="#fff" font-size="12" text-anchor="middle" '
            'font-family="system-ui,-apple-system,Segoe UI,Roboto,sans-serif">'
            f"{_text(self.label, left / 2, left)}"
            f"{_text(self.said, left + right / 2, right)}</g></svg>"
        )


def _width(text: str) -> int:
    return round(len(text) * CHAR_PX) + 2 * PADDING_PX


def _text(text: str, x: float, width: int) -> str:
    # A fixed length keeps the text inside its half whatever font there is.
    return (
        f'<text x="{x:g}" y="16.5" textLength="{width - 2 * PADDING_PX}">'
        f"{escape(text)}</text>"
    )
