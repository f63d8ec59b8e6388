"""The dialect of S3 v2: GET with fields, filter, sort, search, limit, offset, meta.

Both ways: a provider reads requests and writes lists, a client writes requests
and reads lists. Errors carry the three shapes that readers look for. Imports only
the neutral shapes, the parameters and the errors.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import orjson

from pdn_sdk.errors import InvalidQueryError, ProtocolViolationError
from pdn_sdk.wire import parameters
from pdn_sdk.wire.model import RawItemSearch, ReceivedPage

TOTALS = ("total_count", "filter_count")
NOT_OFFERED = frozenset({"aggregate", "groupBy", "deep", "alias"})
"""They change what an answer means, so that ignoring them would deceive."""

REASONS: Mapping[str, tuple[int, str]] = {
    "consulta_invalida": (400, "INVALID_QUERY"),
    "no_autenticado": (401, "INVALID_CREDENTIALS"),
    "sin_permiso": (403, "FORBIDDEN"),
    "no_encontrado": (404, "ROUTE_NOT_FOUND"),
    "metodo_no_permitido": (405, "METHOD_NOT_ALLOWED"),
    "solicitud_demasiado_grande": (413, "CONTENT_TOO_LARGE"),
    "error_interno": (500, "INTERNAL_SERVER_ERROR"),
    "almacenamiento": (503, "SERVICE_UNAVAILABLE"),
}
"""Code of an error → the number and the word that this dialect gives it."""

EVERYTHING = "*.*.*"
"""What PDN asks for in `fields`."""


def read_search(query: str) -> RawItemSearch:
    """Read the query string of a request.

    Raises: InvalidQueryError for a parameter of the wrong type; the message
    names it. Unknown parameters are ignored.
    """
    given = parameters.read(query)
    refused = sorted(NOT_OFFERED & given.keys())
    if refused:
        raise InvalidQueryError(
            f"Esta API no ofrece «{refused[0]}». Pida los registros y agrúpelos usted."
        )
    return RawItemSearch(
        fields=_names(given, "fields"),
        filter=_filter(given.get("filter")),
        sort=_names(given, "sort"),
        search=_text(given, "search"),
        limit=_integer(given, "limit", least=-1),
        offset=_integer(given, "offset", least=0),
        page=_integer(given, "page", least=0),
        meta=_totals(_names(given, "meta")),
    )


def _integer(given: Mapping[str, object], name: str, *, least: int) -> int | None:
    if name not in given:
        return None
    text = given[name]
    try:
        # A parameter without a value counts as 0, as it does in the original.
        value = int(text or "0") if isinstance(text, str) else None
    except ValueError:
        value = None
    if value is None:
        raise InvalidQueryError(
            f"«{name}» debe ser un número entero y enviarse una sola vez; por "
            f"ejemplo, {name}=10."
        )
    if value < least:
        raise InvalidQueryError(f"«{name}» debe ser {least} o mayor.")
    return value


def _text(given: Mapping[str, object], name: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str):
        raise InvalidQueryError(f"«{name}» debe ser un solo texto.")
    return value


def _names(given: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Read a list: with commas, with brackets or by repeating the parameter."""
    value = given.get(name, "")
    parts = value if isinstance(value, list) else [value]
    if not all(isinstance(part, str) for part in parts):
        raise InvalidQueryError(
            f"«{name}» debe ser una lista separada por comas, por ejemplo "
            f"{name}=id,fecha."
        )
    split = (n.strip() for part in parts for n in str(part).split(","))
    return tuple(n for n in split if n)


def _totals(names: tuple[str, ...]) -> frozenset[str]:
    if "*" in names:
        return frozenset(TOTALS)
    unknown = [n for n in names if n not in TOTALS]
    if unknown:
        raise InvalidQueryError(
            f"«meta» no ofrece «{unknown[0]}»; pida total_count, filter_count o *."
        )
    return frozenset(names)


def _filter(value: object) -> Mapping[str, object]:
    if isinstance(value, str) and value.strip():
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise InvalidQueryError(
                "«filter» no es JSON válido. Envíe, por ejemplo, "
                'filter={"campo": {"_eq": "valor"}}.'
            ) from error
    elif value is None or value == "":
        return {}
    if not isinstance(value, dict):
        raise InvalidQueryError(
            '«filter» debe ser un objeto JSON, por ejemplo {"campo": {"_eq": "valor"}}.'
        )
    return value


def write_page(
    documents: Sequence[bytes], counts: Mapping[str, int], meta: frozenset[str]
) -> bytes:
    """Write a list of items, with the totals that were asked for."""
    data = b",".join(documents)
    wanted = {name: counts[name] for name in TOTALS if name in meta}
    if not wanted:
        return b'{"data":[%b]}' % data
    return b'{"meta":%b,"data":[%b]}' % (orjson.dumps(wanted), data)


def write_item(document: bytes) -> bytes:
    """Write a single item."""
    return b'{"data":%b}' % document


def write_error(code: str, message: str) -> bytes:
    """Write an error for its three kinds of readers (ruling T-V2-02).

    PDN's wrapper reads `errors[0].message`, the published document says
    `error`, and every provider of this project says `code` and `message`.
    """
    status, reason = REASONS.get(code, (400, "INVALID_PAYLOAD"))
    return orjson.dumps(
        {
            "code": code,
            "message": message,
            "error": {"code": status, "message": message},
            "errors": [{"message": message, "extensions": {"code": reason}}],
        }
    )


def write_search(
    *,
    fields: Sequence[str] = (EVERYTHING,),
    filter_: Mapping[str, object] | None = None,
    sort: Sequence[str] = (),
    search: str = "",
    limit: int | None = None,
    offset: int | None = None,
    meta: str = "*",
) -> str:
    """Write a query string as PDN does: the filter as one JSON text."""
    given = {
        "fields": ",".join(fields),
        "meta": meta,
        "limit": limit,
        "offset": offset,
        "sort": ",".join(sort),
        "search": search,
        "filter": orjson.dumps(filter_).decode() if filter_ else "",
    }
    return urlencode({k: v for k, v in given.items() if v is not None and v != ""})


def read_page(body: bytes, *, limit: int, offset: int) -> ReceivedPage:
    """Read an answer as leniently as it can be; without totals, what came.

    Raises: ProtocolViolationError without a list of objects.
    """
    envelope = _object(body)
    data = envelope.get("data")
    if not isinstance(data, list) or not all(isinstance(r, dict) for r in data):
        raise ProtocolViolationError("La respuesta no trae «data» como lista.")
    meta = envelope.get("meta")
    counted = meta.get("filter_count") if isinstance(meta, dict) else None
    total = _lenient(counted)
    if total is None:
        total = offset + len(data)
    size = limit or 1
    return ReceivedPage(
        results=data,
        page=offset // size + 1,
        page_size=limit,
        total=total,
        has_next=offset + len(data) < total,
    )


def read_error(body: bytes) -> str:
    """Give the message of an error as PDN's wrapper reads it; "" without one."""
    try:
        errors = _object(body).get("errors")
    except ProtocolViolationError:
        return ""
    first = errors[0] if isinstance(errors, list) and errors else None
    message = first.get("message") if isinstance(first, dict) else None
    return message if isinstance(message, str) else ""


def _object(body: bytes) -> dict[str, object]:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ProtocolViolationError("La respuesta no es JSON válido.") from error
    return data if isinstance(data, dict) else {}


def _lenient(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return int(value) if str(value).isdecimal() else None
