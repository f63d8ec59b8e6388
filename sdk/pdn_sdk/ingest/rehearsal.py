"""What is asked of every connector, tried on its own folder and sample.

This is the test that the SDK gives to whoever writes a connector: one call, and
everything that is not kept is told at once.
"""

import ast
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pdn_sdk.errors import ConnectorError, SourceUnavailableError
from pdn_sdk.ingest.contract import (
    Connector,
    Manifest,
    Request,
    SourceRow,
    Table,
    find_connector,
    open_connector,
)
from pdn_sdk.ingest.mapping.file import Mapping as FieldMapping
from pdn_sdk.ingest.report import LoadReport
from pdn_sdk.ingest.run import load_source
from pdn_sdk.ingest.tray import FIX_HEADER
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards.loader import get
from pdn_sdk.storage.sql import RecordStore

PUBLIC = "pdn_sdk.ingest"
TRAY_HEADERS = frozenset({FIX_HEADER})


@dataclass(frozen=True, slots=True)
class Expected:
    """What `sample/expected.toml` says: the sample, and what must come of it."""

    standard: str
    dataset: str
    file: str
    read: int
    rejected_rows: tuple[int, ...]
    skipped_rows: tuple[int, ...]

    @classmethod
    def load(cls, folder: Path) -> "Expected":
        """Read what a connector's sample promises.

        Raises: ConnectorError where the file lacks or is incomplete.
        """
        path = folder / "sample" / "expected.toml"
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
            return cls(
                standard=data["standard"],
                dataset=data["dataset"],
                file=data["file"],
                read=data["read"],
                rejected_rows=tuple(data["rejected_rows"]),
                skipped_rows=tuple(data["skipped_rows"]),
            )
        except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            raise ConnectorError(
                f"«{path}» falta o está incompleto ({type(error).__name__} {error}): "
                "diga standard, dataset, file, read, rejected_rows y skipped_rows."
            ) from error


def rehearse(folder: Path) -> LoadReport:
    """Try a connector on its sample, and give the report of the load.

    Raises: ConnectorError with a line for each promise that it does not keep.
    """
    folder = folder.resolve()
    manifest, connector = open_connector(folder)
    expected = Expected.load(folder)
    broken = [*_folder_faults(folder, manifest)]
    with TemporaryDirectory() as workshop:
        broken += _reading_faults(folder, connector, expected, Path(workshop))
        report, rejected = _loaded(folder, expected, Path(workshop))
    broken += _result_faults(expected, report, rejected)
    if broken:
        raise ConnectorError(
            f"El conector «{manifest.id}» no cumple:\n- " + "\n- ".join(broken)
        )
    return report


def _folder_faults(folder: Path, manifest: Manifest) -> Iterator[str]:
    if manifest.id != folder.name:
        yield (
            f"connector.toml dice id = «{manifest.id}» y su carpeta se llama "
            f"«{folder.name}»: deben ser iguales."
        )
    for setting in manifest.settings:
        if not setting.help.strip():
            yield f"El ajuste «{setting.name}» no dice para qué sirve: escriba help."
    readme = folder / "README.md"
    if not readme.is_file() or not readme.read_text(encoding="utf-8").startswith("# "):
        yield "Falta README.md, o no empieza con un título («# …»)."
    for path in sorted(folder.glob("*.py")):
        for name in sorted(_private_imports(path)):
            yield (
                f"{path.name} importa «{name}»: use sólo los nombres públicos de "
                f"{PUBLIC}, que no cambian de una versión a otra."
            )


def _private_imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module or "")
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {n for n in found if n.split(".")[0] == "pdn_sdk" and n != PUBLIC}


def _reading_faults(
    folder: Path, connector: Connector, expected: Expected, workshop: Path
) -> Iterator[str]:
    standard = get(expected.standard)
    mapping = FieldMapping.load(
        folder / "mapping.toml", standard.dataset(expected.dataset)
    )
    request = Request({"path": expected.file}, folder / "sample", mapping.columns)
    first, again = (list(connector.read(request)) for _ in range(2))
    if [(r.number, tuple(r.cells)) for r in first] != [
        (r.number, tuple(r.cells)) for r in again
    ]:
        yield "Leer dos veces la muestra da filas distintas."
    if not _ascending(first):
        yield "Los números de fila no van en aumento: deben ser los de la fuente."
    yield from _table_faults(connector.read(request))
    try:
        connector.read(Request({"path": "no-existe"}, workshop))
    except SourceUnavailableError:
        return
    except ConnectorError:
        yield "Si falta la fuente, el error debe ser SourceUnavailableError."
    else:
        yield "Si falta la fuente no dice nada: debe lanzar SourceUnavailableError."


def _table_faults(table: Table) -> Iterator[str]:
    for row in table:
        if len(row.cells) < len([h for h in table.headers if h]):
            yield f"La fila {row.number:,} tiene menos celdas que encabezados."
            return
    if not 0.0 <= table.fraction_read() <= 1.0:
        yield "fraction_read debe ir de 0 a 1."


def _ascending(rows: list[SourceRow]) -> bool:
    numbers = [row.number for row in rows]
    return numbers == sorted(set(numbers))


def _loaded(
    folder: Path, expected: Expected, workshop: Path
) -> tuple[LoadReport, list[int]]:
    """Load the sample in a throw-away project; give the rows it rejects too."""
    standard = get(expected.standard)
    (workshop / "provider.toml").write_text(
        f"""
        [provider]
        name = "Prueba"
        standards = [{_quoted(expected.standard)}]
        [source]
        connector = {_quoted(folder)}
        mapping = {_quoted(folder / "mapping.toml")}
        path = {_quoted(folder / "sample" / expected.file)}
        """,
        encoding="utf-8",
    )
    settings = ProviderSettings.load(workshop, {})
    store = RecordStore.open(workshop / "p.db", standard.datasets)
    try:
        report = load_source(
            settings, standard, standard.dataset(expected.dataset), store
        )
    finally:
        store.close()
    return report, _rows_of(report.tray) if report.tray else []


def _quoted(value: object) -> str:
    return json.dumps(str(value), ensure_ascii=False)


def _rows_of(tray: Path) -> list[int]:
    _, connector = find_connector("excel_file")
    table = connector.read(Request({"path": str(tray)}, tray.parent, TRAY_HEADERS))
    return [int(str(row.cells[0]).removesuffix(".0")) for row in table]


def _result_faults(
    expected: Expected, report: LoadReport, rejected: list[int]
) -> Iterator[str]:
    skipped = [row.number for row in report.skipped]
    pairs = (
        ("read", expected.read, report.read),
        ("rejected_rows", list(expected.rejected_rows), rejected),
        ("skipped_rows", list(expected.skipped_rows), skipped),
    )
    for name, wanted, found in pairs:
        if wanted != found:
            yield f"expected.toml dice {name} = {wanted} y resulta {found}."
