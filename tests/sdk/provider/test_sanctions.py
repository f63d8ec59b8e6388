"""S3 v1.1 and S2 in one provider, asked as the PDN's own clients ask."""

import os
import subprocess

import pytest

from pdn_sdk.provider.access import issue
from pdn_sdk.provider.app import close_provider
from pdn_sdk.provider.credentials import CredentialStore
from pdn_sdk.standards.loader import get

from .conftest import Served, load, settings_in
from .test_serving import LAST_WORDS, PDN

SERVANTS, COMPANIES = "/v1/ssancionados", "/v1/psancionados"
PATHS = {"s2": "/v1/spic", "s3s": SERVANTS, "s3p": COMPANIES}
COUNT = 230


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    settings = settings_in(
        tmp_path_factory.mktemp("shared"), standards=("s2", "s3s", "s3p")
    )
    load(settings, COUNT)
    shared = Served(settings)
    yield shared
    close_provider(shared.app)


def ask(served, path, body):
    """Ask as the PDN does: a token for each call, with form and Basic header."""
    token = served.ask_token(auth=served.basic).json["access_token"]
    answer = served.client.post(
        path, json=body, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200, answer.json
    return answer.json


def read_servants(answer):
    """Read a page as the PDN's client of officials does; what lacks breaks it."""
    return [
        {
            "name": r["servidorPublicoSancionado"]["nombres"],
            "day": r["fechaCaptura"][:10],
            "fault": r["tipoFalta"]["valor"],
            "kinds": [kind["valor"] for kind in r["tipoSancion"]],
        }
        for r in answer["results"]
    ]


def read_companies(answer):
    """Read a page as the PDN's client of private persons does."""
    persons = {"F": "Física", "M": "Moral"}
    return [
        {
            "name": r["particularSancionado"]["nombreRazonSocial"],
            "day": r["fechaCaptura"][:10],
            "person": persons[r["particularSancionado"]["tipoPersona"]],
            # Of the key O it shows nothing but the description.
            "kinds": [k.get("descripcion") or k["valor"] for k in r["tipoSancion"]],
        }
        for r in answer["results"]
    ]


READERS = [(SERVANTS, read_servants), (COMPANIES, read_companies)]


@pytest.mark.parametrize("path", PATHS.values())
def test_summary_counts_every_record(served, path):
    answer = ask(served, path, {"page": 1, "pageSize": 1, "query": {}})

    assert answer["pagination"] == {
        "pageSize": 1,
        "page": 1,
        "totalRows": COUNT,
        "hasNextPage": True,
    }


@pytest.mark.parametrize(("path", "read"), READERS)
@pytest.mark.parametrize("size", [10, 25, 50])
def test_pages_can_be_read_by_the_pdn(served, path, read, size):
    rows = read(ask(served, path, {"page": 2, "pageSize": size, "query": {}}))

    assert len(rows) == size
    assert all(len(row["day"]) == 10 and all(row["kinds"]) for row in rows)


@pytest.mark.parametrize("path", PATHS.values())
def test_bulk_download_takes_every_record_once(served, path):
    first = ask(served, path, {"page": 1, "pageSize": 1})
    pages = -(-first["pagination"]["totalRows"] // 200)

    answers = [
        ask(served, path, {"pageSize": 200, "page": n}) for n in range(1, pages + 1)
    ]

    ids = [r["id"] for answer in answers for r in answer["results"]]
    assert len(ids) == len(set(ids)) == COUNT
    assert not any(answer.get("code") for answer in answers)


def test_search_of_officials_uses_every_filter_of_the_page(served):
    [one] = ask(served, SERVANTS, {"page": 9, "pageSize": 1})["results"]
    person = one["servidorPublicoSancionado"]
    query = {
        "nombres": person["nombres"].lower(),
        "primerApellido": person["primerApellido"],
        "institucionDependencia": one["institucionDependencia"]["nombre"],
        "tipoSancion": [kind["clave"] for kind in one["tipoSancion"]],
    }

    found = ask(served, SERVANTS, {"page": 1, "pageSize": 10, "query": query})

    assert one["id"] in {r["id"] for r in found["results"]}


def test_search_of_companies_uses_every_filter_of_the_page(served):
    by_kind = {"page": 1, "pageSize": 200, "query": {"tipoPersona": "M"}}
    companies = ask(served, COMPANIES, by_kind)["results"]
    one = next(r for r in companies if "expediente" in r)
    query = {
        "nombreRazonSocial": one["particularSancionado"]["nombreRazonSocial"],
        "expediente": one["expediente"].lower(),
        "institucionDependencia": one["institucionDependencia"]["nombre"],
        "tipoSancion": [kind["clave"] for kind in one["tipoSancion"]],
        "tipoPersona": "m",
    }

    body = {"page": 1, "pageSize": 10, "query": query, "sort": {}}
    assert [r["id"] for r in ask(served, COMPANIES, body)["results"]] == [one["id"]]


SORTS = [
    (SERVANTS, "nombres"),
    (SERVANTS, "primerApellido"),
    (SERVANTS, "segundoApellido"),
    (SERVANTS, "institucionDependencia"),
    (COMPANIES, "nombreRazonSocial"),
    (COMPANIES, "institucionDependencia"),
]


@pytest.mark.parametrize(("path", "key"), SORTS)
def test_both_ways_of_a_sort_key_mirror_each_other(served, path, key):
    ends = [
        ask(served, path, {"page": 1, "pageSize": 1, "query": {}, "sort": {key: way}})
        for way in ("asc", "desc")
    ]

    assert ends[0]["results"] != ends[1]["results"]


@pytest.mark.parametrize("path", PATHS.values())
def test_every_institution_finds_its_records(served, path):
    listed = served.client.get(f"{path}/dependencias", headers=served.headers()).json

    found = {
        entry["nombre"]: ask(
            served,
            path,
            {
                "page": 1,
                "pageSize": 1,
                "query": {"institucionDependencia": entry["nombre"]},
            },
        )["pagination"]["totalRows"]
        for entry in listed
    }

    assert len(listed) > 5
    assert all(found.values())


@pytest.mark.parametrize("path", [SERVANTS, COMPANIES])
def test_who_asks_changes_nothing_wherever_it_is_said(served, path):
    rfc = {"rfcSolicitante": "XAXX010101000"}

    for body in ({"query": rfc}, rfc):
        assert ask(served, path, body)["pagination"]["totalRows"] == COUNT


def test_reserved_fields_of_private_persons_depend_on_the_person(served):
    everyone = [
        r["particularSancionado"]
        for n in (1, 2)
        for r in ask(served, COMPANIES, {"page": n, "pageSize": 200})["results"]
    ]
    shown = {"F": set(), "M": set()}
    for party in everyone:
        shown[party["tipoPersona"]] |= set(party)

    assert shown["F"] == {"nombreRazonSocial", "tipoPersona"}
    assert shown["M"] == {"nombreRazonSocial", "tipoPersona", "objetoSocial", "rfc"}


def test_rfc_that_is_withheld_finds_nothing_and_that_of_a_company_its_record(
    make_served,
):
    served = make_served(standards=("s3p",), count=0)
    parties = {
        "F": {
            "nombreRazonSocial": "Luz Peña",
            "tipoPersona": "F",
            "rfc": "PELU800101AB1",
        },
        "M": {
            "nombreRazonSocial": "Luz, S.C.",
            "tipoPersona": "M",
            "rfc": "LUZ800101AB1",
        },
    }
    load(served.settings, 1, particularSancionado=parties["F"], id="f")

    assert (
        served.search({"query": {"rfc": "PELU800101AB1"}}, COMPANIES).json["results"]
        == []
    )
    load(served.settings, 1, particularSancionado=parties["M"], id="m")
    found = served.search({"query": {"rfc": "luz800101ab1"}}, COMPANIES).json
    assert [r["id"] for r in found["results"]] == ["m"]


@pytest.mark.parametrize("value", [".", "[FM]", "X", "fisica", "F M"])
def test_kind_of_person_is_one_of_two(served, value):
    answer = served.search({"query": {"tipoPersona": value}}, COMPANIES)

    assert answer.status_code == 400
    assert "tipoPersona" in answer.json["message"]


def test_blank_kind_of_person_does_not_filter(served):
    answer = ask(served, COMPANIES, {"query": {"tipoPersona": " "}})

    assert answer["pagination"]["totalRows"] == COUNT


@pytest.mark.parametrize("key", list(PATHS))
def test_token_of_a_system_opens_no_other(served, key):
    store = CredentialStore.open(served.settings.credentials)
    only = issue(store, f"sólo {key}", [get(key)])
    store.close()
    form = {**served.form, "client_id": only.client_id, "username": only.username}
    secrets = {"client_secret": only.client_secret, "password": only.password}
    token = served.client.post("/oauth/token", data=form | secrets).json["access_token"]

    statuses = {
        other: served.client.post(
            path, json={}, headers={"Authorization": f"Bearer {token}"}
        ).status_code
        for other, path in PATHS.items()
    }

    assert statuses == {other: 200 if other == key else 403 for other in PATHS}


def test_scope_asked_for_narrows_a_credential_of_all(served):
    token = served.ask_token(scope=get("s3s").security.scope).json["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}

    listed = [
        served.client.get(f"{path}/dependencias", headers=bearer).status_code
        for path in PATHS.values()
    ]

    assert listed == [403, 200, 403]


def test_one_document_describes_every_system(served):
    document = served.client.get("/openapi.json").json
    schemes = document["components"]["securitySchemes"]
    bodies = {
        path: document["paths"][path]["post"]["requestBody"]["content"][
            "application/json"
        ]["schema"]["properties"]
        for path in PATHS.values()
    }

    assert set(schemes) == {"spic_auth", "ssancionados_auth", "psancionados_auth"}
    assert {f"{path}/dependencias" for path in PATHS.values()} <= set(document["paths"])
    assert "rfcSolicitante" in bodies[SERVANTS]["query"]["properties"]
    assert "rfcSolicitante" in bodies[COMPANIES]
    assert bodies[COMPANIES]["query"]["properties"]["tipoPersona"]["enum"] == ["F", "M"]


def test_who_publishes_minor_faults_is_told_to_think_it_over(tmp_path):
    load(settings_in(tmp_path, standards=("s3s",)), 3)
    process = subprocess.Popen(
        [PDN, "serve", "--port", "0"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PDN_STANDARDS": "s3s", "PYTHONUNBUFFERED": "1"},
    )

    told = "".join(iter(process.stdout.readline, LAST_WORDS))

    process.kill()
    process.communicate()
    assert "faltas no graves" in told
    assert max(map(len, told.splitlines())) <= 80
