"""What people send by mistake or by malice: a clear error, and nothing is lost."""

import os
import resource
import signal
import struct
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import orjson
import psutil
import pytest
import xlsxwriter
import xlwt

from pdn_sdk.errors import MappingError, PdnError, SourceUnavailableError, StorageError
from pdn_sdk.ingest.contract import Request, find_connector
from pdn_sdk.ingest.mapping.file import Mapping
from pdn_sdk.ingest.mapping.values import titled
from pdn_sdk.ingest.run import load_source
from pdn_sdk.ingest.tray import Tray
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards.loader import get
from pdn_sdk.standards.search import checked_search
from pdn_sdk.storage.sql import RecordStore
from pdn_sdk.wire.model import RawSearch

S2 = get("s2")
SPIC = S2.datasets[0]
HEADERS = ("Folio", "Nombre", "Apellido", "Fecha", "Cargo", "Procedimientos")
GOOD = ("A1", "ANA", "PÉREZ", "31/01/2025", "Jefa", "1")
MAPPING = """
[fields]
id = "Folio"
nombres = "Nombre"
primerApellido = "Apellido"
fechaCaptura = "Fecha"
"institucionDependencia.nombre" = { value = "Municipio de Prueba" }
"puesto.nombre" = "Cargo"
tipoProcedimiento = "Procedimientos"
"""


def project(folder, name, connector):
    (folder / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    (folder / "provider.toml").write_text(
        '[provider]\nname = "Prueba"\nstandards = ["s2"]\ndatabase = "p.db"\n'
        f'[source]\nconnector = "{connector}"\nmapping = "mapping.toml"\n'
        f'path = "{name}"\n',
        encoding="utf-8",
    )
    return ProviderSettings.load(folder, {})


def load(folder, name, **options):
    kind = "csv_file" if name.endswith(".csv") else "excel_file"
    store = RecordStore.open(folder / "p.db", S2.datasets)
    try:
        return load_source(project(folder, name, kind), S2, SPIC, store, **options)
    finally:
        store.close()


def table(folder, name, **options):
    kind = "csv_file" if name.endswith((".csv", ".tsv")) else "excel_file"
    _, connector = find_connector(kind)
    request = Request({"path": name, **options}, folder, frozenset(HEADERS))
    return connector.read(request)


def cells(folder, name, **options):
    return [list(row.cells) for row in table(folder, name, **options)]


def workbook(path, rows, **options):
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("Hoja1")
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(at, column, value)
                else:
                    sheet.write(at, column, value)
    return path


# Files that are not what they seem


@pytest.mark.parametrize("name", ["vacio.csv", "vacio.xlsx"])
def test_empty_file_is_told(tmp_path, name):
    (tmp_path / name).write_bytes(b"")

    with pytest.raises(SourceUnavailableError, match="vacío"):
        load(tmp_path, name)


def test_header_only_is_told(tmp_path):
    (tmp_path / "d.csv").write_text(",".join(HEADERS) + "\n")

    with pytest.raises(SourceUnavailableError, match="no tiene filas con datos"):
        load(tmp_path, "d.csv")


def test_one_row_is_enough(tmp_path):
    workbook(tmp_path / "d.xlsx", [HEADERS, GOOD])

    assert load(tmp_path, "d.xlsx").inserted == 1


def test_missing_file_says_where_it_was_looked_for(tmp_path):
    with pytest.raises(SourceUnavailableError, match="No está el archivo"):
        load(tmp_path, "no-esta.xlsx")


def test_folder_in_place_of_a_file_is_told(tmp_path):
    (tmp_path / "d.csv").mkdir()

    with pytest.raises(SourceUnavailableError, match="No se puede leer"):
        load(tmp_path, "d.csv")


def test_pdf_renamed_xlsx_is_recognised(tmp_path):
    (tmp_path / "d.xlsx").write_bytes(b"%PDF-1.7\n" + b"x" * 500)

    with pytest.raises(SourceUnavailableError, match="es un PDF"):
        load(tmp_path, "d.xlsx")


def test_workbook_renamed_csv_is_recognised(tmp_path):
    workbook(tmp_path / "d.xlsx", [HEADERS, GOOD]).rename(tmp_path / "d.csv")

    with pytest.raises(SourceUnavailableError, match="libro de Excel"):
        load(tmp_path, "d.csv")


def test_truncated_workbook_is_told(tmp_path):
    path = workbook(tmp_path / "d.xlsx", [HEADERS, GOOD])
    path.write_bytes(path.read_bytes()[:-200])

    with pytest.raises(SourceUnavailableError, match="dañado"):
        load(tmp_path, "d.xlsx")


def test_zip_that_is_no_workbook_is_told(tmp_path):
    with zipfile.ZipFile(tmp_path / "d.xlsx", "w") as archive:
        archive.writestr("hola.txt", "hola")

    with pytest.raises(SourceUnavailableError, match="dañado"):
        load(tmp_path, "d.xlsx")


def test_workbook_with_a_password_is_told(tmp_path):
    # An encrypted .xlsx is an OLE file that says so in its directory.
    name = "EncryptedPackage".encode("utf-16-le")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_016)
    (tmp_path / "d.xlsx").write_bytes(head + name + bytes(2_000))

    with pytest.raises(SourceUnavailableError, match="contraseña"):
        load(tmp_path, "d.xlsx")


