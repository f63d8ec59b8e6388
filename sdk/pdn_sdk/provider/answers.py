"""Answers: JSON bytes with their headers, and the only table of statuses.

Every error has one shape, which the dialect of its path writes. What a caller
reads of an error of ours is a fixed sentence and the request id: never the text
of an exception.
"""

from collections.abc import Callable, Mapping

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException

from pdn_sdk.errors import (
    AuthenticationError,
    InvalidQueryError,
    PdnError,
    PermissionDeniedError,
    RecordNotFoundError,
    RequestError,
    StorageError,
)
from pdn_sdk.provider import journal

JSON = "application/json"

STATUSES: Mapping[type[PdnError], int] = {
    InvalidQueryError: 400,
    AuthenticationError: 401,
    PermissionDeniedError: 403,
    RecordNotFoundError: 404,
    RequestError: 400,
    StorageError: 503,
    PdnError: 500,
}

CHALLENGES: Mapping[int, str] = {
    401: 'Bearer realm="pdn"',
    403: 'Bearer realm="pdn", error="insufficient_scope"',
}

UNAVAILABLE = (
    "Los datos no están disponibles en este momento. Intente de nuevo en unos minutos."
)
UNEXPECTED = (
    "Ocurrió un error inesperado y quedó registrado. Intente de nuevo; si continúa, "
    "avise a la institución con este número: {request_id}."
)

HTTP: Mapping[int, tuple[str, str]] = {
    404: (
        "no_encontrado",
        "No existe esa dirección. Las que hay están descritas en /docs.",
    ),
    405: (
        "metodo_no_permitido",
        "Esa dirección no atiende el método {method}; use {allowed}.",
    ),
    413: (
        "solicitud_demasiado_grande",
        "El cuerpo de la solicitud pasa de 1 MB. Envíe sólo la búsqueda.",
    ),
    415: (
        "tipo_de_contenido_no_admitido",
        "El cuerpo de la solicitud debe ser JSON. Envíe el encabezado "
        "«Content-Type: application/json».",
    ),
}
_REFUSED = ("solicitud_invalida", "La solicitud no se pudo leer. Revísela y repítala.")


def json_answer(body: bytes, status: int = 200) -> Response:
    """Answer JSON that is already written."""
    answer = Response(body, status, content_type=JSON)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def status_of(error: PdnError) -> int:
    """Give the status of an error: that of its nearest class in the table."""
    return next(STATUSES[c] for c in type(error).__mro__ if c in STATUSES)


def public_message(error: PdnError, request_id: str) -> str:
    """Say what a caller may read of an error.

    The message of an error of the request is written for whoever calls; that of
    any other is for the operator, and may name files.
    """
    if isinstance(error, RequestError):
        return error.message
    if isinstance(error, StorageError):
        return UNAVAILABLE
    return UNEXPECTED.format(request_id=request_id)


def http_words(error: HTTPException, request: Request) -> tuple[str, str]:
    """Give code and message of an error that Flask or Werkzeug found."""
    code, message = HTTP.get(error.code or 400, _REFUSED)
    allowed = getattr(error, "valid_methods", None) or ()
    usual = [m for m in sorted(allowed) if m not in {"HEAD", "OPTIONS"}]
    return code, message.format(method=request.method, allowed=" o ".join(usual))


def install_errors(app: Flask, write: Callable[[str, str, str], bytes]) -> None:
    """Answer every error in one shape; `write` takes path, code and message."""

    def refuse(status: int, code: str, message: str) -> Response:
        journal.note(code=code)
        return json_answer(write(request.path, code, message), status)

    def of_ours(error: PdnError) -> Response:
        status = status_of(error)
        if not isinstance(error, RequestError):
            journal.trouble(error.message)
        message = public_message(error, journal.request_id())
        refused = refuse(status, error.code, message)
        if status in CHALLENGES:
            refused.headers["WWW-Authenticate"] = CHALLENGES[status]
        return refused

    def of_http(error: HTTPException) -> Response:
        refused = refuse(error.code or 400, *http_words(error, request))
        allowed = dict(error.get_headers()).get("Allow")
        if allowed:
            refused.headers["Allow"] = allowed
        return refused

    def unexpected(error: Exception) -> Response:
        journal.failure(error)
        message = UNEXPECTED.format(request_id=journal.request_id())
        return refuse(500, "error_interno", message)

    app.register_error_handler(PdnError, of_ours)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(Exception, unexpected)
