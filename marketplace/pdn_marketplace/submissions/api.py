"""Submissions for programs: /api/v1. Runs, reports and badges.

The caller is whoever the token says, within its scopes, or the session cookie;
with a cookie, a POST also needs the header `X-CSRFToken`. What is public needs
nothing.
"""

from dataclasses import fields
from datetime import UTC, date, datetime

from flask import Blueprint, Response, abort, current_app, g, jsonify, request
from flask_babel import gettext as _
from flask_login import current_user

from pdn_marketplace import db
from pdn_marketplace.accounts import tokens
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.catalog import service as catalog
from pdn_marketplace.config import ZONE, Config
from pdn_marketplace.errors import NotFoundError, SubmissionRejectedError
from pdn_marketplace.security import (
    demand_scope,
    limiter,
    serve_programs,
    unless_known,
    vault,
)
from pdn_marketplace.submissions import reading, reports, runs, service
from pdn_marketplace.submissions.addresses import AddressRules
from pdn_marketplace.submissions.badge import Badge
from pdn_marketplace.submissions.forms import SubmissionForm
from pdn_marketplace.submissions.models import Run
from pdn_marketplace.submissions.service import Details
from pdn_sdk.conformance.render import html, junit
from pdn_sdk.conformance.results import Verdict
from pdn_sdk.standards import loader

blueprint = Blueprint("submissions_api", __name__, url_prefix="/api/v1")
serve_programs(blueprint)

# A report is a page of its own that runs nothing and asks for nothing.
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
)


@blueprint.post("/connectors")
@limiter.limit("60 per hour")
def create() -> tuple[Response, int]:
    """Write down a connector; the body has the members of the form."""
    owner = _caller()
    body = request.get_json(silent=True)
    organisation = _organisation(body)
    submission = service.create(
        db.session(),
        owner,
        _details(body),
        vault=vault(),
        rules=_rules(),
        now=_now(),
        organisation_id=organisation,
    )
    return jsonify(id=submission.id, state=submission.state), 201


@blueprint.post("/connectors/<int:submission_id>/runs")
@limiter.limit("60 per hour")
def start_run(submission_id: int) -> tuple[Response, int]:
    """Put a run in line."""
    caller = _caller()
    submission = service.find(db.session(), submission_id, caller)
    run = runs.request(db.session(), submission, caller, _now())
    g.has_new_work = True
    return jsonify(_document(run)), 202


@blueprint.get("/runs/<int:run_id>")
def run(run_id: int) -> Response:
    """Say where a run is and what it found."""
    return jsonify(_document(_run(run_id)))


@blueprint.get("/runs/<int:run_id>/report.json")
def report_json(run_id: int) -> Response:
    """Give the report of a run, as `pdn check --report` writes it."""
    body = reports.as_json(db.session(), _run(run_id))
    return _file(body, "application/json", f"reporte-{run_id}.json")


@blueprint.get("/runs/<int:run_id>/report.html")
def report_html(run_id: int) -> Response:
    """Give the report of a run as one page, to read, print or keep."""
    body = html.document(reports.read(db.session(), _run(run_id)))
    answer = Response(body, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = REPORT_POLICY
    return answer


@blueprint.get("/runs/<int:run_id>/junit.xml")
def report_junit(run_id: int) -> Response:
    """Give the report of a run for tools of continuous integration."""
    body = junit.document(reports.read(db.session(), _run(run_id)))
    return _file(body.encode(), "application/xml", f"reporte-{run_id}.xml")


@blueprint.get("/resources/<slug>/badge.svg")
def badge(slug: str) -> Response:
    """Draw the badge of a listed connector."""
    proved = catalog.conformance(db.session(), slug)
    if not proved:
        raise NotFoundError(_("Ese recurso no tiene pruebas, así que no hay insignia."))
    standard = loader.get(proved["standard"])
    drawn = Badge(
        label=f"PDN {standard.system.upper()} {proved['standard_version']}",
        verdict=Verdict(proved["verdict"]),
        tested_on=_day(datetime.fromisoformat(proved["verified_at"])),
        today=_day(_now()),
    )
    answer = unless_known(drawn.svg(), "image/svg+xml")
    answer.headers["Content-Security-Policy"] = "default-src 'none'"
    answer.headers["Cache-Control"] = "public, max-age=3600"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def _caller() -> Account:
    if not current_user.is_authenticated:
        abort(401)
    demand_scope(tokens.SUBMIT)
    caller: Account = current_user._get_current_object()
    return caller


def _run(run_id: int) -> Run:
    demand_scope(tokens.READ)
    viewer = current_user if current_user.is_authenticated else None
    return runs.find(db.session(), run_id, viewer)


def _document(run: Run) -> dict[str, object]:
    standing = runs.standing(db.session(), run, _now())
    return {
        "id": run.id,
        "connector": run.submission_id,
        **reading.standing_document(standing),
        "verdict": run.verdict or None,
        "sentence": run.sentence,
        "summary": run.summary,
        "message": run.message,
        "queued_at": run.queued_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
    }


def _organisation(body: object) -> int | None:
    """Take from a JSON body the number of the organisation that it names, if any."""
    found = body.pop("organization", None) if isinstance(body, dict) else None
    if found is not None and type(found) is not int:
        raise SubmissionRejectedError(
            _("«organization» es el número de una de sus organizaciones.")
        )
    return found


def _details(body: object) -> Details:
    """Check a JSON body with the rules of the form.

    Raises: SubmissionRejectedError naming each member that is wrong.
    """
    if not isinstance(body, dict):
        raise SubmissionRejectedError(_("Envíe un objeto JSON con los datos."))
    names = [f.name for f in fields(Details)]
    unknown = sorted(set(map(str, body)) - set(names))
    if unknown or not all(isinstance(value, str) for value in body.values()):
        raise SubmissionRejectedError(
            _("Use sólo estos miembros, con texto: %(names)s.", names=", ".join(names))
        )
    form = SubmissionForm(formdata=None, data=body, meta={"csrf": False})
    if not form.validate():
        wrong = "; ".join(
            f"{k}: {' '.join(map(str, v))}" for k, v in form.errors.items()
        )
        raise SubmissionRejectedError(wrong)
    return Details(**{name: str(form[name].data or "") for name in names})


def _file(body: bytes, mimetype: str, name: str) -> Response:
    answer = Response(body, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _config() -> Config:
    found: Config = current_app.extensions["pdn_config"]
    return found


def _rules() -> AddressRules:
    config = _config()
    return AddressRules(config.allow_private_targets, tuple(config.hosts))


def _day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def _now() -> datetime:
    return datetime.now(UTC)
