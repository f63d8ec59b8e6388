"""`pdn validate` and `pdn standards`: what they print and how they end."""

import json

import pytest
from click.testing import CliRunner

from pdn_sdk.cli.main import group
from pdn_sdk.errors import ConfigurationError, SourceUnavailableError
from pdn_sdk.standards import loader
from pdn_sdk.standards.record_file import read_records
from pdn_sdk.standards.synthetic import records

STANDARD = loader.get("s2")
GOOD = list(records(STANDARD.datasets[0], 12))


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def written(tmp_path):
    """Write a file and give its path."""

    def write(content, name="registros.json"):
        path = tmp_path / name
        data = content if isinstance(content, bytes) else content.encode()
        path.write_bytes(data)
        return path

    return write


def pdn(*words):
    return CliRunner().invoke(group, list(map(str, words)))


def broken():
    rows = json.loads(json.dumps(GOOD))
    rows[2]["puesto"] = {"nivel": "x" * 13}
    rows[4]["id"] = rows[3]["id"]
    del rows[7]["nombres"]
    rows[7]["fechaCaptura"] = "[bold]ayer"
    return rows


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(GOOD),
        json.dumps({"pagination": {}, "results": GOOD}),
        "\n".join(map(json.dumps, GOOD)),
        "\r\n\r\n".join(map(json.dumps, GOOD)) + "\r\n",
        "\ufeff" + json.dumps(GOOD, indent=2),
    ],
    ids=["array", "answer", "lines", "windows_lines", "with_mark"],
)
def test_every_shape_of_file_is_read(written, content):
    result = pdn("validate", written(content))

    assert (result.exit_code, result.output) == (
        0,
        "✓ 12 registros cumplen con S2 1.1.\n",
    )


def test_one_record_alone_is_read(written):
    result = pdn("validate", written(json.dumps(GOOD[0])))

    assert "1 registro cumple" in result.output


def test_every_fault_is_told_with_its_fix(written):
    result = pdn("validate", written(json.dumps(broken())))

    assert result.exit_code == 1
    assert "3 de 12 registros por corregir" in result.output
    for said in (
        "Registro 3 · SPIC-1-000003",
        "el máximo es 12",
        "Acorte el texto a 12 caracteres.",
        "igual que el registro 4",
        "Falta «nombres»",
        "[bold]ayer",
    ):
        assert said in result.output


def test_json_holds_all_that_was_found(written):
    path = written(json.dumps(broken()))

    found = json.loads(pdn("validate", path, "--json").output)

    assert (found["records"], found["invalid"]) == (12, 3)
    assert [(v["record"], v["path"], v["rule"]) for v in found["violations"]] == [
        (3, "puesto.nivel", "maxLength"),
        (5, "id", "identificador repetido"),
        (8, "fechaCaptura", "format"),
        (8, "nombres", "required"),
    ]


def test_record_that_could_be_better_is_accepted_with_advice(written):
    standard = loader.get("s3s")
    folder = standard.folder / "examples" / "advised"
    example = json.loads((folder / "multado_sin_multa.json").read_text("utf-8"))
    path = written(json.dumps([example["record"], example["record"] | {"id": "2"}]))

    told = pdn("validate", path, "--standard", "s3s")
    found = json.loads(pdn("validate", path, "--standard", "s3s", "--json").output)

    assert told.exit_code == 0
    assert "2 registros cumplen" in told.output
    assert "(2 veces)" in told.output
    assert [v["rule"] for v in found["advice"]] == [example["breaks"]] * 2


def test_what_is_shown_has_a_limit_that_is_said(written):
    rows = [{"id": str(n)} for n in range(1_500)]

    result = pdn("validate", written(json.dumps(rows)), "--show", 2)

    assert "1,500 de 1,500 registros" in result.output
    assert "y 1,498 registros con faltas más" in result.output
    assert len(result.output.splitlines()) < 50


def test_a_broken_line_is_one_fault_and_the_others_are_read(written):
    lines = [*map(json.dumps, GOOD[:3]), '{"id": roto', json.dumps(GOOD[4])]

    result = pdn("validate", written("\n".join(lines)))

    assert "1 de 5 registros" in result.output
    assert "Registro 4\n  • La línea no es JSON válido" in result.output


