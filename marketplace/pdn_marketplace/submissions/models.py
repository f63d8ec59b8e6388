"""Tables of submissions, their runs and reports, reviews, and the audit log."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pdn_marketplace.accounts.models import User
from pdn_marketplace.db import Base, UtcDateTime
from pdn_marketplace.organisations.models import Organisation
from pdn_marketplace.submissions.states import RunState, State


class Submission(Base):
    """A connector that somebody wants listed, with a credential to test it.

    `client_secret`, `password` and `token` are sealed. `changed_at` moves when what the
    runs test changes; an older run says nothing of what is written now. It is of the
    organisation where there is one; else of `owner`, who wrote it down.
    """

    __tablename__ = "submissions"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisations.id"), index=True
    )
    state: Mapped[str] = mapped_column(String(20), default=State.DRAFT, index=True)
    name: Mapped[str] = mapped_column(String(120))
    abstract: Mapped[str] = mapped_column(String(150))
    description: Mapped[str] = mapped_column(String(900))
    institution: Mapped[str] = mapped_column(String(200))
    entity: Mapped[str] = mapped_column(String(2), default="")
    level: Mapped[str] = mapped_column(String(12), default="")
    maintainer: Mapped[str] = mapped_column(String(120))
    standard: Mapped[str] = mapped_column(String(20))
    environment: Mapped[str] = mapped_column(String(20))
    base_url: Mapped[str] = mapped_column(String(2000))
    token_url: Mapped[str] = mapped_column(String(2000), default="")
    client_id: Mapped[str] = mapped_column(String(200), default="")
    client_secret: Mapped[str] = mapped_column(Text, default="")
    username: Mapped[str] = mapped_column(String(200), default="")
    password: Mapped[str] = mapped_column(Text, default="")
    token: Mapped[str] = mapped_column(Text, default="")
    credentials_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    contact_email: Mapped[str] = mapped_column(String(254))
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    repository_url: Mapped[str] = mapped_column(String(2000), default="")
    documentation_url: Mapped[str] = mapped_column(String(2000), default="")
    licence: Mapped[str] = mapped_column(String(80), default="")
    slug: Mapped[str] = mapped_column(String(160), default="", index=True)
    round: Mapped[int] = mapped_column(default=0)
    # No foreign key: runs already point here, and a circle helps nobody.
    published_run_id: Mapped[int | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    owner: Mapped[User] = relationship(lazy="joined")
    organisation: Mapped[Organisation | None] = relationship(lazy="joined")
    contributors: Mapped[list["Contributor"]] = relationship()
    reviews: Mapped[list["Review"]] = relationship(order_by="Review.id.desc()")
    pictures: Mapped[list["SubmissionPicture"]] = relationship(
        cascade="all, delete-orphan", order_by="SubmissionPicture.id"
    )


class PictureKind(StrEnum):
    """What a picture is of a connector."""

    COVER = "cover"
    SCREENSHOT = "screenshot"


class SubmissionPicture(Base):
    """A picture of a connector; `name` is that of its file. Units: pixels."""

    __tablename__ = "submission_pictures"
    __table_args__ = (CheckConstraint("kind IN ('cover', 'screenshot')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(70), index=True)
    alt: Mapped[str] = mapped_column(String(200))
    width: Mapped[int] = mapped_column()
    height: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Contributor(Base):
    """Somebody who wrote or moved a submission, and so never reviews it."""

    __tablename__ = "submission_contributors"

    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submissions.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)


class Run(Base):
    """One conformance run. `heartbeat_at` is the worker's last sign of life.

    One `by_watch` was asked for by nobody; `requested_by` is then the owner.
    """

    __tablename__ = "runs"
    __table_args__ = (
        Index("ix_runs_submission_id_id", "submission_id", "id"),
        Index("ix_runs_requested_by_queued_at", "requested_by", "queued_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"))
    requested_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    by_watch: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(20), default=RunState.QUEUED, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    doing: Mapped[str] = mapped_column(String(300), default="")
    message: Mapped[str] = mapped_column(String(500), default="")
    verdict: Mapped[str] = mapped_column(String(20), default="")
    summary: Mapped[Mapping[str, int]] = mapped_column(JSON, default=dict)
    suite_version: Mapped[str] = mapped_column(String(40), default="")
    sentence: Mapped[str] = mapped_column(String(500), default="")

    submission: Mapped[Submission] = relationship()


class StoredReport(Base):
    """The report of a run, as JSON compressed with zlib; read only when asked."""

    __tablename__ = "run_reports"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    packed: Mapped[bytes] = mapped_column(LargeBinary)


class Seal(Base):
    """What the site states of a run: the signed text, its code and signature."""

    __tablename__ = "run_seals"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    statement: Mapped[str] = mapped_column(Text)
    signature: Mapped[str] = mapped_column(String(100))
    key: Mapped[str] = mapped_column(String(16))


class Review(Base):
    """What a reviewer said, about which run, in which round of the submission."""

    __tablename__ = "reviews"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), index=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    round: Mapped[int] = mapped_column()
    decision: Mapped[str] = mapped_column(String(20))
    comment: Mapped[str] = mapped_column(String(4000), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    reviewer: Mapped[User] = relationship(lazy="joined")


class AuditEntry(Base):
    """One line of the log. `hash` covers the line and the hash before it."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str] = mapped_column(String(254), index=True)
    action: Mapped[str] = mapped_column(String(40), index=True)
    object: Mapped[str] = mapped_column(String(80), index=True)
    payload: Mapped[Mapping[str, Any]] = mapped_column(JSON)
    # Unique: two lines can never follow the same one, so the chain has no forks.
    previous_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64))
