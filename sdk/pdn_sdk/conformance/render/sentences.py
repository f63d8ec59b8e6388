"""What the standard of a report says, where that standard is installed.

A report holds the numbers of its requirements, not their text; a report of a
standard that is not here is still shown, with less.
"""

from collections.abc import Mapping

from pdn_sdk.conformance.report import Report
from pdn_sdk.errors import StandardsError
from pdn_sdk.standards import loader


def requirement_sentences(report: Report) -> Mapping[str, str]:
    """Give what each requirement asks, by its number."""
    try:
        standard = loader.get(report.standard["key"])
    except StandardsError:
        return {}
    return {r.id: r.sentence for r in standard.requirements}


def system_title(report: Report) -> str:
    """Name the system: «S2 · Servidores públicos que …»."""
    try:
        standard = loader.get(report.standard["key"])
    except StandardsError:
        return report.standard["key"].upper()
    return f"{standard.system} · {standard.title}"
