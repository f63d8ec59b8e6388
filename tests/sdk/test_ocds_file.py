"""The connector of open contracting files: every shape, any size, plain errors."""

import gzip
import json
import tracemalloc
from itertools import repeat
from pathlib import Path

import pytest

from pdn_sdk.errors import SourceUnavailableError
from pdn_sdk.ingest.contract import Request, find_connector
from pdn_sdk.ingest.run import load_source
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards.loader import get
from pdn_sdk.storage.sql import RecordStore

CONNECTOR = find_connector("ocds_file")[1]


def release(ocid, date="2025-01-01T00:00:00Z", **members):
    head = {"ocid": ocid, "id": f"{ocid}-{date}", "date": date, "tag": ["tender"]}
    return {**head, "initiationType": "tender", **members}


def read(tmp_path, content, name="fuente.json"):
    path = tmp_path / name
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    table = CONNECTOR.read(Request({"path": str(path)}, Path()))
    return [(row.number, row.cells[0]) for row in table], table


A, B = release("a"), release("b")
PACKAGE = {"uri": "x", "publisher": {"name": "P"}, "releases": [A, B], "license": "z"}


@pytest.mark.parametrize(
    "content",
    [
        PACKAGE,
        {"releases": [A, B], "version": "1.1"},
        [A, B],
        f"{json.dumps(A)}\n{json.dumps(B)}\n",
        f"\ufeff{json.dumps(A)}\r\n\r\n{json.dumps(B)}",
        json.dumps(PACKAGE, indent=4),
        f"{json.dumps({'releases': [A]})}\n{json.dumps({'releases': [B]})}",
        {"records": [{"ocid": x["ocid"], "compiledRelease": x} for x in (A, B)]},
        {"records": [{"ocid": x["ocid"], "releases": [x]} for x in (A, B)]},
        [{"ocid": x["ocid"], "releases": [x]} for x in (A, B)],
        f"{json.dumps({'ocid': 'a', 'releases': [A]})}\n{json.dumps(B)}",
    ],
)
def test_every_shape_of_file_gives_its_releases(tmp_path, content):
    rows, table = read(tmp_path, content)

    assert rows == [(1, "a"), (2, "b")]
    assert (table.skipped, table.notices) == ([], [])
    assert table.fraction_read() == 1.0


def test_one_release_alone_is_a_file(tmp_path):
    assert read(tmp_path, A)[0] == [(1, "a")]
    assert read(tmp_path, {"ocid": "a", "releases": [A]})[0] == [(1, "a")]


def test_a_compressed_file_is_read_as_it_is(tmp_path):
    path = tmp_path / "fuente.json.gz"
    path.write_bytes(gzip.compress(json.dumps(PACKAGE).encode()))

    table = CONNECTOR.read(Request({"path": str(path)}, Path()))

    assert [row.cells[0] for row in table] == ["a", "b"]


def test_of_a_contract_the_latest_release_is_taken(tmp_path):
    old, new = release("a"), release("a", "2025-01-01T01:00:00+09:00")
    latest = release("a", "2024-12-31T20:00:00-06:00")

    rows, table = read(tmp_path, {"releases": [old, B, new, latest]})

    assert rows == [(2, "b"), (4, "a")]
    assert table.notices == [
        "2 publicaciones son anteriores a otra de la misma contratación: se tomó la "
        "más reciente de cada una."
    ]


def test_of_a_record_the_compiled_release_is_taken_or_the_latest(tmp_path):
    compiled = release("a", "2020-01-01T00:00:00Z")
    record = {"ocid": "a", "releases": [A], "compiledRelease": compiled}
    other = {"ocid": "b", "releases": [B, release("b", "2026-01-01T00:00:00Z")]}

    _, table = read(tmp_path, {"records": [record, other]})
    path = tmp_path / "fuente.json"
    rows = list(CONNECTOR.read(Request({"path": str(path)}, Path())))

    dates = [json.loads(row.cells[1])["date"][:4] for row in rows]
    assert dates == ["2020", "2026"]
    assert table.notices == []


def test_what_only_links_to_its_releases_is_told(tmp_path):
    linked = {"ocid": "z", "releases": [{"url": "https://ejemplo.gob.mx/z"}]}

    rows, table = read(tmp_path, {"records": [linked, {"ocid": "a", "releases": [A]}]})

    assert rows == [(2, "a")]
    assert [s.number for s in table.skipped] == [1]
    assert "sólo enlaza" in table.skipped[0].reason


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"releases": [{"ocid": "a" "id": 1}]}', "falta o sobra algo"),
        ('{"releases": [{"ocid": "a}]}', "comillas que no se cierran"),
        ('{"releases": [{"ocid": "a"}', "termina a la mitad"),
        ('{"releases": [{"ocid": "\\x"}]}', "un signo que JSON no admite"),
        ("hola", "se esperaba un objeto JSON"),
        ('{"releases" [', "falta «:»"),
        ("[" * 100_000, "demasiados niveles"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(tmp_path, content, said):
    with pytest.raises(SourceUnavailableError, match=said):
        read(tmp_path, content)


def test_a_file_that_is_not_utf_8_or_not_there_is_told(tmp_path):
    (tmp_path / "x.json").write_bytes('{"releases": ["ñ"]}'.encode("cp1252"))

    with pytest.raises(SourceUnavailableError, match="UTF-8"):
        list(CONNECTOR.read(Request({"path": str(tmp_path / "x.json")}, Path())))
    with pytest.raises(SourceUnavailableError, match="No está el archivo"):
        CONNECTOR.read(Request({"path": str(tmp_path / "y.json")}, Path()))


def test_a_large_package_is_read_in_bounded_memory(tmp_path):
    path = tmp_path / "grande.json"
    text = "x" * 20_000
    with path.open("w", encoding="utf-8") as file:
        file.write('{"releases": [')
        for n, _ in enumerate(repeat(None, 3_000)):
            file.write("," * bool(n) + json.dumps(release(f"a{n}", rationale=text)))
        file.write("]}")
    table = CONNECTOR.read(Request({"path": str(path)}, Path()))

    tracemalloc.start()
    count = sum(1 for _ in table)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 3_000
    assert path.stat().st_size > 60_000_000
    assert peak < 16_000_000


def test_a_load_keeps_what_is_public_and_tells_what_to_repair(tmp_path):
    folder = Path(find_connector("ocds_file")[0].folder)
    (tmp_path / "provider.toml").write_text(
        f"""
        [provider]
        name = "Prueba"
        standards = ["s6"]
        [source]
        connector = "ocds_file"
        mapping = '{folder / "mapping.toml"}'
        path = '{folder / "sample/paquete.json"}'
        """,
        encoding="utf-8",
    )
    standard = get("s6")
    settings = ProviderSettings.load(tmp_path, {})
    store = RecordStore.open(tmp_path / "p.db", standard.datasets)

    report = load_source(settings, standard, standard.datasets[0], store)
    store.close()

    assert (report.read, report.inserted, report.rejected) == (3, 2, 1)
    assert "1 publicación es anterior" in report.notices[0]
    assert {c.rule for c in report.causes} == {"format", "enum"}