def test_zip_bomb_is_refused_before_it_is_opened(tmp_path):
    with (
        zipfile.ZipFile(tmp_path / "d.xlsx", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(100):
            part.write(bytes(1 << 20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(SourceUnavailableError, match="demasiado"):
        load(tmp_path, "d.xlsx")

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 50_000, "kilobytes"


def test_zip_that_lies_of_its_sizes_does_no_harm(tmp_path):
    path = workbook(tmp_path / "d.xlsx", [HEADERS, GOOD])
    raw = bytearray(path.read_bytes())
    at = raw.find(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)
    path.write_bytes(raw)

    with pytest.raises(SourceUnavailableError):
        load(tmp_path, "d.xlsx")


def test_binary_noise_is_no_csv(tmp_path):
    (tmp_path / "d.csv").write_bytes(bytes(range(256)) * 40)

    with pytest.raises(PdnError):
        load(tmp_path, "d.csv")


# Sheets that people keep


def test_duplicate_headers_are_told_apart_and_told(tmp_path):
    workbook(tmp_path / "d.xlsx", [("Folio", "Nombre", "nombre"), ("1", "a", "b")])

    found = table(tmp_path, "d.xlsx")

    assert found.headers == ("Folio", "Nombre", "nombre (2)")
    assert any("Nombre" in notice and "2 veces" in notice for notice in found.notices)


def test_row_of_ten_thousand_columns_is_rejected(tmp_path):
    rows = [",".join(HEADERS), ",".join(GOOD), ",".join(["x"] * 10_000)]
    (tmp_path / "d.csv").write_text("\n".join(rows))

    report = load(tmp_path, "d.csv")

    assert (report.inserted, report.rejected) == (1, 1)
    assert "10,000 celdas" in report.causes[0].message


def test_sheet_of_ten_thousand_columns_is_read(tmp_path):
    wide = [f"C{n}" for n in range(10_000)]
    workbook(tmp_path / "d.xlsx", [(*HEADERS, *wide), (*GOOD, *["x"] * 10_000)])

    assert load(tmp_path, "d.xlsx").inserted == 1


def test_formula_error_is_a_blank_cell(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "d.xlsx")) as book:
        sheet = book.add_worksheet()
        for column, header in enumerate(HEADERS):
            sheet.write_string(0, column, header)
            sheet.write_string(1, column, GOOD[column])
            sheet.write_string(2, column, GOOD[column])
        sheet.write_string(2, 0, "A2")
        sheet.write_formula(2, 1, "=VLOOKUP(1,A1:B2,2)", value="#N/A")

    report = load(tmp_path, "d.xlsx")

    assert (report.inserted, report.rejected) == (1, 1)
    assert report.causes[0].column == "Nombre"


def test_written_error_text_is_a_blank_too(tmp_path):
    (tmp_path / "d.csv").write_text(
        ",".join(HEADERS) + "\nA1,#¡REF!,PÉREZ,31/01/2025,Jefa,1\n"
    )

    report = load(tmp_path, "d.csv")

    assert report.rejected == 1


def test_cell_that_looks_like_a_formula_is_text(tmp_path):
    workbook(tmp_path / "d.xlsx", [HEADERS, ("=1+1", *GOOD[1:])])

    assert cells(tmp_path, "d.xlsx")[0][0] == "=1+1"


def test_text_clave_keeps_its_zeros_and_a_number_loses_its_point(tmp_path):
    from pdn_sdk.ingest.mapping import values

    workbook(tmp_path / "d.xlsx", [HEADERS, ("001", "ANA", "P", 45688, 3.0, "1")])

    row = cells(tmp_path, "d.xlsx")[0]

    assert [values.text(c) for c in (row[0], row[4])] == ["001", "3"]


def test_title_rows_and_a_heading_in_two_rows(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "d.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.merge_range("B2:F2", "MUNICIPIO DE PRUEBA", None)
        sheet.merge_range("B4:B5", "Folio", None)
        sheet.merge_range("C4:D4", "Servidor público", None)
        sheet.merge_range("E4:F4", "Superior", None)
        for column, text in enumerate(("Nombre", "Apellido") * 2, start=2):
            sheet.write_string(4, column, text)
        for column, text in enumerate(("1", "Ana", "Paz", "Luz", "Gil"), start=1):
            sheet.write_string(5, column, text)

    found = table(tmp_path, "d.xlsx")
    rows = list(found)

    assert found.headers[1:] == (
        "Folio",
        "Servidor público / Nombre",
        "Servidor público / Apellido",
        "Superior / Nombre",
        "Superior / Apellido",
    )
    assert [(r.number, list(r.cells)[1:]) for r in rows] == [
        (6, ["1", "Ana", "Paz", "Luz", "Gil"])
    ]


def test_hidden_and_empty_sheets_are_passed_over(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "d.xlsx")) as book:
        book.add_worksheet("Portada").write_string(0, 0, "Padrón")
        hidden = book.add_worksheet("Vieja")
        data = book.add_worksheet("Datos")
        for sheet in (hidden, data):
            sheet.write_row(0, 0, HEADERS)
            sheet.write_row(1, 0, GOOD)
        hidden.hide()

    found = table(tmp_path, "d.xlsx")

    assert found.name == "Datos"
    assert "«Vieja»" in found.notices[0]


def test_sheet_can_be_chosen_and_a_wrong_one_is_told(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "d.xlsx")) as book:
        for name in ("Uno", "Dos"):
            book.add_worksheet(name).write_row(0, 0, HEADERS)

    assert table(tmp_path, "d.xlsx", sheet="Dos").name == "Dos"
    with pytest.raises(SourceUnavailableError, match="«Uno», «Dos»"):
        table(tmp_path, "d.xlsx", sheet="Tres")


def test_old_xls_and_ods_are_read(tmp_path):
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    old = xlwt.Workbook()
    sheet = old.add_sheet("Datos")
    free = OpenDocumentSpreadsheet()
    free_table = Table(name="Datos")
    for at, row in enumerate((HEADERS, GOOD)):
        line = TableRow()
        for column, text in enumerate(row):
            sheet.write(at, column, text)
            cell = TableCell(valuetype="string")
            cell.addElement(P(text=text))
            line.addElement(cell)
        free_table.addElement(line)
    free.spreadsheet.addElement(free_table)
    old.save(str(tmp_path / "d.xls"))
    free.save(str(tmp_path / "d.ods"))

    assert cells(tmp_path, "d.xls") == [list(GOOD)]
    assert cells(tmp_path, "d.ods") == [list(GOOD)]


# Text of every program


SPANISH = "Folio;Nombre\n1;Íñigo Muñoz Ibáñez\n2;¿Óscar Peña?\n"


@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8",
        "utf-8-sig",
        "cp1252",
        "mac_roman",
        "cp850",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
    ],
)
def test_encoding_is_found(tmp_path, encoding):
    (tmp_path / "d.csv").write_bytes(SPANISH.encode(encoding))

    found = table(tmp_path, "d.csv")

    assert found.headers == ("Folio", "Nombre")
    assert [r.cells[1] for r in found] == ["Íñigo Muñoz Ibáñez", "¿Óscar Peña?"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_the_first_accent_may_be_on_row_ninety_thousand(tmp_path, encoding):
    plain = "".join(f"{n},Ana Paz Gil de la Torre\n" for n in range(90_000))
    text = f"Folio,Nombre\n{plain}90001,Íñigo Muñoz\n"
    (tmp_path / "d.csv").write_bytes(text.encode(encoding))

    *_, last = table(tmp_path, "d.csv")

    assert last.cells[1] == "Íñigo Muñoz"
    assert last.number == 90_002


def test_rows_of_two_programs_are_each_read_with_their_own(tmp_path):
    text = b"Folio,Nombre\n" + "1,Peña\n2,Ibáñez\n3,Zúñiga\n".encode()
    (tmp_path / "d.csv").write_bytes(text + "4,Muñoz\n".encode("cp1252"))

    found = table(tmp_path, "d.csv")

    assert [r.cells[1] for r in found] == ["Peña", "Ibáñez", "Zúñiga", "Muñoz"]
    assert "otra codificación" in found.notices[0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(tmp_path, delimiter):
    rows = [("Folio", "Nombre", "Cargo"), ("1", "Ana", "a"), ("2", "Luz", "b")]
    (tmp_path / "d.csv").write_text("\n".join(delimiter.join(r) for r in rows))

    assert cells(tmp_path, "d.csv") == [["1", "Ana", "a"], ["2", "Luz", "b"]]


def test_lines_of_an_old_mac_are_lines(tmp_path):
    text = "\r".join(map(",".join, (HEADERS, GOOD, ("A2", "LUZ", "PEÑA", *GOOD[3:]))))
    (tmp_path / "d.csv").write_bytes(text.encode("mac_roman"))

    assert [row[2] for row in cells(tmp_path, "d.csv")] == ["PÉREZ", "PEÑA"]


def test_stray_nul_does_not_make_a_file_utf16(tmp_path):
    text = "\n".join(map(",".join, (HEADERS, GOOD))).replace("ANA", "AN\x00A")
    (tmp_path / "d.csv").write_text(text, encoding="utf-8")

    report = load(tmp_path, "d.csv")

    assert (report.read, report.inserted) == (1, 1)


def test_rows_of_mere_blanks_are_no_rows(tmp_path):
    rows = (HEADERS, [" "] * len(HEADERS), GOOD, [""] * len(HEADERS))
    (tmp_path / "d.csv").write_text("\n".join(map(",".join, rows)), encoding="utf-8")

    report = load(tmp_path, "d.csv")

    assert (report.read, report.rejected) == (1, 0)


@pytest.mark.parametrize("written", ["1, 2 y 3", "1/2/3", "1;2;3", "1 y 2 y 3"])
def test_several_entries_in_a_cell_are_each_read(tmp_path, written):
    workbook(tmp_path / "d.xlsx", [HEADERS, (*GOOD[:5], written)])

    load(tmp_path, "d.xlsx")

    store = RecordStore.open(tmp_path / "p.db", S2.datasets)
    search = checked_search(SPIC, RawSearch(1, 1, {}))
    record = orjson.loads(store.find(SPIC, search).documents[0])
    store.close()
    assert [p["clave"] for p in record["tipoProcedimiento"]] == [1, 2, 3]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("MARÍA DE LA LUZ", "María de la Luz"),
        ("O'BRIEN-PÉREZ", "O'Brien-Pérez"),
        ("María DE la Luz", "María DE la Luz"),
    ],
)
def test_capitals_are_kept_where_names_have_them(written, read):
    assert titled(written) == read


