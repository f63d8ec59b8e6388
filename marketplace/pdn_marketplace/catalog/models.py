"""Tables of the catalogue: a resource, its systems and technologies. No queries."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pdn_marketplace.catalog.state import follow
from pdn_marketplace.db import POSTGRESQL, Base, UtcDateTime, ordered_text


class Resource(Base):
    """A listing: one of the 22, a later addition, or an approved connector.

    `position` gives the official order; `name_key` the Spanish order of names;
    `search_text` is what a search compares, already folded; `verified_key` the
    instant of the last verdict, in UTC, as text that sorts by time, or nothing.
    What is hidden is kept and shown to nobody but administrators; `status_note` is
    what they say of how the resource stands.
    """

    __tablename__ = "resources"
    __table_args__ = (
        CheckConstraint(
            "origin IN ('official', 'addition', 'connector')", name="origin"
        ),
        CheckConstraint("type IN ('api', 'sys', 'doc', 'tool')", name="type"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    number: Mapped[int | None] = mapped_column(unique=True)
    position: Mapped[int] = mapped_column(index=True)
    origin: Mapped[str] = mapped_column(String(10), index=True)
    type: Mapped[str] = mapped_column(String(4), index=True)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(ordered_text(700), index=True)
    maintainer: Mapped[str] = mapped_column(String(200), index=True)
    abstract: Mapped[str] = mapped_column(String(150))
    description: Mapped[str] = mapped_column(String(900))
    audience: Mapped[str] = mapped_column(String(300), default="")
    # SQLite does not mind the length, and altering the table would make it anew.
    url: Mapped[str] = mapped_column(String(500).with_variant(String(2000), POSTGRESQL))
    licence: Mapped[str] = mapped_column(String(80), default="")
    contact: Mapped[dict[str, str]] = mapped_column(JSON)
    links: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    pictures: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    notes: Mapped[list[str]] = mapped_column(JSON)
    conformance: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    verdict: Mapped[str | None] = mapped_column(String(20), index=True)
    verified_key: Mapped[str] = mapped_column(ordered_text(32), default="", index=True)
    search_text: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_reason: Mapped[str] = mapped_column(String(300), default="")
    status_note: Mapped[str] = mapped_column(String(600), default="")

    def pictures_of(self, kind: str) -> list[dict[str, Any]]:
        """Give the pictures of a kind: `cover` or `screenshot`."""
        return [p for p in self.pictures if p["kind"] == kind]

    systems: Mapped[list["ResourceSystem"]] = relationship(
        cascade="all, delete-orphan",
        lazy="selectin",
        order_by="ResourceSystem.system",
    )
    technologies: Mapped[list["ResourceTechnology"]] = relationship(
        cascade="all, delete-orphan",
        lazy="selectin",
        order_by="ResourceTechnology.position",
    )


class ResourceSystem(Base):
    """A system of the platform that a resource serves: s1 … s6."""

    __tablename__ = "resource_systems"

    resource_id: Mapped[int] = mapped_column(
        ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True
    )
    system: Mapped[str] = mapped_column(String(4), primary_key=True, index=True)


class ResourceTechnology(Base):
    """A technology that a resource uses, by its one spelling."""

    __tablename__ = "resource_technologies"

    resource_id: Mapped[int] = mapped_column(
        ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True
    )
    technology: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0)


follow(Resource, ResourceSystem, ResourceTechnology)
