"""What opens an account besides its password: the second factor and API tokens."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pyotp
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from pdn_marketplace.accounts import factor, service
from pdn_marketplace.accounts.models import ApiToken, FailedSignIns, User
from pdn_marketplace.app import create_app
from pdn_marketplace.cli import group
from pdn_marketplace.config import Config
from pdn_marketplace.errors import SignInError
from pdn_marketplace.security import Role, Vault

from .conftest import NOW, PASSWORD, PEOPLE, Browser

REVIEWER = PEOPLE[Role.REVIEWER]
ANA = PEOPLE[Role.CONTRIBUTOR]
FACTOR = "/cuenta/segundo-factor"
TOKENS = "/cuenta/tokens"
CONNECTOR = {
    "name": "API de Ejemplo",
    "abstract": "Publica contrataciones.",
    "description": "Datos de prueba.",
    "institution": "Municipio de Ejemplo",
    "maintainer": "Informática",
    "standard": "s2",
    "environment": "development",
    "base_url": "http://127.0.0.1:9",
    "contact_email": "ti@ejemplo.gob.mx",
}


@pytest.fixture
def strict(environ):
    """A site that asks for the second factor, as they do by default."""
    site = create_app(Config.load(environ | {"PDN_MARKETPLACE_SECOND_FACTOR": "1"}))
    yield site
    site.extensions["pdn_database"].close()


@pytest.fixture
def reviewer(strict):
    """A browser of a reviewer who gave only the password."""
    browser = Browser(strict.test_client())
    assert FACTOR in browser.sign_in(REVIEWER).location
    return browser


@pytest.fixture
def issued(signed_in):
    """Make a token with those scopes, and give what sends it."""

    def make(role, *scopes):
        browser = signed_in(role)
        page = browser.send(
            TOKENS, {"name": "CI", "scopes": list(scopes), "days": "30"}, page=TOKENS
        ).get_data(as_text=True)
        token = re.search(r"pdnm_[\w-]+", page).group(0)
        return {"Authorization": f"Bearer {token}"}

    return make


def activated(browser):
    """Activate a second factor as an app does; give its secret."""
    page = browser.get(FACTOR).get_data(as_text=True)
    secret = re.search(r'proof-code">([A-Z2-7 ]+)<', page).group(1).replace(" ", "")
    answer = browser.send(FACTOR, {"code": pyotp.TOTP(secret).now()}, page=FACTOR)
    assert answer.status_code == 302
    return secret


def next_code(secret):
    """Give the code of the next half minute: this one's was used."""
    return pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30))


def test_with_the_password_alone_a_reviewer_does_not_review(reviewer):
    assert reviewer.get("/revision").status_code == 403
    assert "Falta su segundo factor" in reviewer.get("/").get_data(as_text=True)


def test_with_the_code_a_reviewer_reviews(reviewer):
    activated(reviewer)

    assert reviewer.get("/revision").status_code == 200


def test_the_next_time_only_the_code_is_asked_for(strict, reviewer):
    secret = activated(reviewer)
    later = Browser(strict.test_client())
    later.sign_in(REVIEWER)
    page = later.get(FACTOR).get_data(as_text=True)

    later.send(FACTOR, {"code": next_code(secret)}, page=FACTOR)

    assert "<img" not in page
    assert secret[:8] not in page.replace(" ", "")
    assert later.get("/revision").status_code == 200


def test_a_code_serves_once(strict, reviewer):
    secret = activated(reviewer)
    used = pyotp.TOTP(secret).now()
    thief = Browser(strict.test_client())
    thief.sign_in(REVIEWER)

    answer = thief.send(FACTOR, {"code": used}, page=FACTOR)

    assert answer.status_code == 400
    assert thief.get("/revision").status_code == 403


