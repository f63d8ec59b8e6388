"""S6 as its clients use it: their requests, and what they read in the answers."""

from base64 import b64encode
from copy import deepcopy

import pytest
from tests.sdk.contracting.provider import (
    DATASET,
    SEARCH,
    TOKEN,
    Provider,
    examples,
)

from pdn_sdk.practice.wire import Asked
from pdn_sdk.standards.validation import prepare, violations

EXAMPLES = dict(examples("valid"))
SHOES = {
    "ocid": "ocds-07smqs-OM-DGRMSG-004-13",
    "id": "ocds-07smqs-OM-DGRMSG-004-13-01",
    "date": "2020-03-01T10:00:00-06:00",
    "tag": ["award"],
    "initiationType": "tender",
    "parties": [
        {"id": "1", "name": "Presidencia de la República", "roles": ["buyer"]},
        {"id": "2", "name": "Los Desconocidos, S.A.", "roles": ["supplier"]},
        {"id": "3", "name": "Otra, S.A.", "roles": ["tenderer"]},
    ],
    "tender": {
        "id": "T",
        "title": "Adquisición de calzado",
        "procurementMethod": "selective",
        "numberOfTenderers": 2,
        "tenderPeriod": {
            "startDate": "2019-01-21T11:32:28-06:00",
            "endDate": "2020-01-21T17:32:28Z",
        },
        "items": [{"id": "1", "description": "Zapatos de piel"}],
    },
    "awards": [
        {"id": "A", "title": "Compra de zapatos", "status": "active"},
        {"id": "B", "title": "Compra de botas", "status": "cancelled"},
    ],
}


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    longer = {**deepcopy(SHOES), "ocid": f"{SHOES['ocid']}-BIS", "id": "x"}
    longer["tender"] = {"id": "T2", "procurementMethod": "direct"}
    longer["awards"], longer["parties"] = [], []
    records = [SHOES, EXAMPLES["contrato"], longer]
    return Provider(
        tmp_path_factory.mktemp("s6"), [prepare(DATASET, r) for r in records]
    )


def found(provider, query):
    answered = provider.ask({"page": 1, "pageSize": 10, "query": query})
    assert answered.status == 200, answered.body
    return [record["ocid"].removeprefix("ocds-07smqs-") for record in answered.results]


SHOE, ROAD, LONGER = "OM-DGRMSG-004-13", "LPN-001-2025", "OM-DGRMSG-004-13-BIS"


@pytest.mark.parametrize(
    ("query", "ocids"),
    [
        ({"ocid": "ocds-07smqs-OM-DGRMSG-004-13"}, [SHOE]),
        ({"ocid": "OM-DGRMSG-004-13"}, [SHOE, LONGER]),
        ({"ocid": "no-existe"}, []),
        ({"title": "compra de ZAPATOS"}, [SHOE]),
        ({"title": "adquisicion"}, [SHOE]),
        ({"title": "contrato 12"}, [ROAD]),
        ({"buyerName": "presidencia de la republica"}, [SHOE]),
        ({"buyerName": "ñuñú"}, [ROAD]),
        ({"buyerName": "desconocidos"}, []),
        ({"procurementMethod": ["selective", "open"]}, [SHOE, ROAD]),
        ({"procurementMethod": ["limited"]}, []),
        ({"procurementMethod": []}, [SHOE, ROAD, LONGER]),
        ({"awardStatus": ["cancelled", "pending"]}, [SHOE]),
        ({"awardStatus": ["active"]}, [SHOE, ROAD]),
        ({"supplierName": "Los Desconocidos"}, [SHOE]),
        ({"supplierName": "otra"}, []),
        ({"tenderStartDate": "2019-01-21T17:32:28Z"}, [SHOE, ROAD]),
        ({"tenderStartDate": "2019-01-21T17:32:29Z"}, [ROAD]),
        ({"tenderEndDate": "2020-01-21T11:32:28-06:00"}, [SHOE]),
        ({"tenderEndDate": "2020-01-21T17:32:27Z"}, []),
        (
            {
                "tenderStartDate": "2019-01-01T00:00:00Z",
                "tenderEndDate": "2021-01-01T00:00:00Z",
            },
            [SHOE],
        ),
        ({"itemDescription": "zapatos"}, [SHOE]),
        ({"itemDescription": "hidraulico"}, [ROAD]),
        ({"numberOfTenderers": 2}, [SHOE]),
        ({"numberOfTenderers": 20}, []),
        ({"title": "", "buyerName": " ", "tenderStartDate": ""}, [SHOE, ROAD, LONGER]),
        ({"title": "zapatos", "awardStatus": ["pending"]}, []),
        ({"cycle": 2019, "desconocido": {"a": 1}}, [SHOE, ROAD, LONGER]),
    ],
)
def test_flat_query_of_the_official_document(provider, query, ocids):
    assert found(provider, query) == ocids


