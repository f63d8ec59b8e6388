"""From the bytes of a request to a search that a store can run, and back."""

import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdn_sdk.errors import InvalidQueryError, ProtocolViolationError
from pdn_sdk.standards import loader
from pdn_sdk.standards.model import Operator
from pdn_sdk.standards.search import Search, checked_search, on_page
from pdn_sdk.wire.model import Page, RawSearch
from pdn_sdk.wire.post_query import (
    read_page,
    read_search,
    write_error,
    write_page,
    write_search,
)

DATASET = loader.get("s2").datasets[0]

ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=6,
)


def searched(**body):
    return checked_search(DATASET, read_search(json.dumps(body).encode()))


def refused(**body):
    with pytest.raises(InvalidQueryError) as raised:
        searched(**body)
    return raised.value.message


def conditions(search):
    return {c.filter.name: c.values for c in search.conditions}


def test_an_empty_body_is_the_first_ten():
    assert searched() == Search(page=1, page_size=10)


@pytest.mark.parametrize("size", [1, 10, 25, 50, 200])
def test_page_sizes_of_the_platform_are_accepted(size):
    assert searched(page=7, pageSize=size).page_size == size


@pytest.mark.parametrize("size", [0, -1, 201, 10**9, 10**15])
def test_page_sizes_out_of_range_are_refused(size):
    assert "entre 1 y 200" in refused(pageSize=size)


@pytest.mark.parametrize("page", [0, -1])
def test_pages_are_counted_from_one(page):
    assert "«page»" in refused(page=page)


def test_any_page_from_one_on_may_be_asked():
    assert searched(page=10**15).page == 10**15


@pytest.mark.parametrize("member", ["page", "pageSize"])
@pytest.mark.parametrize("value", ["10", 1.5, None, True, [], {}, ""])
def test_page_members_must_be_integers(member, value):
    assert f"«{member}»" in refused(**{member: value})


def test_an_integral_float_is_an_integer_of_json():
    assert searched(page=2.0, pageSize=10.0) == Search(page=2, page_size=10)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"1", b"null", b"\xff{}"])
def test_a_body_that_is_not_an_object_is_refused(body):
    with pytest.raises(InvalidQueryError, match="cuerpo de la solicitud"):
        read_search(body)


@pytest.mark.parametrize("member", ["query", "sort"])
@pytest.mark.parametrize("value", [None, "x", [], 3, True])
def test_query_and_sort_must_be_objects(member, value):
    assert f"«{member}»" in refused(**{member: value})


def test_unknown_members_are_ignored_everywhere():
    search = searched(
        otro=1,
        rfcSolicitante="X",
        query={"$where": "1", "a.b": 2, "__proto__": {}, "constructor": 1},
        sort={"nada": "asc", "$x": 7},
    )

    assert search == Search(page=1, page_size=10)


def test_text_filters_are_folded():
    search = searched(query={"nombres": "  MARÍA   José ", "primerApellido": "MUÑIZ"})

    assert conditions(search) == {
        "nombres": ("maria jose",),
        "primerApellido": ("muñiz",),
    }


@pytest.mark.parametrize("blank", ["", "   ", "\t\n"])
def test_blank_filters_do_not_filter(blank):
    texts = [f.name for f in DATASET.filters if f.operator is not Operator.ANY_OF]

    assert searched(query=dict.fromkeys(texts, blank)).conditions == ()


@pytest.mark.parametrize(
    "value", [{"$ne": ""}, {"$regex": ".*"}, ["x"], 1, 1.5, True, None]
)
def test_text_filters_take_only_text(value):
    texts = [f.name for f in DATASET.filters if f.operator is not Operator.ANY_OF]

    for name in texts:
        assert f"«query.{name}»" in refused(query={name: value})


@pytest.mark.parametrize(
    "text", ["(", ".*", "^a", "[", "\\", "#", "' OR 1=1--", "\x00"]
)
def test_signs_are_part_of_the_text(text):
    assert conditions(searched(query={"nombres": f"a{text}b"})) != {}


def test_an_id_displaces_the_other_filters():
    search = searched(query={"nombres": "Ana", "id": " A-1 ", "tipoProcedimiento": [1]})

    assert conditions(search) == {"id": (" A-1 ",)}


def test_who_asks_is_never_a_condition():
    assert searched(query={"rfcSolicitante": "XAXX010101000"}).conditions == ()


@pytest.mark.parametrize(
    ("given_list", "kept"),
    [([2, 1, 2], (2, 1)), ([None, 3], (3,)), ([5], (5,)), ([1.0], (1,))],
)
def test_listed_keys_are_kept_once(given_list, kept):
    search = searched(query={"tipoProcedimiento": given_list})

    assert conditions(search) == {"tipoProcedimiento": kept}


