"""`pdn check` as people and scripts use it: options, files, exits, words."""

import json
import subprocess
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.sdk.faults.good import Provider, good_records
from tests.sdk.hostile import SECRETS, echoing, hostile
from tests.sdk.reports import failing, report, result

from pdn_sdk.cli.main import group, speak_spanish
from pdn_sdk.conformance.report import from_json, to_json
from pdn_sdk.conformance.results import Outcome
from pdn_sdk.errors import ConfigurationError, UnknownStandardError
from pdn_sdk.provider.serving import running
from pdn_sdk.standards.loader import get
from pdn_sdk.standards.synthetic import records
from pdn_sdk.storage.sql import RecordStore

NOBODY = "http://127.0.0.1:9"
ACCESS = ("--client-id", "pdn", "--username", "pdn")
KNOWN = {"PDN_CLIENT_SECRET": SECRETS[0], "PDN_PASSWORD": SECRETS[1]}
ONE = ("--only", "PAG-01")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("proyecto")


@pytest.fixture(scope="module")
def provider(folder):
    return Provider(folder, good_records(count=20))


@pytest.fixture(scope="module")
def served(provider):
    """Give the options that reach a good provider, and its secrets."""
    with running(provider.app) as base:
        target = asdict(provider.target(base))
        yield (
            *("--url", base, "--token-url", f"{base}/oauth/token"),
            *("--client-id", target["client_id"], "--username", target["username"]),
            *("--client-secret", target["client_secret"]),
            *("--password", target["password"]),
        )


def check(*words, **environ):
    speak_spanish()
    return CliRunner().invoke(
        group, ["check", *words], env={"COLUMNS": "80", **environ}
    )


def at(base):
    return ("--url", base, "--token-url", f"{base}/oauth/token", *ACCESS)


def test_conformant_provider_ends_with_zero_and_says_so(served):
    outcome = check(*served, *ONE)

    assert outcome.exit_code == 0
    assert outcome.stdout.strip().startswith("✓ Conforme")
    assert "Sólo se hizo la prueba elegida." in " ".join(outcome.stdout.split())


def test_provider_that_fails_ends_with_one():
    with hostile(echoing) as base:
        outcome = check(*at(base), *ONE, "--only", "ACC-01", **KNOWN)

    assert outcome.exit_code == 1
    assert outcome.stdout.strip().startswith("✗ No conforme")
    assert not any(secret in outcome.output for secret in SECRETS)


def test_provider_that_is_not_there_ends_with_three():
    outcome = check(*at(NOBODY), *ONE, **KNOWN)

    assert outcome.exit_code == 3
    assert outcome.stdout.strip().startswith("? Sin conclusión")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "Falta --url, la dirección de la API hasta antes de «/v1/spic»"),
        (("--url", "https://api.mx/v1/spic/"), "Escriba: --url https://api.mx"),
        (("--url", NOBODY), "Falta con qué entrar: --token-url, --client-id"),
        (at(NOBODY), "--client-secret (o la variable PDN_CLIENT_SECRET)"),
        ((*at(NOBODY), "--category", "seguro"), "seguridad, funcional, estres"),
        ((*at(NOBODY), "--only", "PAG-99"), "pdn standards coverage s2"),
        ((*at(NOBODY), "--profile", "duro"), "'duro'"),
        ((*at(NOBODY), "--timeout", "0"), "0.0"),
        ((*at(NOBODY), "--report", "no/hay/r.json"), "la carpeta «no/hay» no existe"),
        ((*at(NOBODY), "--rerun-failed", "no.json"), "no.json"),
        ((*at(NOBODY), "--local"), "provider.toml"),
        (("--otra",), "--otra"),
    ],
)
def test_wrong_usage_ends_with_two_and_says_what_to_type(
    words, told, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)

    outcome = check(*words)

    said = " ".join(outcome.stderr.split()) or outcome.exception.message
    assert told in said
    assert outcome.exit_code == 2 or isinstance(outcome.exception, ConfigurationError)


def test_wrong_usage_shows_an_order_that_can_be_copied():
    said = check("--url", NOBODY).stderr

    assert "pdn check --standard s2 --url https://api.ejemplo.gob.mx \\" in said
    assert "pdn check --local" in said
    assert max(map(len, said.splitlines()[3:])) <= 200


def test_unknown_standard_is_told_with_those_there_are():
    outcome = check("--standard", "s77", *at(NOBODY), **KNOWN)

    assert isinstance(outcome.exception, UnknownStandardError)
    assert "s2" in outcome.exception.message


def test_address_is_not_asked_for_twice_between_local_and_url(
    provider, folder, monkeypatch
):
    monkeypatch.chdir(folder)

    outcome = check("--local", "--url", NOBODY)

    assert outcome.exit_code == 2
    assert "deje sólo una de las dos" in " ".join(outcome.stderr.split())


