"""From an approved submission to its page in the catalogue, and back.

Uses the catalogue's service. Paths are of this site and fixed here, because a
listing is written by the worker too, where there is no request to ask.
"""

import unicodedata
from datetime import datetime

from sqlalchemy.orm import Session

from pdn_marketplace.catalog import service as catalog
from pdn_marketplace.errors import NotFoundError
from pdn_marketplace.submissions.models import Run, Submission
from pdn_marketplace.submissions.states import State
from pdn_sdk.collation import fold
from pdn_sdk.conformance.results import Verdict
from pdn_sdk.standards import loader

MAX_SLUG_CHARS = 60


def publish(session: Session, submission: Submission, run: Run, now: datetime) -> None:
    """List a connector with the verdict of a run, or bring its listing up to date."""
    standard = loader.get(submission.standard)
    if not submission.slug:
        submission.slug = _free_slug(session, submission.name)
    submission.published_run_id = run.id
    catalog.publish_connector(
        session,
        now,
        _listing(submission, standard.system),
        catalog.Conformance(
            standard=standard.key,
            standard_version=standard.version,
            verdict=run.verdict,
            verified_at=run.finished_at or now,
            suite_version=run.suite_version,
            report_path=f"/pruebas/{run.id}",
            badge_path=f"/api/v1/resources/{submission.slug}/badge.svg",
        ),
    )


def refresh(session: Session, submission: Submission, run: Run, now: datetime) -> None:
    """Give a listed connector the verdict of its newest run."""
    if submission.state == State.PUBLISHED and run.verdict != Verdict.INCONCLUSIVE:
        publish(session, submission, run, now)


def withdraw(session: Session, submission: Submission) -> None:
    """Take a connector off the catalogue; its short name stays its own."""
    catalog.withdraw_connector(session, submission.slug)
    submission.published_run_id = None


def _listing(submission: Submission, system: str) -> catalog.Listing:
    links = (
        ("Repositorio del código", submission.repository_url),
        ("Documentación", submission.documentation_url),
    )
    return catalog.Listing(
        slug=submission.slug,
        name=submission.name,
        systems=(system.lower(),),
        maintainer=submission.maintainer,
        abstract=submission.abstract,
        description=submission.description,
        url=next((url for _, url in reversed(links) if url), submission.base_url),
        licence=submission.licence,
        contact={
            "organization": submission.institution,
            "email": submission.contact_email,
            "phone": submission.contact_phone,
        },
        links=tuple({"title": title, "url": url} for title, url in links if url),
    )


def _free_slug(session: Session, name: str) -> str:
    """Give a short name that no resource has, `-2`, `-3`… where it is taken."""
    wanted = _slug(name)
    candidate, number = wanted, 1
    while _is_taken(session, candidate):
        number += 1
        candidate = f"{wanted}-{number}"
    return candidate


def _is_taken(session: Session, slug: str) -> bool:
    try:
        catalog.resource(session, slug)
    except NotFoundError:
        return False
    return True


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", fold(name)).encode("ascii", "ignore").decode()
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    return "-".join(words)[:MAX_SLUG_CHARS].strip("-") or "conector"
