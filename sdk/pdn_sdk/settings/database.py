"""Where a provider keeps its data: a file of SQLite, or a database of PostgreSQL.

Imports only the errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pdn_sdk.errors import ConfigurationError

SCHEMES = ("postgresql", "postgres")
EXAMPLE = "postgresql://usuario@servidor:5432/base"
PASSWORD_VARIABLE = "PDN_DATABASE_PASSWORD"  # noqa: S105 - the name of a variable
OPTIONS = (
    *("sslmode", "sslrootcert", "sslcert", "sslkey"),
    *("connect_timeout", "target_session_attrs"),
)
"""What may follow the «?» of an address; anything else might be a secret."""


@dataclass(frozen=True, slots=True)
class Server:
    """A database of a PostgreSQL server. As a text, it has no password."""

    host: str
    port: int | None
    name: str
    user: str
    password: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"postgresql://{user}{self.host}{port}/{self.name}"


def place(text: str, folder: Path, *, password: str, is_written: bool) -> Path | Server:
    """Read where the data are: a path from the project's folder, or an address.

    `is_written` tells that it comes from a file, where no password may be.
    Raises: ConfigurationError; no message repeats what may hold a password.
    """
    scheme, separator, _ = text.partition("://")
    if not separator:
        return folder / text
    if scheme not in SCHEMES:
        raise ConfigurationError(
            f"«database» no puede ser de «{scheme}»: escriba el nombre de un archivo, "
            f"que será de SQLite, o una dirección como {EXAMPLE}."
        )
    try:
        return _server(urlsplit(text), password, is_written=is_written)
    except ValueError:
        # What it says of the address may hold the password.
        raise ConfigurationError(
            f"«database» no es una dirección de PostgreSQL. Se escribe así: {EXAMPLE}"
        ) from None


def _server(url: SplitResult, password: str, *, is_written: bool) -> Server:
    if url.password and is_written:
        raise ConfigurationError(
            "«database» trae la contraseña, y provider.toml lo leen muchos. Quítela de "
            f"ahí, cámbiela en el servidor y entréguela en {PASSWORD_VARIABLE}."
        )
    options = dict(parse_qsl(url.query))
    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise ConfigurationError(
            f"«database» no admite «{unknown[0]}» después del signo «?». Se admiten: "
            f"{', '.join(OPTIONS)}."
        )
    name = unquote(url.path.removeprefix("/"))
    if not name or "/" in name or url.fragment:
        raise ValueError
    return Server(
        host=url.hostname or "",
        port=url.port,
        name=name,
        user=unquote(url.username or ""),
        password=password or unquote(url.password or ""),
        options=MappingProxyType(options),
    )
