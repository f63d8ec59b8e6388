"""Reviewing: the queue, the decisions, publishing, and who may not."""

import pytest

from pdn_marketplace.catalog import service as catalog
from pdn_marketplace.errors import NotFoundError
from pdn_marketplace.security import Role
from pdn_marketplace.submissions.models import Submission
from pdn_sdk.conformance.results import Outcome


def decided(browser, submission_id: int, run_id: int, decision: str, comment: str = ""):
    return browser.post(
        f"/conectores/{submission_id}/decision",
        data={"decision": decision, "comment": comment, "run_id": str(run_id)},
        follow_redirects=True,
    )


@pytest.fixture
def second(market):
    return market.person("segunda", Role.REVIEWER, "Secretaría Ejecutiva")


def test_two_reviewers_publish_a_connector_with_its_badge(
    market, owner, reviewer, second
) -> None:
    submission_id, run_id = market.in_review(owner)

    first = decided(market.browser(reviewer), submission_id, run_id, "approve")
    state_between = market.state(submission_id)
    last = decided(market.browser(second), submission_id, run_id, "approve")

    assert state_between == "in_review"
    assert "1 de 2" in first.text
    assert market.state(submission_id) == "published"
    visitor = market.browser()
    page = visitor.get("/recursos/conector-de-ejemplo").text
    badge = visitor.get("/api/v1/resources/conector-de-ejemplo/badge.svg")
    assert "Ver su página en el catálogo" in last.text
    assert "Conforme" in page
    assert "/api/v1/resources/conector-de-ejemplo/badge.svg" in page
    assert badge.mimetype == "image/svg+xml"
    assert "PDN S2 1.1: conforme" in badge.text


def test_one_reviewer_cannot_approve_twice(market, owner, reviewer) -> None:
    submission_id, run_id = market.in_review(owner)
    browser = market.browser(reviewer)

    decided(browser, submission_id, run_id, "approve")
    again = decided(browser, submission_id, run_id, "approve")

    assert "Usted ya lo aprobó" in again.text
    assert market.state(submission_id) == "in_review"


def test_a_site_may_ask_for_one_reviewer(make_market) -> None:
    market = make_market(approvals="1")
    reviewer = market.person("revisora", Role.REVIEWER, "SESNA")
    submission_id, run_id = market.in_review(market.person("duena"))

    decided(market.browser(reviewer), submission_id, run_id, "approve")

    assert market.state(submission_id) == "published"


def test_nobody_reviews_their_own(market) -> None:
    reviewer = market.person("revisora", Role.REVIEWER, "Uno")
    submission_id, run_id = market.in_review(reviewer)

    answer = decided(market.browser(reviewer), submission_id, run_id, "approve")

    assert "debe revisarlo otra persona" in answer.text
    assert market.state(submission_id) == "in_review"


@pytest.mark.parametrize("spelling", ["Municipio de Ejemplo", "MUNICIPIO DE  EJEMPLO"])
def test_nobody_reviews_what_is_of_their_institution(
    market, owner, spelling: str
) -> None:
    colleague = market.person("colega", Role.REVIEWER, spelling)
    submission_id, run_id = market.in_review(owner)

    answer = decided(market.browser(colleague), submission_id, run_id, "approve")

    assert "debe revisarlo otra persona" in answer.text
    assert market.state(submission_id) == "in_review"


def test_changes_are_asked_for_corrected_and_sent_again(
    market, owner, reviewer, form
) -> None:
    submission_id, run_id = market.in_review(owner)
    decided(
        market.browser(reviewer),
        submission_id,
        run_id,
        "request_changes",
        "Falta decir a quién sirve.",
    )
    browser = market.browser(owner)
    page = browser.get(f"/conectores/{submission_id}").text
    blank = {"client_secret": "", "password": ""}
    browser.post(
        f"/conectores/{submission_id}/editar",
        data=form(description="Sirve a…", **blank),
    )
    browser.post(f"/conectores/{submission_id}/enviar")

    assert "Falta decir a quién sirve." in page
    assert market.state(submission_id) == "in_review"


