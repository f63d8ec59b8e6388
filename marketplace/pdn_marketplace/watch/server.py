"""Ask about a server what the checks do not tell, in a process of its own.

`python -m` this module reads {"urls", "allow_private"} and writes {"is_refused",
"until"}: whether one of the addresses may not be called, and until when the
certificate of the first serves. Its chain is not judged here: the checks do that.
"""

import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509

from pdn_sdk.client import ForbiddenAddressError, NetworkPolicy
from pdn_sdk.client.policy import Resolver, checked_url
from pdn_sdk.errors import PdnError, ProviderUnreachableError

TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Server:
    """What was found. `certificate_until` is None where it is not known."""

    is_refused: bool = False
    certificate_until: datetime | None = None


def asked(urls: Sequence[str], *, allow_private: bool) -> Server:
    """Ask about the server of some addresses; nothing is known if it fails."""
    words = json.dumps({"urls": [*urls], "allow_private": allow_private})
    try:
        done = subprocess.run(  # noqa: S603 - words of our own, no shell
            [sys.executable, "-P", "-m", __spec__.name],
            input=words,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S * 2,
            env={},
            check=True,
        )
        told = json.loads(done.stdout)
        until = told["until"]
        return Server(told["is_refused"], until and datetime.fromisoformat(until))
    except (subprocess.SubprocessError, OSError, ValueError):
        return Server()


def main() -> None:
    """Read what to ask, and say what was found."""
    asked_for = json.loads(sys.stdin.read())
    policy = NetworkPolicy(allow_private=asked_for["allow_private"])
    urls = asked_for["urls"]
    is_refused = any(_is_refused(url, policy) for url in urls)
    until = None if is_refused else _expiry(urls[0], policy)
    said = {"is_refused": is_refused, "until": until and until.isoformat()}
    sys.stdout.write(json.dumps(said))


def _is_refused(url: str, policy: NetworkPolicy) -> bool:
    try:
        _addresses(url, policy)
    except ForbiddenAddressError:
        return True
    except ProviderUnreachableError:
        return False
    return False


def _addresses(url: str, policy: NetworkPolicy) -> tuple[str, ...]:
    host, port = _place(checked_url(url, policy))
    return Resolver(policy).addresses(host, port)


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _expiry(url: str, policy: NetworkPolicy) -> datetime | None:
    if urlsplit(url).scheme != "https":
        return None
    host, port = _place(url)
    # Only the date is read, and an expired certificate must be seen too.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        address = _addresses(url, policy)[0]
        with (
            socket.create_connection((address, port), TIMEOUT_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            told = secured.getpeercert(binary_form=True) or b""
        return x509.load_der_x509_certificate(told).not_valid_after_utc
    except (PdnError, OSError, ValueError):
        return None


if __name__ == "__main__":
    main()
