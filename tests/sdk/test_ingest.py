"""A load end to end: every row accounted for, nothing lost, data kept safe."""

import json
from copy import deepcopy
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pdn_sdk.errors import MappingError, SourceUnavailableError
from pdn_sdk.ingest.mapping.rows import RowMapper
from pdn_sdk.ingest.run import Consent, load_source
from pdn_sdk.ingest.sample import canonical_mapping, write_source
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards.loader import all_standards, get
from pdn_sdk.standards.search import checked_search
from pdn_sdk.standards.validation import prepare, prepare_own
from pdn_sdk.storage.sql import RecordStore
from pdn_sdk.wire.model import RawSearch

S2 = get("s2")
SPIC = S2.datasets[0]
MAPPING = """
[fields]
id = "Folio"
nombres = "Nombre"
primerApellido = "Apellido"
fechaCaptura = "Fecha"
ejercicioFiscal = "Año"
"institucionDependencia.nombre" = { value = "Municipio de Prueba" }
"puesto.nombre" = "Cargo"
"puesto.nivel" = "Nivel"
tipoProcedimiento = "Procedimientos"
"""
HEADER = "Folio,Nombre,Apellido,Fecha,Año,Cargo,Nivel,Procedimientos"
GOOD = "{},ANA,PÉREZ,31/01/2025,2025,Jefa,N1,1;2"


class Project:
    """A project folder with one source, loaded as many times as a test needs."""

    def __init__(self, folder):
        self.folder = folder
        self.mapping(MAPPING)
        self.configure("csv_file", "datos.csv")
        self.store = RecordStore.open(folder / "p.db", S2.datasets)

    def mapping(self, text):
        (self.folder / "mapping.toml").write_text(text, encoding="utf-8")

    def configure(self, connector, path, **options):
        extra = "".join(f"{k} = {json.dumps(v)}\n" for k, v in options.items())
        (self.folder / "provider.toml").write_text(
            '[provider]\nname = "Prueba"\nstandards = ["s2"]\n'
            f'[source]\nconnector = "{connector}"\nmapping = "mapping.toml"\n'
            f'path = "{path}"\n{extra}',
            encoding="utf-8",
        )

    def csv(self, *rows, header=HEADER, encoding="utf-8"):
        text = "\n".join([header, *rows]) + "\n"
        (self.folder / "datos.csv").write_bytes(text.encode(encoding))

    def load(self, **options):
        return load_source(
            ProviderSettings.load(self.folder, {}), S2, SPIC, self.store, **options
        )

    def record(self, identity):
        search = checked_search(SPIC, RawSearch(1, 1, {"id": identity}))
        return json.loads(self.store.find(SPIC, search).documents[0])

    def tray(self):
        return openpyxl.load_workbook(self.folder / "rechazos.xlsx")


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    yield made
    made.store.close()


def test_good_row_becomes_a_whole_record(project):
    project.csv(GOOD.format("A1"))

    report = project.load()

    assert (report.read, report.inserted, report.rejected) == (1, 1, 0)
    assert report.tray is None
    record = project.record("A1")
    assert record["fechaCaptura"] == "2025-01-31T00:00:00-06:00"
    assert record["institucionDependencia"] == {"nombre": "Municipio de Prueba"}
    assert [p["clave"] for p in record["tipoProcedimiento"]] == [1, 2]
    assert record["tipoProcedimiento"][0]["valor"] == "CONTRATACIONES PÚBLICAS"


def test_second_load_of_the_same_file_changes_nothing(project):
    project.csv(GOOD.format("A1"), GOOD.format("A2"))
    project.load()

    report = project.load()

    assert (report.loaded, report.unchanged, report.deleted) == (0, 2, 0)


def test_row_that_left_the_source_leaves_the_store(project):
    project.csv(GOOD.format("A1"), GOOD.format("A2"))
    project.load()
    project.csv(GOOD.format("A1"))

    report = project.load()

    assert (report.unchanged, report.deleted) == (1, 1)
    assert project.store.count(SPIC) == 1


