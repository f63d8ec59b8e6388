"""Pages where a person copies or deletes their own data."""

from datetime import UTC, datetime

from flask import (
    Blueprint,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    url_for,
)
from flask import (
    session as browser_session,
)
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, PasswordField, SubmitField
from wtforms.validators import DataRequired

from pdn_marketplace import db
from pdn_marketplace.errors import ConflictError, SubmissionRejectedError
from pdn_marketplace.privacy import erasure, export
from pdn_marketplace.security import Role, limiter, requires

blueprint = Blueprint("privacy", __name__, url_prefix="/cuenta")

Page = str | Response | tuple[str, int]


class DeletionForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """The password, and a word that it is meant."""

    password = PasswordField(
        _l("Contraseña"),
        [DataRequired(message=_l("Escriba su contraseña."))],
        render_kw={"autocomplete": "current-password"},
    )
    is_meant = BooleanField(
        _l("Entiendo que no se puede deshacer"),
        [DataRequired(message=_l("Marque que entiende que no se puede deshacer."))],
    )
    submit = SubmitField(_l("Eliminar mi cuenta"))


@blueprint.get("/datos.json")
@requires(Role.CONTRIBUTOR)
@limiter.limit("20 per hour")
def copy() -> Response:
    """Give the person all that the site keeps of them, without secrets."""
    answer = jsonify(export.document(db.session(), current_user, datetime.now(UTC)))
    answer.headers["Content-Disposition"] = 'attachment; filename="mis-datos.json"'
    return answer


@blueprint.route("/eliminar", methods=["GET", "POST"])
@requires(Role.CONTRIBUTOR)
@limiter.limit("10 per hour", methods=["POST"])
def delete() -> Page:
    """Delete the account, with its password."""
    form = DeletionForm()
    if form.validate_on_submit():
        try:
            erasure.erase(
                db.session(),
                current_user,
                form.password.data,
                datetime.now(UTC),
                current_app.extensions["pdn_config"].data,
            )
        except SubmissionRejectedError as error:
            form.password.errors = [error.message]
        except ConflictError as error:
            db.rollback()
            form.is_meant.errors = [error.message]
        else:
            logout_user()
            browser_session.clear()
            flash(_("Su cuenta quedó eliminada."), "pass")
            return redirect(url_for("catalog.index"))
    page = render_template(
        "privacy/delete.html",
        form=form,
        obstacles=erasure.obstacles(db.session(), current_user),
        connectors=erasure.own(db.session(), current_user),
    )
    return page, 400 if form.is_submitted() else 200
