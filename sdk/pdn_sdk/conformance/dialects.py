"""How checks speak each dialect: one class for each, over the same client.

`Api` in pdn_sdk.checking says what they have in common.
"""

import hashlib
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

import orjson

from pdn_sdk.checking import Answer, Exchange
from pdn_sdk.conformance.api import ProviderApi
from pdn_sdk.conformance.walks import coverage
from pdn_sdk.errors import InvalidStandardError
from pdn_sdk.standards.model import Standard
from pdn_sdk.wire import items
from pdn_sdk.wire.model import ReceivedPage

ALWAYS_SERVED = 100
"""Items that every provider must give in one page (S3V2-015)."""
MANY_PAGES = 10
WIDE = 500
"""Items in the pages of a long walk, where the provider gives as many."""


class ItemsApi(ProviderApi):
    """A collection of items. Everything is asked by GET, in the address.

    In `search`, `query` is a filter tree and `page_size` the limit; in `call`,
    `body` holds the parameters, and a filter may be an object.
    """

    def search(
        self,
        *,
        page: int | None = None,
        page_size: int | None = None,
        query: Mapping[str, object] | None = None,
        sort: Mapping[str, str] | None = None,
    ) -> Answer:
        """Run a legal search, as PDN's wrapper writes it; see `Api.search`."""
        size = ALWAYS_SERVED if page_size is None else page_size
        asked: dict[str, object] = {
            "fields": items.EVERYTHING,
            "meta": "*",
            "limit": size,
            "offset": ((page or 1) - 1) * size,
        }
        if query:
            asked["filter"] = query
        if sort:
            asked["sort"] = ",".join(
                f"-{name}" if direction == "desc" else name
                for name, direction in sort.items()
            )
        return self._answered(self.call(asked), asked)

    def _page_of(self, asked: Mapping[str, object]) -> tuple[int, int]:
        limit, offset = _whole(asked.get("limit")), _whole(asked.get("offset"))
        return offset // (limit or 1) + 1, limit

    @property
    def _walking_size(self) -> int:
        return min(ALWAYS_SERVED, self._dataset.max_page_size)

    def _wider(self, size: int, total: int) -> int:
        """Take larger pages where the records are many and the provider allows it."""
        if total <= size * MANY_PAGES:
            return size
        wide = min(WIDE, self._dataset.max_page_size)
        exchange = self.call({"fields": self._dataset.identity, "limit": wide})
        body = exchange.json()
        data = body.get("data") if isinstance(body, dict) else None
        served = isinstance(data, list) and len(data) == min(wide, total)
        return wide if exchange.status == 200 and served else size

    def _written(self, body: object, raw: bytes | None) -> tuple[str, bytes | None]:
        if raw is not None:
            return f"?{raw.decode()}", None
        if not isinstance(body, Mapping) or not body:
            return "", None
        pairs = {
            name: orjson.dumps(value).decode() if isinstance(value, Mapping) else value
            for name, value in body.items()
        }
        return f"?{urlencode(pairs)}", None

    def _read(self, exchange: Exchange, asked: Mapping[str, object]) -> ReceivedPage:
        limit, offset = asked.get("limit"), asked.get("offset")
        return items.read_page(
            exchange.response.body,
            limit=limit if isinstance(limit, int) else ALWAYS_SERVED,
            offset=offset if isinstance(offset, int) else 0,
        )


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


APIS: Mapping[str, type[ProviderApi]] = {
    "items": ItemsApi,
    "post_query": ProviderApi,
}


def api_of(standard: Standard) -> type[ProviderApi]:
    """Give the class that speaks the dialect of a standard.

    Raises: InvalidStandardError where the suite does not speak it.
    """
    if standard.dialect not in APIS:
        raise InvalidStandardError(
            f"El estándar «{standard.key}» usa el dialecto «{standard.dialect}», que "
            "esta versión de pdn no sabe probar. Actualice pdn-sdk."
        )
    return APIS[standard.dialect]


def together(seen: Iterable[Mapping[str, object]]) -> Mapping[str, object]:
    """Tell what was seen of several datasets as if they were one."""
    found = [each for each in seen if each]
    if len(found) < 2:
        return found[0] if found else {}
    prints = "".join(str(each["fingerprint"]) for each in found)
    counts = [n for each in found if isinstance(n := each["records"], int)]
    read = [
        n for each in found if isinstance(n := each.get("read", each["records"]), int)
    ]
    return {
        "records": sum(counts),
        "fingerprint": hashlib.sha256(prints.encode()).hexdigest()[:16],
        **coverage(sum(read), sum(counts)),
    }
