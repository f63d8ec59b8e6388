"""From an approved submission to its page in the catalogue, and back.

Uses the catalogue's service. Paths are of this site and fixed here, because a
listing is written by the worker too, where there is no request to ask.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload, load_only

from pdn_marketplace.catalog import service as catalog
from pdn_marketplace.errors import NotFoundError
from pdn_marketplace.submissions.models import Run, Submission
from pdn_marketplace.submissions.states import State
from pdn_sdk.collation import fold
from pdn_sdk.conformance.results import Verdict
from pdn_sdk.standards import loader
from pdn_sdk.standards.model import Dataset, Standard

MAX_SLUG_CHARS = 60
TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path, not a secret


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


def endpoints(session: Session) -> Iterator[Mapping[str, Any]]:
    """Give the listed APIs in the shape of the file that PDN's backends read.

    Secrets are not in it: nobody is shown them again, so whoever connects the
    API asks its institution for a credential of its own.
    """
    # Whole, with their people and organisations, ten thousand take seconds.
    listed = (
        select(Submission)
        .where(Submission.state == State.PUBLISHED)
        .order_by(Submission.id)
        .options(
            lazyload("*"),
            load_only(
                *(Submission.slug, Submission.institution, Submission.standard),
                *(Submission.environment, Submission.base_url, Submission.token_url),
                *(Submission.token, Submission.client_id, Submission.username),
            ),
        )
    )
    for submission in session.scalars(listed):
        standard = loader.get(submission.standard)
        for dataset in standard.datasets:
            yield _endpoint(submission, standard, dataset)


def _endpoint(
    submission: Submission, standard: Standard, dataset: Dataset
) -> Mapping[str, Any]:
    base = submission.base_url.rstrip("/")
    search = dataset.endpoint("search")
    institutions = dataset.endpoint("institutions")
    return {
        "supplier_id": submission.slug,
        "supplier_name": submission.institution,
        "system_id": standard.system.upper(),
        "standard": standard.key,
        "dataset": dataset.key,
        "type": "REST",
        "levels": [],
        "environment": submission.environment,
        "url": base + search.path if search else base,
        "entities_url": base + institutions.path if institutions else None,
        "token_url": token_url(submission),
        "client_id": submission.client_id,
        "client_secret": None,
        "username": submission.username,
        "password": None,
        "scope": None,
    }


def token_url(submission: Submission) -> str | None:
    """Give where tokens are asked for: as written, or at the published path.

    None where the API takes a fixed token.
    """
    if submission.token_url:
        return submission.token_url
    if submission.token:
        return None
    return submission.base_url.rstrip("/") + TOKEN_PATH


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
        pictures=tuple(
            {
                "kind": p.kind,
                "name": p.name,
                "alt": p.alt,
                "width": p.width,
                "height": p.height,
            }
            for p in submission.pictures
        ),
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
        catalog.resource(session, slug, with_hidden=True)
    except NotFoundError:
        return False
    return True


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", fold(name)).encode("ascii", "ignore").decode()
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    return "-".join(words)[:MAX_SLUG_CHARS].strip("-") or "conector"
