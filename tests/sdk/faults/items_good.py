"""The good provider of items, with data that leave nothing untried."""

from dataclasses import replace
from pathlib import Path

from tests.sdk.items_provider import serve

from pdn_sdk.conformance.target import Target
from pdn_sdk.practice.items.planting import STANDARD, Good
from pdn_sdk.practice.wire import Answered, Asked, remembering, through
from pdn_sdk.standards.synthetic import records

COUNT = 120


class Provider:
    """A good provider in a folder of its own, ready to have faults planted in it."""

    def __init__(self, folder: Path) -> None:
        """Load invented records in the four collections."""
        self.records = {
            d.key: list(records(d, COUNT, seed=4)) for d in STANDARD.datasets
        }
        self.served = serve(folder, self.records, reserved=True)
        self._ask = remembering(through(self.served.app))

    def good(self) -> Good:
        """Give the provider as faults see it, behind a server with HTTPS."""
        return Good(self._secure, self.served.token, self.served.reserved, self.records)

    def target(self, base: str = "http://127.0.0.1") -> Target:
        """Give what the suite needs to know to put it to the test."""
        return Target("s3v2", base, token=self.served.token)

    def _secure(self, asked: Asked) -> Answered:
        answered = self._ask(asked)
        hsts = {"strict-transport-security": "max-age=31536000"}
        return replace(answered, headers={**answered.headers, **hsts})
