"""Counts for Prometheus, added up over the processes of one server.

`prometheus_client` shares counts among processes through files in a folder that
must be named in the environment before it is imported. Ours are few and known
from the start, so they live in memory that is shared by `fork`: each process
adds in a slot of its own, without locks that a killed process could leave taken,
and reading adds the slots up. Without a common parent (another WSGI server), a
process answers its own counts only, and `pdn_processes` says 1.
"""

import mmap
import threading
from collections.abc import Iterator, Mapping
from itertools import product

from flask import Flask, Response, request

from pdn_sdk.provider.journal import elapsed_s
from pdn_sdk.standards.model import Dataset
from pdn_sdk.storage.sql import RecordStore

SLOTS = 64
STATUSES = (200, 204, 304, 400, 401, 403, 404, 405, 413, 415, 500, 503, 0)
"""0 stands for any other."""
BOUNDS_S = (0.005, 0.025, 0.1, 0.5, 2.0, 4.0, 30.0)
"""Those of the PDN among them: it waits 2 s for a token and 4 s for data."""
OTHER_ROUTE = "otra"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Requests by route and status, and how long they took by route."""

    def __init__(self, routes: tuple[str, ...]) -> None:
        """Take the routes that are told apart; the rest is counted together."""
        self._routes = (*dict.fromkeys(routes), OTHER_ROUTE)
        names: list[tuple[str, object]] = list(product(self._routes, STATUSES))
        for route in self._routes:
            names += [(route, f"le:{bound}") for bound in BOUNDS_S]
            names.append((route, "sum"))
        self._places = {name: place for place, name in enumerate(names)}
        self._width = len(names)
        # Anonymous and shared: what a child writes, its parent and brothers read.
        self._memory = memoryview(mmap.mmap(-1, 8 * SLOTS * (self._width + 1))).cast(
            "d"
        )
        self._slot = 0
        self._lock = threading.Lock()

    def use_slot(self, slot: int) -> None:
        """Add in that slot from now on; call it in each process after the fork."""
        self._slot = slot % SLOTS
        self._lock = threading.Lock()

    def observe(self, route: str, status: int, took_s: float) -> None:
        """Count one answer."""
        if route not in self._routes:
            route = OTHER_ROUTE
        if status not in STATUSES:
            status = 0
        names = [(route, status)]
        wider: list[tuple[str, object]] = [
            (route, f"le:{bound}") for bound in BOUNDS_S if took_s <= bound
        ]
        with self._lock:
            self._memory[self._slot * (self._width + 1) + self._width] = 1.0
            for name in (*names, *wider):
                self._add(name, 1.0)
            self._add((route, "sum"), took_s)

    def text(self) -> Iterator[str]:
        """Write the counts that are not zero, in Prometheus' text format."""
        yield "# HELP pdn_requests_total Solicitudes atendidas."
        yield "# TYPE pdn_requests_total counter"
        for route, status in product(self._routes, STATUSES):
            count = self._total((route, status))
            if count:
                labels = _labels(route=route, status=str(status or "otro"))
                yield f"pdn_requests_total{labels} {count:.0f}"
        yield "# HELP pdn_request_seconds Tiempo en que se contestaron."
        yield "# TYPE pdn_request_seconds histogram"
        for route in self._routes:
            yield from self._histogram(route)
        yield "# HELP pdn_processes Procesos que han contado aquí."
        yield "# TYPE pdn_processes gauge"
        width = self._width + 1
        used = sum(self._memory[slot * width + self._width] for slot in range(SLOTS))
        yield f"pdn_processes {used:.0f}"

    def _histogram(self, route: str) -> Iterator[str]:
        count = sum(self._total((route, status)) for status in STATUSES)
        if not count:
            return
        for bound in BOUNDS_S:
            labels = _labels(route=route, le=str(bound))
            yield (
                f"pdn_request_seconds_bucket{labels} "
                f"{self._total((route, f'le:{bound}')):.0f}"
            )
        every = _labels(route=route, le="+Inf")
        yield f"pdn_request_seconds_bucket{every} {count:.0f}"
        total = self._total((route, "sum"))
        yield f"pdn_request_seconds_sum{_labels(route=route)} {total:.6f}"
        yield f"pdn_request_seconds_count{_labels(route=route)} {count:.0f}"

    def _add(self, name: tuple[str, object], amount: float) -> None:
        place = self._slot * (self._width + 1) + self._places[name]
        self._memory[place] += amount

    def _total(self, name: tuple[str, object]) -> float:
        width, place = self._width + 1, self._places[name]
        return float(sum(self._memory[slot * width + place] for slot in range(SLOTS)))


def install(
    app: Flask, store: RecordStore, datasets: Mapping[str, Dataset]
) -> "Metrics":
    """Count every answer of an app that has its routes, and publish /metrics."""

    def count(answer: Response) -> Response:
        rule = request.url_rule
        metrics.observe(
            rule.rule if rule else OTHER_ROUTE, answer.status_code, elapsed_s()
        )
        return answer

    def view() -> Response:
        lines = [*metrics.text(), *_data(store, datasets)]
        return Response("\n".join(lines) + "\n", content_type=CONTENT_TYPE)

    app.after_request(count)
    app.add_url_rule("/metrics", view_func=view, endpoint="metrics")
    metrics = Metrics(tuple(rule.rule for rule in app.url_map.iter_rules()))
    return metrics


def _data(store: RecordStore, datasets: Mapping[str, Dataset]) -> Iterator[str]:
    yield "# HELP pdn_records Registros publicados."
    yield "# TYPE pdn_records gauge"
    for key, dataset in datasets.items():
        yield f"pdn_records{_labels(dataset=key)} {store.count(dataset)}"
    yield "# HELP pdn_loaded_timestamp_seconds Cuándo terminó la última carga."
    yield "# TYPE pdn_loaded_timestamp_seconds gauge"
    for key, dataset in datasets.items():
        moment = store.loaded_at(dataset)
        if moment:
            labels = _labels(dataset=key)
            yield f"pdn_loaded_timestamp_seconds{labels} {moment.timestamp():.0f}"


def _labels(**labels: str) -> str:
    """Write labels; their values are routes and keys of ours, without quotes."""
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
