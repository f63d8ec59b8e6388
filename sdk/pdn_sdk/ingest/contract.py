"""What a connector is: its manifest, its one method, and how it is found.

A connector reads an institution's data as a table of rows; it knows nothing of
the standards. It may import only the public names of `pdn_sdk.ingest`.
"""

import importlib.util
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Protocol

from pdn_sdk.errors import ConnectorError, SourceUnavailableError

Cell = str | float | int | bool | date | datetime | time | timedelta | None
"""What a cell may hold; blank is `""` or None."""

ENTRY_POINTS = "pdn_sdk.connectors"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of the source, with the number that the person sees beside it."""

    number: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that is no record (a total, a note), and why it was passed over."""

    number: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """What the loader asks of a connector.

    `options` are the connector's own settings; a relative path among them starts
    at `folder`. `expected` holds headers that the mapping names: a connector
    that must find the header row by itself takes the row that has most of them.
    """

    options: Mapping[str, object]
    folder: Path
    expected: frozenset[str] = frozenset()

    def path(self, option: str = "path") -> Path:
        """Give a path setting as an absolute path.

        Raises: ConnectorError where the setting is missing.
        """
        value = str(self.options.get(option) or "")
        if not value:
            raise ConnectorError(
                f"Falta decir qué archivo se lee: escriba «{option}» en la sección "
                "[source] de provider.toml."
            )
        return (self.folder / value).expanduser()

    def file(self, option: str = "path") -> Path:
        """Give a path setting as a file that can be read.

        Raises: ConnectorError where the setting is missing; SourceUnavailableError
        where the file is not there or cannot be opened.
        """
        path = self.path(option)
        try:
            with path.open("rb"):
                return path
        except FileNotFoundError as error:
            raise SourceUnavailableError(
                f"No está el archivo «{path}». Cópielo ahí, o corrija «{option}» en la "
                "sección [source] de provider.toml."
            ) from error
        except OSError as error:
            raise SourceUnavailableError(
                f"No se puede leer «{path}». Revise que sea un archivo, que no esté "
                "abierto en otro programa y que tenga permiso de lectura."
            ) from error


