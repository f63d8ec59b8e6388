"""An official notice or an opinion as a PDF on letter paper. Pure.

It is an official paper, so it is always in Spanish, whatever language the
person reads the site in.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from reportlab.platypus import Flowable, HRFlowable, KeepTogether, Paragraph, Spacer

from pdn_marketplace.reviews.models import PaperKind
from pdn_marketplace.reviews.papers import DECISION_WORDS, STATE_WORDS
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
from pdn_marketplace.submissions.states import State
from pdn_sdk.conformance import words

TITLES: Mapping[str, str] = {
    PaperKind.NOTICE: "Oficio de observaciones",
    PaperKind.OPINION: "Dictamen de la revisión",
}
MAX_BODY = 6000
MAX_OBSERVATION = 4000


def document(content: Mapping[str, Any], signature: str, address: str) -> bytes:
    """Give the PDF of a paper as it was issued.

    `address` is where the conformance of its run is checked.
    """
    story = [
        *_heading(content),
        *_letter(content),
        _facts(content),
        *_observations(content),
        *_decisions(content),
        *_signature(content),
        _seal(content, signature, address),
    ]
    folio = str(content["folio"])
    return paper.build(
        story, title=f"{TITLES[content['kind']]} {folio}", foot=f"{folio} · {address}"
    )


def _heading(content: Mapping[str, Any]) -> Iterator[Flowable]:
    yield Paragraph(TITLES[content["kind"]], TITLE)
    yield paper.text(
        f"Plataforma Digital Nacional · Mercado Digital · {content['folio']}", SMALL
    )
    yield HRFlowable(width="100%", color=LINE, spaceBefore=5, spaceAfter=7)
    yield paper.text(_moment(content["issued_at"]))
    yield Spacer(1, 5)


def _letter(content: Mapping[str, Any]) -> Iterator[Flowable]:
    strong = paper.style("strong", 10.5, fontName="Helvetica-Bold")
    yield paper.text(content["recipient"], strong)
    yield paper.text(content["institution"])
    yield Spacer(1, 5)
    yield paper.text(f"Asunto: {content['subject']}", strong)
    yield Spacer(1, 6)
    spaced = paper.style("paragraph", 10, spaceAfter=6)
    for paragraph in str(content["body"]).splitlines():
        if paragraph.strip():
            yield paper.text(paragraph, spaced, MAX_BODY)
    yield Spacer(1, 4)


def _facts(content: Mapping[str, Any]) -> Flowable:
    run = content["run"] or {}
    told = {
        "Conector": content["connector"],
        "Institución": content["institution"],
        "Dirección": content["address"],
        "Estándar": f"{content['standard'].upper()}, versión "
        f"{content['standard_version']}",
        "Ambiente": words.ENVIRONMENTS[content["environment"]],
        "Estado": STATE_WORDS.get(State(content["state"]), content["state"]),
        "Última prueba": run.get("sentence") or "Sin una prueba terminada",
    }
    if run.get("finished_at"):
        told["Fecha de la prueba"] = _moment(run["finished_at"])
    return paper.facts(told)


def _observations(content: Mapping[str, Any]) -> Iterator[Flowable]:
    found = content["observations"]
    if not found:
        return
    yield Paragraph("Observaciones", HEAD)
    for number, each in enumerate(found, 1):
        about = each["check"] or "Sobre el conector"
        state = "pendiente" if each["is_open"] else "atendida"
        yield KeepTogether(
            [
                paper.text(f"{number}. {about} · {state}", SMALL),
                paper.text(each["text"], BODY, MAX_OBSERVATION),
                Spacer(1, 4),
            ]
        )


def _decisions(content: Mapping[str, Any]) -> Iterator[Flowable]:
    if content["kind"] != PaperKind.OPINION or not content["decisions"]:
        return
    yield Paragraph("Quiénes revisaron", HEAD)
    for each in content["decisions"]:
        yield paper.text(
            f"{each['reviewer']} {DECISION_WORDS[each['decision']]} el "
            f"{_moment(each['at'])}"
        )


def _signature(content: Mapping[str, Any]) -> Iterator[Flowable]:
    yield Spacer(1, 14)
    yield KeepTogether(
        [
            paper.text("Emite"),
            paper.text(
                content["issued_by"],
                paper.style("signer", 10.5, fontName="Helvetica-Bold"),
            ),
            paper.text("Persona revisora del Mercado Digital", SMALL),
        ]
    )


def _seal(content: Mapping[str, Any], signature: str, address: str) -> Flowable:
    code = (content["run"] or {}).get("code")
    told = [
        Paragraph("Cómo comprobar este documento", HEAD),
        paper.text(f"Folio: {content['folio']}", CODE),
        paper.text(
            "Su contenido está firmado por el Mercado Digital. El archivo JSON que lo "
            "acompaña y las llaves publicadas permiten comprobarlo sin el sitio."
        ),
        paper.text(
            f"El código de la prueba es {code}; dice si sigue vigente en:"
            if code
            else "Las llaves y los códigos de las pruebas se comprueban en:"
        ),
        paper.text(address, SMALL),
        Spacer(1, 3),
        paper.text(f"Firma (Ed25519): {signature}", MONO),
    ]
    return paper.sealed(told, address)


def _moment(written: str) -> str:
    return paper.moment(datetime.fromisoformat(written))
