"""What a provider needs to know from outside, read once and checked.

Owns `provider.toml`, the variables `PDN_…` that override it, and the paths that
follow from them. Imports only the errors. No other module reads the environment.
"""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from pdn_sdk.errors import ConfigurationError, broken_at
from pdn_sdk.settings.database import Server, place
from pdn_sdk.settings.declared import SETTINGS, Setting

FILE = "provider.toml"
SOURCE_PREFIX = "PDN_SOURCE_"

_TRUE = ("1", "true", "si", "sí")
_FALSE = ("0", "false", "no")
_POSITIVE = ("token_lifetime_s", "refresh_lifetime_s", "workers")
_MAX_PORT = 65_535


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """Where the data come from: a connector, its mapping and its own settings.

    `withheld` is the list of what a committee keeps from the public, or None.
    """

    connector: str
    mapping: Path
    options: Mapping[str, object]
    folder: Path
    withheld: Path | None = None


@dataclass(frozen=True)
class ProviderSettings:
    """Everything a provider needs to know from outside, checked.

    Paths are absolute. Units: lifetimes in seconds.
    """

    name: str
    standards: tuple[str, ...]
    folder: Path
    database: Path | Server
    credentials: Path | Server
    publish_reserved: bool
    certificates: Path | None
    public_url: str
    issuer: str
    signing_key: str = field(repr=False)
    token_lifetime_s: int
    refresh_lifetime_s: int
    trusted_proxies: int
    access_log: bool
    host: str
    port: int
    workers: int
    source: SourceSettings | None = None
    sources: Mapping[str, SourceSettings] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path, environ: Mapping[str, str]) -> Self:
        """Read the project's file; a variable of the environment wins over it.

        Raises: ConfigurationError naming file and key, and what to write.
        """
        folder = folder.resolve()
        tables = _read(folder / FILE)
        value = _values(_table(tables, "provider"), environ)
        value["database"] = place(
            str(value["database"]),
            folder,
            password=str(value.pop("database_password")),
            is_written=not environ.get("PDN_DATABASE", "").strip(),
        )
        issuer = value["issuer"] or value["public_url"] or f"urn:pdn:{folder.name}"
        value |= {"issuer": str(issuer), "public_url": _public_url(value)}
        value |= {
            "folder": folder,
            "credentials": _credentials(value, folder),
            "certificates": folder / str(value["certificates"])
            if value["certificates"]
            else None,
            **_sources(_table(tables, "source"), folder, environ),
        }
        return cls(**value)

    def source_of(self, dataset: str) -> SourceSettings | None:
        """Give where a dataset comes from: its own source, or the project's."""
        return self.sources.get(dataset, self.source)

    @property
    def is_secure(self) -> bool:
        """Is the API reached by HTTPS?"""
        return self.public_url.startswith("https://")


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"No existe «{path}». Ejecute la orden dentro de la carpeta de un "
            "proyecto, o genere uno con «pdn new»."
        ) from error
    except OSError as error:
        raise ConfigurationError(
            f"No se puede leer «{path}». Revise que sea un archivo y que tenga permiso "
            "de leerlo."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"«{path}» no está escrito en UTF-8. Guárdelo de nuevo con esa "
            "codificación."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"«{path}» no es TOML válido: se rompe {broken_at(error)}. Los textos van "
            "entre comillas, las listas entre corchetes y nada se dice dos veces."
        ) from error


def _table(tables: Mapping[str, object], name: str) -> Mapping[str, object]:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise ConfigurationError(
            f"En {FILE}, «{name}» debe ser una sección: escriba [{name}]."
        )
    return table


def _values(
    table: Mapping[str, object], environ: Mapping[str, str]
) -> dict[str, Any]:  # Any: the table of settings says what each value is
    names = [s.name for s in SETTINGS if not s.secret]
    for key in table:
        if key not in names:
            near = difflib.get_close_matches(key, names, 1)
            hint = f" ¿Quiso escribir «{near[0]}»?" if near else ""
            raise ConfigurationError(
                f"{FILE}, sección [provider]: no existe el ajuste «{key}».{hint}"
                + (_secret_hint(key))
            )
    return {s.name: _checked(s, _value(s, table, environ)) for s in SETTINGS}


def _secret_hint(key: str) -> str:
    secret = next((s for s in SETTINGS if s.secret and s.name == key), None)
    if secret is None:
        return ""
    return f" Es un secreto: entréguelo en la variable {secret.variable}."