def test_rejected_row_says_column_value_and_fix(project):
    project.csv(GOOD.format("A1"), "A2,ANA,PÉREZ,31/02/2025,2025,Jefa,N1,1")

    report = project.load()

    assert report.rejected == 1
    cause = report.causes[0]
    assert (cause.column, cause.first_row) == ("Fecha", 3)
    assert "31/02/2025" in cause.message
    assert "31/01/2025" in cause.fix


def test_all_the_faults_of_a_row_are_told(project):
    project.csv(GOOD.format("A1"), "A2,,PÉREZ,ayer,2025,Jefa,nivel demasiado largo,9")

    project.load()

    sheet = project.tray().worksheets[0]
    told = sheet.cell(2, 2).value
    for column in ("Nombre", "Fecha", "Nivel", "Procedimientos"):
        assert column in told


def test_tray_is_the_persons_own_sheet(project):
    title = "MUNICIPIO DE PRUEBA,,,,,,,\n,,,,,,,\n"
    project.csv(
        GOOD.format("A1"),
        'A2,"=CMD()",PÉREZ,31/02/2025,2025,Jefa,001,1',
        header=title + HEADER,
    )

    project.load()

    sheet = project.tray().worksheets[0]
    assert sheet.cell(1, 3).value == "MUNICIPIO DE PRUEBA"
    assert [c.value for c in sheet[3]][2:] == HEADER.split(",")
    row = sheet[4]
    assert row[0].value == 5, "the number of the row in the first file"
    assert row[3].value == "=CMD()"
    assert row[3].data_type == "s", "a text that looks like a formula stays a text"
    assert row[8].value == "001"
    assert row[5].fill.bgColor.rgb != row[2].fill.bgColor.rgb or (
        row[5].fill.fgColor.rgb != row[2].fill.fgColor.rgb
    )


def test_tray_has_a_summary_of_causes(project):
    bad = "{},ANA,PÉREZ,31/02/2025,2025,Jefa,N1,1"
    project.csv(GOOD.format("A1"), bad.format("A2"), bad.format("A3"))

    project.load()

    cells = [c.value for row in project.tray()["Resumen"] for c in row if c.value]
    assert "datos.csv" in cells
    assert 2 in cells
    assert any("pdn load --source rechazos.xlsx" in str(c) for c in cells)


def test_corrected_tray_adds_and_deletes_nothing(project):
    project.csv(GOOD.format("A1"), "A2,ANA,PÉREZ,31/02/2025,2025,Jefa,N1,1")
    project.load()
    book = project.tray()
    book.worksheets[0].cell(2, 6).value = "28/02/2025"
    book.save(project.folder / "rechazos.xlsx")

    report = project.load(path=project.folder / "rechazos.xlsx")

    assert report.is_correction
    assert (report.read, report.inserted, report.deleted) == (1, 1, 0)
    assert project.store.count(SPIC) == 2
    assert project.record("A2")["fechaCaptura"].startswith("2025-02-28")


def test_tray_that_comes_back_uncorrected_replaces_nobody(project):
    project.csv(GOOD.format("A1"), "A1,LUZ,PÉREZ,31/01/2025,2025,Jefa,N1,1")
    project.load()

    report = project.load(path=project.folder / "rechazos.xlsx")

    assert (report.rejected, report.loaded) == (1, 0)
    assert project.record("A1")["nombres"] == "ANA"


def test_edited_tray_is_not_overwritten(project):
    project.csv(GOOD.format("A1"), "A2,ANA,PÉREZ,31/02/2025,2025,Jefa,N1,1")
    project.load()
    book = project.tray()
    book.worksheets[0].cell(2, 6).value = "28/02/2025"
    book.save(project.folder / "rechazos.xlsx")

    project.load()

    kept = openpyxl.load_workbook(project.folder / "rechazos-corregido-1.xlsx")
    assert kept.worksheets[0].cell(2, 6).value == "28/02/2025"


