"""What a committee reserves is left out by the load, whole or by sections."""

import json

import pytest

from pdn_sdk.errors import ConfigurationError, ConnectorError
from pdn_sdk.ingest.mapping.writing import record_toml
from pdn_sdk.ingest.run import load_source
from pdn_sdk.ingest.sample import write_source
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards.loader import get
from pdn_sdk.standards.search import checked_search
from pdn_sdk.standards.synthetic import records
from pdn_sdk.storage.sql import RecordStore
from pdn_sdk.wire.model import RawSearch

S1 = get("s1")
DECLARATIONS = S1.datasets[0]
VEHICLES = "declaracion.situacionPatrimonial.vehiculos"
PATRIMONY = "declaracion.situacionPatrimonial"
RECORDS = list(records(DECLARATIONS, 40, seed=3))
IDS = [record["id"] for record in RECORDS]
OWNER = next(
    record["id"]
    for record in RECORDS
    if record["declaracion"]["situacionPatrimonial"]
    .get("vehiculos", {})
    .get("vehiculo")
)


@pytest.fixture
def load(tmp_path):
    """Load forty declarations beside a list; give the report and what is served."""
    file = tmp_path / "datos.jsonl"
    write_source(file, DECLARATIONS, RECORDS)
    mapping = record_toml("registro")
    (tmp_path / "mapping.toml").write_text(mapping, encoding="utf-8")
    store = RecordStore.open(tmp_path / "p.db", S1.datasets)

    def loaded(text, name="reservas.csv", encoding="utf-8"):
        if text is not None:
            (tmp_path / name).write_bytes(text.encode(encoding))
        (tmp_path / "provider.toml").write_text(
            '[provider]\nname = "Prueba"\nstandards = ["s1"]\n[source]\n'
            f'connector = "json_file"\npath = "datos.jsonl"\nwithheld = "{name}"\n',
            encoding="utf-8",
        )
        settings = ProviderSettings.load(tmp_path, {})
        report = load_source(settings, S1, DECLARATIONS, store)
        search = checked_search(DECLARATIONS, RawSearch(page_size=200))
        found = map(json.loads, store.find(DECLARATIONS, search).documents)
        return report, {record["id"]: record for record in found}

    yield loaded
    store.close()


def test_whole_records_are_not_published_and_are_counted(load):
    report, served = load(f"id,seccion\n{IDS[3]},\n{IDS[7]},\n")

    assert (report.read, report.loaded, report.withheld) == (40, 38, 2)
    assert {*IDS} - {*served} == {IDS[3], IDS[7]}
    assert report.warnings == ()


def test_what_was_published_goes_with_the_next_load(load):
    _, before = load("id\n")

    report, after = load(f"id\n{IDS[0]}\n")

    assert (len(before), len(after), report.deleted) == (40, 39, 1)
    assert IDS[0] not in after


def test_a_list_that_is_reserved_is_left_empty(load):
    _, served = load(f"id;sección\n{OWNER};{VEHICLES}.vehiculo\n", encoding="cp1252")

    assert served[OWNER]["declaracion"]["situacionPatrimonial"]["vehiculos"][
        "vehiculo"
    ] == ([])


def test_a_section_that_is_reserved_is_left_out_of_that_record_alone(load):
    _, plain = load("id\n")
    _, served = load(f"id,seccion\n{OWNER},{VEHICLES}\n")

    assert "vehiculos" not in served[OWNER]["declaracion"]["situacionPatrimonial"]
    assert {k: v for k, v in served.items() if k != OWNER} == {
        k: v for k, v in plain.items() if k != OWNER
    }


def test_identifiers_that_no_record_has_are_told(load):
    report, served = load(f"id\n{IDS[0]}\nno-existe\n")

    assert len(served) == 39
    assert "«no-existe»" in report.warnings[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("folio,seccion\nx,\n", "falta la columna «id»"),
        (f"id,seccion\n,{VEHICLES}\n", "fila 2: falta el identificador"),
        ("id,seccion\nx,declaracion.autos\n", "no tiene la sección"),
        (
            f"id,seccion\nx,{PATRIMONY}.experienciaLaboral\n",
            f"o sólo «{PATRIMONY}.experienciaLaboral.experiencia»",
        ),
        (None, "No existe"),
    ],
)
def test_a_list_that_cannot_be_followed_publishes_nothing(load, text, told):
    with pytest.raises((ConfigurationError, ConnectorError)) as refused:
        load(text)

    assert told in refused.value.message


def test_a_list_must_be_a_sheet(load):
    with pytest.raises(ConfigurationError, match=r"\.csv"):
        load("id\nx\n", name="reservas.pdf")
