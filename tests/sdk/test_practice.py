"""Practice mode: the provider fails on purpose, says so, and changes nothing."""

import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from tests.sdk.faults.good import Provider, good_records
from tests.sdk.faults.items_good import Provider as ItemsProvider

from pdn_sdk.cli.main import group, speak_spanish
from pdn_sdk.conformance import runner
from pdn_sdk.conformance.target import Options
from pdn_sdk.errors import ConfigurationError
from pdn_sdk.practice.application import fault_named, faulty, practicable
from pdn_sdk.practice.items.planting import STANDARD as ITEMS
from pdn_sdk.practice.terms import ALL_TERMS, S2
from pdn_sdk.provider.serving import running

PDN = str(Path(sys.executable).with_name("pdn"))
LAST_WORDS = "  Ctrl+C la detiene.\n"


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    return Provider(tmp_path_factory.mktemp("good"), good_records(60))


@pytest.fixture
def project(tmp_path):
    written = '[provider]\nname = "Municipio"\nstandards = ["s2"]\nport = 0\n'
    (tmp_path / "provider.toml").write_text(written, encoding="utf-8")
    return tmp_path


def pdn(*words, **environ):
    speak_spanish()
    return CliRunner().invoke(group, list(map(str, words)), env=environ)


@contextmanager
def practising(provider, name):
    standard = provider.terms.standard
    fault = fault_named(standard, name)
    with running(faulty(provider.app, standard, fault, provider.credential)) as base:
        yield base


def check(provider, base, *checks):
    target = provider.target(base)
    return runner.run(target, Options(only=frozenset(checks))).checks


@pytest.mark.parametrize(
    ("name", "check_id"),
    [
        ("siguiente_de_mas", "PAG-08"),
        ("contrasena_sin_comprobar", "ACC-05"),
        ("exige_acentos", "SEA-05[nombres]"),
        ("acentos_rotos", "REC-02"),
        ("token_lento", "ACC-09"),
    ],
)
def test_served_fault_is_caught_by_its_check(provider, name, check_id):
    with practising(provider, name) as base:
        results = check(provider, base, check_id)

    assert {r.outcome for r in results} <= {"fail", "warn"}, results


@pytest.mark.parametrize(
    ("key", "name", "check_id"),
    [
        ("s1", "rango_exacto_ignorado", "RNG-01"),
        ("s1", "reservado_r02", "PRI-05[R02]"),
        ("s1", "seccion_mal_escrita", "VAR-02"),
        ("s6", "media_ventana", "SEA-42"),
        ("s6", "contrasena_en_el_token", "ACC-33"),
        ("s6", "ocid_sin_prefijo", "REC-30[S6-030]"),
    ],
)
def test_faults_of_declarations_and_contracts_are_served(
    good_provider, key, name, check_id
):
    provider = good_provider(key)
    with practising(provider, name) as base:
        results = check(provider, base, check_id)

    assert {"fail", "warn"} & {r.outcome for r in results}, results


def test_the_rest_of_a_practice_provider_is_right(provider):
    with practising(provider, "siguiente_de_mas") as base:
        results = check(provider, base, "PAG-01", "REC-01", "ACC-01")

    assert {r.outcome for r in results} == {"pass"}


def test_every_answer_says_that_it_fails_on_purpose(provider):
    with practising(provider, "siguiente_de_mas") as base:
        answers = [requests.get(base + p, timeout=5) for p in ("/healthz", "/nada")]

    assert all("a proposito" in a.headers["X-Pdn-Practica"] for a in answers)


@pytest.mark.parametrize("terms", ALL_TERMS, ids=lambda t: t.standard.key)
def test_a_fault_is_called_by_its_name_alone(terms):
    names = [fault.name for fault in practicable(terms.standard)]

    assert len(names) > 100
    assert len(names) == len(set(names))


def test_unknown_fault_says_where_to_see_them():
    with pytest.raises(ConfigurationError, match="--list-faults"):
        fault_named(S2.standard, "nada")


def test_faults_are_listed_with_what_they_break(project):
    told = pdn("serve", "--project", project, "--list-faults")

    assert told.exit_code == 0
    assert "siguiente_de_mas  (PAG-08)" in told.output
    assert "Anuncia otra página cuando la última está llena." in told.output


def test_public_api_is_never_made_to_fail(project):
    public = {"PDN_PUBLIC_URL": "https://datos.ejemplo.gob.mx"}

    told = pdn("serve", "--project", project, "--fault", "siguiente_de_mas", **public)

    assert isinstance(told.exception, ConfigurationError)
    assert "pública" in told.exception.message


@pytest.mark.parametrize(
    ("name", "check_id"),
    [
        ("token_sin_mayusculas", "ACC-75"),
        ("total_filtrado", "PAG-73"),
        ("autoridad_numerica", "REC-71"),
        ("grupos_ignorados", "FIL-16"),
    ],
)
def test_faults_of_items_are_served(tmp_path, name, check_id):
    good = ItemsProvider(tmp_path)
    fault = fault_named(ITEMS, name)
    credential = {"token": good.served.token, "reserved": good.served.reserved}
    with running(faulty(good.served.app, ITEMS, fault, credential)) as base:
        only = Options(only=frozenset({f"{check_id}[{fault.collection}]", check_id}))
        results = runner.run(good.target(base), only).checks

    assert {"fail", "warn"} & {r.outcome for r in results}, results


def test_project_of_items_lists_its_own_faults(project):
    items = {"PDN_STANDARDS": "s3v2"}

    told = pdn("serve", "--project", project, "--list-faults", **items)

    assert "token_sin_mayusculas" in told.output
    assert "siguiente_de_mas" not in told.output


def test_serving_a_fault_warns_and_leaves_no_credential(project):
    order = [PDN, "serve", "--fault", "siguiente_de_mas"]
    with subprocess.Popen(
        order, cwd=project, stdout=-1, stderr=-1, text=True
    ) as process:
        told = "".join(iter(process.stdout.readline, LAST_WORDS))
        url = re.search(r"http://\S+", told).group()
        answer = requests.get(f"{url}/healthz", timeout=10)
        process.terminate()
        _, complaints = process.communicate(timeout=30)

    assert "X-Pdn-Practica" in answer.headers
    assert "PRÁCTICA: esta API falla a propósito" in complaints
    assert "pdn check --local" not in told
    listed = pdn("client", "list", "--project", project)
    assert "práctica" not in listed.output
