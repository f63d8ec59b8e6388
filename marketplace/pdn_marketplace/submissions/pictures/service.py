"""Every rule about pictures: how many, whose, who sees them, where they lie.

The files lie under the data folder by the hash of their content, so that the same
picture is kept once and a name never shows another.
"""

import secrets
from datetime import datetime
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from pdn_marketplace.accounts.service import Account
from pdn_marketplace.catalog.models import Resource
from pdn_marketplace.catalog.service import SHOWN
from pdn_marketplace.errors import NotFoundError, SubmissionRejectedError
from pdn_marketplace.submissions.models import (
    PictureKind,
    Submission,
    SubmissionPicture,
)
from pdn_marketplace.submissions.pictures import encoding
from pdn_marketplace.submissions.service import log_step, may_see
from pdn_marketplace.submissions.states import Action, State, after

FOLDER = "imagenes"
MAX_SCREENSHOTS = 4
MAX_ALT_CHARS = 200


def add(
    session: Session,
    submission: Submission,
    actor: Account,
    *,
    kind: PictureKind,
    body: bytes,
    alt: str,
    data: Path,
    now: datetime,
) -> SubmissionPicture:
    """Keep a picture of a connector; a cover takes the place of the one before.

    Raises: SubmissionRejectedError saying what to change; ConflictError in a state
    that does not allow it.
    """
    state = after(State(submission.state), Action.EDIT_TEXT)
    alt = " ".join(alt.split())
    if not alt:
        raise SubmissionRejectedError(
            _("Escriba qué muestra la imagen, para quien no la ve.")
        )
    shots = [p for p in submission.pictures if p.kind == PictureKind.SCREENSHOT]
    if kind is PictureKind.SCREENSHOT and len(shots) >= MAX_SCREENSHOTS:
        raise SubmissionRejectedError(
            _("Ya hay %(n)d capturas, el máximo. Quite una antes.", n=MAX_SCREENSHOTS)
        )
    made = (encoding.cover if kind is PictureKind.COVER else encoding.screenshot)(body)
    _keep(data, made)
    if kind is PictureKind.COVER:
        for old in [p for p in submission.pictures if p.kind == kind]:
            _drop(session, submission, old, data)
    kept = SubmissionPicture(
        submission_id=submission.id,
        kind=kind,
        name=made.name,
        alt=alt[:MAX_ALT_CHARS],
        width=made.width,
        height=made.height,
        created_at=now,
    )
    submission.pictures.append(kept)
    submission.state = state
    log_step(session, submission, actor, "picture_add", now)
    return kept


def remove(
    session: Session,
    submission: Submission,
    actor: Account,
    picture_id: int,
    *,
    data: Path,
    now: datetime,
) -> None:
    """Take a picture off a connector.

    Raises: NotFoundError where it has no such picture; ConflictError in a state that
    does not allow it.
    """
    found = next((p for p in submission.pictures if p.id == picture_id), None)
    if found is None:
        raise NotFoundError(_("Esa imagen ya no está."))
    submission.state = after(State(submission.state), Action.EDIT_TEXT)
    _drop(session, submission, found, data)
    log_step(session, submission, actor, "picture_remove", now)


def forget(session: Session, submission: Submission, data: Path) -> None:
    """Take every picture off a connector whose owner leaves."""
    for picture in list(submission.pictures):
        _drop(session, submission, picture, data)


def path_of(data: Path, name: str) -> Path:
    """Say where the picture of that name lies."""
    return data / FOLDER / name[:2] / name


def find(session: Session, name: str, viewer: Account | None) -> bool:
    """Tell whether a picture is public; it is shown to who may see its connector.

    That of a resource which an administrator hid is not public.
    Raises: NotFoundError for anybody else, as if it did not exist.
    """
    asked = (
        select(Submission).join(SubmissionPicture).where(SubmissionPicture.name == name)
    )
    listed = asked.join(Resource, Resource.slug == Submission.slug).where(
        Submission.state == State.PUBLISHED, SHOWN
    )
    if session.scalar(listed.limit(1)) is not None:
        return True
    holders = session.scalars(asked).all()
    if viewer is not None and any(may_see(s, viewer) for s in holders):
        return False
    raise NotFoundError(_("No existe esa imagen."))


def _keep(data: Path, made: encoding.Picture) -> None:
    path = path_of(data, made.name)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    part.write_bytes(made.body)
    # Whole or not at all, whoever reads meanwhile.
    part.replace(path)


def _drop(
    session: Session, submission: Submission, picture: SubmissionPicture, data: Path
) -> None:
    submission.pictures.remove(picture)
    session.flush()
    left = select(func.count()).where(SubmissionPicture.name == picture.name)
    if session.scalar(left):
        return
    path = path_of(data, picture.name)
    # What is undone keeps its file: the file goes when the row has gone for good.
    event.listen(
        session, "after_commit", lambda _: path.unlink(missing_ok=True), once=True
    )
