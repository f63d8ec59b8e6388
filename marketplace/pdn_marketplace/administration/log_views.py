"""Pages of the audit log."""

from datetime import UTC, datetime

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from pdn_marketplace import db, sheets
from pdn_marketplace.administration import chain, log
from pdn_marketplace.administration.log import Page, Wanted
from pdn_marketplace.administration.words import (
    ACTIONS,
    SUBJECTS,
    action_words,
    subject_words,
)
from pdn_marketplace.errors import SubmissionRejectedError
from pdn_marketplace.security import Role, requires

blueprint = Blueprint("log", __name__, url_prefix="/administracion")

FILTERS = ("quien", "accion", "sobre", "desde", "hasta")


@blueprint.get("/bitacora")
@requires(Role.ADMINISTRATOR)
def show() -> tuple[str, int]:
    """Show some lines of the log, and whether the whole of it held when checked."""
    fault, wanted, found = "", Wanted(), Page((), None, None)
    try:
        wanted = Wanted.of(request.args)
    except SubmissionRejectedError as error:
        fault = error.message
    else:
        before = db.row_number(request.args.get("antes", ""))
        after = db.row_number(request.args.get("despues", ""))
        found = log.page(db.session(), wanted, before, after)
    page = render_template(
        "administration/log.html",
        found=found,
        wanted=wanted,
        asked={key: request.args[key] for key in FILTERS if request.args.get(key)},
        fault=fault,
        names=log.names(db.session(), found.lines),
        detail=log.detail,
        check=chain.last(db.session()),
        waiting=chain.waiting(db.session()),
        actions=sorted((action_words(key), key) for key in ACTIONS),
        subjects=_subjects(wanted.subject),
        action_words=action_words,
        subject_words=subject_words,
    )
    return page, 400 if fault else 200


@blueprint.post("/bitacora/verificar")
@requires(Role.ADMINISTRATOR)
def verify() -> AnyResponse:
    """Let the worker check the whole log; its page tells when it is done."""
    chain.ask(db.session(), datetime.now(UTC))
    g.has_new_work = True
    return redirect(url_for(".show"))


@blueprint.get("/bitacora.csv")
@requires(Role.ADMINISTRATOR)
def table() -> Response:
    """Give every line that the filters leave, for a spreadsheet.

    Raises: SubmissionRejectedError for filters that can never find anything.
    """
    wanted = Wanted.of(request.args)
    return sheets.answer("bitacora.csv", log.table(db.session(), wanted))


def _subjects(chosen: str) -> list[tuple[str, str]]:
    """Give what may be chosen; one thing, where it is the one that was asked for."""
    known = [("", _("Todo")), *((key, str(said)) for key, said in SUBJECTS.items())]
    return [*known, (chosen, subject_words(chosen))] if ":" in chosen else known
