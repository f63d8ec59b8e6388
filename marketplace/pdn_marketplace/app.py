"""The site: every blueprint, the errors as pages, languages and formats.

The only module that knows all domains. `create_app` is the one door.
"""

import secrets
from collections.abc import Mapping
from importlib.resources import files

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_bootstrap import Bootstrap5
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy import text
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response as AnyResponse

from pdn_marketplace import db, languages, security
from pdn_marketplace.accounts import access, service
from pdn_marketplace.accounts import views as accounts
from pdn_marketplace.accounts.oidc import client as oidc_client
from pdn_marketplace.accounts.oidc import identity_views
from pdn_marketplace.accounts.oidc import views as oidc
from pdn_marketplace.accounts.recovery import views as recovery
from pdn_marketplace.administration import letter_views, log_views
from pdn_marketplace.administration import views as administration
from pdn_marketplace.administration.rules import views as rules
from pdn_marketplace.catalog import api as catalog_api
from pdn_marketplace.catalog import views as catalog
from pdn_marketplace.config import Config
from pdn_marketplace.errors import (
    ConflictError,
    MarketplaceError,
    NotAllowedError,
    NotFoundError,
    SignInError,
)
from pdn_marketplace.numeralia import views as numeralia
from pdn_marketplace.organisations import views as organisations
from pdn_marketplace.privacy import views as privacy
from pdn_marketplace.publiccode import views as publiccode
from pdn_marketplace.reviews import paper_views, text_views
from pdn_marketplace.reviews import views as reviews
from pdn_marketplace.submissions import (
    api as submissions_api,
)
from pdn_marketplace.submissions import (
    belonging_views,
    jobs,
)
from pdn_marketplace.submissions import (
    views as submissions,
)
from pdn_marketplace.submissions.live import views as live
from pdn_marketplace.submissions.pictures import views as pictures
from pdn_marketplace.submissions.proof import views as proof
from pdn_marketplace.watch import views as watch
from pdn_sdk import __version__
from pdn_sdk.errors import PdnError

MAX_BODY_BYTES = 1_000_000
YEAR_S = 31_536_000

# The one table from errors to HTTP statuses.
STATUSES: Mapping[type[PdnError], int] = {
    PdnError: 500,
    MarketplaceError: 400,
    NotFoundError: 404,
    NotAllowedError: 403,
    ConflictError: 409,
    SignInError: 401,
}

# What a page or an API says of each status: code, title, what to do.
EXPLAINED = {
    400: (
        "solicitud_invalida",
        _l("La solicitud no se entiende"),
        _l("Vuelva a la página anterior, revise lo que escribió e inténtelo otra vez."),
    ),
    401: (
        "no_autenticado",
        _l("Hace falta entrar con su cuenta"),
        _l(
            "Entre con su correo y contraseña, y vuelva a esta dirección. Un programa "
            "envía su token en el encabezado Authorization: Bearer."
        ),
    ),
    403: (
        "sin_permiso",
        _l("Su cuenta no puede entrar aquí"),
        _l("Si cree que debería poder, pida el permiso a quien administra el sitio."),
    ),
    404: (
        "no_encontrado",
        _l("Esta página no existe"),
        _l("Revise la dirección, o busque el recurso en el catálogo."),
    ),
    405: (
        "metodo_no_permitido",
        _l("Esta dirección no admite esa operación"),
        _l("Vuelva a la página anterior y use los botones de la página."),
    ),
    409: (
        "conflicto",
        _l("Ya no es posible hacerlo"),
        _l("Actualice la página para ver el estado de ahora."),
    ),
    413: (
        "demasiado_grande",
        _l("Lo que envió es demasiado grande"),
        _l("El límite es de 1 MB. Envíe menos texto o un archivo más pequeño."),
    ),
    429: (
        "demasiadas_solicitudes",
        _l("Hizo demasiadas solicitudes en poco tiempo"),
        _l("Espere unos minutos e inténtelo otra vez; lo que ya guardó sigue ahí."),
    ),
    500: (
        "error_interno",
        _l("Algo falló de nuestro lado"),
        _l(
            "No es culpa suya y no se guardó nada a medias. Inténtelo otra vez en "
            "unos minutos; si se repite, avise con el número de esta página."
        ),
    ),
}

site = Blueprint("site", __name__)


class RowNumber(IntegerConverter):
    """A number in an address; one that no table can hold names nothing."""

    def __init__(self, url_map: Map) -> None:
        """Bound it by the integers of every database."""
        super().__init__(url_map, max=db.MAX_ROW)


def create_app(config: Config) -> Flask:
    """Make the site for one configuration; the database must be migrated."""
    app = Flask("pdn_marketplace")
    app.config.update(
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="mercado",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.is_secure,
        TRUSTED_HOSTS=config.hosts,
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        BOOTSTRAP_SERVE_LOCAL=True,
        RATELIMIT_ENABLED=config.rate_limits,
        RATELIMIT_STORAGE_URI=config.rate_storage,
        # While Redis does not answer each process counts by itself.
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        WTF_CSRF_ENABLED=True,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # of the default provider
    app.extensions["pdn_config"] = config
    app.url_map.converters["int"] = RowNumber
    if config.proxies:
        n = config.proxies
        proxied = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)
        app.wsgi_app = proxied  # type: ignore[method-assign]  # Flask's own recipe
    Bootstrap5(app)
    db.install(app, db.Database(config.database_url))
    security.install(app, config)
    oidc_client.install(app, config)
    jobs.install(app, config)
    live.install(app, config)
    languages.install(app)
    _register(app)
    return app


