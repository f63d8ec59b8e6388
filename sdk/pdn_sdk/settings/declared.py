"""The table of a provider's settings: what each is called and what it is for.

Imports nothing of ours; the pages of reference and `--help` are written from it.
"""

from dataclasses import dataclass
from typing import TypeAlias

PREFIX = "PDN_"

Value: TypeAlias = str | int | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: a key of [provider] and a variable PREFIX plus its name.

    A setting without default is required. A secret is read only from its
    variable, so that it is never written in a file that is shared.
    """

    name: str
    kind: type
    default: Value | None
    help: str
    example: str
    secret: bool = False
    shortest: int = 0
    """Characters that a secret must have, so that nobody guesses it."""

    @property
    def variable(self) -> str:
        """Name of the environment variable."""
        return PREFIX + self.name.upper()


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "name",
        str,
        None,
        "Nombre de la institución que publica los datos.",
        'name = "Municipio de Ejemplo"',
    ),
    Setting(
        "standards",
        tuple,
        None,
        "Estándares que publica esta API, por su clave.",
        'standards = ["s2"]',
    ),
    Setting(
        "database",
        str,
        "data/provider.db",
        "Archivo de la base de datos, a partir de la carpeta del proyecto; o la "
        "dirección de una de PostgreSQL: postgresql://usuario@servidor:5432/base.",
        'database = "data/provider.db"',
    ),
    Setting(
        "database_password",
        str,
        "",
        "Contraseña de la base de datos, si es de PostgreSQL.",
        "",
        secret=True,
    ),
    Setting(
        "credentials",
        str,
        "",
        "Archivo de las credenciales. Sin valor: credenciales.db junto a la base; con "
        "PostgreSQL, dentro de la base.",
        'credentials = "data/credenciales.db"',
    ),
    Setting(
        "publish_reserved",
        bool,
        False,
        "Guarda los datos reservados y los entrega a quien tenga permiso para verlos.",
        "publish_reserved = false",
    ),
    Setting(
        "certificates",
        str,
        "",
        "Carpeta con los acuses de declaración fiscal, cada uno llamado RFC_AÑO.pdf. "
        "Sin valor: no se publican. Sólo S1.",
        'certificates = "acuses"',
    ),
    Setting(
        "public_url",
        str,
        "",
        "Dirección con la que el público llega a la API. Con https activa HSTS.",
        'public_url = "https://datos.ejemplo.gob.mx"',
    ),
    Setting(
        "issuer",
        str,
        "",
        "Quién firma los tokens. Sin valor: public_url o el nombre de la carpeta.",
        'issuer = "https://datos.ejemplo.gob.mx"',
    ),
    Setting(
        "signing_key",
        str,
        "",
        "Llave que firma los tokens, de 32 caracteres o más. Sin valor: la que se "
        "crea sola y se guarda con las credenciales.",
        "",
        secret=True,
        shortest=32,
    ),
    Setting(
        "token_lifetime_s",
        int,
        3600,
        "Segundos que sirve un token.",
        "token_lifetime_s = 3600",
    ),
    Setting(
        "refresh_lifetime_s",
        int,
        86_400,
        "Segundos en que un token se puede renovar.",
        "refresh_lifetime_s = 86400",
    ),
    Setting(
        "trusted_proxies",
        int,
        0,
        "Cuántos servidores intermedios de confianza hay delante (nginx, balanceador).",
        "trusted_proxies = 1",
    ),
    Setting(
        "access_log",
        bool,
        True,
        "Escribe una línea JSON por cada solicitud en la salida de errores.",
        "access_log = true",
    ),
    Setting("host", str, "127.0.0.1", "Dirección en que escucha.", 'host = "0.0.0.0"'),
    Setting("port", int, 8081, "Puerto en que escucha.", "port = 8081"),
    Setting("workers", int, 2, "Procesos que atienden solicitudes.", "workers = 2"),
)
