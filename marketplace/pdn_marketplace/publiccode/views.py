"""Pages of publiccode.yml: take one into the form, give one of a resource."""

from flask import Blueprint, Response, current_app, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SubmitField, URLField
from wtforms.validators import Length

from pdn_marketplace import db
from pdn_marketplace.catalog import service as catalog
from pdn_marketplace.catalog.pictures import shots
from pdn_marketplace.config import Config
from pdn_marketplace.errors import SubmissionRejectedError
from pdn_marketplace.organisations import service as organisations
from pdn_marketplace.publiccode import fetching, reading, writing
from pdn_marketplace.security import Role, limiter, requires
from pdn_marketplace.submissions.addresses import AddressRules
from pdn_marketplace.submissions.forms import SubmissionForm
from pdn_sdk.client import ForbiddenAddressError

blueprint = Blueprint("publiccode", __name__)

Page = str | AnyResponse | tuple[str, int]


class ImportForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A file, or where it is."""

    file = FileField(_l("Archivo publiccode.yml"))
    url = URLField(
        _l("O su dirección"),
        [Length(max=2000, message=_l("Use como máximo 2000 caracteres."))],
        description=_l("La del texto mismo, no la de la página que lo muestra."),
        render_kw={"placeholder": "https://"},
    )
    submit = SubmitField(_l("Leerlo"))


@blueprint.route("/conectores/publiccode", methods=["GET", "POST"])
@requires(Role.CONTRIBUTOR)
@limiter.limit("30 per hour", methods=["POST"])
def bring() -> Page:
    """Read a description, and show the form of a connector filled with it."""
    form = ImportForm()
    if form.validate_on_submit():
        try:
            found = reading.described(_given(form))
        except (SubmissionRejectedError, ForbiddenAddressError) as error:
            form.url.errors = [error.message]
        else:
            return render_template(
                "submissions/edit.html",
                form=SubmissionForm(formdata=None, data=_filled(found)),
                submission=None,
                organisations=organisations.mine(db.session(), current_user),
                belonging=None,
                findings=[
                    _("Revise lo que se llenó, añada lo de la API y guárdelo."),
                    *found.findings,
                ],
            )
    page = render_template("publiccode/bring.html", form=form)
    return page, 400 if form.is_submitted() else 200


@blueprint.get("/recursos/<slug>/publiccode.yml")
def export(slug: str) -> Response:
    """Give the description of a resource."""
    row = catalog.resource(db.session(), slug)
    told = writing.document(row, [shot["url"] for shot in shots(row)])
    answer = Response(told, mimetype="application/yaml")
    answer.headers["Content-Disposition"] = 'attachment; filename="publiccode.yml"'
    return answer


def _given(form: ImportForm) -> bytes:
    if form.file.data:
        body: bytes = form.file.data.read(reading.MAX_BYTES + 1)
        return body
    config: Config = current_app.extensions["pdn_config"]
    rules = AddressRules(config.allow_private_targets, tuple(config.hosts))
    if not (form.url.data or "").strip():
        raise SubmissionRejectedError(_("Elija un archivo o escriba su dirección."))
    return fetching.fetched(form.url.data, rules)


def _filled(found: reading.Described) -> dict[str, str]:
    mine = {
        "institution": current_user.organization,
        "contact_email": current_user.email,
    }
    return {**mine, **found.values}