def test_every_form_of_the_report_is_written_where_it_is_asked(served, tmp_path):
    paths = {
        kind: tmp_path / f"r.{kind}" for kind in ("report", "html", "junit", "acta")
    }
    asked = [w for kind, path in paths.items() for w in (f"--{kind}", str(path))]

    outcome = check(*served, *ONE, *asked, "--institution", "Peñamiller")

    assert outcome.stderr.count("✓ Se escribió") == 4
    assert from_json(paths["report"].read_bytes()).summary["pass"] == 1
    assert paths["html"].read_text(encoding="utf-8").startswith("<!doctype html>")
    assert paths["junit"].read_text(encoding="utf-8").startswith("<?xml")
    assert paths["acta"].read_bytes().startswith(b"%PDF")


def test_json_goes_alone_to_the_output_and_the_words_to_the_errors(served):
    outcome = check(*served, *ONE, "--json")

    assert json.loads(outcome.stdout)["verdict"] == "conformant"
    assert "✓ Conforme" in outcome.stderr


def test_files_are_whole_where_nobody_reads_the_verdict(served, tmp_path):
    path = tmp_path / "r.json"
    command = str(Path(sys.executable).with_name("pdn"))
    order = [command, "check", *served, *ONE, "--report", str(path)]

    with subprocess.Popen(
        order, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        process.stdout.close()

    assert from_json(path.read_bytes()).summary["pass"] == 1


@pytest.mark.parametrize("where", ["--report", "--html", "--junit"])
def test_secrets_are_in_no_file(where, tmp_path):
    path = tmp_path / "salida"

    with hostile(echoing) as base:
        check(*at(base), "--only", "ACC-01,PAG-01", where, str(path), **KNOWN)

    kept = path.read_text(encoding="utf-8")
    assert kept
    assert not any(secret in kept for secret in SECRETS)


def test_categories_may_carry_their_accent(served):
    told = check(*served, "--category", "estrés", "--json").stdout

    assert {c["category"] for c in json.loads(told)["checks"]} == {"estres"}


def test_failed_checks_are_repeated_and_the_rest_stays(served, tmp_path):
    base = served[1]
    target = {"base_url": base, "environment": "development"}
    path = tmp_path / "antes.json"
    earlier = report(result("SEA-01"), failing("PAG-01"), target=target)
    path.write_text(to_json(earlier), encoding="utf-8")

    outcome = check(*served[2:], "--rerun-failed", str(path), "--json")

    after = from_json(outcome.stdout)
    assert outcome.exit_code == 0
    assert [(r.id, r.outcome) for r in after.checks] == [
        ("SEA-01", Outcome.PASS),
        ("PAG-01", Outcome.PASS),
    ]
    assert after.rerun.checks == ("PAG-01",)


def test_nothing_to_repeat_is_said_and_nothing_is_sent(tmp_path):
    path = tmp_path / "antes.json"
    path.write_text(to_json(report(result())), encoding="utf-8")

    outcome = check(*at(NOBODY), "--rerun-failed", str(path), **KNOWN)

    assert outcome.exit_code == 2
    assert "todo salió bien" in " ".join(outcome.stderr.split())


def test_local_project_is_started_checked_and_left_as_it_was(
    provider, folder, monkeypatch
):
    monkeypatch.chdir(folder)
    before = sorted(path.name for path in folder.rglob("*"))

    outcome = check("--local", *ONE)

    assert outcome.exit_code == 0, outcome.output
    assert sorted(path.name for path in folder.rglob("*")) == before


def test_requests_are_told_and_bounded(served):
    told = check(*served, "--only", "PAG-01,PAG-02,REC-01", "--max-requests", "2")

    assert told.exit_code == 3
    assert "2 solicitudes" in told.stdout
    assert "--max-requests" in told.stdout


def test_help_fits_in_eighty_columns_and_leaks_no_english():
    told = check("--help").output

    assert max(map(len, told.splitlines())) <= 80
    for heading in ("Qué se prueba:", "Con qué se entra:", "Qué se escribe:"):
        assert heading in told
    for leak in ("Usage", "Options", "Show this", "default", "env var", "<=x"):
        assert leak not in told


@pytest.fixture
def several(tmp_path, monkeypatch):
    """A project of two standards."""
    keys = ("s2", "s3s")
    (tmp_path / "provider.toml").write_text(
        f'[provider]\nname = "Municipio"\nstandards = {json.dumps(keys)}\n', "utf-8"
    )
    datasets = [get(key).datasets[0] for key in keys]
    with closing(RecordStore.open(tmp_path / "data/provider.db", datasets)) as store:
        for dataset in datasets:
            with store.load(dataset) as load:
                for record in records(dataset, 8):
                    load.put(record)
    monkeypatch.chdir(tmp_path)
    return keys


def test_every_standard_of_a_project_is_tried_unless_one_is_chosen(several):
    every = check("--local", "--category", "estres")
    one = check("--local", "--category", "estres", "--standard", several[1])

    assert "S2 v1.1" in every.stdout
    assert "S3S v1.1" in every.stdout
    assert "S2 v1.1" not in one.stdout
    assert every.exit_code == one.exit_code


def test_one_report_is_of_one_standard(several, tmp_path):
    outcome = check("--local", "--report", str(tmp_path / "r.json"))

    assert isinstance(outcome.exception, ConfigurationError)
    assert "--standard: s2, s3s" in outcome.exception.message
