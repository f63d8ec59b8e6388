"""What a real server was seen to answer, and where we answer otherwise on purpose."""

import tomllib
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.sdk.items_provider import GRAVES, serve

CASES = tomllib.loads(
    Path(__file__).with_name("items_cases.toml").read_text(encoding="utf-8")
)
SAME = {case["name"]: case for case in CASES["same"]}
DIFFERENT = {case["name"]: case for case in CASES["difference"]}

YEARS = (2025, 2020, 2024, 2020, 2019, 2023, 2016, 2020, 2017)
DAYS = (
    *("2021-08-06", "2023-09-02", "2018-01-25", "2021-08-13", "2019-04-22"),
    *("2024-01-11", "2020-01-12", "2020-06-30", "2024-12-17"),
)
NAMES = (
    *("Enrique", "Isabel", "Margarita", "Pedro", "Luz"),
    *("Tomás", "María Guadalupe", "Rosa", "Úrsula"),
)
SURNAMES = (
    *("García", "Estrada", "Moreno", "Hernández", "Gutiérrez"),
    *("Landeros", "Martínez", "De los Bautista", "Sánchez"),
)


def identity(number):
    return f"00000000-0000-4000-8000-{number:012}"


def records():
    """Nine records alike, and one that has little."""
    for n, (year, day, name, surname) in enumerate(
        zip(YEARS, DAYS, NAMES, SURNAMES, strict=True), start=1
    ):
        yield {
            "id": identity(n),
            "date_created": "2026-10-15T21:42:13Z",
            "fecha": day,
            "expediente": f"EXP-{n:06}/{year}",
            "observaciones": "Reservada.",
            "datosGenerales": {
                "nombres": name,
                "primerApellido": surname,
                "segundoApellido": "Zúñiga" if n == 1 else "Luna",
                "curp": "XEXX010101HNEXXXA4",
                "sexo": "HOMBRE",
            },
            "tipoSancion": [{"clave": "SUSPENSION"}, {"clave": "OTRO"}]
            if n == 2
            else [{"clave": "INHABILITACION"}],
            **({"date_updated": "2026-11-01T00:00:00Z"} if n == 5 else {}),
        }
    yield {"id": identity(10), "fecha": "2017-02-03", "expediente": "EXP-000010/2017",
           "tipoSancion": [{"clave": "SUSPENSION"}]}  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    return serve(tmp_path_factory.mktemp("s3v2"), {GRAVES: records()})


def answer_to(served, case):
    query = case.get("query", "").replace("TOKEN", served.token)
    if "filter" in case:
        query = f"filter={quote(case['filter'])}&sort=id"
    return served.get(
        f"{case.get('path', f'/items/{GRAVES}')}?{query}",
        token=case.get("token"),
        method=case.get("method", "GET"),
        scheme=case.get("scheme", "Bearer"),
    )


def expect(case, answer):
    body = answer.get_json()
    assert answer.status_code == case.get("status", 200), body
    if "code" in case:
        assert body["errors"][0]["extensions"]["code"] == case["code"]
        assert body["errors"][0]["message"] == body["message"]
        assert body["error"]["code"] == case["status"]
    if "found" in case:
        wanted = [identity(n) for n in case["found"]]
        assert [item["id"] for item in body["data"]] == wanted
    if "data" in case:
        assert body["data"] == case["data"]
    if "meta" in case:
        assert body.get("meta", {}) == case["meta"]
    if "matching" in case:
        assert body["meta"]["filter_count"] == case["matching"]


@pytest.mark.parametrize("name", SAME)
def test_answers_as_the_recorded_server(served, name):
    expect(SAME[name], answer_to(served, SAME[name]))


@pytest.mark.parametrize("name", DIFFERENT)
def test_differs_on_purpose(served, name):
    case = DIFFERENT[name]

    expect(case, answer_to(served, case))
    assert case["recorded"] != case.get("status") or "data" in case or "found" in case
    assert len(case["reason"]) > 20