def test_separator_line_of_excel_is_no_row(tmp_path):
    (tmp_path / "d.csv").write_text("sep=;\nFolio;Nombre\n1;Ana, Luz\n")

    found = table(tmp_path, "d.csv")

    assert found.headers == ("Folio", "Nombre")
    assert [r.number for r in found] == [2]


def test_line_breaks_inside_quotes_count_as_one_row(tmp_path):
    (tmp_path / "d.csv").write_text('Folio,Nombre\n1,"Ana\nLuz"\n2,"a ""b"" c"\n')

    rows = list(table(tmp_path, "d.csv"))

    assert [(r.number, r.cells[1]) for r in rows] == [(2, "Ana\nLuz"), (3, 'a "b" c')]


def test_quote_that_is_never_closed_swallows_nothing(tmp_path):
    (tmp_path / "d.csv").write_text('Folio,Nombre\n1,Ana\n2,"Luz\n3,Eva\n4,Sol\n')

    with pytest.raises(
        SourceUnavailableError, match=r"fila 3.*comilla que no se cierra"
    ):
        list(table(tmp_path, "d.csv"))


def test_unknown_encoding_is_told(tmp_path):
    (tmp_path / "d.csv").write_text(SPANISH)

    with pytest.raises(SourceUnavailableError, match="No existe la codificación"):
        table(tmp_path, "d.csv", encoding="utf-ocho")


