"""What is kept longer than needed: told first, deleted only when asked, and logged.

The audit log, what people wrote and signed statements are never touched.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.orm import DeclarativeBase, Session

from pdn_marketplace import settings
from pdn_marketplace.accounts.mail import FOLDER
from pdn_marketplace.accounts.models import FailedSignIns, UserSession
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.administration.rules.models import Preview
from pdn_marketplace.organisations.models import Invitation
from pdn_marketplace.reviews.models import Observation
from pdn_marketplace.submissions import audit
from pdn_marketplace.submissions.models import Review, Run, StoredReport, Submission
from pdn_marketplace.submissions.states import RunState
from pdn_marketplace.watch.models import Look

LOOKS, REPORTS, SESSIONS = "looks", "reports", "sessions"
INVITATIONS, FAILURES, MAIL = "invitations", "failures", "mail"
PREVIEWS = "previews"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Heap:
    """Something that may be deleted: how much of it, and since when it is old."""

    key: str
    count: int
    before: datetime


@dataclass(frozen=True, slots=True)
class Rule:
    """Which rows of a table may go."""

    key: str
    model: type[DeclarativeBase]
    condition: ColumnElement[bool]
    before: datetime


def old(session: Session, now: datetime, data: Path) -> list[Heap]:
    """Tell what may be deleted now, and delete nothing."""
    heaps = [
        Heap(rule.key, _count(session, rule), rule.before)
        for rule in _rules(session, now)
    ]
    before = _mail_before(session, now)
    return [*heaps, Heap(MAIL, len(_old_mail(data, before)), before)]


def delete_old(
    session: Session, actor: Account, now: datetime, data: Path
) -> Sequence[Heap]:
    """Delete it, and give what went."""
    gone = []
    for rule in _rules(session, now):
        count = _count(session, rule)
        if count:
            session.execute(delete(rule.model).where(rule.condition))
        gone.append(Heap(rule.key, count, rule.before))
    before = _mail_before(session, now)
    messages = _old_mail(data, before)
    gone.append(Heap(MAIL, len(messages), before))
    audit.record(
        session,
        actor=actor.email,
        action="retention_delete",
        subject="site:retention",
        now=now,
        payload={heap.key: heap.count for heap in gone},
    )
    # Last, because a file does not come back where the rest is undone.
    for path in messages:
        path.unlink(missing_ok=True)
    return gone


def heap_words(key: str) -> str:
    """Name what may be deleted."""
    told = {
        LOOKS: _("Revisiones de la vigilancia"),
        REPORTS: _("Evidencia de pruebas que ya nada sostiene"),
        PREVIEWS: _("Vistas previas de reglas"),
        SESSIONS: _("Sesiones vencidas"),
        INVITATIONS: _("Invitaciones vencidas"),
        FAILURES: _("Intentos fallidos de entrar"),
        MAIL: _("Correos que quedaron en la carpeta"),
    }
    return str(told[key])


def _rules(session: Session, now: datetime) -> Iterator[Rule]:
    looks = now - settings.read(session, settings.KEEP_LOOKS_DAYS) * DAY
    reports = now - settings.read(session, settings.KEEP_REPORTS_DAYS) * DAY
    yield Rule(LOOKS, Look, Look.at < looks, looks)
    yield Rule(
        REPORTS, StoredReport, StoredReport.run_id.in_(_idle_runs(reports)), reports
    )
    yield Rule(PREVIEWS, Preview, Preview.finished_at < reports, reports)
    yield Rule(SESSIONS, UserSession, UserSession.expires_at <= now, now)
    yield Rule(INVITATIONS, Invitation, Invitation.expires_at <= now, now)
    yield Rule(FAILURES, FailedSignIns, FailedSignIns.last_at < now - DAY, now - DAY)


def _idle_runs(before: datetime) -> Select[int]:
    newest = select(func.max(Run.id)).where(Run.state == RunState.FINISHED)
    listed = select(Submission.published_run_id)
    decided = select(Review.run_id).where(Review.run_id.is_not(None))
    observed = select(Observation.run_id).where(Observation.run_id.is_not(None))
    return select(Run.id).where(
        Run.finished_at < before,
        Run.id.not_in(newest.group_by(Run.submission_id)),
        Run.id.not_in(listed.where(Submission.published_run_id.is_not(None))),
        Run.id.not_in(decided),
        Run.id.not_in(observed),
    )


def _count(session: Session, rule: Rule) -> int:
    asked = select(func.count()).select_from(rule.model).where(rule.condition)
    return session.scalar(asked) or 0


def _mail_before(session: Session, now: datetime) -> datetime:
    return now - settings.read(session, settings.KEEP_MAIL_DAYS) * DAY


def _old_mail(data: Path, before: datetime) -> list[Path]:
    found = (data / FOLDER).glob("*.eml")
    return sorted(p for p in found if p.stat().st_mtime < before.timestamp())
