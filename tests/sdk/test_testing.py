"""Checking a project where it lies: conformant, and as if nobody had been there."""

from pathlib import Path

import pytest

from pdn_sdk.conformance.target import Options
from pdn_sdk.errors import ConfigurationError
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards.loader import get
from pdn_sdk.standards.synthetic import records
from pdn_sdk.storage.sql import RecordStore
from pdn_sdk.testing import check_local

DATASET = get("s2").datasets[0]
QUICK = Options(only=frozenset({"PAG-01", "ACC-01"}))


@pytest.fixture
def project(tmp_path):
    (tmp_path / "provider.toml").write_text(
        '[provider]\nname = "Municipio"\nstandards = ["s2"]\n', encoding="utf-8"
    )
    return tmp_path


def _files(folder: Path):
    return {p.relative_to(folder): p.stat().st_mtime_ns for p in folder.rglob("*")}


def test_synthetic_data_prove_a_project_whole_and_leave_nothing(project):
    before = _files(project)
    told = []

    report = check_local(project, synthetic=True, on_progress=told.append)

    assert report.verdict == "conformant", report.sentence
    assert report.summary["fail"] == report.summary["warn"] == 0
    assert told[-1].done == told[-1].total == len(report.checks)
    assert _files(project) == before


def test_data_of_the_project_are_what_is_tried(project):
    settings = ProviderSettings.load(project, {})
    store = RecordStore.open(settings.database, [DATASET])
    with store.load(DATASET) as load:
        for record in records(DATASET, 3):
            load.put(record)
    store.close()

    report = check_local(project, options=Options(only=frozenset({"PAG-12"})))

    body = report.checks[0].evidence
    assert report.verdict == "conformant", report.sentence
    assert not settings.credentials.exists()
    assert body is not None


@pytest.mark.parametrize("environ", [None, {"PDN_DATABASE": "otra/base.db"}])
def test_project_without_data_says_what_to_do(project, environ):
    before = _files(project)

    with pytest.raises(ConfigurationError, match="pdn demo-data"):
        check_local(project, options=QUICK, environ=environ)

    assert _files(project) == before


def test_standard_that_is_not_published_is_refused(project):
    with pytest.raises(ConfigurationError, match="--standard"):
        check_local(project, synthetic=True, standard="s6")


def test_public_address_of_the_project_does_not_get_in_the_way(project):
    environ = {
        "PDN_PUBLIC_URL": "https://datos.ejemplo.gob.mx",
        "PDN_TRUSTED_PROXIES": "1",
        "PDN_SIGNING_KEY": "k" * 32,
    }

    report = check_local(project, synthetic=True, options=QUICK, environ=environ)

    assert report.verdict == "conformant", report.sentence
