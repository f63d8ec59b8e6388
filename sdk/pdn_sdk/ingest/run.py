"""The load: read, map, validate, store; every row accounted for.

A load is one transaction of the store: readers see the old data or the new.
What would empty the data by accident is refused, unless it is confirmed.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import orjson

from pdn_sdk.errors import ConfigurationError, SourceUnavailableError, StorageError
from pdn_sdk.ingest.contract import (
    Manifest,
    Request,
    SourceRow,
    Table,
    connector_folders,
    find_connector,
)
from pdn_sdk.ingest.mapping import Mapping
from pdn_sdk.ingest.report import Causes, Fault, LoadReport, Progress
from pdn_sdk.ingest.rows import RowMapper
from pdn_sdk.ingest.tables import is_blank
from pdn_sdk.ingest.tray import Counts, Tray, corrected
from pdn_sdk.settings import ProviderSettings, SourceSettings
from pdn_sdk.standards.model import Dataset, Standard
from pdn_sdk.standards.paths import first_at, without
from pdn_sdk.standards.search import checked_search
from pdn_sdk.standards.validation import Violation, load_violations, prepare
from pdn_sdk.storage.sql import Load, RecordStore, Stored
from pdn_sdk.wire.model import RawSearch

PROGRESS_ROWS = 500
MAX_DELETED_SHARE = 0.5
FEW_RECORDS = 20
"""Below this many records a large share of deletions says nothing."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What the operator has confirmed beforehand."""

    empty: bool = False
    deletions: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """An opened source: its table, and when its file was last changed."""

    label: str
    table: Table
    mapping: Mapping
    changed_at: datetime
    is_correction: bool


def load_source(
    settings: ProviderSettings,
    standard: Standard,
    dataset: Dataset,
    store: RecordStore,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    path: Path | None = None,
    is_dry_run: bool = False,
    consent: Consent | None = None,
    now: Callable[[], datetime] | None = None,
) -> LoadReport:
    """Load the project's source into its store.

    `path` reads another file in place of the configured one. A dry run does all
    but keep the changes; it does leave the repair tray.
    Raises: ConnectorError (SourceUnavailableError, MappingError) before
    anything changes; StorageError with everything rolled back.
    """
    source = open_source(settings, standard, dataset, path)
    load = _Loading(
        source=source,
        store=store,
        dataset=dataset,
        tray=Tray(settings.folder, source.table),
        consent=consent or Consent(),
        on_progress=on_progress or (lambda _: None),
        started_at=(now or partial(datetime.now, source.mapping.zone))(),
    )
    return load.run(is_dry_run=is_dry_run)


def open_source(
    settings: ProviderSettings,
    standard: Standard,
    dataset: Dataset,
    path: Path | None = None,
) -> Source:
    """Open the source of a project, or another file with the same mapping.

    Raises: ConfigurationError where the project has no source; ConnectorError
    where the source cannot be read.
    """
    configured = settings.source
    if configured is None:
        raise ConfigurationError(
            "provider.toml no dice de dónde se leen los datos. Agregue la sección "
            '[source] con connector = "excel_file", mapping = "mapping.toml" y path = '
            '"su archivo".'
        )
    mapping = Mapping.load(configured.mapping, dataset)
    manifest, connector = find_connector(_connector_for(configured, path))
    options = dict(configured.options)
    if path is not None:
        # The sheet and header row of one file say nothing of another.
        options = {"path": str(path.resolve())}
    manifest.check(options)
    if standard.system not in manifest.systems:
        raise ConfigurationError(
            f"El conector «{manifest.id}» no sirve para {standard.system}; sirve para "
            f"{', '.join(manifest.systems)}."
        )
    request = Request(options, configured.folder, mapping.columns)
    table = connector.read(request)
    own = corrected(table)
    named = str(options.get("path") or manifest.id)
    changed_at = datetime.now(mapping.zone)
    if "path" in options:
        stamp = request.path().stat().st_mtime
        changed_at = datetime.fromtimestamp(int(stamp), mapping.zone)
    return Source(
        label=Path(named).name,
        table=own or table,
        mapping=mapping,
        changed_at=changed_at,
        is_correction=own is not None,
    )


def _connector_for(configured: SourceSettings, path: Path | None) -> str:
    """Give the configured connector, or the one that reads the other file."""
    if path is None:
        return configured.connector
    for name, folder in connector_folders().items():
        if path.suffix.lower() in Manifest.load(folder).extensions:
            return name
    return configured.connector


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


class _Rehearsed(Exception):  # noqa: N818 - not an error: it rolls a dry run back
    pass


