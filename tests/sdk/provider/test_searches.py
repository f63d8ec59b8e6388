"""Searches over HTTP: what the PDN sends, the rulings, and hostile bodies."""

import pytest

from pdn_sdk.errors import ConfigurationError
from pdn_sdk.provider.app import create_provider

CALLS = [
    {},
    {"page": 1, "pageSize": 1, "query": {}},
    {"page": 1, "pageSize": 1},
    {"pageSize": 200, "page": 1},
    {"page": 1, "pageSize": 10, "query": {}, "sort": {}},
    {"page": 1, "pageSize": 25, "query": {"tipoProcedimiento": [None]}},
]


@pytest.mark.parametrize("body", CALLS, ids=str)
def test_calls_of_the_pdn_give_everything(served, body):
    answer = served.search(body)
    size = body.get("pageSize", 10)

    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.json["pagination"] == {
        "pageSize": size,
        "page": 1,
        "totalRows": 30,
        "hasNextPage": size < 30,
    }
    assert len(answer.json["results"]) == min(size, 30)


def test_bulk_download_takes_every_record_once_with_a_token_for_each_page(served):
    total = served.search({"page": 1, "pageSize": 1}).json["pagination"]["totalRows"]
    pages = [served.search({"pageSize": 7, "page": n}).json for n in range(1, 6)]

    ids = [record["id"] for page in pages for record in page["results"]]

    assert len(ids) == len(set(ids)) == total == 30


@pytest.mark.parametrize("page", [4, 99, 10**15])
def test_page_beyond_the_last_is_empty_and_whole(served, page):
    answer = served.search({"page": page})

    assert answer.json["results"] == []
    assert answer.json["pagination"] == {
        "pageSize": 10,
        "page": page,
        "totalRows": 30,
        "hasNextPage": False,
    }


WRONG = ["0", "-1", '"10"', "1.5", "null", "true", "[]", "{}", "1e30", "9" * 400]


@pytest.mark.parametrize("name", ["page", "pageSize"])
@pytest.mark.parametrize("value", WRONG, ids=lambda value: value[:5])
def test_wrong_page_or_size_is_refused(served, name, value):
    answer = served.search(f'{{"{name}": {value}}}'.encode())

    assert answer.status_code == 400
    assert set(answer.json) == {"code", "message"}


@pytest.mark.parametrize("size", [201, 1_000_000_000])
def test_giant_pages_are_refused_and_not_cut(served, size):
    answer = served.search({"pageSize": size})

    assert answer.status_code == 400
    assert "200" in answer.json["message"]


BROKEN = [b"", b"{", b"nope", b"[]", b"1", b'"x"', b"null", b"\xff\xfe", b"{}{}"]


@pytest.mark.parametrize("body", BROKEN)
def test_body_that_is_no_object_is_refused(served, body):
    answer = served.search(body)

    assert answer.status_code == 400
    assert answer.json["code"] == "consulta_invalida"


@pytest.mark.parametrize("name", ["query", "sort"])
@pytest.mark.parametrize("value", [None, "x", [], 1, True])
def test_query_and_sort_must_be_objects(served, name, value):
    answer = served.search({name: value})

    assert answer.status_code == 400
    assert name in answer.json["message"]


@pytest.mark.parametrize("value", [{"$ne": ""}, {"$regex": ".*"}, 5, None, ["x"], True])
def test_text_filters_take_only_texts(served, value):
    assert served.search({"query": {"nombres": value}}).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        {"$where": "sleep(3000)"},
        {"$or": [{}]},
        {"a.b": "x"},
        {"__proto__": {"x": 1}},
        {"constructor": 1},
        {"rfcSolicitante": "PEPM800101AB1"},
        {"nombres": "  ", "id": "", "institucionDependencia": ""},
        {"tipoProcedimiento": []},
    ],
    ids=str,
)
def test_what_is_no_condition_changes_nothing(served, query):
    assert served.total(**query) == 30


def test_requester_at_the_root_changes_nothing(served):
    answer = served.search({"rfcSolicitante": "X", "desconocido": 1})

    assert answer.json["pagination"]["totalRows"] == 30


@pytest.mark.parametrize(
    "text",
    [
        "(",
        ".*",
        "^",
        "[",
        "\\",
        "#",
        "%",
        "_",
        "' OR 1=1--",
        "(a+)+$",
        "\x00",
        "x" * 10_000,
    ],
    ids=lambda text: text[:12],
)
def test_texts_are_taken_as_they_are(served, text):
    assert served.total(nombres=text) == 0


def test_id_displaces_every_other_filter(served):
    record = served.search({"pageSize": 1}).json["results"][0]

    answer = served.search({"query": {"id": record["id"], "nombres": "qzx"}})

    assert answer.json["results"] == [record]
    assert served.total(id="no-existe") == 0


@pytest.mark.parametrize("value", [[9], ["1"], "1", [True], [1.5], {}, [[1]]])
def test_lists_take_only_keys_of_the_catalogue(served, value):
    assert served.search({"query": {"tipoProcedimiento": value}}).status_code == 400


def test_duplicated_keys_of_a_list_are_tolerated(served):
    assert served.total(tipoProcedimiento=[1, 1]) == served.total(tipoProcedimiento=[1])


@pytest.mark.parametrize("direction", ["ASC", "x", 1, None])
def test_sort_direction_is_asc_or_desc(served, direction):
    assert served.search({"sort": {"nombres": direction}}).status_code == 400


def test_sort_by_an_unknown_or_withheld_member_is_ignored(served):
    plain = served.search({}).json["results"]

    assert served.search({"sort": {"rfc": "asc", "x": 1}}).json["results"] == plain


def test_every_institution_finds_its_records(served):
    names = served.client.get("/v1/spic/dependencias", headers=served.headers()).json

    assert names
    for institution in names:
        assert set(institution) <= {"nombre", "siglas", "clave"}
        assert served.total(institucionDependencia=institution["nombre"]) >= 1


def test_body_may_say_its_charset_and_no_other_type(served):
    utf8 = served.search({}, Content_Type="application/json; charset=utf-8")
    plain = served.search({}, Content_Type="text/plain")

    assert utf8.status_code == 200
    assert plain.status_code == 415
    assert "application/json" in plain.json["message"]


def test_deep_body_is_answered(served):
    deep = b'{"x": ' + b"[" * 5000 + b"]" * 5000 + b"}"

    assert served.search(deep).status_code == 400


def test_body_over_a_megabyte_is_refused(served):
    answer = served.search(b'{"x": "' + b"x" * 1_000_000 + b'"}')

    assert answer.status_code == 413
    assert answer.json["code"] == "solicitud_demasiado_grande"


def test_standards_that_share_a_route_are_not_published_together(make_settings):
    with pytest.raises(ConfigurationError, match="comparten rutas"):
        create_provider(make_settings(standards=("s2", "s2")))
