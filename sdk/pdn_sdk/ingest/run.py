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

from pdn_sdk.errors import SourceUnavailableError, StorageError
from pdn_sdk.ingest.contract import SourceRow, Table
from pdn_sdk.ingest.judgement import Judge
from pdn_sdk.ingest.report import Causes, Fault, LoadReport, Progress
from pdn_sdk.ingest.source import Source, open_source
from pdn_sdk.ingest.tray import Counts, Tray
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards.model import Dataset, Standard
from pdn_sdk.storage.sql import Load, LoadSummary, RecordStore

PROGRESS_ROWS = 500
MAX_DELETED_SHARE = 0.5
FEW_RECORDS = 20
"""Below this many records a large share of deletions says nothing."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What the operator has confirmed beforehand."""

    empty: bool = False
    deletions: bool = False


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
    several = len(settings.sources) > 1
    load = _Loading(
        source=source,
        store=store,
        standard=standard,
        dataset=dataset,
        tray=Tray(settings.folder, source.table, dataset.key if several else ""),
        consent=consent or Consent(),
        on_progress=on_progress or (lambda _: None),
        started_at=(now or partial(datetime.now, source.mapping.zone))(),
    )
    return load.run(is_dry_run=is_dry_run)


class _Rehearsed(Exception):  # noqa: N818 - not an error: it rolls a dry run back
    pass


class _Loading:
    """One load, from the first row to the report."""

    def __init__(
        self,
        *,
        source: Source,
        store: RecordStore,
        standard: Standard,
        dataset: Dataset,
        tray: Tray,
        consent: Consent,
        on_progress: Callable[[Progress], None],
        started_at: datetime,
    ) -> None:
        self._source = source
        self._table = source.table
        self._store = store
        self._standard = standard
        self._dataset = dataset
        self._tray = tray
        self._consent = consent
        self._on_progress = on_progress
        self._started_at = started_at
        self._causes = Causes(self._table.headers)
        self._stored = LoadSummary()
        self._read = 0
        self._rejected = 0
        self._withheld = 0
        self._warnings: list[str] = []

    def run(self, *, is_dry_run: bool) -> LoadReport:
        existing = self._store.count(self._dataset)
        judge = Judge(self._source, self._standard, self._dataset, self._store)
        try:
            with closing(judge):
                deleted = self._loaded(judge, existing, is_dry_run=is_dry_run)
            advice = self._store.advice()
            self._warnings += [advice] if advice else []
            return self._report(deleted, is_dry_run=is_dry_run)
        except sqlite3.Error as error:
            raise StorageError(
                f"No hay espacio temporal para la carga: {error}. Libere disco y "
                "repita la carga; los datos anteriores siguen intactos."
            ) from error
        finally:
            self._tray.discard()

    def _loaded(self, judge: Judge, existing: int, *, is_dry_run: bool) -> int:
        """Put every good row in one transaction; give how many records went."""
        correction = self._source.is_correction
        deleted = 0
        try:
            with self._store.load(self._dataset, keep_missing=correction) as load:
                self._put_all(load, judge)
                load.write()
                self._stored = load.summary
                kept = self._stored.updated + self._stored.unchanged
                deleted = 0 if correction else existing - kept
                self._close_tray()
                self._refuse_loss(existing, deleted)
                if is_dry_run:
                    raise _Rehearsed  # noqa: TRY301 - the way out of a transaction
        except _Rehearsed:
            pass
        return deleted

    def _put_all(self, load: Load, judge: Judge) -> None:
        withheld = judge.withheld
        named = {*withheld.whole, *withheld.sections}
        met: set[str] = set()
        with closing(judge.judged(_guarded(self._table))) as judged:
            for source, row, faults in judged:
                self._read += 1
                if row is not None and row.identity in named:
                    met.add(row.identity)
                if row is None:
                    self._reject(source, faults)
                elif row.identity in withheld.whole:
                    self._withheld += 1
                else:
                    load.put_row(row)
                if self._read % PROGRESS_ROWS == 0:
                    self._tell()
        unmet = withheld.unmet(met)
        if unmet and not self._source.is_correction:
            self._warnings.append(unmet)
        self._tell()

    def _reject(self, row: SourceRow, faults: Sequence[Fault]) -> None:
        self._rejected += 1
        self._causes.add(row.number, faults)
        self._tray.add(row, faults)

    def _tell(self) -> None:
        fraction = self._table.fraction_read()
        self._on_progress(Progress(self._read, self._rejected, fraction))

    def _close_tray(self) -> None:
        accepted = self._read - self._rejected
        counts = Counts(
            source=self._source.label,
            sheet=self._table.name,
            read=self._read,
            accepted=accepted,
            rejected=self._rejected,
            when=self._started_at,
            order=self._tray.order,
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
            inserted=self._stored.inserted,
            updated=self._stored.updated,
            unchanged=self._stored.unchanged,
            rejected=self._rejected,
            withheld=self._withheld,
            deleted=deleted,
            skipped=tuple(self._table.skipped),
            notices=tuple(self._table.notices),
            warnings=tuple(self._warnings),
            causes=self._causes.ranked(),
            tray=self._tray.publish(),
            is_dry_run=is_dry_run,
            is_correction=self._source.is_correction,
        )


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
