"""Pages where an owner sees which accounts of an institution open theirs.

They do not need the other site: an account must be let go of even when it is gone.
"""

from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, SubmitField
from wtforms.validators import DataRequired

from pdn_marketplace import db
from pdn_marketplace.accounts.oidc import service
from pdn_marketplace.accounts.recovery.post import Post, warn
from pdn_marketplace.errors import SubmissionRejectedError
from pdn_marketplace.security import Role, limiter, requires

blueprint = Blueprint("identities", __name__, url_prefix="/cuenta/identidades")

Page = str | Response | tuple[str, int]


class UnlinkForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """The password, which is what opens the account from then on."""

    password = PasswordField(
        _l("Contraseña"),
        [DataRequired(message=_l("Escriba la contraseña de su cuenta de este sitio."))],
        render_kw={"autocomplete": "current-password"},
    )
    submit = SubmitField(_l("Quitar el enlace"))


@blueprint.app_context_processor
def known() -> dict[str, object]:
    """Let the page of an account list what opens it."""
    return {"identities": lambda: service.identities(db.session(), current_user)}


@blueprint.route("/<int:identity_id>/quitar", methods=["GET", "POST"])
@requires(Role.CONTRIBUTOR)
@limiter.limit("10 per hour", methods=["POST"])
def unlink(identity_id: int) -> Page:
    """Let go of an account of an institution, with the password of this site."""
    found = service.identity(db.session(), current_user, identity_id)
    form = UnlinkForm()
    if form.validate_on_submit():
        try:
            service.unlink(db.session(), current_user, found, form.password.data)
        except SubmissionRejectedError as error:
            form.password.errors = [error.message]
        else:
            _told()
            return redirect(url_for("accounts.profile"))
    page = render_template("accounts/unlink.html", form=form, identity=found)
    return page, 400 if form.is_submitted() else 200


def _told() -> None:
    config = current_app.extensions["pdn_config"]
    post = Post("unlinked", url_for("recovery.ask"))
    warn(config, db.session(), datetime.now(UTC), current_user.email, post)
    flash(_("Su cuenta institucional ya no abre esta cuenta."), "pass")
