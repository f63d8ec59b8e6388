"""Tables of the watch: what each look saw, and how each connector stands."""

from datetime import datetime

from sqlalchemy import JSON, Float, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pdn_marketplace.db import Base, UtcDateTime
from pdn_marketplace.submissions.models import Submission


class Watched(Base):
    """How a listed connector stands: when to look next, and its open alerts.

    `round` is the submission's round of review that listed it: one that was
    withdrawn and listed again is watched anew.
    """

    __tablename__ = "watched"

    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submissions.id"), primary_key=True
    )
    round: Mapped[int] = mapped_column()
    next_look_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    next_run_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    alerts: Mapped[list[str]] = mapped_column(JSON, default=list)
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    suspended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    submission: Mapped[Submission] = relationship(lazy="joined")


class Look(Base):
    """What one look saw. Units: milliseconds. None where it could not be told.

    `is_refused`: nobody was called, because the address is of a private network.
    `fingerprint` changes with the records that are read; it holds no data.
    """

    __tablename__ = "looks"
    __table_args__ = (Index("ix_looks_submission_id_at", "submission_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_up: Mapped[bool] = mapped_column()
    is_refused: Mapped[bool] = mapped_column(default=False)
    latency_ms: Mapped[float | None] = mapped_column(Float)
    records: Mapped[int | None] = mapped_column()
    repeats_pages: Mapped[bool | None] = mapped_column()
    fingerprint: Mapped[str] = mapped_column(String(16), default="")
    certificate_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
