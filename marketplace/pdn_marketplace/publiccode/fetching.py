"""Fetches a description from an address that a stranger wrote.

In a process of its own, with the guards of the runner: addresses resolved once
and pinned, private ones refused, no redirects, and limits of octets and seconds.
"""

import subprocess
import sys

from flask_babel import gettext as _

from pdn_marketplace.errors import SubmissionRejectedError
from pdn_marketplace.publiccode.reading import MAX_BYTES
from pdn_marketplace.submissions.addresses import AddressRules, checked_address
from pdn_sdk.client import Client, NetworkPolicy
from pdn_sdk.errors import PdnError

TIMEOUT_S = 8.0
PROCESS_TIMEOUT_S = 15.0
MODULE = "pdn_marketplace.publiccode.fetching"


def fetched(url: str, rules: AddressRules) -> bytes:
    """Give what an address answers.

    Raises: ForbiddenAddressError; SubmissionRejectedError where nothing came.
    """
    address = checked_address(url, rules)
    private = "1" if rules.allow_private else "0"
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no shell
            [sys.executable, "-P", "-m", MODULE, private],
            input=address.encode(),
            capture_output=True,
            timeout=PROCESS_TIMEOUT_S,
            # No secret of the site is within reach of what an address sends.
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        done = None
    if done is None or done.returncode != 0:
        raise SubmissionRejectedError(
            _(
                "Esa dirección no dio el archivo: debe ser pública, responder sin "
                "redirecciones y dar el texto mismo. También puede subirlo."
            )
        )
    return done.stdout


def main() -> int:
    """Fetch the address that comes by the standard input; run as a process."""
    policy = NetworkPolicy(
        allow_private=sys.argv[1:] == ["1"],
        timeout_s=TIMEOUT_S,
        max_bytes=MAX_BYTES + 1,
        max_requests=2,
    )
    try:
        with Client(policy) as client:
            answer = client.send("GET", sys.stdin.read()).response
    except PdnError:
        return 1
    if answer.status != 200:
        return 1
    sys.stdout.buffer.write(answer.body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
