"""Pages of the papers: write one, and download it."""

from datetime import UTC, datetime

from flask import Blueprint, Response, current_app, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from pdn_marketplace import db
from pdn_marketplace.config import Config
from pdn_marketplace.errors import ConflictError
from pdn_marketplace.reviews import paper_pdf, papers, texts, words
from pdn_marketplace.reviews.forms import PaperForm
from pdn_marketplace.reviews.models import Paper, PaperKind, TextKind
from pdn_marketplace.security import Role, limiter, requires, signer
from pdn_marketplace.submissions import review
from pdn_marketplace.submissions import service as submissions
from pdn_marketplace.submissions.models import Submission

blueprint = Blueprint("papers", __name__)

Page = str | AnyResponse | tuple[str, int]
KINDS = {"oficio": PaperKind.NOTICE, "dictamen": PaperKind.OPINION}


@blueprint.route(
    "/revision/<int:submission_id>/<any(oficio,dictamen):kind>",
    methods=["GET", "POST"],
)
@requires(Role.REVIEWER)
@limiter.limit("60 per hour", methods=["POST"])
def issue(submission_id: int, kind: str) -> Page:
    """Write a paper and issue it."""
    session = db.session()
    submission = submissions.find(session, submission_id, current_user)
    review.check_reviewer(session, submission, current_user)
    if not papers.allowed(submission, KINDS[kind]):
        raise ConflictError(
            _("En el estado en que está el conector no se puede emitir ese documento.")
        )
    form = PaperForm(data=_proposed(submission, KINDS[kind]))
    if not form.validate_on_submit():
        page = render_template(
            "reviews/issue.html",
            submission=submission,
            form=form,
            title=words.paper_words(KINDS[kind]),
        )
        return page, 400 if form.is_submitted() else 200
    papers.issue(
        session,
        submission,
        current_user,
        KINDS[kind],
        papers.Draft(
            recipient=" ".join(form.recipient.data.split()),
            subject=" ".join(form.subject.data.split()),
            body=form.body.data.strip(),
        ),
        signer=signer(),
        now=_now(),
    )
    return redirect(url_for("reviews.papers_of", submission_id=submission_id))


@blueprint.get("/documentos/<int:paper_id>.pdf")
@requires(Role.CONTRIBUTOR)
@limiter.limit("60 per minute")
def pdf(paper_id: int) -> Response:
    """Give a paper as it was issued."""
    found = papers.find(db.session(), paper_id, current_user)
    body = paper_pdf.document(found.content, found.signature, _address(found))
    return _file(body, "application/pdf", f"{found.content['folio']}.pdf")


@blueprint.get("/documentos/<int:paper_id>.json")
@requires(Role.CONTRIBUTOR)
def signed(paper_id: int) -> Response:
    """Give what was signed, octet for octet, with its signature."""
    found = papers.find(db.session(), paper_id, current_user)
    statement = papers.statement(found.content).decode()
    body = current_app.json.dumps(
        {"statement": statement, "signature": found.signature, "key": found.key}
    )
    return _file(body.encode(), "application/json", f"{found.content['folio']}.json")


def _proposed(submission: Submission, kind: PaperKind) -> dict[str, str]:
    session = db.session()
    text = texts.of(session, TextKind(kind.value))
    gaps = papers.gaps(session, submission, _now())
    body = texts.filled(text[0].body, gaps) if text else ""
    # The paper is in Spanish whatever language the page is read in.
    subjects = {
        PaperKind.NOTICE: "Observaciones a {conector}",
        PaperKind.OPINION: "Dictamen de {conector}",
    }
    return {
        "recipient": submission.maintainer,
        "subject": texts.filled(subjects[kind], gaps)[:200],
        "body": body,
    }


def _address(found: Paper) -> str:
    code = (found.content["run"] or {}).get("code")
    base = f"{_config().public_url}/verify"
    return f"{base}/{code}" if code else base


def _file(body: bytes, mimetype: str, name: str) -> Response:
    answer = Response(body, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _config() -> Config:
    found: Config = current_app.extensions["pdn_config"]
    return found


def _now() -> datetime:
    return datetime.now(UTC)