class Table:
    """The source as a table: its headers, and its rows read one at a time.

    Shape: `headers` has one text per column; `heading` holds the rows above the
    first record as they are in the source; iterating gives a SourceRow for each
    record, whose cells lie under the headers in order (a longer row keeps all
    its cells). `skipped` and `notices` fill up while the rows are read.
    """

    def __init__(
        self,
        headers: Sequence[str],
        rows: Iterable[SourceRow],
        *,
        name: str,
        heading: Sequence[SourceRow] = (),
        skipped: list[SkippedRow] | None = None,
        notices: list[str] | None = None,
        fraction_read: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Hold the parts; `name` is the sheet's or the table's."""
        self.headers = tuple(headers)
        self.name = name
        self.heading = tuple(heading)
        self.skipped = [] if skipped is None else skipped
        self.notices = [] if notices is None else notices
        self.fraction_read = fraction_read
        self._rows = iter(rows)

    def __iter__(self) -> Iterator[SourceRow]:
        """Read on; the rows can be read once."""
        return self._rows


class Connector(Protocol):
    """What the one class of a connector's `connector.py` does."""

    def read(self, request: Request) -> Table:
        """Open the source and give its table.

        Raises: SourceUnavailableError where the source cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a connector, as its manifest declares it."""

    name: str
    type: str
    help: str
    required: bool = False
    default: object = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """A connector's `connector.toml`: what people and the marketplace read.

    `extensions` are the file names' endings that it reads; none where its source
    is no file. `record_column` is the header under which it gives whole records
    as JSON; none where it gives one cell for each value.
    """

    id: str
    title: str
    description: str
    version: str
    systems: tuple[str, ...]
    maintainer: str
    licence: str
    settings: tuple[Setting, ...]
    extensions: tuple[str, ...]
    record_column: str
    folder: Path

    @classmethod
    def load(cls, folder: Path) -> "Manifest":
        """Read the manifest of a folder.

        Raises: ConnectorError naming the file and what is wrong.
        """
        path = folder / "connector.toml"
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
            return cls(
                id=data["id"],
                title=data["title"],
                description=data["description"],
                version=data["version"],
                systems=tuple(data["systems"]),
                maintainer=data["maintainer"],
                licence=data["licence"],
                settings=tuple(Setting(**s) for s in data.get("setting", ())),
                extensions=tuple(data.get("extensions", ())),
                record_column=data.get("record_column", ""),
                folder=folder,
            )
        except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            raise ConnectorError(
                f"El manifiesto «{path}» está incompleto o mal escrito: "
                f"{type(error).__name__} {error}."
            ) from error

    def check(self, options: Mapping[str, object]) -> None:
        """Refuse settings that the manifest does not declare, or that lack.

        Raises: ConnectorError naming the setting and the ones there are.
        """
        names = [s.name for s in self.settings]
        unknown = sorted(set(options) - set(names))
        if unknown:
            raise ConnectorError(
                f"El conector «{self.id}» no conoce el ajuste «{unknown[0]}». "
                f"Los que hay son: {', '.join(names)}. Revise [source] en "
                "provider.toml."
            )
        for setting in self.settings:
            if setting.required and options.get(setting.name) in (None, ""):
                raise ConnectorError(
                    f"Al conector «{self.id}» le falta el ajuste «{setting.name}» "
                    f"({setting.help}). Escríbalo en [source] de provider.toml."
                )


def find_connector(name: str, beside: Path | None = None) -> tuple[Manifest, Connector]:
    """Give a connector by the name of its folder or entry point.

    A `name` that leads from `beside` to a folder with a manifest is that one:
    a project may bring its own connector.
    Raises: ConnectorError naming the connectors that exist.
    """
    own = (beside or Path()) / name
    if beside is not None and (own / "connector.toml").is_file():
        return open_connector(own)
    folders = connector_folders()
    if name not in folders:
        raise ConnectorError(
            f"No existe el conector «{name}». Los disponibles son: "
            f"{', '.join(sorted(folders))}; o la ruta de la carpeta de uno suyo."
        )
    return open_connector(folders[name])


def open_connector(folder: Path) -> tuple[Manifest, Connector]:
    """Give the connector of a folder.

    Raises: ConnectorError where the manifest or the code is not one.
    """
    manifest = Manifest.load(folder.resolve())
    return manifest, _loaded(manifest)


def connector_folders() -> Mapping[str, Path]:
    """Give every connector's folder by name, the installed ones included."""
    package = Path(str(files("pdn_sdk")))
    places = (package / "_connectors", package.parents[1] / "connectors")
    found = {
        path.parent.name: path.parent
        for place in places
        for path in sorted(place.glob("*/connector.toml"))
    }
    for entry in entry_points(group=ENTRY_POINTS):
        found.setdefault(entry.name, Path(str(entry.load()())))
    return found


def _loaded(manifest: Manifest) -> Connector:
    module = _module(manifest)
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and not value.__name__.startswith("_")
        and callable(getattr(value, "read", None))
    ]
    if len(classes) != 1:
        raise ConnectorError(
            f"El conector «{manifest.id}» debe tener en connector.py una sola clase "
            f"con el método «read»; tiene {len(classes)}."
        )
    connector: Connector = classes[0]()
    return connector


def _module(manifest: Manifest) -> ModuleType:
    name = f"pdn_connector_{manifest.id}"
    path = manifest.folder / "connector.py"
    # As a package, so that a connector may have modules beside connector.py.
    spec = importlib.util.spec_from_file_location(
        name, path, submodule_search_locations=[str(manifest.folder)]
    )
    if spec is None or spec.loader is None or not path.is_file():
        raise ConnectorError(f"Al conector «{manifest.id}» le falta «{path}».")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
