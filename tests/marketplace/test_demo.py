"""The demonstration: its folder, its processes, what it says, and all of it."""

import io
import os
import re
import signal
import socket
import subprocess
import sys

import pytest
import requests
from rich.console import Console

from pdn_marketplace.demo.folder import DemoFolder
from pdn_marketplace.demo.processes import LOOPBACK, Processes, free_port
from pdn_marketplace.demo.visitor import Person
from pdn_marketplace.demo.voice import Ending, Voice
from pdn_marketplace.errors import DemoError
from pdn_sdk.conformance.results import Verdict

DEMO = [sys.executable, "-c", "from pdn_marketplace.cli import main; main()", "demo"]


@pytest.fixture
def processes(tmp_path):
    with Processes(os.environ, tmp_path) as found:
        yield found


@pytest.fixture
def taken():
    """A port that somebody uses."""
    with socket.socket() as door:
        door.bind((LOOPBACK, 0))
        door.listen()
        yield door.getsockname()[1]


def test_a_busy_port_gives_way_to_the_next_one_free(taken):
    assert free_port(taken) > taken


def test_a_folder_with_files_of_somebody_is_left_alone(tmp_path):
    (tmp_path / "tesis.docx").write_text("importante")

    with pytest.raises(DemoError, match="no son de la demostración"):
        DemoFolder(tmp_path).__enter__()

    assert (tmp_path / "tesis.docx").exists()


def test_the_folder_of_an_earlier_demonstration_is_emptied(tmp_path):
    with DemoFolder(tmp_path) as first:
        (first.path / "proyecto").mkdir()
        (first.path / "nota.txt").write_text("de antes")

    with DemoFolder(tmp_path) as second:
        left = sorted(p.name for p in second.path.iterdir() if p.name[0] != ".")

    assert left == ["mercado", "registros"]


def test_two_demonstrations_do_not_share_a_folder(tmp_path):
    with DemoFolder(tmp_path), pytest.raises(DemoError, match="en marcha"):
        DemoFolder(tmp_path).__enter__()


def test_a_command_that_fails_says_what_it_said(processes, tmp_path):
    with pytest.raises(DemoError, match="No existe"):
        processes.run(["pdn", "standards", "show", "s99"], tmp_path)


def test_a_server_that_ends_by_itself_is_noticed_with_its_last_words(
    processes, tmp_path
):
    processes.serve("Un servidor", ["pdn", "standards", "show", "s99"], tmp_path)

    with pytest.raises(DemoError, match="Un servidor se detuvo"):
        processes.wait_for("Un servidor", f"http://{LOOPBACK}:9/")


def test_settings_that_a_person_exported_do_not_reach_the_demonstration(tmp_path):
    exported = {**os.environ, "PDN_MARKETPLACE_DATA": "/nowhere/at/all"}
    with Processes(exported, tmp_path) as processes:
        done = processes.run(["pdn-marketplace", "init"], tmp_path)

    assert f"Datos en {tmp_path / 'data'}" in done.output


def test_no_line_is_longer_than_the_terminal():
    heard = io.StringIO()
    voice = Voice(Console(file=heard, width=200), 6)
    with voice.step("Un paso"):
        voice.good("Una ruta " + "muy/larga/" * 20)
        voice.load(load_report())
    voice.ending(ending())

    assert max(map(len, heard.getvalue().splitlines())) <= 80


def test_what_was_rejected_is_told_with_its_cause_and_its_file():
    heard = io.StringIO()
    Voice(Console(file=heard), 6).load(load_report())
    said = heard.getvalue()

    assert "300 filas leídas = 279 cargadas + 21 por corregir" in said
    assert "21 filas · Fecha de alta: La fecha no existe." in said
    assert "rechazos.xlsx" in said


def test_the_ending_tells_the_verdict_the_addresses_and_the_sign_ins():
    heard = io.StringIO()
    Voice(Console(file=heard), 6).ending(ending())
    said = heard.getvalue()

    for told in ("✓ Conforme.", "40 cumplen", "http://127.0.0.1:8000/", "clave-larga"):
        assert told in said


def load_report():
    return {
        "read": 300,
        "loaded": 279,
        "rejected": 21,
        "skipped": [{"row": 308, "text": "TOTAL"}],
        "causes": [
            {"rows": 21, "column": "Fecha de alta", "message": "La fecha no existe."}
        ],
        "tray": "rechazos.xlsx",
    }


def ending():
    return Ending(
        verdict=Verdict.CONFORMANT,
        sentence="Conforme.",
        summary={"pass": 40, "fail": 0},
        addresses={"Mercado Digital": "http://127.0.0.1:8000/"},
        people=(Person("a@b.mx", "A", "B", "contributor", "clave-larga"),),
    )


def test_from_a_workbook_to_a_verdict_and_nothing_is_left_running(tmp_path, taken):
    done = subprocess.run(
        [*DEMO, "--check", "--port", str(taken)],
        check=False,
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert f"El puerto {taken} está ocupado" in done.stdout
    for told in ("300 filas leídas = 279 cargadas + 21 por corregir", "✓ Conforme"):
        assert told in done.stdout
    for address in re.findall(r"http://127\.0\.0\.1:\d+/", done.stdout):
        with pytest.raises(requests.ConnectionError):
            requests.get(address, timeout=5)


def test_being_told_to_end_in_the_middle_ends_everything(tmp_path):
    with subprocess.Popen(
        DEMO, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as demo:
        provider = next(
            found.group(1)
            for line in demo.stdout
            if (found := re.search(r"Responde en (http://\S+)", line))
        )
        demo.send_signal(signal.SIGTERM)
        said = demo.stdout.read()

    assert demo.returncode == 0
    assert "Todo quedó detenido" in said
    with pytest.raises(requests.ConnectionError):
        requests.get(provider, timeout=5)
