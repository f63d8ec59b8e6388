"""What may be written as the address of a provider. No network is touched.

The runner looks again at every address when it connects; this is the early and
clear answer to the person who fills the form.
"""

import socket
import unicodedata
from urllib.parse import urlsplit

from pdn_sdk.client import ForbiddenAddressError, NetworkPolicy
from pdn_sdk.client.policy import checked_url, is_public

_LOCAL_NAMES = ("localhost", "local", "internal", "localdomain", "lan", "home.arpa")
MAX_URL_CHARS = 2000


def checked_address(url: str, *, allow_private: bool) -> str:
    """Give the address without blanks around it, where it may be called.

    Raises: ForbiddenAddressError saying what to change.
    """
    address = checked_url(url.strip(), NetworkPolicy(allow_private=allow_private))
    parts = urlsplit(address)
    if parts.query or parts.fragment:
        raise ForbiddenAddressError(
            "La dirección no debe llevar parámetros ni «#». Escriba sólo lo que va "
            "antes de la ruta del estándar."
        )
    if not allow_private and _is_private(parts.hostname or ""):
        raise ForbiddenAddressError(
            "La dirección es de una red privada o de la propia máquina, y desde "
            "aquí no se puede llegar a ella. Publique la API en una dirección "
            "pública y escríbala aquí."
        )
    return address


def _is_private(host: str) -> bool:
    plain = unicodedata.normalize("NFKC", host).lower().rstrip(".")
    literal = _literal(plain)
    if literal:
        return not is_public(literal)
    return any(plain == name or plain.endswith(f".{name}") for name in _LOCAL_NAMES)


def _literal(host: str) -> str:
    """Give the IP address that the host spells, in any of its forms, or ""."""
    if ":" in host:
        return host
    try:
        # Also reads 127.1, 0x7f000001, 0177.0.0.1 and 2130706433.
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return ""