def test_an_empty_list_is_not_called_right(written):
    result = pdn("validate", written("[]"))

    assert "no tiene registros" in result.output


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "está vacío"),
        (b"  \n", "está vacío"),
        (b'[{"id": 1},\n{"x": }]', "línea 2, columna"),
        (b'[\n"\xf1"]', "no está en UTF-8 (línea 2)"),
        (b"PK\x03\x04....", "pdn load --dry-run"),
        (b"\xd0\xcf\x11\xe0....", "pdn load --dry-run"),
        (b"%PDF-1.7", "no es JSON válido"),
        (b"id,nombres\n1,Ana\n", "no es JSON válido"),
        (b'[{"id": NaN}]', "no es JSON válido"),
    ],
)
def test_a_file_that_cannot_be_read_is_explained(written, content, said):
    with pytest.raises(SourceUnavailableError) as raised:
        list(read_records(written(content)))

    assert said in raised.value.message


def test_a_folder_in_place_of_a_file_is_explained(tmp_path):
    with pytest.raises(SourceUnavailableError, match="No se puede leer"):
        list(read_records(tmp_path))


def test_an_unknown_dataset_is_told_which_there_are(written):
    result = pdn("validate", written("[]"), "--dataset", "otro")

    assert isinstance(result.exception, ConfigurationError)
    assert "spic" in result.exception.message


def test_standards_are_listed():
    assert "s2" in pdn("standards", "list").output
    listed = json.loads(pdn("standards", "list", "--json").output)
    assert {row["key"]: row["requirements"] for row in listed}["s2"] == 91


def test_a_standard_is_shown_whole():
    output = pdn("standards", "show", "s2").output
    described = json.loads(pdn("standards", "show", "s2", "--json").output)

    for said in ("POST /v1/spic", "institucionDependencia.nombre", "REQUIRENTE"):
        assert said in output
    [dataset] = described["datasets"]
    assert dataset["max_page_size"] == 200
    assert dataset["catalogs"]["genero"] == {
        "F": "FEMENINO",
        "M": "MASCULINO",
        "O": "OTRO",
    }


def test_coverage_traces_every_requirement():
    shown = pdn("standards", "coverage", "s2")
    traced = json.loads(pdn("standards", "coverage", "s2", "--json").output)
    gaps = [r["id"] for r in traced if not r["checks"] and not r["why_not_tested"]]

    assert len(traced) == 91
    assert "S2-091" in shown.output
    # Brackets are part of the text, not of its style.
    assert "tipoProcedimiento: [null]" in shown.output
    assert shown.exit_code == bool(gaps)
    assert f"{len(gaps)} sin una ni otra" in " ".join(shown.output.split())


@pytest.mark.parametrize("standard", loader.all_standards(), ids=lambda s: s.key)
def test_every_requirement_has_a_check_or_a_reason(standard):
    result = pdn("standards", "coverage", standard.key)

    assert result.exit_code == 0
    assert "0 sin una ni otra" in " ".join(result.output.split())


def test_coverage_of_all_standards_counts_each():
    result = pdn("standards", "coverage")

    assert result.exit_code == 0
    assert result.output.count("requisitos;") == len(loader.all_standards())


def test_coverage_names_the_fault_of_each_check():
    traced = json.loads(pdn("standards", "coverage", "s2", "--json").output)
    faults = {c: names for r in traced for c, names in r["faults"].items()}

    assert faults["PAG-08"] == ["siguiente_de_mas"]
    assert [check for check, names in faults.items() if not names] == []


@pytest.mark.parametrize("verb", ["show", "coverage"])
def test_an_unknown_standard_is_told(verb):
    result = pdn("standards", verb, "s9")

    assert "s2" in result.exception.message


@pytest.mark.parametrize(
    "words", [("list",), ("show", "s2"), ("coverage", "s2"), ("--help",)]
)
def test_nothing_is_wider_than_eighty_columns(words):
    lines = pdn("standards", *words).output.splitlines()

    assert max(map(len, lines)) <= 80


def test_the_report_of_faults_is_not_wider_than_eighty_columns(written):
    output = pdn("validate", written(json.dumps(broken()))).output

    assert max(map(len, output.splitlines())) <= 80