# Mappings that do not fit


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('nombre = "Nombre"', "¿Quiso decir «nombres»"),
        ('nombres = { columna = "Nombre" }', "«columna» no se conoce"),
        ('nombres = { column = "a", value = "b" }', "una sola vez"),
        ("nombres = 3", "debe ser el nombre de una columna"),
        ('nombres = "Nombre"', "falta decir de dónde sale «id»"),
    ],
)
def test_wrong_mapping_is_told(tmp_path, text, told):
    path = tmp_path / "mapping.toml"
    path.write_text(f"[fields]\n{text}\n", encoding="utf-8")

    with pytest.raises(MappingError, match=told):
        Mapping.load(path, SPIC)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("[fields]", "[campos]", "«campos» no se conoce"),
        ("[fields]", '[options]\nzone = "America/Mexcio"\n[fields]', "zona horaria"),
        ("[fields]", '[options]\ncapitals = "upper"\n[fields]', "capitals"),
        ('id = "Folio"', 'id = { hash = ["RFC"] }\nrfc = "RFC"', "dato reservado"),
        ('id = "Folio"', "id = Folio", "se rompe en la línea 3"),
        ('id = "Folio"', 'id = { column = "Folio", when = "RFC" }', "when acompaña"),
        ('"1"', '"1"', None),
    ],
)
def test_mapping_faults_name_their_remedy(tmp_path, before, after, told):
    path = tmp_path / "mapping.toml"
    path.write_text(MAPPING.replace(before, after), encoding="utf-8")

    if told is None:
        assert Mapping.load(path, SPIC).columns == set(HEADERS)
        return
    with pytest.raises(MappingError, match=told):
        Mapping.load(path, SPIC)


