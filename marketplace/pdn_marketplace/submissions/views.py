"""Pages of submissions: my connectors, their runs, the reviewers' queue."""

from dataclasses import fields
from datetime import UTC, datetime

import orjson
from flask import (
    Blueprint,
    current_app,
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
from werkzeug.wrappers import Response

from pdn_marketplace import db
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.config import Config
from pdn_marketplace.errors import SubmissionRejectedError
from pdn_marketplace.organisations import service as organisations
from pdn_marketplace.security import Role, limiter, requires, vault
from pdn_marketplace.submissions import (
    audit,
    listing,
    reading,
    reports,
    review,
    runs,
    service,
)
from pdn_marketplace.submissions.addresses import AddressRules
from pdn_marketplace.submissions.forms import (
    ActionForm,
    DecisionForm,
    SubmissionForm,
)
from pdn_marketplace.submissions.models import Submission
from pdn_marketplace.submissions.proof import seals
from pdn_marketplace.submissions.service import Details
from pdn_marketplace.submissions.states import (
    Action,
    RunState,
    State,
    allows,
)
from pdn_sdk.client import ForbiddenAddressError
from pdn_sdk.conformance.results import Outcome
from pdn_sdk.standards import loader

blueprint = Blueprint("submissions", __name__)

Page = str | Response | tuple[str, int]
# A connector that is watched has one more run each week, for years.
RECENT = 10
WHOLE = "completa"


@blueprint.app_context_processor
def words() -> dict[str, object]:
    """Give the templates the names of states and systems, and what is whose."""
    return {
        "reading": reading,
        "standards": loader.all_standards(),
        "works_on": _works_on,
    }


@blueprint.get("/conectores")
@requires(Role.CONTRIBUTOR)
def mine() -> Page:
    """List my connectors."""
    return render_template(
        "submissions/mine.html",
        submissions=service.mine(db.session(), current_user),
    )


@blueprint.route("/conectores/nuevo", methods=["GET", "POST"])
@requires(Role.CONTRIBUTOR)
@limiter.limit("60 per hour", methods=["POST"])
def new() -> Page:
    """Write down a connector."""
    belonging = _belonging()
    form = SubmissionForm(data=_about_me(belonging))
    if form.validate_on_submit():
        try:
            submission = service.create(
                db.session(),
                current_user,
                _details(form),
                vault=vault(),
                rules=_rules(),
                now=_now(),
                organisation_id=belonging,
            )
        except (ForbiddenAddressError, SubmissionRejectedError) as error:
            _blame(form, error)
        else:
            flash(_("El conector quedó guardado. Ahora puede probarlo."), "pass")
            return redirect(url_for(".show", submission_id=submission.id))
    page = render_template(
        "submissions/edit.html",
        form=form,
        submission=None,
        organisations=organisations.mine(db.session(), current_user),
        belonging=belonging,
    )
    return page, 400 if form.is_submitted() else 200


@blueprint.route("/conectores/<int:submission_id>/editar", methods=["GET", "POST"])
@requires(Role.CONTRIBUTOR)
def edit(submission_id: int) -> Page:
    """Change a connector of mine."""
    submission = service.find_own(db.session(), submission_id, current_user)
    form = SubmissionForm(obj=submission)
    if form.validate_on_submit():
        try:
            service.edit(
                db.session(),
                submission,
                current_user,
                _details(form),
                vault=vault(),
                rules=_rules(),
                now=_now(),
            )
        except (ForbiddenAddressError, SubmissionRejectedError) as error:
            _blame(form, error)
        else:
            flash(_("Los cambios quedaron guardados."), "pass")
            return redirect(url_for(".show", submission_id=submission.id))
    page = render_template("submissions/edit.html", form=form, submission=submission)
    return page, 400 if form.is_submitted() else 200


@blueprint.get("/conectores/<int:submission_id>")
@requires(Role.CONTRIBUTOR)
def show(submission_id: int) -> Page:
    """Show a connector: where it stands, what was said, what to do next."""
    session = db.session()
    submission = service.find(session, submission_id, current_user)
    run = service.current_run(session, submission)
    form = DecisionForm(formdata=None, run_id=str(run.id) if run else "")
    state = State(submission.state)
    is_owner = service.works_on(submission, current_user)
    is_whole = request.args.get("historia") == WHOLE
    most = None if is_whole else RECENT
    past, runs_in_all = runs.past(session, submission, most)
    history, steps_in_all = audit.steps(session, f"submission:{submission.id}", most)
    return render_template(
        "submissions/show.html",
        submission=submission,
        state=state,
        run=run,
        active=next((r for r in past if not RunState(r.state).is_over), None),
        past=past,
        runs_in_all=runs_in_all,
        history=history,
        steps_in_all=steps_in_all,
        is_whole=is_whole,
        may={action.value: allows(state, action) for action in Action},
        is_owner=is_owner,
        conflict=review.conflict_of(session, submission, current_user),
        organisations=organisations.mine(session, current_user) if is_owner else (),
        approvals=review.approvals(submission),
        needed=_config().approvals,
        decision_form=form,
    )


@blueprint.post("/conectores/<int:submission_id>/pruebas")
@requires(Role.CONTRIBUTOR)
@limiter.limit("60 per hour")
def start_run(submission_id: int) -> Page:
    """Ask for a run and go to follow it."""
    submission = service.find(db.session(), submission_id, current_user)
    run = runs.request(db.session(), submission, current_user, _now())
    g.has_new_work = True
    return redirect(url_for(".run", run_id=run.id))


@blueprint.post("/conectores/<int:submission_id>/<any(enviar,retirar,reabrir):step>")
@requires(Role.CONTRIBUTOR)
def move(submission_id: int, step: str) -> Page:
    """Send a connector of mine to review, withdraw it, or bring it back."""
    submission = service.find_own(db.session(), submission_id, current_user)
    steps = {
        "enviar": (service.send, _("Su conector está en la fila de revisión.")),
        "retirar": (service.withdraw, _("Su conector quedó retirado.")),
        "reabrir": (service.reopen, _("Su conector está otra vez en borrador.")),
    }
    act, said = steps[step]
    act(db.session(), submission, current_user, _now())
    flash(said, "pass")
    return redirect(url_for(".show", submission_id=submission.id))


@blueprint.post("/conectores/<int:submission_id>/organizacion")
@requires(Role.CONTRIBUTOR)
def hand_over(submission_id: int) -> Page:
    """Give a connector of mine to an organisation where I am."""
    submission = service.find_own(db.session(), submission_id, current_user)
    service.hand_over(db.session(), submission, current_user, _belonging() or 0, _now())
    flash(
        _("El conector ya es de la organización: todos pueden trabajar en él."), "pass"
    )
    return redirect(url_for(".show", submission_id=submission.id))


@blueprint.get("/pruebas/<int:run_id>")
def run(run_id: int) -> Page:
    """Show a run: how far it is, or what it found."""
    found = runs.find(db.session(), run_id, _viewer())
    if found.state != RunState.FINISHED:
        return render_template(
            "submissions/progress.html",
            run=found,
            standing=runs.standing(db.session(), found, _now()),
            form=ActionForm(),
        )
    report = reports.read(db.session(), found)
    shown = reading.Shown.of(report, request.args.get("resultado", ""))
    is_insider = _viewer() is not None and service.may_see(
        found.submission, current_user
    )
    return render_template(
        "submissions/result.html",
        run=found,
        report=report,
        seal=seals.of(db.session(), found),
        grouped=seals.grouped,
        has_earlier=is_insider and bool(runs.earlier(db.session(), found, most=1)),
        shown=shown,
        is_insider=is_insider,
        form=ActionForm(),
        Outcome=Outcome,
    )


@blueprint.get("/pruebas/<int:run_id>/avance.json")
@limiter.limit("240 per minute")
def progress(run_id: int) -> Response:
    """Say how far a run is, for the page that follows it."""
    found = runs.find(db.session(), run_id, _viewer())
    standing = runs.standing(db.session(), found, _now())
    return jsonify(reading.standing_document(standing))


@blueprint.post("/pruebas/<int:run_id>/cancelar")
@requires(Role.CONTRIBUTOR)
def cancel(run_id: int) -> Page:
    """Stop a run of a connector of mine."""
    found = runs.find(db.session(), run_id, current_user)
    service.find_own(db.session(), found.submission_id, current_user)
    runs.cancel(db.session(), found, current_user, _now())
    flash(_("Pedimos detener la prueba; en unos segundos se detiene."), "idle")
    return redirect(url_for(".run", run_id=run_id))


@blueprint.get("/export/endpoints.json")
@blueprint.get("/api/v1/export/endpoints.json")
@requires(Role.REVIEWER)
def endpoints() -> Response:
    """Give the listed APIs as PDN's backends read them, without secrets."""
    told = orjson.dumps(list(listing.endpoints(db.session())))
    return Response(told, mimetype="application/json")


def _works_on(submission: Submission) -> bool:
    viewer = _viewer()
    return viewer is not None and service.works_on(submission, viewer)


def _belonging() -> int | None:
    """Give the organisation that the form names; nothing, for the person's own."""
    wanted = request.values.get("organizacion", "")
    return int(wanted) if wanted.isdecimal() and len(wanted) < 10 else None


def _about_me(belonging: int | None) -> dict[str, str]:
    """Give what the form may begin with: the person's, or their organisation's."""
    known = {
        "institution": current_user.organization,
        "contact_email": current_user.email,
    }
    mine = organisations.mine(db.session(), current_user)
    for each in (m.organisation for m in mine if m.organisation_id == belonging):
        known |= {"institution": each.name, "entity": each.entity, "level": each.level}
    return known


def _details(form: SubmissionForm) -> Details:
    def text(name: str) -> str:
        value = str(form[name].data or "")
        is_secret = name in service.SECRETS
        return value if is_secret else value.strip()

    return Details(**{f.name: text(f.name) for f in fields(Details)})


def _blame(
    form: SubmissionForm, error: ForbiddenAddressError | SubmissionRejectedError
) -> None:
    """Say at the address what is wrong with it; anything else, above the form."""
    if isinstance(error, ForbiddenAddressError):
        form.base_url.errors = [error.message]
    else:
        flash(error.message, "fail")


def _viewer() -> Account | None:
    return current_user if current_user.is_authenticated else None


def _config() -> Config:
    found: Config = current_app.extensions["pdn_config"]
    return found


def _rules() -> AddressRules:
    config = _config()
    return AddressRules(config.allow_private_targets, tuple(config.hosts))


def _now() -> datetime:
    return datetime.now(UTC)
