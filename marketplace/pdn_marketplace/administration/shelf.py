"""What administrators do to resources: hide them, show them, note their status."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pdn_marketplace.accounts.service import Account
from pdn_marketplace.catalog import service as catalog
from pdn_marketplace.catalog.models import Resource
from pdn_marketplace.errors import ConflictError, SubmissionRejectedError
from pdn_marketplace.submissions import audit
from pdn_sdk.collation import fold

MOST_SHOWN = 100


def search(session: Session, text: str, *, only_hidden: bool) -> Sequence[Resource]:
    """Find resources, hidden ones too, in the official order."""
    asked = select(Resource).order_by(Resource.position).limit(MOST_SHOWN)
    for word in fold(text).split():
        asked = asked.where(
            or_(
                Resource.search_text.contains(word, autoescape=True),
                Resource.slug.contains(word, autoescape=True),
            )
        )
    if only_hidden:
        asked = asked.where(Resource.hidden_at.is_not(None))
    return session.scalars(asked).all()


def find(session: Session, slug: str) -> Resource:
    """Give a resource, hidden or not. Raises: NotFoundError."""
    return catalog.resource(session, slug, with_hidden=True)


def hide(
    session: Session, actor: Account, resource: Resource, reason: str, now: datetime
) -> None:
    """Take a resource out of everybody's sight; nothing of it is lost.

    Raises: SubmissionRejectedError without a reason; ConflictError when hidden.
    """
    if resource.hidden_at is not None:
        raise ConflictError(_("El recurso ya estaba oculto."))
    reason = " ".join(reason.split())
    if not reason:
        raise SubmissionRejectedError(_("Escriba por qué se oculta."))
    resource.hidden_at, resource.hidden_reason = now, reason
    _log(session, actor, resource, "resource_hide", now, reason=reason)


def restore(
    session: Session, actor: Account, resource: Resource, now: datetime
) -> None:
    """Show a hidden resource again. Raises: ConflictError when it is not hidden."""
    if resource.hidden_at is None:
        raise ConflictError(_("El recurso no estaba oculto."))
    resource.hidden_at, resource.hidden_reason = None, ""
    _log(session, actor, resource, "resource_restore", now)


def note(
    session: Session, actor: Account, resource: Resource, text: str, now: datetime
) -> None:
    """Say how a resource stands, on its page; empty to say nothing."""
    resource.status_note = " ".join(text.split())
    resource.updated_at = now
    _log(session, actor, resource, "resource_note", now, note=resource.status_note)


def _log(
    session: Session,
    actor: Account,
    resource: Resource,
    action: str,
    now: datetime,
    **payload: str,
) -> None:
    audit.record(
        session,
        actor=actor.email,
        action=action,
        subject=f"resource:{resource.id}",
        now=now,
        payload={"slug": resource.slug, **payload},
    )
