"""The settings of the marketplace: declared in one table, read once.

Owns the names `PDN_MARKETPLACE_…`, their defaults and the files that keep the
keys. Imports only the SDK's errors. A secret has no default: it is made by
`pdn-marketplace init` or given by the environment.
"""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pdn_sdk.errors import ConfigurationError

PREFIX = "PDN_MARKETPLACE_"
ZONE = ZoneInfo("America/Mexico_City")
"""Whose days the site speaks of."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Setting:
    """One setting: its variable is PREFIX plus `name` in capitals."""

    name: str
    default: str
    help: str
    secret: bool = False

    @property
    def is_key(self) -> bool:
        """Is it a key that `init` makes where it is not given?"""
        return self.secret and self.name.endswith(("key", "keys"))

    @property
    def variable(self) -> str:
        """Name of the environment variable."""
        return PREFIX + self.name.upper()


SETTINGS: tuple[Setting, ...] = (
    Setting("data", "./data", "Carpeta con todo el estado: base de datos y llaves."),
    Setting(
        "database_url",
        "",
        "Base de datos: postgresql://usuario:clave@servidor/base para varios procesos "
        "o equipos. Sin valor: SQLite dentro de la carpeta de datos.",
        secret=True,
    ),
    Setting(
        "secret_key",
        "",
        "Llave que firma las sesiones. Sin valor: la que creó init.",
        secret=True,
    ),
    Setting(
        "fernet_keys",
        "",
        "Llaves que cifran credenciales, la más nueva primero, separadas por comas. "
        "Sin valor: las que creó init.",
        secret=True,
    ),
    Setting(
        "signing_keys",
        "",
        "Llaves Ed25519 que firman los dictámenes, la más nueva primero, separadas por "
        "comas. Sin valor: las que creó init.",
        secret=True,
    ),
    Setting(
        "public_url",
        "http://127.0.0.1:8000",
        "Dirección con la que la gente llega al sitio. Fuera de esta máquina, https.",
    ),
    Setting("proxies", "0", "Cuántos servidores intermedios de confianza hay delante."),
    Setting(
        "allow_private_targets",
        "0",
        "1 permite probar API en direcciones privadas (solo para desarrollo).",
    ),
    Setting(
        "approvals",
        "2",
        "Cuántas personas distintas deben aprobar un conector antes de publicarlo.",
    ),
    Setting(
        "watch_grace_days",
        "14",
        "Días que un conector publicado puede seguir sin ser conforme antes de "
        "suspenderlo. Las caídas no cuentan.",
    ),
    Setting(
        "second_factor",
        "1",
        "0 no pide el segundo factor a quien revisa o administra (solo en pruebas).",
    ),
    Setting(
        "oidc_issuer",
        "",
        "Emisor de OpenID Connect con cuyas cuentas también se entra, por ejemplo "
        "https://cuentas.ejemplo.gob.mx. Sin valor: sólo con correo y contraseña.",
    ),
    Setting("oidc_client_id", "", "Identificador de este sitio ante ese emisor."),
    Setting(
        "oidc_secret_file", "", "Archivo con el secreto de este sitio ante ese emisor."
    ),
    Setting(
        "smtp_url",
        "",
        "Servidor de correo: smtp://usuario:clave@servidor:587 (o smtps://…:465). Sin "
        "valor: los mensajes quedan en la carpeta correo, dentro de la de datos.",
        secret=True,
    ),
    Setting(
        "mail_from",
        "mercado-digital@localhost",
        "Dirección desde la que se envían los correos.",
    ),
    Setting(
        "queue_url",
        "",
        "Redis de la cola de trabajo: redis://:clave@servidor:6379/0. Sin valor: "
        "SQLite en la carpeta de datos.",
        secret=True,
    ),
    Setting(
        "rate_storage",
        "",
        "Dónde se cuentan las solicitudes por dirección (memory:// o redis://…). Sin "
        "valor: donde la cola, si está en Redis; si no, en la memoria de cada proceso.",
        secret=True,
    ),
    Setting("rate_limits", "1", "0 apaga los límites por dirección (solo en pruebas)."),
)


@dataclass(frozen=True)
class Config:
    """Everything the marketplace needs to know from outside, checked."""

    data: Path
    database_url: str
    secret_key: str
    fernet_keys: tuple[str, ...]
    signing_keys: tuple[str, ...]
    public_url: str
    proxies: int
    allow_private_targets: bool
    approvals: int
    watch_grace_days: int
    second_factor: bool
    oidc_issuer: str
    oidc_client_id: str
    oidc_secret: str = field(repr=False)
    smtp_url: str
    mail_from: str
    queue_url: str
    rate_storage: str
    rate_limits: bool

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> "Config":
        """Read the settings; the keys come from the environment or from files.

        Raises: ConfigurationError when a key is missing or a value is wrong.
        """
        value = {s.name: environ.get(s.variable, s.default).strip() for s in SETTINGS}
        data = Path(value["data"]).resolve()
        return cls(
            data=data,
            database_url=value["database_url"] or f"sqlite:///{data}/marketplace.db",
            secret_key=value["secret_key"] or _secret_key(data),
            fernet_keys=_fernet_keys(value["fernet_keys"], data),
            signing_keys=_signing_keys(value["signing_keys"], data),
            public_url=_public_url(value["public_url"]),
            proxies=_count(value["proxies"], "proxies"),
            allow_private_targets=_switch(value, "allow_private_targets"),
            approvals=max(1, _count(value["approvals"], "approvals")),
            watch_grace_days=_count(value["watch_grace_days"], "watch_grace_days"),
            second_factor=_switch(value, "second_factor"),
            **_oidc(value),
            smtp_url=_smtp_url(value["smtp_url"]),
            mail_from=value["mail_from"],
            queue_url=value["queue_url"],
            rate_storage=value["rate_storage"] or value["queue_url"] or "memory://",
            rate_limits=_switch(value, "rate_limits"),
        )

    @property
    def is_secure(self) -> bool:
        """Is the site reached by HTTPS, so that cookies may demand it?"""
        return self.public_url.startswith("https://")

    @property
    def hosts(self) -> list[str]:
        """The names this site answers to; any other `Host` is refused."""
        host = urlsplit(self.public_url).hostname or ""
        return [*dict.fromkeys([host, "localhost", "127.0.0.1", "[::1]"])]


def data_folder(environ: Mapping[str, str]) -> Path:
    """Say where the state lies, before there are keys to load a Config."""
    setting = SETTINGS[0]
    return Path(environ.get(setting.variable, setting.default)).resolve()


def create_keys(data: Path) -> list[Path]:
    """Make the key files that are missing, readable by their owner only.

    Returns: the files made; an existing key is never touched.
    """
    folder = data / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    wanted = {
        folder / "secret_key": secrets.token_urlsafe(48),
        folder / "fernet_keys": Fernet.generate_key().decode(),
        folder / "signing_keys": _new_signing_key(),
    }
    made = [path for path in wanted if not path.exists()]
    for path in made:
        path.touch(mode=0o600)
        path.write_text(wanted[path] + "\n", encoding="ascii")
    return made


def rotate_fernet_key(data: Path) -> None:
    """Put a new key first; what the older ones sealed can still be read."""
    path = data / "keys" / "fernet_keys"
    text = path.read_text(encoding="ascii")
    path.write_text(f"{Fernet.generate_key().decode()}\n{text}", encoding="ascii")


def _new_signing_key() -> str:
    raw = Ed25519PrivateKey.generate().private_bytes_raw()
    return base64.urlsafe_b64encode(raw).decode()


def _key_text(data: Path, name: str) -> str:
    try:
        text = (data / "keys" / name).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        text = ""
    if not text:
        raise ConfigurationError(
            f"Faltan llaves en {data / 'keys'}: sin ellas no se pueden firmar sesiones "
            "y dictámenes ni cifrar credenciales. Ejecute: pdn-marketplace init"
        )
    return text


def _secret_key(data: Path) -> str:
    return _key_text(data, "secret_key")


def _fernet_keys(given: str, data: Path) -> tuple[str, ...]:
    text = given.replace(",", "\n") or _key_text(data, "fernet_keys")
    keys = tuple(text.split())
    try:
        for key in keys:
            Fernet(key)
    except ValueError as error:
        raise ConfigurationError(
            "Una de las llaves de cifrado no es válida. Cada una son 32 octetos en "
            "base64 para URL; cree la primera con pdn-marketplace init."
        ) from error
    return keys


def _signing_keys(given: str, data: Path) -> tuple[str, ...]:
    text = given.replace(",", "\n") or _key_text(data, "signing_keys")
    keys = tuple(text.split())
    try:
        for key in keys:
            Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(key))
    except ValueError as error:
        raise ConfigurationError(
            "Una de las llaves que firman los dictámenes no es válida. Cada una son 32 "
            "octetos en base64 para URL; cree la primera con pdn-marketplace init."
        ) from error
    return keys


def _public_url(url: str, name: str = "PUBLIC_URL") -> str:
    parts = urlsplit(url)
    is_local = parts.hostname in LOOPBACK
    if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
        raise ConfigurationError(
            f"{PREFIX}{name} vale «{url}». Fuera de esta máquina las contraseñas "
            "viajarían sin cifrar: escriba una dirección que empiece con https://"
        )
    return url.rstrip("/")


def _smtp_url(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in {"smtp", "smtps"} or not parts.hostname):
        raise ConfigurationError(
            f"{PREFIX}SMTP_URL no es la dirección de un servidor de correo. Escríbala "
            "así: smtp://usuario:clave@servidor:587"
        )
    return url


def _oidc(value: Mapping[str, str]) -> dict[str, str]:
    """Read how to enter by OpenID Connect: all three settings, or none."""
    issuer, secret = value["oidc_issuer"], ""
    if issuer:
        _public_url(issuer, "OIDC_ISSUER")
        try:
            path = Path(value["oidc_secret_file"])
            secret = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            secret = ""
        if not secret or not value["oidc_client_id"]:
            raise ConfigurationError(
                f"{PREFIX}OIDC_ISSUER pide además {PREFIX}OIDC_CLIENT_ID y "
                f"{PREFIX}OIDC_SECRET_FILE, el archivo con el secreto de este sitio."
            )
    return {
        "oidc_issuer": issuer,
        "oidc_client_id": value["oidc_client_id"],
        "oidc_secret": secret,
    }


def _count(text: str, name: str) -> int:
    if not text.isdecimal():
        raise ConfigurationError(
            f"{PREFIX}{name.upper()} vale «{text}»: escriba un número entero."
        )
    return int(text)


def _switch(value: Mapping[str, str], name: str) -> bool:
    if value[name] not in {"0", "1"}:
        raise ConfigurationError(
            f"{PREFIX}{name.upper()} vale «{value[name]}»: escriba 0 o 1."
        )
    return value[name] == "1"
