"""Members inside objects, ranges of numbers and orders by size, end to end."""

from contextlib import closing
from dataclasses import replace

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pdn_sdk.collation import fold, sort_key
from pdn_sdk.errors import InvalidQueryError
from pdn_sdk.standards.loader import get
from pdn_sdk.standards.model import FilterField, Operator, SortField
from pdn_sdk.standards.paths import values_at
from pdn_sdk.standards.search import checked_search
from pdn_sdk.storage.sql import RecordStore
from pdn_sdk.wire.post_query import read_search, write_search

INCOME = "ingreso.mensual|ingreso.anual"
DATASET = replace(
    get("s2").datasets[0],
    filters=(
        FilterField("id", Operator.IDENTITY, "id"),
        FilterField("empleo.ente", Operator.CONTAINS, "empleo.ente"),
        FilterField("empleo.nivel", Operator.EQUALS, "empleo.nivel", "integer"),
        FilterField("bienes.forma", Operator.EQUALS, "bienes[].forma"),
        FilterField("bienes.valor", Operator.BETWEEN, "bienes[].valor", "number"),
        FilterField(
            "ingreso", Operator.BETWEEN, INCOME, "number", zero_is_no_maximum=True
        ),
    ),
    sort_fields=(
        SortField("empleo.ente", "empleo.ente", missing_last=True),
        SortField("bienes.forma", "bienes[].forma"),
        SortField("bienes.valor", "bienes[].valor", "number"),
        SortField("ingreso", INCOME, "number"),
    ),
    reserved=(),
    clamps_page_size=True,
)
PATHS = {f.name: f.path for f in (*DATASET.filters, *DATASET.sort_fields)}
numbers = st.one_of(
    st.integers(-3, 9),
    st.sampled_from([0.5, -0.5, 1e300, -1e300, 2**53, 2**53 + 1, 10**18, 1.0]),
)
words = st.sampled_from(["Ñandú", "nube", "NUBE", "oso", "Ávila", "avila b", ""])
records = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "empleo": st.fixed_dictionaries(
                {}, optional={"ente": words, "nivel": st.integers(0, 3)}
            ),
            "bienes": st.lists(
                st.fixed_dictionaries({}, optional={"forma": words, "valor": numbers}),
                max_size=3,
            ),
            "ingreso": st.fixed_dictionaries(
                {}, optional={"mensual": numbers, "anual": numbers}
            ),
        },
    ),
    max_size=25,
)
ranges = st.fixed_dictionaries({}, optional={"min": numbers, "max": numbers})
queries = st.fixed_dictionaries(
    {},
    optional={
        "empleo.ente": words,
        "empleo.nivel": st.integers(0, 4),
        "bienes.forma": words,
        "bienes.valor": ranges,
        "ingreso": ranges,
        "bienes.desconocido": st.just(1),
    },
)
sorts = st.lists(
    st.tuples(
        st.sampled_from([s.name for s in DATASET.sort_fields]),
        st.sampled_from(["asc", "desc"]),
    ),
    max_size=3,
    unique_by=lambda step: step[0],
)


def naive(found: list[dict], query: dict, sort: list[tuple[str, str]]) -> list[dict]:
    """Filter and order with nothing but Python."""
    kept = [r for r in found if all(_holds(r, n, v) for n, v in query.items())]
    kept.sort(key=lambda r: r["id"])
    for name, direction in reversed(sort):
        having = [r for r in kept if list(values_at(r, PATHS[name]))]
        best = min if direction == "asc" else max
        having.sort(
            key=lambda r: best(map(_rank, values_at(r, PATHS[name]))),
            reverse=direction == "desc",
        )
        kept = having + [r for r in kept if r not in having]
    return kept


