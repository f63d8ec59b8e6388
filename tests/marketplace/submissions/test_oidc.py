"""Entering with the account of an institution, against a real server of OpenID."""

import base64
import hashlib
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import requests
from flask import Flask, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select
from werkzeug.serving import make_server

from pdn_marketplace.accounts.models import Identity, User
from pdn_marketplace.config import Config
from pdn_marketplace.security import Role
from pdn_sdk.errors import ConfigurationError

BEGIN = "/cuenta/institucion/entrar"
LINK = "/cuenta/institucion/enlazar"
PASSWORD = "cuatro palabras nada parecidas"
CLIENT, SECRET = "mercado", "secreto-del-mercado"
ANA = {"sub": "1001", "email": "Ana@correo.mx", "email_verified": True, "name": "Ana"}


@dataclass
class Issuer:
    """A server of OpenID that knows one person, and may be told to lie."""

    url: str
    key: RSAKey
    person: dict = field(default_factory=lambda: dict(ANA))
    lies: dict = field(default_factory=dict)
    signs_with: RSAKey | None = None
    asked: dict = field(default_factory=dict)

    def token(self) -> dict[str, object]:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 60,
            "nonce": self.asked["nonce"],
            **self.person,
            **self.lies,
        }
        head = {"alg": "RS256", "kid": self.key.kid}
        signed = jwt.encode(head, claims, self.signs_with or self.key)
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}


def served(issuer: Issuer) -> Flask:
    app = Flask("issuer")

    @app.get("/.well-known/openid-configuration")
    def discovery():
        return jsonify(
            issuer=issuer.url,
            authorization_endpoint=f"{issuer.url}/authorize",
            token_endpoint=f"{issuer.url}/token",
            jwks_uri=f"{issuer.url}/jwks",
            id_token_signing_alg_values_supported=["RS256"],
        )

    @app.get("/jwks")
    def keys():
        return jsonify(keys=[issuer.key.as_dict(private=False)])

    @app.get("/authorize")
    def authorize():
        issuer.asked = dict(request.args)
        back = issuer.asked["redirect_uri"]
        return redirect(f"{back}?code=abc&state={issuer.asked['state']}")

    @app.post("/token")
    def token():
        given = request.authorization
        digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        is_right = proof == issuer.asked["code_challenge"]
        if not is_right or (given.username, given.password) != (CLIENT, SECRET):
            return jsonify(error="invalid_grant"), 400
        return jsonify(issuer.token())

    return app


@pytest.fixture(scope="module")
def server():
    key = RSAKey.generate_key(2048, {"kid": "uno"})
    issuer = Issuer("", key)
    made = make_server("127.0.0.1", 0, served(issuer), threaded=True)
    issuer.url = f"http://127.0.0.1:{made.server_port}"
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield issuer
    made.shutdown()
    thread.join()


@pytest.fixture
def issuer(server):
    server.person, server.lies, server.signs_with = dict(ANA), {}, None
    return server


@pytest.fixture
def site(make_market, issuer, tmp_path):
    def made(**settings):
        secret = tmp_path / "secreto"
        secret.write_text(SECRET + "\n", encoding="utf-8")
        return make_market(
            oidc_issuer=issuer.url,
            oidc_client_id=CLIENT,
            oidc_secret_file=str(secret),
            **settings,
        )

    return made


def gone(browser, target: str = "") -> str:
    """Go to the institution and give the address that it sends back to."""
    there = browser.get(BEGIN + (f"?next={target}" if target else "")).location
    back = requests.get(there, allow_redirects=False, timeout=5).headers["Location"]
    parts = urlsplit(back)
    return f"{parts.path}?{parts.query}"


def people(market) -> list[tuple[str, str]]:
    with market.database.transaction() as session:
        rows = session.scalars(select(User).order_by(User.id))
        return [(row.email, row.role) for row in rows]


def identities(market) -> int:
    with market.database.transaction() as session:
        return len(session.scalars(select(Identity)).all())


