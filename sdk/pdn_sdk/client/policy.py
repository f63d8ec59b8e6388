"""Where a client may go and how much it may spend. Imports only the errors."""

import ipaddress
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pdn_sdk.errors import ProviderUnreachableError, RequestError

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = (
    ipaddress.ip_network("64:ff9b::/96"),
    ipaddress.ip_network("64:ff9b:1::/48"),
)
_UNROUTED = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8",
            "100.64.0.0/10",
            "192.0.0.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "168.63.129.16/32",  # Azure answers its machines' metadata here
            "fec0::/10",
        ),
    )
)


class ForbiddenAddressError(RequestError):
    """The address is not one that this client may call."""

    code = "direccion_no_permitida"


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """Limits of a run.

    Units: bytes after decompression, seconds for each request from connecting
    to the last byte. `ports` empty means any port. `proxies` maps a scheme to
    a proxy's URL, as requests does; nothing is read from the environment.
    """

    allow_private: bool = True
    timeout_s: float = 15.0
    max_bytes: int = 20_000_000
    max_requests: int = 600
    ports: frozenset[int] = frozenset()
    proxies: Mapping[str, str] = field(default_factory=dict)


def checked_url(url: str, policy: NetworkPolicy) -> str:
    """Give the URL back where its form is one that may be called.

    Raises: ForbiddenAddressError for other schemes, credentials in the URL, no
    host or a port that the policy leaves out.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise ForbiddenAddressError(
            "La dirección no está bien escrita; revise el servidor y el puerto."
        ) from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ForbiddenAddressError(
            "La dirección debe empezar con https:// (o http://) y nombrar un servidor."
        )
    if parts.username is not None or parts.password is not None:
        raise ForbiddenAddressError(
            "La dirección lleva un usuario o una contraseña. Quítelos y escríbalos "
            "en sus propios campos."
        )
    if policy.ports and port not in policy.ports:
        raise ForbiddenAddressError(
            f"El puerto {port} no está permitido; use uno de "
            f"{', '.join(map(str, sorted(policy.ports)))}."
        )
    return url


def is_public(text: str) -> bool:
    """Tell whether an IP address is reachable by anybody on the Internet.

    Addresses that carry an IPv4 one inside (mapped, 6to4, Teredo, NAT64) are
    judged by it as well.
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    return all(_is_global(a) for a in (address, *_carried(address)))


def _is_global(address: _Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in n for n in _UNROUTED if n.version == address.version)
    )


def _carried(address: _Address) -> list[_Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    inside: list[_Address] = []
    if address.ipv4_mapped:
        inside.append(address.ipv4_mapped)
    if address.sixtofour:
        inside.append(address.sixtofour)
    if address.teredo:
        inside.extend(address.teredo)
    low = int(address) & 0xFFFF_FFFF
    if any(address in network for network in _NAT64) or int(address) >> 32 == 0:
        inside.append(ipaddress.IPv4Address(low))
    return inside


class Resolver:
    """Names to addresses, asked once and kept for as long as the client lives.

    Keeping the answer is what stops a name from pointing elsewhere after it
    was looked at (DNS rebinding).
    """

    def __init__(self, policy: NetworkPolicy) -> None:
        """Keep the policy; nothing is resolved yet."""
        self._policy = policy
        self._known: dict[tuple[str, int], tuple[str, ...]] = {}
        self._lock = threading.Lock()

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Give the IP addresses that may be connected to.

        Raises: ProviderUnreachableError where the name does not exist;
        ForbiddenAddressError where one of its addresses is not public and the
        policy asks for public ones.
        """
        with self._lock:
            if (host, port) not in self._known:
                self._known[host, port] = self._resolve(host, port)
            return self._known[host, port]

    def _resolve(self, host: str, port: int) -> tuple[str, ...]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise ProviderUnreachableError(
                f"No se encontró el servidor «{host}». Revise que el nombre esté "
                "bien escrito y publicado en el DNS."
            ) from error
        addresses = tuple(dict.fromkeys(str(row[4][0]) for row in found))
        refused = [a for a in addresses if not self._allowed(a)]
        if refused:
            raise ForbiddenAddressError(
                f"«{host}» apunta a una red privada o reservada. Publique la API en "
                "una dirección pública y vuelva a intentarlo."
            )
        return addresses

    def _allowed(self, address: str) -> bool:
        return self._policy.allow_private or is_public(address)
