"""Pages where a person who cannot say the password puts another."""

from datetime import UTC, datetime

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    url_for,
)
from flask import (
    session as browser_session,
)
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user, logout_user
from werkzeug.wrappers import Response

from pdn_marketplace import db
from pdn_marketplace.accounts import confirmation, service
from pdn_marketplace.accounts.forms import EmailForm, NewPasswordForm
from pdn_marketplace.accounts.models import User
from pdn_marketplace.accounts.recovery import links
from pdn_marketplace.accounts.recovery.post import Post, send, warn
from pdn_marketplace.accounts.service import Standing
from pdn_marketplace.config import Config
from pdn_marketplace.security import limiter

blueprint = Blueprint("recovery", __name__, url_prefix="/cuenta/contrasena")

Page = str | Response | tuple[str, int]


@blueprint.route("/olvidada", methods=["GET", "POST"])
@limiter.limit("10 per hour", methods=["POST"])
def ask() -> Page:
    """Send a link to put a password; the answer is the same whoever asks."""
    form = EmailForm()
    if current_user.is_authenticated and not form.is_submitted():
        form.email.data = current_user.email
    if not form.validate_on_submit():
        page = render_template("accounts/forgotten.html", form=form)
        return page, 400 if form.is_submitted() else 200
    email = service.normal_email(form.email.data)
    send(_config(), db.session(), datetime.now(UTC), email, _answer(email))
    flash(
        _("Le enviamos un correo a %(email)s. Abra el enlace que trae.", email=email),
        "pass",
    )
    if not _config().smtp_url:
        flash(
            _(
                "Este sitio no tiene servidor de correo: el mensaje quedó en la "
                "carpeta «correo» de sus datos."
            ),
            "idle",
        )
    return redirect(url_for("accounts.sign_in"))


@blueprint.route("/nueva/<token>", methods=["GET", "POST"])
@limiter.limit("60 per hour")
def change(token: str) -> Page:
    """Put a new password, with the link that came by e-mail."""
    user = links.owner_of(db.session(), _config().secret_key, token)
    form = NewPasswordForm()
    form.personal = (user.email, user.name, user.organization)
    if not form.validate_on_submit():
        page = render_template(
            "accounts/new_password.html", form=form, email=user.email
        )
        return page, 400 if form.is_submitted() else 200
    _changed(user, form.password.data)
    flash(_("Su contraseña quedó guardada: ya puede entrar con ella."), "pass")
    return redirect(url_for("accounts.sign_in"))


@blueprint.after_request
def hide_token(answer: Response) -> Response:
    """Keep the link to this page out of the addresses that others are told."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _changed(user: User, password: str) -> None:
    links.use(db.session(), user, password)
    # Whoever was in with another account in this browser is out as well.
    logout_user()
    browser_session.clear()
    warn(
        _config(),
        db.session(),
        datetime.now(UTC),
        user.email,
        Post("password_set", url_for("recovery.ask")),
    )


def _answer(email: str) -> Post:
    """Choose the message that fits an e-mail; the page says the same of all."""
    known = service.standing(db.session(), email)
    secret = _config().secret_key
    language = get_locale().language
    if known is Standing.UNKNOWN:
        return Post("unknown", url_for("accounts.sign_up"), language=language)
    if known is Standing.WAITING:
        token = confirmation.link_token(secret, email)
        return Post("confirm", url_for("access.confirm", token=token))
    token = links.token_for(db.session(), secret, email)
    return Post("password", url_for("recovery.change", token=token))


def _config() -> Config:
    found: Config = current_app.extensions["pdn_config"]
    return found
