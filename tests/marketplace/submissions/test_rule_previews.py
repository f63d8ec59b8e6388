"""Previews of other rules: complete, made by the worker, and never half written."""

import csv
import io
import os
import re
import signal
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.country import command

from pdn_marketplace.administration import retention
from pdn_marketplace.administration.rules import impact, previews
from pdn_marketplace.administration.rules.jobs import Previewer
from pdn_marketplace.administration.rules.models import Change, Preview
from pdn_marketplace.security import Role
from pdn_marketplace.submissions import audit, jobs
from pdn_marketplace.submissions import service as submissions
from pdn_marketplace.submissions.models import AuditEntry, Run, StoredReport, Submission
from pdn_sdk.conformance.results import Outcome
from pdn_sdk.standards import loader
from pdn_sdk.standards.model import Level

AT = "/administracion/reglas"
SOFTER = {"estandar": "s2", "perfil": "pdn", "recomendar": "S2-023"}


@pytest.fixture
def browser(market):
    return market.browser(market.person("admin", Role.ADMINISTRATOR))


@pytest.fixture
def previewer(market) -> Previewer:
    return Previewer(market.worker())


@pytest.fixture
def failing(reports):
    """A report that S2-023 alone condemns."""
    made_report, made_result = reports
    passed = replace(made_result(), requirement_ids=("S2-001",))
    return made_report(passed, made_result("PAG-02", Outcome.FAIL))


@pytest.fixture
def judged(market, owner, reports, failing) -> int:
    """A connector in review that fails S2-023, one that passes, one without a run."""
    made_report, made_result = reports
    passed = replace(made_result(), requirement_ids=("S2-001",))
    number = market.submit(owner, name="=Falla en uno")
    market.sent(number, owner, failing)
    market.sent(market.submit(owner, name="Cumple todo"), owner, made_report(passed))
    _, run_id = market.in_review(owner, name="Sin evidencia")
    with market.database.transaction() as session:
        session.delete(session.get_one(StoredReport, run_id))
    return number


def copies(market, number: int, how_many: int) -> None:
    """Add as many connectors as that, each with the evidence of one there is."""
    with market.database.transaction() as session:
        submission = session.get_one(Submission, number)
        run = submissions.current_run(session, submission)
        packed = session.get_one(StoredReport, run.id).packed
        for turn in range(how_many):
            made = copied(submission, name=f"Copia {turn:03}")
            session.add(made)
            session.flush()
            tested = copied(run, submission_id=made.id)
            session.add(tested)
            session.flush()
            session.add(StoredReport(run_id=tested.id, packed=packed))


def copied(row, **changes: object):
    columns = {column.key for column in type(row).__table__.columns} - {"id"}
    return type(row)(**{key: getattr(row, key) for key in columns} | changes)


def asked(browser, **form: str) -> str:
    """Ask for a preview; give where its page is."""
    answer = browser.post(AT, data=SOFTER | form)
    assert answer.status_code == 302
    return answer.location


def finish(previewer: Previewer) -> None:
    while previewer.make_next():
        pass


def actions(market) -> list[str]:
    with market.database.transaction() as session:
        assert audit.verify(session).broken_at is None
        lines = select(AuditEntry.action).where(AuditEntry.object.like("preview:%"))
        return list(session.scalars(lines.order_by(AuditEntry.id)))


def test_a_preview_says_who_would_change_verdict_and_why(
    market, browser, previewer, judged
) -> None:
    at = asked(browser)
    waiting = browser.get(at).text
    finish(previewer)
    page = browser.get(at).text

    row = re.search(r"<tr>\s*<td><a [^>]+>=Falla en uno.+?</tr>", page, re.S).group(0)
    assert "Es la número 1 de la fila." in waiting
    assert "1 conector cambiaría de veredicto" in page
    assert "de 2 con evidencia" in page
    assert "De 1 más no hay" in page
    assert "No conforme" in row
    assert "PAG-02" in row
    assert "Cumple todo" not in page
    assert "1 conector cambiaría" in browser.get(AT).text
    assert market.state(judged) == "in_review"
    assert actions(market) == ["preview_ask", "preview_finished"]


