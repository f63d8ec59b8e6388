"""The factory of a provider: one Flask application for all of its standards."""

from collections.abc import Mapping, Sequence

from flask import Flask, Response, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from pdn_sdk.errors import ConfigurationError
from pdn_sdk.provider import answers, explorer, health, journal, metrics, openapi
from pdn_sdk.provider.access import Gate
from pdn_sdk.provider.certificates import routes as certificate_routes
from pdn_sdk.provider.certificates.filings import Filings
from pdn_sdk.provider.credentials import CredentialStore
from pdn_sdk.provider.dialects.contract import Dialect, Publication
from pdn_sdk.provider.dialects.registry import dialect_of
from pdn_sdk.provider.hashing import Verifier
from pdn_sdk.provider.oauth import routes as oauth_routes
from pdn_sdk.provider.oauth.server import TokenServer
from pdn_sdk.provider.oauth.signing import Signer
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards import loader
from pdn_sdk.standards.model import Dataset, Standard
from pdn_sdk.storage.sql import RecordStore
from pdn_sdk.wire import post_query

MOST_BODY_BYTES = 1_000_000
MOST_DRAINED_BYTES = 16_000_000
CHUNK_BYTES = 65_536
METRICS = "pdn_metrics"
_STORES = "pdn_stores"

HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
HSTS = "max-age=31536000"


def create_provider(settings: ProviderSettings) -> Flask:
    """Make the provider that the settings describe.

    Makes the database and the credentials where there are none, so that a
    provider can start before its first load; /readyz says that it has no data.
    Raises: ConfigurationError, UnknownStandardError, StorageError.
    """
    standards = tuple(loader.get(key) for key in settings.standards)
    datasets = _datasets(standards)
    dialects = [dialect_of(standard) for standard in standards]
    app = Flask("pdn_sdk.provider", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    # A redirection would lose the body, and the PDN follows none.
    app.url_map.merge_slashes = False
    store = RecordStore.open(
        settings.database,
        list(datasets.values()),
        publish_reserved=settings.publish_reserved,
    )
    credentials = CredentialStore.open(settings.credentials)
    signer = Signer(settings, settings.signing_key or credentials.signing_key())
    journal.install(app, access_log=settings.access_log)
    app.before_request(_read_body)
    publication = Publication(store, Gate(credentials, signer))
    for standard, dialect in zip(standards, dialects, strict=True):
        dialect.add_routes(app, standard, publication)
    _install_certificates(app, settings, standards, publication)
    server = TokenServer(settings, credentials, signer, Verifier())
    oauth_routes.install(app, standards, server)
    openapi.install(app, settings, standards)
    explorer.install(app, settings, standards)
    health.install(app, store, standards)
    app.extensions[_STORES] = (store, credentials)
    app.extensions[METRICS] = metrics.install(app, store, datasets)
    answers.install_errors(app, _Shapes(standards, dialects).write)
    _install_headers(app, is_secure=settings.is_secure)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, count, count, count)  # type: ignore[method-assign]  # Flask's own recipe
    return app


def close_provider(app: Flask) -> None:
    """Close what a provider holds open; it cannot be called afterwards."""
    for store in app.extensions[_STORES]:
        store.close()


def _install_certificates(
    app: Flask,
    settings: ProviderSettings,
    standards: Sequence[Standard],
    publication: Publication,
) -> None:
    if settings.certificates is None:
        return
    if not any(standard.certificates for standard in standards):
        raise ConfigurationError(
            "«certificates» es del S1, y este proyecto no lo publica. Quite ese ajuste."
        )
    filings = Filings(settings.certificates)
    for standard in standards:
        certificate_routes.install(app, standard, filings, publication)


def _datasets(standards: Sequence[Standard]) -> dict[str, Dataset]:
    """Give every dataset by its key, which names its tables.

    Raises: ConfigurationError where two standards cannot live together.
    """
    found: dict[str, Dataset] = {}
    paths: set[tuple[str, str]] = set()
    for standard in standards:
        for dataset in standard.datasets:
            routes = {(e.method, e.path) for e in dataset.endpoints}
            if dataset.key in found or routes & paths:
                raise ConfigurationError(
                    f"El estándar «{standard.key}» no puede publicarse junto con los "
                    "otros de «standards»: comparten rutas. Haga un proyecto para él."
                )
            found[dataset.key] = dataset
            paths |= routes
    return found


class _Shapes:
    """Which dialect writes the errors of a path."""

    def __init__(
        self, standards: Sequence[Standard], dialects: Sequence[Dialect]
    ) -> None:
        self._prefixes = [
            (prefix.rstrip("/"), dialect)
            for standard, dialect in zip(standards, dialects, strict=True)
            for prefix in dialect.prefixes(standard)
        ]

    def write(self, path: str, code: str, message: str) -> bytes:
        for prefix, dialect in self._prefixes:
            if path == prefix or path.startswith(f"{prefix}/"):
                return dialect.write_error(code, message)
        return post_query.write_error(code, message)


def _read_body() -> None:
    """Read the whole body, or refuse it.

    An answer sent before its request was read may be lost when the connection
    closes, so what is refused is read too, up to a limit.
    Raises: RequestEntityTooLarge.
    """
    length = request.content_length or 0
    if length > MOST_BODY_BYTES:
        stream, left = request.environ["wsgi.input"], min(length, MOST_DRAINED_BYTES)
        while left > 0 and (chunk := stream.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
        raise RequestEntityTooLarge
    request.get_data()


def _install_headers(app: Flask, *, is_secure: bool) -> None:
    def add(answer: Response) -> Response:
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if is_secure:
            answer.headers["Strict-Transport-Security"] = HSTS
        return answer

    app.after_request(add)
