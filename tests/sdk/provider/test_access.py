"""Who may read: the token in its header, the scope, the reserved fields."""

import pytest

from pdn_sdk.provider.access import issue
from pdn_sdk.provider.credentials import CredentialStore
from pdn_sdk.standards.loader import get

from .conftest import CURP, RFC

DATASET = get("s2").datasets[0]
PRIVATE = {"rfc": RFC, "curp": CURP}


def _status(served, authorization, path="/v1/spic/dependencias"):
    return served.client.get(path, headers={"Authorization": authorization}).status_code


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
def test_token_is_accepted_in_its_header(served, scheme):
    assert _status(served, scheme + served.token()) == 200


@pytest.mark.parametrize(
    "shape", ["bearer{}", "bearerX{}", "Basic {}", "Token {}", "{}", "Bearer {}.x", ""]
)
def test_any_other_shape_is_refused(served, shape):
    assert _status(served, shape.format(served.token())) == 401


@pytest.mark.parametrize("token", ["x", "a.b.c", "é", "\x00", "x" * 9000, "..", "a b"])
def test_invented_tokens_are_refused(served, token):
    answer = served.client.get(
        "/v1/spic/dependencias",
        environ_overrides={"HTTP_AUTHORIZATION": f"Bearer {token}"},
    )

    assert answer.status_code == 401
    assert answer.json["code"] == "no_autenticado"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_unsigned_token_is_refused(served):
    claims = served.token().split(".")[1]

    assert _status(served, f"Bearer eyJhbGciOiJub25lIn0.{claims}.") == 401


def test_token_in_the_address_or_the_body_is_ignored(served):
    token = served.token()

    by_address = served.client.post(f"/v1/spic?access_token={token}", json={})
    by_body = served.client.post("/v1/spic", json={"access_token": token})

    assert (by_address.status_code, by_body.status_code) == (401, 401)


@pytest.mark.parametrize("body", [b"{", b'{"page": 0}', b"", b"[" * 50])
def test_access_comes_before_validation(served, body):
    answer = served.client.post("/v1/spic", data=body, content_type="application/json")

    assert answer.status_code == 401


def test_removed_credential_loses_its_tokens_at_once(fresh):
    token = fresh.token()
    store = CredentialStore.open(fresh.settings.credentials)
    store.remove("pruebas")
    store.close()

    assert _status(fresh, f"Bearer {token}") == 401
    assert fresh.ask_token().status_code == 401


def test_token_without_the_scope_of_the_data_is_forbidden(fresh):
    store = CredentialStore.open(fresh.settings.credentials)
    fresh.issued = store.add("ajena", ["read:otra"])
    store.close()

    answer = fresh.search({})

    assert answer.status_code == 403
    assert answer.json["code"] == "sin_permiso"


def test_fixed_token_reaches_what_it_was_given_for(fresh):
    store = CredentialStore.open(fresh.settings.credentials)
    fixed = store.add("fija", [], token_scopes=["read:spic"]).token
    far = store.add("lejana", ["read:spic"], token_scopes=["read:otra"]).token
    store.close()

    assert _status(fresh, f"Bearer {fixed}") == 200
    assert _status(fresh, f"Bearer {far}") == 403


def test_reserved_fields_are_not_given_by_default(make_served):
    served = make_served(records=PRIVATE, reserved=True)

    answer = served.search({"pageSize": 200})

    assert RFC not in answer.text
    assert served.total(rfc=RFC) == 0


def test_reserved_fields_need_a_scope_of_their_own(make_served):
    served = make_served(records=PRIVATE, publish_reserved=True)
    store = CredentialStore.open(served.settings.credentials)
    ordinary = served.search({"pageSize": 1}).json["results"][0]
    withheld = served.total(rfc=RFC)
    served.issued = issue(store, "autoridad", served.standards, reserved=True)
    store.close()

    shown = served.search({"pageSize": 1}).json["results"][0]

    assert "rfc" not in ordinary
    assert (shown["rfc"], shown["curp"]) == (RFC, CURP)
    assert (withheld, served.total(rfc=RFC.lower()), served.total(rfc="PEPM")) == (
        0,
        30,
        0,
    )


def test_requester_does_not_unlock_reserved_fields(make_served):
    served = make_served(records=PRIVATE, publish_reserved=True)

    answer = served.search({"pageSize": 200, "query": {"rfcSolicitante": RFC}})

    assert answer.json["pagination"]["totalRows"] == 30
    assert RFC not in answer.text
