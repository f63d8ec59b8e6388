"""Records as `mongoexport` writes them, from the file to the store."""

import json

import pytest
from tests.sdk.faults.good import good_records

from pdn_sdk.ingest.run import load_source
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards.loader import get
from pdn_sdk.storage.sql import RecordStore

PROVIDER = """
[provider]
name = "Prueba"
standards = ["s2"]
[source]
connector = "json_file"
mapping = "mapping.toml"
path = "spic.jsonl"
"""
MAPPING = """
[options]
record = "Registro"
[fields]
id = "_id"
"""
S2 = get("s2")
SPIC = S2.datasets[0]
NUMBER = "64f1a0c2e4b0a1b2c3d4e5f6"


@pytest.fixture
def loaded(tmp_path):
    """Load a document; give the report, and the record that was stored."""

    def load(document):
        line = json.dumps(document, ensure_ascii=False)
        (tmp_path / "spic.jsonl").write_text(line, encoding="utf-8")
        (tmp_path / "provider.toml").write_text(PROVIDER, encoding="utf-8")
        (tmp_path / "mapping.toml").write_text(MAPPING, encoding="utf-8")
        settings = ProviderSettings.load(tmp_path, {})
        store = RecordStore.open(tmp_path / "p.db", S2.datasets)
        report = load_source(settings, S2, SPIC, store)
        stored = store.item(SPIC, NUMBER)
        store.close()
        return report, stored and json.loads(stored)

    return load


def document(**changes):
    record = {**good_records(1)[0], "__v": 0, **changes}
    del record["id"]
    return {"_id": {"$oid": NUMBER}, **record}


@pytest.mark.parametrize(
    ("date", "kept"),
    [
        ("2025-03-01T12:30:00.000Z", "2025-03-01T12:30:00.000Z"),
        ({"$numberLong": "1740832200000"}, "2025-03-01T12:30:00Z"),
    ],
)
def test_an_export_of_mongodb_loads_as_it_is(loaded, date, kept):
    exported = document(
        fechaCaptura={"$date": date},
        ramo={"clave": {"$numberInt": "11"}, "valor": "Educación Pública"},
        observaciones=" ",
        puesto={"_id": {"$oid": NUMBER}, "nombre": "Jefa", "nivel": "JD3"},
    )

    report, found = loaded(exported)

    assert (report.inserted, report.rejected) == (1, 0)
    assert (found["id"], found["fechaCaptura"]) == (NUMBER, kept)
    assert found["ramo"]["clave"] == 11
    assert found["puesto"] == {"nombre": "Jefa", "nivel": "JD3"}
    assert not {"_id", "__v", "observaciones"} & set(found)


def test_an_unknown_mark_is_a_fault_of_its_row(loaded):
    report, stored = loaded(document(fechaCaptura={"$timestamp": {"t": 1, "i": 1}}))

    assert (report.read, report.rejected, stored) == (1, 1, None)
    assert "fechaCaptura" in report.causes[0].message
