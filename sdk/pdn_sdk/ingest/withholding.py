"""What a transparency committee withholds: whole records, or sections of them.

The person keeps a list beside the data (a sheet with the columns `id` and
`sección`), and the load leaves out what it names. Source: standards of the
declarations, 20 (DOF, 23 September 2019); it serves every dataset alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

from pdn_sdk.collation import fold
from pdn_sdk.errors import ConfigurationError
from pdn_sdk.ingest.contract import (
    Manifest,
    Request,
    Table,
    connector_folders,
    find_connector,
)
from pdn_sdk.standards.declared.schemas import Schema, branches, items, members
from pdn_sdk.standards.model import Dataset
from pdn_sdk.standards.paths import Trie, first_at, steps, trie, without_all

IDENTITY, SECTION = "id", "seccion"
READERS = ("csv_file", "excel_file")
NAMED = 5
"""Identifiers told by name in a notice; of the others only how many."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """The identifiers of whole records, and of others the sections left out."""

    whole: frozenset[str]
    sections: Mapping[str, Trie]

    @classmethod
    def nothing(cls) -> Self:
        """Withhold nothing."""
        return cls(frozenset(), {})

    @classmethod
    def read(cls, path: Path, dataset: Dataset) -> Self:
        """Read the list of a dataset.

        Raises: ConfigurationError naming the row and what to write; ConnectorError
        where the file cannot be read.
        """
        table = _table(path)
        identity, section = _columns(table, path)
        whole: set[str] = set()
        parts: dict[str, list[str]] = {}
        for row in table:
            # A row may end before its columns do.
            cells = [*row.cells, *[None] * len(table.headers)]
            name = _text(cells[identity])
            if not name:
                raise ConfigurationError(
                    f"«{path.name}», fila {row.number:,}: falta el identificador del "
                    "registro que se reserva. Escríbalo, o borre la fila."
                )
            told = "" if section is None else _text(cells[section])
            if told:
                where = f"«{path.name}», fila {row.number:,}"
                parts.setdefault(name, []).append(_left_out(dataset, told, where))
            else:
                whole.add(name)
        return cls(
            frozenset(whole), {name: trie(found) for name, found in parts.items()}
        )

    def from_record(
        self, dataset: Dataset, record: dict[str, object]
    ) -> dict[str, object]:
        """Give a record without its withheld sections; the one given is the same."""
        if not self.sections:
            return record
        dropped = self.sections.get(str(first_at(record, dataset.identity)))
        if dropped is None:
            return record
        return cast("dict[str, object]", without_all(record, dropped))

    def unmet(self, seen: set[str]) -> str:
        """Say which identifiers no loaded record had: a slip publishes them.

        Shape: "" where there is none.
        """
        missing = sorted({*self.whole, *self.sections} - seen)
        if not missing:
            return ""
        names = ", ".join(f"«{name}»" for name in missing[:NAMED])
        more = len(missing) - NAMED
        rest = f" y {more:,} más" if more > 0 else ""
        return (
            "La lista de reservas nombra identificadores que no tiene ninguna de las "
            f"filas aceptadas: {names}{rest}. Revise que estén bien escritos: un "
            "registro mal nombrado se publica."
        )


def _table(path: Path) -> Table:
    if not path.is_file():
        raise ConfigurationError(
            f"No existe «{path}», la lista de lo que el comité reserva. Póngala ahí o "
            "corrija «withheld» en provider.toml; sin ella no se carga nada."
        )
    manifests = {name: Manifest.load(connector_folders()[name]) for name in READERS}
    fitting = (n for n, m in manifests.items() if path.suffix.lower() in m.extensions)
    connector = next(fitting, None)
    if connector is None:
        endings = ", ".join(e for m in manifests.values() for e in m.extensions)
        raise ConfigurationError(
            f"«{path.name}» no es una hoja que se pueda leer. Guárdela como alguna de "
            f"estas: {endings}."
        )
    expected = frozenset({IDENTITY, SECTION, "sección"})
    request = Request({"path": str(path)}, path.parent, expected)
    return find_connector(connector, path.parent)[1].read(request)


def _columns(table: Table, path: Path) -> tuple[int, int | None]:
    names = [fold(header) for header in table.headers]
    if IDENTITY not in names:
        raise ConfigurationError(
            f"A «{path.name}» le falta la columna «id». Ponga en su encabezado «id» y "
            "«sección»; sin sección se reserva el registro completo."
        )
    return names.index(IDENTITY), names.index(SECTION) if SECTION in names else None


def _text(cell: object) -> str:
    # A sheet gives whole numbers as 12.0.
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()


def _left_out(dataset: Dataset, told: str, where: str) -> str:
    """Give what to drop of a section: a list keeps its place and loses its items."""
    schema: Schema = dataset.schema
    parent = schema
    for step in steps(told):
        parent, found = schema, _below(schema, step)
        if found is None:
            raise ConfigurationError(
                f"{where}: {dataset.title} no tiene la sección «{told}». Escríbala "
                "como en el estándar, con puntos entre los niveles."
            )
        schema = found
    if items(schema) is not None:
        return f"{told}[]"
    last = steps(told)[-1]
    if any(last in branch.get("required", ()) for branch in branches(parent)):
        inside = [n for n, below in members(schema).items() if items(below) is not None]
        rather = f", o sólo «{told}.{inside[0]}»" if inside else ""
        raise ConfigurationError(
            f"{where}: ningún registro puede publicarse sin «{told}». Reserve el "
            f"registro completo (deje vacía la sección){rather}."
        )
    return told


def _below(schema: Schema, step: str) -> Schema | None:
    return items(schema) if step == "[]" else members(schema).get(step)