def test_the_same_rules_change_nobody(browser, previewer, judged) -> None:
    at = asked(browser, recomendar="")
    finish(previewer)

    assert "Nadie cambiaría de veredicto" in browser.get(at).text
    assert "Quién cambiaría" not in browser.get(at).text


def test_everybody_is_judged_however_many_there_are(
    market, browser, previewer, judged
) -> None:
    many = 2 * previews.STEP + 20
    copies(market, judged, many)
    at = asked(browser)
    previewer.make_next()
    half = browser.get(at).text
    told = browser.get(f"{at}/avance").json
    finish(previewer)

    seen, page = [], browser.get(at).text
    assert f"{many + 1} conectores cambiarían de veredicto" in page
    while following := re.search(r'rel="next" href="([^"]+)"', page):
        seen += re.findall(r">(=Falla en uno|Copia \d+)</a>", page)
        page = browser.get(following.group(1)).text
    seen += re.findall(r">(=Falla en uno|Copia \d+)</a>", page)
    rows = list(csv.reader(io.StringIO(browser.get(f"{at}.csv").text)))

    assert f"Van 50 de {many + 3} conectores." in half
    assert '<meta http-equiv="refresh"' in half
    assert (told["done"], told["total"], told["is_over"]) == (50, many + 3, False)
    assert len(seen) == len(set(seen)) == many + 1
    assert [row[0] for row in rows[1:]] == ["'=Falla en uno", *seen[1:]]
    assert rows[1][6] == "PAG-02 (S2-023: recomendado)"


def test_a_worker_that_dies_in_a_step_leaves_it_to_another(
    market, browser, previewer, judged
) -> None:
    copies(market, judged, 2 * previews.STEP)
    at = asked(browser)
    previewer.make_next()
    with market.database.transaction() as session:
        slow = previews.claim(session, market.clock())
        found = previews.next_evidence(session, slow)
    assert not previewer.make_next()
    market.clock.tick(seconds=previews.DEAD_AFTER.total_seconds() + 1)
    stalled = browser.get(f"{at}/avance").json["said"]
    previewer.make_next()
    with market.database.transaction() as session:
        # It was not dead, but slow: what it found is another's already.
        late = [previews.Judged(number, run and run.id) for number, run in found]
        previews.keep(session, slow, late, market.clock())
    finish(previewer)
    with market.database.transaction() as session:
        told = session.scalars(select(Change.submission_id)).all()

    assert "dejó de responder" in stalled
    assert "101 conectores cambiarían" in browser.get(at).text
    assert "de 102 con evidencia" in browser.get(at).text
    assert len(told) == len(set(told)) == 2 * previews.STEP + 1
    assert actions(market) == ["preview_ask", "preview_finished"]


def test_what_kills_every_worker_is_closed_and_says_so(
    market, browser, previewer, judged
) -> None:
    at = asked(browser)
    for _ in range(previews.MAX_ATTEMPTS):
        with market.database.transaction() as session:
            assert previews.claim(session, market.clock()) is not None
        market.clock.tick(seconds=previews.DEAD_AFTER.total_seconds() + 1)
    finish(previewer)

    assert "Se interrumpió varias veces por una falla nuestra" in browser.get(at).text
    assert actions(market) == ["preview_ask", "preview_interrupted"]


def test_rules_that_changed_meanwhile_are_never_mixed(
    market, browser, previewer, judged
) -> None:
    at = asked(browser)
    with market.database.transaction() as session:
        session.get_one(Preview, 1).ruleset = "otras"
    finish(previewer)

    assert "las reglas instaladas cambiaron" in browser.get(at).text
    assert actions(market) == ["preview_ask", "preview_failed"]


def test_evidence_that_cannot_be_read_is_told_as_none(
    market, browser, previewer, judged
) -> None:
    with market.database.transaction() as session:
        run = session.scalars(select(Run).where(Run.submission_id == judged)).one()
        run_id = run.id
        stored = session.get_one(StoredReport, run_id)
        stored.packed = b"x\x9c\xab\xae\x05\x00\x01u\x00\xf9"
    at = asked(browser)
    finish(previewer)

    assert "De 2 más no hay" in browser.get(at).text


