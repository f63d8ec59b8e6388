"""Pages where administrators change the messages that the site sends."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from pdn_marketplace import db
from pdn_marketplace.administration.forms import LetterForm
from pdn_marketplace.errors import NotFoundError, SubmissionRejectedError
from pdn_marketplace.letters import store
from pdn_marketplace.letters.kinds import KINDS, Kind
from pdn_marketplace.letters.language import LANGUAGES
from pdn_marketplace.letters.store import Letter, Name
from pdn_marketplace.security import Role, requires
from pdn_marketplace.submissions import audit

blueprint = Blueprint("letters", __name__, url_prefix="/administracion/correos")

Page = str | Response | tuple[str, int]


@blueprint.get("")
@requires(Role.ADMINISTRATOR)
def every() -> str:
    """List the messages."""
    return render_template(
        "administration/letters.html",
        kinds=KINDS.values(),
        changed=store.written(db.session()),
    )


@blueprint.route("/<key>/<language>", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def edit(key: str, language: str) -> Page:
    """Change a message, or see how it looks without keeping it."""
    kind = _kind(key, language)
    name = Name(key, language)
    now = store.of(db.session(), name, kind.own(language))
    form = LetterForm(data={"subject": now.subject, "body": now.body})
    shown = now
    if form.validate_on_submit():
        shown = Letter(form.subject.data.strip(), _lines(form.body.data))
        try:
            if _keep(kind, name, shown, is_preview=bool(form.preview.data)):
                flash(_("El texto quedó guardado."), "pass")
                return redirect(url_for(".edit", key=key, language=language))
        except SubmissionRejectedError as error:
            form.body.errors = [error.message]
    page = render_template(
        "administration/letter.html",
        kind=kind,
        language=language,
        form=form,
        preview=shown.filled(kind.samples()),
        is_changed=name in store.written(db.session()),
    )
    return page, 400 if form.errors else 200


@blueprint.post("/<key>/<language>/restablecer")
@requires(Role.ADMINISTRATOR)
def restore(key: str, language: str) -> Page:
    """Go back to the text of the site."""
    _kind(key, language)
    store.restore(db.session(), Name(key, language))
    _log("letter_restore", key, language)
    flash(_("El correo volvió a su texto original."), "pass")
    return redirect(url_for(".edit", key=key, language=language))


def _keep(kind: Kind, name: Name, letter: Letter, *, is_preview: bool) -> bool:
    """Check a text, and keep it unless it is only to be seen; tell whether it was.

    Raises: SubmissionRejectedError saying what to change.
    """
    store.check(letter, gaps=tuple(kind.gaps), needed=kind.needed)
    if is_preview:
        return False
    store.write(db.session(), name, letter)
    _log("letter_write", *name)
    return True


def _kind(key: str, language: str) -> Kind:
    """Raises: NotFoundError for a message or a language that there is not."""
    kind = KINDS.get(key)
    if kind is None or language not in LANGUAGES:
        raise NotFoundError(_("No existe ese correo."))
    return kind


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip() + "\n"


def _log(action: str, key: str, language: str) -> None:
    audit.record(
        db.session(),
        actor=current_user.email,
        action=action,
        subject="site:letters",
        now=datetime.now(UTC),
        payload={"letter": key, "language": language},
    )
