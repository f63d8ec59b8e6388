"""What administrators wrote in place of the messages of the site.

A text has gaps like `{enlace}`, filled only with what the site gives: nothing a
person writes is ever read as a text with gaps. Imports only the database and
the errors.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from pdn_marketplace.db import Base
from pdn_marketplace.errors import SubmissionRejectedError

MAX_SUBJECT_CHARS = 200
MAX_BODY_CHARS = 4_000
_GAP = re.compile(r"\{(\w+)\}")


class WrittenLetter(Base):
    """A text that an administrator wrote over the one of the site."""

    __tablename__ = "letters"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)


class Name(NamedTuple):
    """Which message, in which language (`es`, `en`)."""

    key: str
    language: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent: one line of subject, and a body of plain text."""

    subject: str
    body: str

    def filled(self, values: Mapping[str, str]) -> "Letter":
        """Put the values in the gaps; the subject stays one line."""
        subject = " ".join(_fill(self.subject, values).split())
        return Letter(subject, _fill(self.body, values))


def of(session: Session, name: Name, default: Letter) -> Letter:
    """Give the text in force: what was written, or the one of the site."""
    row = session.get(WrittenLetter, name)
    return default if row is None else Letter(row.subject, row.body)


def written(session: Session) -> frozenset[Name]:
    """Give which texts administrators wrote."""
    rows = session.execute(select(WrittenLetter.key, WrittenLetter.language))
    return frozenset(Name(*row) for row in rows)


def check(letter: Letter, *, gaps: tuple[str, ...], needed: tuple[str, ...]) -> None:
    """Refuse a text that could not be sent, or would be of no use.

    Raises: SubmissionRejectedError for a gap that nothing fills, one that is
    needed and missing, or a subject of several lines.
    """
    if not letter.subject.isprintable():
        raise SubmissionRejectedError(_("El asunto es de una sola línea."))
    unknown = sorted(set(_GAP.findall(letter.subject + letter.body)) - set(gaps))
    if unknown:
        raise SubmissionRejectedError(
            _(
                "Nada llena {%(gap)s}. Use sólo los espacios de la lista.",
                gap=unknown[0],
            )
        )
    missing = [gap for gap in needed if gap not in _GAP.findall(letter.body)]
    if missing:
        raise SubmissionRejectedError(
            _(
                "Al mensaje le falta {%(gap)s}: sin él, quien lo recibe no puede "
                "hacer nada.",
                gap=missing[0],
            )
        )


def write(session: Session, name: Name, letter: Letter) -> None:
    """Keep a text over the one of the site."""
    row = WrittenLetter(
        key=name.key,
        language=name.language,
        subject=letter.subject,
        body=letter.body,
    )
    session.merge(row)


def restore(session: Session, name: Name) -> None:
    """Go back to the text of the site."""
    row = session.get(WrittenLetter, name)
    if row is not None:
        session.delete(row)


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _GAP.sub(lambda gap: values.get(gap[1], gap[0]), text)
