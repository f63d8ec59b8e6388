"""Routes of the dialect `post_query`: a search by POST, institutions by GET."""

from collections.abc import Callable

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import UnsupportedMediaType

from pdn_sdk.provider.answers import JSON, json_answer
from pdn_sdk.provider.dialects.contract import Dialect, Publication, endpoint_prefixes
from pdn_sdk.provider.journal import note
from pdn_sdk.standards.model import Dataset, Operator, Standard
from pdn_sdk.standards.search import checked_search
from pdn_sdk.wire import post_query
from pdn_sdk.wire.model import RawSearch

View = Callable[[], Response]


def add_routes(app: Flask, standard: Standard, publication: Publication) -> None:
    """Add the routes of each dataset, as its endpoints say."""
    makers = {"search": _search, "institutions": _institutions}
    for dataset in standard.datasets:
        for endpoint in dataset.endpoints:
            app.add_url_rule(
                endpoint.path,
                endpoint=f"{standard.key}:{dataset.key}:{endpoint.kind}",
                view_func=makers[endpoint.kind](standard, dataset, publication),
                methods=[endpoint.method],
            )


def _search(standard: Standard, dataset: Dataset, publication: Publication) -> View:
    security = standard.security
    ignored = [f.name for f in dataset.filters if f.operator is Operator.IGNORED]

    def view() -> Response:
        caller = publication.admit(security, request.headers.get("Authorization", ""))
        raw = post_query.read_search(_body())
        _note_declared(raw, ignored)
        search = checked_search(dataset, raw)
        page = publication.find(dataset, search, caller=caller, security=security)
        flat = dataset.flat_pagination
        return json_answer(post_query.write_page(page, flat=flat))

    return view


def _institutions(
    standard: Standard, dataset: Dataset, publication: Publication
) -> View:
    def view() -> Response:
        publication.admit(standard.security, request.headers.get("Authorization", ""))
        return json_answer(orjson.dumps(publication.store.institutions(dataset)))

    return view


def _body() -> bytes:
    body = request.get_data()
    if body and request.mimetype != JSON:
        raise UnsupportedMediaType
    return body


def _note_declared(raw: RawSearch, ignored: list[str]) -> None:
    """Note which members were declared without being a condition (ruling T-14).

    Standards publish them inside `query` or beside it, and callers do both. Their
    values are personal data, so only the names are kept.
    """
    said = {**raw.others, **raw.query}
    declared = [name for name in ignored if said.get(name)]
    if declared:
        note(declared=declared)


DIALECT = Dialect(
    add_routes=add_routes,
    write_error=post_query.write_error,
    prefixes=endpoint_prefixes,
)