@pytest.mark.parametrize(
    ("query", "ocids"),
    [
        ({"awards": {"title": "zapatos"}}, [SHOE]),
        ({"awards": {"title": "calzado"}}, []),
        ({"awards": {"status": "active"}}, [SHOE, ROAD]),
        ({"awards": {"suppliers": {"name": "peñasco"}}}, [ROAD]),
        ({"awards": {"items": {"description": "pavimento"}}}, [ROAD]),
        ({"buyer": {"name": "municipio"}}, [ROAD]),
        ({"contracts": {"title": "12/2025"}}, [ROAD]),
        ({"tender": {"title": "calzado", "procurementMethod": "select"}}, [SHOE]),
        ({"tender": {"tenderPeriod": {"startDate": "2020-01-01T00:00:00Z"}}}, [ROAD]),
        ({"tender": {"tenderPeriod": {"endDate": "2021-01-01T00:00:00Z"}}}, [SHOE]),
        ({"tender": {"items": {"description": "piel"}}}, [SHOE]),
        ({"parties": {"name": "otra", "roles": "tenderer"}}, [SHOE]),
        ({"parties": {"roles": "buy"}}, []),
        ({"awards": {}, "tender": {"title": ""}}, [SHOE, ROAD, LONGER]),
    ],
)
def test_nested_query_of_the_reference_tool(provider, query, ocids):
    assert found(provider, query) == ocids


@pytest.mark.parametrize(
    "body",
    [
        {"query": {"tenderStartDate": "2019-01-21"}},
        {"query": {"tenderEndDate": "2019-01-21T17:32:28"}},
        {"query": {"tenderEndDate": 5}},
        {"query": {"numberOfTenderers": "2"}},
        {"query": {"numberOfTenderers": 1.5}},
        {"query": {"procurementMethod": "open"}},
        {"query": {"procurementMethod": ["abierta"]}},
        {"query": {"awards": "zapatos"}},
        {"query": {"title": {"$regex": ".*"}}},
        {"query": None},
        {"page": 0},
        {"page": 1.5},
        {"pageSize": 0},
        {"sort": {"title": "ascending"}},
    ],
)
def test_what_cannot_be_asked_is_refused_in_the_shape_of_errors(provider, body):
    answered = provider.ask(body)

    assert answered.status == 400
    assert set(answered.json) == {"code", "message"}
    assert all(isinstance(text, str) for text in answered.json.values())


def test_the_numbers_of_the_page_are_said_twice(provider):
    body = provider.ask({"pageSize": 2}).json

    inside = body["pagination"]
    assert inside == {"page": 1, "pageSize": 2, "totalRows": 3, "hasNextPage": True}
    assert {name: body[name] for name in inside} == inside
    assert "code" not in body


def test_nothing_found_is_an_answer_like_another(provider):
    body = provider.ask({"query": {"title": "nada"}}).json

    assert body["results"] == []
    assert body["totalRows"] == body["pagination"]["totalRows"] == 0
    assert body["hasNextPage"] is False


