"""Whether the process lives (/healthz) and whether it has data to serve (/readyz)."""

from collections.abc import Sequence

import orjson
from flask import Flask, Response

from pdn_sdk.errors import StorageError
from pdn_sdk.provider.answers import UNAVAILABLE, json_answer
from pdn_sdk.provider.journal import trouble
from pdn_sdk.standards.model import Dataset, Standard
from pdn_sdk.storage.sql import RecordStore

NO_DATA = (
    "Todavía no hay datos de {titles}. Cargue la fuente con «pdn load»; para "
    "ensayar, escriba antes datos inventados con «pdn demo-data»."
)


def install(app: Flask, store: RecordStore, standards: Sequence[Standard]) -> None:
    """Publish both."""

    def alive() -> Response:
        return json_answer(b'{"status":"ok"}')

    def ready() -> Response:
        try:
            counts, missing = _state(store, standards)
        except StorageError as error:
            trouble(error.message)
            return _not_ready("almacenamiento", UNAVAILABLE)
        if missing:
            return _not_ready(
                "sin_datos", NO_DATA.format(titles=", ".join(s.system for s in missing))
            )
        return json_answer(orjson.dumps({"status": "ok", "records": counts}))

    app.add_url_rule("/healthz", view_func=alive, endpoint="healthz")
    app.add_url_rule("/readyz", view_func=ready, endpoint="readyz")


def _state(
    store: RecordStore, standards: Sequence[Standard]
) -> tuple[dict[str, int], list[Standard]]:
    """Give the records of each dataset, and the standards never loaded.

    A standard of several collections is ready when one of them has been loaded:
    an institution may have nothing to publish in the others.
    """

    def is_loaded(dataset: Dataset) -> bool:
        return store.loaded_at(dataset) is not None

    counts = {d.key: store.count(d) for s in standards for d in s.datasets}
    missing = [s for s in standards if not any(map(is_loaded, s.datasets))]
    return counts, missing


def _not_ready(code: str, message: str) -> Response:
    body = {"status": "no_disponible", "code": code, "message": message}
    answer = json_answer(orjson.dumps(body), 503)
    answer.headers["Retry-After"] = "30"
    return answer
