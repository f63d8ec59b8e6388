"""A copy of all that the site keeps of a person, without secrets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import DeclarativeBase, Session

from pdn_marketplace.accounts.models import ApiToken, Identity, User, UserSession
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.organisations.models import Membership
from pdn_marketplace.reviews.models import Delegation, Observation, Paper, Reply
from pdn_marketplace.submissions.models import (
    AuditEntry,
    Contributor,
    Review,
    Run,
    Submission,
)

# Named one by one, so that a column that is added later is out until it is chosen.
COLUMNS: Mapping[type[DeclarativeBase], tuple[str, ...]] = {
    UserSession: ("created_at", "expires_at", "browser", "has_factor"),
    Identity: ("issuer", "subject", "created_at"),
    ApiToken: ("name", "scopes", "created_at", "expires_at", "used_at"),
    Membership: ("organisation_id", "seat", "joined_at", "left_at"),
    Submission: (
        *("id", "organisation_id", "state", "name", "abstract", "description"),
        *("institution", "entity", "level", "maintainer", "standard"),
        *("environment", "base_url"),
        *("token_url", "client_id", "username", "contact_email", "contact_phone"),
        *("repository_url", "documentation_url", "licence", "slug", "round"),
        *("created_at", "changed_at", "sent_at", "credentials_at"),
    ),
    Run: ("id", "submission_id", "state", "queued_at", "finished_at", "verdict"),
    Review: ("submission_id", "round", "decision", "comment", "at"),
    Observation: ("submission_id", "check_id", "text", "created_at", "closed_at"),
    Reply: ("observation_id", "text", "at"),
    Delegation: ("submission_id", "reason", "at"),
    Paper: ("submission_id", "kind", "content", "at"),
    AuditEntry: ("at", "action", "object"),
}


def document(session: Session, account: Account, now: datetime) -> Mapping[str, Any]:
    """Give the copy, as a JSON document."""
    user = session.get_one(User, account.id)
    written = select(Contributor.submission_id).where(Contributor.user_id == user.id)
    owned: Mapping[str, tuple[type[DeclarativeBase], ColumnElement[bool]]] = {
        "sessions": (UserSession, UserSession.user_id == user.id),
        "identities": (Identity, Identity.user_id == user.id),
        "tokens": (ApiToken, ApiToken.user_id == user.id),
        "organisations": (Membership, Membership.user_id == user.id),
        "connectors": (
            Submission,
            (Submission.owner_id == user.id) | Submission.id.in_(written),
        ),
        "runs": (Run, (Run.requested_by == user.id) & Run.by_watch.is_(False)),
        "reviews": (Review, Review.reviewer_id == user.id),
        "observations": (Observation, Observation.author_id == user.id),
        "replies": (Reply, Reply.author_id == user.id),
        "delegations": (Delegation, Delegation.from_id == user.id),
        "papers": (Paper, Paper.issued_by == user.id),
        "history": (
            AuditEntry,
            AuditEntry.actor.in_((f"cuenta:{user.id}", user.email)),
        ),
    }
    return {
        "exported_at": now.isoformat(timespec="seconds"),
        "account": {
            "email": user.email,
            "name": user.name,
            "organization": user.organization,
            "role": user.role,
            "language": user.language,
            "created_at": user.created_at.isoformat(),
            "has_second_factor": bool(user.factor_secret),
        },
        **{
            name: [_told(row, model) for row in session.scalars(select(model).where(w))]
            for name, (model, w) in owned.items()
        },
    }


def _told(row: DeclarativeBase, model: type[DeclarativeBase]) -> Mapping[str, Any]:
    return {name: _plain(getattr(row, name)) for name in COLUMNS[model]}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