@pytest.mark.parametrize(
    ("asked", "given"), [(1, 1), (200, 200), (201, 200), (10**9, 200)]
)
def test_page_sizes_are_cut_at_the_maximum(provider, asked, given):
    assert provider.ask({"pageSize": asked}).json["pageSize"] == given


def test_pages_count_from_one_and_end_empty(provider):
    pages = [provider.ask({"page": n, "pageSize": 1}).results for n in (1, 2, 3, 4)]

    assert [len(page) for page in pages] == [1, 1, 1, 0]
    assert len({page[0]["ocid"] for page in pages[:3]}) == 3


def test_titles_sort_by_the_first_award_then_by_the_tender(provider):
    up, down = (
        [r["ocid"][-3:] for r in provider.ask({"sort": {"title": way}}).results]
        for way in ("asc", "desc")
    )

    # Without a title comes first; «Compra…» before «Pavimentación…».
    assert up == ["BIS", "-13", "025"]
    assert down == up[::-1]


def test_a_client_of_the_family_reads_the_answer(provider):
    credential = provider.credential
    pair = f"{credential['client_id']}:{credential['client_secret']}".encode()
    basic = {"authorization": f"Basic {b64encode(pair).decode()}"}
    form = {"grant_type": "password", "scope": "read", **credential}
    token = provider.serve(Asked("POST", TOKEN, "", basic, b"").filling(form)).json

    asked = Asked("POST", SEARCH, "", {}, b"").sending({"page": 1, "pageSize": 1})
    kind = f"{token['token_type']} {token['access_token']}"
    body = provider.serve(asked.authorized(kind)).json

    assert token["token_type"] == "Bearer"
    assert body["pagination"]["totalRows"] == 3
    assert violations(DATASET, body["results"][0]) == []


def test_without_a_token_nobody_learns_whether_a_contract_exists(provider):
    known, unknown = (
        provider.serve(
            Asked("POST", SEARCH, "", {}, b"").sending({"query": {"ocid": ocid}})
        )
        for ocid in (SHOES["ocid"], "no-existe")
    )

    assert known.status == unknown.status == 401
    assert known.body == unknown.body


def test_personal_data_of_persons_are_withheld_and_those_of_companies_are_not(
    tmp_path,
):
    record = deepcopy(EXAMPLES["persona_fisica"])
    person, company = record["parties"][-1], record["parties"][1]
    for party, key in ((person, "MUPA6811219Z3"), (company, "PNA050302AB1")):
        party["identifier"]["id"] = key
        party["address"] = {"streetAddress": "Calle Peñuelas 12"}
        party["contactPoint"] = {"email": "alguien@ejemplo.com"}
        party["beneficialOwners"] = [{"name": "Alguien"}]
    del person["identifier"]["legalPersonality"]
    record["tender"]["clarificationMeetings"] = [
        {"id": "1", "attendees": [{"id": "1"}]}
    ]

    served = Provider(tmp_path, [record]).ask({}).results[0]

    kept, shown = served["parties"][-1], served["parties"][1]
    assert "id" not in kept["identifier"]
    assert {"address", "contactPoint", "beneficialOwners"}.isdisjoint(kept)
    assert shown["identifier"]["id"] == "PNA050302AB1"
    assert {"address", "contactPoint"} <= set(shown)
    assert "beneficialOwners" not in shown
    assert served["tender"]["clarificationMeetings"] == [{"id": "1"}]


def test_internal_members_are_dropped_wherever_they_are():
    record = {
        **deepcopy(SHOES),
        "_id": "65f0",
        "__v": 0,
        "institution": "65f1",
        "metadata": {"canDelete": True},
    }
    record["awards"][0]["_id"] = "65f2"
    record["awards"][0]["rationale"] = "Se conserva"

    prepared = prepare(DATASET, record)

    assert {"_id", "__v", "institution", "metadata"}.isdisjoint(prepared)
    assert prepared["awards"][0] == {
        **SHOES["awards"][0],
        "rationale": "Se conserva",
    }
    assert prepared["language"] == "es"