def test_somebody_new_enters_and_comes_back_as_the_same(site, issuer) -> None:
    market = site()
    browser = market.browser()
    offered = browser.get("/cuenta/entrar").text

    first = browser.get(gone(browser, "/conectores"))
    again = market.browser()
    issuer.person["email"] = "otro-correo@correo.mx"
    again.get(gone(again))

    assert "Entrar con mi cuenta institucional" in offered
    assert first.location == "/conectores"
    assert browser.get("/conectores").status_code == 200
    assert "ana@correo.mx" in again.get("/cuenta/").text
    assert people(market) == [("ana@correo.mx", Role.CONTRIBUTOR)]
    assert {"state", "nonce", "code_challenge"} <= issuer.asked.keys()
    assert issuer.asked["code_challenge_method"] == "S256"


def test_an_account_is_linked_once_with_its_password(site, issuer) -> None:
    market = site()
    market.person("ana")
    browser = market.browser()

    asked = browser.get(gone(browser, "/conectores"))
    shut = browser.get("/conectores").status_code
    wrong = browser.post(LINK, data={"password": "otra cosa muy distinta"})
    before = identities(market)
    right = browser.post(LINK, data={"password": PASSWORD})
    later = market.browser()
    entered = later.get(gone(later, "/cuenta/"))

    assert (asked.location, shut) == (LINK, 302)
    assert (wrong.status_code, before) == (400, 0)
    assert "no coinciden" in wrong.text
    assert (right.location, entered.location) == ("/conectores", "/cuenta/")
    assert len(people(market)) == 1


def test_guessing_the_password_to_link_locks_the_account(site, issuer) -> None:
    market = site()
    market.person("ana")
    browser = market.browser()
    browser.get(gone(browser))
    for _ in range(5):
        browser.post(LINK, data={"password": "otra cosa muy distinta"})

    said = browser.post(LINK, data={"password": PASSWORD}).text

    assert "demasiados intentos" in said
    assert identities(market) == 0


def test_who_reviews_links_with_the_second_factor_and_gives_it_at_each_entry(
    site, issuer
) -> None:
    market = site(second_factor="1")
    market.person("ana", Role.REVIEWER)
    browser = market.browser()
    browser.get(gone(browser))
    without = browser.post(LINK, data={"password": PASSWORD})
    secret = pyotp.random_base32()
    with market.database.transaction() as session:
        session.get_one(User, 1).factor_secret = market.vault.seal(secret)

    page = browser.get(LINK).text
    wrong = browser.post(LINK, data={"password": PASSWORD, "code": "000000"})
    code = pyotp.TOTP(secret).now()
    right = browser.post(LINK, data={"password": PASSWORD, "code": code})
    later = market.browser()
    entered = later.get(gone(later))

    assert "active su segundo factor" in without.text
    assert "Código de su segundo factor" in page
    assert (wrong.status_code, right.status_code) == (400, 302)
    assert "/cuenta/segundo-factor" in entered.location
    assert later.get("/revision").status_code == 403


def test_who_signed_up_with_an_e_mail_of_another_gains_nothing(site, issuer) -> None:
    market = site()
    thief = market.browser()
    told = {"name": "Ladrón", "organization": "X", "password": PASSWORD}
    thief.post("/cuenta/crear", data={**told, "email": "ana@correo.mx"})
    browser = market.browser()

    entered = browser.get(gone(browser))
    refused = thief.post(
        "/cuenta/entrar", data={"email": "ana@correo.mx", "password": PASSWORD}
    )

    assert entered.location == "/"
    assert refused.status_code == 400
    assert len(people(market)) == 1


