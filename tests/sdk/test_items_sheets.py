"""Records with lists of objects go to a sheet and come back as they were."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import openpyxl
import pytest
from click.testing import CliRunner
from tests.sdk.items_provider import GRAVES, STANDARD

from pdn_sdk.cli.main import group
from pdn_sdk.ingest.contract import Request, find_connector
from pdn_sdk.ingest.mapping.file import Mapping
from pdn_sdk.ingest.mapping.proposal import Hints, propose
from pdn_sdk.ingest.mapping.rows import RowMapper
from pdn_sdk.ingest.sample import canonical_mapping, write_source
from pdn_sdk.standards.synthetic import records

NOW = datetime(2025, 6, 1, tzinfo=UTC)
SHEET = {
    "Expediente": "EXP/1",
    "Fecha de captura": "01/03/2024",
    "Ente público": "Municipio de X",
    "Orden de gobierno": "Municipal",
    "Entidad federativa": "Jalisco",
    "Nombre": "ANA",
    "Primer apellido": "PEÑA",
    "Sexo": "Mujer",
    "Puesto": "Directora",
    "Nivel jerárquico": "Dirección general",
    "Origen": "De oficio",
    "Falta cometida": "Cohecho",
    "Causa": "Recibió dádivas",
    "Sanción impuesta": "Inhabilitación",
    "Años de inhabilitación": "2",
}


def read_back(path, dataset):
    mapping = canonical_mapping(dataset)
    _, connector = find_connector("excel_file")
    table = connector.read(Request({"path": path.name}, path.parent, mapping.columns))
    mapper = RowMapper(mapping, table.headers, NOW)
    for record, faults in mapper.read([row.cells for row in table]):
        assert faults == []
        yield record


@pytest.mark.parametrize("key", [d.key for d in STANDARD.datasets])
def test_a_sheet_keeps_each_sanction_with_its_detail(tmp_path, key):
    dataset = STANDARD.dataset(key)
    wanted = list(records(dataset, 60, seed=5))
    path = tmp_path / "datos.xlsx"

    write_source(path, dataset, wanted)

    assert [r["tipoSancion"] for r in read_back(path, dataset)] == [
        r["tipoSancion"] for r in wanted
    ]


def test_a_sheet_leaves_a_blank_where_an_item_lacks_the_member(tmp_path):
    path = tmp_path / "datos.xlsx"
    sanctions = [{"clave": "OTRO"}, {"clave": "SUSPENSION"}, {"clave": "OTRO"}]
    sanctions[2]["otro"] = {"denominacionSancion": "Servicio"}

    write_source(path, STANDARD.dataset(GRAVES), [{"tipoSancion": sanctions}])

    sheet = openpyxl.load_workbook(path).active
    column = {cell.value: n for n, cell in enumerate(sheet[1])}
    cell = sheet[2][column["tipoSancion[].otro.denominacionSancion"]].value
    assert cell == "; ; Servicio"


def test_an_id_made_from_other_columns_is_a_uuid():
    dataset = STANDARD.dataset(GRAVES)
    fields = {"id": {"hash": ["Expediente"]}, "expediente": "Expediente"}
    mapping = Mapping.parse({"fields": fields}, dataset)
    mapper = RowMapper(mapping, ["Expediente"], NOW)

    read = mapper.read([[cell] for cell in ("OIC/1", "oic/1", "OIC/2")])

    ids = [record["id"] for record, _ in read]

    assert UUID(ids[0]).version == 5
    assert (ids[0] == ids[1], ids[0] == ids[2]) == (True, False)


def test_the_words_of_a_column_are_proposed_with_their_keys(tmp_path):
    path = tmp_path / "datos.csv"
    path.write_text("Expediente,Estado,Falta\nOIC/1,Jalisco,Cohecho\n", "utf-8")
    dataset = STANDARD.dataset(GRAVES)
    _, connector = find_connector("csv_file")
    table = connector.read(Request({"path": path.name}, tmp_path))

    proposal = propose(table, dataset, Hints.of(STANDARD, dataset))

    assert {m.path: m.values for m in proposal.matches} == {
        "expediente": {},
        "empleoCargoComision.entidadFederativa": {"Jalisco": "14"},
        "faltaCometida[].clave": {"Cohecho": "COHECHO"},
    }


def test_a_sheet_of_sanctions_loads_with_what_is_proposed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    run = CliRunner().invoke
    run(group, ["new", "--no-input", "--system", "s3v2", "--source", "csv_file"])
    monkeypatch.chdir("municipio-de-ejemplo")
    chosen = ["--dataset", GRAVES]
    headers, cells = zip(*SHEET.items(), strict=True)
    Path("g.csv").write_text("\n".join(map(",".join, (headers, cells))), "utf-8")

    proposal = run(group, ["map", "g.csv", *chosen, "--write"])
    load = run(group, ["load", "--source", "g.csv", *chosen, "--json"])

    assert [h for h in headers if h not in proposal.stdout] == []
    assert "no se usa" not in proposal.stdout
    assert (load.exit_code, json.loads(load.stdout)["inserted"]) == (0, 1)
