"""`pdn map` and `pdn load` on a sheet as municipalities keep them."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

ROOT = Path(__file__).parents[2]
PDN = str(Path(sys.executable).with_name("pdn"))


def _pdn(folder, *arguments):
    return subprocess.run(
        [PDN, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def project(tmp_path):
    _pdn(tmp_path, "new", "--no-input", "--name", "Municipio de Prueba")
    folder = tmp_path / "municipio-de-prueba"
    (folder / "datos").mkdir()
    sample = ROOT / "connectors/excel_file/sample/servidores.xlsx"
    shutil.copy(sample, folder / "datos" / "fuente.xlsx")
    _pdn(folder, "map", "--write")
    return folder


def _counts(output):
    found = re.findall(r"^  (\w[\w ]+?) {2,}([\d,]+)\b", output, re.M)
    return {name: int(number.replace(",", "")) for name, number in found}


def test_what_is_printed_adds_up(project):
    loaded = _pdn(project, "load")

    told = _counts(loaded.stdout)
    assert loaded.returncode == 1
    assert told["Filas leídas"] == 300
    assert told["Filas leídas"] == (
        told["Cargadas"] + told["Sin cambio"] + told["Rechazadas"]
    )
    assert told["Rechazadas"] == 21


def test_the_result_as_json_says_the_same(project):
    report = json.loads(_pdn(project, "load", "--json").stdout)

    assert report["read"] == report["loaded"] + report["unchanged"] + report["rejected"]
    assert sum(cause["rows"] for cause in report["causes"]) >= report["rejected"]


def test_tray_holds_each_rejected_row_of_the_persons_own_sheet(project):
    _pdn(project, "load")

    book = openpyxl.load_workbook(project / "rechazos.xlsx")
    sheet, summary = book.worksheets
    assert summary.title == "Resumen"
    assert {"Fila", "Qué corregir"} <= {c.value for row in sheet["A1:B8"] for c in row}
    told = [row[1] for row in sheet.iter_rows(values_only=True) if row[0] == 19]
    assert "31/02/2025" in told[0]


def test_corrected_tray_loads_what_was_missing(project):
    _pdn(project, "load")
    book = openpyxl.load_workbook(project / "rechazos.xlsx")
    for row in book.worksheets[0].iter_rows():
        for cell in row:
            if cell.value == "31/02/2025":
                cell.value = "28/02/2025"
    book.save(project / "rechazos.xlsx")

    again = _pdn(project, "load", "--source", "rechazos.xlsx", "--json")

    report = json.loads(again.stdout)
    assert report["loaded"] > 0
    assert (report["deleted"], report["correction"]) == (0, True)


def test_an_error_keeps_its_brackets(project):
    (project / "mapping.toml").write_text("[fields]\n", encoding="utf-8")

    refused = _pdn(project, "load")

    assert refused.returncode == 1
    assert "[fields]" in refused.stderr
    assert refused.stdout == ""


def test_words_that_no_list_has_are_counted_and_told_once(tmp_path):
    _pdn(tmp_path, "new", "--no-input", "--system", "s3s", "--name", "Municipio Uno")
    folder = tmp_path / "municipio-uno"
    header = "id,nombres,primer apellido,dependencia,puesto,tipo de falta,causa"
    rows = [f"{n},ANA,PEÑA,Obras,Auxiliar,NAD,Faltó a su deber" for n in range(4)]
    sanctions = ["tipo de sanción", "Regaño", "Apercibimiento", "Regaño", "Multa"]
    lines = zip([header, *rows], sanctions, strict=True)
    (folder / "uno.csv").write_text("\n".join(map(",".join, lines)), "utf-8")
    _pdn(folder, "map", "uno.csv", "--write")

    told = " ".join(_pdn(folder, "load", "--source", "uno.csv").stdout.split())

    assert "3 filas · tipo de sanción (fila 2): «Regaño» no está en" in told
    assert "(y otro valor)." in told
    sheet, summary = openpyxl.load_workbook(folder / "rechazos.xlsx").worksheets
    fix = sheet["B2"].value
    assert "«values», en mapping.toml" in fix
    assert "O (OTRO)" not in fix
    assert "La lista completa está en la hoja «Resumen»" in fix
    assert "O (OTRO)" in summary["D10"].value
