"""Pages of the rules: those installed, and the previews of what others would change."""

from datetime import UTC, datetime

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from pdn_marketplace import db, sheets
from pdn_marketplace.administration.rules import impact, previews, words
from pdn_marketplace.administration.rules.impact import Rules
from pdn_marketplace.errors import ConflictError, SubmissionRejectedError
from pdn_marketplace.security import Role, requires
from pdn_marketplace.submissions import reading
from pdn_sdk.errors import StandardsError
from pdn_sdk.standards import loader
from pdn_sdk.standards.model import Level

blueprint = Blueprint("rules", __name__, url_prefix="/administracion/reglas")

Page = str | AnyResponse | tuple[str, int]
LISTS = (("exigir", Level.MUST), ("recomendar", Level.SHOULD))


@blueprint.get("")
@requires(Role.ADMINISTRATOR)
def index() -> str:
    """Show the rules installed, and the last previews."""
    return _index()


@blueprint.post("")
@requires(Role.ADMINISTRATOR)
def ask() -> Page:
    """Put a preview in line."""
    try:
        rules = _rules()
    except SubmissionRejectedError as error:
        return _index(error.message), 400
    try:
        made = previews.ask(db.session(), rules, current_user, _now())
    except ConflictError as error:
        db.rollback()
        flash(error.message, "fail")
        return redirect(url_for(".index"))
    g.has_new_work = True
    return redirect(url_for(".show", number=made.id))


@blueprint.get("/vistas/<int:number>")
@requires(Role.ADMINISTRATOR)
def show(number: int) -> str:
    """Show how far a preview is, and who would change verdict."""
    preview = previews.find(db.session(), number)
    after = db.row_number(request.args.get("despues", ""))
    changes, following = previews.changes(db.session(), preview, after or 0)
    return render_template(
        "administration/preview.html",
        preview=preview,
        standing=previews.standing(db.session(), preview, _now()),
        changes=changes,
        following=following,
        is_first=after is None,
        words=words,
    )


@blueprint.get("/vistas/<int:number>/avance")
@requires(Role.ADMINISTRATOR)
def progress(number: int) -> Response:
    """Tell how far a preview is, for the page that follows it."""
    preview = previews.find(db.session(), number)
    standing = previews.standing(db.session(), preview, _now())
    return jsonify(
        done=standing.done,
        total=standing.total,
        doing="",
        is_over=standing.is_over,
        said=words.standing_words(standing),
        remaining=reading.remaining_words(standing),
    )


@blueprint.get("/vistas/<int:number>.csv")
@requires(Role.ADMINISTRATOR)
def table(number: int) -> Response:
    """Give all who would change verdict, for a spreadsheet."""
    preview = previews.find(db.session(), number)
    rows = words.table(previews.every_change(db.session(), preview))
    return sheets.answer(f"vista-previa-{number}.csv", rows)


def _index(fault: str = "") -> str:
    before = db.row_number(request.args.get("antes", ""))
    last, following = previews.last(db.session(), before)
    return render_template(
        "administration/rules.html",
        installed=impact.installed(db.session()),
        last=last,
        following=following,
        is_first=before is None,
        fault=fault,
        words=words,
    )


def _rules() -> Rules:
    """Read the rules to try.

    Raises: SubmissionRejectedError for a standard, a profile or a requirement that
    there is not.
    """
    asked = request.form
    try:
        standard = loader.get(asked.get("estandar", ""))
    except StandardsError as error:
        raise SubmissionRejectedError(
            _("Elija uno de los estándares de la lista.")
        ) from error
    profile = asked.get("perfil", "")
    if profile not in impact.PROFILES:
        raise SubmissionRejectedError(_("Elija un perfil de la lista."))
    levels: dict[str, Level] = {}
    known = {requirement.id for requirement in standard.requirements}
    for name, level in LISTS:
        for id_ in asked.get(name, "").upper().replace(",", " ").split():
            if id_ not in known:
                raise SubmissionRejectedError(
                    _("Ese estándar no tiene el requisito %(id)s.", id=id_[:40])
                )
            if levels.setdefault(id_, level) is not level:
                raise SubmissionRejectedError(
                    _("%(id)s está en las dos listas. Déjelo en una.", id=id_)
                )
    return Rules(standard, profile, levels)


def _now() -> datetime:
    return datetime.now(UTC)
