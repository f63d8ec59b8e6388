"""Pages where administrators change the ready texts."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from pdn_marketplace import db
from pdn_marketplace.errors import SubmissionRejectedError
from pdn_marketplace.reviews import texts, words
from pdn_marketplace.reviews.forms import TextForm
from pdn_marketplace.reviews.models import TextKind
from pdn_marketplace.security import Role, requires
from pdn_marketplace.submissions.forms import ActionForm

blueprint = Blueprint("texts", __name__, url_prefix="/revision/textos")

Page = str | Response | tuple[str, int]


@blueprint.get("")
@requires(Role.ADMINISTRATOR)
def every() -> Page:
    """List the texts by what they are for."""
    groups = [(kind, texts.of(db.session(), kind)) for kind in TextKind]
    return render_template("reviews/texts.html", groups=groups, words=words)


@blueprint.route("/nuevo", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def new() -> Page:
    """Write a text."""
    return _edited(TextForm(), "")


@blueprint.route("/<key>", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def edit(key: str) -> Page:
    """Change a text."""
    text = texts.find(db.session(), key)
    return _edited(TextForm(obj=text), key)


@blueprint.post("/<key>/restaurar")
@requires(Role.ADMINISTRATOR)
def restore(key: str) -> Page:
    """Bring a text back as it came, or delete one written here."""
    texts.restore(db.session(), current_user, key, datetime.now(UTC))
    flash(_("El texto quedó como venía; si era propio, se borró."), "pass")
    return redirect(url_for(".every"))


def _edited(form: TextForm, key: str) -> Page:
    if form.validate_on_submit():
        try:
            texts.write(
                db.session(),
                current_user,
                key=key,
                kind=TextKind(form.kind.data),
                title=form.title.data,
                body=form.body.data,
                now=datetime.now(UTC),
            )
        except SubmissionRejectedError as error:
            form.body.errors = [error.message]
        else:
            flash(_("El texto quedó guardado."), "pass")
            return redirect(url_for(".every"))
    page = render_template(
        "reviews/text.html",
        form=form,
        text=texts.every(db.session()).get(key),
        gaps=texts.GAPS,
        action=ActionForm(),
    )
    return page, 400 if form.is_submitted() else 200
