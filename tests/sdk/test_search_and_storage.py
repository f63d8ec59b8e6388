"""The store answers as a plain filter over the same records would."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pdn_sdk.collation import fold, sort_key
from pdn_sdk.standards.loader import get
from pdn_sdk.standards.model import FilterField, Operator, SortField
from pdn_sdk.standards.paths import first_at, values_at
from pdn_sdk.standards.search import Condition, Order, Search
from pdn_sdk.storage.sql import RecordStore

# A few more fields than S2 declares: texts and codes inside arrays, whole texts.
DATASET = replace(
    get("s2").datasets[0],
    filters=(
        FilterField("id", Operator.IDENTITY, "id"),
        FilterField("nombres", Operator.CONTAINS, "nombres"),
        FilterField("primerApellido", Operator.CONTAINS, "primerApellido"),
        FilterField("ente", Operator.CONTAINS, "institucionDependencia.nombre"),
        FilterField("clave", Operator.EQUALS, "institucionDependencia.clave"),
        FilterField("rfc", Operator.EQUALS, "rfc"),
        FilterField("area", Operator.CONTAINS, "tipoArea[].valor"),
        FilterField("areaEntera", Operator.EQUALS, "tipoArea[].valor"),
        FilterField("nivel", Operator.ANY_OF, "nivelResponsabilidad[].clave"),
        FilterField(
            "tipoProcedimiento", Operator.ANY_OF, "tipoProcedimiento[].clave", "integer"
        ),
    ),
    sort_fields=(
        SortField("nombres", "nombres"),
        SortField("primerApellido", "primerApellido"),
        SortField("puesto", "puesto.nombre"),
    ),
)
FILTERS = DATASET.filters_by_name
PIECES = (
    "MARÍA", "maría", "Mari", "josé", "Núñez", "NUNEZ", "nuñez", "Ñ", "n", "a", "",
    " ", "  ", "Zapata", "de la O", "Pérez", "perez", "100%", "_", "%", '"', "*", "(",
    ")", ":", "^", "AND", "OR", "NEAR", "NOT a", "nombres:maria", '"maria" OR "jose"',
    "\0", "a\0b", "\ufffe", "\uffff", "\ufffd", "ß", "ﬁ", "İ", "n\u0303",
    "日本語テキスト", "🙂", "-", "'", "\\", "\n", "\t", "\x01", "\x7f",
)  # fmt: skip
words = st.one_of(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map(" ".join),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join),
    st.text(max_size=6),
)
codes = st.lists(st.integers(1, 5), max_size=3, unique=True)
levels = st.lists(st.sampled_from("ACR"), max_size=3, unique=True)


@st.composite
def record_lists(draw):
    size = draw(st.integers(0, 25))
    identities = draw(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4),
            min_size=size,
            max_size=size,
            unique=True,
        )
    )
    return [draw(_record(identity)) for identity in identities]


def _record(identity):
    return st.fixed_dictionaries(
        {
            "id": st.just(identity),
            "nombres": words,
            "primerApellido": words,
            "institucionDependencia": st.fixed_dictionaries(
                {"nombre": words}, optional={"clave": words}
            ),
        },
        optional={
            "rfc": words,
            "puesto": st.fixed_dictionaries({}, optional={"nombre": words}),
            "tipoArea": st.lists(st.fixed_dictionaries({"valor": words}), max_size=3),
            "tipoProcedimiento": codes.map(_coded),
            "nivelResponsabilidad": levels.map(_coded),
        },
    )


def _coded(keys):
    return [{"clave": key, "valor": f"texto {key}"} for key in keys]


@st.composite
def searches(draw):
    names = draw(st.lists(st.sampled_from(sorted(FILTERS)), max_size=3, unique=True))
    conditions = [Condition(FILTERS[name], draw(_values(name))) for name in names]
    identity = [c for c in conditions if c.filter.name == "id"]
    orders = st.builds(Order, st.sampled_from(DATASET.sort_fields), st.booleans())
    return Search(
        page=draw(st.one_of(st.integers(1, 6), st.just(10**30))),
        page_size=draw(st.integers(1, 12)),
        conditions=tuple(identity or conditions),
        order=tuple(draw(st.lists(orders, max_size=3))),
    )


def _values(name):
    if name == "id":
        return words.map(lambda word: (word,))
    if name == "tipoProcedimiento":
        return codes.filter(bool).map(tuple)
    if name == "nivel":
        return levels.filter(bool).map(tuple)
    return words.map(fold).filter(bool).map(lambda word: (word,))


def naive(records: Sequence[dict], search: Search) -> tuple[list[dict], int]:
    """Filter, order and cut with nothing but Python."""
    found = [r for r in records if all(_holds(r, c) for c in search.conditions)]
    if search.order:
        found.sort(key=lambda r: r["id"])
    for order in reversed(search.order):
        found.sort(key=lambda r: _key(r, order), reverse=order.descending)
    start = (search.page - 1) * search.page_size
    return found[start : start + search.page_size], len(found)


def _holds(record: dict, condition: Condition) -> bool:
    declared, values = condition.filter, condition.values
    held = list(values_at(record, declared.path))
    if declared.path in DATASET.reserved:
        return False
    match declared.operator:
        case Operator.CONTAINS:
            return any(values[0] in fold(text) for text in held)
        case Operator.EQUALS:
            return any(values[0] == fold(text) for text in held)
        case _:
            return any(value in values for value in held)


def _key(record: dict, order: Order) -> str:
    return sort_key(first_at(record, order.field.path) or "")


def _public(record: dict) -> dict:
    return {key: value for key, value in record.items() if key != "rfc"}


@pytest.fixture(scope="module")
def store(new_place):
    with closing(RecordStore.open(new_place(), [DATASET])) as opened:
        yield opened


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(records=record_lists(), asked=st.lists(searches(), min_size=20, max_size=20))
def test_store_and_plain_filter_agree(store, records, asked):
    for loaded in ((), records):
        with store.load(DATASET) as load:
            for record in loaded:
                load.put(record)

    for search in asked:
        expected, total = naive(records, search)
        page = store.find(DATASET, search)
        assert page.total == total, search
        assert [orjson.loads(d) for d in page.documents] == [
            _public(record) for record in expected
        ], search
