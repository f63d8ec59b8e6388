"""Messages of the threads of a review: to whom, and only when their turn comes."""

from email import message_from_bytes
from email.header import decode_header, make_header

import pytest

from pdn_marketplace.accounts.models import User
from pdn_marketplace.security import Role
from pdn_marketplace.submissions.models import Submission


@pytest.fixture
def waiting(market, owner) -> tuple[int, int]:
    return market.in_review(owner)


def observed(browser, submission_id: int, text: str):
    return browser.post(f"/revision/{submission_id}/observar", data={"text": text})


def mails(market) -> list[tuple[str, str]]:
    """Give to whom each message of the site went, and about what, in order."""
    folder = market.config.data / "correo"
    found = [message_from_bytes(m.read_bytes()) for m in folder.glob("*.eml")]
    for message in folder.glob("*.eml"):
        message.unlink()
    subjects = [str(make_header(decode_header(m["Subject"]))) for m in found]
    return sorted(zip((m["To"] for m in found), subjects, strict=True))


def test_each_side_is_told_by_mail_when_its_turn_comes_and_not_before(
    market, owner, reviewer, waiting
) -> None:
    theirs, mine = market.browser(reviewer), market.browser(owner)
    seen = []
    number = observed(theirs, waiting[0], "Falta el periodo.").location.split("#o")[1]
    seen.append(mails(market))
    observed(theirs, waiting[0], "Y el año.")
    seen.append(mails(market))
    for browser, text in ((mine, "Va."), (mine, "De 2019."), (theirs, "¿Seguro?")):
        browser.post(f"/observaciones/{number}/responder", data={"text": text})
        seen.append(mails(market))

    to_owner, to_reviewer = "duena@correo.mx", "revisora@correo.mx"
    answered = "Respuesta sobre Conector de Ejemplo"
    assert seen == [
        [(to_owner, "Observación sobre Conector de Ejemplo")],
        [],
        [(to_reviewer, answered)],
        [],
        [(to_owner, answered)],
    ]


def test_each_is_told_in_their_language_and_who_left_is_not(
    market, owner, reviewer
) -> None:
    colleague, gone = market.person("colega"), market.person("ausente")
    number = market.shared(owner, colleague, left=gone)
    market.reads(colleague, "en")
    submission_id = market.submit(owner)
    with market.database.transaction() as session:
        session.get_one(Submission, submission_id).organisation_id = number
    market.sent(submission_id, owner)
    observed(market.browser(reviewer), submission_id, "Falta.")
    told = mails(market)
    with market.database.transaction() as session:
        session.get_one(User, reviewer.id).role = Role.CONTRIBUTOR
    market.browser(owner).post("/observaciones/1/responder", data={"text": "Ya"})

    assert told == [
        ("colega@correo.mx", "Observation on Conector de Ejemplo"),
        ("duena@correo.mx", "Observación sobre Conector de Ejemplo"),
    ]
    assert mails(market) == []


def test_a_reviewer_who_reads_english_is_answered_in_english(
    market, owner, reviewer, waiting
) -> None:
    market.reads(reviewer, "en")
    observed(market.browser(reviewer), waiting[0], "Falta.")
    mails(market)

    market.browser(owner).post("/observaciones/1/responder", data={"text": "Ya"})

    answered = "Answer on Conector de Ejemplo"
    assert mails(market) == [("revisora@correo.mx", answered)]


def test_a_server_that_takes_no_mail_loses_no_observation(make_market) -> None:
    market = make_market(smtp_url="smtp://127.0.0.1:9")
    owner = market.person("duena", organization="Municipio de Ejemplo")
    reviewer = market.person("revisora", Role.REVIEWER, "Secretaría Ejecutiva")
    number, _ = market.in_review(owner)

    answer = observed(market.browser(reviewer), number, "Falta el periodo.")
    page = market.browser(owner).get(answer.location).text

    assert answer.status_code == 302
    assert "Falta el periodo." in page
