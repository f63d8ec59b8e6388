"""Every rule about organisations: who belongs, who invites, who may leave.

Takes a session and the time. Nobody outside an organisation learns that it is
there, and inviting an e-mail never tells whether it has an account.
"""

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, aliased

from pdn_marketplace.accounts.service import Account, normal_email
from pdn_marketplace.errors import (
    ConflictError,
    NotAllowedError,
    NotFoundError,
    SubmissionRejectedError,
)
from pdn_marketplace.organisations import places
from pdn_marketplace.organisations.models import (
    Invitation,
    Membership,
    Organisation,
    Seat,
)

INVITATION_LIFETIME = timedelta(days=14)
MAX_INVITATIONS = 30
MAX_OF_ACCOUNT = 20
_OWN, _SHARED = aliased(Membership), aliased(Membership)


@dataclass(frozen=True, slots=True)
class Interests:
    """Where a person is no stranger: organisations and colleagues, past ones too."""

    organisations: frozenset[int]
    colleagues: frozenset[int]

    @classmethod
    def of(cls, session: Session, people: Collection[int]) -> Mapping[int, "Interests"]:
        """Read those of some people once, to compare with many connectors."""
        asked = (
            select(_OWN.user_id, _OWN.organisation_id, _SHARED.user_id)
            .join(_SHARED, _SHARED.organisation_id == _OWN.organisation_id)
            .where(_OWN.user_id.in_(people))
        )
        places: dict[int, set[int]] = {person: set() for person in people}
        others: dict[int, set[int]] = {person: set() for person in people}
        for person, place, other in session.execute(asked):
            places[person].add(place)
            others[person].add(other)
        return {
            person: cls(frozenset(places[person]), frozenset(others[person] - {person}))
            for person in people
        }


def create(
    session: Session,
    account: Account,
    name: str,
    now: datetime,
    *,
    entity: str = "",
    level: str = "",
) -> Organisation:
    """Make an organisation whose manager is who makes it.

    Raises: SubmissionRejectedError for a name that is no name, a place that is no
    place, or too many.
    """
    places.check(entity, level)
    if len(mine(session, account)) >= MAX_OF_ACCOUNT:
        raise SubmissionRejectedError(
            _("Ya está en %(n)d organizaciones. Salga de alguna.", n=MAX_OF_ACCOUNT)
        )
    organisation = Organisation(
        name=checked_name(name), entity=entity, level=level, created_at=now
    )
    session.add(organisation)
    session.flush()
    _join(session, organisation, account.id, Seat.MANAGER, now)
    return organisation


def checked_name(text: str) -> str:
    """Give a name in one line; it travels in messages, so it holds no address.

    Raises: SubmissionRejectedError saying what to change.
    """
    name = " ".join(text.split())
    if not name or not name.isprintable():
        raise SubmissionRejectedError(_("Escriba el nombre de la organización."))
    if "://" in name or "www." in name.lower():
        raise SubmissionRejectedError(
            _("Escriba sólo el nombre, sin direcciones de páginas.")
        )
    return name


def mine(session: Session, account: Account) -> list[Membership]:
    """Give the memberships that an account has today, by name."""
    asked = (
        select(Membership)
        .join(Organisation)
        .where(Membership.user_id == account.id, Membership.left_at.is_(None))
        .order_by(Organisation.name, Organisation.id)
    )
    return list(session.scalars(asked))


def find(
    session: Session, organisation_id: int, account: Account
) -> tuple[Organisation, Seat]:
    """Give an organisation to one of its members, with the seat they have.

    Raises: NotFoundError for anybody else, as if it did not exist.
    """
    found = _membership(session, organisation_id, account.id)
    if found is None:
        raise NotFoundError(_("No existe esa organización, o usted no está en ella."))
    return found.organisation, Seat(found.seat)


def find_managed(
    session: Session, organisation_id: int, account: Account
) -> Organisation:
    """Give an organisation to who manages it.

    Raises: NotFoundError for who is not in it; NotAllowedError for a member.
    """
    organisation, seat = find(session, organisation_id, account)
    if seat is not Seat.MANAGER:
        raise NotAllowedError(
            _("Eso lo hace una persona responsable de la organización.")
        )
    return organisation


def members(session: Session, organisation: Organisation) -> Sequence[Membership]:
    """Give who belongs to it today, in the order in which they came."""
    asked = select(Membership).where(
        Membership.organisation_id == organisation.id, Membership.left_at.is_(None)
    )
    return session.scalars(asked.order_by(Membership.id)).all()


def invitations(
    session: Session, organisation: Organisation, now: datetime
) -> Sequence[Invitation]:
    """Give the invitations that can still be taken, the newest first."""
    asked = select(Invitation).where(
        Invitation.organisation_id == organisation.id, Invitation.expires_at > now
    )
    return session.scalars(asked.order_by(Invitation.id.desc())).all()


