"""Checks of the chain of the log: made by the worker, every day and when asked.

The whole log is walked, which in a country takes longer than a page may. Each check
is kept, so that the page tells the last, and when it was.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from pdn_marketplace.config import Config
from pdn_marketplace.db import Base, Database, UtcDateTime
from pdn_marketplace.submissions import audit

EVERY = timedelta(days=1)


class LogCheck(Base):
    """A check of the whole log; what it found is as `audit.ChainCheck` tells it."""

    __tablename__ = "log_checks"

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lines: Mapped[int] = mapped_column(default=0)
    broken_at: Mapped[int | None] = mapped_column()
    head: Mapped[str] = mapped_column(String(64), default="")


@dataclass(frozen=True, slots=True)
class Verifier:
    """Checks the chain, with the worker's database and clock."""

    database: Database
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def of(cls, config: Config) -> "Verifier":
        """Make the one of a site."""
        return cls(Database(config.database_url))

    def make_next(self) -> bool:
        """Make the check that somebody waits for or that is due; False for none."""
        with self.database.transaction() as session:
            if waiting(session) is None:
                newest = last(session)
                if newest is not None and self.now() - newest.asked_at < EVERY:
                    return False
                ask(session, self.now())
        with self.database.transaction() as session:
            found = audit.verify(session)
        with self.database.transaction() as session:
            check = waiting(session)
            # Another worker may have ended it: the same was found.
            if check is not None:
                check.finished_at = self.now()
                check.lines, check.broken_at = found.lines, found.broken_at
                check.head = found.head
        return True


def ask(session: Session, now: datetime) -> None:
    """Put a check in line; where one waits already, it will do."""
    if waiting(session) is None:
        session.add(LogCheck(asked_at=now))
        session.flush()


def waiting(session: Session) -> LogCheck | None:
    """Give the check that is in line or under way."""
    asked = select(LogCheck).where(LogCheck.finished_at.is_(None))
    return session.scalar(asked.order_by(LogCheck.id).limit(1))


def last(session: Session) -> LogCheck | None:
    """Give the last check that was finished."""
    asked = select(LogCheck).where(LogCheck.finished_at.is_not(None))
    return session.scalar(asked.order_by(LogCheck.id.desc()).limit(1))
