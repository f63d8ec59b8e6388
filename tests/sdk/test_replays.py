"""Every combination of answers to `pdn new` makes a project that works."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pdn_sdk.cli.new import DATABASES
from pdn_sdk.ingest.contract import Manifest, connector_folders
from pdn_sdk.standards.loader import all_standards, get

PDN = str(Path(sys.executable).with_name("pdn"))
FILE = Path(__file__).with_name("replays.toml")
REPLAYS = [
    pytest.param(replay, id=f"{'+'.join(replay['systems'])}-{replay['source']}")
    for replay in tomllib.loads(FILE.read_text("utf-8"))["replay"]
]
CHECKED = [p for p in REPLAYS if p.values[0].get("checked")]


def _pdn(folder, *arguments):
    done = subprocess.run(
        [PDN, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "80"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _project(folder, replay, count):
    told = [word for system in replay["systems"] for word in ("--system", system)]
    _pdn(folder, "new", "--no-input", *told, "--source", replay["source"])
    project = folder / "municipio-de-ejemplo"
    _pdn(project, "demo-data", "--count", str(count))
    return project


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
    # A second database would double the combinations.
    assert len(DATABASES) == 1


@pytest.mark.parametrize("replay", REPLAYS)
def test_answers_make_a_project_that_loads_its_data_whole(tmp_path, replay):
    project = _project(tmp_path, replay, 30)

    told = json.loads(_pdn(project, "load", "--json"))

    datasets = [d.key for key in replay["systems"] for d in get(key).datasets]
    reports = told if len(datasets) > 1 else {datasets[0]: told}
    assert {key: r["inserted"] for key, r in reports.items()} == dict.fromkeys(
        datasets, 30
    )
    assert {r["rejected"] for r in reports.values()} == {0}


@pytest.mark.slow
@pytest.mark.parametrize("replay", CHECKED)
def test_answers_make_a_project_that_is_conformant(tmp_path, replay):
    project = _project(tmp_path, replay, 100)
    _pdn(project, "load")

    for key in replay["systems"]:
        _pdn(project, "check", "--local", "--standard", key, "--report", f"{key}.json")
        report = json.loads((project / f"{key}.json").read_text("utf-8"))
        assert report["verdict"] == "conformant"
        assert report["summary"]["warn"] == 0
