"""Tables of organisations: their members, present and past, and invitations."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pdn_marketplace.accounts.models import User
from pdn_marketplace.db import Base, UtcDateTime


class Seat(StrEnum):
    """What a person is in an organisation."""

    MANAGER = "manager"
    """Also invites people, changes their role and takes them out."""
    MEMBER = "member"


class Organisation(Base):
    """An institution or a company whose people share their connectors.

    `entity` and `level` are of `places`; empty where nobody has said. One that was
    closed keeps its row: who belonged to it is still no stranger to its connectors.
    """

    __tablename__ = "organisations"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    entity: Mapped[str] = mapped_column(String(2), default="")
    level: Mapped[str] = mapped_column(String(12), default="")
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="organisation", order_by="Membership.id"
    )

    def has(self, user_id: int) -> bool:
        """Tell whether the person belongs to it today."""
        return any(m.user_id == user_id and m.is_open for m in self.memberships)


class Membership(Base):
    """A person in an organisation.

    The row stays when the person leaves, with `left_at`: who belonged to it is
    still no stranger to its connectors.
    """

    __tablename__ = "organisation_members"
    __table_args__ = (CheckConstraint("seat IN ('manager', 'member')", name="seat"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisations.id"), index=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    seat: Mapped[str] = mapped_column(String(20), default=Seat.MEMBER)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship(back_populates="memberships")
    user: Mapped[User] = relationship(lazy="joined")

    @property
    def is_open(self) -> bool:
        """Does the person still belong to it?"""
        return self.left_at is None


class Invitation(Base):
    """An invitation that was sent and not taken; only its token's hash is kept."""

    __tablename__ = "organisation_invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisations.id"), index=True
    )
    email: Mapped[str] = mapped_column(String(254))
    seat: Mapped[str] = mapped_column(String(20), default=Seat.MEMBER)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship(lazy="joined")
