"""Seals: what the site states of a run, its short code and its signature.

A statement is kept as the very bytes that were signed, so that it can be checked
as long as it exists. Whoever has a code sees the verdict, never the evidence.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from flask_babel import gettext as _
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from pdn_marketplace.errors import NotFoundError
from pdn_marketplace.security import Signer, key_id, signature_holds
from pdn_marketplace.submissions import reports
from pdn_marketplace.submissions.badge import FRESH_FOR
from pdn_marketplace.submissions.models import Run, Seal
from pdn_marketplace.submissions.states import RunState
from pdn_sdk.conformance.report import from_json
from pdn_sdk.conformance.results import Verdict

# Crockford's: no letter that is taken for a digit when it is read aloud.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_CHARS = 12
GROUP = 4
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_PEM_END = "-----END PUBLIC KEY-----\n"


class Standing(StrEnum):
    """What a statement is worth today."""

    CURRENT = "current"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    ALTERED = "altered"
    """The signature does not hold, or the report is not the one that was signed."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A statement that was looked up, and what it is worth today."""

    code: str
    standing: Standing
    statement: Mapping[str, Any]
    signature: str
    key: str
    tested_at: datetime
    expires_at: datetime

    def document(self) -> dict[str, Any]:
        """Give what can be kept and checked later without this site."""
        return {
            "status": self.standing,
            "expires_at": self.expires_at.isoformat(),
            "statement": self.statement,
            "signature": self.signature,
            "key_id": self.key,
        }


def seal(session: Session, run: Run, signer: Signer, issuer: str) -> Seal:
    """State what a finished run found, and sign it; a second time changes nothing.

    `issuer` is the address of the site. The run must have left its report.
    """
    found = session.get(Seal, run.id)
    if found is not None:
        return found
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARS))
    statement = canonical(_statement(session, run, grouped(code), issuer))
    signature, key = signer.sign(statement)
    made = Seal(
        run_id=run.id,
        code=code,
        statement=statement.decode(),
        signature=signature,
        key=key,
    )
    session.add(made)
    session.flush()
    return made


def of(session: Session, run: Run) -> Seal | None:
    """Give the seal of a run, if it has one."""
    return session.get(Seal, run.id)


def look_up(session: Session, code: str, signer: Signer, now: datetime) -> Checked:
    """Find a statement by its code, however it was written, and judge it.

    Raises: NotFoundError for a code that this site never gave.
    """
    found = session.scalar(select(Seal).where(Seal.code == normal(code)))
    if found is None:
        raise NotFoundError(
            _(
                "Este sitio no ha dado ese código. Revise que esté completo: son 12 "
                "letras y números."
            )
        )
    run = session.get_one(Run, found.run_id)
    tested_at = run.finished_at or now
    return Checked(
        code=grouped(found.code),
        standing=_standing(session, found, run, signer, now),
        statement=orjson.loads(found.statement),
        signature=found.signature,
        key=found.key,
        tested_at=tested_at,
        expires_at=tested_at + FRESH_FOR,
    )


def holds_offline(document: Mapping[str, Any], published: str, report: bytes) -> bool:
    """Tell, without the site, whether a statement and a report are what it signed.

    `published` are the site's public keys, as it gives them; `report` is the
    report's JSON as it was downloaded, or empty to check the statement alone.
    """
    statement = document["statement"]
    keys = {key_id(key): key for key in _keys(published)}
    public = keys.get(document["key_id"])
    if public is None or not signature_holds(
        public, canonical(statement), document["signature"]
    ):
        return False
    return not report or _digest(report) == statement["report_sha256"]


def canonical(statement: Mapping[str, Any]) -> bytes:
    """Write a statement in the one way that is signed: sorted, no blanks, UTF-8."""
    return orjson.dumps(statement, option=orjson.OPT_SORT_KEYS)


def normal(code: str) -> str:
    """Give a code as it is kept, however a person wrote it."""
    return code.strip().upper().translate(_MISREAD)


def grouped(code: str) -> str:
    """Write a code for people: `7K3M-9QX2-4T8W`."""
    return "-".join(code[i : i + GROUP] for i in range(0, len(code), GROUP))


def _statement(session: Session, run: Run, code: str, issuer: str) -> Mapping[str, Any]:
    body = reports.as_json(session, run)
    report = from_json(body)
    submission = run.submission
    return {
        "code": code,
        "issuer": issuer,
        "connector": submission.name,
        "institution": submission.institution,
        "base_url": report.target["base_url"],
        "environment": report.target["environment"],
        "standard": dict(report.standard),
        "profile": report.profile,
        "suite": dict(report.suite),
        "verdict": report.verdict,
        "sentence": run.sentence,
        "summary": report.summary,
        "tested_at": report.finished_at.isoformat(),
        "report_sha256": _digest(body),
    }


def _standing(
    session: Session, found: Seal, run: Run, signer: Signer, now: datetime
) -> Standing:
    kept = found.statement.encode()
    report = reports.as_json(session, run)
    is_whole = _digest(report) == orjson.loads(kept)["report_sha256"]
    if not is_whole or not signer.holds(kept, found.signature, found.key):
        return Standing.ALTERED
    if session.scalar(select(_newer_than(run))):
        return Standing.SUPERSEDED
    if run.finished_at is not None and now > run.finished_at + FRESH_FOR:
        return Standing.EXPIRED
    return Standing.CURRENT


def _newer_than(run: Run) -> Any:  # noqa: ANN401 - a condition of SQLAlchemy
    return exists().where(
        Run.submission_id == run.submission_id,
        Run.id > run.id,
        Run.state == RunState.FINISHED,
        Run.verdict != Verdict.INCONCLUSIVE,
    )


def _keys(published: str) -> list[Ed25519PublicKey]:
    blocks = [block for block in published.split(_PEM_END) if block.strip()]
    loaded = (load_pem_public_key((block + _PEM_END).encode()) for block in blocks)
    return [key for key in loaded if isinstance(key, Ed25519PublicKey)]


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