def test_codes_cannot_be_guessed_one_after_another(reviewer, strict):
    activated(reviewer)
    thief = Browser(strict.test_client())
    thief.sign_in(REVIEWER)
    for _ in range(5):
        thief.send(FACTOR, {"code": "000000"}, page=FACTOR)

    said = thief.send(FACTOR, {"code": "000000"}, page=FACTOR).get_data(as_text=True)

    assert "demasiados intentos con códigos" in said


def letters_to(environ, email):
    folder = Path(environ["PDN_MARKETPLACE_DATA"]) / "correo"
    read = [
        message_from_bytes(f.read_bytes(), policy=default) for f in folder.iterdir()
    ]
    return [m["Subject"] for m in read if m["To"] == email]


def test_a_right_password_forgets_no_wrong_code_and_the_owner_is_told_once(
    reviewer, strict, environ
):
    secret = activated(reviewer)
    for _ in range(5):
        thief = Browser(strict.test_client())
        thief.sign_in(REVIEWER)
        thief.send(FACTOR, {"code": "000000"}, page=FACTOR)

    said = thief.send(FACTOR, {"code": next_code(secret)}, page=FACTOR)

    assert "quedaron en pausa" in said.get_data(as_text=True)
    assert thief.get("/revision").status_code == 403
    told = letters_to(environ, REVIEWER)
    assert told == ["Alguien intenta entrar a su cuenta del Mercado Digital"]


def test_each_pause_is_twice_the_one_before_and_a_right_code_ends_them(
    database, config
):
    secret, vault = factor.new_secret(), Vault(config.fernet_keys)
    now, waited = NOW, []
    with database.transaction() as session:
        user = session.scalars(select(User).where(User.email == REVIEWER)).one()
        user.factor_secret = vault.seal(secret)
        account = service.open_account(session, now, user, "")
        for _ in range(2):
            for _ in range(factor.MAX_FAILURES):
                with pytest.raises(SignInError):
                    factor.give(session, now, account, code="0", vault=vault)
            waited.append(factor.paused_minutes(session, now, REVIEWER))
            now += timedelta(minutes=waited[-1])
        factor.give(session, now, account, code=pyotp.TOTP(secret).at(now), vault=vault)
        after = session.get(FailedSignIns, factor._counter(REVIEWER))

    assert (waited, after) == ([15, 30], None)


def test_who_contributes_is_not_asked_for_it(strict):
    browser = Browser(strict.test_client())

    assert browser.sign_in(ANA).location == "/"
    assert browser.get("/conectores").status_code == 200


def test_the_secret_is_sealed_in_the_database(reviewer, strict):
    secret = activated(reviewer)
    with strict.extensions["pdn_database"].transaction() as session:
        kept = session.scalar(select(User.factor_secret).where(User.email == REVIEWER))

    assert kept
    assert secret not in kept


def test_a_lost_phone_is_replaced_from_the_command_line(reviewer, environ):
    activated(reviewer)

    done = CliRunner().invoke(group, ["user", "reset-factor", REVIEWER], env=environ)

    assert done.exit_code == 0, done.output
    assert reviewer.get("/revision").status_code == 403
    activated(reviewer)


def test_a_phone_whose_clock_is_half_a_minute_off_still_serves(database, config):
    secret = factor.new_secret()
    with database.transaction() as session:
        account = service.sign_in(
            session, NOW, email=REVIEWER, password=PASSWORD, browser=""
        )
        early = pyotp.TOTP(secret).at(NOW - timedelta(seconds=30))
        vault = Vault(config.fernet_keys)
        factor.activate(session, NOW, account, secret=secret, code=early, vault=vault)


def test_a_program_submits_with_its_token_and_no_cookie(app, issued):
    headers = issued(Role.CONTRIBUTOR, "submit", "read")
    program = app.test_client()

    made = program.post("/api/v1/connectors", json=CONNECTOR, headers=headers)
    run = program.post(
        f"/api/v1/connectors/{made.get_json()['id']}/runs", headers=headers
    )
    told = program.get(f"/api/v1/runs/{run.get_json()['id']}", headers=headers)

    assert (made.status_code, run.status_code, told.status_code) == (201, 202, 200)


