"""The project's source, opened: its table and the mapping that reads it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pdn_sdk.errors import ConfigurationError
from pdn_sdk.ingest.contract import (
    Manifest,
    Request,
    Table,
    connector_folders,
    find_connector,
)
from pdn_sdk.ingest.mapping.file import Mapping
from pdn_sdk.ingest.tray import corrected
from pdn_sdk.settings import ProviderSettings, SourceSettings
from pdn_sdk.standards.model import Dataset, Standard


@dataclass(frozen=True, slots=True)
class Source:
    """An opened source: its table, and when its file was last changed.

    `withheld` is the file that lists what the committee reserves, or None.
    """

    label: str
    table: Table
    mapping: Mapping
    mapping_path: Path
    changed_at: datetime
    is_correction: bool
    withheld: Path | None


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
    configured = _configured(settings, dataset)
    mapping = Mapping.load(configured.mapping, dataset)
    manifest, request, table = _read(configured, mapping.columns, path)
    if standard.system not in manifest.systems:
        raise ConfigurationError(
            f"El conector «{manifest.id}» no sirve para {standard.system}; sirve para "
            f"{', '.join(manifest.systems)}."
        )
    own = corrected(table)
    changed_at = datetime.now(mapping.zone)
    if "path" in request.options:
        stamp = request.path().stat().st_mtime
        changed_at = datetime.fromtimestamp(int(stamp), mapping.zone)
    return Source(
        label=_label(request, table),
        table=own or table,
        mapping=mapping,
        mapping_path=configured.mapping,
        changed_at=changed_at,
        is_correction=own is not None,
        withheld=configured.withheld,
    )


def read_table(
    settings: ProviderSettings,
    dataset: Dataset,
    expected: frozenset[str],
    path: Path | None = None,
) -> tuple[str, Table]:
    """Open a source that has no mapping yet; give its name and its table.

    Raises: as `open_source`.
    """
    _, request, table = _read(_configured(settings, dataset), expected, path)
    return _label(request, table), table


def _configured(settings: ProviderSettings, dataset: Dataset) -> SourceSettings:
    source = settings.source_of(dataset.key)
    if source is None:
        section = f"source.{dataset.key}" if settings.sources else "source"
        raise ConfigurationError(
            f"provider.toml no dice de dónde se leen los datos de «{dataset.title}». "
            f'Agregue la sección [{section}] con connector = "excel_file", mapping = '
            '"mapping.toml" y path = "su archivo".'
        )
    return source


def _read(
    configured: SourceSettings, expected: frozenset[str], path: Path | None
) -> tuple[Manifest, Request, Table]:
    manifest, connector = find_connector(
        _connector_for(configured, path), configured.folder
    )
    options = dict(configured.options)
    if path is not None:
        # The sheet and header row of one file say nothing of another.
        options = {"path": str(path.resolve())}
    manifest.check(options)
    request = Request(options, configured.folder, expected)
    return manifest, request, connector.read(request)


def _label(request: Request, table: Table) -> str:
    path = request.options.get("path")
    return Path(str(path)).name if path else table.name


def _connector_for(configured: SourceSettings, path: Path | None) -> str:
    """Give the configured connector, or the one that reads the other file."""
    if path is None:
        return configured.connector
    for name, folder in connector_folders().items():
        if path.suffix.lower() in Manifest.load(folder).extensions:
            return name
    return configured.connector
