"""The dialect of S1, S2, S3 v1.1 and S6: POST with page, pageSize, sort, query.

Both ways: a provider reads requests and writes pages, a client writes requests
and reads pages; errors are {code, message}, both strings. Imports only the
neutral shapes and the errors.
"""

from collections.abc import Mapping

import orjson

from pdn_sdk.errors import InvalidQueryError, ProtocolViolationError
from pdn_sdk.wire.model import Page, RawSearch, ReceivedPage

MOST_EXACT = 2**53
_MEMBERS = frozenset({"page", "pageSize", "query", "sort"})


def read_search(body: bytes) -> RawSearch:
    """Read a request body into a search.

    Raises: InvalidQueryError for malformed JSON or a member of the wrong type;
    the message names the member. Unknown members are ignored (ruling T-19).
    """
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidQueryError(
            "El cuerpo de la solicitud no es JSON válido. "
            'Envíe un objeto JSON, por ejemplo {"page": 1, "pageSize": 10}.'
        ) from error
    if not isinstance(data, dict):
        raise InvalidQueryError(
            "El cuerpo de la solicitud debe ser un objeto JSON, "
            'por ejemplo {"page": 1, "pageSize": 10, "query": {}}.'
        )
    return RawSearch(
        page=_integer(data, "page"),
        page_size=_integer(data, "pageSize"),
        query=_object(data, "query"),
        sort=tuple(_object(data, "sort").items()),
        others={name: v for name, v in data.items() if name not in _MEMBERS},
    )


def _integer(data: dict[str, object], name: str) -> int | None:
    if name not in data:
        return None
    value = data[name]
    if isinstance(value, float) and value.is_integer():
        # JSON does not tell 1.0 from 1; beyond this a float is no exact number.
        if abs(value) <= MOST_EXACT:
            return int(value)
        raise InvalidQueryError(f"«{name}» está fuera de rango: es demasiado grande.")
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidQueryError(
            f"«{name}» debe ser un número entero sin comillas; envíe, por ejemplo, 1."
        )
    return value


def _object(data: dict[str, object], name: str) -> dict[str, object]:
    value = data.get(name, {})
    if not isinstance(value, dict):
        raise InvalidQueryError(
            f"«{name}» debe ser un objeto JSON; omítalo o envíe {{}} si no lo necesita."
        )
    return value


def write_page(page: Page, *, flat: bool = False) -> bytes:
    """Write the envelope {pagination, results} around stored documents.

    `flat` writes the four numbers of the page beside `pagination` as well.
    """
    numbers = {
        "pageSize": page.page_size,
        "page": page.page,
        "totalRows": page.total,
        "hasNextPage": page.has_next,
    }
    head = {**numbers, "pagination": numbers} if flat else {"pagination": numbers}
    return b'%b,"results":[%b]}' % (orjson.dumps(head)[:-1], b",".join(page.documents))


def write_error(code: str, message: str) -> bytes:
    """Write the one error shape, two strings (ruling T-06)."""
    return orjson.dumps({"code": code, "message": message})


def write_search(
    *,
    page: int | None = None,
    page_size: int | None = None,
    query: Mapping[str, object] | None = None,
    sort: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Write the body of a search, without the members given as None.

    A name with dots is written as the objects that it leads through.
    """
    body = {
        "page": page,
        "pageSize": page_size,
        "query": None if query is None else _nested(query),
        "sort": None if sort is None else _nested(sort),
    }
    return {name: value for name, value in body.items() if value is not None}


def _nested(members: Mapping[str, object]) -> dict[str, object]:
    nested: dict[str, object] = {}
    for name, value in members.items():
        *outer, last = name.split(".")
        node = nested
        for step in outer:
            inside = node.setdefault(step, {})
            if not isinstance(inside, dict):
                inside = node[step] = {}
            node = inside
        node[last] = value
    return nested


def read_page(body: bytes, asked: Mapping[str, object]) -> ReceivedPage:
    """Read an answer as leniently as it can be.

    A number in quotes is a number; what is missing is taken from the search
    that was asked. The checks of the envelope are the ones that judge it.
    Raises: ProtocolViolationError without a list of objects or without a total.
    """
    results, pagination = _envelope(body)
    total = _lenient(pagination.get("totalRows"))
    if total is None:
        raise ProtocolViolationError("La respuesta no trae «pagination.totalRows».")
    page = _lenient(pagination.get("page")) or _lenient(asked.get("page")) or 1
    size = _lenient(pagination.get("pageSize")) or _lenient(asked.get("pageSize"))
    more = pagination.get("hasNextPage")
    return ReceivedPage(
        results=results,
        page=page,
        page_size=size or len(results),
        total=total,
        has_next=more if isinstance(more, bool) else page * (size or 1) < total,
    )


def _envelope(body: bytes) -> tuple[list[dict[str, object]], dict[str, object]]:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ProtocolViolationError("La respuesta no es JSON válido.") from error
    envelope = data if isinstance(data, dict) else {}
    results, pagination = envelope.get("results"), envelope.get("pagination")
    if not isinstance(results, list) or not all(isinstance(r, dict) for r in results):
        raise ProtocolViolationError(
            "La respuesta no trae «results» como lista de objetos."
        )
    return results, pagination if isinstance(pagination, dict) else {}


def _lenient(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(float(value))
    except (ValueError, OverflowError):
        return None
