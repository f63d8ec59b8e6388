"""Row by row: its record, or everything that is wrong with it and where."""

import sqlite3
from collections.abc import Sequence

import orjson

from pdn_sdk.ingest.contract import SourceRow
from pdn_sdk.ingest.mapping.rows import RowMapper
from pdn_sdk.ingest.report import Fault
from pdn_sdk.ingest.source import Source
from pdn_sdk.ingest.tables import is_blank
from pdn_sdk.standards.model import Dataset, Operator
from pdn_sdk.standards.paths import first_at
from pdn_sdk.standards.search import checked_search
from pdn_sdk.standards.validation import (
    Violation,
    load_violations,
    prepare,
    public,
)
from pdn_sdk.storage.sql import RecordStore
from pdn_sdk.wire.model import RawSearch


class SeenIds:
    """The rows where each identifier was seen, on disk when they are many."""

    def __init__(self) -> None:
        """Open a private database that vanishes when it is closed."""
        self._rows = sqlite3.connect("", isolation_level=None)
        self._rows.execute("PRAGMA journal_mode = OFF")
        self._rows.execute("PRAGMA synchronous = OFF")
        self._rows.execute("PRAGMA cache_size = -16000")
        self._rows.execute(
            "CREATE TABLE seen (id TEXT PRIMARY KEY, row INTEGER) WITHOUT ROWID"
        )
        self._rows.execute("BEGIN")

    def first_row(self, identity: str, row: int) -> int | None:
        """Note an identifier; give the row where it was before, or None."""
        added = self._rows.execute(
            "INSERT OR IGNORE INTO seen VALUES (?, ?)", (identity, row)
        )
        if added.rowcount:
            return None
        found = self._rows.execute("SELECT row FROM seen WHERE id = ?", (identity,))
        return int(found.fetchone()[0])

    def close(self) -> None:
        """Forget everything."""
        self._rows.close()


class Judge:
    """Turns rows into records, and says why where it cannot."""

    def __init__(self, source: Source, dataset: Dataset, store: RecordStore) -> None:
        """Bind the mapping to the source's headers.

        Raises: MappingError where a column is missing.
        """
        table = source.table
        self._dataset = dataset
        self._store = store
        self._is_correction = source.is_correction
        self._mapper = RowMapper(source.mapping, table.headers, source.changed_at)
        self._seen = SeenIds()
        heading = [len(row.cells) for row in table.heading]
        self._width = max([len(table.headers), *heading])

    def close(self) -> None:
        """Forget the identifiers that were seen."""
        self._seen.close()

    def judged(self, row: SourceRow) -> tuple[dict[str, object], Sequence[Fault]]:
        """Give the record of a row, and its faults; none if it can be stored."""
        if len(row.cells) > self._width:
            extra = row.cells[self._width :]
            if not all(is_blank(cell) for cell in extra):
                return {}, [self._too_wide(row)]
        raw, unread = self._mapper.read(row.cells)
        record = prepare(self._dataset, raw)
        found = load_violations(self._dataset, record)
        if unread or found:
            return record, self._faults(unread, found)
        repeated = self._repeated(record, row)
        return record, [repeated] if repeated else ()

    def _faults(self, unread: list[Violation], found: list[Violation]) -> list[Fault]:
        """Place each violation in its column; one that follows from another goes.

        A cell that could not be read is missing from the record, so the schema
        complains of it too.
        """
        spoken: set[tuple[int, ...]] = set()
        faults = []
        for violation in (*unread, *sorted(found, key=_says_only_missing)):
            fault = self._placed(violation)
            if not fault.columns or fault.columns not in spoken:
                faults.append(fault)
                spoken.add(fault.columns)
        return faults

    def _placed(self, violation: Violation) -> Fault:
        return Fault(self._mapper.columns_of(violation.path), violation)

    def _too_wide(self, row: SourceRow) -> Fault:
        return Fault(
            (self._width,),
            Violation(
                path="",
                rule="celdas de más",
                received=f"{len(row.cells):,} celdas",
                expected=f"{self._width:,} celdas, como el encabezado",
                message=f"La fila tiene {len(row.cells):,} celdas y el encabezado "
                f"{self._width:,}.",
                fix="Suele ser un separador dentro de un texto: encierre ese texto "
                "entre comillas.",
            ),
        )

    def _repeated(self, record: dict[str, object], row: SourceRow) -> Fault | None:
        identity = str(first_at(record, self._dataset.identity))
        before = self._seen.first_row(identity, row.number)
        if before is not None:
            where = f"está también en la fila {before:,}, que sí se tomó"
        elif self._is_correction and self._is_taken(identity, record):
            where = "ya es de otro registro cargado, con datos distintos"
        else:
            return None
        return self._placed(
            Violation(
                path=self._dataset.identity,
                rule="identificador repetido",
                received=identity,
                expected="un identificador que no se repita",
                message=f"El identificador «{identity}» {where}.",
                fix="Si son personas distintas, dé a ésta otro identificador; si es la "
                "misma fila dos veces, borre una.",
            )
        )

    def _is_taken(self, identity: str, record: dict[str, object]) -> bool:
        """Tell whether another record already has this identifier.

        A tray that comes back only adds: it must not replace what was loaded
        from the row that first had the identifier.
        """
        by_identity = {Operator.IDENTITY, Operator.WHOLE_FIRST}
        names = [f.name for f in self._dataset.filters if f.operator in by_identity]
        query = dict.fromkeys(names, identity)
        search = checked_search(self._dataset, RawSearch(query=query))
        page = self._store.find(self._dataset, search)
        loaded = [orjson.loads(document) for document in page.documents]
        return any(
            other != public(self._dataset, record)
            for other in loaded
            if str(first_at(other, self._dataset.identity)) == identity
        )


def _says_only_missing(violation: Violation) -> bool:
    """Sort what says that a field is missing after what says why."""
    return violation.rule == "required"
