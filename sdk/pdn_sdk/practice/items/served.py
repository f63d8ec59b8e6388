"""The provider of items with a fault in it."""

import json
from collections.abc import Mapping

from pdn_sdk.practice.items.planting import STANDARD, Fault, Good, Item
from pdn_sdk.practice.wire import Answered, Asked, Serve

FIRST = "fields=*.*.*&limit=10"


def bent(serve: Serve, fault: Fault, credential: Mapping[str, str]) -> Serve:
    """Give the way to ask a good provider with a fault in it.

    `credential` holds its tokens: `token`, and `reserved` for all that is stored.
    """
    token, reserved = credential["token"], credential["reserved"]
    good = Good(serve, token, reserved, _first(serve, token))

    def answer(asked: Asked) -> Answered:
        return fault.bend(asked, good)

    return answer


def _first(serve: Serve, token: str) -> Mapping[str, list[Item]]:
    """Give the first records of each collection: faults spoil one of them."""
    found: dict[str, list[Item]] = {}
    for dataset in STANDARD.datasets:
        asked = Asked("GET", f"/items/{dataset.key}", FIRST, {}, b"")
        answered = serve(asked.authorized(f"Bearer {token}"))
        body = json.loads(answered.body) if answered.status == 200 else {}
        found[dataset.key] = body.get("data", [])
    return found