def test_missing_mapping_says_how_to_make_it(tmp_path):
    with pytest.raises(MappingError, match="pdn map"):
        Mapping.load(tmp_path / "mapping.toml", SPIC)


# The disk and the process


def test_full_disk_of_the_tray_keeps_the_old_data(tmp_path, monkeypatch):
    (tmp_path / "d.csv").write_text("\n".join(map(",".join, (HEADERS, GOOD))))
    load(tmp_path, "d.csv")
    bad = ("A2", "LUZ", "PAZ", "ayer", "Jefa", "1")
    (tmp_path / "d.csv").write_text("\n".join(map(",".join, (HEADERS, bad, GOOD))))

    def full(*_):
        raise OSError(28, "No queda espacio en el dispositivo")

    monkeypatch.setattr(Tray, "_open_sheet", full)
    with pytest.raises(StorageError, match="espacio"):
        load(tmp_path, "d.csv")

    store = RecordStore.open(tmp_path / "p.db", S2.datasets)
    assert store.count(SPIC) == 1
    store.close()


LOADER = """
    import sys, time
    from pathlib import Path
    sys.path.insert(0, {here!r})
    import test_bad_input as t

    def slowly(progress):
        print(progress.read, flush=True)
        time.sleep(0.2)

    t.load(Path({folder!r}), "d.csv", on_progress=slowly)
"""


def rows_csv(folder, count, name):
    rows = [HEADERS] + [
        (f"B{n}", name, "PÉREZ", "31/01/2025", "Jefa", "1") for n in range(count)
    ]
    (folder / "d.csv").write_text("\n".join(map(",".join, rows)), encoding="utf-8")


def test_load_killed_midway_leaves_the_old_data_whole(tmp_path):
    rows_csv(tmp_path, 1_000, "VIEJA")
    load(tmp_path, "d.csv")
    rows_csv(tmp_path, 5_000, "NUEVA")
    code = LOADER.format(here=str(Path(__file__).parent), folder=str(tmp_path))
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE
    )
    read = 0
    while read < 3_500:
        line = child.stdout.readline()
        assert line, "the child must be loading when it is killed"
        read = int(line)

    partners = psutil.Process(child.pid).children()
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    _, alive = psutil.wait_procs(partners, timeout=30)
    child.stdout.close()
    store = RecordStore.open(tmp_path / "p.db", S2.datasets)
    kept = store.count(SPIC)
    store.close()
    report = load(tmp_path, "d.csv")

    assert (kept, alive) == (1_000, [])
    assert (report.read, report.updated, report.inserted) == (5_000, 1_000, 4_000)


@pytest.mark.slow
def test_file_of_a_hundred_megabytes_takes_little_memory(tmp_path):
    line = ",".join((*GOOD[1:], "x" * 120)) + "\n"
    with (tmp_path / "d.csv").open("w") as file:
        file.write(",".join((*HEADERS, "Relleno")) + "\n")
        for n in range(640_000):
            file.write(f"R{n},{line}")
    assert (tmp_path / "d.csv").stat().st_size > 100_000_000
    code = f"""
        import re, sys
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import test_bad_input as t

        found = t.table(Path({str(tmp_path)!r}), "d.csv")
        count = sum(1 for _ in found)
        # ru_maxrss would count the memory of the process that started this one.
        status = Path("/proc/self/status").read_text()
        print(count, re.search(r"VmHWM:\\s+(\\d+)", status)[1])
    """

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=True,
    )
    count, kilobytes = map(int, done.stdout.split())

    assert count == 640_000
    assert kilobytes < 150_000
