"""Pages where who manages an organisation renames or closes it."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from pdn_marketplace import db
from pdn_marketplace.accounts.recovery.post import Post, send
from pdn_marketplace.config import Config
from pdn_marketplace.errors import ConflictError, SubmissionRejectedError
from pdn_marketplace.organisations import service as organisations
from pdn_marketplace.organisations.forms import OrganisationForm
from pdn_marketplace.security import Role, requires
from pdn_marketplace.submissions import belonging
from pdn_marketplace.submissions.forms import ActionForm

blueprint = Blueprint("belonging", __name__, url_prefix="/organizaciones")

Page = str | Response | tuple[str, int]


@blueprint.route("/<int:organisation_id>/datos", methods=["GET", "POST"])
@requires(Role.CONTRIBUTOR)
def rename(organisation_id: int) -> Page:
    """Change how an organisation is called and where it is."""
    organisation = organisations.find_managed(
        db.session(), organisation_id, current_user
    )
    form = OrganisationForm(obj=organisation)
    if form.validate_on_submit():
        try:
            belonging.rename(
                db.session(),
                organisation,
                current_user,
                name=form.name.data,
                entity=form.entity.data,
                level=form.level.data,
                now=datetime.now(UTC),
            )
        except SubmissionRejectedError as error:
            db.rollback()
            form.name.errors = [error.message]
        else:
            flash(_("Los datos de la organización quedaron guardados."), "pass")
            return redirect(_back("organisations.show", organisation_id))
    page = render_template(
        "organisations/rename.html", form=form, organisation=organisation
    )
    return page, 400 if form.is_submitted() else 200


@blueprint.route("/<int:organisation_id>/cerrar", methods=["GET", "POST"])
@requires(Role.CONTRIBUTOR)
def close(organisation_id: int) -> Page:
    """Close an organisation, and tell who was in it."""
    organisation = organisations.find_managed(
        db.session(), organisation_id, current_user
    )
    form = ActionForm()
    if form.validate_on_submit():
        name = organisation.name
        try:
            told = belonging.close(
                db.session(), organisation, current_user, datetime.now(UTC)
            )
        except ConflictError as error:
            db.rollback()
            flash(error.message, "fail")
            return redirect(_back(".close", organisation_id))
        _write(told, name)
        flash(_("La organización quedó cerrada."), "pass")
        return redirect(url_for("organisations.mine"))
    return render_template(
        "organisations/close.html",
        form=form,
        organisation=organisation,
        unsettled=belonging.unsettled(db.session(), organisation),
        others=len(organisations.members(db.session(), organisation)) - 1,
    )


def _write(told: list[str], name: str) -> None:
    config: Config = current_app.extensions["pdn_config"]
    values = {"quien": " ".join(current_user.name.split()), "organizacion": name}
    post = Post("closed", url_for("organisations.mine"), values)
    for email in told:
        send(config, db.session(), datetime.now(UTC), email, post)


def _back(endpoint: str, organisation_id: int) -> str:
    return url_for(endpoint, organisation_id=organisation_id)
