"""Every connector folder: its manifest, its sample, what it promises."""

import tomllib
from pathlib import Path

import pytest

from pdn_sdk.errors import ConnectorError
from pdn_sdk.ingest.contract import (
    Manifest,
    Request,
    connector_folders,
    find_connector,
)
from pdn_sdk.ingest.mapping.file import Mapping
from pdn_sdk.ingest.run import load_source
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards.loader import get
from pdn_sdk.storage.sql import RecordStore

ROOT = Path(__file__).parents[2] / "connectors"
NAMES = sorted(path.parent.name for path in ROOT.glob("*/connector.toml"))


@pytest.mark.parametrize("name", NAMES)
def test_manifest_names_its_folder_and_explains_its_settings(name):
    manifest = Manifest.load(ROOT / name)

    assert manifest.id == name
    assert all(setting.help for setting in manifest.settings)
    assert (ROOT / name / "README.md").read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("name", NAMES)
def test_connector_imports_only_public_names(name):
    lines = (ROOT / name / "connector.py").read_text(encoding="utf-8").splitlines()

    ours = [line for line in lines if "pdn_sdk" in line]

    assert all(line.startswith("from pdn_sdk.ingest import ") for line in ours)


@pytest.mark.parametrize("name", NAMES)
def test_sample_gives_what_it_says(name, tmp_path):
    expected = tomllib.loads((ROOT / name / "sample/expected.toml").read_text("utf-8"))
    (tmp_path / "provider.toml").write_text(
        f"""
        [provider]
        name = "Prueba"
        standards = ["{expected["standard"]}"]
        [source]
        connector = "{name}"
        mapping = '{ROOT / name / "mapping.toml"}'
        path = '{ROOT / name / "sample" / expected["file"]}'
        """,
        encoding="utf-8",
    )
    standard = get(expected["standard"])
    dataset = standard.dataset(expected["dataset"])
    settings = ProviderSettings.load(tmp_path, {})
    store = RecordStore.open(tmp_path / "p.db", standard.datasets)

    report = load_source(settings, standard, dataset, store)
    store.close()

    assert report.read == expected["read"]
    assert report.rejected == len(expected["rejected_rows"])
    assert _rows_of(report.tray) == expected["rejected_rows"]
    assert [s.number for s in report.skipped] == expected["skipped_rows"]


def _rows_of(tray):
    _, connector = find_connector("excel_file")
    table = connector.read(
        Request({"path": str(tray)}, Path(), frozenset({"Qué corregir"}))
    )
    return [int(row.cells[0]) for row in table]


def test_sample_workbook_is_what_its_script_writes(tmp_path, monkeypatch):
    script = ROOT / "excel_file/sample/generate.py"
    namespace = {"__file__": str(tmp_path / "generate.py"), "__name__": "generate"}
    exec(compile(script.read_text("utf-8"), str(script), "exec"), namespace)

    namespace["main"]()

    _, connector = find_connector("excel_file")
    made, kept = (
        list(connector.read(Request({"path": "servidores.xlsx"}, folder)))
        for folder in (tmp_path, script.parent)
    )
    assert [r.cells for r in made] == [r.cells for r in kept]


def test_unknown_connector_names_the_ones_there_are():
    with pytest.raises(ConnectorError, match="csv_file, excel_file"):
        find_connector("sqlite_tabla")


def test_unknown_setting_is_refused_by_name():
    manifest, _ = find_connector("csv_file")

    with pytest.raises(ConnectorError, match="«hoja»"):
        manifest.check({"path": "x.csv", "hoja": "Uno"})


def test_missing_setting_says_what_it_is_for():
    manifest, _ = find_connector("csv_file")

    with pytest.raises(ConnectorError, match="le falta el ajuste «path»"):
        manifest.check({})


def test_broken_manifest_is_named(tmp_path):
    (tmp_path / "connector.toml").write_text('id = "x"', encoding="utf-8")

    with pytest.raises(ConnectorError, match=r"connector\.toml"):
        Manifest.load(tmp_path)


def test_folders_of_a_checkout_are_found():
    assert set(NAMES) <= set(connector_folders())


@pytest.mark.parametrize("name", NAMES)
def test_sample_mapping_fits_its_standard(name):
    mapping = Mapping.load(ROOT / name / "mapping.toml", get("s2").datasets[0])

    assert mapping.columns
