"""Several standards in one provider: each with its routes, scope and errors."""

import re
import shutil

import orjson
import pytest
from flask import Response, request

from pdn_sdk.conformance.target import Options
from pdn_sdk.errors import ConfigurationError
from pdn_sdk.provider.access import issue
from pdn_sdk.provider.credentials import CredentialStore
from pdn_sdk.provider.dialects import registry
from pdn_sdk.provider.dialects.contract import Dialect, endpoint_prefixes
from pdn_sdk.standards import loader
from pdn_sdk.standards.described import document
from pdn_sdk.testing import check_local

from .conftest import Served, load


@pytest.fixture
def make_twin(tmp_path, monkeypatch):
    """Give a standard like S2 under other names, for one test."""
    monkeypatch.setattr(loader, "_added", {})

    def made(**changes):
        folder = tmp_path / "s9"
        shutil.copytree(loader.get("s2").folder, folder)
        for path in (folder / "standard.toml", folder / "synthetic.toml"):
            text = path.read_text("utf-8").replace('"s2"', '"s9"', 1)
            text = re.sub(r"/v1/spic", "/v9/otros", text)
            text = text.replace("read:spic", "read:otros")
            text = re.sub(r'key = "spic"', 'key = "otros"', text)
            text = re.sub(r"\[spic\b", "[otros", text)
            for old, new in changes.items():
                text = re.sub(f'{old} = "[^"]*"', f'{old} = "{new}"', text, count=1)
            path.write_text(text, encoding="utf-8")
        return loader.register(folder)

    return made


@pytest.fixture
def both(make_twin, make_settings):
    make_twin()
    settings = make_settings(standards=("s2", "s9"))
    load(settings, 5)
    return Served(settings)


def test_each_standard_answers_at_its_own_routes(both):
    for path in ("/v1/spic", "/v9/otros"):
        answer = both.search({}, path)
        assert answer.json["pagination"]["totalRows"] == 5
    ids = [
        both.search({}, p).json["results"][0]["id"] for p in ("/v1/spic", "/v9/otros")
    ]
    assert ids[0] != ids[1]


def test_one_credential_reaches_all_and_a_narrower_one_does_not(both):
    store = CredentialStore.open(both.settings.credentials)
    both.issued = issue(store, "sólo uno", [loader.get("s9")])
    store.close()

    assert both.search({}, "/v9/otros").status_code == 200
    assert both.search({}, "/v1/spic").status_code == 403


def test_both_are_described(both):
    paths = both.client.get("/openapi.json").json["paths"]

    assert {"/v1/spic", "/v9/otros", "/v9/otros/dependencias"} <= set(paths)


def test_ready_only_when_every_standard_has_been_loaded(make_twin, make_settings):
    make_twin()
    load(make_settings(), 2)
    served = Served(make_settings(standards=("s2", "s9")))

    assert served.client.get("/readyz").status_code == 503


def test_each_can_be_checked_where_the_project_lies(both, tmp_path):
    environ = {"PDN_STANDARDS": "s2,s9"}
    options = Options(only=frozenset({"PAG-01"}))

    report = check_local(tmp_path, standard="s9", options=options, environ=environ)

    assert (report.standard["key"], report.verdict) == ("s9", "conformant")
    with pytest.raises(ConfigurationError, match="s2, s9"):
        check_local(tmp_path, environ=environ)


def test_fixed_token_is_issued_where_a_standard_uses_one(make_twin, make_settings):
    twin = make_twin(kind="bearer")
    settings = make_settings(standards=("s2", "s9"))
    served = Served(settings)
    fixed = {"Authorization": f"Bearer {served.issued.token}"}

    found = [
        served.client.post(p, json={}, headers=fixed).status_code
        for p in ("/v9/otros", "/v1/spic")
    ]

    assert twin.security.kind == "bearer"
    assert found == [200, 403]


def test_dialect_that_is_not_spoken_is_refused(make_twin, make_settings):
    make_twin(dialect="humo")

    with pytest.raises(ConfigurationError, match="humo"):
        Served(make_settings(standards=("s9",)))


def test_another_dialect_brings_its_routes_and_its_errors(
    make_twin, make_settings, monkeypatch
):
    def add_routes(app, standard, publication):
        def view():
            header = request.headers.get("Authorization", "")
            publication.admit(standard.security, header)
            return Response("señales")

        app.add_url_rule("/v9/otros", view_func=view, endpoint="humo")

    def write_error(code, message):
        return orjson.dumps({"humo": [code, message]})

    smoke = Dialect(add_routes, write_error, endpoint_prefixes)
    monkeypatch.setattr(registry, "DIALECTS", {**registry.DIALECTS, "humo": smoke})
    told = {**document.DIALECTS, "humo": lambda _: {}}
    monkeypatch.setattr(document, "DIALECTS", told)
    make_twin(dialect="humo")
    client = Served(make_settings(standards=("s2", "s9"))).client

    assert client.get("/v9/otros").json["humo"][0] == "no_autenticado"
    assert client.get("/v9/otros/nada").json["humo"][0] == "no_encontrado"
    assert set(client.get("/v9/otrosmas").json) == {"code", "message"}
