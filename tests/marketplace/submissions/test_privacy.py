"""A copy of one's data, the deletion of an account, and one's sessions."""

import re

import pytest
from sqlalchemy import text

from pdn_marketplace.organisations import service as organisations
from pdn_marketplace.organisations.models import Seat
from pdn_marketplace.security import Role
from pdn_marketplace.submissions import audit

PASSWORD = "cuatro palabras nada parecidas"
DELETE = "/cuenta/eliminar"


def deleted(browser, password: str = PASSWORD, **changes):
    return browser.post(DELETE, data={"password": password, "is_meant": "y", **changes})


def everything(market) -> str:
    """Give all that the database holds, as text."""
    with market.database.transaction() as session:
        tables = session.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'table'")
        ).all()
        return " ".join(
            str(session.execute(text(f'SELECT * FROM "{t}"')).all()) for t in tables
        )


def test_a_copy_has_what_is_mine_and_no_secret(market, owner) -> None:
    other = market.person("otra")
    market.submit(owner)
    market.submit(other, name="Ajeno")

    copy = market.browser(owner).get("/cuenta/datos.json")

    assert copy.json["account"]["email"] == "duena@correo.mx"
    assert copy.json["connectors"][0]["name"] == "Conector de Ejemplo"
    assert [line["action"] for line in copy.json["history"]] == ["create"]
    assert "Ajeno" not in copy.text
    for secret in ("argon2", "el-secreto", "gAAAA", "token_hash", "factor_secret"):
        assert secret not in copy.text


def test_a_deleted_account_leaves_no_name_anywhere(market, owner) -> None:
    market.submit(owner, contact_email="duena@correo.mx", maintainer="Un área")
    browser = market.browser(owner)

    answer = deleted(browser)

    left = everything(market)
    assert answer.status_code == 302
    assert "duena" not in left.lower()
    assert "gAAAA" not in left, "no sealed secret stays"
    assert browser.get("/cuenta/").status_code == 302


def test_a_deleted_account_opens_nothing(market, owner) -> None:
    deleted(market.browser(owner))

    answer = market.browser().post(
        "/cuenta/entrar", data={"email": "duena@correo.mx", "password": PASSWORD}
    )

    assert answer.status_code == 400


def test_the_log_still_holds_after_a_deletion(market, owner, reviewer) -> None:
    submission_id, run_id = market.in_review(owner)
    browser = market.browser(reviewer)
    browser.post(
        f"/conectores/{submission_id}/decision",
        data={"decision": "comment", "comment": "Va bien.", "run_id": str(run_id)},
    )

    deleted(browser)

    with market.database.transaction() as session:
        assert audit.verify(session).broken_at is None
    page = market.browser(owner).get(f"/conectores/{submission_id}").text
    assert "Cuenta eliminada" in page
    assert "Va bien." in page


@pytest.mark.parametrize(
    "changes", [{"password": "otra cosa distinta"}, {"is_meant": ""}]
)
def test_it_takes_the_password_and_a_word(market, owner, changes) -> None:
    browser = market.browser(owner)

    assert deleted(browser, **changes).status_code == 400
    assert browser.get("/cuenta/").status_code == 200


def test_who_leaves_others_without_a_manager_names_one_before(market, owner) -> None:
    colleague = market.person("colega")
    with market.database.transaction() as session:
        made = organisations.create(session, owner, "Tesorería", market.clock())
        token = organisations.invite(
            session,
            made,
            owner,
            email=colleague.email,
            seat=Seat.MEMBER,
            now=market.clock(),
        )
        organisations.accept(session, token, colleague, market.clock())
    browser = market.browser(owner)

    answer = deleted(browser)

    assert answer.status_code == 400
    assert "única persona responsable de Tesorería" in answer.text
    assert browser.get("/cuenta/").status_code == 200


def test_a_site_keeps_somebody_who_administers_it(market) -> None:
    person = market.person("administra", Role.ADMINISTRATOR)

    assert "única persona que administra" in deleted(market.browser(person)).text


def test_one_session_is_closed_and_the_others_stay(market, owner) -> None:
    here, lost = market.browser(owner), market.browser(owner)
    address = re.search(r"/cuenta/sesiones/\w{16}/cerrar", here.get("/cuenta/").text)

    here.post(address.group(0))

    assert lost.get("/cuenta/").status_code == 302
    assert here.get("/cuenta/").status_code == 200


def test_nobody_closes_the_session_of_another(market, owner) -> None:
    victim, thief = market.browser(owner), market.browser(market.person("ladron"))
    market.browser(owner)
    page = victim.get("/cuenta/").text
    address = re.search(r"/cuenta/sesiones/\w{16}/cerrar", page).group(0)

    assert thief.post(address).status_code == 404
