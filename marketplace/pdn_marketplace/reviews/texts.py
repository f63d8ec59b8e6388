"""Ready texts: those that come with the site, and what administrators wrote.

A gap of a text, like `{conector}`, is filled only from the names listed here.
"""

import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from pdn_marketplace.accounts.service import Account
from pdn_marketplace.errors import NotFoundError, SubmissionRejectedError
from pdn_marketplace.reviews.models import ReadyText, TextKind
from pdn_marketplace.submissions import audit

GAPS = ("conector", "institucion", "sistema", "fecha", "estado", "pendientes")
MAX_TEXTS = 100
_GAP = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Text:
    """A ready text. `is_changed` says that it is not as it came with the site."""

    key: str
    kind: TextKind
    title: str
    body: str
    is_changed: bool = False
    is_own: bool = False
    """Written here: it did not come with the site, so it can be deleted."""


@cache
def defaults() -> Mapping[str, Text]:
    """Give the texts that come with the site, by key."""
    listed = files("pdn_marketplace") / "reviews" / "texts.toml"
    read = tomllib.loads(listed.read_text(encoding="utf-8"))
    return {
        each["key"]: Text(
            key=each["key"],
            kind=TextKind(each["kind"]),
            title=each["title"],
            body=each["body"].strip(),
        )
        for each in read["texts"]
    }


def every(session: Session) -> Mapping[str, Text]:
    """Give all the texts, by key: those of the site first."""
    written = {
        row.key: Text(
            key=row.key,
            kind=TextKind(row.kind),
            title=row.title,
            body=row.body,
            is_changed=True,
            is_own=row.key not in defaults(),
        )
        for row in session.scalars(select(ReadyText).order_by(ReadyText.title))
    }
    return {**defaults(), **written}


def of(session: Session, kind: TextKind) -> list[Text]:
    """Give the texts of one kind."""
    return [text for text in every(session).values() if text.kind is kind]


def find(session: Session, key: str) -> Text:
    """Give one text.

    Raises: NotFoundError where there is none.
    """
    found = every(session).get(key)
    if found is None:
        raise NotFoundError(_("No existe ese texto."))
    return found


def write(
    session: Session,
    actor: Account,
    *,
    key: str,
    kind: TextKind,
    title: str,
    body: str,
    now: datetime,
) -> str:
    """Keep a text, over the one that came with the site; give its key.

    An empty key makes a new one. Raises: SubmissionRejectedError for a gap that
    nothing fills, or too many texts.
    """
    unknown = sorted(set(_GAP.findall(body)) - set(GAPS))
    if unknown:
        raise SubmissionRejectedError(
            _(
                "Nada llena «{%(gap)s}». Use sólo los espacios de la lista.",
                gap=unknown[0],
            )
        )
    if not key and len(every(session)) >= MAX_TEXTS:
        raise SubmissionRejectedError(_("Hay demasiados textos. Borre alguno."))
    key = key or f"propio-{secrets.token_hex(4)}"
    session.merge(
        ReadyText(
            key=key,
            kind=kind,
            title=" ".join(title.split()),
            body=body.replace("\r\n", "\n").strip(),
            updated_at=now,
            updated_by=actor.id,
        )
    )
    _log(session, actor, "text_write", key, now)
    return key


def restore(session: Session, actor: Account, key: str, now: datetime) -> None:
    """Bring a text back as it came, or delete one that was written here.

    Raises: NotFoundError where nobody had written it.
    """
    found = session.get(ReadyText, key)
    if found is None:
        raise NotFoundError(_("Ese texto está como venía."))
    session.delete(found)
    _log(session, actor, "text_restore", key, now)


def filled(body: str, values: Mapping[str, str]) -> str:
    """Fill the gaps of a text; one that has no value is left as it is."""
    return _GAP.sub(lambda gap: values.get(gap[1], gap[0]), body)


def _log(
    session: Session, actor: Account, action: str, key: str, now: datetime
) -> None:
    audit.record(
        session, actor=actor.email, action=action, subject=f"text:{key}", now=now
    )
