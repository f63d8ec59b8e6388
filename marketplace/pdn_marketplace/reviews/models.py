"""Tables of the bench: observations and replies, texts, delegations, papers."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pdn_marketplace.accounts.models import User
from pdn_marketplace.db import Base, UtcDateTime
from pdn_marketplace.submissions.models import Submission


class TextKind(StrEnum):
    """What a ready text is for."""

    OBSERVATION = "observation"
    DECISION = "decision"
    NOTICE = "notice"
    OPINION = "opinion"


class PaperKind(StrEnum):
    """The papers that a reviewer issues."""

    NOTICE = "notice"
    """Oficio: what was observed, to the institution."""
    OPINION = "opinion"
    """Dictamen: what was decided, and on what evidence."""


class Observation(Base):
    """Something a reviewer asks about one finding, or about the whole.

    `check_id` is empty where it is about the whole. Open until a reviewer closes it.
    """

    __tablename__ = "observations"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), index=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    check_id: Mapped[str] = mapped_column(String(60), default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(String(4000))
    round: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    submission: Mapped[Submission] = relationship()
    author: Mapped[User] = relationship(lazy="joined", foreign_keys=[author_id])
    replies: Mapped[list["Reply"]] = relationship(order_by="Reply.id", lazy="selectin")

    @property
    def is_open(self) -> bool:
        """Is somebody still to answer it or close it?"""
        return self.closed_at is None


class Reply(Base):
    """One answer in the thread of an observation."""

    __tablename__ = "observation_replies"

    id: Mapped[int] = mapped_column(primary_key=True)
    observation_id: Mapped[int] = mapped_column(
        ForeignKey("observations.id"), index=True
    )
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(String(4000))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    author: Mapped[User] = relationship(lazy="joined")


class ReadyText(Base):
    """A text that administrators wrote, or wrote over one that comes with the site."""

    __tablename__ = "review_texts"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[int] = mapped_column(ForeignKey("users.id"))


class Delegation(Base):
    """A submission passed to a reviewer; the last one says who has it."""

    __tablename__ = "review_delegations"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), index=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(String(500), default="")
    round: Mapped[int] = mapped_column()
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    to: Mapped[User] = relationship(lazy="joined", foreign_keys=[to_id])


class Paper(Base):
    """A paper as it was issued: what it says never changes, and it is signed."""

    __tablename__ = "review_papers"
    __table_args__ = (UniqueConstraint("kind", "year", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    year: Mapped[int] = mapped_column()
    number: Mapped[int] = mapped_column()
    content: Mapped[Mapping[str, Any]] = mapped_column(JSON)
    signature: Mapped[str] = mapped_column(String(100))
    key: Mapped[str] = mapped_column(String(16))
    issued_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    submission: Mapped[Submission] = relationship()
