"""The audit log for who administers: narrowed, in pages, and whole as a table.

Pages begin at the number of a line, so that one is the same however many lines are
added later, and the last costs as little as the first. Takes the session.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import orjson
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from pdn_marketplace.accounts.models import User
from pdn_marketplace.accounts.service import normal_email
from pdn_marketplace.administration.words import ACTIONS, SUBJECTS
from pdn_marketplace.config import ZONE
from pdn_marketplace.errors import SubmissionRejectedError
from pdn_marketplace.submissions.models import AuditEntry

PAGE_LINES = 50
ACCOUNT = "cuenta:"
YEARS = range(2000, 2200)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address of the log asks for; empty texts and None ask for nothing.

    `who` is an e-mail, the number of an account or `sistema`; `subject` a kind of
    thing, or one thing like `submission:7`. The days are those of Mexico, both
    included.
    """

    who: str = ""
    action: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Wanted":
        """Read it.

        Raises: SubmissionRejectedError for what can never be found.
        """
        wanted = cls(
            who=asked.get("quien", "").strip()[:254],
            action=asked.get("accion", ""),
            subject=asked.get("sobre", "")[:80],
            since=_day(asked.get("desde", "")),
            until=_day(asked.get("hasta", "")),
        )
        if wanted.action and wanted.action not in ACTIONS:
            raise SubmissionRejectedError(_("Elija una acción de la lista."))
        if wanted.subject and wanted.subject.partition(":")[0] not in SUBJECTS:
            raise SubmissionRejectedError(_("Elija de la lista sobre qué buscar."))
        if wanted.since and wanted.until and wanted.since > wanted.until:
            raise SubmissionRejectedError(
                _("El primer día es posterior al último. Cámbielos.")
            )
        return wanted

    @property
    def is_narrowed(self) -> bool:
        """Does it leave anything out?"""
        return self != Wanted()


@dataclass(frozen=True, slots=True)
class Page:
    """Lines, the newest first; where the older and the newer begin, or None."""

    lines: Sequence[AuditEntry]
    older: int | None
    newer: int | None


def page(
    session: Session,
    wanted: Wanted,
    before: int | None = None,
    after: int | None = None,
) -> Page:
    """Give the lines just before one, or just after one, or else the last."""
    if before is None and after is not None:
        asked = _wanted(session, wanted).where(AuditEntry.id > after)
        found = _some(session, asked.order_by(AuditEntry.id))
        lines = found[:PAGE_LINES][::-1]
        has_newer, has_older = len(found) > PAGE_LINES, bool(lines)
    else:
        asked = _wanted(session, wanted)
        if before is not None:
            asked = asked.where(AuditEntry.id < before)
        found = _some(session, asked.order_by(AuditEntry.id.desc()))
        lines = found[:PAGE_LINES]
        has_newer, has_older = bool(before and lines), len(found) > PAGE_LINES
    return Page(
        lines,
        older=lines[-1].id if has_older else None,
        newer=lines[0].id if has_newer else None,
    )


def names(session: Session, lines: Sequence[AuditEntry]) -> Mapping[str, str]:
    """Name the accounts of some lines, by what the log keeps of each."""
    kept = {line.actor for line in lines if line.actor.startswith(ACCOUNT)}
    ids = [int(actor.removeprefix(ACCOUNT)) for actor in kept]
    asked = select(User.id, User.name).where(User.id.in_(ids))
    return {f"{ACCOUNT}{number}": name for number, name in session.execute(asked)}


def table(session: Session, wanted: Wanted) -> Iterator[Sequence[object]]:
    """Give every line that is wanted, the oldest first, as rows for a spreadsheet."""
    yield ("linea", "fecha", "quien", "accion", "sobre", "detalle", "huella")
    # Columns, because making an object of each of a million lines takes as long again.
    asked = _wanted(session, wanted).with_only_columns(
        AuditEntry.id,
        AuditEntry.at,
        AuditEntry.actor,
        AuditEntry.action,
        AuditEntry.object,
        AuditEntry.payload,
        AuditEntry.hash,
    )
    ordered = asked.order_by(AuditEntry.id).execution_options(yield_per=500)
    for number, at, *told, payload, hash_ in session.execute(ordered):
        yield number, at.isoformat(timespec="seconds"), *told, detail(payload), hash_


def detail(payload: Mapping[str, Any]) -> str:
    """Write what else a line keeps; nothing where it keeps nothing."""
    return orjson.dumps(payload).decode() if payload else ""


def _some(session: Session, asked: Select[AuditEntry]) -> Sequence[AuditEntry]:
    return session.scalars(asked.limit(PAGE_LINES + 1)).all()


def _wanted(session: Session, wanted: Wanted) -> Select[AuditEntry]:
    asked = select(AuditEntry)
    if wanted.who:
        asked = asked.where(AuditEntry.actor.in_(_actors(session, wanted.who)))
    if wanted.action:
        asked = asked.where(AuditEntry.action == wanted.action)
    if ":" in wanted.subject:
        asked = asked.where(AuditEntry.object == wanted.subject)
    elif wanted.subject:
        asked = asked.where(AuditEntry.object.startswith(f"{wanted.subject}:"))
    if wanted.since:
        asked = asked.where(AuditEntry.at >= _start(wanted.since))
    if wanted.until:
        asked = asked.where(AuditEntry.at < _start(wanted.until + timedelta(days=1)))
    return asked


def _actors(session: Session, who: str) -> list[str]:
    """Give how the log may have kept an account: old lines have its e-mail."""
    number = who.removeprefix(ACCOUNT)
    if number.isdecimal():
        return [f"{ACCOUNT}{number}"]
    email = normal_email(who)
    found = session.scalar(select(User.id).where(User.email == email))
    return [email, f"{ACCOUNT}{found}"] if found else [email]


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def _day(text: str) -> date | None:
    """Raises: SubmissionRejectedError for what is no day."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise SubmissionRejectedError(
            _("Escriba los días como 2026-11-26: año, mes y día.")
        )
    return day