@pytest.mark.parametrize("empty", [[], [None], [None, None]])
def test_an_empty_list_does_not_filter(empty):
    assert searched(query={"tipoProcedimiento": empty}).conditions == ()


@pytest.mark.parametrize(
    "value", [[6], [0], ["1"], [True], [1.5], [[1]], [{}], 1, "1", {"$in": [1]}, None]
)
def test_keys_outside_the_catalogue_are_refused(value):
    assert "«query.tipoProcedimiento»" in refused(query={"tipoProcedimiento": value})


def test_sorts_keep_the_order_of_the_body():
    search = searched(sort={"puesto": "desc", "nombres": "asc"})

    assert [(o.field.path, o.descending) for o in search.order] == [
        ("puesto.nombre", True),
        ("nombres", False),
    ]


@pytest.mark.parametrize("direction", ["ASC", "x", "", 1, None, True, [], {}])
def test_a_direction_is_asc_or_desc(direction):
    assert "«sort.nombres»" in refused(sort={"nombres": direction})


def test_the_same_search_on_another_page():
    search = searched(page=1, query={"nombres": "Ana"}, sort={"puesto": "asc"})

    assert on_page(search, 4).page == 4
    assert on_page(search, 4).conditions == search.conditions


BODIES = st.dictionaries(
    st.sampled_from(["page", "pageSize", "query", "sort", "x"]), ANYTHING
)
QUERIES = st.dictionaries(st.sampled_from([f.name for f in DATASET.filters]), ANYTHING)


def outcome(raw):
    """Give the search, or the sentence with which it is refused."""
    try:
        return checked_search(DATASET, raw() if callable(raw) else raw)
    except InvalidQueryError as error:
        return error.message


@settings(max_examples=300, deadline=None)
@given(BODIES)
def test_any_body_is_a_search_or_a_refusal_that_explains(body):
    found = outcome(lambda: read_search(json.dumps(body).encode()))

    assert "«" in found if isinstance(found, str) else 1 <= found.page_size <= 200


@settings(max_examples=300, deadline=None)
@given(QUERIES)
def test_any_query_is_a_search_or_a_refusal_that_explains(query):
    found = outcome(RawSearch(query=query))

    if isinstance(found, str):
        assert "«query." in found
    else:
        assert all(condition.values for condition in found.conditions)


@pytest.mark.parametrize(
    ("page", "size", "total", "more"),
    [(1, 10, 0, False), (1, 10, 10, False), (1, 10, 11, True), (2, 10, 20, False),
     (3, 1, 4, True), (10**15, 200, 5, False)],
)  # fmt: skip
def test_there_is_a_next_page_only_while_records_remain(page, size, total, more):
    written = orjson.loads(write_page(Page([], page, size, total)))

    assert written == {
        "pagination": {
            "pageSize": size,
            "page": page,
            "totalRows": total,
            "hasNextPage": more,
        },
        "results": [],
    }


def test_a_page_is_read_as_it_was_written():
    documents = [orjson.dumps({"id": "1", "nombres": "Íñigo"}), b'{"id":"2"}']

    received = read_page(write_page(Page(documents, 2, 2, 9)), asked={})

    assert [r["id"] for r in received.results] == ["1", "2"]
    assert (received.page, received.page_size, received.total) == (2, 2, 9)
    assert received.has_next


def test_a_sloppy_answer_is_read_with_what_was_asked():
    body = b'{"pagination": {"totalRows": "7"}, "results": []}'

    received = read_page(body, asked={"page": 1, "pageSize": 5})

    assert (received.page, received.page_size, received.total) == (1, 5, 7)
    assert received.has_next


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"results": []}', b'{"results": [1], "pagination": {}}',
     b'{"results": [], "pagination": {"totalRows": null}}',
     b'{"results": [], "pagination": {"totalRows": true}}',
     b'{"results": [], "pagination": {"totalRows": "x"}}'],
)  # fmt: skip
def test_what_is_not_the_protocol_is_said(body):
    with pytest.raises(ProtocolViolationError):
        read_page(body, asked={})


def test_an_error_is_two_strings():
    assert orjson.loads(write_error("x", "ñ")) == {"code": "x", "message": "ñ"}


def test_a_search_is_written_without_what_is_not_asked():
    assert write_search(page=1, query={}) == {"page": 1, "query": {}}
    assert write_search() == {}


def test_a_written_search_is_read_back():
    body = write_search(page=2, page_size=5, query={"id": "1"}, sort={"puesto": "asc"})

    raw = read_search(orjson.dumps(body))

    assert raw == RawSearch(2, 5, {"id": "1"}, (("puesto", "asc"),))
