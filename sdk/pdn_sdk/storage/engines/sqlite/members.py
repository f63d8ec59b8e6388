"""The members of documents in SQLite, by its JSON functions and two of ours."""

from collections.abc import Sequence
from typing import Any

import orjson

from pdn_sdk.standards.items.shape import Kind
from pdn_sdk.standards.items.values import Value
from pdn_sdk.storage.engines.contract import Sql


class SqliteMembers:
    """Members of documents that are kept as the text of their JSON."""

    empty_list = "'[]'"

    def body(self, *, reserved: bool) -> Sql:
        column = 'coalesce(d."full", d.public)' if reserved else "d.public"
        return Sql(f"CAST({column} AS TEXT)")

    def member(self, body: Sql, path: Sequence[str | int]) -> Sql:
        return Sql(f"json_extract({body.text}, ?)", (*body.values, _pointer(path)))

    def value(self, body: Sql, path: Sequence[str | int], kind: Kind) -> Sql:
        found = self.member(body, path)
        change = {Kind.MOMENT: "julianday", Kind.UUID: "lower"}.get(kind, "")
        return Sql(f"{change}({found.text})" if change else found.text, found.values)

    def bound(self, kind: Kind, values: Sequence[Value]) -> tuple[str, Sequence[Any]]:
        return ("julianday(?)" if kind is Kind.MOMENT else "?"), values

    def listed(self, kind: Kind, values: Sequence[Value]) -> Sql:
        value = "julianday(value)" if kind is Kind.MOMENT else "value"
        texts = orjson.dumps(values).decode()
        return Sql(f"(SELECT {value} FROM json_each(?))", (texts,))  # noqa: S608 - no names

    def folded(self, body: Sql, path: Sequence[str | int]) -> Sql:
        found = self.member(body, path)
        return Sql(f"pdn_fold({found.text})", found.values)

    def key(self, body: Sql, path: Sequence[str | int]) -> Sql:
        found = self.member(body, path)
        return Sql(f"pdn_key({found.text})", found.values)

    def each(self, body: Sql, path: Sequence[str | int], alias: str) -> Sql:
        return Sql(f"json_each({body.text}, ?) {alias}", (*body.values, _pointer(path)))

    def is_object(self, alias: str) -> str:
        return f"{alias}.type = 'object'"


def _pointer(path: Sequence[str | int]) -> str:
    steps = (f"[{s}]" if isinstance(s, int) else f'."{s}"' for s in path)
    return f"${''.join(steps)}"