def test_approvals_of_an_earlier_round_do_not_count(
    market, owner, reviewer, second, form
) -> None:
    submission_id, run_id = market.in_review(owner)
    decided(market.browser(reviewer), submission_id, run_id, "approve")
    decided(market.browser(second), submission_id, run_id, "request_changes", "Falta.")
    browser = market.browser(owner)
    blank = {"client_secret": "", "password": ""}
    browser.post(f"/conectores/{submission_id}/editar", data=form(**blank))
    browser.post(f"/conectores/{submission_id}/enviar")

    decided(market.browser(second), submission_id, run_id, "approve")

    assert market.state(submission_id) == "in_review"


@pytest.mark.parametrize("decision", ["request_changes", "reject", "comment"])
def test_a_reason_is_due_for_anything_but_an_approval(
    market, owner, reviewer, decision: str
) -> None:
    submission_id, run_id = market.in_review(owner)

    answer = decided(market.browser(reviewer), submission_id, run_id, decision, "  ")

    assert answer.status_code == 400
    assert "Escriba qué debe saber" in answer.text
    assert market.state(submission_id) == "in_review"


def test_what_is_rejected_stays_so(market, owner, reviewer) -> None:
    submission_id, run_id = market.in_review(owner)

    decided(market.browser(reviewer), submission_id, run_id, "reject", "No es una API.")

    browser = market.browser(owner)
    assert "No es una API." in browser.get(f"/conectores/{submission_id}").text
    assert browser.post(f"/conectores/{submission_id}/enviar").status_code == 409
    assert market.state(submission_id) == "rejected"


def test_only_a_conformant_connector_is_approved(
    market, owner, reviewer, reports
) -> None:
    made_report, made_result = reports
    submission_id = market.submit(owner)
    failing = made_report(made_result("PAG-02", Outcome.FAIL))
    run_id = market.tested(submission_id, owner, failing)
    market.browser(owner).post(f"/conectores/{submission_id}/enviar")

    answer = decided(market.browser(reviewer), submission_id, run_id, "approve")

    assert "Sólo se aprueba un conector conforme" in answer.text
    assert market.state(submission_id) == "in_review"


def test_nobody_approves_a_run_that_is_not_the_last(
    market, owner, reviewer, reports
) -> None:
    made_report, _ = reports
    submission_id, run_id = market.in_review(owner)
    market.tested(submission_id, owner, made_report())

    answer = decided(market.browser(reviewer), submission_id, run_id, "approve")

    assert "terminó otra prueba" in answer.text


def test_the_queue_goes_by_age_and_is_narrowed_by_verdict(
    market, owner, reviewer, reports
) -> None:
    made_report, made_result = reports
    market.in_review(owner, name="Primero")
    failing_id = market.submit(owner, name="Segundo")
    market.tested(failing_id, owner, made_report(made_result("PAG-02", Outcome.FAIL)))
    market.browser(owner).post(f"/conectores/{failing_id}/enviar")
    browser = market.browser(reviewer)

    page = browser.get("/revision").text
    narrowed = browser.get("/revision?veredicto=non_conformant&sistema=s2").text

    assert page.index("Primero") < page.index("Segundo")
    assert "2 conectores esperan" in page
    assert "Segundo" in narrowed
    assert "Primero" not in narrowed


def published(market, owner) -> tuple[int, int]:
    submission_id, run_id = market.in_review(owner)
    for name in ("una", "dos"):
        person = market.person(name, Role.REVIEWER, "SESNA")
        decided(market.browser(person), submission_id, run_id, "approve")
    assert market.state(submission_id) == "published"
    return submission_id, run_id


def test_the_evidence_of_a_listed_connector_is_public(market, owner) -> None:
    _, run_id = published(market, owner)

    visitor = market.browser()

    assert visitor.get(f"/pruebas/{run_id}").status_code == 200
    assert visitor.get(f"/api/v1/runs/{run_id}/report.json").json["verdict"]
    assert visitor.get("/conectores/1").status_code == 302


