"""A raw filter held against a dataset: a tree of comparisons that a store can run.

A comparison on a list, or inside it, holds where some item passes it. Imports the
shape and the values.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pdn_sdk.errors import InvalidQueryError, PermissionDeniedError
from pdn_sdk.standards.items.shape import Kind, Member
from pdn_sdk.standards.items.values import Clock, Value, is_yes, listed, value

DEEPEST = 30
MOST_COMPARISONS = 200


class Operator(StrEnum):
    """What a test does. The values are the names on the wire."""

    EQ = "_eq"
    NEQ = "_neq"
    IN = "_in"
    NIN = "_nin"
    NULL = "_null"
    NNULL = "_nnull"
    EMPTY = "_empty"
    NEMPTY = "_nempty"
    LT = "_lt"
    LTE = "_lte"
    GT = "_gt"
    GTE = "_gte"
    BETWEEN = "_between"
    NBETWEEN = "_nbetween"
    CONTAINS = "_contains"
    NCONTAINS = "_ncontains"
    ICONTAINS = "_icontains"
    NICONTAINS = "_nicontains"
    STARTS = "_starts_with"
    NSTARTS = "_nstarts_with"
    ISTARTS = "_istarts_with"
    NISTARTS = "_nistarts_with"
    ENDS = "_ends_with"
    NENDS = "_nends_with"
    IENDS = "_iends_with"
    NIENDS = "_niends_with"


O = Operator  # noqa: E741 - read once, in the table below
_PRESENCE = frozenset({O.NULL, O.NNULL})
_BLANKS = frozenset({O.EMPTY, O.NEMPTY})
_SAME = frozenset({O.EQ, O.NEQ, O.IN, O.NIN}) | _PRESENCE
_ORDER = frozenset({O.LT, O.LTE, O.GT, O.GTE, O.BETWEEN, O.NBETWEEN})
_PARTS = frozenset(
    {O.CONTAINS, O.NCONTAINS, O.ICONTAINS, O.NICONTAINS, O.STARTS, O.NSTARTS}
    | {O.ISTARTS, O.NISTARTS, O.ENDS, O.NENDS, O.IENDS, O.NIENDS}
)
OPERATORS: Mapping[Kind, frozenset[Operator]] = {
    Kind.TEXT: _SAME | _BLANKS | _PARTS,
    Kind.UUID: _SAME | _BLANKS,
    Kind.INTEGER: _SAME | _ORDER,
    Kind.DATE: _SAME | _ORDER,
    Kind.MOMENT: _SAME | _ORDER,
    Kind.OBJECT: _PRESENCE,
    Kind.LIST: _PRESENCE | _BLANKS,
}
_LISTS = frozenset({O.IN, O.NIN, O.BETWEEN, O.NBETWEEN})
_FLAGS: Mapping[Operator, Operator] = {
    O.NULL: O.NNULL,
    O.NNULL: O.NULL,
    O.EMPTY: O.NEMPTY,
    O.NEMPTY: O.EMPTY,
}
"""Operators that ask yes or no, each with what «no» means."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A value put to the test. `path` starts at the record or at a list's item."""

    path: tuple[str, ...]
    kind: Kind
    operator: Operator
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Every:
    """All of the nodes hold; true where there are none."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of the nodes holds."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Items:
    """Some item of a list passes, or none does."""

    path: tuple[str, ...]
    node: "Node"
    none: bool = False


Node = Comparison | Every | Either | Items


def checked_filter(seen: Member, raw: Mapping[str, object], clock: Clock) -> Every:
    """Hold a filter against what a caller may see.

    Raises: PermissionDeniedError for a field that does not exist or may not be
    read, told alike; InvalidQueryError for an unknown operator, a value of the
    wrong type, or a filter too deep or too long.
    """
    reader = _Reader(clock)
    nodes = Every(tuple(reader.members(seen, raw, (), 0)))
    if reader.count > MOST_COMPARISONS:
        raise InvalidQueryError(
            f"«filter» tiene más de {MOST_COMPARISONS} condiciones; use menos."
        )
    return nodes


class _Reader:
    """Reads one filter, counting its comparisons."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.count = 0

    def members(
        self, holder: Member, raw: object, path: tuple[str, ...], depth: int
    ) -> Iterator[Node]:
        """Read the object of a record, a relation or a list's item."""
        for name, asked in _object(raw, depth).items():
            if name in ("_and", "_or"):
                branches = (
                    Every(tuple(self.members(holder, b, path, depth + 1)))
                    for b in _branches(name, asked)
                )
                yield from _joined(name, tuple(branches))
            elif name.startswith("_"):
                yield self._test(holder, name, asked, path)
            else:
                child = holder.members.get(name)
                if child is None:
                    raise denied()
                yield from self._child(child, asked, (*path, name), depth + 1)

    def _child(
        self, child: Member, asked: object, path: tuple[str, ...], depth: int
    ) -> Iterator[Node]:
        if not child.is_relation:
            yield from self._tests(child, asked, path, depth)
        elif not isinstance(asked, dict):
            raise InvalidQueryError(
                f"«{child.name}» no es un valor: filtre por uno de sus campos, por "
                f'ejemplo {{"{child.name}": {{"campo": {{"_eq": "valor"}}}}}}.'
            )
        elif child.kind is Kind.OBJECT:
            yield from self.members(child, asked, path, depth)
        else:
            yield from self._list(child, asked, path, depth)

    def _list(
        self,
        child: Member,
        asked: Mapping[str, object],
        path: tuple[str, ...],
        depth: int,
    ) -> Iterator[Node]:
        inside = {}
        for name, content in asked.items():
            if name in ("_some", "_none"):
                node = Every(tuple(self.members(child, content, (), depth + 1)))
                yield Items(path, node, none=name == "_none")
            elif name.startswith("_") and name not in ("_and", "_or"):
                yield self._test(child, name, content, path)
            else:
                inside[name] = content
        if inside:
            yield Items(path, Every(tuple(self.members(child, inside, (), depth))))

    def _tests(
        self, child: Member, asked: object, path: tuple[str, ...], depth: int
    ) -> Iterator[Node]:
        if not isinstance(asked, dict):
            yield self._test(child, Operator.EQ, asked, path)
            return
        for name, content in _object(asked, depth).items():
            if name in ("_and", "_or"):
                branches = (
                    Every(tuple(self._tests(child, _object(b, depth), path, depth + 1)))
                    for b in _branches(name, content)
                )
                yield from _joined(name, tuple(branches))
            elif not name.startswith("_"):
                raise denied()
            else:
                yield self._test(child, name, content, path)

    def _test(
        self, member: Member, name: str, asked: object, path: tuple[str, ...]
    ) -> Node:
        self.count += 1
        allowed = OPERATORS[member.kind]
        if not path or name not in allowed:
            raise InvalidQueryError(
                f"«{name}» no es un operador para «{member.name or 'filter'}». Se "
                f"admiten {', '.join(sorted(allowed)) if path else '_and y _or'}."
            )
        operator = Operator(name)
        if operator in _FLAGS:
            meant = operator if is_yes(asked) else _FLAGS[operator]
            return Comparison(path, member.kind, meant)
        if asked is None and operator in (Operator.EQ, Operator.NEQ):
            meant = Operator.NULL if operator is Operator.EQ else Operator.NNULL
            return Comparison(path, member.kind, meant)
        return Comparison(
            path, member.kind, operator, self._values(member, operator, asked)
        )

    def _values(
        self, member: Member, operator: Operator, asked: object
    ) -> tuple[Value, ...]:
        if operator not in _LISTS:
            return (value(member, asked, self._clock),)
        found = tuple(value(member, one, self._clock) for one in listed(asked))
        if operator in (Operator.BETWEEN, Operator.NBETWEEN) and len(found) != 2:
            raise InvalidQueryError(
                f"«{operator}» de «{member.name}» necesita dos valores: desde y hasta."
            )
        return found


def denied() -> PermissionDeniedError:
    """Say that a field is out of reach, without telling whether it exists."""
    return PermissionDeniedError(
        "La consulta nombra un campo que no existe o que su token no puede leer. "
        "Revise los nombres; los datos reservados necesitan otro token."
    )


def _object(raw: object, depth: int) -> Mapping[str, object]:
    if depth > DEEPEST:
        raise InvalidQueryError(
            f"«filter» tiene más de {DEEPEST} niveles; simplifíquelo."
        )
    if not isinstance(raw, dict):
        raise InvalidQueryError(
            "«filter» está mal formado: cada condición es un objeto, por ejemplo "
            '{"campo": {"_eq": "valor"}}.'
        )
    return raw


def _branches(name: str, asked: object) -> list[object]:
    if not isinstance(asked, list):
        raise InvalidQueryError(
            f'«{name}» debe ser una lista de filtros: {{"{name}": [{{…}}, {{…}}]}}.'
        )
    return asked


def _joined(name: str, branches: tuple[Node, ...]) -> Iterator[Node]:
    if branches:
        yield Every(branches) if name == "_and" else Either(branches)
