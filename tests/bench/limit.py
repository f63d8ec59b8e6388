"""The same searches on SQLite with nothing around it: what the disk allows.

A table made for these seven searches and for nothing else: folded columns, a
trigram index, the published JSON stored apart. No totals are remembered.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from pdn_sdk.collation import fold, sort_key

_TABLES = """
CREATE TABLE person (n INTEGER PRIMARY KEY, id TEXT, curp TEXT, given TEXT,
  surname TEXT, place TEXT, position TEXT, kinds INTEGER);
CREATE TABLE document (n INTEGER PRIMARY KEY, body BLOB);
"""
_INDEXES = """
CREATE INDEX by_curp ON person (curp);
CREATE INDEX by_position ON person (position, n);
CREATE VIRTUAL TABLE gram USING fts5(given, surname, place, content='person',
  content_rowid='n', tokenize='trigram case_sensitive 1');
INSERT INTO gram(gram) VALUES ('rebuild');
ANALYZE;
"""


@dataclass(frozen=True, slots=True)
class Statements:
    """How a search is written by hand: its total and its page."""

    total: str
    page: str
    values: tuple[object, ...] = ()
    offset: int = 0


def build(path: Path, records: Iterable[dict[str, Any]]) -> sqlite3.Connection:
    """Make the database, and give a connection to read it."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA journal_mode=OFF;" + _TABLES)
    connection.execute("BEGIN")
    for n, record in enumerate(records, 1):
        connection.execute(
            "INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                n,
                record["id"],
                record.get("curp"),
                fold(record["nombres"]),
                fold(record["primerApellido"]),
                fold(record["institucionDependencia"]["nombre"]),
                sort_key(record["primerApellido"]),
                sum({1 << kind["clave"] for kind in record["tipoProcedimiento"]}),
            ),
        )
        connection.execute(
            "INSERT INTO document VALUES (?, ?)", (n, orjson.dumps(record))
        )
    connection.execute("COMMIT")
    connection.executescript(_INDEXES)
    connection.executescript("PRAGMA cache_size=-200000; PRAGMA mmap_size=2000000000;")
    return connection


def _matching(expression: str) -> Statements:
    return Statements(
        "SELECT count(*) FROM gram WHERE gram MATCH ?",
        "SELECT body FROM gram JOIN document ON n = gram.rowid "
        "WHERE gram MATCH ? LIMIT ? OFFSET ?",
        (expression,),
    )


def statements(curp: str) -> Mapping[str, Statements]:
    """Write the seven searches by hand, each in its fastest form."""
    everything = Statements(
        "SELECT count(*) FROM person",
        "SELECT body FROM document ORDER BY n LIMIT ? OFFSET ?",
    )
    return {
        "Q1": everything,
        "Q2": _matching('given:"mari"'),
        "Q3": _matching('given:"guadalupe" AND surname:"rami"'),
        "Q4": Statements(
            "SELECT count(*) FROM gram WHERE gram MATCH 'place:\"salud\"'",
            "SELECT body FROM (SELECT n FROM person INDEXED BY by_position "
            "WHERE instr(place, ?) ORDER BY position, n LIMIT ? OFFSET ?) "
            "JOIN document USING (n)",
            ("salud",),
        ),
        "Q5": Statements(
            "SELECT count(*) FROM person WHERE kinds & ?",
            "SELECT body FROM (SELECT n FROM person WHERE kinds & ? "
            "ORDER BY n LIMIT ? OFFSET ?) JOIN document USING (n)",
            (0b110,),
            9_990,
        ),
        "Q6": Statements(
            "SELECT count(*) FROM person WHERE curp = ?",
            "SELECT body FROM person JOIN document USING (n) "
            "WHERE curp = ? LIMIT ? OFFSET ?",
            (curp,),
        ),
        "Q7": _matching('given:"xyzqwk"'),
        "Q1 × 200": everything,
    }


def ask(
    connection: sqlite3.Connection, asked: Statements, size: int
) -> tuple[int, list[bytes]]:
    """Give the total and one page."""
    values = asked.values if "?" in asked.total else ()
    (total,) = connection.execute(asked.total, values).fetchone()
    rows = connection.execute(asked.page, (*asked.values, size, asked.offset))
    return total, [body for (body,) in rows]
