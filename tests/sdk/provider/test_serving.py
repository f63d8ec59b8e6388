"""A provider as a server: over the network, by gunicorn, and how it ends."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import requests

from pdn_sdk.errors import ConfigurationError
from pdn_sdk.provider.serving import running, serve

PDN = str(Path(sys.executable).with_name("pdn"))
LAST_WORDS = "  Ctrl+C la detiene.\n"
WAIT_S = 30


@pytest.fixture
def project(make_settings, tmp_path):
    make_settings()
    return tmp_path


@pytest.fixture
def server(project, request):
    """Start `pdn serve` on a free port; give its process, its URL and its words."""
    process = subprocess.Popen(
        [PDN, "serve", "--port", "0", "--workers", getattr(request, "param", "2")],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    process.told = "".join(iter(process.stdout.readline, LAST_WORDS))
    yield process, re.search(r"http://\S+", process.told).group()
    process.kill()
    process.communicate(timeout=WAIT_S)


def _serving(url):
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        try:
            return requests.get(f"{url}/healthz", timeout=5).status_code == 200
        except requests.ConnectionError:
            continue
    return False


def test_server_in_this_process_answers_and_ends(served):
    with running(served.app) as base:
        answer = requests.get(f"{base}/healthz", timeout=5)

    assert answer.status_code == 200
    assert answer.headers["Server"] == "pdn"
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{base}/healthz", timeout=5)


@pytest.mark.parametrize("size", [999_000, 1_000_001, 15_000_000])
def test_big_body_is_answered_over_the_network(served, size):
    body = b'{"x": "' + b"x" * size + b'"}'
    headers = {**served.headers(), "Content-Type": "application/json"}

    with running(served.app) as base:
        answer = requests.post(f"{base}/v1/spic", body, headers=headers, timeout=10)

    assert answer.status_code == (200 if size < 1_000_000 else 413)


def test_gunicorn_serves_with_several_processes(server):
    process, url = server
    assert _serving(url)
    for _ in range(20):
        requests.get(f"{url}/healthz", timeout=5)

    text = requests.get(f"{url}/metrics", timeout=5).text

    assert 'pdn_requests_total{route="/healthz",status="200"} 21' in text
    assert len(psutil.Process(process.pid).children()) == 2


def test_server_that_is_told_to_end_leaves_nobody_behind(server):
    process, url = server
    assert _serving(url)
    workers = psutil.Process(process.pid).children(recursive=True)

    process.send_signal(signal.SIGTERM)

    assert process.wait(WAIT_S) == 0
    assert workers
    assert psutil.wait_procs(workers, timeout=WAIT_S)[1] == []


def test_worker_that_is_killed_is_replaced_and_its_counts_stay(server):
    process, url = server
    assert _serving(url)
    workers = psutil.Process(process.pid).children()
    for worker in workers:
        worker.kill()
    psutil.wait_procs(workers, timeout=WAIT_S)

    assert _serving(url)
    text = requests.get(f"{url}/metrics", timeout=5).text
    assert 'pdn_requests_total{route="/healthz",status="200"} 2' in text


# Alone: gunicorn kills, and says so, a worker told to end while it was beginning.
@pytest.mark.parametrize("server", ["1"], indirect=True)
def test_welcome_says_where_and_what_is_missing(server):
    process, url = server
    assert _serving(url)
    process.send_signal(signal.SIGINT)

    _, err = process.communicate(timeout=WAIT_S)

    assert f"{url}/docs" in process.told
    assert "pdn load" in process.told
    assert "pdn client add" in process.told
    assert [json.loads(line)["route"] for line in err.splitlines()] == ["/healthz"]


def test_port_that_is_taken_says_what_to_do(make_settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(ConfigurationError, match=f"--port {port + 1}"):
            serve(make_settings(port=port))


def test_address_of_another_machine_says_what_to_do(make_settings):
    with pytest.raises(ConfigurationError, match="no es de este equipo"):
        serve(make_settings(host="203.0.113.1"))
