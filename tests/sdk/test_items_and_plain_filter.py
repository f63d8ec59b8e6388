"""The store answers a tree of conditions as plain Python over the records would."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import cmp_to_key
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pdn_sdk.collation import fold, sort_key
from pdn_sdk.errors import InvalidQueryError
from pdn_sdk.standards.items.filters import (
    OPERATORS,
    Comparison,
    Either,
    Every,
    Items,
    Operator,
)
from pdn_sdk.standards.items.search import ItemOrder, ItemSearch, checked_items
from pdn_sdk.standards.items.shape import Kind, visible
from pdn_sdk.standards.loader import get
from pdn_sdk.storage.engines.sqlite import Sqlite
from pdn_sdk.storage.sql import RecordStore
from pdn_sdk.wire.model import RawItemSearch

DATASET = get("s3v2").dataset("faltas_administrativas_graves")
SEEN = visible(DATASET, reserved=False)
CLOCK = datetime(2025, 6, 1, tzinfo=UTC)

# Without NUL, where SQLite ends a text that it cuts.
words = st.one_of(
    st.sampled_from(
        ["", "OIC/1/2024", "oic/1/2024", "OIC", "/1/", "100%", "EXP_0", "%", "_", "'",
         "Muñoz", "MUÑOZ", "munoz", "Núñez", "nunez", "ñ", "n\u0303", "n", '"', "\\",
         "a b", " a", "b ", "null", "ß", "ss", "🙂", "$NOW"]
    ),
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4
    ),
)  # fmt: skip
days = st.sampled_from(["2023-12-31", "2024-01-01", "2024-01-02", "2024-02-29"])
moments = st.sampled_from(
    ["2024-01-01T00:00:00Z", "2023-12-31T18:00:00-06:00", "2024-01-01T00:00:00.250Z",
     "2024-01-01T06:00:00-06:00"]
)  # fmt: skip
uuids = st.sampled_from(
    [f"6b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c{n:02x}" for n in range(40)]
)
sums = st.integers(-2, 3) | st.just(3_400_000_000)
VALUES = {
    Kind.TEXT: words,
    Kind.UUID: uuids,
    Kind.INTEGER: sums,
    Kind.DATE: days,
    Kind.MOMENT: moments,
}
# Members that the records below have: of the record, of relations, of lists.
LEAVES = [
    ("id",), ("date_created",), ("fecha",), ("expediente",),
    ("datosGenerales", "nombres"), ("datosGenerales", "primerApellido"),
    ("empleoCargoComision", "nivelJerarquico", "clave"),
    ("empleoCargoComision", "nombreEntePublico"),
    ("tipoSancion", "clave"), ("tipoSancion", "sancionEconomica", "monto"),
    ("tipoSancion", "inhabilitacion", "fechaInicial"),
    ("faltaCometida", "valor"), ("faltaCometida", "normatividadInfringida", "articulo"),
]  # fmt: skip
RELATIONS = [("datosGenerales",), ("empleoCargoComision", "nivelJerarquico")]


def some(**members):
    return st.fixed_dictionaries({}, optional=members)


records = st.builds(
    lambda identity, rest: {"id": identity, **rest},
    uuids,
    some(
        date_created=moments,
        fecha=days,
        expediente=words,
        datosGenerales=some(nombres=words, primerApellido=words),
        empleoCargoComision=some(
            nombreEntePublico=words, nivelJerarquico=some(clave=words)
        ),
        tipoSancion=st.lists(
            some(
                clave=words,
                sancionEconomica=some(monto=sums),
                inhabilitacion=some(fechaInicial=days),
            ),
            max_size=3,
        ),
        faltaCometida=st.lists(
            some(
                valor=words,
                normatividadInfringida=st.lists(some(articulo=words), max_size=2),
            ),
            max_size=2,
        ),
    ),
)


@st.composite
def conditions(draw):
    """A condition as it is written in a request, with nulls and negations."""
    path = draw(st.sampled_from(LEAVES + RELATIONS))
    kind = kind_at(path)
    operator = draw(st.sampled_from(sorted(OPERATORS[kind])))
    node = {str(operator): draw(_value(kind, operator))}
    for name in reversed(path):
        node = {name: node}
        if name in ("tipoSancion", "faltaCometida") and draw(st.booleans()):
            node[name] = {draw(st.sampled_from(["_some", "_none"])): node[name]}
    return node


def kind_at(path):
    member = SEEN
    for name in path:
        member = member.members[name]
    return member.kind


def _value(kind, operator):
    if operator in ("_null", "_nnull", "_empty", "_nempty"):
        return st.booleans()
    if operator in ("_in", "_nin"):
        return st.lists(VALUES[kind], max_size=3)
    if operator in ("_between", "_nbetween"):
        return st.lists(VALUES[kind], min_size=2, max_size=2)
    if operator in ("_eq", "_neq"):
        return st.none() | VALUES[kind]
    return VALUES[kind]


trees = st.recursive(
    conditions(),
    lambda inner: st.builds(
        lambda word, branches: {word: branches},
        st.sampled_from(["_and", "_or"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=5,
)


@st.composite
def searches(draw):
    sort = draw(
        st.lists(
            st.sampled_from(LEAVES).map(".".join).flatmap(
                lambda name: st.sampled_from([name, f"-{name}"])
            ),
            max_size=2,
        )
    )  # fmt: skip
    raw = RawItemSearch(
        filter=draw(trees),
        sort=tuple(sort),
        search=draw(st.just("") | words),
        limit=draw(st.integers(0, 8)),
        offset=draw(st.integers(0, 4)),
    )
    return checked_items(DATASET, raw, clock=lambda: CLOCK)


def naive(found: list[dict], search: ItemSearch) -> tuple[list[dict], int]:
    found = [r for r in found if holds(r, search.where) and says(r, search.text)]
    found.sort(key=lambda r: r["id"])
    for order in reversed(search.order):
        found.sort(
            key=cmp_to_key(lambda a, b, o=order: compared(a, b, o)),
            reverse=order.descending,
        )
    end = search.offset + search.limit
    return found[search.offset : end], len(found)


def says(record: dict, text: str) -> bool:
    texts = [fold(at(record, f.path.split(".")) or "") for f in DATASET.filters]
    return not text or any(text in t for t in texts)


def at(node, path):
    for step in path:
        if isinstance(step, int):
            node = node[step] if isinstance(node, list) and len(node) > step else None
        else:
            node = node.get(step) if isinstance(node, dict) else None
    return node


def holds(record: dict, node) -> bool:
    if isinstance(node, Every):
        return all(holds(record, n) for n in node.nodes)
    if isinstance(node, Either):
        return any(holds(record, n) for n in node.nodes)
    if isinstance(node, Items):
        items = at(record, node.path) or []
        return any(holds(i, node.node) for i in items) is not node.none
    return passes(node, at(record, node.path))


def plain(kind: Kind, value):
    return datetime.fromisoformat(value) if kind is Kind.MOMENT else value


def passes(node: Comparison, value) -> bool:
    presence = {
        Operator.NULL: value is None,
        Operator.NNULL: value is not None,
        Operator.EMPTY: value in (None, ""),
        Operator.NEMPTY: value not in (None, ""),
    }
    if node.operator in presence:
        return presence[node.operator]
    if value is None:
        return node.operator is Operator.NIN and not node.values
    x = plain(node.kind, value)
    wanted = [plain(node.kind, v) for v in node.values]
    return TESTS[node.operator](x, *wanted)


def _parts(test):
    return (
        test,
        lambda x, v: not test(x, v),
        lambda x, v: test(fold(x), fold(v)),
        lambda x, v: not test(fold(x), fold(v)),
    )


TESTS = {
    Operator.EQ: lambda x, v: x == v,
    Operator.NEQ: lambda x, v: x != v,
    Operator.IN: lambda x, *vs: x in vs,
    Operator.NIN: lambda x, *vs: x not in vs,
    Operator.LT: lambda x, v: x < v,
    Operator.LTE: lambda x, v: x <= v,
    Operator.GT: lambda x, v: x > v,
    Operator.GTE: lambda x, v: x >= v,
    Operator.BETWEEN: lambda x, a, b: a <= x <= b,
    Operator.NBETWEEN: lambda x, a, b: not a <= x <= b,
}
for named, does in (
    ("contains", lambda x, v: v in x),
    ("starts_with", lambda x, v: x.startswith(v)),
    ("ends_with", lambda x, v: x.endswith(v)),
):
    for prefix, variant in zip(("", "n", "i", "ni"), _parts(does), strict=True):
        TESTS[Operator(f"_{prefix}{named}")] = variant


def compared(one: dict, other: dict, order: ItemOrder) -> int:
    a, b = (key(at(r, order.path), order.kind) for r in (one, other))
    return (a > b) - (a < b)


def key(value, kind: Kind):
    if value is None or (kind is Kind.TEXT and not value.strip()):
        return (1, "")
    return (0, sort_key(value) if kind is Kind.TEXT else plain(kind, value))


@pytest.fixture(scope="module")
def store(new_place):
    with closing(RecordStore.open(new_place(), [DATASET])) as opened:
        yield opened


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    found=st.lists(records, max_size=20, unique_by=lambda r: r["id"]),
    asked=st.lists(searches(), min_size=20, max_size=20),
)
def test_store_and_plain_filter_agree(store, found, asked):
    for loaded in ((), found):
        with store.load(DATASET) as load:
            for record in loaded:
                load.put(record)

    for search in asked:
        expected, matching = naive(found, search)
        page = store.select(DATASET, search)
        assert page.matching == matching, search
        assert [orjson.loads(d) for d in page.documents] == expected, search


@pytest.mark.parametrize("reserved", [False, True])
def test_each_role_searches_what_it_may_see(new_place, reserved):
    store = RecordStore.open(new_place(), [DATASET], publish_reserved=True)
    with store.load(DATASET) as load:
        load.put({"id": "1", "observaciones": "uno", "entePublico": {"nombre": "x"}})

    search = ItemSearch(limit=5, reserved=reserved)
    (document,) = store.select(DATASET, search).documents
    wanted = replace(search, where=Every((_remark("uno"),)))

    assert (b"observaciones" in document) is reserved
    assert b"entePublico" not in document
    assert store.select(DATASET, wanted).matching == int(reserved)
    store.close()


def test_a_member_that_is_null_is_as_one_that_is_not_there(store):
    with store.load(DATASET) as load:
        load.put({"id": "1", "expediente": None, "datosGenerales": None})
        load.put({"id": "2"})
        load.put({"id": "3", "expediente": "a", "datosGenerales": {"nombres": "b"}})

    for asked in (
        {"expediente": {"_null": True}},
        {"expediente": {"_empty": True}},
        {"datosGenerales": {"nombres": {"_null": True}}},
    ):
        search = checked_items(DATASET, RawItemSearch(filter=asked, sort=("id",)))
        found = [orjson.loads(d)["id"] for d in store.select(DATASET, search).documents]
        assert found == ["1", "2"], asked


def test_a_text_inside_a_list_is_sorted_in_spanish(store):
    words = ["nz", "ñ", "o", "N", "n", "á", "a b", "ab", "ñandú", "nube"]
    with store.load(DATASET) as load:
        for n, word in enumerate(words):
            load.put({"id": f"{n}", "faltaCometida": [{"valor": word}]})

    search = checked_items(DATASET, RawItemSearch(sort=("faltaCometida.valor",)))
    found = [orjson.loads(d) for d in store.select(DATASET, search).documents]

    sorted_words = sorted(words, key=sort_key)
    assert [record["faltaCometida"][0]["valor"] for record in found] == sorted_words


def _remark(text):
    return Comparison(("observaciones",), Kind.TEXT, Operator.EQ, (text,))


def test_a_search_that_takes_too_long_is_refused():
    connection = sqlite3.connect(":memory:")
    endless = "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n) "

    with (
        pytest.raises(InvalidQueryError, match="tarda más de 0 segundos"),
        Sqlite(Path()).asking(connection, longest_s=0),
    ):
        connection.execute(f"{endless} SELECT count(*) FROM n").fetchone()

    assert connection.execute(f"{endless} SELECT i FROM n LIMIT 1").fetchone() == (1,)
    connection.close()
