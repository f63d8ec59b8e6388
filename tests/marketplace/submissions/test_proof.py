"""Proof: codes, signatures, what a verdict is worth today, the notice in PDF."""

import base64
import io
import re
import secrets
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from pypdf import PdfReader
from sqlalchemy import text

from pdn_marketplace.cli import group
from pdn_marketplace.security import Role, Signer
from pdn_marketplace.submissions.models import Run, Seal
from pdn_marketplace.submissions.proof import seals
from pdn_sdk.conformance.results import Outcome


@pytest.fixture
def tested(market, owner, reports):
    """A run with a verdict, its code, and the submission it is about."""
    made_report, made_result = reports
    submission_id = market.submit(owner)
    run_id = market.tested(
        submission_id,
        owner,
        made_report(made_result(), made_result("PAG-02", Outcome.FAIL)),
    )
    return run_id, code_of(market, run_id), submission_id


def code_of(market, run_id: int) -> str:
    with market.database.transaction() as session:
        return seals.grouped(session.get_one(Seal, run_id).code)


def test_anybody_with_the_code_sees_the_verdict_and_no_evidence(market, tested) -> None:
    _, code, _ = tested

    page = market.browser().get(f"/verify/{code}").text

    assert "Auténtico y vigente" in page
    assert "No conforme" in page
    assert "Conector de Ejemplo" in page
    assert "Llegaron 4 registros" not in page


@pytest.mark.parametrize("written", [str.lower, lambda c: c.replace("-", " ")])
def test_a_code_is_understood_however_it_is_written(market, tested, written) -> None:
    _, code, _ = tested

    answer = market.browser().get(
        "/verify", query_string={"codigo": written(code)}, follow_redirects=True
    )

    assert "Auténtico y vigente" in answer.text


def test_letters_taken_for_digits_are_read_as_digits() -> None:
    assert seals.normal("7oki-9ql2-4t8w") == "70K19Q124T8W"


def test_a_code_that_was_never_given_is_told_so(market, tested) -> None:
    answer = market.browser().get("/verify/0000-0000-0000")

    assert answer.status_code == 404
    assert "no ha dado ese código" in answer.text


def test_a_later_verdict_takes_its_place(market, owner, tested, reports) -> None:
    _, code, submission_id = tested
    market.tested(submission_id, owner, reports[0]())

    assert standing(market, code) == "superseded"


def test_after_ninety_days_it_has_expired(market, tested) -> None:
    run_id, code, _ = tested
    with market.database.transaction() as session:
        session.get_one(Run, run_id).finished_at = datetime.now(UTC) - timedelta(91)

    assert standing(market, code) == "expired"


def test_a_statement_changed_in_the_database_is_found_out(market, tested) -> None:
    _, code, _ = tested
    tampered(market, "run_seals", "statement = replace(statement, 'non_', '')")

    assert standing(market, code) == "altered"
    assert "No es confiable" in market.browser().get(f"/verify/{code}").text


def test_a_report_changed_in_the_database_is_found_out(market, tested) -> None:
    _, code, _ = tested
    tampered(market, "run_reports", f"packed = x'{zlib.compress(b'{}').hex()}'")

    assert standing(market, code) == "altered"


def test_a_key_that_was_replaced_still_verifies(market, tested) -> None:
    old = market.config.signing_keys
    statement = b"{}"
    signature, key = Signer(old).sign(statement)
    rotated = Signer((new_key(), *old))

    assert rotated.holds(statement, signature, key)
    assert rotated.sign(statement)[1] != key


def test_it_is_checked_without_the_site(market, owner, tested, tmp_path) -> None:
    files = kept(market, owner, tested, tmp_path)

    done = CliRunner().invoke(group, ["verify", *files])

    assert done.exit_code == 0, done.output
    assert "Auténtico" in done.output


@pytest.mark.parametrize("changed", ["constancia.json", "reporte.json"])
def test_one_changed_byte_is_found_out_without_the_site(
    market, owner, tested, tmp_path, changed: str
) -> None:
    files = kept(market, owner, tested, tmp_path)
    path = tmp_path / changed
    path.write_bytes(path.read_bytes().replace(b"S2", b"S3").replace(b"s2", b"s3"))

    done = CliRunner().invoke(group, ["verify", *files])

    assert done.exit_code == 1
    assert "No es auténtico" in done.output


def test_keys_of_another_site_prove_nothing(market, owner, tested, tmp_path) -> None:
    files = kept(market, owner, tested, tmp_path)
    (tmp_path / "keys.pem").write_text(Signer((new_key(),)).published())

    assert CliRunner().invoke(group, ["verify", *files]).exit_code == 1


