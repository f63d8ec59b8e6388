"""A list of contracts as institutions keep it, all the way to releases."""

import json

import pytest
from click.testing import CliRunner

from pdn_sdk.cli.main import group
from pdn_sdk.errors import MappingError
from pdn_sdk.ingest.mapping.file import Mapping
from pdn_sdk.standards.loader import get
from pdn_sdk.standards.validation import advice
from pdn_sdk.storage.sql import RecordStore

S6 = get("s6")
RELEASES = S6.datasets[0]
SHEET = """\
Núm. de expediente,Tipo de procedimiento,Materia,Objeto del contrato,\
Fecha de convocatoria,Número de contrato,Fecha del contrato,Monto del contrato,\
Proveedor,RFC del proveedor,Inicio de vigencia,Fin de vigencia
LA-1/2024,Licitación pública,Adquisiciones,Papelería,05/01/2024,CT-10,01/02/2024,\
"150,000.50",PAPELERA DEL NORTE,PNO010101AB1,01/02/2024,31/12/2024
AD-2/2024,Adjudicación directa,Servicios,Elevadores,,CT-11,15/02/2024,"45,500",\
JUAN PÉREZ,,15/02/2024,14/02/2025
OP-3/2024,Invitación a cuando menos tres,Obra,Banqueta,01/03/2024,CT-12,20/03/2024,\
,CONSTRUCTORA X,CXX010101AB1,01/04/2024,30/06/2024
"""


@pytest.fixture
def pdn(tmp_path, monkeypatch):
    """Give what runs an order in a new project with the sheet."""

    def run(*arguments, code=0):
        outcome = CliRunner().invoke(group, list(arguments))
        assert outcome.exit_code == code, (outcome.output, outcome.exception)
        return outcome.stdout

    monkeypatch.chdir(tmp_path)
    run("new", "--no-input", "--system", "s6", "--source", "csv_file", "--name", "Ocho")
    monkeypatch.chdir("ocho")
    (tmp_path / "ocho/contratos.csv").write_text(SHEET, encoding="utf-8")
    return run


def test_a_list_of_contracts_becomes_releases_without_advice(pdn, tmp_path):
    proposal = pdn("map", "contratos.csv", "--write")

    report = json.loads(pdn("load", "--source", "contratos.csv", "--json"))

    assert "ocds-000000-" in proposal
    assert (report["read"], report["inserted"]) == (3, 3)
    store = RecordStore.open(tmp_path / "ocho/data/provider.db", S6.datasets)
    first, unnamed, last = (
        json.loads(store.item(RELEASES, f"ocds-000000-{number}"))
        for number in ("LA-1/2024", "AD-2/2024", "OP-3/2024")
    )
    store.close()
    assert advice(RELEASES, first) == advice(RELEASES, last) == []
    # Whoever has no tax number in the sheet has no identifier either.
    assert {v.rule for v in advice(RELEASES, unnamed)} == {"S6-041"}
    assert first["tender"]["procurementMethod"] == "open"
    assert first["contracts"][0]["value"] == {"amount": 150000.5, "currency": "MXN"}
    assert first["parties"] == [
        {"name": "PAPELERA DEL NORTE", "id": "PNO010101AB1", "roles": ["supplier"]}
    ]
    assert "value" not in last["contracts"][0]


def test_a_fixed_value_in_a_list_says_which_column_has_its_items():
    told = {"fields": {"contracts[].value.currency": {"value": "MXN"}}}

    with pytest.raises(MappingError, match="diga en when la columna"):
        Mapping.parse(told, RELEASES)
