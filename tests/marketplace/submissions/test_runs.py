"""Runs: the line, the worker, its limits, its deaths, and what it never does."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from pdn_marketplace.errors import ConflictError
from pdn_marketplace.submissions import jobs, runs
from pdn_marketplace.submissions.models import Run, StoredReport, Submission
from pdn_sdk.conformance.results import Outcome
from pdn_sdk.errors import ConfigurationError


def test_a_run_waits_runs_and_leaves_its_report(market, owner, reports) -> None:
    made_report, made_result = reports
    submission_id = market.submit(owner)
    failing = made_result("PAG-02", Outcome.FAIL)

    run_id = market.tested(submission_id, owner, made_report(made_result(), failing))
    page = market.browser(owner).get(f"/pruebas/{run_id}").text

    assert market.state(submission_id) == "checked"
    assert "No conforme: 1 requisito obligatorio falla" in page
    assert page.index("Qué corregir primero") < page.index("Prueba por prueba")
    for said in ("4 registros", "Corte la página", "curl https://api", "S2-023"):
        assert said in page


def test_results_are_filtered_by_outcome(market, owner, reports) -> None:
    made_report, made_result = reports
    report = made_report(
        made_result("PAG-01"),
        made_result("PAG-02", Outcome.FAIL),
        made_result("PAG-03", Outcome.WARN),
        made_result("PAG-04", Outcome.SKIP),
        made_result("PAG-05", Outcome.ERROR),
    )
    run_id = market.tested(market.submit(owner), owner, report)
    browser = market.browser(owner)

    def shown(outcome: str) -> set[str]:
        page = browser.get(f"/pruebas/{run_id}?resultado={outcome}").text
        return {f"PAG-0{n}" for n in range(1, 6) if f'id="PAG-0{n}"' in page}

    assert shown("") == shown("pendientes") == {"PAG-02", "PAG-03", "PAG-04", "PAG-05"}
    assert shown("pass") == {"PAG-01"}
    assert shown("error") == {"PAG-05"}
    assert len(shown("todas")) == 5


def test_trouble_in_reaching_a_provider_is_never_a_failure(
    make_market, free_port
) -> None:
    market = make_market(allow_private_targets="1")
    owner = market.person("duena")
    submission_id = market.submit(owner, base_url=f"http://127.0.0.1:{free_port}")
    run_id = asked(market, submission_id, owner)

    market.worker().drain()

    run = market.run(run_id)
    assert (run.state, run.verdict) == ("finished", "inconclusive")
    assert run.summary["fail"] == 0
    assert market.state(submission_id) == "draft"
    page = market.browser(owner).get(f"/pruebas/{run_id}").text
    assert "Sin conclusión" in page
    assert "No se pudo contactar" in page


def test_one_run_at_a_time_for_each_connector(market, owner) -> None:
    submission_id = market.submit(owner)
    browser = market.browser(owner)

    first = browser.post(f"/conectores/{submission_id}/pruebas")
    second = browser.post(f"/conectores/{submission_id}/pruebas")

    assert (first.status_code, second.status_code) == (302, 409)
    assert "Ya hay una prueba" in second.text


def test_an_account_cannot_flood_the_line(market, owner) -> None:
    for n in range(runs.Limits().at_once):
        asked(market, market.submit(owner, base_url=f"https://a{n}.gob.mx"), owner)

    with pytest.raises(ConflictError, match="Espere a que termine una"):
        asked(market, market.submit(owner), owner)


def test_the_page_says_the_place_in_the_line(market, owner) -> None:
    other = market.person("otra")
    asked(market, market.submit(other), other)
    run_id = asked(market, market.submit(owner), owner)

    told = market.browser(owner).get(f"/pruebas/{run_id}/avance.json").json

    assert (told["state"], told["position"]) == ("queued", 2)
    assert told["said"] == "Su prueba es la número 2 de la fila."


def test_a_provider_is_tested_by_one_run_at_a_time(market, owner) -> None:
    other = market.person("otra")
    asked(market, market.submit(owner), owner)
    asked(market, market.submit(other), other)
    later = asked(market, market.submit(other, base_url="https://b.gob.mx"), other)

    with market.database.transaction() as session:
        taken = [runs.claim(session, market.clock.tick()) for _ in range(3)]

    assert [run.id if run else None for run in taken] == [1, later, None]


def test_progress_is_told_with_counts_and_time_left(market, owner) -> None:
    run_id = asked(market, market.submit(owner), owner)
    with market.database.transaction() as session:
        run = runs.claim(session, market.clock())
        later = market.clock.tick(seconds=10)
        assert runs.beat(session, run, later, done=10, total=40, doing="Una prueba")
        standing = runs.standing(session, session.get_one(Run, run_id), later)

    assert (standing.done, standing.total, standing.remaining_s) == (10, 40, 30)
    assert standing.doing == "Una prueba"


def test_a_queued_run_is_cancelled_at_once(market, owner) -> None:
    run_id = asked(market, market.submit(owner), owner)

    market.browser(owner).post(f"/pruebas/{run_id}/cancelar")

    assert market.run(run_id).state == "cancelled"
    assert market.worker().drain() == 0


def test_a_running_run_stops_when_asked(make_market) -> None:
    market = make_market(allow_private_targets="1")
    owner = market.person("duena")
    with serving(Slow) as url:
        submission_id = market.submit(owner, base_url=url)
        run_id = asked(market, submission_id, owner)
        working = threading.Thread(target=market.worker().drain)
        working.start()
        wait_for(lambda: market.run(run_id).state == "running")
        market.browser(owner).post(f"/pruebas/{run_id}/cancelar")
        working.join(timeout=20)

    assert not working.is_alive()
    assert market.run(run_id).state == "cancelled"
    with market.database.transaction() as session:
        assert session.get(StoredReport, run_id) is None


def test_a_run_has_an_end_even_against_a_server_that_never_ends(make_market) -> None:
    market = make_market(allow_private_targets="1")
    owner = market.person("duena")
    with serving(Slow) as url:
        run_id = asked(market, market.submit(owner, base_url=url), owner)
        market.worker(time_limit_s=3.0).drain()

    run = market.run(run_id)
    assert (run.state, run.verdict) == ("finished", "inconclusive")
    assert run.summary["fail"] == 0


def test_a_bomb_is_not_unpacked(make_market) -> None:
    market = make_market(allow_private_targets="1")
    owner = market.person("duena")
    with serving(Bomb) as url:
        run_id = asked(market, market.submit(owner, base_url=url), owner)
        market.worker(time_limit_s=8.0).drain()

    assert market.run(run_id).state == "finished"
    assert len(market.run(run_id).summary) == 5
    with market.database.transaction() as session:
        stored = session.get_one(StoredReport, run_id)
        assert len(zlib.decompress(stored.packed)) < 5_000_000


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0.0.0.0",
    ],
)
def test_the_runner_never_calls_this_machine(market, owner, host: str) -> None:
    with serving(Recorder) as url:
        port = url.rpartition(":")[2]
        submission_id = smuggled(market, owner, f"http://{host}:{port}")
        run_id = asked(market, submission_id, owner)
        market.worker(time_limit_s=20.0).drain()
        seen = list(Recorder.seen)

    assert seen == []
    run = market.run(run_id)
    assert run.verdict in ("", "inconclusive")
    assert run.summary.get("fail", 0) == run.summary.get("pass", 0) == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[fc00::1]",
        "http://10.0.0.1",
        "http://192.168.0.1:8080",
        "file:///etc/passwd",
        "gopher://127.0.0.1:70/x",
        "http://user:secret@127.0.0.1",
    ],
)
def test_the_runner_refuses_what_the_form_would(market, owner, url: str) -> None:
    run_id = asked(market, smuggled(market, owner, url), owner)

    market.worker(time_limit_s=20.0).drain()

    run = market.run(run_id)
    assert run.state in ("failed", "finished")
    assert run.verdict in ("", "inconclusive")
    assert run.summary.get("pass", 0) == run.summary.get("fail", 0) == 0


def test_a_redirect_inside_is_not_followed(make_market) -> None:
    market = make_market(allow_private_targets="1")
    owner = market.person("duena")
    with serving(Recorder) as inside:
        Redirector.target = f"{inside}/latest/meta-data"
        with serving(Redirector) as url:
            asked(market, market.submit(owner, base_url=url), owner)
            market.worker(time_limit_s=30.0).drain()
        seen = list(Recorder.seen)

    assert seen
    assert not any(request.startswith("/latest/meta-data") for request in seen)


def test_the_secrets_reach_the_provider_and_nothing_else(make_market, caplog) -> None:
    market = make_market(allow_private_targets="1")
    owner = market.person("duena")
    secrets = ("el-secreto-del-cliente", "la-contrasena-del-usuario")
    with serving(Recorder) as url:
        run_id = asked(market, market.submit(owner, base_url=url), owner)
        market.worker(time_limit_s=30.0).drain()
        sent = "\n".join(Recorder.seen)
    browser = market.browser(owner)
    kept = [
        browser.get(f"/pruebas/{run_id}?resultado=todas").text,
        browser.get(f"/api/v1/runs/{run_id}/report.json").text,
        browser.get(f"/api/v1/runs/{run_id}/junit.xml").text,
        caplog.text,
    ]

    assert secrets[1] in sent
    for text in kept:
        assert not any(secret in text for secret in secrets)


def test_a_dead_worker_is_noticed_and_the_run_repeated_once(market, owner) -> None:
    run_id = asked(market, market.submit(owner), owner)
    states = []
    for _ in range(2):
        with market.database.transaction() as session:
            runs.claim(session, market.clock.tick())
        later = market.clock.tick(seconds=31)
        with market.database.transaction() as session:
            assert runs.sweep(session, later) == 1
        states.append(market.run(run_id).state)

    assert states == ["queued", "interrupted"]
    assert "falla nuestra" in market.run(run_id).message


def test_a_worker_that_was_given_up_for_dead_changes_nothing(market, owner) -> None:
    run_id = asked(market, market.submit(owner), owner)
    with market.database.transaction() as session:
        first = runs.claim(session, market.clock.tick())
    with market.database.transaction() as session:
        runs.sweep(session, market.clock.tick(seconds=60))
        second = runs.claim(session, market.clock.tick())

    with market.database.transaction() as session:
        now = market.clock()
        assert not runs.beat(session, first, now, done=9, total=9, doing="")
        assert runs.held(session, first) is None
        assert runs.held(session, second).id == run_id


def test_a_live_worker_is_left_alone(market, owner) -> None:
    asked(market, market.submit(owner), owner)
    with market.database.transaction() as session:
        run = runs.claim(session, market.clock())
    for _ in range(5):
        with market.database.transaction() as session:
            later = market.clock.tick(seconds=20)
            runs.beat(session, run, later, done=1, total=9, doing="")
            assert runs.sweep(session, later) == 0


def test_a_worker_killed_in_the_middle_loses_no_run(make_market) -> None:
    market = make_market(allow_private_targets="1")
    owner = market.person("duena")
    with serving(Slow) as url:
        submission_id = market.submit(owner, base_url=url)
        run_id = asked(market, submission_id, owner)
        process = worker_process(market)
        try:
            wait_for(lambda: market.run(run_id).state == "running")
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    assert market.run(run_id).state == "running"

    market.clock.at = market.run(run_id).heartbeat_at
    market.clock.tick(seconds=60)
    with market.database.transaction() as session:
        session.get_one(Submission, submission_id).base_url = "http://127.0.0.1:9"
    market.worker().drain()

    assert market.run(run_id).state == "finished"
    assert market.run(run_id).attempts == 2


def test_a_request_for_a_run_wakes_the_worker(make_market, free_port) -> None:
    market = make_market(allow_private_targets="1")
    owner = market.person("duena")
    submission_id = market.submit(owner, base_url=f"http://127.0.0.1:{free_port}")
    process = worker_process(market)
    try:
        market.browser(owner).post(f"/conectores/{submission_id}/pruebas")
        wait_for(lambda: market.run(1).state == "finished", 120.0)
    finally:
        process.terminate()
        assert process.wait(timeout=15) == 0


def test_a_large_result_is_shown_whole_and_in_little_space(
    market, owner, reports
) -> None:
    made_report, made_result = reports
    many = [
        made_result(f"PAG-{n:03}", Outcome.FAIL, curl="curl " + "x" * 4000)
        for n in range(300)
    ]
    run_id = market.tested(market.submit(owner), owner, made_report(*many))

    answer = market.browser(owner).get(f"/pruebas/{run_id}")

    assert answer.status_code == 200
    assert all(f"PAG-{n:03}" in answer.text for n in range(300))
    assert len(answer.data) < 3_000_000


def asked(market, submission_id: int, person) -> int:
    with market.database.transaction() as session:
        submission = session.get_one(Submission, submission_id)
        return runs.request(session, submission, person, market.clock.tick()).id


def smuggled(market, owner, url: str) -> int:
    """Put an address that the form refuses straight into the database."""
    submission_id = market.submit(owner)
    with market.database.transaction() as session:
        session.get_one(Submission, submission_id).base_url = url
    return submission_id


def wait_for(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.1)


def worker_process(market) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from pdn_marketplace.cli import main; main()",
            "worker",
        ],
        env={
            **os.environ,
            "PDN_MARKETPLACE_DATA": str(market.config.data),
            "PDN_MARKETPLACE_ALLOW_PRIVATE_TARGETS": "1",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class Recorder(BaseHTTPRequestHandler):
    """Takes down whatever reaches it."""

    seen: ClassVar[list[str]] = []

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        type(self).seen.append(f"{self.path} {self.headers} {body.decode()}")
        self.answer(b'{"code": "404", "message": "no"}')

    def answer(self, body: bytes) -> None:
        self.send_response(404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.handle_any
        raise AttributeError(name)


class Redirector(Recorder):
    target = ""

    def answer(self, body: bytes) -> None:
        del body
        self.send_response(307)
        self.send_header("Location", self.target)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Slow(Recorder):
    """Sends a byte now and then, for ever."""

    def answer(self, body: bytes) -> None:
        del body
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.2)
        except OSError:
            pass


class Bomb(Recorder):
    """A small answer that unpacks to a gigabyte of blanks."""

    packed = b""

    def answer(self, body: bytes) -> None:
        del body
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(self.packed)))
        self.end_headers()
        self.wfile.write(self.packed)


@pytest.fixture(scope="module", autouse=True)
def _bomb() -> None:
    squeeze = zlib.compressobj(wbits=31)
    megabyte = b" " * 1_000_000
    Bomb.packed = b"".join(squeeze.compress(megabyte) for _ in range(1000))
    Bomb.packed += squeeze.flush()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def serving(handler: type[Recorder]) -> Iterator[str]:
    Recorder.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_queue_in_redis_asks_for_its_package(market, monkeypatch) -> None:
    monkeypatch.setattr("huey.storage.Redis", None)
    config = replace(market.config, queue_url="redis://localhost:6379/0")

    with pytest.raises(ConfigurationError, match="pip install redis"):
        jobs.queue(config, lambda: 0)