def _as_nested(sort: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Give the steps as JSON can write them: members of one object together."""
    groups = list(dict.fromkeys(name.split(".")[0] for name, _ in sort))
    return sorted(sort, key=lambda step: groups.index(step[0].split(".")[0]))


def _holds(record: dict, name: str, wanted: object) -> bool:
    if name not in PATHS or wanted in ("", {}):
        return True
    held = list(values_at(record, PATHS[name]))
    if isinstance(wanted, dict):
        least, most = wanted.get("min", float("-inf")), wanted.get("max", float("inf"))
        if name == "ingreso" and most == 0 and least > 0 and "min" in wanted:
            most = float("inf")
        return any(least <= value <= most for value in held)
    if isinstance(wanted, int):
        return wanted in held
    if name == "empleo.ente":
        return any(fold(wanted) in fold(value) for value in held)
    return any(fold(wanted) == fold(value) for value in held)


def _rank(value: object) -> object:
    return float(value) if isinstance(value, int | float) else sort_key(value)


@pytest.fixture(scope="module")
def shared(new_place):
    with closing(RecordStore.open(new_place(), [DATASET])) as opened:
        yield opened


@pytest.fixture
def store(shared):
    """A store without records."""
    with shared.load(DATASET):
        pass
    return shared


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    found=records,
    asked=st.lists(st.tuples(queries, sorts), min_size=20, max_size=20),
)
def test_store_and_plain_filter_agree(shared, found, asked):
    found = [{"id": f"{n:02}", **record} for n, record in enumerate(found)]
    for loaded in ((), found):
        with shared.load(DATASET) as load:
            for record in loaded:
                load.put(record)

    for query, sort in asked:
        body = orjson.dumps(write_search(page_size=500, query=query, sort=dict(sort)))
        page = shared.find(DATASET, checked_search(DATASET, read_search(body)))
        expected = naive(found, query, _as_nested(sort))
        assert [orjson.loads(d) for d in page.documents] == expected, (query, sort)
        assert page.total == len(expected)


def test_ranges_follow_records_that_change_and_go(store):
    for values in ([1, 5], [2, 5], [5]):
        with store.load(DATASET) as load:
            for n, value in enumerate(values):
                load.put({"id": f"{n}", "bienes": [{"valor": value}]})

    totals = [_total(store, {"min": n, "max": n}) for n in (1, 2, 5)]

    assert totals == [0, 0, 1]


def test_a_whole_number_is_compared_to_its_last_digit(store):
    with store.load(DATASET) as load:
        load.put({"id": "1", "bienes": [{"valor": 2**53 + 1}]})

    totals = [_total(store, {"max": float(2**53)}), _total(store, {"min": 2.0**53})]

    assert totals == [0, 1]


def test_no_single_good_in_the_range_is_no_match(store):
    with store.load(DATASET) as load:
        load.put({"id": "1", "bienes": [{"valor": 10}, {"valor": 90}]})

    assert _total(store, {"min": 40, "max": 60}) == 0
    assert _total(store, {"min": 40}) == _total(store, {"max": 60}) == 1


def _total(store: RecordStore, ends: dict) -> int:
    body = orjson.dumps(write_search(query={"bienes.valor": ends}))
    return store.find(DATASET, checked_search(DATASET, read_search(body))).total


def test_a_page_that_is_too_large_is_cut_where_the_standard_says_so():
    search = checked_search(DATASET, read_search(b'{"pageSize": 5000}'))

    assert search.page_size == DATASET.max_page_size


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"bienes": 3}, "query.bienes"),
        ({"bienes": {"valor": 3}}, "query.bienes.valor"),
        ({"bienes": {"valor": {"min": "3"}}}, "query.bienes.valor.min"),
        ({"bienes": {"valor": {"max": True}}}, "query.bienes.valor.max"),
        ({"bienes": {"forma": 3}}, "query.bienes.forma"),
        ({"empleo": {"nivel": 1.5}}, "query.empleo.nivel"),
        ({"empleo": {"nivel": True}}, "query.empleo.nivel"),
    ],
)
def test_a_member_of_the_wrong_type_is_refused_by_its_name(query, named):
    body = orjson.dumps({"query": query})

    with pytest.raises(InvalidQueryError, match=f"«{named}»"):
        checked_search(DATASET, read_search(body))


def test_a_direction_inside_an_object_is_refused_by_its_name():
    body = orjson.dumps({"sort": {"bienes": {"valor": "up"}}})

    with pytest.raises(InvalidQueryError, match=r"«sort\.bienes\.valor»"):
        checked_search(DATASET, read_search(body))
