"""The members of documents in PostgreSQL: the forms that were stored of each."""

from collections.abc import Sequence
from typing import Any

from pdn_sdk.standards.items.shape import Kind
from pdn_sdk.standards.items.values import Value
from pdn_sdk.storage.engines.contract import Sql
from pdn_sdk.storage.engines.postgresql import bodies

_ITEM_TYPES = {Kind.INTEGER: "numeric", Kind.MOMENT: "numeric"}


class PgMembers:
    """Members of the bodies that go beside the documents."""

    empty_list = "'[]'::jsonb"

    def body(self, *, reserved: bool) -> Sql:
        return Sql(
            "coalesce(d.full_body, d.public_body)" if reserved else "d.public_body"
        )

    def member(self, body: Sql, path: Sequence[str | int]) -> Sql:
        return Sql(f"({body.text} #> ?::text[])", (*body.values, _steps(path)))

    def value(self, body: Sql, path: Sequence[str | int], kind: Kind) -> Sql:
        found = self._leaf(body, path, bodies.place_of(kind))
        return Sql(f"lower({found.text})", found.values) if kind is Kind.UUID else found

    def bound(self, kind: Kind, values: Sequence[Value]) -> tuple[str, Sequence[Any]]:
        return f"?::{_ITEM_TYPES.get(kind, 'text')}", bodies.comparable(kind, values)

    def listed(self, kind: Kind, values: Sequence[Value]) -> Sql:
        mark = f"(SELECT unnest(?::{_ITEM_TYPES.get(kind, 'text')}[]))"
        return Sql(mark, (bodies.comparable(kind, values),))

    def folded(self, body: Sql, path: Sequence[str | int]) -> Sql:
        return self._leaf(body, path, bodies.FOLDED)

    def key(self, body: Sql, path: Sequence[str | int]) -> Sql:
        return self._leaf(body, path, bodies.KEY)

    def each(self, body: Sql, path: Sequence[str | int], alias: str) -> Sql:
        held = self.member(body, path)
        return Sql(f"jsonb_path_query({held.text}, '$[*]') {alias}(value)", held.values)

    def is_object(self, alias: str) -> str:
        return f"jsonb_typeof({alias}.value) = 'object'"

    def _leaf(self, body: Sql, path: Sequence[str | int], place: int) -> Sql:
        text = f"({body.text} #>> ?::text[])"
        is_number = place == bodies.NUMBER
        return Sql(
            f"{text}::numeric" if is_number else f'{text} COLLATE "C"',
            (*body.values, _steps((*path, place))),
        )


def _steps(path: Sequence[str | int]) -> list[str]:
    return [str(step) for step in path]
