"""Rows in their order: what each is by itself, and beside the ones before it."""

import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing

import orjson

from pdn_sdk.ingest.contract import SourceRow
from pdn_sdk.ingest.examination import Examiner, Recipe
from pdn_sdk.ingest.partner import examined_rows
from pdn_sdk.ingest.report import Fault
from pdn_sdk.ingest.source import Source
from pdn_sdk.standards.model import Dataset, Operator, Standard
from pdn_sdk.standards.paths import first_at
from pdn_sdk.standards.search import checked_search
from pdn_sdk.standards.validation import Violation
from pdn_sdk.storage.rows import Row
from pdn_sdk.storage.sql import RecordStore
from pdn_sdk.wire.model import RawSearch

REMEMBERED_IDS = 100_000
"""Identifiers kept in memory; those after them go to a file."""


class SeenIds:
    """The rows where each identifier was seen, on disk when they are many."""

    def __init__(self) -> None:
        """Open a private database that vanishes when it is closed."""
        self._first: dict[str, int] = {}
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
        if identity in self._first:
            return self._first[identity]
        if len(self._first) < REMEMBERED_IDS:
            self._first[identity] = row
            return None
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
    """Judges the rows of a source one after the other, each beside the others."""

    def __init__(
        self, source: Source, standard: Standard, dataset: Dataset, store: RecordStore
    ) -> None:
        """Bind the mapping to the source's headers.

        Raises: MappingError where a column is missing.
        """
        self._dataset = dataset
        self._store = store
        self._is_correction = source.is_correction
        layout = store.layout(dataset)
        self._recipe = Recipe.of(source, standard.folder, layout)
        self._examiner = Examiner(self._recipe, source.mapping, layout)
        self._seen = SeenIds()
        self.withheld = self._examiner.withheld

    def close(self) -> None:
        """Forget the identifiers that were seen."""
        self._seen.close()

    def judged(
        self, rows: Iterable[SourceRow]
    ) -> Generator[tuple[SourceRow, Row | None, Sequence[Fault]], None, None]:
        """Give each row with what is stored of it, or with its faults."""
        examined = examined_rows(rows, self._examiner, self._recipe)
        with closing(examined):
            for source, (row, faults) in examined:
                repeated = row and self._repeated(row, source)
                if repeated:
                    yield source, None, [repeated]
                else:
                    yield source, row, faults

    def _repeated(self, row: Row, source: SourceRow) -> Fault | None:
        identity = row.identity
        before = self._seen.first_row(identity, source.number)
        if before is not None:
            where = f"está también en la fila {before:,}, que sí se tomó"
        elif self._is_correction and self._is_taken(row):
            where = "ya es de otro registro cargado, con datos distintos"
        else:
            return None
        return self._examiner.placed(
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

    def _is_taken(self, row: Row) -> bool:
        """Tell whether another record already has this identifier.

        A tray that comes back only adds: it must not replace what was loaded
        from the row that first had the identifier.
        """
        by_identity = {Operator.IDENTITY, Operator.WHOLE_FIRST}
        names = [f.name for f in self._dataset.filters if f.operator in by_identity]
        query = dict.fromkeys(names, row.identity)
        search = checked_search(self._dataset, RawSearch(query=query))
        page = self._store.find(self._dataset, search)
        own = orjson.loads(row.public)
        loaded = [orjson.loads(document) for document in page.documents]
        return any(
            other != own
            for other in loaded
            if str(first_at(other, self._dataset.identity)) == row.identity
        )