def test_a_file_that_is_no_statement_is_refused_in_words(tmp_path) -> None:
    (tmp_path / "x").write_text("hola")

    done = CliRunner().invoke(
        group, ["verify", str(tmp_path / "x"), "--keys", str(tmp_path / "x")]
    )

    assert done.exit_code == 2
    assert "no es lo que se esperaba" in done.output


def test_the_certificate_says_the_verdict_the_findings_and_the_code(
    market, owner, tested
) -> None:
    run_id, code, _ = tested

    said_there = notice_of(market, owner, run_id)

    for said in ("No conforme", "Conector de Ejemplo", "Corte la página", code):
        assert said in said_there


def test_what_a_stranger_wrote_is_never_markup_of_the_certificate(
    market, owner, reports
) -> None:
    made_report, made_result = reports
    submission_id = market.submit(owner, name='<img src="x"/> & <b>Ñandú</b> 🦩')
    report = made_report(
        made_result("PAG-02", Outcome.FAIL, message="</para><a href='x'>z" + "w" * 900)
    )

    said_there = notice_of(market, owner, market.tested(submission_id, owner, report))

    assert '<img src="x"/> & <b>Ñandú</b>' in said_there
    assert "</para>" in said_there


def test_the_certificate_is_the_same_whenever_it_is_asked_for(
    market, owner, tested
) -> None:
    path = f"/api/v1/runs/{tested[0]}/constancia.pdf"
    browser = market.browser(owner)

    assert browser.get(path).data == browser.get(path).data


def test_the_papers_of_somebody_else_are_not_given(market, tested) -> None:
    other = market.person("otra")

    for paper in ("report", "constancia"):
        answer = market.browser(other).get(f"/api/v1/runs/{tested[0]}/{paper}.pdf")
        assert answer.status_code == 404


def test_the_acta_has_the_shape_of_the_test_plan(market, owner, tested) -> None:
    said_there = notice_of(market, owner, tested[0], "report")

    assert "Municipio de Ejemplo" in said_there
    assert "PAG-02" in said_there


def test_two_runs_are_compared_and_each_change_has_its_cause(
    market, owner, tested, reports
) -> None:
    made_report, made_result = reports
    later = market.tested(
        tested[2], owner, made_report(made_result(), made_result("PAG-02"))
    )

    page = market.browser(owner).get(f"/pruebas/{later}/comparar").text

    assert "1 prueba cambió, y ninguna falla por primera vez." in page
    assert "Cambió la API" in page
    assert "PAG-02" in page


def test_the_first_run_has_nothing_to_be_compared_with(market, owner, tested) -> None:
    answer = market.browser(owner).get(f"/pruebas/{tested[0]}/comparar")

    assert answer.status_code == 404


def test_runs_of_two_standards_are_not_compared(market, owner, tested, reports) -> None:
    other = replace(reports[0](), standard={"key": "s6", "version": "1"})
    later = market.tested(tested[2], owner, other)

    answer = market.browser(owner).get(f"/pruebas/{later}/comparar")

    assert answer.status_code == 409
    assert "estándares distintos" in answer.text


def test_a_visitor_cannot_reach_an_earlier_run_by_comparing(
    make_market, reports
) -> None:
    market = make_market(approvals="1")
    owner = market.person("duena")
    submission_id, _ = market.in_review(owner)
    later = market.tested(submission_id, owner, reports[0]())
    market.browser(market.person("juez", Role.REVIEWER)).post(
        f"/conectores/{submission_id}/decision",
        data={"decision": "approve", "run_id": str(later)},
    )

    visitor = market.browser()

    assert visitor.get(f"/pruebas/{later}").status_code == 200
    assert visitor.get(f"/pruebas/{later}/comparar").status_code == 404


def standing(market, code: str) -> str:
    status: str = market.browser().get(f"/api/v1/verify/{code}").json["status"]
    return status


def kept(market, owner, tested, folder) -> list[str]:
    """Download what a person would keep; give it as the command takes it."""
    run_id, code, _ = tested
    browser = market.browser(owner)
    for name, path in {
        "constancia.json": f"/verify/{code}/constancia.json",
        "reporte.json": f"/api/v1/runs/{run_id}/report.json",
        "keys.pem": "/verify/keys.pem",
    }.items():
        (folder / name).write_bytes(browser.get(path).data)
    return [
        str(folder / "constancia.json"),
        "--report",
        str(folder / "reporte.json"),
        "--keys",
        str(folder / "keys.pem"),
    ]


def notice_of(market, owner, run_id: int, paper: str = "constancia") -> str:
    answer = market.browser(owner).get(f"/api/v1/runs/{run_id}/{paper}.pdf")
    assert answer.status_code == 200, answer.text
    pages = PdfReader(io.BytesIO(answer.data)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def tampered(market, table: str, change: str) -> None:
    """Change a row behind the site's back."""
    with market.database.transaction() as session:
        session.execute(text(f"UPDATE {table} SET {change}"))


def new_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
