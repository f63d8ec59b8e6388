"""The papers of a review: what they say, their number, and the site's signature.

A paper is kept as it was issued: what it says is written once and never anew.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pdn_marketplace import db
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.config import ZONE
from pdn_marketplace.errors import ConflictError, NotFoundError, SubmissionRejectedError
from pdn_marketplace.reviews import service
from pdn_marketplace.reviews.models import Observation, Paper, PaperKind
from pdn_marketplace.security import Signer
from pdn_marketplace.submissions import audit, review
from pdn_marketplace.submissions.models import Submission
from pdn_marketplace.submissions.proof import seals
from pdn_marketplace.submissions.service import current_run, hold, may_see
from pdn_marketplace.submissions.states import Decision, State
from pdn_sdk.conformance import words
from pdn_sdk.standards import loader

PREFIXES: Mapping[PaperKind, str] = {
    PaperKind.NOTICE: "OF",
    PaperKind.OPINION: "DI",
}
STATES: Mapping[PaperKind, frozenset[State]] = {
    PaperKind.NOTICE: frozenset(
        (State.IN_REVIEW, State.CHANGES_REQUESTED, State.REJECTED, State.PUBLISHED)
    ),
    PaperKind.OPINION: frozenset((State.APPROVED, State.PUBLISHED, State.REJECTED)),
}
"""Where a submission must be for each paper: an opinion tells what was decided."""
MAX_PAPERS = 50
# Papers are in Spanish whatever the language of the page.
STATE_WORDS: Mapping[State, str] = {
    State.IN_REVIEW: "en revisión",
    State.CHANGES_REQUESTED: "con cambios pedidos",
    State.APPROVED: "aprobado",
    State.PUBLISHED: "aprobado y publicado en el catálogo",
    State.REJECTED: "rechazado",
}
DECISION_WORDS: Mapping[str, str] = {
    Decision.APPROVE: "aprobó",
    Decision.REQUEST_CHANGES: "pidió cambios",
    Decision.REJECT: "rechazó",
    Decision.COMMENT: "comentó",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a reviewer writes on a paper."""

    recipient: str
    subject: str
    body: str


def gaps(session: Session, submission: Submission, now: datetime) -> Mapping[str, str]:
    """Give what fills the gaps of a ready text for this submission."""
    waiting = sum(o.is_open for o in service.observations(session, submission))
    return {
        "conector": submission.name,
        "institucion": submission.institution,
        "sistema": loader.get(submission.standard).system.upper(),
        "fecha": words.moment(now.astimezone(ZONE)).partition(",")[0],
        "estado": STATE_WORDS.get(State(submission.state), ""),
        "pendientes": str(waiting),
    }


def allowed(submission: Submission, kind: PaperKind) -> bool:
    """Tell whether the paper may be issued as the submission is now."""
    return State(submission.state) in STATES[kind]


def issue(
    session: Session,
    submission: Submission,
    reviewer: Account,
    kind: PaperKind,
    draft: Draft,
    *,
    signer: Signer,
    now: datetime,
) -> Paper:
    """Write a paper, number it and sign it.

    Raises: NotAllowedError for who may not review the submission; ConflictError
    in a state that has no such paper; SubmissionRejectedError for too many.
    """
    hold(session, submission)
    review.check_reviewer(session, submission, reviewer)
    if not allowed(submission, kind):
        raise ConflictError(
            _("En el estado en que está el conector no se puede emitir ese documento.")
        )
    if len(of(session, submission)) >= MAX_PAPERS:
        raise SubmissionRejectedError(
            _("El conector ya tiene demasiados documentos: %(n)d.", n=MAX_PAPERS)
        )
    year = now.astimezone(ZONE).year
    number = _next_number(session, kind, year)
    content = {
        "kind": kind.value,
        "folio": f"{PREFIXES[kind]}-{year}-{number:06d}",
        "issued_at": now.isoformat(timespec="seconds"),
        "issued_by": reviewer.name,
        "recipient": draft.recipient,
        "subject": draft.subject,
        "body": draft.body,
        **_about(session, submission),
    }
    signature, key = signer.sign(statement(content))
    made = Paper(
        submission_id=submission.id,
        kind=kind,
        year=year,
        number=number,
        content=content,
        signature=signature,
        key=key,
        issued_by=reviewer.id,
        at=now,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        actor=reviewer.email,
        action=f"paper_{kind}",
        subject=f"submission:{submission.id}",
        now=now,
        payload={"folio": content["folio"], "signature": signature},
    )
    return made


def of(session: Session, submission: Submission) -> Sequence[Paper]:
    """Give the papers of a submission, the newest first."""
    asked = select(Paper).where(Paper.submission_id == submission.id)
    return session.scalars(asked.order_by(Paper.id.desc())).all()


def find(session: Session, paper_id: int, viewer: Account) -> Paper:
    """Give a paper to whoever may see its submission.

    Raises: NotFoundError for anybody else, as if it did not exist.
    """
    found = session.get(Paper, paper_id)
    if found is None or not may_see(found.submission, viewer):
        raise NotFoundError(_("No existe ese documento."))
    return found


def statement(content: Mapping[str, Any]) -> bytes:
    """Give the octets that are signed: JSON with its names in order, no blanks."""
    return json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def _about(session: Session, submission: Submission) -> Mapping[str, Any]:
    standard = loader.get(submission.standard)
    run = current_run(session, submission)
    seal = seals.of(session, run) if run else None
    return {
        "connector": submission.name,
        "institution": submission.institution,
        "address": submission.base_url,
        "environment": submission.environment,
        "standard": standard.key,
        "standard_version": standard.version,
        "state": submission.state,
        "run": run
        and {
            "verdict": run.verdict,
            "sentence": run.sentence,
            "finished_at": run.finished_at and run.finished_at.isoformat(),
            "code": seals.grouped(seal.code) if seal else "",
        },
        "observations": [
            _told(o)
            for o in service.observations(session, submission)
            if o.round == submission.round or o.is_open
        ],
        "decisions": [
            {
                "reviewer": review_of.reviewer.name,
                "decision": review_of.decision,
                "at": review_of.at.isoformat(timespec="seconds"),
            }
            for review_of in reversed(submission.reviews)
            if review_of.round == submission.round
        ],
    }


def _told(observation: Observation) -> Mapping[str, Any]:
    return {
        "check": observation.check_id,
        "text": observation.text,
        "is_open": observation.is_open,
    }


def _next_number(session: Session, kind: PaperKind, year: int) -> int:
    db.alone(session, f"papers:{kind}:{year}")
    last = select(func.max(Paper.number)).where(Paper.kind == kind, Paper.year == year)
    return (session.scalar(last) or 0) + 1
