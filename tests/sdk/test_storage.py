"""Loads are whole or nothing, and whatever goes wrong says what to do."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import orjson
import psycopg
import pytest

from pdn_sdk.collation import sort_key
from pdn_sdk.errors import InvalidRecordError, StorageError
from pdn_sdk.settings.database import Server, place
from pdn_sdk.standards.loader import get
from pdn_sdk.standards.search import checked_search
from pdn_sdk.storage.sql import LoadSummary, RecordStore
from pdn_sdk.wire.model import RawSearch

DATASET = get("s2").datasets[0]
RFC = "PEPM800101AB1"


def _record(number, **changes):
    return {
        "id": f"r{number:05}",
        "nombres": ("MARÍA", "José Luis", "Guadalupe")[number % 3],
        "primerApellido": ("Zapata", "Ñúñez", "Nuñez", "Álvarez")[number % 4],
        "institucionDependencia": {"nombre": f"Secretaría {number % 5}"},
        "puesto": {"nombre": "Analista", "nivel": "p13"},
        "tipoProcedimiento": [{"clave": number % 5 + 1, "valor": "x"}],
        "rfc": RFC,
        "superiorInmediato": {"nombres": "Ana", "rfc": RFC},
        **changes,
    }


def _records(count, **changes):
    return [_record(number, **changes) for number in range(count)]


def _search(page=1, size=10, sort=(), **query):
    return checked_search(DATASET, RawSearch(page, size, query, tuple(sort)))


def _load(store, records, **how):
    with store.load(DATASET, **how) as load:
        for record in records:
            load.put(record)
    return load.summary


def _found(store, *, reserved=False, **query):
    page = store.find(DATASET, _search(size=200, **query), reserved=reserved)
    return [orjson.loads(document) for document in page.documents]


@pytest.fixture
def path(tmp_path):
    """Where a file of SQLite would be, for what only a file can suffer."""
    return tmp_path / "datos" / "provider.db"


@pytest.fixture
def filed(path):
    with closing(RecordStore.open(path, [DATASET])) as opened:
        yield opened


@pytest.fixture
def where(new_place):
    """A place without data, on each engine."""
    return new_place()


@pytest.fixture
def store(where):
    with closing(RecordStore.open(where, [DATASET])) as opened:
        yield opened


def test_new_store_is_empty_and_has_no_date(store):
    page = store.find(DATASET, _search())

    assert (list(page.documents), page.total, page.has_next) == ([], 0, False)
    assert store.count(DATASET) == 0
    assert store.institutions(DATASET) == []
    assert store.loaded_at(DATASET) is None


def test_load_inserts_updates_keeps_and_deletes(store):
    _load(store, _records(10))

    changed = [_record(0, nombres="Otro"), *_records(10)[1:8], _record(90)]
    summary = _load(store, changed)

    assert summary == LoadSummary(inserted=1, updated=1, unchanged=7, deleted=2)
    assert store.count(DATASET) == 9
    assert [r["id"] for r in _found(store, nombres="otro")] == ["r00000"]
    assert _found(store, id="r00009") == []


def test_a_record_in_another_order_is_the_same_record(store):
    record = _record(1)
    _load(store, [record])

    summary = _load(store, [dict(reversed(record.items()))])

    assert summary == LoadSummary(inserted=0, updated=0, unchanged=1, deleted=0)


def test_a_number_that_becomes_a_boolean_is_a_change(store):
    _load(store, [_record(1, observaciones=1)])

    summary = _load(store, [_record(1, observaciones=True)])

    assert summary.updated == 1


def test_keep_missing_deletes_nothing(store):
    _load(store, _records(10))

    summary = _load(store, [_record(3, nombres="Otro")], keep_missing=True)

    assert summary == LoadSummary(inserted=0, updated=1, unchanged=0, deleted=0)
    assert store.count(DATASET) == 10


def test_order_of_members_is_not_a_change(store):
    record = _record(1)
    _load(store, [record])

    summary = _load(store, [dict(reversed(record.items()))])

    assert summary == LoadSummary(unchanged=1)


def test_second_record_with_an_id_is_not_written(store):
    fresh = _load(store, [_record(1), _record(1, nombres="Otra")])
    known = _load(store, [_record(1), _record(1, nombres="Otra")])

    assert fresh == LoadSummary(inserted=1, duplicates=1)
    assert known == LoadSummary(unchanged=1, duplicates=1)
    assert [r["nombres"] for r in _found(store)] == ["José Luis"]


def _interrupted_load(store):
    with store.load(DATASET) as load:
        load.put(_record(90))
        raise ZeroDivisionError


def test_exception_in_the_block_undoes_the_load(store):
    _load(store, _records(10))

    with pytest.raises(ZeroDivisionError):
        _interrupted_load(store)

    assert [r["id"] for r in _found(store)] == [r["id"] for r in _records(10)]


def test_readers_see_old_data_until_the_load_ends(store):
    _load(store, _records(10))

    with store.load(DATASET) as load:
        load.put(_record(90))
        during = store.find(DATASET, _search()).total

    assert (during, store.find(DATASET, _search()).total) == (10, 1)


def test_version_grows_only_when_data_change(store):
    _load(store, _records(3))
    before = store.version(DATASET)
    _load(store, _records(3))
    unchanged = store.version(DATASET)
    _load(store, _records(2))

    assert unchanged == before
    assert store.version(DATASET) > before


def test_totals_follow_a_load_of_another_process(store, where):
    _load(store, _records(12))
    before = store.find(DATASET, _search(nombres="mar")).total

    with closing(RecordStore.open(where, [DATASET])) as other:
        _load(other, _records(3))

    assert (before, store.find(DATASET, _search(nombres="mar")).total) == (4, 1)
    assert len(store.institutions(DATASET)) == 3


def test_date_of_the_load_is_in_utc(store):
    before = datetime.now(UTC)
    _load(store, _records(1))

    assert before <= store.loaded_at(DATASET) <= datetime.now(UTC)


def test_unsorted_walk_gives_each_record_once(store):
    _load(store, _records(57))

    pages = [store.find(DATASET, _search(page=p)).documents for p in range(1, 8)]
    identities = [orjson.loads(d)["id"] for page in pages for d in page]

    assert sorted(identities) == [r["id"] for r in _records(57)]


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("query", [{}, {"nombres": "guadalupe"}, {"nombres": "a"}])
def test_sorted_walk_is_spanish_with_ties_by_id(store, direction, query):
    _load(store, reversed(_records(57)))
    sort = [("primerApellido", direction)]

    pages = [_search(page=p, sort=sort, **query) for p in range(1, 8)]
    walked = [
        orjson.loads(d) for page in pages for d in store.find(DATASET, page).documents
    ]

    expected = sorted(_found(store, **query), key=lambda r: r["id"])
    expected.sort(
        key=lambda r: sort_key(r["primerApellido"]), reverse=direction == "desc"
    )
    assert walked == expected


def test_long_texts_are_found_and_sorted_to_their_last_letter(store):
    letters = "".join(Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=6_000))
    names = [letters + end for end in ("ñ", "n", "o", "nz", "á", "a")]
    _load(
        store,
        [_record(i, id=letters + str(i), nombres=n) for i, n in enumerate(names)],
    )

    page = store.find(DATASET, _search(sort=[("nombres", "asc")]))
    found = [orjson.loads(document)["nombres"] for document in page.documents]

    assert found == sorted(names, key=sort_key)
    assert len(_found(store, id=letters + "3")) == 1
    assert len(_found(store, nombres=letters + "nz")) == 1
    assert _load(store, [_record(0, id=letters + "0")]).updated == 1


@pytest.mark.parametrize("page", [7, 10**9, 2**63, 10**30])
def test_page_past_the_end_is_empty(store, page):
    _load(store, _records(57))

    found = store.find(DATASET, _search(page=page))

    assert (list(found.documents), found.total, found.has_next) == ([], 57, False)


def test_reserved_fields_are_dropped_at_load(filed, path):
    _load(filed, _records(3))

    assert all("rfc" not in record for record in _found(filed, reserved=True))
    assert all("rfc" not in r["superiorInmediato"] for r in _found(filed))
    filed.close()
    files = path.parent.iterdir()
    assert not any(RFC.encode() in file.read_bytes() for file in files)


@pytest.mark.parametrize("reserved", [True, False])
def test_filter_on_a_withheld_field_matches_nothing(store, reserved):
    _load(store, _records(3))

    assert _found(store, rfc=RFC, reserved=reserved) == []


def test_stored_reserved_fields_need_the_permission(where):
    with closing(RecordStore.open(where, [DATASET], publish_reserved=True)) as store:
        _load(store, _records(3))

        assert _found(store, rfc=RFC) == []
        assert all("rfc" not in record for record in _found(store))
        seen = _found(store, rfc=RFC.lower(), reserved=True)
        assert [r["rfc"] for r in seen] == [RFC] * 3
        assert seen[0]["superiorInmediato"]["rfc"] == RFC
        assert _found(store, rfc=RFC[:-1], reserved=True) == []


def test_no_longer_publishing_removes_what_was_reserved(where):
    with closing(RecordStore.open(where, [DATASET], publish_reserved=True)) as store:
        _load(store, _records(3))

    with closing(RecordStore.open(where, [DATASET])) as store:
        assert store.count(DATASET) == 3
        assert all("rfc" not in record for record in _found(store, reserved=True))


def test_institutions_are_one_for_each_folded_name(store):
    names = ["SALUD", "Órgano  Interno", "Salud", "Salud", "organo interno", "Ñandú"]
    _load(
        store,
        [
            _record(i, institucionDependencia={"nombre": n, "siglas": f"S{i}"})
            for i, n in enumerate(names)
        ],
    )

    found = store.institutions(DATASET)

    assert found[0]["nombre"] == "Ñandú"
    assert {row["nombre"] for row in found} >= {"Salud", "Ñandú"}
    assert len(found) == 3


def test_changed_standard_is_derived_from_stored_documents(where):
    with closing(RecordStore.open(where, [DATASET])) as store:
        _load(store, _records(9))
        loaded_at, version = store.loaded_at(DATASET), store.version(DATASET)
    level = replace(DATASET.filters_by_name["curp"], name="p", path="puesto.nivel")
    grown = replace(
        DATASET,
        sort_fields=DATASET.sort_fields[:1],
        filters=(*DATASET.filters[:-2], level),
    )

    with closing(RecordStore.open(where, [grown])) as store:
        asked = checked_search(grown, RawSearch(query={"p": "P13", "nombres": "j"}))
        assert store.find(grown, asked).total == 3
        assert store.loaded_at(grown) == loaded_at
        assert store.version(grown) > version
        summary = _load(store, _records(9))
        assert summary.unchanged == 9


def test_read_only_store_says_to_load_first(where):
    with pytest.raises(StorageError, match="pdn load"):
        RecordStore.open(where, [DATASET], read_only=True)


def test_read_only_store_serves(store, where):
    _load(store, _records(3))

    with closing(RecordStore.open(where, [DATASET], read_only=True)) as reader:
        assert reader.count(DATASET) == 3


def test_second_load_at_the_same_time_is_refused(store, where):
    with store.load(DATASET) as load:
        load.put(_record(1))
        with (
            closing(RecordStore.open(where, [DATASET])) as other,
            pytest.raises(StorageError, match="otra carga"),
            other.load(DATASET),
        ):
            pass

    assert store.count(DATASET) == 1


def test_text_that_json_cannot_hold_is_refused_alone(store):
    with store.load(DATASET) as load:
        with pytest.raises(InvalidRecordError, match="UTF-8"):
            load.put(_record(1, nombres="\ud800"))
        load.put(_record(2))

    assert store.count(DATASET) == 1


def test_damaged_file_is_named_and_says_what_to_do(path):
    content = b"esto no es una base de datos" * 200
    path.parent.mkdir()
    path.write_bytes(content)

    with pytest.raises(StorageError, match=r"provider\.db.*dañado"):
        RecordStore.open(path, [DATASET])

    assert path.read_bytes() == content


def test_damage_found_while_reading_is_a_storage_error(filed, path):
    _load(filed, _records(3000))
    filed.close()
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * (path.stat().st_size - 12288))

    with (
        pytest.raises(StorageError, match="dañado"),
        closing(RecordStore.open(path, [DATASET])) as broken,
    ):
        broken.find(DATASET, _search(nombres="mar", sort=[("nombres", "asc")]))


def test_folder_that_is_a_file_is_a_storage_error(tmp_path):
    (tmp_path / "datos").write_text("")

    with pytest.raises(StorageError, match="carpeta"):
        RecordStore.open(tmp_path / "datos" / "provider.db", [DATASET])


@pytest.mark.parametrize("text", ["corto", "largo " * 1000])
def test_full_disk_leaves_the_old_data_whole(filed, path, text):
    _load(filed, _records(50))

    outcome = _child("fill", path, text)

    assert "el disco está lleno" in outcome.stdout, outcome.stderr
    if text != "corto":  # noticed while putting, before the block ends
        assert "no puede seguir" in outcome.stdout
    assert [r["id"] for r in _found(filed)] == [r["id"] for r in _records(50)]
    assert _load(filed, _records(60)).inserted == 10


@pytest.mark.parametrize("moment", ["midway", "before_commit"])
def test_killed_load_leaves_the_old_data_and_can_be_repeated(store, where, moment):
    _load(store, _records(50))

    outcome = _child("die", where, moment)

    assert outcome.returncode == -signal.SIGKILL, outcome.stderr
    assert [r["id"] for r in _found(store)] == [r["id"] for r in _records(50)]
    summary = _load(store, _records(20_000))
    assert summary == LoadSummary(19_950, 0, 50, 0)
    assert isinstance(where, Server) or _integrity(where) == "ok"


def test_store_serves_after_a_fork(store):
    _load(store, _records(57))
    store.find(DATASET, _search())

    child = os.fork()
    if child == 0:
        served = store.find(DATASET, _search(nombres="guad")).total
        os._exit(0 if served == 19 else 1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    assert status == 0
    assert store.find(DATASET, _search(nombres="guad")).total == 19


def test_threads_never_see_half_a_load(store):
    versions = [_records(40), _records(90, nombres="Otra")]
    _load(store, versions[0])
    seen, failures = set(), []

    def read():
        while not done.is_set():
            try:
                page = store.find(DATASET, _search(size=200))
            except StorageError as error:
                failures.append(error)
                return
            names = {orjson.loads(d)["nombres"] == "Otra" for d in page.documents}
            seen.add((page.total, len(page.documents), len(names)))

    done = threading.Event()
    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for turn in range(1, 11):
        _load(store, versions[turn % 2])
    done.set()
    for reader in readers:
        reader.join()

    assert failures == []
    assert seen <= {(40, 40, 1), (90, 90, 1)}


def test_processes_never_see_half_a_load(store, where):
    versions = [_records(40), _records(900, nombres="Otra")]
    _load(store, versions[0])
    readers = [_started("watch", where) for _ in range(2)]
    for reader in readers:
        assert reader.stdout.readline() == "mira\n"

    for turn in range(1, 6):
        _load(store, versions[turn % 2])
    seen = set()
    for reader in readers:
        told, failed = reader.communicate("fin\n", timeout=60)
        assert failed == ""
        seen |= set(told.split())

    assert seen <= {"40,40,1", "900,200,1"}
    assert seen


def test_load_makes_the_indexes_that_searches_use(store, where):
    _load(store, _records(5))

    names = _indexes(where)

    columns = store.layout(DATASET).columns
    assert {c.path for c in columns} == {
        name.split(":")[2] for name in names if name.endswith(":index")
    }


def _indexes(where):
    if isinstance(where, Server):
        with psycopg.connect(str(where)) as connection:
            rows = connection.execute(
                "SELECT indexname FROM pg_indexes WHERE schemaname = 'pdn'"
            ).fetchall()
    else:
        with closing(sqlite3.connect(where)) as connection:
            rows = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'index'"
            ).fetchall()
    return [name for (name,) in rows]


def _integrity(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchone()[0]


def _child(action, where, *arguments):
    """Run one of the functions below in a process of its own."""
    return subprocess.run(
        [sys.executable, __file__, action, str(where), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def _started(action, where):
    return subprocess.Popen(
        [sys.executable, __file__, action, str(where)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _watch(address):
    """Read until told to stop; say what was seen."""
    store = RecordStore.open(_place(address), [DATASET])
    done = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), done.set())).start()
    sys.stdout.write("mira\n")
    sys.stdout.flush()
    seen = set()
    while not done.is_set():
        page = store.find(DATASET, _search(size=200))
        names = {orjson.loads(d)["nombres"] == "Otra" for d in page.documents}
        seen.add(f"{page.total},{len(page.documents)},{len(names)}")
    store.close()
    sys.stdout.write("\n".join(seen))


def _place(address):
    return place(address, Path(), password="", is_written=False)


def _fill(path, text):
    limit = 2_000_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    store = RecordStore.open(Path(path), [DATASET])
    try:
        with store.load(DATASET) as load:
            for record in _records(15_000, observaciones=text):
                try:
                    load.put(record)
                except StorageError as error:
                    sys.stdout.write(error.message)
                    break
            load.put(_record(1))
    except StorageError as error:
        sys.stdout.write(error.message)


def _die(address, moment):
    store = RecordStore.open(_place(address), [DATASET])
    with store.load(DATASET) as load:
        for record in _records(20_000, nombres="Otra"):
            load.put(record)
            if moment == "midway" and record["id"] == "r15000":
                os.kill(os.getpid(), signal.SIGKILL)
        load.settle()
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    {"fill": _fill, "die": _die, "watch": _watch}[sys.argv[1]](*sys.argv[2:])
