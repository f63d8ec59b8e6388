"""The certificate of a run as a PDF on letter paper: to file or to send. Pure.

It is an official paper, so it is always in Spanish, whatever language the
person reads the site in.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.platypus import (
    Flowable,
    HRFlowable,
    KeepTogether,
    Paragraph,
    Spacer,
)

from pdn_marketplace.submissions.proof import paper
from pdn_marketplace.submissions.proof.paper import (
    BODY,
    CODE,
    HEAD,
    LINE,
    MONO,
    SMALL,
    TITLE,
)
from pdn_sdk.conformance import words
from pdn_sdk.conformance.report import Report
from pdn_sdk.conformance.results import Outcome, Verdict

MAX_CAUSES = 40
VERDICT_COLOURS: Mapping[Verdict, Color] = {
    Verdict.CONFORMANT: HexColor("#1b7a43"),
    Verdict.NON_CONFORMANT: HexColor("#b3261e"),
    Verdict.INCONCLUSIVE: HexColor("#5b6470"),
}


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
    code = str(statement["code"])
    story = [
        *_heading(report, statement),
        _facts(report, statement),
        *_findings(report),
        *_advice(report),
        *_untried(report),
        _seal(statement, signature, verify_url),
    ]
    return paper.build(
        story,
        title=f"Constancia de conformidad {code}",
        foot=f"{code} · {verify_url}",
    )


def _heading(report: Report, statement: Mapping[str, Any]) -> Iterator[Flowable]:
    yield Paragraph("Constancia de conformidad", TITLE)
    yield paper.text(
        f"Plataforma Digital Nacional · Mercado Digital · {statement['code']}", SMALL
    )
    yield HRFlowable(width="100%", color=LINE, spaceBefore=5, spaceAfter=7)
    colour = VERDICT_COLOURS[report.verdict]
    yield paper.text(
        report.sentence,
        paper.style("verdict", 13, fontName="Helvetica-Bold", textColor=colour),
    )
    counts = report.summary
    told = (words.counted(Outcome(name), n) for name, n in counts.items() if n)
    yield Spacer(1, 3)
    yield paper.text(" · ".join(told), BODY)
    yield Spacer(1, 6)


def _facts(report: Report, statement: Mapping[str, Any]) -> Flowable:
    standard, suite = report.standard, report.suite
    told = {
        "Conector": statement["connector"],
        "Institución": statement["institution"],
        "Dirección probada": report.target["base_url"],
        "Estándar": f"{standard['key'].upper()}, versión {standard['version']}",
        "Ambiente": words.ENVIRONMENTS[report.target["environment"]],
        "Fecha de la prueba": paper.moment(report.finished_at),
        "Alcance": f"{len(report.checks):,} pruebas, {report.requests:,} solicitudes, "
        f"{report.duration_s:,.0f} segundos",
        "Reglas": f"{suite['name']} {suite['version']}, conjunto "
        f"{suite['ruleset_hash']}, perfil {report.profile}",
    }
    return paper.facts({name: str(value) for name, value in told.items()})


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
        lines = [paper.text(f"{number}. {told}")]
        if cause.fix:
            lines.append(paper.text(f"Qué hacer: {cause.fix}"))
        about = f"{cause.first.id} · {', '.join(cause.requirement_ids)}"
        lines.append(paper.text(f"{about} · {cause.source}", SMALL))
        yield KeepTogether([*lines, Spacer(1, 4)])
    rest = len(found) - MAX_CAUSES
    if rest > 0:
        yield paper.text(f"Y {rest:,} más, en el reporte completo.")


def _untried(report: Report) -> Iterator[Flowable]:
    left = report.having(Outcome.SKIP, Outcome.ERROR)
    if not left:
        return
    yield Paragraph("Lo que no se pudo probar", HEAD)
    for reason, ids in words.reasons(left):
        yield paper.text(f"{reason} ({len(ids):,}: {', '.join(ids)})", SMALL)


def _seal(statement: Mapping[str, Any], signature: str, verify_url: str) -> Flowable:
    told = [
        Paragraph("Cómo comprobar esta constancia", HEAD),
        paper.text(f"Código: {statement['code']}", CODE),
        paper.text(
            "Abra la dirección o lea el cuadro con su teléfono: dirá si la constancia "
            "es auténtica y si sigue vigente.",
        ),
        paper.text(verify_url, SMALL),
        Spacer(1, 3),
        paper.text(f"Huella del reporte (SHA-256): {statement['report_sha256']}", MONO),
        paper.text(f"Firma (Ed25519): {signature}", MONO),
    ]
    return paper.sealed(told, verify_url)
