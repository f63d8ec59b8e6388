"""The dialect of S1, S2, S3 v1.1 and S6: POST with page, pageSize, sort, query.

Both ways: a provider reads requests and writes pages; errors are
{code, message}, both strings. Imports only the neutral shapes and the errors.
"""

import orjson

from pdn_sdk.errors import InvalidQueryError
from pdn_sdk.wire.model import Page, RawSearch


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
    )


def _integer(data: dict[str, object], name: str) -> int | None:
    if name not in data:
        return None
    value = data[name]
    if isinstance(value, float) and value.is_integer():
        return int(value)
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


def write_page(page: Page) -> bytes:
    """Write the envelope {pagination, results} around stored documents."""
    pagination = orjson.dumps(
        {
            "pageSize": page.page_size,
            "page": page.page,
            "totalRows": page.total,
            "hasNextPage": page.has_next,
        }
    )
    results = b",".join(page.documents)
    return b'{"pagination":%b,"results":[%b]}' % (pagination, results)


def write_error(code: str, message: str) -> bytes:
    """Write the one error shape, two strings (ruling T-06)."""
    return orjson.dumps({"code": code, "message": message})
