"""Pages of the bench: the queue, a submission with its evidence, the threads."""

from datetime import UTC, datetime, timedelta

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse
from wtforms.fields.choices import SelectChoice

from pdn_marketplace import db
from pdn_marketplace.accounts.recovery.post import Post, send
from pdn_marketplace.config import Config
from pdn_marketplace.errors import (
    ConflictError,
    NotFoundError,
    SubmissionRejectedError,
)
from pdn_marketplace.reviews import papers, queue, risk, service, texts, times, words
from pdn_marketplace.reviews.forms import DelegationForm, ObservationForm, ReplyForm
from pdn_marketplace.reviews.models import TextKind
from pdn_marketplace.reviews.notices import Notices
from pdn_marketplace.reviews.queue import Wanted
from pdn_marketplace.security import Role, limiter, requires
from pdn_marketplace.submissions import reading, reports, review
from pdn_marketplace.submissions import service as submissions
from pdn_marketplace.submissions.forms import DecisionForm
from pdn_marketplace.submissions.models import Submission
from pdn_marketplace.submissions.states import Decision, State
from pdn_sdk.conformance.results import CheckResult
from pdn_sdk.standards import loader

blueprint = Blueprint("reviews", __name__)

Page = str | AnyResponse | tuple[str, int]
PERIODS_DAYS = (90, 365)


@blueprint.app_context_processor
def told() -> dict[str, object]:
    """Give the page of a submission what the bench knows of it."""
    return {"observed_counts": _observed_counts}


@blueprint.get("/revision")
@requires(Role.REVIEWER)
def queue_page() -> Page:
    """Show a page of what waits for review, narrowed and ordered as asked."""
    wanted = Wanted(
        standard=request.args.get("sistema", ""),
        verdict=request.args.get("veredicto", ""),
        risk=request.args.get("riesgo", ""),
        holder=request.args.get("de", ""),
        order=request.args.get("orden", ""),
    )
    start = request.args.get("desde", 0, int)
    return render_template(
        "reviews/queue.html",
        shown=queue.page(db.session(), current_user, wanted, start),
        wanted=wanted,
        needed=_config().approvals,
        risk=risk,
        words=words,
        now=_now(),
    )


@blueprint.get("/revision/tiempos")
@requires(Role.REVIEWER)
def times_page() -> Page:
    """Show how long each stage takes."""
    standard, days = _measured()
    return render_template(
        "reviews/times.html",
        stages=_stages(standard, days),
        standard=standard,
        days=days,
        periods=PERIODS_DAYS,
        words=words,
    )


