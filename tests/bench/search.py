"""Seven searches: the store beside SQLite alone, the API beside a bare Flask."""

import http.client
import json
import os
import socket
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench import limit
from tests.bench.invented import invented
from tests.bench.machine import (
    BIN,
    alternated,
    milliseconds,
    percentile,
    ratio,
    run,
)
from tests.bench.page import Bench, Section, Table

from pdn_sdk.standards.loader import get
from pdn_sdk.standards.model import Standard
from pdn_sdk.standards.search import checked_search
from pdn_sdk.storage.sql import RecordStore
from pdn_sdk.wire.post_query import read_search

STANDARD = get("s2")
DATASET = STANDARD.datasets[0]
CALLERS = 8
WORKERS = 2
THREADS = 4
TEXT = """\
«SQLite» son las mismas búsquedas escritas a mano sobre tablas hechas sólo para ellas,
sin recordar totales; «almacén» es lo que el proveedor usa. «Flask mínimo» lee la
solicitud y contesta los mismos bytes, ya hechos, con los mismos procesos e hilos.
Mediana, en milisegundos."""
Post = Callable[[], bytes]


def _bodies(curp: str) -> Mapping[str, dict[str, Any]]:
    def asked(query: dict[str, Any], **more: object) -> dict[str, Any]:
        return {"page": 1, "pageSize": 10, "query": query, **more}

    return {
        "Q1": asked({}),
        "Q2": asked({"nombres": "mari"}),
        "Q3": asked({"nombres": "guadalupe", "primerApellido": "rami"}),
        "Q4": asked(
            {"institucionDependencia": "salud"}, sort={"primerApellido": "asc"}
        ),
        "Q5": asked({"tipoProcedimiento": [1, 2]}, page=1_000),
        "Q6": asked({"curp": curp}),
        "Q7": asked({"nombres": "xyzqwk"}),
        "Q1 × 200": asked({}, pageSize=200),
    }


NAMES = {
    "Q1": "sin filtro",
    "Q2": "nombre contiene «mari»",
    "Q3": "nombre y apellido contienen",
    "Q4": "institución contiene, ordenado",
    "Q5": "tipo entre dos, página 1,000",
    "Q6": "CURP exacta",
    "Q7": "sin resultados",
    "Q1 × 200": "sin filtro, página de 200",
}


def measure_search(bench: Bench) -> Section:
    """Time each search in the store, by hand, over HTTP and in a bare Flask."""
    project = _project(bench)
    bench.tell(f"  {bench.records:,} registros")
    people = list(invented(bench, DATASET, bench.records))
    curp = next(r["curp"] for r in reversed(people) if r.get("curp"))
    bodies = _bodies(str(curp))
    store = RecordStore.open(
        project / "data" / "provider.db", [DATASET], publish_reserved=True
    )
    with store.load(DATASET) as load:
        for record in people:
            load.put(record)
    by_hand = limit.build(bench.folder / "limit.db", people)
    del people
    inside, totals = _inside(bench, store, by_hand, bodies, str(curp))
    store.close()
    by_hand.close()
    return Section(
        title="Buscar",
        text=f"Búsquedas del S2 sobre {bench.records:,} registros inventados.\n{TEXT}",
        tables=[
            _inside_table(inside, totals),
            _outside_table(_outside(bench, project, bodies)),
        ],
    )


def _project(bench: Bench) -> Path:
    run(bench.folder, "pdn", "new", "--no-input", "--system", "s2", "--name", "search")
    project = bench.folder / "search"
    file = project / "provider.toml"
    text = file.read_text("utf-8").replace(
        "publish_reserved = false", "publish_reserved = true\naccess_log = false"
    )
    file.write_text(text, "utf-8")
    (project / "data").mkdir()
    return project


def _inside(
    bench: Bench,
    store: RecordStore,
    by_hand: Any,
    bodies: Mapping[str, dict[str, Any]],
    curp: str,
) -> tuple[Mapping[str, Mapping[str, list[float]]], Mapping[str, int]]:
    times, totals = {}, {}
    asked = limit.statements(curp)
    for name, body in bodies.items():
        search = checked_search(DATASET, read_search(json.dumps(body).encode()))
        page = store.find(DATASET, search, reserved=True)
        total, _ = limit.ask(by_hand, asked[name], search.page_size)
        if page.total != total:
            raise RuntimeError(f"{name}: {page.total} and {total} cannot both be true")
        totals[name] = total
        times[name] = alternated(
            {
                "store": partial(store.find, DATASET, search, reserved=True),
                "limit": partial(limit.ask, by_hand, asked[name], search.page_size),
            },
            bench.seconds,
        )
    return times, totals


def _inside_table(
    times: Mapping[str, Mapping[str, list[float]]], totals: Mapping[str, int]
) -> Table:
    rows = []
    for name, both in times.items():
        store, floor = (percentile(both[k], 0.5) for k in ("store", "limit"))
        rows.append(
            (
                f"{name}: {NAMES[name]}",
                f"{totals[name]:,}",
                f"{floor:.3f}",
                f"{store:.3f}",
                ratio(store, floor),
            )
        )
    return Table(("Búsqueda", "Encuentra", "SQLite", "Almacén", "Razón"), rows)


