"""Renaming and closing an organisation: what stands in the way is its connectors.

Here, and not in the domain of organisations, because that one knows of none. Takes
the session and the time.
"""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pdn_marketplace.accounts.service import Account
from pdn_marketplace.errors import ConflictError
from pdn_marketplace.organisations import places
from pdn_marketplace.organisations import service as organisations
from pdn_marketplace.organisations.models import Invitation, Organisation
from pdn_marketplace.submissions import audit
from pdn_marketplace.submissions.models import Submission
from pdn_marketplace.submissions.states import State

SETTLED = (State.WITHDRAWN, State.REJECTED)


def rename(
    session: Session,
    organisation: Organisation,
    actor: Account,
    *,
    name: str,
    entity: str,
    level: str,
    now: datetime,
) -> None:
    """Change how an organisation is called and where it is.

    Raises: SubmissionRejectedError saying what to change.
    """
    places.check(entity, level)
    was = organisation.name
    organisation.name = organisations.checked_name(name)
    organisation.entity, organisation.level = entity, level
    audit.record(
        session,
        actor=actor.email,
        action="organisation_rename",
        subject=f"organisation:{organisation.id}",
        now=now,
        payload={"was": was, "name": organisation.name},
    )


def unsettled(session: Session, organisation: Organisation) -> Sequence[Submission]:
    """Give the connectors that must be withdrawn before it can be closed."""
    asked = select(Submission).where(
        Submission.organisation_id == organisation.id,
        Submission.state.not_in(SETTLED),
    )
    return session.scalars(asked.order_by(Submission.id)).all()


def close(
    session: Session, organisation: Organisation, actor: Account, now: datetime
) -> list[str]:
    """Close an organisation; give the e-mails of the others who were in it.

    Everybody leaves it, with the date; nobody becomes a stranger to its connectors.
    Raises: ConflictError while a connector of its is not withdrawn.
    """
    if unsettled(session, organisation):
        raise ConflictError(
            _("La organización tiene conectores en camino o publicados. Retírelos.")
        )
    told = []
    for member in organisations.members(session, organisation):
        member.left_at = now
        if member.user_id != actor.id:
            told.append(member.user.email)
    gone = delete(Invitation).where(Invitation.organisation_id == organisation.id)
    session.execute(gone)
    organisation.closed_at = now
    audit.record(
        session,
        actor=actor.email,
        action="organisation_close",
        subject=f"organisation:{organisation.id}",
        now=now,
    )
    return told