def _register(app: Flask) -> None:
    app.register_blueprint(site)
    app.register_blueprint(accounts.blueprint)
    app.register_blueprint(access.blueprint)
    app.register_blueprint(recovery.blueprint)
    app.register_blueprint(oidc.blueprint)
    app.register_blueprint(identity_views.blueprint)
    app.register_blueprint(organisations.blueprint)
    app.register_blueprint(belonging_views.blueprint)
    app.register_blueprint(catalog.blueprint)
    app.register_blueprint(catalog_api.blueprint)
    app.register_blueprint(submissions.blueprint)
    app.register_blueprint(submissions_api.blueprint)
    app.register_blueprint(live.blueprint)
    app.register_blueprint(pictures.blueprint)
    app.register_blueprint(proof.blueprint)
    app.register_blueprint(administration.blueprint)
    app.register_blueprint(letter_views.blueprint)
    app.register_blueprint(log_views.blueprint)
    app.register_blueprint(rules.blueprint)
    app.register_blueprint(numeralia.blueprint)
    app.register_blueprint(privacy.blueprint)
    app.register_blueprint(publiccode.blueprint)
    app.register_blueprint(reviews.blueprint)
    app.register_blueprint(paper_views.blueprint)
    app.register_blueprint(text_views.blueprint)
    app.register_blueprint(watch.blueprint)
    app.register_error_handler(SecurityError, _strange_host)
    app.register_error_handler(CSRFError, _csrf_failed)
    app.register_error_handler(DataError, _not_data)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(PdnError, _our_error)


@site.get("/healthz")
@security.limiter.exempt
def healthz() -> Response:
    """Say that the site answers and reaches its database."""
    db.session().execute(text("SELECT 1"))
    return jsonify(status="ok", version=__version__)


@site.get("/look/tokens.css")
@security.limiter.exempt
def tokens() -> Response:
    """Serve the design tokens that all parts of the project share."""
    folder = str(files("pdn_sdk") / "look")
    return send_from_directory(folder, "tokens.css", max_age=3600)


@site.post("/idioma")
def choose_language() -> AnyResponse:
    """Keep the language chosen in a cookie and go back."""
    wanted = request.form.get("idioma", "es")
    target = security.safe_next(request.form.get("next"), url_for("catalog.index"))
    answer = redirect(target)
    if wanted in languages.LANGUAGES:
        if current_user.is_authenticated:
            service.choose_language(db.session(), current_user, wanted)
        answer.set_cookie(
            accounts.LANGUAGE_COOKIE,
            wanted,
            max_age=YEAR_S,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )
    return answer


def _strange_host(error: SecurityError) -> tuple[Response, int]:
    """Refuse a `Host` that is not ours, without a page: it has no addresses."""
    del error
    said = _("Este sitio no atiende ese nombre. Use la dirección que le dieron.")
    return Response(f"{said}\n", mimetype="text/plain"), 400


def _csrf_failed(error: CSRFError) -> tuple[Response | str, int]:
    del error
    return _failure(
        400,
        str(
            _l(
                "La página estuvo abierta mucho tiempo y su formulario caducó. "
                "Actualícela y envíe otra vez lo que escribió."
            )
        ),
    )


def _not_data(error: DataError) -> tuple[Response | str, int]:
    """Refuse what the database cannot hold: a NUL, a number of a hundred digits."""
    del error
    return _failure(400)


def _http_error(error: HTTPException) -> AnyResponse | tuple[Response | str, int]:
    if error.code is None or error.code < 400:
        return error.get_response()
    return _failure(error.code)


def _our_error(error: PdnError) -> tuple[Response | str, int]:
    status = next(STATUSES[c] for c in type(error).__mro__ if c in STATUSES)
    if status >= 500:
        current_app.logger.error("%s", error.code, exc_info=error)
    return _failure(status, error.message if status < 500 else None, error.code)


def _failure(
    status: int, message: str | None = None, code: str | None = None
) -> tuple[Response | str, int]:
    """Answer an error as a page, or as {code, message} to a program."""
    db.rollback()
    known = EXPLAINED.get(status, EXPLAINED[500 if status >= 500 else 400])
    default_code, title, advice = known
    if request.path.startswith(security.FOR_PROGRAMS):
        said = message or f"{title}. {advice}"
        return jsonify(code=code or default_code, message=said), status
    number = secrets.token_hex(4) if status >= 500 else None
    if number:
        # The person reads this number to whoever runs the site.
        current_app.logger.error("error %s at %s", number, request.path)
    page = render_template(
        "error.html",
        status=status,
        title=title,
        message=message,
        advice=advice,
        number=number,
    )
    return page, status
