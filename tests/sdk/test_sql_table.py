"""A database as a source: what is read of it, and what is told where it is not."""

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from tests import servers

from pdn_sdk.errors import ConnectorError, SourceUnavailableError
from pdn_sdk.ingest.contract import Request, find_connector

SECRET = "una-clave-larga"


def read(tmp_path=Path(), **options):
    manifest, connector = find_connector("sql_table")
    manifest.check(options)
    return connector.read(Request(options, tmp_path))


def rows(table):
    return [dict(zip(table.headers, row.cells, strict=True)) for row in table]


@pytest.fixture
def base(tmp_path):
    """A file of SQLite with two tables and a view."""
    path = tmp_path / "nomina.db"
    with sqlite3.connect(path) as made:
        made.executescript(
            """
            CREATE TABLE empleado (id INTEGER PRIMARY KEY, nombre TEXT, sueldo NUMERIC);
            CREATE TABLE tramite (empleado INTEGER, clave TEXT);
            INSERT INTO empleado VALUES (3, 'Íñigo', 10.5), (1, 'Ana', 9), (2, NULL, 8);
            INSERT INTO tramite VALUES (1, 'A:1'), (1, '50%'), (3, 'C');
            CREATE VIEW activos AS SELECT id FROM empleado WHERE id > 1;
            """
        )
    made.close()
    return tmp_path


def test_a_table_is_read_in_the_order_of_its_key(base):
    table = read(base, path="nomina.db", table="empleado")

    assert table.fraction_read() == 0.0
    assert rows(table) == [
        {"id": 1, "nombre": "Ana", "sueldo": 9},
        {"id": 2, "nombre": None, "sueldo": 8},
        {"id": 3, "nombre": "Íñigo", "sueldo": 10.5},
    ]
    assert (table.name, table.fraction_read()) == ("empleado", 1.0)


def test_a_view_is_read_like_a_table(base):
    assert len(rows(read(base, path="nomina.db", table="activos"))) == 2


def test_a_query_joins_what_lies_in_several_tables(base):
    query = """
        SELECT e.nombre, group_concat(t.clave, ';') AS claves
        FROM empleado e JOIN tramite t ON t.empleado = e.id
        WHERE t.clave LIKE '%:1' OR t.clave LIKE '50%'
        GROUP BY e.id;
    """

    found = rows(read(base, path="nomina.db", query=query))

    assert found == [{"nombre": "Ana", "claves": "A:1;50%"}]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "«path», si es un archivo de SQLite, o «url»"),
        ({"path": "otra.db"}, "No está el archivo"),
        ({"path": "nomina.db", "url": "postgresql://x/y"}, "la base es una"),
        ({"path": "nomina.db"}, "hay 3 tablas: empleado, tramite, activos. Diga cuál"),
        ({"path": "nomina.db", "table": "Empleados"}, "¿Es «empleado»?"),
        ({"path": "nomina.db", "table": "a", "query": "b"}, "sólo se lee una"),
        ({"path": "nomina.db", "query": "SELECT nada FROM empleado"}, "nada"),
        ({"url": "nomina"}, "no es la dirección de una base"),
        ({"url": "access://nomina"}, "No se sabe leer una base «access»"),
        ({"url": "oracle://u@127.0.0.1/x"}, "pip install oracledb"),
    ],
)
def test_what_cannot_be_read_says_what_to_write(base, options, told):
    with pytest.raises(ConnectorError, match=told):
        rows(read(base, **options))


def test_a_query_cannot_change_the_base(base):
    with pytest.raises(ConnectorError):
        read(base, path="nomina.db", query="DELETE FROM empleado")

    assert len(rows(read(base, path="nomina.db", table="empleado"))) == 3


def test_what_is_no_base_is_told(tmp_path):
    (tmp_path / "falso.db").write_text("id,nombre\n" * 200, encoding="utf-8")

    with pytest.raises(SourceUnavailableError, match=r"falso\.db"):
        read(tmp_path, path="falso.db")


def test_a_server_that_does_not_answer_is_told_without_its_password():
    address = f"postgresql://pdn:{SECRET}@127.0.0.1:{servers.free_port()}/nomina"

    with pytest.raises(SourceUnavailableError, match="PDN_SOURCE_PASSWORD") as caught:
        read(url=address)

    assert SECRET not in str(caught.value)


@pytest.mark.skipif(
    servers.postgresql_programs() is None, reason=servers.LACKS_POSTGRESQL
)
def test_postgresql_gives_its_own_types(tmp_path):
    with servers.postgresql() as address:
        with psycopg.connect(address) as made:
            made.execute(
                """
                CREATE SCHEMA rh;
                CREATE SEQUENCE rh.folio;
                CREATE TABLE rh.padron (
                    id uuid PRIMARY KEY, nombre text, alta date, visto timestamptz,
                    sueldo numeric(12, 2), activo boolean, claves jsonb, foto bytea,
                    tramites text[]
                );
                INSERT INTO rh.padron VALUES (
                    '6f1c0000-0000-4000-8000-000000000001', 'Íñigo', '2025-02-28',
                    '2025-02-28 12:00:00+00', 12345678.10, true, '{"ñ": 1}', '\\x00',
                    '{A,B}'
                );
                """
            )
        table = read(url=address, table="rh.padron")
        (found,) = rows(table)
        asked = read(url=address, query="SELECT 1 AS a WHERE '10:30'::text LIKE '10%'")

        assert rows(asked) == [{"a": 1}]
        for query in ("DELETE FROM rh.padron", "SELECT nextval('rh.folio')"):
            with pytest.raises(SourceUnavailableError, match="no contestó"):
                rows(read(url=address, query=query))
        assert len(rows(read(url=address, table="rh.padron"))) == 1
        with pytest.raises(SourceUnavailableError, match="¿Es «padron»"):
            read(url=address, table="rh.padrones")

    assert found == {
        "id": "6f1c0000-0000-4000-8000-000000000001",
        "nombre": "Íñigo",
        "alta": date(2025, 2, 28),
        "visto": datetime(2025, 2, 28, 12, tzinfo=UTC),
        "sueldo": "12345678.10",
        "activo": True,
        "claves": '{"ñ": 1}',
        "foto": None,
        "tramites": '["A", "B"]',
    }
    assert table.notices == [
        "La columna «foto» guarda archivos o datos binarios: no se lee."
    ]