def test_asking_wakes_the_worker(make_market) -> None:
    market = make_market()
    market.in_review(market.person("duena"))
    browser = market.browser(market.person("admin", Role.ADMINISTRATOR))
    process = command("worker", {"PDN_MARKETPLACE_DATA": str(market.config.data)})
    try:
        # The first may be found by the worker as it starts; the second is told to it.
        ends = [followed(browser, asked(browser)) for _ in range(2)]
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    assert ends == ["Terminada", "Terminada"]


def followed(browser, at: str) -> str:
    """Wait for the end of a preview; give what is said of it."""
    for _ in range(300):
        told = browser.get(f"{at}/avance").json
        if told["is_over"]:
            break
        threading.Event().wait(0.1)
    return told["said"]


def test_the_rest_has_its_turn_between_two_steps(
    market, browser, previewer, judged
) -> None:
    seen = []
    other = market.person("otra")
    number = market.submit(other, name="Llegó después")
    with market.database.transaction() as session:
        # Refused at once: what counts is when its run ends, not how.
        session.get_one(Submission, number).base_url = "http://127.0.0.1:9"
    copies(market, judged, 2 * previews.STEP)
    asked(browser)

    def step() -> bool:
        made = previewer.make_next()
        if not seen:
            asked_run = market.browser(other).post(f"/conectores/{number}/pruebas")
            assert asked_run.status_code == 302
        return made

    def watch() -> None:
        with market.database.transaction() as session:
            seen.append(session.get_one(Preview, 1).done)

    jobs.take_turns(market.worker().drain, [step], watch)
    with market.database.transaction() as session:
        about = AuditEntry.object.in_((f"submission:{number}", "preview:1"))
        lines = select(AuditEntry.action).where(about).order_by(AuditEntry.id)
        told = session.scalars(lines).all()

    assert seen[:2] == [previews.STEP, 2 * previews.STEP]
    assert told.index("run_finish") < told.index("preview_finished")


def test_the_line_has_an_end(browser, judged) -> None:
    for _ in range(previews.MOST_WAITING):
        asked(browser)

    page = browser.post(AT, data=SOFTER, follow_redirects=True).text

    assert "Ya hay 5 vistas previas en la fila" in page


def test_rules_that_there_are_not_are_refused(market, browser) -> None:
    wrong = (
        {"estandar": "s9"},
        {"perfil": "x"},
        {"exigir": "S1-001"},
        {"exigir": "S2-023"},
    )

    answers = [browser.post(AT, data=SOFTER | each) for each in wrong]

    assert [answer.status_code for answer in answers] == [400] * 4
    assert all(s.title in answers[0].text for s in loader.all_standards())
    assert "S2-023 está en las dos listas" in answers[3].text
    assert actions(market) == []


def test_a_preview_needs_the_token_of_forms(market, browser) -> None:
    market.app.config["WTF_CSRF_ENABLED"] = True

    assert browser.post(AT, data=SOFTER).status_code == 400
    assert browser.get(f"{AT}/vistas/1").status_code == 404


def test_old_previews_go_with_the_evidence(market, browser, previewer, judged) -> None:
    asked(browser)
    finish(previewer)
    admin = market.person("otra", Role.ADMINISTRATOR)
    later = market.clock() + timedelta(days=3_000)

    with market.database.transaction() as session:
        gone = retention.delete_old(session, admin, later, market.config.data)
        left = session.scalars(select(Change)).all()

    assert {h.key: h.count for h in gone}["previews"] == 1
    assert left == []
    assert "Todavía no se ha pedido ninguna" in market.browser(admin).get(AT).text


def test_what_only_warned_condemns_when_it_binds(reports) -> None:
    _report, made_result = reports
    warned = made_result(outcome=Outcome.WARN)
    advice = replace(warned, level=Level.SHOULD)

    assert impact.reweighed(advice, Level.MUST).outcome is Outcome.FAIL
    assert impact.reweighed(warned, Level.MUST).outcome is Outcome.WARN
    assert impact.reweighed(advice, Level.MAY).outcome is Outcome.WARN