class _Loading:
    """One load, from the first row to the report."""

    def __init__(
        self,
        *,
        source: Source,
        store: RecordStore,
        dataset: Dataset,
        tray: Tray,
        consent: Consent,
        on_progress: Callable[[Progress], None],
        started_at: datetime,
    ) -> None:
        self._source = source
        self._table = source.table
        self._store = store
        self._dataset = dataset
        self._tray = tray
        self._consent = consent
        self._on_progress = on_progress
        self._started_at = started_at
        self._mapper = RowMapper(source.mapping, self._table.headers, source.changed_at)
        self._causes = Causes(self._table.headers)
        self._stored = dict.fromkeys(Stored, 0)
        self._read = 0
        self._rejected = 0
        heading = [len(row.cells) for row in self._table.heading]
        self._width = max([len(self._table.headers), *heading])

    def run(self, *, is_dry_run: bool) -> LoadReport:
        existing = self._store.count(self._dataset)
        try:
            deleted = self._stored_rows(existing, is_dry_run=is_dry_run)
        except sqlite3.Error as error:
            raise StorageError(
                f"No hay espacio temporal para la carga: {error}. Libere disco y "
                "repita la carga; los datos anteriores siguen intactos."
            ) from error
        finally:
            self._tray.discard()
        return self._report(deleted, is_dry_run=is_dry_run)

    def _stored_rows(self, existing: int, *, is_dry_run: bool) -> int:
        correction = self._source.is_correction
        deleted = 0
        try:
            with (
                closing(SeenIds()) as seen,
                self._store.load(self._dataset, keep_missing=correction) as load,
            ):
                self._put_all(load, seen)
                kept = self._stored[Stored.UPDATED] + self._stored[Stored.UNCHANGED]
                deleted = 0 if correction else existing - kept
                self._close_tray()
                self._refuse_loss(existing, deleted)
                if is_dry_run:
                    raise _Rehearsed  # noqa: TRY301 - the way out of a transaction
        except _Rehearsed:
            pass
        return deleted

    def _put_all(self, load: Load, seen: SeenIds) -> None:
        for row in _guarded(self._table):
            self._read += 1
            record, faults = self._judged(row, seen)
            if faults:
                self._rejected += 1
                self._causes.add(row.number, faults)
                self._tray.add(row, faults)
            else:
                self._stored[load.put(record)] += 1
            if self._read % PROGRESS_ROWS == 0:
                self._tell()
        self._tell()

    def _tell(self) -> None:
        fraction = self._table.fraction_read()
        self._on_progress(Progress(self._read, self._rejected, fraction))

    def _judged(
        self, row: SourceRow, seen: SeenIds
    ) -> tuple[dict[str, object], Sequence[Fault]]:
        if len(row.cells) > self._width:
            extra = row.cells[self._width :]
            if not all(is_blank(cell) for cell in extra):
                return {}, [self._too_wide(row)]
        raw, unread = self._mapper.read(row.cells)
        record = prepare(self._dataset, raw)
        found = load_violations(self._dataset, record)
        if unread or found:
            return record, self._faults(unread, found)
        repeated = self._repeated(record, row, seen)
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

    def _repeated(
        self, record: dict[str, object], row: SourceRow, seen: SeenIds
    ) -> Fault | None:
        identity = str(first_at(record, self._dataset.identity))
        before = seen.first_row(identity, row.number)
        if before is not None:
            where = f"está también en la fila {before:,}, que sí se tomó"
        elif self._source.is_correction and self._is_taken(identity, record):
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
        names = [f.name for f in self._dataset.filters if f.operator == "identity"]
        search = checked_search(
            self._dataset, RawSearch(1, 1, {name: identity for name in names})
        )
        page = self._store.find(self._dataset, search)
        return any(
            orjson.loads(document) != self._public(record)
            for document in page.documents
        )

    def _public(self, record: object) -> object:
        for path in self._dataset.reserved:
            record = without(record, path)
        return record

    def _close_tray(self) -> None:
        accepted = self._read - self._rejected
        counts = Counts(
            source=self._source.label,
            sheet=self._table.name,
            read=self._read,
            accepted=accepted,
            rejected=self._rejected,
            when=self._started_at,
        )
        self._tray.finish(counts, self._causes.ranked())

    def _refuse_loss(self, existing: int, deleted: int) -> None:
        accepted = self._read - self._rejected
        if self._read == 0 and not self._consent.empty:
            raise SourceUnavailableError(
                f"«{self._source.label}» no tiene filas con datos"
                f"{_kept(existing)}. Revise que sea el archivo correcto; si de verdad "
                "quiere dejar la base vacía, use --allow-empty."
            )
        if existing and accepted == 0 and deleted and not self._consent.empty:
            tray = self._tray.publish()
            raise SourceUnavailableError(
                f"Se rechazaron las {self._read:,} filas de «{self._source.label}»"
                f"{_kept(existing)}. Vea por qué en «{tray}». Si de verdad quiere "
                "dejar la base vacía, use --allow-empty."
            )
        many = existing >= FEW_RECORDS and deleted > existing * MAX_DELETED_SHARE
        if many and accepted and not self._consent.deletions:
            self._tray.publish()
            raise SourceUnavailableError(
                f"Esta carga borraría {deleted:,} de los {existing:,} registros "
                f"publicados, porque «{self._source.label}» ya no los trae"
                f"{_kept(existing)}. Revise que el archivo esté completo y que el "
                "identificador no haya cambiado; si es correcto, repita con "
                "--confirm-deletions."
            )

    def _report(self, deleted: int, *, is_dry_run: bool) -> LoadReport:
        return LoadReport(
            source=self._source.label,
            sheet=self._table.name,
            read=self._read,
            inserted=self._stored[Stored.INSERTED],
            updated=self._stored[Stored.UPDATED],
            unchanged=self._stored[Stored.UNCHANGED],
            rejected=self._rejected,
            deleted=deleted,
            skipped=tuple(self._table.skipped),
            notices=tuple(self._table.notices),
            causes=self._causes.ranked(),
            tray=self._tray.publish(),
            is_dry_run=is_dry_run,
            is_correction=self._source.is_correction,
        )


def _says_only_missing(violation: Violation) -> bool:
    """Sort what says that a field is missing after what says why."""
    return violation.rule == "required"


def _kept(existing: int) -> str:
    return (
        f"; los {existing:,} registros publicados siguen intactos" if existing else ""
    )


def _guarded(table: Table) -> Iterator[SourceRow]:
    """Read the rows; a source that breaks midway is the source's error."""
    try:
        yield from table
    except (OSError, UnicodeError) as error:
        raise SourceUnavailableError(
            f"La fuente dejó de poder leerse a media carga: {error}. Nada cambió; "
            "revise el archivo o la red y repita."
        ) from error
