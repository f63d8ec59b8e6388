"""Pages of what opens an account: its confirmed e-mail, second factor and tokens."""

from datetime import UTC, datetime

import segno
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
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from pdn_marketplace import db
from pdn_marketplace.accounts import confirmation, factor, service, tokens
from pdn_marketplace.accounts.forms import CodeForm, EmailForm, TokenForm
from pdn_marketplace.accounts.recovery.post import warn_of_pause
from pdn_marketplace.accounts.views import write_to
from pdn_marketplace.config import Config
from pdn_marketplace.errors import (
    FactorLockedError,
    SignInError,
    SubmissionRejectedError,
)
from pdn_marketplace.security import Role, limiter, requires, safe_next, vault

blueprint = Blueprint("access", __name__, url_prefix="/cuenta")

Page = str | Response | tuple[str, int]

SCOPE_WORDS = {
    tokens.READ: _l("Leer sus conectores, pruebas y reportes"),
    tokens.SUBMIT: _l("Enviar conectores y pedir pruebas"),
    tokens.REVIEW: _l("Exportar la lista de API publicadas"),
}
_SECRET = "factor_secret"  # noqa: S105 - the name of a member, not a secret


@blueprint.route("/confirmar", methods=["GET", "POST"])
@limiter.limit("10 per hour", methods=["POST"])
def ask_link() -> Page:
    """Send another link; the answer is the same whoever asks."""
    form = EmailForm()
    if not form.validate_on_submit():
        page = render_template("accounts/ask_link.html", form=form)
        return page, 400 if form.is_submitted() else 200
    email = form.email.data
    standing = service.standing(db.session(), email)
    write_to(email, datetime.now(UTC), standing)
    return redirect(url_for("accounts.sign_in"))


@blueprint.route("/confirmar/<token>", methods=["GET", "POST"])
@limiter.limit("60 per hour")
def confirm(token: str) -> Page:
    """Confirm an e-mail: with a button, for some mail servers open every link."""
    email = confirmation.email_of(_config().secret_key, token)
    if request.method == "GET":
        return render_template("accounts/confirm.html", email=email)
    service.confirm(db.session(), datetime.now(UTC), email)
    flash(_("Su correo quedó confirmado: ya puede entrar."), "pass")
    return redirect(url_for("accounts.sign_in"))


@blueprint.route("/segundo-factor", methods=["GET", "POST"])
@requires(Role.CONTRIBUTOR)
@limiter.limit("30 per hour", methods=["POST"])
def second_factor() -> Page:
    """Take the code of a person who owes one; the first time, of a new secret."""
    target = safe_next(request.args.get("next"), url_for("catalog.index"))
    if current_user.owed_role is None:
        return redirect(target)
    form = CodeForm()
    is_active = factor.is_active(db.session(), current_user)
    if form.validate_on_submit():
        try:
            _take(form.code.data, is_active=is_active)
        except SignInError as error:
            if isinstance(error, FactorLockedError):
                warn_of_pause(
                    _config(),
                    db.session(),
                    datetime.now(UTC),
                    current_user.email,
                    error,
                )
            form.code.errors = [error.message]
        else:
            browser_session.pop(_SECRET, None)
            flash(_("Su segundo factor quedó dado en este navegador."), "pass")
            return redirect(target)
    page = render_template(
        "accounts/factor.html", form=form, **({} if is_active else _new_factor())
    )
    return page, 400 if form.is_submitted() else 200


@blueprint.route("/tokens", methods=["GET", "POST"])
@requires(Role.CONTRIBUTOR)
@limiter.limit("30 per hour", methods=["POST"])
def api_tokens() -> Page:
    """List my tokens, and make one, which is shown this once."""
    form = TokenForm()
    offered = tokens.scopes_for(current_user)
    form.scopes.choices = [SelectChoice(s, SCOPE_WORDS[s]) for s in offered]
    made = ""
    if form.validate_on_submit():
        try:
            made = tokens.issue(
                db.session(),
                datetime.now(UTC),
                current_user,
                name=form.name.data,
                scopes=form.scopes.data,
                days=form.days.data,
            )
        except SubmissionRejectedError as error:
            form.scopes.errors = [error.message]
    page = render_template(
        "accounts/tokens.html",
        form=form,
        made=made,
        tokens=tokens.of(db.session(), datetime.now(UTC), current_user),
        scope_words=SCOPE_WORDS,
    )
    return page, 400 if form.is_submitted() and not made else 200


@blueprint.post("/tokens/<int:token_id>/revocar")
@requires(Role.CONTRIBUTOR)
def revoke_token(token_id: int) -> Page:
    """Make a token of mine worth nothing."""
    tokens.revoke(db.session(), current_user, token_id)
    flash(_("El token quedó revocado: ya no abre nada."), "pass")
    return redirect(url_for(".api_tokens"))


def _take(code: str, *, is_active: bool) -> None:
    session, now = db.session(), datetime.now(UTC)
    if is_active:
        factor.give(session, now, current_user, code=code, vault=vault())
    else:
        secret = browser_session.get(_SECRET) or factor.new_secret()
        factor.activate(
            session, now, current_user, secret=secret, code=code, vault=vault()
        )


def _new_factor() -> dict[str, str]:
    """Give the secret that this browser is to activate, as text and as a drawing."""
    secret = browser_session.setdefault(_SECRET, factor.new_secret())
    drawn = segno.make(factor.address(secret, current_user), error="m")
    return {
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "qr": drawn.svg_data_uri(scale=5, dark="#0b2545"),
    }


def _config() -> Config:
    found: Config = current_app.extensions["pdn_config"]
    return found