def test_untouched_tray_is_replaced(project):
    project.csv(GOOD.format("A1"), "A2,ANA,PÉREZ,31/02/2025,2025,Jefa,N1,1")
    project.load()

    project.load()

    assert [p.name for p in project.folder.glob("rechazos*")] == ["rechazos.xlsx"]


def test_repeated_id_names_the_row_that_was_taken(project):
    project.csv(GOOD.format("A1"), GOOD.format("A2"), GOOD.format("A1"))

    report = project.load()

    assert (report.inserted, report.rejected) == (2, 1)
    assert "fila 2" in report.causes[0].message


def test_dry_run_tells_all_and_changes_nothing(project):
    project.csv(GOOD.format("A1"), "A2,,,,,,,")

    report = project.load(is_dry_run=True)

    assert (report.inserted, report.rejected) == (1, 1)
    assert project.store.count(SPIC) == 0


def test_empty_source_does_not_wipe_the_data(project):
    project.csv(GOOD.format("A1"))
    project.load()
    project.csv()

    with pytest.raises(SourceUnavailableError, match="no tiene filas"):
        project.load()

    assert project.store.count(SPIC) == 1


def test_source_that_is_all_wrong_does_not_wipe_the_data(project):
    project.csv(GOOD.format("A1"))
    project.load()
    project.csv("A1,ANA,PÉREZ,nunca,2025,Jefa,N1,1")

    with pytest.raises(SourceUnavailableError, match="Se rechazaron las 1 filas"):
        project.load()

    assert project.store.count(SPIC) == 1
    assert (project.folder / "rechazos.xlsx").exists()


def test_emptying_is_possible_when_it_is_meant(project):
    project.csv(GOOD.format("A1"))
    project.load()
    project.csv()

    report = project.load(consent=Consent(empty=True))

    assert report.deleted == 1
    assert project.store.count(SPIC) == 0


def test_losing_most_records_must_be_confirmed(project):
    project.csv(*[GOOD.format(f"A{n}") for n in range(40)])
    project.load()
    project.csv(*[GOOD.format(f"A{n}") for n in range(10)])

    with pytest.raises(SourceUnavailableError, match="borraría 30 de los 40"):
        project.load()
    kept = project.store.count(SPIC)
    report = project.load(consent=Consent(deletions=True))

    assert kept == 40
    assert report.deleted == 30


def test_total_rows_are_skipped_and_told(project):
    project.csv(GOOD.format("A1"), "TOTAL,1,,,,,,", ",,,,,,,")

    report = project.load()

    assert report.read == 1
    assert [(s.number, s.reason) for s in report.skipped] == [(3, "Fila de totales")]


def test_person_named_total_is_no_total(project):
    project.csv("TOTAL,ANA,PÉREZ,31/01/2025,2025,Jefa,N1,1")

    assert project.load().inserted == 1


def test_progress_ends_with_every_row(project):
    project.csv(*[GOOD.format(f"A{n}") for n in range(1_200)])
    seen = []

    project.load(on_progress=seen.append)

    assert [p.read for p in seen] == [500, 1_000, 1_200]
    assert seen[-1].fraction == pytest.approx(1.0)


def test_file_date_fills_the_capture_date(project):
    project.mapping(
        MAPPING.replace(
            'fechaCaptura = "Fecha"', 'fechaCaptura = { from = "file_date" }'
        )
    )
    project.csv(GOOD.format("A1"))

    project.load()

    captured = datetime.fromisoformat(project.record("A1")["fechaCaptura"])
    changed = (project.folder / "datos.csv").stat().st_mtime
    assert int(captured.timestamp()) == int(changed)


def test_fixed_value_goes_only_where_a_column_says_something(project):
    text = '"superiorInmediato.puesto.nombre" = { value = "Oficial", when = "Nota" }'
    project.mapping(f"{MAPPING}\n{text}\n")
    header = f"{HEADER},Nota"
    project.csv(f"{GOOD.format('A1')},sí", f"{GOOD.format('A2')}, ", header=header)

    assert project.load().inserted == 2

    assert project.record("A1")["superiorInmediato"] == {
        "puesto": {"nombre": "Oficial"}
    }
    assert "superiorInmediato" not in project.record("A2")