def _value(
    setting: Setting, table: Mapping[str, object], environ: Mapping[str, str]
) -> object:
    text = environ.get(setting.variable, "").strip()
    if text:
        return _from_text(setting, text)
    if setting.name in table:
        return _from_toml(setting, table[setting.name])
    if setting.default is None:
        raise ConfigurationError(
            f"{FILE}, sección [provider]: falta «{setting.name}». "
            f"{setting.help} Escriba, por ejemplo: {setting.example}"
        )
    return setting.default


def _from_text(setting: Setting, text: str) -> object:
    if setting.kind is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if setting.kind is bool and text.lower() in (*_TRUE, *_FALSE):
        return text.lower() in _TRUE
    if setting.kind is int and text.isdecimal():
        return int(text)
    if setting.kind is str:
        return text
    wanted = "1 o 0" if setting.kind is bool else "un número entero"
    raise ConfigurationError(f"La variable {setting.variable} debe ser {wanted}.")


def _from_toml(setting: Setting, value: object) -> object:
    if setting.kind is tuple and isinstance(value, list):
        if all(isinstance(item, str) for item in value):
            return tuple(value)
    elif type(value) is setting.kind:
        return value.strip() if isinstance(value, str) else value
    raise ConfigurationError(
        f"{FILE}, sección [provider]: «{setting.name}» no tiene la forma esperada. "
        f"Escriba, por ejemplo: {setting.example}"
    )


def _checked(setting: Setting, value: object) -> object:
    """Refuse what has the right type and cannot be right."""
    wrong = ""
    if setting.default is None and not value:
        wrong = "está vacío"
    elif isinstance(value, int) and value < (setting.name in _POSITIVE):
        wrong = "es demasiado pequeño"
    elif setting.name == "port" and isinstance(value, int) and value > _MAX_PORT:
        wrong = f"pasa de {_MAX_PORT}"
    elif setting.secret and value and len(str(value)) < setting.shortest:
        raise ConfigurationError(
            f"La variable {setting.variable} es demasiado corta para proteger los "
            f"tokens: use {setting.shortest} caracteres al azar, o más."
        )
    if wrong:
        raise ConfigurationError(
            f"{FILE}, sección [provider]: «{setting.name}» {wrong}. "
            f"Escriba, por ejemplo: {setting.example}"
        )
    return value


def _credentials(value: Mapping[str, Any], folder: Path) -> Path | Server:
    """Give where the credentials are: their own file, or where the data are."""
    if value["credentials"]:
        return folder / str(value["credentials"])
    database: Path | Server = value["database"]
    if isinstance(database, Server):
        return database
    return database.parent / "credenciales.db"


def _public_url(value: Mapping[str, object]) -> str:
    url = str(value["public_url"]).rstrip("/")
    if url and not url.startswith(("https://", "http://")):
        raise ConfigurationError(
            f"{FILE}, sección [provider]: «public_url» debe empezar con https://, por "
            'ejemplo: public_url = "https://datos.ejemplo.gob.mx"'
        )
    return url


def _sources(
    table: Mapping[str, object], folder: Path, environ: Mapping[str, str]
) -> dict[str, object]:
    """Read [source], and the [source.DATASET] that say where they differ."""
    overrides = {
        name.removeprefix(SOURCE_PREFIX).lower(): text
        for name, text in environ.items()
        if name.startswith(SOURCE_PREFIX) and text
    }
    own = {key: value for key, value in table.items() if isinstance(value, dict)}
    shared = {k: v for k, v in table.items() if k not in own} | overrides
    sources = {key: _source({**shared, **o}, folder) for key, o in own.items()}
    return {
        "source": _source(shared, folder) if shared and not own else None,
        "sources": MappingProxyType(sources),
    }


def _source(options: dict[str, object], folder: Path) -> SourceSettings:
    connector = options.pop("connector", None)
    mapping = options.pop("mapping", "mapping.toml")
    if not isinstance(connector, str) or not connector:
        raise ConfigurationError(
            f"{FILE}, sección [source]: falta «connector», el lector de sus datos. "
            'Escriba, por ejemplo: connector = "excel_file"'
        )
    if not isinstance(mapping, str):
        raise ConfigurationError(
            f"{FILE}, sección [source]: «mapping» debe ser el nombre de un archivo. "
            'Escriba, por ejemplo: mapping = "mapping.toml"'
        )
    withheld = options.pop("withheld", "")
    if not isinstance(withheld, str):
        raise ConfigurationError(
            f"{FILE}, sección [source]: «withheld» debe ser el nombre de un archivo. "
            'Escriba, por ejemplo: withheld = "reservas.csv"'
        )
    return SourceSettings(
        connector,
        folder / mapping,
        MappingProxyType(options),
        folder,
        folder / withheld if withheld else None,
    )