@blueprint.get("/revision/tiempos.csv")
@requires(Role.REVIEWER)
def times_csv() -> Response:
    """Give the same as a table for a spreadsheet."""
    answer = Response(times.table(_stages(*_measured())), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="tiempos.csv"'
    return answer


@blueprint.get("/revision/<int:submission_id>")
@requires(Role.REVIEWER)
def bench(submission_id: int) -> Page:
    """Show a submission with its evidence, to be reviewed in one sitting."""
    submission = _sent(submission_id)
    form = DecisionForm(formdata=None)
    text = texts.every(db.session()).get(request.args.get("texto", ""))
    if text is not None and text.kind is TextKind.DECISION:
        form.comment.data = _filled(submission, text.body)
    return _bench(submission, form)


@blueprint.post("/conectores/<int:submission_id>/decision")
@requires(Role.REVIEWER)
def decide(submission_id: int) -> Page:
    """Take down a decision."""
    submission = submissions.find(db.session(), submission_id, current_user)
    form = DecisionForm()
    if not form.validate():
        return _bench(submission, form), 400
    try:
        service.decide(
            db.session(),
            submission,
            current_user,
            Decision(form.decision.data),
            comment=form.comment.data or "",
            run_id=int(form.run_id.data) if form.run_id.data.isdecimal() else None,
            needed=_config().approvals,
            now=_now(),
        )
    except SubmissionRejectedError as error:
        form.comment.errors = [error.message]
        return _bench(submission, form), 400
    except ConflictError as error:
        db.rollback()
        flash(error.message, "fail")
    else:
        flash(_("Su decisión quedó guardada."), "pass")
    return redirect(url_for("submissions.show", submission_id=submission_id))


@blueprint.get("/revision/<int:submission_id>/observar")
@requires(Role.REVIEWER)
def finding(submission_id: int) -> Page:
    """Show one finding beside its requirement, to write an observation."""
    submission = _sent(submission_id)
    check_id = request.args.get("sobre", "")
    form = ObservationForm(formdata=None, check_id=check_id)
    text = texts.every(db.session()).get(request.args.get("texto", ""))
    if text is not None and text.kind is TextKind.OBSERVATION:
        form.text.data = _filled(submission, text.body)
    return _finding(submission, form)


@blueprint.post("/revision/<int:submission_id>/observar")
@requires(Role.REVIEWER)
def observe(submission_id: int) -> Page:
    """Keep an observation."""
    submission = _sent(submission_id)
    form = ObservationForm()
    if not form.validate():
        return _finding(submission, form), 400
    made = service.observe(
        db.session(),
        submission,
        current_user,
        check_id=form.check_id.data or "",
        text=form.text.data,
        now=_now(),
    )
    Notices.of(_config(), db.session(), _now()).observed(made)
    flash(_("La observación quedó guardada; quien lo envió ya puede verla."), "pass")
    return redirect(
        url_for(".observed", submission_id=submission_id, _anchor=f"o{made.id}")
    )


@blueprint.get("/conectores/<int:submission_id>/observaciones")
@requires(Role.CONTRIBUTOR)
def observed(submission_id: int) -> Page:
    """Show the observations of a connector, to its people and to who reviews."""
    submission = submissions.find(db.session(), submission_id, current_user)
    return _observed(submission, ReplyForm(formdata=None), 0)


@blueprint.post("/observaciones/<int:observation_id>/responder")
@requires(Role.CONTRIBUTOR)
@limiter.limit("120 per hour")
def reply(observation_id: int) -> Page:
    """Answer an observation."""
    found = service.find_observation(db.session(), observation_id, current_user)
    form = ReplyForm()
    if not form.validate():
        return _observed(found.submission, form, found.id), 400
    service.reply(db.session(), found, current_user, text=form.text.data, now=_now())
    Notices.of(_config(), db.session(), _now()).replied(found, current_user)
    flash(_("Su respuesta quedó guardada."), "pass")
    return _to_thread(found.submission_id, found.id)


@blueprint.post("/observaciones/<int:observation_id>/<any(cerrar,reabrir):step>")
@requires(Role.REVIEWER)
def set_open(observation_id: int, step: str) -> Page:
    """Close an observation, or open it again."""
    found = service.find_observation(db.session(), observation_id, current_user)
    service.set_open(
        db.session(), found, current_user, is_open=step == "reabrir", now=_now()
    )
    return _to_thread(found.submission_id, found.id)


@blueprint.post("/revision/<int:submission_id>/pasar")
@requires(Role.REVIEWER)
def delegate(submission_id: int) -> Page:
    """Pass a submission to another reviewer, or take it."""
    submission = _sent(submission_id)
    form = DelegationForm()
    if not form.validate() or form.to.data is None:
        raise SubmissionRejectedError(_("Elija a una persona de la lista."))
    to = service.delegate(
        db.session(),
        submission,
        current_user,
        to_id=form.to.data,
        reason=form.reason.data or "",
        now=_now(),
    )
    if to.id != current_user.id:
        _write_to(to.email, submission, form.reason.data or "")
    flash(_("El conector queda a cargo de %(name)s.", name=to.name), "pass")
    return redirect(url_for(".bench", submission_id=submission_id))


@blueprint.get("/conectores/<int:submission_id>/documentos")
@requires(Role.CONTRIBUTOR)
def papers_of(submission_id: int) -> Page:
    """List the papers issued about a connector."""
    submission = submissions.find(db.session(), submission_id, current_user)
    return render_template(
        "reviews/papers.html",
        submission=submission,
        papers=papers.of(db.session(), submission),
        words=words,
        is_owner=submissions.works_on(submission, current_user),
    )


def _bench(submission: Submission, form: DecisionForm) -> str:
    session = db.session()
    run = submissions.current_run(session, submission)
    form.run_id.data = str(run.id) if run else ""
    report = reports.read(session, run) if run else None
    shown = report and reading.Shown.of(report, request.args.get("resultado", ""))
    found = service.observations(session, submission)
    conflict = review.conflict_of(session, submission, current_user)
    people = service.delegates(session, submission)
    delegation = DelegationForm(formdata=None, to=current_user.id)
    delegation.to.choices = [SelectChoice(p.id, p.name) for p in people]
    return render_template(
        "reviews/bench.html",
        submission=submission,
        state=State(submission.state),
        run=run,
        report=report,
        shown=shown,
        requirements=_requirements(submission),
        observations=found,
        threads=words.by_check(found),
        risk=risk.assess(submission, run),
        holder=queue.holder(session, submission),
        may_write=not conflict,
        conflict=conflict,
        approvals=review.approvals(submission),
        needed=_config().approvals,
        texts=texts.of(session, TextKind.DECISION),
        papers=papers,
        delegation_form=delegation,
        decision_form=form,
        words=words,
    )


def _finding(submission: Submission, form: ObservationForm) -> str:
    session = db.session()
    review.check_reviewer(session, submission, current_user)
    result = _result(submission, form.check_id.data or "")
    return render_template(
        "reviews/finding.html",
        submission=submission,
        form=form,
        result=result,
        requirements=_requirements(submission),
        texts=texts.of(session, TextKind.OBSERVATION),
    )


def _observed(submission: Submission, form: ReplyForm, answered: int) -> str:
    session = db.session()
    run = submissions.current_run(session, submission)
    report = reports.read(session, run) if run else None
    return render_template(
        "reviews/observations.html",
        submission=submission,
        observations=service.observations(session, submission),
        results={r.id: r for r in report.checks} if report else {},
        requirements=_requirements(submission),
        is_owner=submissions.works_on(submission, current_user),
        may_write=service.may_write(session, submission, current_user),
        form=form,
        answered=answered,
    )


def _result(submission: Submission, check_id: str) -> CheckResult | None:
    """Give the result that an observation is about; None for the whole."""
    if not check_id:
        return None
    run = submissions.current_run(db.session(), submission)
    found = reports.read(db.session(), run).checks if run else ()
    result = next((r for r in found if r.id == check_id), None)
    if result is None:
        raise NotFoundError(_("La última prueba no tiene ese resultado."))
    return result


def _requirements(submission: Submission) -> dict[str, object]:
    return {r.id: r for r in loader.get(submission.standard).requirements}


def _filled(submission: Submission, body: str) -> str:
    return texts.filled(body, papers.gaps(db.session(), submission, _now()))


def _observed_counts(submission: Submission) -> dict[str, int]:
    return service.counts(db.session(), submission)


def _measured() -> tuple[str, int]:
    days = request.args.get("dias", "")
    known = {str(period): period for period in PERIODS_DAYS}
    return request.args.get("sistema", ""), known.get(days, 0)


def _stages(standard: str, days: int) -> list[times.Stage]:
    since = _now() - timedelta(days=days) if days else None
    return times.measured(db.session(), standard=standard, since=since)


def _sent(submission_id: int) -> Submission:
    """Give a submission that was sent; a draft has nothing to review."""
    found = submissions.find(db.session(), submission_id, current_user)
    if found.sent_at is None:
        raise NotFoundError(_("Ese conector todavía no se ha enviado a revisión."))
    return found


def _to_thread(submission_id: int, observation_id: int) -> AnyResponse:
    return redirect(
        url_for(".observed", submission_id=submission_id, _anchor=f"o{observation_id}")
    )


def _write_to(email: str, submission: Submission, reason: str) -> None:
    values = {
        "quien": " ".join(current_user.name.split()),
        "conector": " ".join(submission.name.split()),
        "motivo": " ".join(reason.split()),
    }
    path = url_for(".bench", submission_id=submission.id)
    send(_config(), db.session(), _now(), email, Post("delegation", path, values))


def _config() -> Config:
    found: Config = current_app.extensions["pdn_config"]
    return found


def _now() -> datetime:
    return datetime.now(UTC)
