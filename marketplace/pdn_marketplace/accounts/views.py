"""Pages of accounts: sign up, sign in, sign out, my account."""

from datetime import UTC, datetime

from flask import (
    Blueprint,
    Request,
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
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from pdn_marketplace import db
from pdn_marketplace.accounts import confirmation, service, sessions, tokens
from pdn_marketplace.accounts.forms import (
    PasswordForm,
    ProfileForm,
    SignInForm,
    SignUpForm,
)
from pdn_marketplace.accounts.mail import Mailer
from pdn_marketplace.config import Config
from pdn_marketplace.errors import (
    SignInError,
    SubmissionRejectedError,
    UnconfirmedError,
)
from pdn_marketplace.security import (
    Role,
    bearer,
    limiter,
    login_manager,
    requires,
    safe_next,
)

blueprint = Blueprint("accounts", __name__, url_prefix="/cuenta")

Page = str | Response | tuple[str, int]
LANGUAGE_COOKIE = "idioma"
LANGUAGE = "language"
"""Where a browser's session keeps the language of who is signed in."""


@login_manager.user_loader  # type: ignore[untyped-decorator]  # flask_login has no types
def load_account(token: str) -> service.Account | None:
    """Tell Flask-Login who is signed in with the token of the cookie.

    Nobody, where the request brings a token of its own: it never borrows the
    reach of a session.
    """
    if bearer() is not None:
        return None
    return service.account_of(
        db.session(), datetime.now(UTC), token, asks_factor=_config().second_factor
    )


@login_manager.request_loader  # type: ignore[untyped-decorator]  # flask_login has no types
def load_caller(asked: Request) -> service.Account | None:
    """Tell Flask-Login whose token a program brings."""
    del asked
    token = bearer()
    return tokens.caller(db.session(), datetime.now(UTC), token) if token else None


@blueprint.route("/crear", methods=["GET", "POST"])
@limiter.limit("20 per hour", methods=["POST"])
def sign_up() -> Page:
    """Make an account; the answer is the same when there was one."""
    form = SignUpForm()
    if not form.validate_on_submit():
        page = render_template("accounts/sign_up.html", form=form)
        return page, 400 if form.is_submitted() else 200
    now = datetime.now(UTC)
    is_new = service.sign_up(
        db.session(),
        now,
        email=form.email.data,
        name=form.name.data,
        organization=form.organization.data,
        password=form.password.data,
        language=get_locale().language,
    )
    known = service.Standing.WAITING if is_new else service.Standing.KNOWN
    write_to(form.email.data, now, known)
    return redirect(url_for("accounts.sign_in", next=request.args.get("next")))


@blueprint.route("/entrar", methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"])
def sign_in() -> Page:
    """Open a session under a new token and go where the person was going."""
    form = SignInForm()
    target = safe_next(request.args.get("next"), url_for("catalog.index"))
    if not form.validate_on_submit():
        page = render_template("accounts/sign_in.html", form=form)
        return page, 400 if form.is_submitted() else 200
    try:
        account = service.sign_in(
            db.session(),
            datetime.now(UTC),
            email=form.email.data,
            password=form.password.data,
            browser=request.user_agent.string,
        )
    except SignInError as error:
        flash(error.message, "fail")
        page = render_template(
            "accounts/sign_in.html",
            form=form,
            is_unconfirmed=isinstance(error, UnconfirmedError),
        )
        return page, 400
    browser_session.clear()
    browser_session[LANGUAGE] = account.language
    login_user(account)
    if _config().second_factor and account.role is not Role.CONTRIBUTOR:
        return redirect(url_for("access.second_factor", next=target))
    return redirect(target)


@blueprint.post("/salir")
def sign_out() -> Response:
    """Close the session here and in the database."""
    if current_user.is_authenticated:
        service.sign_out(db.session(), current_user.token)
        logout_user()
    browser_session.clear()
    flash(_("Su sesión quedó cerrada."), "pass")
    return redirect(url_for("catalog.index"))


@blueprint.get("/")
@requires(Role.CONTRIBUTOR)
def profile() -> Page:
    """Show my account."""
    return _profile(ProfileForm(obj=current_user), PasswordForm(formdata=None))


@blueprint.post("/datos")
@requires(Role.CONTRIBUTOR)
def update_profile() -> Page:
    """Change my name and institution."""
    form = ProfileForm()
    if not form.validate():
        return _profile(form, PasswordForm(formdata=None)), 400
    service.update_profile(
        db.session(),
        current_user,
        name=form.name.data,
        organization=form.organization.data,
        language=form.language.data,
    )
    browser_session[LANGUAGE] = form.language.data
    flash(_("Sus datos quedaron guardados."), "pass")
    answer = redirect(url_for("accounts.profile"))
    # What this browser had chosen before would hide the choice of now.
    answer.delete_cookie(LANGUAGE_COOKIE)
    return answer


@blueprint.post("/contrasena")
@requires(Role.CONTRIBUTOR)
@limiter.limit("10 per hour")
def change_password() -> Page:
    """Change my password and close my other sessions."""
    form = PasswordForm()
    if not form.validate():
        return _profile(ProfileForm(formdata=None, obj=current_user), form), 400
    try:
        service.change_password(
            db.session(),
            current_user,
            current=form.current.data,
            new=form.password.data,
        )
    except SubmissionRejectedError as error:
        form.current.errors = [error.message]
        return _profile(ProfileForm(formdata=None, obj=current_user), form), 400
    flash(_("Su contraseña cambió y sus otras sesiones quedaron cerradas."), "pass")
    return redirect(url_for("accounts.profile"))


@blueprint.post("/sesiones/cerrar")
@requires(Role.CONTRIBUTOR)
def close_sessions() -> Response:
    """Close my sessions in other browsers."""
    service.close_other_sessions(db.session(), current_user)
    flash(_("Sus otras sesiones quedaron cerradas."), "pass")
    return redirect(url_for("accounts.profile"))


@blueprint.post("/sesiones/<key>/cerrar")
@requires(Role.CONTRIBUTOR)
def close_session(key: str) -> Response:
    """Close one of my sessions."""
    sessions.close_session(db.session(), current_user, key)
    flash(_("La sesión quedó cerrada."), "pass")
    return redirect(url_for("accounts.profile"))


def write_to(email: str, now: datetime, standing: service.Standing) -> None:
    """Send the message that fits an e-mail; the page says the same of all."""
    config = _config()
    mailer = Mailer.of(config)
    email = service.normal_email(email)
    path = url_for("accounts.sign_in")
    if standing is service.Standing.WAITING:
        token = confirmation.link_token(config.secret_key, email)
        path = url_for("access.confirm", token=token)
    if standing is service.Standing.UNKNOWN:
        path = url_for("accounts.sign_up")
    language = service.language_of(db.session(), email, get_locale().language)
    link = config.public_url + path
    said = confirmation.message(db.session(), standing, link, language)
    mailer.send(email, said.subject, said.body, now)
    flash(
        _("Le enviamos un correo a %(email)s. Abra el enlace que trae.", email=email),
        "pass",
    )
    if not mailer.smtp_url:
        flash(
            _(
                "Este sitio no tiene servidor de correo: el mensaje quedó en la "
                "carpeta «correo» de sus datos."
            ),
            "idle",
        )


def _config() -> Config:
    found: Config = current_app.extensions["pdn_config"]
    return found


def _profile(profile_form: ProfileForm, password_form: PasswordForm) -> str:
    return render_template(
        "accounts/profile.html",
        profile_form=profile_form,
        password_form=password_form,
        browser_name=browser_name,
        sessions=sessions.open_sessions(db.session(), datetime.now(UTC), current_user),
    )


def browser_name(text: str) -> str:
    """Say a browser's own description in two words: `Firefox, Windows`."""
    # In this order: Edge also says Chrome, and Chrome also says Safari.
    browsers = ("Edg", "Firefox", "Chrome", "Safari")
    systems = ("Windows", "Android", "iPhone", "Mac OS", "Linux")
    found = [
        next((mark for mark in marks if mark in text), "")
        for marks in (browsers, systems)
    ]
    said = ", ".join(filter(None, found)).replace("Edg", "Edge")
    return said or str(_("Otro programa"))
