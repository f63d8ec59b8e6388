"""Pages of entering with the account of an institution."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import (
    session as browser_session,
)
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField, SubmitField
from wtforms.validators import DataRequired

from pdn_marketplace import db
from pdn_marketplace.accounts.oidc import client, service
from pdn_marketplace.accounts.oidc.client import Stranger
from pdn_marketplace.accounts.recovery.post import warn_of_pause
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.accounts.views import LANGUAGE
from pdn_marketplace.config import Config
from pdn_marketplace.errors import FactorLockedError, NotFoundError, SignInError
from pdn_marketplace.security import Role, limiter, safe_next, vault

blueprint = Blueprint("oidc", __name__, url_prefix="/cuenta/institucion")

Page = str | Response | tuple[str, int]
WAITS = timedelta(minutes=10)
_PENDING, _NEXT = "oidc_pending", "oidc_next"


class LinkForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """The password of the account to link, and its code where it has one."""

    password = PasswordField(
        _l("Contraseña"),
        [DataRequired(message=_l("Escriba la contraseña de su cuenta de este sitio."))],
        render_kw={"autocomplete": "current-password"},
    )
    code = StringField(
        _l("Código de su segundo factor"),
        description=_l("El que muestra ahora la aplicación de su teléfono."),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )
    submit = SubmitField(_l("Enlazar y entrar"))


@blueprint.app_context_processor
def offered() -> dict[str, object]:
    """Tell the templates whether this site takes accounts of an institution."""
    return {"takes_institutions": bool(_config().oidc_issuer)}


@blueprint.before_request
def demand_issuer() -> None:
    """Answer as if nothing were here, where the settings name no other site."""
    if not _config().oidc_issuer:
        raise NotFoundError(_("Este sitio no admite cuentas institucionales."))


@blueprint.get("/entrar")
@limiter.limit("30 per minute")
def begin() -> Response:
    """Go to the institution's own page, and come back."""
    try:
        # Of the settings, never of the request: no other host is sent a code.
        answer = client.begin(_config().public_url + url_for(".back"))
    except SignInError as error:
        return _refused(error)
    browser_session[_NEXT] = _target(request.args.get("next"))
    return answer


@blueprint.get("/vuelta")
@limiter.limit("30 per minute")
def back() -> Response:
    """Take who the institution sends back: enter, or ask to link an account."""
    try:
        stranger = client.end(_config())
        now = datetime.now(UTC)
        found = service.enter(
            db.session(),
            now,
            stranger,
            request.user_agent.string,
            get_locale().language,
        )
    except SignInError as error:
        return _refused(error)
    if found is None:
        until = (now + WAITS).timestamp()
        browser_session[_PENDING] = {**asdict(stranger), "until": until}
        return redirect(url_for(".link"))
    return _entered(found)


@blueprint.route("/enlazar", methods=["GET", "POST"])
@limiter.limit("10 per hour", methods=["POST"])
def link() -> Page:
    """Link the account that has the e-mail, once, with its password and code."""
    stranger = _pending()
    if stranger is None:
        flash(_("Esa entrada ya caducó. Empiece otra vez."), "idle")
        return redirect(url_for("accounts.sign_in"))
    form = LinkForm()
    needs_code = service.needs_code(db.session(), stranger.email)
    if form.validate_on_submit():
        try:
            account = service.link(
                db.session(),
                datetime.now(UTC),
                stranger,
                password=form.password.data,
                code=form.code.data or "",
                browser=request.user_agent.string,
                vault=vault(),
                asks_factor=_config().second_factor,
            )
        except SignInError as error:
            if isinstance(error, FactorLockedError):
                warn_of_pause(
                    _config(),
                    db.session(),
                    datetime.now(UTC),
                    stranger.email,
                    error,
                )
            form.password.errors = [error.message]
        else:
            flash(_("Su cuenta institucional quedó enlazada."), "pass")
            return _entered(account)
    page = render_template(
        "accounts/link.html", form=form, email=stranger.email, needs_code=needs_code
    )
    return page, 400 if form.is_submitted() else 200


def _entered(account: Account) -> Response:
    """Begin a session of its own, never the one of who came before."""
    target = _target(browser_session.get(_NEXT))
    browser_session.clear()
    browser_session[LANGUAGE] = account.language
    login_user(account)
    if _config().second_factor and account.role is not Role.CONTRIBUTOR:
        return redirect(url_for("access.second_factor", next=target))
    return redirect(target)


def _pending() -> Stranger | None:
    kept = dict(browser_session.get(_PENDING) or {})
    if kept.pop("until", 0) < datetime.now(UTC).timestamp():
        return None
    return Stranger(**kept)


def _refused(error: SignInError) -> Response:
    flash(error.message, "fail")
    return redirect(url_for("accounts.sign_in"))


def _target(wanted: str | None) -> str:
    return safe_next(wanted, url_for("catalog.index"))


def _config() -> Config:
    found: Config = current_app.extensions["pdn_config"]
    return found