def invite(
    session: Session,
    organisation: Organisation,
    actor: Account,
    *,
    email: str,
    seat: Seat,
    now: datetime,
) -> str:
    """Write an invitation down and give the token that goes in its message.

    Raises: ConflictError for who already belongs; SubmissionRejectedError for
    too many that nobody has taken.
    """
    email = normal_email(email)
    if any(m.user.email == email for m in members(session, organisation)):
        raise ConflictError(_("Esa persona ya está en la organización."))
    session.execute(
        delete(Invitation).where(
            Invitation.organisation_id == organisation.id,
            (Invitation.email == email) | (Invitation.expires_at <= now),
        )
    )
    waiting = select(func.count(Invitation.id)).where(
        Invitation.organisation_id == organisation.id
    )
    if (session.scalar(waiting) or 0) >= MAX_INVITATIONS:
        raise SubmissionRejectedError(
            _(
                "Hay %(n)d invitaciones sin aceptar. Retire las que no hagan falta.",
                n=MAX_INVITATIONS,
            )
        )
    token = secrets.token_urlsafe(32)
    session.add(
        Invitation(
            organisation_id=organisation.id,
            email=email,
            seat=seat,
            token_hash=_digest(token),
            invited_by=actor.id,
            created_at=now,
            expires_at=now + INVITATION_LIFETIME,
        )
    )
    return token


def take_back(session: Session, organisation: Organisation, invitation_id: int) -> None:
    """Make an invitation worth nothing.

    Raises: NotFoundError where the organisation has no such invitation.
    """
    gone = session.execute(
        delete(Invitation)
        .where(
            Invitation.id == invitation_id,
            Invitation.organisation_id == organisation.id,
        )
        .returning(Invitation.id)
    )
    if gone.first() is None:
        raise NotFoundError(_("Esa invitación ya no está: alguien la usó o la retiró."))


def invitation(session: Session, token: str, now: datetime) -> Invitation:
    """Give the invitation of a message's link.

    Raises: NotFoundError for a link that is not ours, is old or was used.
    """
    found = session.scalar(
        select(Invitation).where(Invitation.token_hash == _digest(token))
    )
    if found is None or found.expires_at <= now:
        raise NotFoundError(
            _("Esa invitación no sirve, ya se usó o venció. Pida que le envíen otra.")
        )
    return found


def accept(
    session: Session, token: str, account: Account, now: datetime
) -> Organisation:
    """Take an invitation: only the account of the e-mail that was invited may.

    Raises: NotFoundError; NotAllowedError for another account's e-mail.
    """
    found = invitation(session, token, now)
    if found.email != account.email:
        raise NotAllowedError(
            _(
                "La invitación es para otro correo. Entre con la cuenta de ese correo "
                "o pida que inviten a éste."
            )
        )
    organisation = found.organisation
    if _membership(session, organisation.id, account.id) is None:
        _join(session, organisation, account.id, Seat(found.seat), now)
    session.delete(found)
    return organisation


def set_seat(
    session: Session, organisation: Organisation, user_id: int, seat: Seat
) -> None:
    """Change what a member is.

    Raises: NotFoundError for who is not in it; ConflictError where nobody would
    be left to manage it.
    """
    found = _member(session, organisation, user_id)
    if seat is not Seat.MANAGER:
        _keep_a_manager(session, organisation, user_id)
    found.seat = seat


def remove(
    session: Session, organisation: Organisation, user_id: int, now: datetime
) -> None:
    """Take somebody out, or leave; the row stays with its date.

    Raises: NotFoundError for who is not in it; ConflictError where nobody would
    be left to manage it.
    """
    found = _member(session, organisation, user_id)
    _keep_a_manager(session, organisation, user_id)
    found.left_at = now


def is_last_manager(session: Session, organisation: Organisation, user_id: int) -> bool:
    """Tell whether only this person manages the organisation."""
    managing = {
        m.user_id for m in members(session, organisation) if m.seat == Seat.MANAGER
    }
    return managing == {user_id}


def _keep_a_manager(session: Session, organisation: Organisation, user_id: int) -> None:
    if is_last_manager(session, organisation, user_id):
        raise ConflictError(
            _(
                "Es la única persona responsable de la organización. Nombre antes a "
                "otra."
            )
        )


def _member(session: Session, organisation: Organisation, user_id: int) -> Membership:
    found = _membership(session, organisation.id, user_id)
    if found is None:
        raise NotFoundError(_("Esa persona ya no está en la organización."))
    return found


def _membership(
    session: Session, organisation_id: int, user_id: int
) -> Membership | None:
    return session.scalar(
        select(Membership).where(
            Membership.organisation_id == organisation_id,
            Membership.user_id == user_id,
            Membership.left_at.is_(None),
        )
    )


def _join(
    session: Session,
    organisation: Organisation,
    user_id: int,
    seat: Seat,
    now: datetime,
) -> None:
    session.add(
        Membership(
            organisation_id=organisation.id, user_id=user_id, seat=seat, joined_at=now
        )
    )
    session.flush()
    session.expire(organisation, ["memberships"])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
