"""A new password by e-mail: who gets it, once, and what an open session cannot do."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import select

from pdn_marketplace.accounts.models import Identity, User
from pdn_marketplace.accounts.recovery import links
from pdn_marketplace.security import Role

ASK = "/cuenta/contrasena/olvidada"
PASSWORD = "cuatro palabras nada parecidas"
NEW = "siete jirafas cruzan el puente"


def mails(market) -> list:
    """Give the messages of the site and forget them, in order of their subject."""
    found = []
    for file in sorted((market.config.data / "correo").glob("*.eml")):
        found.append(message_from_bytes(file.read_bytes(), policy=default))
        file.unlink()
    return sorted(found, key=lambda m: m["Subject"])


def link_to(market, email: str, browser=None) -> str:
    (browser or market.browser()).post(ASK, data={"email": email})
    (mail,) = mails(market)
    assert mail["To"] == email
    return re.search(r"http\S+?(/cuenta/contrasena/nueva/\S+)", mail.get_content())[1]


@pytest.fixture
def born_elsewhere(market):
    """Somebody who entered with an institution's account and has no password."""
    person = market.person("ana")
    with market.database.transaction() as session:
        session.get_one(User, person.id).password_hash = "nobody knows it"
        session.add(
            Identity(
                user_id=person.id,
                issuer="https://cuentas.gob.mx",
                subject="1",
                created_at=market.clock(),
            )
        )
    return person


def entered_elsewhere(market, person):
    """Give the browser where that person is, as the way back from there leaves it."""
    hashed = market.person("prestada")
    with market.database.transaction() as session:
        user = session.get_one(User, person.id)
        borrowed = session.get_one(User, hashed.id).password_hash
        kept, user.password_hash = user.password_hash, borrowed
    browser = market.browser(person)
    with market.database.transaction() as session:
        session.get_one(User, person.id).password_hash = kept
    return browser


def test_the_link_serves_once_and_puts_everybody_out(market, owner) -> None:
    inside = market.browser(owner)
    path = link_to(market, owner.email)
    first = market.browser().post(path, data={"password": NEW})
    again = market.browser().post(path, data={"password": PASSWORD + " otra"})
    entered = market.browser().post(
        "/cuenta/entrar", data={"email": owner.email, "password": NEW}
    )

    assert (first.status_code, again.status_code) == (302, 404)
    assert first.headers["Referrer-Policy"] == "no-referrer"
    assert inside.get("/cuenta/").status_code == 302
    assert entered.location == "/"
    assert [m["Subject"] for m in mails(market)] == [
        "La contraseña de su cuenta cambió"
    ]


def test_an_old_a_foreign_or_a_weak_one_changes_nothing(
    market, owner, monkeypatch
) -> None:
    path = link_to(market, owner.email)
    visitor = market.browser()
    weak = visitor.post(path, data={"password": "duena duena duena"})
    forged = visitor.post(path[:-2] + "xx", data={"password": NEW})
    monkeypatch.setattr(links, "LIFETIME", timedelta(seconds=-1))
    old = visitor.post(path, data={"password": NEW})

    assert (weak.status_code, forged.status_code, old.status_code) == (400, 404, 404)
    assert market.browser(owner).get("/cuenta/").status_code == 200


def test_the_page_says_the_same_of_every_e_mail(market, owner) -> None:
    known, unknown = owner.email, "nadie@correo.mx"
    pages = []
    for email in (known, unknown):
        browser = market.browser()
        browser.post(ASK, data={"email": email})
        page = browser.get("/cuenta/entrar").text
        pages.append(re.sub(r'value="[^"]+"', "", page.replace(email, "")))

    assert pages[0] == pages[1]
    assert [m["To"] for m in mails(market)] == [unknown, known]


def test_who_was_born_elsewhere_puts_a_password_and_then_leaves(
    market, born_elsewhere
) -> None:
    browser = entered_elsewhere(market, born_elsewhere)
    unlink, delete = "/cuenta/identidades/1/quitar", "/cuenta/eliminar"
    guesses = [
        browser.post(path, data={"password": word, "is_meant": "y"}).status_code
        for path in (unlink, delete)
        for word in ("", "nobody knows it", PASSWORD)
    ]
    path = link_to(market, born_elsewhere.email, browser)
    browser.post(path, data={"password": NEW})
    login = {"email": born_elsewhere.email, "password": NEW}
    browser.post("/cuenta/entrar", data=login)
    shown = browser.get("/cuenta/").text
    gone = browser.post(unlink, data={"password": NEW})
    left = browser.post(delete, data={"password": NEW, "is_meant": "y"})

    assert set(guesses) == {400}
    assert "https://cuentas.gob.mx" in shown
    assert (gone.status_code, left.status_code) == (302, 302)
    with market.database.transaction() as session:
        assert session.scalars(select(Identity)).all() == []
        assert session.get_one(User, born_elsewhere.id).deleted_at is not None


def test_nobody_lets_go_of_the_identity_of_another(market, born_elsewhere) -> None:
    thief = market.browser(market.person("ladron"))

    answer = thief.post("/cuenta/identidades/1/quitar", data={"password": PASSWORD})

    assert answer.status_code == 404
    with market.database.transaction() as session:
        assert len(session.scalars(select(Identity)).all()) == 1


def test_each_gets_messages_in_the_language_of_the_account(market, owner) -> None:
    reviewer = market.person("revisora", Role.REVIEWER, "Secretaría Ejecutiva")
    number, _run = market.in_review(owner)
    mine, theirs = market.browser(owner), market.browser(reviewer)
    profile = {"name": "Dueña", "organization": "Municipio", "language": "en"}
    mine.post("/cuenta/datos", data=profile)

    theirs.post(f"/revision/{number}/observar", data={"text": "Falta el periodo."})
    told = mails(market)
    mine.post("/observaciones/1/responder", data={"text": "Va."})
    told += mails(market)

    assert [(m["To"], m["Subject"]) for m in told] == [
        ("duena@correo.mx", "Observation on Conector de Ejemplo"),
        ("revisora@correo.mx", "Respuesta sobre Conector de Ejemplo"),
    ]
    assert "To see it:" in told[0].get_content()
    fresh = market.browser(owner)
    assert '<html lang="en"' in fresh.get("/cuenta/").text
    fresh.post("/idioma", data={"idioma": "es"})
    with market.database.transaction() as session:
        assert session.get_one(User, owner.id).language == "es"


def test_a_text_of_the_threads_is_the_administrators(market, owner) -> None:
    admin = market.browser(market.person("admin", Role.ADMINISTRATOR))
    reviewer = market.person("revisora", Role.REVIEWER, "Secretaría Ejecutiva")
    number, _run = market.in_review(owner)
    written = {"subject": "Atienda {conector}", "body": "Aquí:\n{enlace}"}
    admin.post("/administracion/correos/observed/es", data=written)

    market.browser(reviewer).post(
        f"/revision/{number}/observar", data={"text": "Falta el periodo."}
    )

    (mail,) = mails(market)
    assert mail["Subject"] == "Atienda Conector de Ejemplo"
    assert mail.get_content().startswith("Aquí:\nhttp")
