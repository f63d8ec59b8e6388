"""Pages of administration: people, resources, settings and retention."""

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
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response

from pdn_marketplace import db, settings
from pdn_marketplace.accounts.models import User
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.administration import chain, people, retention, shelf
from pdn_marketplace.administration.forms import HideForm, NoteForm, RoleForm
from pdn_marketplace.administration.words import action_words
from pdn_marketplace.config import Config
from pdn_marketplace.errors import ConflictError, SubmissionRejectedError
from pdn_marketplace.security import Role, requires
from pdn_marketplace.submissions import audit
from pdn_marketplace.submissions.forms import ActionForm

blueprint = Blueprint("administration", __name__, url_prefix="/administracion")

Page = str | Response | tuple[str, int]


@blueprint.get("/")
@requires(Role.ADMINISTRATOR)
def index() -> str:
    """Say what there is to look after."""
    return render_template(
        "administration/index.html",
        people=people.search(db.session()).total,
        hidden=len(shelf.search(db.session(), "", only_hidden=True)),
        changed=len(settings.written(db.session())),
        check=chain.last(db.session()),
        old=sum(h.count for h in retention.old(db.session(), _now(), _config().data)),
    )


@blueprint.get("/personas")
@requires(Role.ADMINISTRATOR)
def accounts() -> str:
    """Find accounts."""
    asked = request.args
    page = asked.get("pagina", "1")
    number = int(page) if page.isdecimal() and 0 < len(page) < 7 else 1
    found = people.search(
        db.session(),
        asked.get("q", "")[:200],
        asked.get("papel", ""),
        asked.get("estado", ""),
        max(number, 1),
    )
    return render_template(
        "administration/people.html", found=found, standings=people.STANDINGS
    )


@blueprint.get("/personas/<int:user_id>")
@requires(Role.ADMINISTRATOR)
def account(user_id: int) -> str:
    """Show an account, without its secrets."""
    return _shown(people.find(db.session(), user_id))


@blueprint.post("/personas/<int:user_id>/papel")
@requires(Role.ADMINISTRATOR)
def set_role(user_id: int) -> Page:
    """Change what an account may do."""
    user = people.find(db.session(), user_id)
    form = RoleForm()
    if not form.validate():
        return _shown(user, form), 400
    try:
        people.set_role(db.session(), _actor(), user, Role(form.role.data), _now())
    except ConflictError as error:
        _refused(error)
    else:
        flash(_("El papel quedó cambiado; sus sesiones se cerraron."), "pass")
    return redirect(url_for(".account", user_id=user_id))


@blueprint.post(
    "/personas/<int:user_id>/<any(desactivar,activar,desbloquear,cerrar):what>"
)
@requires(Role.ADMINISTRATOR)
def change_account(user_id: int, what: str) -> Page:
    """Disable, enable or unlock an account, or close its sessions."""
    user = people.find(db.session(), user_id)
    changes = {
        "desactivar": (people.disable, _("La cuenta quedó desactivada.")),
        "activar": (people.enable, _("La cuenta quedó activada.")),
        "desbloquear": (people.unlock, _("Ya puede intentar entrar otra vez.")),
        "cerrar": (people.revoke, _("Sus sesiones y tokens ya no sirven.")),
    }
    change, said = changes[what]
    try:
        change(db.session(), _actor(), user, _now())
    except ConflictError as error:
        _refused(error)
    else:
        flash(said, "pass")
    return redirect(url_for(".account", user_id=user_id))


@blueprint.get("/recursos")
@requires(Role.ADMINISTRATOR)
def resources() -> str:
    """Find resources, hidden ones too."""
    only_hidden = request.args.get("ver") == "ocultos"
    text = request.args.get("q", "")[:200]
    found = shelf.search(db.session(), text, only_hidden=only_hidden)
    return render_template(
        "administration/resources.html", found=found, only_hidden=only_hidden
    )