def test_missing_column_names_the_nearest(project):
    project.csv(
        GOOD.format("A1"),
        header=HEADER.replace("Apellido", "Apelido").replace("Año", "Anio"),
    )

    with pytest.raises(MappingError, match=r"«Apellido».*¿Será «Apelido»"):
        project.load()


def test_row_with_too_many_cells_is_rejected_not_shifted(project):
    project.csv(GOOD.format("A1"), GOOD.format("A2") + ",sobra")

    report = project.load()

    assert (report.inserted, report.rejected) == (1, 1)
    assert "9 celdas y el encabezado 8" in report.causes[0].message


CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters='"\r\n\x00'), max_size=12
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=st.lists(st.lists(CELLS, min_size=8, max_size=8), min_size=1, max_size=8))
def test_no_row_is_ever_lost(project, rows):
    quoted = [",".join(f'"{cell}"' for cell in row) for row in rows]
    project.csv(GOOD.format("Siempre"), *quoted)

    report = project.load(consent=Consent(empty=True, deletions=True))

    blank = sum(not "".join(row).strip() for row in rows)
    assert report.read == report.loaded + report.unchanged + report.rejected
    assert report.read + len(report.skipped) + blank == len(rows) + 1
    assert project.store.count(SPIC) == report.loaded + report.unchanged


TEXTS = [
    "",
    " ",
    "\xa0",
    "N/A",
    "-",
    "\u2003x",
    "Sí",
    "1",
    "001",
    "31/01/2025",
    "a; ;b",
]
SPOKEN = st.one_of(
    st.sampled_from([*TEXTS, "ÁREA\n", "|", ";", "null", "Técnica", "R"]),
    st.sampled_from([None, 1.0, True, date(2025, 1, 31)]),
    st.text(max_size=6),
)
DATASETS = [d for standard in all_standards() for d in standard.datasets]


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda d: d.key)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_cells_say_needs_no_tidying_where_the_mapping_says_so(dataset, data):
    mapping = canonical_mapping(dataset)
    headers = sorted(mapping.columns)
    mapper = RowMapper(mapping, headers, datetime(2025, 1, 31, tzinfo=mapping.zone))
    cells = data.draw(st.lists(SPOKEN, min_size=len(headers), max_size=len(headers)))

    [(raw, _)] = mapper.read([cells])

    own, _ = prepare_own(dataset, deepcopy(raw), is_tidy=mapper.is_tidy)
    assert own == prepare(dataset, raw)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_written_records_are_read_back_the_same(project, suffix):
    records = [
        {
            "id": f"S-{n}",
            "fechaCaptura": "2025-01-31T10:20:30-06:00",
            "ejercicioFiscal": "2025",
            "ramo": {"clave": 12, "valor": "Salud"},
            "rfc": "PELA800101AB1",
            "nombres": "ANA",
            "primerApellido": "PÉREZ",
            "segundoApellido": "",
            "genero": {"clave": "O", "valor": "NO BINARIO"},
            "institucionDependencia": {"nombre": "Municipio", "clave": "001"},
            "puesto": {"nombre": "Jefa", "nivel": "01"},
            "tipoArea": [{"clave": "R", "valor": "REQUIRENTE"}],
            "tipoProcedimiento": [
                {"clave": 1, "valor": "CONTRATACIONES PÚBLICAS"},
                {"clave": 5, "valor": "Comodato"},
            ],
        }
        for n in range(3)
    ]
    lines = [
        f'"{r.field.path}" = "{r.field.path}"' for r in canonical_mapping(SPIC).rules
    ]
    project.mapping("[fields]\n" + "\n".join(lines))
    kind = "csv_file" if suffix == ".csv" else "excel_file"
    project.configure(kind, f"datos{suffix}")

    write_source(project.folder / f"datos{suffix}", SPIC, records)
    report = project.load()

    assert (report.read, report.inserted) == (3, 3)
    public = {k: v for k, v in prepare(SPIC, records[0]).items() if k != "rfc"}
    assert project.record("S-0") == public
