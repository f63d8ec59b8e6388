"""Routes of the dialect `items`: a collection, and one item of it, by GET."""

from collections.abc import Callable, Mapping

import orjson
from flask import Flask, Response, request

from pdn_sdk.errors import PermissionDeniedError
from pdn_sdk.provider.access import Caller
from pdn_sdk.provider.answers import json_answer
from pdn_sdk.provider.dialects.contract import Dialect, Publication
from pdn_sdk.standards.items.projection import Selection, checked_fields, projected
from pdn_sdk.standards.items.search import checked_items
from pdn_sdk.standards.items.shape import Member, visible
from pdn_sdk.standards.model import Dataset, Standard
from pdn_sdk.wire import items

OUT_OF_REACH = (
    "No existe esa colección o ese registro, o su token no puede leerlo. Revise la "
    "dirección; las colecciones están descritas en /docs."
)


def add_routes(app: Flask, standard: Standard, publication: Publication) -> None:
    """Add the routes of each dataset, and refuse every other collection alike."""
    makers: Mapping[str, Callable[..., Callable[..., Response]]] = {
        "search": _collection,
        "item": _item,
    }
    for dataset in standard.datasets:
        for endpoint in dataset.endpoints:
            app.add_url_rule(
                endpoint.path.replace("{id}", "<identity>"),
                endpoint=f"{standard.key}:{dataset.key}:{endpoint.kind}",
                view_func=makers[endpoint.kind](standard, dataset, publication),
                methods=[endpoint.method],
            )
    for prefix in prefixes(standard):
        app.add_url_rule(
            f"{prefix}/<path:unknown>",
            endpoint=f"{standard.key}:unknown:{prefix}",
            view_func=_unknown(standard, publication),
            methods=["GET"],
        )


def prefixes(standard: Standard) -> tuple[str, ...]:
    """Give the path that every collection hangs from."""
    found = (d.endpoint("search") for d in standard.datasets)
    parents = (e.path.rpartition("/")[0] for e in found if e)
    return tuple(dict.fromkeys(parents))


def _collection(
    standard: Standard, dataset: Dataset, publication: Publication
) -> Callable[[], Response]:
    def view() -> Response:
        caller = _caller(standard, publication)
        reserved = caller.sees_reserved(standard.security)
        raw = items.read_search(_query())
        search = checked_items(dataset, raw, reserved=reserved)
        page = publication.store.select(dataset, search)
        seen = visible(dataset, reserved=reserved)
        documents = [_cut(d, seen, search.selection) for d in page.documents]
        counts = dict(zip(items.TOTALS, (page.total, page.matching), strict=True))
        return json_answer(items.write_page(documents, counts, raw.meta))

    return view


def _item(
    standard: Standard, dataset: Dataset, publication: Publication
) -> Callable[[str], Response]:
    def view(identity: str) -> Response:
        caller = _caller(standard, publication)
        reserved = caller.sees_reserved(standard.security)
        seen = visible(dataset, reserved=reserved)
        selection = checked_fields(seen, items.read_search(_query()).fields)
        found = publication.store.item(dataset, identity, reserved=reserved)
        if found is None:
            raise PermissionDeniedError(OUT_OF_REACH)
        return json_answer(items.write_item(_cut(found, seen, selection)))

    return view


def _unknown(standard: Standard, publication: Publication) -> Callable[[str], Response]:
    def view(unknown: str) -> Response:
        del unknown
        _caller(standard, publication)
        raise PermissionDeniedError(OUT_OF_REACH)

    return view


def _caller(standard: Standard, publication: Publication) -> Caller:
    authorization = request.headers.get("Authorization", "")
    return publication.admit(standard.security, authorization)


def _query() -> str:
    return request.query_string.decode("utf-8", "replace")


def _cut(document: bytes, seen: Member, selection: Selection | None) -> bytes:
    return orjson.dumps(projected(orjson.loads(document), seen, selection))


DIALECT = Dialect(
    add_routes=add_routes,
    write_error=items.write_error,
    prefixes=prefixes,
)
