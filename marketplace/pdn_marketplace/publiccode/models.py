"""Table of the descriptions that were asked for by their address."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pdn_marketplace.db import Base, UtcDateTime


class ImportState(StrEnum):
    """Where the fetching of a description stands."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Import(Base):
    """A description that somebody asked for; only the worker fetches it."""

    __tablename__ = "publiccode_imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    url: Mapped[str] = mapped_column(String(2000))
    state: Mapped[str] = mapped_column(String(20), default=ImportState.WAITING)
    text: Mapped[str] = mapped_column(Text, default="")
    message: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