def test_what_does_not_hold_opens_nothing(site, issuer) -> None:
    market = site()
    unverified = "no confirma que el correo"
    failed = "No se pudo entrar"
    wrong = [
        ({"email_verified": False}, unverified),
        ({"email_verified": "true"}, unverified),
        ({"email": ""}, unverified),
        ({"nonce": "de-otra-vez"}, failed),
        ({"aud": "otro-sitio"}, failed),
        ({"iss": "https://otro.mx"}, failed),
        ({"exp": int(time.time()) - 3600}, failed),
    ]
    for lies, said in wrong:
        issuer.lies = lies
        browser = market.browser()
        answer = browser.get(gone(browser))
        assert answer.location == "/cuenta/entrar", lies
        assert said in browser.get(answer.location).text, lies
    issuer.lies, issuer.signs_with = {}, RSAKey.generate_key(2048)
    browser = market.browser()
    browser.get(gone(browser))

    assert browser.get("/cuenta/").status_code == 302
    assert people(market) == []


def test_an_entry_serves_the_browser_that_began_it_and_once(site, issuer) -> None:
    market = site()
    browser, victim = market.browser(), market.browser()
    back = gone(browser)

    stolen = victim.get(back)
    entered = browser.get(back)
    repeated = market.browser().get(back)

    assert (stolen.location, repeated.location) == ("/cuenta/entrar",) * 2
    assert entered.location == "/"
    assert victim.get("/cuenta/").status_code == 302


def test_it_leads_nowhere_but_here(site, issuer) -> None:
    market = site()
    browser = market.browser()

    entered = browser.get(gone(browser, "https://evil.mx/"))
    there = browser.get(BEGIN, headers={"X-Forwarded-Host": "evil.mx"}).location

    assert entered.location == "/"
    back = parse_qs(urlsplit(there).query)["redirect_uri"][0]
    assert back.startswith(market.config.public_url)


def test_the_session_of_before_is_not_the_one_of_after(site, issuer) -> None:
    market = site()
    browser = market.browser(market.person("beto"))

    browser.get(gone(browser))

    assert "ana@correo.mx" in browser.get("/cuenta/").text
    assert "beto" not in browser.get("/cuenta/").text


def test_a_deleted_account_is_not_opened_again_by_its_identity(site, issuer) -> None:
    market = site()
    with market.database.transaction() as session:
        market_user = market.person("beto")
        session.add(
            Identity(
                user_id=market_user.id,
                issuer=issuer.url,
                subject=ANA["sub"],
                created_at=market.clock(),
            )
        )
        session.get_one(User, market_user.id).deleted_at = market.clock()
    browser = market.browser()

    browser.get(gone(browser))

    assert "beto" not in browser.get("/cuenta/").text


def test_a_disabled_account_is_told_so_and_not_opened(site, issuer) -> None:
    market = site()
    browser = market.browser()
    browser.get(gone(browser))
    with market.database.transaction() as session:
        session.scalars(select(User)).one().disabled_at = market.clock()
    again = market.browser()

    answer = again.get(gone(again), follow_redirects=True)

    assert "Su cuenta está desactivada" in answer.text
    assert again.get("/cuenta/").status_code == 302


def test_it_is_off_unless_the_settings_say_all_of_it(market, tmp_path) -> None:
    page = market.browser().get("/cuenta/entrar").text
    given = {
        "PDN_MARKETPLACE_DATA": str(market.config.data),
        "PDN_MARKETPLACE_OIDC_ISSUER": "https://cuentas.gob.mx",
    }

    assert "institucional" not in page
    assert market.browser().get(BEGIN).status_code == 404
    for more in ({}, {"PDN_MARKETPLACE_OIDC_ISSUER": "http://cuentas.gob.mx"}):
        with pytest.raises(ConfigurationError, match="OIDC_ISSUER"):
            Config.load(given | more)


def test_without_the_other_site_people_still_enter_by_password(make_market) -> None:
    folder = make_market().config.data
    secret = folder / "secreto"
    secret.write_text(SECRET, encoding="utf-8")
    market = make_market(
        oidc_issuer="http://127.0.0.1:9",
        oidc_client_id=CLIENT,
        oidc_secret_file=str(secret),
    )
    browser = market.browser()

    answer = browser.get(BEGIN)

    assert answer.location == "/cuenta/entrar"
    assert "No se pudo entrar" in browser.get("/cuenta/entrar").text
    assert SECRET not in repr(market.config)
