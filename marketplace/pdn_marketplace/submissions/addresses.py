"""What may be written as the address of a provider. No network is touched.

The runner looks again at every address when it connects; this is the early and
clear answer to the person who fills the form.
"""

import socket
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask_babel import gettext as _

from pdn_sdk.client import ForbiddenAddressError, NetworkPolicy
from pdn_sdk.client.policy import checked_url, is_public

_LOCAL_NAMES = ("localhost", "local", "internal", "localdomain", "lan", "home.arpa")


@dataclass(frozen=True, slots=True)
class AddressRules:
    """What this site may call: private addresses or not, and never itself."""

    allow_private: bool
    own_hosts: tuple[str, ...] = ()


def checked_address(url: str, rules: AddressRules) -> str:
    """Give the address without blanks around it, where it may be called.

    Raises: ForbiddenAddressError saying what to change.
    """
    try:
        address = checked_url(url.strip(), NetworkPolicy())
    except ForbiddenAddressError as error:
        # Its own words are only in Spanish.
        raise ForbiddenAddressError(
            _(
                "Escriba la dirección completa, como https://api.institucion.gob.mx, "
                "sin usuario ni contraseña."
            )
        ) from error
    parts = urlsplit(address)
    if parts.query or parts.fragment:
        raise ForbiddenAddressError(
            _(
                "La dirección no debe llevar parámetros ni «#». Escriba sólo lo que va "
                "antes de la ruta del estándar."
            )
        )
    if rules.allow_private:
        return address
    if _is_private(parts.hostname or ""):
        raise ForbiddenAddressError(
            _(
                "La dirección es de una red privada o de la propia máquina, y desde "
                "aquí no se puede llegar a ella. Publique la API en una dirección "
                "pública y escríbala aquí."
            )
        )
    if _plain(parts.hostname or "") in rules.own_hosts:
        raise ForbiddenAddressError(
            _("Ésa es la dirección de este sitio. Escriba la de su API.")
        )
    return address


def _is_private(host: str) -> bool:
    plain = _plain(host)
    literal = _literal(plain)
    if literal:
        return not is_public(literal)
    return any(plain == name or plain.endswith(f".{name}") for name in _LOCAL_NAMES)


def _plain(host: str) -> str:
    return unicodedata.normalize("NFKC", host).lower().rstrip(".")


def _literal(host: str) -> str:
    """Give the IP address that the host spells, in any of its forms, or ""."""
    if ":" in host:
        return host
    try:
        # Also reads 127.1, 0x7f000001, 0177.0.0.1 and 2130706433.
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return ""
