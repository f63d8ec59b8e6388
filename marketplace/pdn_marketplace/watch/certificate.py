"""Ask a server for its TLS certificate, in a process of its own.

`python -m` this module reads {"url", "allow_private"} and writes the date until
which the certificate serves. Its chain is not judged here: the checks do that.
"""

import json
import socket
import ssl
import subprocess
import sys
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509

from pdn_sdk.client import NetworkPolicy
from pdn_sdk.client.policy import Resolver, checked_url
from pdn_sdk.errors import PdnError

TIMEOUT_S = 10.0


def certificate_until(url: str, *, allow_private: bool) -> datetime | None:
    """Give until when the certificate of a server serves; None if not known."""
    if urlsplit(url).scheme != "https":
        return None
    asked = json.dumps({"url": url, "allow_private": allow_private})
    try:
        done = subprocess.run(  # noqa: S603 - words of our own, no shell
            [sys.executable, "-P", "-m", __spec__.name],
            input=asked,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S * 2,
            env={},
            check=True,
        )
        return datetime.fromisoformat(done.stdout.strip())
    except (subprocess.SubprocessError, OSError, ValueError):
        return None


def main() -> int:
    """Read what to ask, and say what was found."""
    asked = json.loads(sys.stdin.read())
    try:
        sys.stdout.write(_expiry(asked["url"], asked["allow_private"]).isoformat())
    except (PdnError, OSError, ValueError):
        return 1
    return 0


def _expiry(url: str, allow_private: bool) -> datetime:
    policy = NetworkPolicy(allow_private=allow_private)
    parts = urlsplit(checked_url(url, policy))
    host, port = parts.hostname or "", parts.port or 443
    address = Resolver(policy).addresses(host, port)[0]
    # Only the date is read, and an expired certificate must be seen too.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((address, port), TIMEOUT_S) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        told = secured.getpeercert(binary_form=True) or b""
    return x509.load_der_x509_certificate(told).not_valid_after_utc


if __name__ == "__main__":
    sys.exit(main())
