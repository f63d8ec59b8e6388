"""`pdn new` as a person uses it: asked, told all at once, and refused."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from pdn_sdk.cli.main import group, speak_spanish
from pdn_sdk.errors import PdnError
from pdn_sdk.ingest.contract import connector_folders
from pdn_sdk.standards import loader
from pdn_sdk.standards.loader import all_standards

PDN = str(Path(sys.executable).with_name("pdn"))


def _pdn(folder, *arguments):
    return subprocess.run(
        [PDN, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def _asked(answers, *arguments):
    speak_spanish()
    return CliRunner().invoke(group, ["new", *arguments], input=answers)


def _invoke(*arguments, code=0):
    outcome = CliRunner().invoke(group, list(arguments))
    assert outcome.exit_code == code, (outcome.output, outcome.exception)
    return outcome


def _refusal(*arguments):
    outcome = CliRunner().invoke(group, ["new", "--no-input", *arguments])
    assert isinstance(outcome.exception, PdnError), outcome.output
    return outcome.exception.message


def _settings(project):
    return tomllib.loads((project / "provider.toml").read_text("utf-8"))


@pytest.fixture
def second(tmp_path, monkeypatch):
    """A second standard beside S2: its copy under other names, with two datasets."""
    folder = tmp_path / "estandar"
    shutil.copytree(loader.get("s2").folder, folder)
    text = (folder / "standard.toml").read_text("utf-8")
    text = text.replace('key = "s2"', 'key = "s2b"').replace("/v1/", "/v9/")
    head, dataset = text.split("[[dataset]]", 1)
    one, two = (dataset.replace('key = "spic"', f'key = "{k}"') for k in ("uno", "dos"))
    synthetic = (folder / "synthetic.toml").read_text("utf-8")
    (folder / "standard.toml").write_text(
        f"{head}[[dataset]]{one}\n[[dataset]]{two}", "utf-8"
    )
    (folder / "synthetic.toml").write_text(
        "\n".join(synthetic.replace("[spic", f"[{k}") for k in ("uno", "dos")), "utf-8"
    )
    monkeypatch.setattr(loader, "_added", {})
    return loader.register(folder)


def test_one_project_publishes_several_standards(tmp_path, second, monkeypatch):
    told = ["new", "--no-input", "--system", "s2", "--system", second.key]
    _invoke(*told, "--output-dir", str(tmp_path))
    project = tmp_path / "municipio-de-ejemplo"
    monkeypatch.chdir(project)

    _invoke("demo-data", "--count", "20")
    loaded = _invoke("load", "--json")

    reports = json.loads(loaded.stdout)
    assert {key: r["inserted"] for key, r in reports.items()} == {
        "spic": 20,
        "uno": 20,
        "dos": 20,
    }
    assert sorted(p.name for p in project.glob("mapping*")) == [
        "mapping.dos.toml",
        "mapping.spic.toml",
        "mapping.uno.toml",
    ]


def test_each_dataset_has_its_own_tray(tmp_path, second, monkeypatch):
    _invoke(
        *("new", "--no-input", "--system", second.key, "--source", "csv_file"),
        *("--output-dir", str(tmp_path)),
    )
    monkeypatch.chdir(tmp_path / "municipio-de-ejemplo")
    _invoke("demo-data", "--count", "20")
    source = Path("datos/dos.csv")
    text = source.read_text("utf-8")
    source.write_text(text + text.splitlines()[-1] + "\n", "utf-8")

    loaded = _invoke("load", code=1)

    assert "pdn load --dataset dos --source rechazos-dos.xlsx" in " ".join(
        loaded.stdout.split()
    )
    assert Path("rechazos-dos.xlsx").is_file()
    _invoke("load", "--dataset", "dos", "--source", "rechazos-dos.xlsx")


@pytest.mark.slow
@pytest.mark.parametrize("standard", [s.key for s in all_standards()])
def test_new_project_is_green_in_its_first_minute(tmp_path, standard):
    name = 'Órgano "O\'Higgins" {{ cookiecutter.slug }} 🏛'
    made = _pdn(tmp_path, "new", "--no-input", "--system", standard, "--name", name)
    project = next(tmp_path.iterdir())

    orders = [["demo-data"], ["load"], ["check", "--local"]]
    done = [made, *(_pdn(project, *order) for order in orders)]

    assert [step.returncode for step in done] == [0, 0, 0, 0], done[-1].stdout


# One of each dialect: what is written of them is the same for the others.
@pytest.mark.slow
@pytest.mark.parametrize("standard", ["s2", "s3v2"])
def test_new_project_passes_its_own_tests(tmp_path, standard):
    _pdn(tmp_path, "new", "--no-input", "--system", standard)

    own_tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path / "municipio-de-ejemplo",
        capture_output=True,
        text=True,
        check=False,
    )

    assert own_tests.returncode == 0, own_tests.stdout


@pytest.mark.parametrize("standard", [s.key for s in all_standards()])
def test_new_project_is_a_dozen_files_at_most(tmp_path, standard):
    _pdn(tmp_path, "new", "--no-input", "--system", standard)

    files = [p for p in (tmp_path / "municipio-de-ejemplo").rglob("*") if p.is_file()]

    assert 0 < len(files) <= 12


def test_end_of_the_output_says_how_to_go_on(tmp_path):
    outcome = _pdn(tmp_path, "new", "--no-input", "--name", "Órgano O'Higgins")

    orders = [line.split("#")[0].strip() for line in outcome.stdout.splitlines()]
    assert "cd organo-o-higgins" in orders
    assert {"pdn demo-data", "pdn load", "pdn check --local", "pdn serve"} <= set(
        orders
    )


def test_what_is_not_given_is_asked_and_a_bad_name_is_asked_again(tmp_path):
    answers = "\u200b\nInstituto Ñandú\n" + "\n" * 4

    outcome = _asked(answers, "--output-dir", str(tmp_path))

    assert outcome.exit_code == 0, outcome.output
    assert "caracteres invisibles" in outcome.output
    assert _settings(tmp_path / "instituto-nandu")["provider"]["name"] == (
        "Instituto Ñandú"
    )


def test_what_is_given_is_not_asked(tmp_path):
    told = ["--name", "Instituto", "--system", "s2", "--source", "csv_file"]

    outcome = _asked("", *told, "--output-dir", str(tmp_path))

    assert outcome.exit_code == 0, outcome.output
    assert _settings(tmp_path / "instituto")["source"]["connector"] == "csv_file"


def test_five_questions_at_most_are_asked(tmp_path):
    outcome = _asked("\n" * 20, "--output-dir", str(tmp_path))

    assert outcome.output.count("]: ") <= 5


def test_choices_are_the_standards_and_connectors_that_there_are():
    assert all(s.key in _refusal("--system", "s9") for s in all_standards())
    # Contracts are what every connector reads.
    told = _refusal("--system", "s6", "--source", "paloma_mensajera")
    assert all(name in told for name in connector_folders())


def test_bad_name_is_refused_with_one_that_can_be_used():
    assert "«Instituto Nacional»" in _refusal("--name", "Instituto\u200b Nacional")


def test_existing_folder_is_left_alone_and_another_name_is_suggested(tmp_path):
    (tmp_path / "instituto").mkdir()

    outcome = _pdn(tmp_path, "new", "--no-input", "--name", "Instituto")

    assert outcome.returncode == 2
    assert "instituto-2" in "".join(outcome.stderr.split())
    assert list((tmp_path / "instituto").iterdir()) == []


def test_system_in_place_of_a_standard_means_its_newest(tmp_path):
    outcome = _pdn(tmp_path, "new", "--no-input", "--system", "S2", "--name", "Uno")

    assert outcome.returncode == 0, outcome.stderr
    assert _settings(tmp_path / "uno")["provider"]["standards"] == ["s2"]


@pytest.fixture
def versions(tmp_path, monkeypatch):
    """A system of which there are three standards, two of them of one version."""
    monkeypatch.setattr(loader, "_added", {})
    for key, version in (("s9old", "1.1"), ("s9a", "1.10"), ("s9b", "1.10")):
        folder = tmp_path / key
        shutil.copytree(loader.get("s2").folder, folder)
        text = (folder / "standard.toml").read_text("utf-8")
        text = text.replace('"s2"', f'"{key}"').replace('"S2"', '"S9"')
        (folder / "standard.toml").write_text(
            text.replace('version = "1.1"', f'version = "{version}"'), "utf-8"
        )
        loader.register(folder)


def test_system_with_several_newest_standards_names_them(versions):
    told = _refusal("--system", "S9")

    assert "s9a, s9b" in told
    assert "s9old" not in told


def test_newest_is_told_by_number_not_by_letter(versions, tmp_path, monkeypatch):
    kept = {k: s for k, s in loader._added.items() if k != "s9b"}
    monkeypatch.setattr(loader, "_added", kept)

    told = ["new", "--no-input", "--template", "connector", "--system", "s9"]
    _invoke(*told, "--output-dir", str(tmp_path))

    sample = tmp_path / "lector_de_ejemplo" / "sample" / "expected.toml"
    assert 'standard = "s9a"' in sample.read_text("utf-8")


def test_system_that_no_connector_reads_is_told(versions):
    assert "Ningún conector instalado" in _refusal("--system", "s9old")


def test_new_connector_keeps_what_the_sdk_asks_of_every_connector(tmp_path):
    made = _pdn(
        tmp_path, "new", "--template", "connector", "--no-input", "--name", "1ª Nómina"
    )
    folder = tmp_path / "1a_nomina"

    tried = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert made.returncode == 0, made.stderr
    assert tried.returncode == 0, tried.stdout
    assert "1 passed" in tried.stdout


def test_own_connector_is_named_by_its_folder(tmp_path):
    _pdn(tmp_path, "new", "--template", "connector", "--no-input", "--name", "Mío")
    _pdn(tmp_path, "new", "--no-input", "--name", "Uno", "--source", "csv_file")
    settings_file = tmp_path / "uno" / "provider.toml"
    text = settings_file.read_text("utf-8").replace("csv_file", "../mio")
    settings_file.write_text(
        text.replace("datos/fuente.csv", "../mio/sample/personas.jsonl"), "utf-8"
    )

    loaded = _pdn(tmp_path / "uno", "load")

    assert loaded.returncode == 1, loaded.stderr
    assert "identificador" in loaded.stdout.lower()