@blueprint.route("/recursos/<slug>", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def resource(slug: str) -> Page:
    """Show a resource to who may hide it, and change its note."""
    found = shelf.find(db.session(), slug)
    form = NoteForm(data={"note": found.status_note})
    if form.validate_on_submit():
        shelf.note(db.session(), _actor(), found, form.note.data or "", _now())
        flash(_("La nota quedó guardada."), "pass")
        return redirect(url_for(".resource", slug=slug))
    page = render_template(
        "administration/resource.html",
        resource=found,
        form=form,
        hiding=HideForm(formdata=None),
    )
    return page, 400 if form.is_submitted() else 200


@blueprint.post("/recursos/<slug>/<any(ocultar,mostrar):what>")
@requires(Role.ADMINISTRATOR)
def change_resource(slug: str, what: str) -> Page:
    """Hide a resource, with its reason, or show it again."""
    found = shelf.find(db.session(), slug)
    try:
        if what == "mostrar":
            shelf.restore(db.session(), _actor(), found, _now())
            flash(_("El recurso está otra vez en el catálogo."), "pass")
        else:
            reason = str(HideForm().reason.data or "")[:300]
            shelf.hide(db.session(), _actor(), found, reason, _now())
            flash(_("El recurso ya no está en el catálogo."), "pass")
    except (ConflictError, SubmissionRejectedError) as error:
        _refused(error)
    return redirect(url_for(".resource", slug=slug))


@blueprint.route("/ajustes", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def tune() -> Page:
    """Change the settings that may change while the site runs."""
    form = ActionForm()
    faults: dict[str, str] = {}
    if form.validate_on_submit():
        changed, faults = _tuned()
        if not faults:
            said = ngettext(
                "Se cambió %(num)d ajuste.", "Se cambiaron %(num)d ajustes.", changed
            )
            flash(said if changed else _("No había nada que cambiar."), "pass")
            return redirect(url_for(".tune"))
        db.rollback()
    page = render_template(
        "administration/settings.html",
        form=form,
        tunables=settings.TUNABLES.values(),
        defaults=_defaults(),
        written=settings.written(db.session()),
        faults=faults,
    )
    return page, 400 if faults else 200


@blueprint.route("/conservacion", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def keep() -> Page:
    """Tell what may be deleted; delete it when asked."""
    form = ActionForm()
    if form.validate_on_submit():
        gone = retention.delete_old(db.session(), _actor(), _now(), _config().data)
        count = sum(heap.count for heap in gone)
        said = ngettext(
            "Se borró %(num)d elemento.", "Se borraron %(num)d elementos.", count
        )
        flash(said if count else _("No había nada que borrar."), "pass")
        return redirect(url_for(".keep"))
    return render_template(
        "administration/retention.html",
        form=form,
        heaps=retention.old(db.session(), _now(), _config().data),
        heap_words=retention.heap_words,
        is_sqlite=_config().database_url.startswith("sqlite"),
        data=_config().data,
    )


def _shown(user: User, form: RoleForm | None = None) -> str:
    return render_template(
        "administration/person.html",
        person=people.person(db.session(), user, _now()),
        memberships=people.memberships(db.session(), user),
        form=form or RoleForm(formdata=None, data={"role": user.role}),
        history=audit.entries(db.session(), f"account:{user.id}")[::-1],
        action_words=action_words,
    )


def _tuned() -> tuple[int, dict[str, str]]:
    """Keep what changed; give how many, and what is wrong by key."""
    defaults, written = _defaults(), settings.written(db.session())
    faults: dict[str, str] = {}
    changed = {}
    for key, known in settings.TUNABLES.items():
        text = request.form.get(key, "").strip().replace(",", "")
        is_number = text.isdecimal() and len(text) < 8
        value = int(text) if is_number else None
        if text and not is_number:
            value = known.least - 1
        if value == written.get(key, defaults[key]):
            continue
        if value is None and key not in written:
            continue
        try:
            settings.write(db.session(), key, value)
        except SubmissionRejectedError as error:
            faults[key] = error.message
        else:
            changed[key] = value
    if changed and not faults:
        audit.record(
            db.session(),
            actor=current_user.email,
            action="settings_change",
            subject="site:settings",
            now=_now(),
            payload=changed,
        )
    return len(changed), faults


def _defaults() -> dict[str, int]:
    known = {key: each.default for key, each in settings.TUNABLES.items()}
    return known | {settings.GRACE_DAYS: _config().watch_grace_days}


def _refused(error: ConflictError | SubmissionRejectedError) -> None:
    db.rollback()
    flash(error.message, "fail")


def _actor() -> Account:
    actor: Account = current_user._get_current_object()
    return actor


def _config() -> Config:
    found: Config = current_app.extensions["pdn_config"]
    return found


def _now() -> datetime:
    return datetime.now(UTC)
