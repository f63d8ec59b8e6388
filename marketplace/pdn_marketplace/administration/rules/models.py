"""Tables of the previews: what was asked, how far it is, and who would change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pdn_marketplace.accounts.models import User
from pdn_marketplace.db import Base, UtcDateTime
from pdn_marketplace.submissions.models import Submission
from pdn_marketplace.submissions.states import RunState


class Preview(Base):
    """Rules that somebody asked to try on the stored evidence.

    `levels` are those that differ from the profile, by requirement; `ruleset` is the
    hash of the rules installed then. It is made in steps, each by any worker:
    `last_id` is the last submission that was judged, `claimed_at` when a worker took
    the step under way (None between two), `attempts` how many took that same step.
    """

    __tablename__ = "rule_previews"

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    standard: Mapped[str] = mapped_column(String(20))
    profile: Mapped[str] = mapped_column(String(10))
    levels: Mapped[Mapping[str, str]] = mapped_column(JSON)
    ruleset: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(20), default=RunState.QUEUED, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    total: Mapped[int] = mapped_column(default=0)
    judged: Mapped[int] = mapped_column(default=0)
    without: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    last_id: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)

    asker: Mapped[User] = relationship(lazy="joined")

    @property
    def done(self) -> int:
        """How many connectors it has gone through."""
        return self.judged + self.without

    def of_level(self, level: str) -> list[str]:
        """Give the requirements that it tries at a level other than the profile's."""
        return sorted(key for key, each in self.levels.items() if each == level)


class Change(Base):
    """A connector whose verdict would be another.

    `because` tells each result that makes it so: id, title, requirements and level.
    """

    __tablename__ = "rule_preview_changes"
    __table_args__ = (Index("ix_rule_preview_changes_preview_id", "preview_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    preview_id: Mapped[int] = mapped_column(
        ForeignKey("rule_previews.id", ondelete="CASCADE")
    )
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    before: Mapped[str] = mapped_column(String(20))
    after: Mapped[str] = mapped_column(String(20))
    because: Mapped[Sequence[Mapping[str, Any]]] = mapped_column(JSON)

    submission: Mapped[Submission] = relationship(lazy="joined")
