"""Tokens: asked for as the PDN does, refused to whoever is not right."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import unquote

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from pdn_sdk.errors import AuthenticationError
from pdn_sdk.provider.credentials import CredentialStore
from pdn_sdk.provider.oauth.signing import ACCESS, REFRESH, Signer

FORM = "application/x-www-form-urlencoded"
KEY = "una llave de pruebas, larga y sin secretos"


def _claims(token):
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def _is_refused(answer, status, code):
    body = answer.json
    assert (answer.status_code, body["error"], body["code"]) == (status, code, code)
    assert isinstance(body["message"], str)
    assert "access_token" not in body
    return True


def test_s2_backend_of_the_pdn_gets_a_token(served):
    answer = served.ask_token(auth=served.basic)

    assert answer.status_code == 200
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["expires_in"] == 3600
    assert answer.headers["Cache-Control"] == "no-store"


def test_bulk_downloader_of_the_pdn_gets_a_token(served):
    pairs = "&".join(f"{k}={v}" for k, v in served.form.items())
    # It undoes the encoding of the form that it is about to send.
    body = unquote(pairs)

    answer = served.client.post(
        "/oauth", data=body, content_type=FORM, auth=served.basic
    )

    assert answer.status_code == 200
    assert answer.json["scope"] == "read:spic"


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth"])
@pytest.mark.parametrize("kept", [(), ("client_id",), ("client_id", "client_secret")])
def test_client_may_be_in_the_header_the_body_or_both(served, path, kept):
    form = {k: v for k, v in served.form.items() if "client" not in k or k in kept}

    answer = served.client.post(path, data=form, auth=served.basic)

    assert answer.status_code == 200


def test_client_in_the_body_alone_is_enough(served):
    assert served.ask_token().status_code == 200


def test_token_may_be_asked_for_in_json(served):
    assert served.client.post("/oauth/token", json=served.form).status_code == 200


@pytest.mark.parametrize("name", ["client_id", "client_secret"])
def test_header_and_body_that_differ_are_refused(served, name):
    answer = served.ask_token(auth=served.basic, **{name: "otro"})

    assert _is_refused(answer, 401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"client_secret": "otro"}, 401, "invalid_client"),
        ({"client_id": "nadie"}, 401, "invalid_client"),
        ({"client_id": None, "client_secret": None}, 401, "invalid_client"),
        ({"password": "otra"}, 400, "invalid_grant"),
        ({"username": "nadie"}, 400, "invalid_grant"),
        ({"password": None}, 400, "invalid_request"),
        ({"username": None}, 400, "invalid_request"),
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "unsupported_grant_type"),
        ({"scope": "read:todo"}, 400, "invalid_scope"),
        ({"scope": "read:spic:reserved"}, 400, "invalid_scope"),
        ({"password": "\x00ñ€" * 50}, 400, "invalid_grant"),
    ],
)
def test_wrong_request_gets_no_token(served, changes, status, code):
    assert _is_refused(served.ask_token(**changes), status, code)


@pytest.mark.parametrize("scope", ["read:spic", " read:spic ", ""])
def test_scope_of_the_credential_may_be_named_or_not(served, scope):
    assert served.ask_token(scope=scope).json["scope"] == "read:spic"


@pytest.mark.parametrize(
    "body",
    [b"password[$ne]=x&username[$ne]=x", b"password=a&password=b", b"%ff=%fe&=", b""],
)
def test_odd_forms_get_no_token(served, body):
    start = f"grant_type=password&username={served.issued.username}&".encode()

    answer = served.client.post(
        "/oauth/token", data=start + body, content_type=FORM, auth=served.basic
    )

    assert _is_refused(answer, 400, "invalid_request")


@pytest.mark.parametrize("value", [{"$gt": ""}, ["x"], 1, True, None])
def test_json_with_anything_but_texts_gets_no_token(served, value):
    body = {**served.form, "password": value}

    answer = served.client.post("/oauth/token", json=body, auth=served.basic)

    assert _is_refused(answer, 400, "invalid_request")


@pytest.mark.parametrize("header", ["Basic", "Basic %%%", "Basic /w==", "Basic YQ=="])
def test_broken_basic_header_is_refused(served, header):
    answer = served.client.post(
        "/oauth/token", data=served.form, headers={"Authorization": header}
    )

    assert answer.status_code in {200, 401}
    assert (answer.status_code == 200) == (header == "Basic")


def test_token_is_not_asked_for_in_the_address(served):
    answer = served.client.post("/oauth/token", query_string=served.form)

    assert answer.status_code == 400


def test_other_media_types_and_methods_are_refused(served):
    by_xml = served.client.post("/oauth/token", data="<a/>", content_type="text/xml")

    assert _is_refused(by_xml, 415, "invalid_request")
    assert served.client.get("/oauth/token").status_code == 405


def test_token_says_whose_it_is_and_for_how_long(served):
    claims = _claims(served.token())

    assert claims["sub"] == served.issued.client_id
    assert claims["iss"] == claims["aud"] == served.settings.issuer
    assert claims["scope"] == "read:spic"
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["jti"] != _claims(served.token())["jti"]


def test_secrets_hold_only_what_the_pdn_can_carry(served):
    for secret in (served.issued.client_secret, served.issued.password):
        assert secret.replace("-", "").replace("_", "").isalnum()
        assert secret.isascii()
        assert len(secret) >= 43


def test_renewal_works_once(served):
    renewal = served.ask_token().json["refresh_token"]
    asked = {"grant_type": "refresh_token", "refresh_token": renewal}
    bare = {"username": None, "password": None}

    first = served.ask_token(**asked, **bare)
    second = served.ask_token(**asked, **bare)

    assert first.status_code == 200
    assert first.json["refresh_token"] != renewal
    assert _is_refused(second, 400, "invalid_grant")


def test_renewal_of_another_client_is_refused(fresh):
    renewal = fresh.ask_token().json["refresh_token"]
    store = CredentialStore.open(fresh.settings.credentials)
    fresh.issued = store.add("otra", ["read:spic"])
    store.close()

    answer = fresh.ask_token(grant_type="refresh_token", refresh_token=renewal)

    assert _is_refused(answer, 400, "invalid_grant")


@pytest.mark.parametrize("renewal", [None, "", "x", "a.b.c"])
def test_renewal_that_is_none_is_refused(served, renewal):
    answer = served.ask_token(grant_type="refresh_token", refresh_token=renewal)

    assert answer.status_code == 400


def test_access_and_renewal_never_stand_for_each_other(served):
    given = served.ask_token().json
    as_access = {"Authorization": f"Bearer {given['refresh_token']}"}

    renewed = served.ask_token(
        grant_type="refresh_token", refresh_token=given["access_token"]
    )
    found = served.client.get("/v1/spic/dependencias", headers=as_access)

    assert (renewed.status_code, found.status_code) == (400, 401)


def test_many_tokens_at_once_are_all_given(served):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: served.app.test_client(), range(24)))
        found = list(
            pool.map(lambda c: c.post("/oauth/token", data=served.form), answers)
        )

    assert {answer.status_code for answer in found} == {200}


def test_token_of_another_issuer_key_or_time_is_refused(make_settings):
    settings = make_settings()
    mine = Signer(settings, KEY)
    others = (
        Signer(replace(settings, issuer="urn:otro"), KEY),
        Signer(settings, KEY + "!"),
        Signer(replace(settings, token_lifetime_s=-10), KEY),
    )

    for other in others:
        with pytest.raises(AuthenticationError):
            mine.read(ACCESS, other.sign(ACCESS, "c", ["read:spic"]))
    assert mine.read(REFRESH, mine.sign(REFRESH, "c", [])).ends_at > time.time()


def test_token_for_another_audience_is_refused(make_settings):
    settings = make_settings()
    mine = Signer(settings, KEY)
    claims = _claims(mine.sign(ACCESS, "c", ["read:spic"]))
    header, key = {"alg": "HS256", "typ": ACCESS}, OctKey.import_key(KEY.encode())

    def signed(**changes):
        return jwt.encode(header, {**claims, **changes}, key)

    assert mine.read(ACCESS, signed()).client_id == "c"
    with pytest.raises(AuthenticationError):
        mine.read(ACCESS, signed(aud="urn:otra"))
