"""Every combination of answers to `pdn new` makes a project that works."""

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.sdk.conftest import LACKS_POSTGRESQL

from pdn_sdk.cli.answers import DATABASES
from pdn_sdk.cli.main import group, speak_spanish
from pdn_sdk.ingest.contract import Manifest, connector_folders
from pdn_sdk.standards.loader import all_standards, get

FILE = Path(__file__).with_name("replays.toml")
REPLAYS = [
    pytest.param(
        replay,
        id=f"{'+'.join(replay['systems'])}-{replay['source']}"
        + replay.get("database", ""),
        marks=LACKS_POSTGRESQL if "database" in replay else (),
    )
    for replay in tomllib.loads(FILE.read_text("utf-8"))["replay"]
]
COUNT = 60


@pytest.fixture
def project(request, tmp_path, monkeypatch, replay):
    """The project that the answers make, with demonstration data, to stand in."""
    monkeypatch.chdir(tmp_path)
    database = replay.get("database", DATABASES[0])
    if database != DATABASES[0]:
        server = request.getfixturevalue("new_server")()
        monkeypatch.setenv("PDN_DATABASE", str(server))
    told = [word for system in replay["systems"] for word in ("--system", system)]
    _pdn(
        "new", "--no-input", *told, "--source", replay["source"], "--database", database
    )
    monkeypatch.chdir("municipio-de-ejemplo")
    _pdn("demo-data", "--count", str(COUNT))
    return Path.cwd()


def _pdn(*arguments):
    speak_spanish()
    outcome = CliRunner().invoke(group, list(arguments))
    assert outcome.exit_code == 0, (outcome.output, outcome.exception)
    return outcome.stdout


def test_every_answer_is_replayed():
    manifests = [Manifest.load(folder) for folder in connector_folders().values()]
    possible = {
        (standard.key, manifest.id)
        for standard in all_standards()
        for manifest in manifests
        if standard.system in manifest.systems
    }
    alone = [p.values[0] for p in REPLAYS if len(p.values[0]["systems"]) == 1]

    assert sorted((r["systems"][0], r["source"]) for r in alone) == sorted(possible)
    # What a database changes of a project, it changes whatever the standard is.
    databases = {p.values[0].get("database", DATABASES[0]) for p in REPLAYS}
    assert databases == set(DATABASES)


@pytest.mark.slow
@pytest.mark.parametrize("replay", REPLAYS)
def test_answers_make_a_project_that_loads_its_data_and_conforms(project, replay):
    told = json.loads(_pdn("load", "--json"))

    datasets = [d.key for key in replay["systems"] for d in get(key).datasets]
    reports = told if len(datasets) > 1 else {datasets[0]: told}
    assert {key: (r["inserted"], r["rejected"]) for key, r in reports.items()} == (
        dict.fromkeys(datasets, (COUNT, 0))
    )
    for key in replay["systems"] if replay.get("checked") else ():
        _pdn("check", "--local", "--standard", key, "--report", f"{key}.json")
        report = json.loads((project / f"{key}.json").read_text("utf-8"))
        assert (report["verdict"], report["summary"]["warn"]) == ("conformant", 0)