def _outside(
    bench: Bench, project: Path, bodies: Mapping[str, dict[str, Any]]
) -> Mapping[str, Mapping[str, Sequence[float]]]:
    """Time the API and a bare Flask that gives the very same bytes."""
    found = {}
    with served(project, STANDARD, "--reserved") as (port, token):
        answers = bench.folder / "answers"
        answers.mkdir()
        path = DATASET.endpoint("search").path  # type: ignore[union-attr] # S2 has it
        for name, body in bodies.items():
            (answers / name.replace(" ", "")).write_bytes(
                poster(port, path, body, token)()
            )
        with _bare(answers) as bare_port:
            for name, body in bodies.items():
                ours = partial(poster, port, path, body, token)
                bare = partial(
                    poster, bare_port, f"/{urllib.parse.quote(name.replace(' ', ''))}",
                    body, token,
                )  # fmt: skip
                both = alternated({"ours": ours(), "bare": bare()}, bench.seconds)
                found[name] = {
                    **both,
                    "ours/s": [_rate(ours, bench.seconds)],
                    "bare/s": [_rate(bare, bench.seconds)],
                }
    return found


def _outside_table(times: Mapping[str, Mapping[str, Sequence[float]]]) -> Table:
    rows = []
    for name, both in times.items():
        ours, bare = (percentile(both[k], 0.5) for k in ("ours", "bare"))
        rows.append(
            (
                f"{name}: {NAMES[name]}",
                milliseconds(bare),
                milliseconds(ours),
                milliseconds(percentile(both["ours"], 0.95)),
                ratio(ours, bare),
                f"{both['bare/s'][0]:,.0f}",
                f"{both['ours/s'][0]:,.0f}",
            )
        )
    titles = (
        "Por HTTP",
        "Flask mínimo",
        "Proveedor",
        "p95",
        "Razón",
        f"Flask mínimo, solicitudes/s con {CALLERS} a la vez",
        "Proveedor, solicitudes/s",
    )
    return Table(titles, rows)


def poster(port: int, path: str, body: dict[str, Any], token: str) -> Post:
    """Give what posts a body again and again on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    sent = json.dumps(body, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    def post() -> bytes:
        try:
            return _posted(connection, path, sent, headers)
        except (http.client.RemoteDisconnected, ConnectionError):
            connection.close()
            return _posted(connection, path, sent, headers)

    return post


def _posted(
    connection: http.client.HTTPConnection,
    path: str,
    body: bytes,
    headers: Mapping[str, str],
) -> bytes:
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    read = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status} {read[:200]!r}")
    return read


def _rate(new_caller: Callable[[], Post], seconds: float) -> float:
    """Give the answers each second to several callers at once."""
    counts = [0] * CALLERS
    end = time.perf_counter() + seconds

    def call(number: int) -> None:
        post = new_caller()
        while time.perf_counter() < end:
            post()
            counts[number] += 1

    callers = [threading.Thread(target=call, args=(n,)) for n in range(CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return sum(counts) / seconds


@contextmanager
def served(
    project: Path, standard: Standard, *options: str
) -> Iterator[tuple[int, str]]:
    """Serve a project as in production; give its port and a token."""
    issued = json.loads(
        run(project, "pdn", "client", "add", "banco", *options, "--json").output
    )
    port = _free_port()
    order = ("pdn", "serve", "--port", str(port), "--workers", str(WORKERS))
    with _running(project, order, port):
        yield port, _token(port, standard, issued)


def _token(port: int, standard: Standard, issued: Mapping[str, str]) -> str:
    form = {
        "grant_type": "password",
        **{
            k: issued[k] for k in ("client_id", "client_secret", "username", "password")
        },
        "scope": issued["scope"],
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    read = _posted(
        connection,
        standard.security.token_paths[0],
        urllib.parse.urlencode(form).encode(),
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    return str(json.loads(read)["access_token"])


@contextmanager
def _bare(answers: Path) -> Iterator[int]:
    """Serve the bare application with the provider's workers and threads."""
    port = _free_port()
    order = (
        "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS),
        "--worker-class", "gthread", "--threads", str(THREADS), "--log-level", "error",
        "tests.bench.bare:app",
    )  # fmt: skip
    here = Path(__file__).parents[2]
    with _running(here, order, port, {"ANSWERS": str(answers)}):
        yield port


@contextmanager
def _running(
    folder: Path, order: Sequence[str], port: int, more: Mapping[str, str] | None = None
) -> Iterator[None]:
    process = subprocess.Popen(
        [str(BIN / order[0]), *order[1:]],
        cwd=folder,
        env={**os.environ, **(more or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.perf_counter() + 60
    while time.perf_counter() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nobody listens on {port}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
