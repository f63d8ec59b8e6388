"""The requests of PDN's clients of declarations, and how they read the answers."""

from itertools import chain
from math import ceil

import pytest
from tests.sdk.declarations.provider import COUNT, SEARCH, Provider

from pdn_sdk.practice.wire import Asked

NAME = "datosGenerales"


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    return Provider(tmp_path_factory.mktemp("declarations"))


def assets(record):
    return record["declaracion"]["situacionPatrimonial"]


def test_a_token_is_given_to_basic_and_form_at_once(provider):
    answered = provider.ask_token()

    assert answered.status == 200
    assert answered.json["token_type"] == "Bearer"
    assert answered.json["expires_in"] > 0


@pytest.mark.parametrize("scope", ["read", "read:declaraciones"])
def test_both_names_of_the_scope_give_a_token(provider, scope):
    assert provider.ask_token(scope=scope).status == 200


def test_another_scope_gives_none(provider):
    assert provider.ask_token(scope="write").status == 400


def test_the_plain_page_of_the_site_has_pagination_and_results(provider):
    body = provider.ask({"page": 1, "pageSize": 10}).json

    assert set(body) == {"pagination", "results"}
    assert body["pagination"] == {
        "page": 1,
        "pageSize": 10,
        "totalRows": COUNT,
        "hasNextPage": True,
    }


def test_the_summary_of_the_site_ignores_what_is_no_filter(provider):
    query = {"nombres": "a", "institucionDependencia": "x"}

    answered = provider.ask({"page": 1, "pageSize": 1, "query": query})

    assert answered.json["pagination"]["totalRows"] > 0


def test_the_weekly_download_gathers_every_declaration_once(provider):
    first = provider.ask({"page": 1, "pageSize": 1}).json["pagination"]["totalRows"]

    pages = [
        provider.ask({"page": n, "pageSize": 40}).results
        for n in range(1, ceil(first / 40) + 1)
    ]

    ids = [record["id"] for record in chain(*pages)]
    assert len(ids) == len(set(ids)) == first


def test_only_a_minimum_as_the_site_writes_it(provider):
    wanted = provider.ask({"query": {"totalIngresosNetos": {"min": 300_000}}}).json
    written = {"totalIngresosNetos": {"min": 300_000, "max": 0}}

    got = provider.ask({"query": written}).json

    assert got["pagination"] == wanted["pagination"]


def test_filters_inside_objects_find_what_they_name(provider):
    query = {"datosEmpleoCargoComision": {"nivelOrdenGobierno": "ESTATAL"}}

    found = provider.ask({"pageSize": 200, "query": query}).results

    posts = [assets(record)["datosEmpleoCargoComision"] for record in found]
    assert posts
    assert {post["nivelOrdenGobierno"] for post in posts} == {"ESTATAL"}


def test_orders_inside_objects_are_kept(provider):
    sort = {"bienesInmuebles": {"valorAdquisicion": "desc"}}

    found = provider.ask({"pageSize": 200, "sort": sort}).results

    values = [
        max(good["valorAdquisicion"]["valor"] for good in goods)
        for record in found
        if (goods := assets(record).get("bienesInmuebles", {}).get("bienInmueble"))
    ]
    assert values == sorted(values, reverse=True)


def test_saying_who_asks_widens_nothing(provider):
    plain = provider.ask({"pageSize": 5}).results

    asked = provider.ask({"pageSize": 5, "query": {"rfcSolicitante": "XAXX010101000"}})

    assert asked.results == plain


def test_a_page_too_large_is_cut_to_two_hundred(provider):
    assert provider.ask({"pageSize": 1000}).json["pagination"]["pageSize"] == 200


@pytest.mark.parametrize(
    "body",
    [
        {"page": 0},
        {"page": "x"},
        {"query": []},
        {"query": {"nombres": 7}},
        {"query": {"bienesInmuebles": "x"}},
        {"sort": {"nombres": "ascending"}},
    ],
)
def test_what_cannot_be_read_is_refused_in_words(provider, body):
    answered = provider.ask(body)

    assert answered.status == 400
    assert set(answered.json) == {"code", "message"}


def test_without_a_token_nothing_is_served(provider):
    asked = Asked("POST", SEARCH, "", {}, b"").sending({"page": 1})

    assert provider.serve(asked).status == 401


def test_nothing_private_is_served(provider):
    found = provider.ask({"pageSize": 200}).results

    private = {"curp", "rfc", "telefono", "regimenMatrimonial", "nacionalidad"}
    assert all(private.isdisjoint(assets(record)[NAME]) for record in found)
    assert not [
        r for r in found if {"datosPareja", "domicilioDeclarante"} & {*assets(r)}
    ]
