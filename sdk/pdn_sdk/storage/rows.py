"""A record → what the tables hold of it.

Needs no connection: the rows of a load can be made in any process.
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import NamedTuple, cast

import orjson

from pdn_sdk.errors import InvalidRecordError
from pdn_sdk.standards.paths import first_at, trie, without_all
from pdn_sdk.standards.validation import public
from pdn_sdk.storage.tables import Layout, Raw


class Row(NamedTuple):
    """One record, ready to be stored.

    `public` is the JSON that anybody sees; `full` has what is reserved too,
    and is None where that is not published or there is none. `values` goes
    with the layout's columns: what a dictionary numbers, or the text itself.
    """

    identity: str
    digest: bytes
    public: bytes
    full: bytes | None
    values: tuple[Raw | None, ...]


class RowMaker:
    """Makes the rows of one layout; made once, because `row` runs for every record."""

    def __init__(self, layout: Layout) -> None:
        """Work out where each column takes its value from."""
        dataset = layout.dataset
        self._dataset = dataset
        self._publishes_reserved = layout.publish_reserved
        self._unpublished = trie(dataset.unpublished)
        # What is reserved in some records is found by nobody in those.
        guarded = {c.path for c in layout.columns}
        if dataset.projection is None:
            guarded = {c.path for c in dataset.reserved_unless}
        self._takers: list[tuple[Callable[[object], Raw | None], bool]] = [
            (column.taker, column.path in guarded) for column in layout.columns
        ]

    def row(self, record: dict[str, object]) -> Row:
        """Give the row of a valid record.

        Raises: InvalidRecordError for what JSON cannot hold.
        """
        kept = without_all(record, self._unpublished)
        try:
            # Of a record, leaving members out gives a record.
            shown = cast("dict[str, object]", public(self._dataset, kept))
            body = orjson.dumps(shown)
            full = None
            if self._publishes_reserved and kept is not shown:
                full = orjson.dumps(kept)
            return Row(
                identity=str(first_at(kept, self._dataset.identity)),
                digest=blake2b(full or body, digest_size=16).digest(),
                public=body,
                full=full,
                values=tuple(
                    take(shown if is_guarded else kept)
                    for take, is_guarded in self._takers
                ),
            )
        except (TypeError, UnicodeEncodeError) as error:
            raise InvalidRecordError(
                "El registro tiene texto o valores que no pueden escribirse como "
                "JSON; revise que su codificación sea UTF-8."
            ) from error