def test_a_token_does_only_what_its_scopes_say(app, issued):
    headers = issued(Role.CONTRIBUTOR, "read")

    answer = app.test_client().post(
        "/api/v1/connectors", json=CONNECTOR, headers=headers
    )

    assert answer.status_code == 403
    assert "submit" in answer.get_json()["message"]


def test_a_token_opens_no_page_of_the_site(app, issued):
    headers = issued(Role.CONTRIBUTOR, "read", "submit")

    answer = app.test_client().get("/cuenta/", headers=headers)

    assert "/cuenta/entrar" in answer.location


def test_a_bad_token_never_borrows_the_session(signed_in):
    browser = signed_in(Role.CONTRIBUTOR)

    answer = browser.post(
        "/api/v1/connectors",
        json=CONNECTOR,
        headers={"Authorization": "Bearer pdnm_falso"},
    )

    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["connectors", "connectors/1/runs"])
def test_a_program_that_forgot_its_token_is_told(app, path):
    app.config["WTF_CSRF_ENABLED"] = True

    answer = app.test_client().post(f"/api/v1/{path}", json=CONNECTOR)

    assert answer.status_code == 401
    assert "Authorization: Bearer" in answer.json["message"]


def test_a_session_still_needs_the_token_of_forms(signed_in):
    browser = signed_in(Role.CONTRIBUTOR)

    assert browser.post("/api/v1/connectors", json=CONNECTOR).status_code == 400


def test_a_revoked_token_opens_nothing(app, issued, signed_in):
    headers = issued(Role.CONTRIBUTOR, "submit")
    signed_in(Role.CONTRIBUTOR).send(f"{TOKENS}/1/revocar", page=TOKENS)

    answer = app.test_client().post(
        "/api/v1/connectors", json=CONNECTOR, headers=headers
    )

    assert answer.status_code == 401


def test_nobody_revokes_the_token_of_another(app, issued, signed_in):
    headers = issued(Role.CONTRIBUTOR, "submit")
    refused = signed_in(Role.REVIEWER).send(f"{TOKENS}/1/revocar", page=TOKENS)

    answer = app.test_client().post(
        "/api/v1/connectors", json=CONNECTOR, headers=headers
    )

    assert refused.status_code == 404
    assert answer.status_code == 201


def test_an_expired_token_opens_nothing(app, issued, database):
    headers = issued(Role.CONTRIBUTOR, "submit")
    with database.transaction() as session:
        session.get_one(ApiToken, 1).expires_at = NOW

    answer = app.test_client().post(
        "/api/v1/connectors", json=CONNECTOR, headers=headers
    )

    assert answer.status_code == 401


def test_the_scope_of_review_is_for_reviewers(app, issued, signed_in):
    refused = signed_in(Role.CONTRIBUTOR).send(
        TOKENS, {"name": "x", "scopes": "review", "days": "30"}, page=TOKENS
    )
    program = app.test_client()
    full = issued(Role.REVIEWER, "review")
    narrow = issued(Role.REVIEWER, "read")

    assert refused.status_code == 400
    assert program.get("/export/endpoints.json", headers=full).status_code == 200
    assert program.get("/export/endpoints.json", headers=narrow).status_code == 403


def test_a_token_is_shown_once_and_kept_as_a_hash(signed_in, issued, database):
    headers = issued(Role.CONTRIBUTOR, "read")
    token = headers["Authorization"].removeprefix("Bearer ")

    page = signed_in(Role.CONTRIBUTOR).get(TOKENS).get_data(as_text=True)
    with database.transaction() as session:
        kept = session.get_one(ApiToken, 1)

    assert "CI" in page
    assert token not in page
    assert token not in (kept.token_hash, kept.name, kept.scopes)
