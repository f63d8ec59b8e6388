"""S3 v2 as PDN's wrapper calls it, and what each role may see."""

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sdk.items_provider import GRAVES, STANDARD, serve, wrapped

from pdn_sdk.errors import InvalidQueryError, ProtocolViolationError
from pdn_sdk.standards.paths import values_at
from pdn_sdk.standards.synthetic import records
from pdn_sdk.standards.validation import violations
from pdn_sdk.wire import items

COLLECTIONS = [d.key for d in STANDARD.datasets]
COUNT = 60
MORALES = "faltas_graves_personas_morales"
FISICAS = "faltas_graves_personas_fisicas"
NO_GRAVES = "faltas_administrativas_no_graves"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    loaded = {d.key: records(d, COUNT, seed=3) for d in STANDARD.datasets}
    return serve(tmp_path_factory.mktemp("s3v2"), loaded, reserved=True)


def every(served, collection, *, token=None):
    answer = served.get(f"/items/{collection}?limit=-1", token=token)
    return answer.get_json()["data"]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_the_wrapper_walks_a_collection(served, collection):
    pages = [wrapped(served, collection, page=n, limit=25) for n in (1, 2, 3, 4)]

    ids = [item["id"] for page in pages for item in page["data"]]
    assert len(set(ids)) == len(ids) == COUNT
    assert {page["pagination"]["totalItems"] for page in pages} == {COUNT}
    assert pages[3]["data"] == []


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_every_item_is_valid_and_whole(served, collection):
    dataset = STANDARD.dataset(collection)
    hidden = {*dataset.unpublished, *dataset.reserved}

    for item in wrapped(served, collection, limit=COUNT)["data"]:
        assert violations(dataset, item) == []
        assert item.keys() == dataset.schema["properties"].keys() - hidden
        assert isinstance(item["faltaCometida"], list)


def test_the_four_levels_come_as_objects(served):
    items_ = every(served, GRAVES)

    terms = [*values_each(items_, "tipoSancion[].sancionEconomica.plazoPago.meses")]
    assert terms
    assert all(isinstance(term, int) for term in terms)


def values_each(found, path):
    return (v for item in found for v in values_at(item, path) if v is not None)


def test_the_wrapper_filters_with_one_json_text(served):
    wanted = every(served, GRAVES)[7]["expediente"]

    found = wrapped(served, GRAVES, filter_={"expediente": {"_eq": wanted}})

    assert [item["expediente"] for item in found["data"]] == [wanted]
    assert found["pagination"]["totalItems"] == 1


def test_the_wrapper_leaves_nulls_out_without_an_error(served):
    assert wrapped(served, GRAVES, exclude_null=True)["success"]


def test_the_wrapper_hears_what_was_wrong(served):
    answer = wrapped(served, GRAVES, filter_='"roto')

    assert not answer["success"]
    assert "filter" in answer["error"]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_an_ordinary_token_sees_nothing_reserved(served, collection):
    dataset = STANDARD.dataset(collection)
    ordinary = every(served, collection)
    trusted = every(served, collection, token=served.reserved)

    for path in dataset.reserved:
        assert [*values_each(ordinary, path)] == []
        assert [*values_each(trusted, path)]
    for path in dataset.unpublished:
        assert [*values_each(trusted, path)] == []


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_reserved_fields_answer_no_question_to_an_ordinary_token(served, collection):
    for path in STANDARD.dataset(collection).reserved:
        asked = {}
        node = asked
        for name in path.split("."):
            node[name] = node = {}
        node["_nnull"] = True
        for query in (
            f"filter={orjson.dumps(asked).decode()}",
            f"fields={path}",
            f"sort=-{path}",
        ):
            answer = served.get(f"/items/{collection}?{query}")
            assert answer.status_code in (400, 403), query


