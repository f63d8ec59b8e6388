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
from pdn_marketplace.config import Config
from pdn_marketplace.errors import NotFoundError
from pdn_marketplace.security import limiter, signer
from pdn_marketplace.submissions import reading, runs
from pdn_marketplace.submissions.proof import acta, seals
from pdn_marketplace.submissions.proof.seals import Checked

blueprint = Blueprint("proof", __name__)

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
    """Give the notice of a run, to file or to send."""
    viewer = current_user if current_user.is_authenticated else None
    run = runs.find(db.session(), run_id, viewer)
    report = runs.report(db.session(), run)
    found = seals.of(db.session(), run)
    if found is None:
        raise NotFoundError(
            _("Esa prueba es anterior a las actas. Pida una nueva para tener la suya.")
        )
    checked = _checked(found.code)
    body = acta.document(
        report,
        statement=checked.statement,
        signature=checked.signature,
        verify_url=f"{_config().public_url}/verify/{checked.code}",
    )
    answer = Response(body, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="acta-{checked.code}.pdf"'
    )
    return answer


def _checked(code: str) -> Checked:
    return seals.look_up(db.session(), code, signer(), datetime.now(UTC))


def _config() -> Config:
    found: Config = current_app.extensions["pdn_config"]
    return found
