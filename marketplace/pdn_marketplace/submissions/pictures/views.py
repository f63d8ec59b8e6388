"""Pages of the pictures of a connector, and the pictures themselves."""

import re
from datetime import UTC, datetime

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from pdn_marketplace import db
from pdn_marketplace.config import Config
from pdn_marketplace.errors import ConflictError, NotFoundError, SubmissionRejectedError
from pdn_marketplace.security import Role, csrf, limiter, requires
from pdn_marketplace.submissions import service as submissions
from pdn_marketplace.submissions.models import PictureKind
from pdn_marketplace.submissions.pictures import encoding, service
from pdn_marketplace.submissions.states import Action, State, allows

blueprint = Blueprint("pictures", __name__)
# The guard reads the whole form, so the limit of this blueprint comes before it.
csrf.exempt(blueprint)

Page = str | Response | tuple[str, int]
NAME = re.compile(r"[0-9a-f]{64}\.(png|jpg|webp)")
ROOM_FOR_THE_REST = 100_000
PUBLIC_S = 3_600


class PictureForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A picture to add."""

    kind = RadioField(
        _l("Qué es"),
        choices=[
            SelectChoice(PictureKind.COVER, _l("La portada, de 345 × 140 píxeles")),
            SelectChoice(PictureKind.SCREENSHOT, _l("Una captura de pantalla")),
        ],
        validators=[DataRequired(message=_l("Elija una opción de la lista."))],
        validate_choice=False,
        default=PictureKind.SCREENSHOT,
    )
    file = FileField(
        _l("Imagen"),
        description=_l("PNG, JPEG o WebP, de 4 MB como máximo."),
        render_kw={"accept": "image/png,image/jpeg,image/webp"},
    )
    alt = StringField(
        _l("Qué muestra"),
        [
            DataRequired(
                message=_l("Escriba qué muestra la imagen, para quien no la ve.")
            ),
            Length(
                max=service.MAX_ALT_CHARS,
                message=_l("Use como máximo 200 caracteres."),
            ),
        ],
        description=_l("Una frase para quien no puede verla. No repita el nombre."),
        render_kw={"maxlength": service.MAX_ALT_CHARS},
    )
    submit = SubmitField(_l("Añadir imagen"))


@blueprint.before_request
def guard() -> None:
    """Let a picture in, and no more; then demand the token of forms."""
    request.max_content_length = encoding.MAX_BYTES + ROOM_FOR_THE_REST
    if current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> Page:
    """Say the limit of pictures, which is not that of other forms."""
    del error
    flash(_("La imagen pesa más de 4 MB. Redúzcala."), "fail")
    values = request.view_args or {}
    return redirect(url_for(".edit", submission_id=values["submission_id"]))


@blueprint.route("/conectores/<int:submission_id>/imagenes", methods=["GET", "POST"])
@requires(Role.CONTRIBUTOR)
@limiter.limit("60 per hour", methods=["POST"])
def edit(submission_id: int) -> Page:
    """Show the pictures of a connector of mine, and add one."""
    submission = submissions.find_own(db.session(), submission_id, current_user)
    form = PictureForm()
    if form.validate_on_submit():
        try:
            service.add(
                db.session(),
                submission,
                current_user,
                kind=_kind(form.kind.data),
                body=_body(form),
                alt=form.alt.data,
                data=_config().data,
                now=datetime.now(UTC),
            )
        except SubmissionRejectedError as error:
            form.file.errors = [error.message]
        else:
            flash(_("La imagen quedó guardada."), "pass")
            return redirect(url_for(".edit", submission_id=submission.id))
    page = render_template(
        "pictures/edit.html",
        submission=submission,
        form=form,
        most=service.MAX_SCREENSHOTS,
        may_change=allows(State(submission.state), Action.EDIT_TEXT),
    )
    return page, 400 if form.is_submitted() else 200


@blueprint.post("/conectores/<int:submission_id>/imagenes/<int:picture_id>/quitar")
@requires(Role.CONTRIBUTOR)
def remove(submission_id: int, picture_id: int) -> Page:
    """Take a picture off a connector of mine."""
    submission = submissions.find_own(db.session(), submission_id, current_user)
    try:
        service.remove(
            db.session(),
            submission,
            current_user,
            picture_id,
            data=_config().data,
            now=datetime.now(UTC),
        )
    except ConflictError as error:
        flash(error.message, "fail")
    else:
        flash(_("La imagen se quitó."), "pass")
    return redirect(url_for(".edit", submission_id=submission.id))


@blueprint.get("/imagenes/<name>")
@limiter.exempt
def show(name: str) -> Response:
    """Give a picture: its type is that of its name, whatever a browser thinks."""
    if not NAME.fullmatch(name):
        raise NotFoundError(_("No existe esa imagen."))
    viewer = current_user if current_user.is_authenticated else None
    is_public = service.find(db.session(), name, viewer)
    try:
        body = service.path_of(_config().data, name).read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(_("No existe esa imagen.")) from error
    media_type = encoding.MEDIA_TYPES[name.rpartition(".")[2]]
    answer = Response(body, mimetype=media_type)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = (
        f"public, max-age={PUBLIC_S}" if is_public else "private, no-store"
    )
    return answer


def _kind(text: str) -> PictureKind:
    return PictureKind.COVER if text == PictureKind.COVER else PictureKind.SCREENSHOT


def _body(form: PictureForm) -> bytes:
    if not form.file.data:
        raise SubmissionRejectedError(_("Elija el archivo de la imagen."))
    body: bytes = form.file.data.read(encoding.MAX_BYTES + 1)
    return body


def _config() -> Config:
    found: Config = current_app.extensions["pdn_config"]
    return found