def test_search_does_not_look_into_reserved_names(served):
    trusted = every(served, NO_GRAVES, token=served.reserved)
    surname = trusted[0]["datosGenerales"]["primerApellido"]
    path = f"/items/{NO_GRAVES}?search={surname}&meta=filter_count&limit=0"

    ordinary = served.get(path).get_json()["meta"]["filter_count"]
    seen = served.get(path, token=served.reserved).get_json()["meta"]["filter_count"]

    assert (ordinary, seen > 0) == (0, True)


def test_one_item_by_its_id(served):
    item = every(served, FISICAS)[4]

    answer = served.get(f"/items/{FISICAS}/{item['id']}")
    part = served.get(f"/items/{FISICAS}/{item['id']}?fields=expediente")

    assert answer.get_json() == {"data": item}
    assert part.get_json() == {"data": {"expediente": item["expediente"]}}


def test_routes_of_other_products_do_not_exist(served):
    for path in (
        "/server/info",
        "/users",
        "/items/directus_users",
        "/server/specs/oas",
    ):
        answer = served.get(path)
        assert answer.status_code in (403, 404)
        assert "data" not in answer.get_json()


def test_the_description_names_collections_and_parameters(served):
    document = served.get("/openapi.json", token="").get_json()
    operation = document["paths"][f"/items/{MORALES}"]["get"]

    assert {p["name"] for p in operation["parameters"]} >= {"fields", "filter", "meta"}
    assert operation["security"] == [{"Auth": []}]
    assert f"/items/{MORALES}/{{id}}" in document["paths"]
    assert MORALES in document["components"]["schemas"]


def test_a_client_writes_what_a_provider_reads():
    query = items.write_search(
        filter_={"a": {"_eq": "ñ&="}}, sort=["-b"], limit=5, offset=10, search="x y"
    )

    raw = items.read_search(query)

    assert raw.filter == {"a": {"_eq": "ñ&="}}
    assert (raw.limit, raw.offset, raw.sort, raw.search) == (5, 10, ("-b",), "x y")
    assert raw.meta == {"total_count", "filter_count"}


def test_a_client_reads_pages_and_errors():
    body = items.write_page(
        [b'{"id":1}'], {"total_count": 9, "filter_count": 3}, frozenset(items.TOTALS)
    )

    page = items.read_page(body, limit=1, offset=2)

    assert (page.total, page.page, page.has_next) == (3, 3, False)
    assert items.read_error(items.write_error("sin_permiso", "No.")) == "No."
    with pytest.raises(ProtocolViolationError):
        items.read_page(b'{"data": {}}', limit=1, offset=0)


names = st.sampled_from(
    ["fields", "filter", "sort", "search", "limit", "offset", "page", "meta", "deep"]
)
tails = st.lists(
    st.sampled_from(
        ["[]", "[_and]", "[0]", "[expediente]", "[_eq]", "[x", "]", "[a][b]"]
    ),
    max_size=4,
).map("".join)
texts = st.text(max_size=8) | st.sampled_from(
    [
        '{"_and":[{}]}',
        "[",
        "null",
        "-1",
        "9" * 5000,
        "*",
        "?",
        "%00",
        '{"id":{"_in":[1]}}',
    ]
)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(names, tails, texts), max_size=4))
def test_no_query_breaks_the_server(served, parts):
    query = "&".join(f"{name}{tail}={text}" for name, tail, text in parts)

    answer = served.get(f"/items/{GRAVES}?{query}")

    assert answer.status_code in (200, 400, 403)


def test_deep_or_long_filters_are_refused():
    deep = '{"_and":[' * 60 + "{}" + "]}" * 60

    with pytest.raises(InvalidQueryError):
        items.read_search("&".join(f"a{n}=1" for n in range(3000)))
    with pytest.raises(InvalidQueryError):
        items.read_search("filter" + "[a]" * 50 + "=1")
    assert items.read_search(f"filter={deep}").filter


@pytest.mark.parametrize("depth", [60, 5000])
def test_a_provider_refuses_them(served, depth):
    deep = '{"_and":[' * depth + "{}" + "]}" * depth

    assert served.get(f"/items/{GRAVES}?filter={deep}").status_code == 400