def test_a_later_run_brings_the_listing_up_to_date(market, owner, reports) -> None:
    made_report, made_result = reports
    submission_id, first = published(market, owner)
    failing = made_report(made_result("PAG-02", Outcome.FAIL))

    later = market.tested(submission_id, owner, failing)

    visitor = market.browser()
    badge = visitor.get("/api/v1/resources/conector-de-ejemplo/badge.svg").text
    assert "no conforme" in badge
    assert visitor.get(f"/pruebas/{later}").status_code == 200
    assert visitor.get(f"/pruebas/{first}").status_code == 404


def test_a_run_that_reached_nobody_leaves_the_listing_alone(
    market, owner, reports
) -> None:
    made_report, made_result = reports
    submission_id, _ = published(market, owner)

    market.tested(
        submission_id, owner, made_report(made_result("PAG-02", Outcome.ERROR))
    )

    badge = market.browser().get("/api/v1/resources/conector-de-ejemplo/badge.svg").text
    assert "conforme" in badge
    assert "no conforme" not in badge


def test_withdrawing_takes_it_off_the_catalogue(market, owner) -> None:
    submission_id, run_id = published(market, owner)

    market.browser(owner).post(f"/conectores/{submission_id}/retirar")

    visitor = market.browser()
    assert visitor.get("/recursos/conector-de-ejemplo").status_code == 404
    assert visitor.get(f"/pruebas/{run_id}").status_code == 404
    assert (
        visitor.get("/api/v1/resources/conector-de-ejemplo/badge.svg").status_code
        == 404
    )


def test_two_connectors_of_one_name_get_different_short_names(market, owner) -> None:
    published(market, owner)
    submission_id, run_id = market.in_review(owner)
    for name in ("tres", "cuatro"):
        person = market.person(name, Role.REVIEWER, "SESNA")
        decided(market.browser(person), submission_id, run_id, "approve")

    with market.database.transaction() as session:
        assert session.get_one(Submission, submission_id).slug.endswith("ejemplo-2")
        assert catalog.resource(session, "conector-de-ejemplo")
        with pytest.raises(NotFoundError):
            catalog.resource(session, "conector-de-ejemplo-3")


@pytest.mark.parametrize("name", ["Ñandú ✨ «S2»", "✨✨", "a" * 120, "../../x"])
def test_any_name_gives_a_short_name_for_an_address(make_market, name: str) -> None:
    market = make_market(approvals="1")
    reviewer = market.person("revisora", Role.REVIEWER, "SESNA")
    submission_id, run_id = market.in_review(market.person("duena"), name=name)

    decided(market.browser(reviewer), submission_id, run_id, "approve")

    with market.database.transaction() as session:
        slug = session.get_one(Submission, submission_id).slug
    assert market.browser().get(f"/recursos/{slug}").status_code == 200
    assert slug.isascii()
    assert len(slug) <= 60


def test_the_backends_get_the_listed_apis_without_their_secrets(
    make_market, reviewer
) -> None:
    market = make_market(approvals="1")
    owner = market.person("otra-duena", organization="Villa")
    submission_id, run_id = market.in_review(owner)
    browser = market.browser(reviewer)
    browser.post(
        f"/conectores/{submission_id}/decision",
        data={"decision": "approve", "run_id": str(run_id)},
    )

    answer = browser.get("/export/endpoints.json")

    assert answer.json[0]["url"] == "https://api.ejemplo.gob.mx/v1/spic"
    assert answer.json[0]["token_url"] == "https://api.ejemplo.gob.mx/oauth/token"
    assert "el-secreto-del-cliente" not in answer.text
    assert answer.json[0]["password"] is None


def test_only_reviewers_get_the_list_for_the_backends(market, owner) -> None:
    assert market.browser(owner).get("/export/endpoints.json").status_code == 403
    assert market.browser().get("/api/v1/export/endpoints.json").status_code == 401
