"""Tables of accounts: users, their sessions and tokens, failed sign-ins. No queries."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pdn_marketplace.db import Base, UtcDateTime
from pdn_marketplace.security import Role


class User(Base):
    """A person with an account; `email` is kept trimmed and in lower case.

    `confirmed_at` is None until the person shows that the e-mail is theirs.
    `factor_secret` is sealed; `factor_step` is the last code's, used once only.
    One that is disabled opens nothing until it is enabled again.
    `language` (`es`, `en`) is that of the messages it gets.
    A deleted account keeps its number, for what it did, and nothing that names it.
    """

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint(
            "role IN ('contributor', 'reviewer', 'administrator')", name="role"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    organization: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[str] = mapped_column(String(20), default=Role.CONTRIBUTOR)
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    factor_secret: Mapped[str] = mapped_column(Text, default="")
    factor_step: Mapped[int] = mapped_column(default=0)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    language: Mapped[str] = mapped_column(String(2), default="es", server_default="es")

    sessions: Mapped[list["UserSession"]] = relationship(
        back_populates="user", cascade="all, delete-orphan"
    )

    @property
    def is_reachable(self) -> bool:
        """May the site write to this e-mail of what the account takes part in?"""
        is_gone = self.deleted_at is not None or self.disabled_at is not None
        return self.confirmed_at is not None and not is_gone


class UserSession(Base):
    """One signed-in browser; only the hash of its token is kept.

    `has_factor` says that the second factor was given in it.
    """

    __tablename__ = "user_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    browser: Mapped[str] = mapped_column(String(200), default="")
    has_factor: Mapped[bool] = mapped_column(default=False)

    user: Mapped[User] = relationship(back_populates="sessions", lazy="joined")


class Identity(Base):
    """Somebody of another site (OIDC) who opens an account of this one."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject", name="identity"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApiToken(Base):
    """A token for a program of an account; only its hash is kept.

    `scopes` are names with a blank between them.
    """

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship(lazy="joined")


class FailedSignIns(Base):
    """Failures in a row for one e-mail, whether or not it has an account.

    `email_hash` is of the e-mail for wrong passwords, and of what names its second
    factor for wrong codes: neither is forgotten because the other was right.
    """

    __tablename__ = "failed_sign_ins"

    email_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
