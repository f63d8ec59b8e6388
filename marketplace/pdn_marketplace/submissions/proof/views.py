"""Pages where anybody checks a code, and the papers that carry one."""

from datetime import UTC, datetime

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from pdn_marketplace import db
from pdn_marketplace.accounts import tokens
from pdn_marketplace.config import Config
from pdn_marketplace.errors import ConflictError, NotFoundError
from pdn_marketplace.security import demand_scope, limiter, signer
from pdn_marketplace.submissions import reading, reports, runs
from pdn_marketplace.submissions.models import Run
from pdn_marketplace.submissions.proof import certificate, seals
from pdn_marketplace.submissions.proof.seals import Checked
from pdn_sdk.conformance.render import acta
from pdn_sdk.conformance.render.comparison import Change, Comparison, Why, compared
from pdn_sdk.conformance.report import InvalidReportError

blueprint = Blueprint("proof", __name__)

# What the provider did comes first: it is what its people can act on.
_WHYS = (Why.PROVIDER, Why.DATA, Why.RULES, Why.NETWORK, Why.SELECTION)

Page = str | AnyResponse | tuple[str, int]


@blueprint.get("/verify")
@limiter.limit("60 per minute")
def ask() -> Page:
    """Ask for a code, or go to the page of the one that was given."""
    code = request.args.get("codigo", "").strip()[:60]
    if code:
        wanted = seals.grouped(seals.normal(code)) or "-"
        return redirect(url_for(".verify", code=wanted))
    return render_template("proof/ask.html", code="", message="")


@blueprint.get("/verify/<code>")
@limiter.limit("60 per minute")
def verify(code: str) -> Page:
    """Say what a code is worth today."""
    try:
        checked = _checked(code)
    except NotFoundError as error:
        page = render_template("proof/ask.html", code=code, message=error.message)
        return page, 404
    return render_template("proof/verify.html", checked=checked, reading=reading)


@blueprint.get("/verify/keys.pem")
def keys() -> Response:
    """Publish the keys with which a statement is checked without this site."""
    return Response(signer().published(), mimetype="application/x-pem-file")


@blueprint.get("/verify/<code>/constancia.json")
@limiter.limit("60 per minute")
def statement(code: str) -> Response:
    """Give the signed statement, to keep and check later."""
    checked = _checked(code)
    answer = jsonify(checked.document())
    name = f"constancia-{checked.code}.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.get("/api/v1/verify/<code>")
@limiter.limit("60 per minute")
def verify_json(code: str) -> Response:
    """Say what a code is worth today, to a program."""
    return jsonify(_checked(code).document())


@blueprint.get("/api/v1/runs/<int:run_id>/report.pdf")
@limiter.limit("60 per minute")
def report_pdf(run_id: int) -> Response:
    """Give the acta of a run, in the shape of the agency's test plan."""
    run = _run(run_id)
    body = acta.document(
        reports.read(db.session(), run), institution=run.submission.institution
    )
    return _pdf(body, f"acta-{run_id}")


@blueprint.get("/api/v1/runs/<int:run_id>/constancia.pdf")
@limiter.limit("60 per minute")
def certificate_pdf(run_id: int) -> Response:
    """Give the certificate of a run: its verdict, code and signature."""
    run = _run(run_id)
    report = reports.read(db.session(), run)
    found = seals.of(db.session(), run)
    if found is None:
        raise NotFoundError(
            _("Esa prueba es anterior a las constancias. Pida una nueva para tenerla.")
        )
    checked = _checked(found.code)
    body = certificate.document(
        report,
        statement=checked.statement,
        signature=checked.signature,
        verify_url=f"{_config().public_url}/verify/{checked.code}",
    )
    return _pdf(body, f"constancia-{checked.code}")


@blueprint.get("/pruebas/<int:run_id>/comparar")
def compare(run_id: int) -> Page:
    """Say what changed from an earlier run of the same connector, and why."""
    run = _run(run_id)
    earlier = runs.earlier(db.session(), run)
    wanted = request.args.get("con", "")
    if not wanted.isdecimal():
        wanted = str(earlier[0].id) if earlier else ""
    other = next((r for r in earlier if str(r.id) == wanted), None)
    if other is None:
        raise NotFoundError(_("No hay una prueba anterior con la que comparar."))
    # A listed connector shows its last run to everybody, and no other.
    other = _run(other.id)
    comparison = _compared(other, run)
    return render_template(
        "proof/compare.html",
        run=run,
        other=other,
        earlier=earlier,
        comparison=comparison,
        groups=_groups(comparison),
        reading=reading,
    )


def _compared(before: Run, after: Run) -> Comparison:
    session = db.session()
    try:
        return compared(reports.read(session, before), reports.read(session, after))
    except InvalidReportError as error:
        raise ConflictError(error.message) from error


def _groups(comparison: Comparison) -> list[tuple[Why, list[Change]]]:
    """Group the changes by their cause, without the causes that brought none."""
    groups = ((w, [c for c in comparison.changes if c.why is w]) for w in _WHYS)
    return [(why, found) for why, found in groups if found]


def _run(run_id: int) -> Run:
    demand_scope(tokens.READ)
    viewer = current_user if current_user.is_authenticated else None
    return runs.find(db.session(), run_id, viewer)


def _pdf(body: bytes, name: str) -> Response:
    answer = Response(body, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return answer


def _checked(code: str) -> Checked:
    return seals.look_up(db.session(), code, signer(), datetime.now(UTC))


def _config() -> Config:
    found: Config = current_app.extensions["pdn_config"]
    return found
