"""What whoever runs a provider sees: health, counts and the journal."""

import json
import os

import pytest

from pdn_sdk.provider.app import create_provider
from pdn_sdk.provider.metrics import Metrics

from .conftest import load


def _lines(capfd):
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


def test_provider_lives_before_its_first_load_and_is_not_ready(make_settings):
    settings = make_settings()
    client = create_provider(settings).test_client()

    before = client.get("/readyz")
    load(settings, 3)
    after = client.get("/readyz")

    assert client.get("/healthz").status_code == 200
    assert (before.status_code, before.json["code"]) == (503, "sin_datos")
    assert "pdn load" in before.json["message"]
    assert (after.status_code, after.json["records"]) == (200, {"spic": 3})


def test_counts_add_up_by_route_and_status(fresh):
    fresh.search({})
    fresh.search({"page": 0})
    fresh.client.get("/nada")

    text = fresh.client.get("/metrics").text

    assert 'pdn_requests_total{route="/v1/spic",status="200"} 1' in text
    assert 'pdn_requests_total{route="/v1/spic",status="400"} 1' in text
    assert 'pdn_requests_total{route="/oauth/token",status="200"} 2' in text
    assert 'pdn_requests_total{route="otra",status="404"} 1' in text
    assert 'pdn_request_seconds_count{route="/v1/spic"} 2' in text
    assert 'pdn_records{dataset="spic"} 30' in text


def test_counts_of_processes_are_added_up():
    metrics = Metrics(("/a",))
    metrics.observe("/a", 200, 0.01)
    child = os.fork()
    if child == 0:
        metrics.use_slot(3)
        metrics.observe("/a", 200, 9.0)
        os._exit(0)
    os.waitpid(child, 0)

    lines = list(metrics.text())

    assert 'pdn_requests_total{route="/a",status="200"} 2' in lines
    assert 'pdn_request_seconds_bucket{route="/a",le="0.005"} 0' in lines
    assert 'pdn_request_seconds_bucket{route="/a",le="0.025"} 1' in lines
    assert 'pdn_request_seconds_bucket{route="/a",le="30.0"} 2' in lines
    assert "pdn_processes 2" in lines


@pytest.mark.parametrize("given", ["abc-1", "A.b_c-9"])
def test_sane_request_id_is_kept(served, given):
    answer = served.client.get("/healthz", headers={"X-Request-ID": given})

    assert answer.headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, '{"a":1}', "ñ"])
def test_any_other_request_id_is_replaced(served, given):
    answer = served.client.get("/healthz", headers={"X-Request-ID": given})

    assert len(answer.headers["X-Request-ID"]) == 16
    assert answer.headers["X-Request-ID"].isalnum()


def test_journal_has_a_line_for_each_request_and_no_secret(make_served, capfd):
    served = make_served(access_log=True)
    token = served.token()
    query = {"nombres": "Guadalupe Secreta", "rfcSolicitante": "PEPM800101AB1"}
    served.search({"query": query})
    served.client.get("/nada?token=xyz", headers={"Authorization": f"Bearer {token}"})

    text = capfd.readouterr().err

    secrets = (*served.form.values(), token, "Secreta", "PEPM800101AB1", "xyz")
    kept = [
        s
        for s in secrets
        if s in text and s not in ("password", served.issued.client_id)
    ]
    assert kept == []
    assert len(text.splitlines()) == 4


def test_journal_says_who_asked_what_and_how_it_went(make_served, capfd):
    served = make_served(access_log=True)

    served.search({"page": 0, "query": {"rfcSolicitante": "X"}}, X_Request_ID="uno")

    line = _lines(capfd)[-1]
    assert line["client"] == served.issued.client_id
    assert (line["request_id"], line["route"], line["status"]) == (
        "uno",
        "/v1/spic",
        400,
    )
    assert line["code"] == "consulta_invalida"
    assert line["declared"] == ["rfcSolicitante"]


def test_journal_may_be_silent(served, capfd):
    served.search({})

    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("count", "remote"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_address_of_the_caller_comes_from_trusted_proxies_alone(
    make_served, capfd, count, remote
):
    served = make_served(access_log=True, trusted_proxies=count)

    served.client.get("/healthz", headers={"X-Forwarded-For": "203.0.113.9"})

    assert _lines(capfd)[-1]["remote"] == remote
