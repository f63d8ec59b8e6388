"""The review bench: queue, observations, delegation, texts, papers and times."""

import base64
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pypdf import PdfReader
from sqlalchemy import event

from pdn_marketplace.security import Role
from pdn_marketplace.submissions import audit
from pdn_marketplace.submissions.models import Submission
from pdn_sdk.conformance.results import Outcome

ATTACK = "<script>alert(1)</script><b>&{{7*7}}"


@pytest.fixture
def waiting(market, owner) -> tuple[int, int]:
    return market.in_review(owner)


@pytest.fixture
def administrator(market):
    return market.person("administra", Role.ADMINISTRATOR, "Secretaría Ejecutiva")


def decided(browser, at, decision: str, comment: str = ""):
    return browser.post(
        f"/conectores/{at[0]}/decision",
        data={"decision": decision, "comment": comment, "run_id": str(at[1])},
        follow_redirects=True,
    )


def observed(browser, submission_id: int, text: str, check_id: str = ""):
    return browser.post(
        f"/revision/{submission_id}/observar",
        data={"check_id": check_id, "text": text},
        follow_redirects=True,
    )


def history(market, submission_id: int) -> list[str]:
    with market.database.transaction() as session:
        return [e.action for e in audit.entries(session, f"submission:{submission_id}")]


# The queue


def test_the_queue_says_the_risk_and_orders_by_it(market, owner, reviewer) -> None:
    market.in_review(owner, name="Sin peligro", repository_url="https://git.mx/a")
    market.in_review(owner, name="De cuidado", environment="production")

    def order(query: str) -> list[str]:
        page = market.browser(reviewer).get(f"/revision{query}").text
        return re.findall(r'/revision/\d+">([^<]+)<', page)

    assert order("") == ["Sin peligro", "De cuidado"]
    assert order("?orden=riesgo") == ["De cuidado", "Sin peligro"]
    assert order("?riesgo=medio") == ["De cuidado"]
    assert order("?sistema=s1") == []


@pytest.mark.parametrize(
    ("environment", "outcome", "level"),
    [
        ("development", Outcome.PASS, "Riesgo bajo"),
        ("production", Outcome.PASS, "Riesgo medio"),
        ("production", Outcome.FAIL, "Riesgo alto"),
    ],
)
def test_risk_follows_what_was_found(market, reports, environment, outcome, level):
    made_report, made_result = reports
    owner = market.person("duena")
    reviewer = market.person("revisora", Role.REVIEWER, "Secretaría Ejecutiva")
    submission_id = market.submit(owner, environment=environment)
    market.sent(submission_id, owner, made_report(made_result(outcome=outcome)))

    assert level in market.browser(reviewer).get(f"/revision/{submission_id}").text


def test_the_bench_has_the_evidence_beside_the_requirement(
    market, owner, reviewer, reports
) -> None:
    made_report, made_result = reports
    submission_id = market.submit(owner)
    market.sent(submission_id, owner, made_report(made_result(outcome=Outcome.FAIL)))

    page = market.browser(reviewer).get(f"/revision/{submission_id}").text
    pair = page.partition('class="bench-pair"')[2].partition("</article>")[0]

    assert "S2-023" in pair
    assert "Llegaron 4 registros de 3." in pair
    assert "POST https://x.mx" in pair


def test_a_draft_is_not_in_the_bench(market, owner, reviewer, administrator) -> None:
    submission_id = market.submit(owner)

    for person in (reviewer, administrator):
        answer = market.browser(person).get(f"/revision/{submission_id}")
        assert answer.status_code == 404


# Observations


def test_an_observation_is_answered_and_closed(
    market, owner, reviewer, waiting
) -> None:
    theirs, mine = market.browser(reviewer), market.browser(owner)

    page = observed(theirs, waiting[0], "Falta el periodo.", "PAG-01").text
    number = re.search(r'id="o(\d+)"', page).group(1)
    answered = mine.post(
        f"/observaciones/{number}/responder",
        data={"text": "Va de 2019 a 2026."},
        follow_redirects=True,
    ).text
    closed = theirs.post(f"/observaciones/{number}/cerrar", follow_redirects=True).text

    assert (
        "Falta el periodo." in mine.get(f"/conectores/{waiting[0]}/observaciones").text
    )
    assert "Va de 2019 a 2026." in answered
    assert "Todas están cerradas." in closed
    assert history(market, waiting[0])[-3:] == ["observe", "reply", "observation_close"]


def test_nothing_is_approved_with_open_observations(market, reviewer, waiting) -> None:
    browser = market.browser(reviewer)
    observed(browser, waiting[0], "Falta el periodo.")

    page = decided(browser, waiting, "approve").text

    assert "Queda 1 observación abierta" in page
    assert "0 de 2" in page


def test_a_closed_observation_takes_no_answer(market, owner, reviewer, waiting) -> None:
    browser = market.browser(reviewer)
    observed(browser, waiting[0], "Falta.")
    browser.post("/observaciones/1/cerrar")

    late = market.browser(owner).post("/observaciones/1/responder", data={"text": "Ya"})

    assert late.status_code == 409


def test_the_contributor_neither_observes_nor_closes(
    market, owner, reviewer, waiting
) -> None:
    observed(market.browser(reviewer), waiting[0], "Falta.")
    browser = market.browser(owner)

    assert observed(browser, waiting[0], "Nada").status_code == 403
    assert browser.post("/observaciones/1/cerrar").status_code == 403


def test_who_may_not_review_writes_nothing_in_the_bench(market, owner, waiting) -> None:
    colleague = market.person("colega", Role.REVIEWER, "Municipio de Ejemplo")
    browser = market.browser(colleague)
    at = f"/revision/{waiting[0]}"

    answers = [
        observed(browser, waiting[0], "Todo bien."),
        browser.get(f"{at}/observar"),
        browser.post(f"{at}/pasar", data={"to": str(colleague.id)}),
        browser.get(f"{at}/oficio"),
        browser.post(f"{at}/oficio", data={"body": "x"}),
        decided(browser, waiting, "approve"),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert "debe revisarlo otra persona" in browser.get(at).text
    assert history(market, waiting[0])[-1] == "send"


def test_a_stranger_sees_no_thread(market, owner, reviewer, waiting) -> None:
    observed(market.browser(reviewer), waiting[0], "Falta.")
    browser = market.browser(market.person("extrana"))

    answers = [
        browser.get(f"/conectores/{waiting[0]}/observaciones"),
        browser.get(f"/conectores/{waiting[0]}/documentos"),
        browser.post("/observaciones/1/responder", data={"text": "Hola"}),
    ]

    assert {answer.status_code for answer in answers} == {404}


# Delegation


def test_a_review_is_passed_to_another_and_told(market, reviewer, waiting) -> None:
    other = market.person("segunda", Role.REVIEWER, "Secretaría Ejecutiva")
    at = f"/revision/{waiting[0]}"

    market.browser(reviewer).post(
        f"{at}/pasar", data={"to": str(other.id), "reason": "Salgo de vacaciones"}
    )

    (message,) = (market.config.data / "correo").iterdir()
    told = message.read_text(encoding="utf-8")
    queue = market.browser(other)
    assert "To: segunda@correo.mx" in told
    assert "Salgo de vacaciones" in told
    assert "Conector de Ejemplo" in queue.get("/revision?de=mia").text
    assert "Conector de Ejemplo" not in queue.get("/revision?de=libre").text
    assert history(market, waiting[0])[-1] == "delegate"


@pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.REVIEWER])
def test_a_review_is_not_passed_to_who_may_not_have_it(
    market, reviewer, waiting, role
) -> None:
    other = market.person("pariente", role, "Municipio de Ejemplo")

    answer = market.browser(reviewer).post(
        f"/revision/{waiting[0]}/pasar", data={"to": str(other.id)}
    )

    assert answer.status_code == 400
    assert "no puede revisar este conector" in answer.text


# Texts


def test_administrators_change_the_texts_that_reviewers_start_from(
    market, reviewer, administrator, waiting
) -> None:
    browser = market.browser(administrator)
    browser.post(
        "/revision/textos/dec-cambios",
        data={"title": "T", "kind": "decision", "body": "A {conector}: {pendientes}"},
    )
    bench = f"/revision/{waiting[0]}?texto=dec-cambios"

    changed = market.browser(reviewer).get(bench).text
    browser.post("/revision/textos/dec-cambios/restaurar")
    restored = market.browser(reviewer).get(bench).text

    assert "A Conector de Ejemplo: 0</textarea>" in changed
    assert "todavía no puede publicarse" in restored


def test_a_gap_that_nothing_fills_is_refused(market, administrator) -> None:
    answer = market.browser(administrator).post(
        "/revision/textos/nuevo",
        data={"title": "T", "kind": "notice", "body": "{password}"},
    )

    assert answer.status_code == 400
    assert "Nada llena" in answer.text


def test_a_text_of_ones_own_is_used_and_deleted(market, administrator, waiting) -> None:
    browser = market.browser(administrator)
    browser.post(
        "/revision/textos/nuevo",
        data={"title": "Mi texto", "kind": "observation", "body": "Aclare {sistema}."},
    )
    key = re.search(r"propio-\w+", browser.get("/revision/textos").text).group(0)

    page = browser.get(f"/revision/{waiting[0]}/observar?texto={key}").text
    browser.post(f"/revision/textos/{key}/restaurar")

    assert "Aclare S2." in page
    assert browser.get(f"/revision/textos/{key}").status_code == 404


# Papers


@pytest.fixture
def issued(market, reviewer, waiting):
    """Issue a notice with that text, and give its PDF and what was signed."""

    def issue(kind: str = "oficio", **texts: str):
        browser = market.browser(reviewer)
        form = {"recipient": "Dirección", "subject": "Asunto", "body": "Texto."}
        answer = browser.post(f"/revision/{waiting[0]}/{kind}", data={**form, **texts})
        assert answer.status_code == 302, answer.text
        number = re.findall(
            r"/documentos/(\d+)\.pdf", browser.get(answer.location).text
        )[0]
        pdf = browser.get(f"/documentos/{number}.pdf").data
        signed = browser.get(f"/documentos/{number}.json").json
        pages = PdfReader(io.BytesIO(pdf)).pages
        return " ".join(p.extract_text() for p in pages), signed

    return issue


def test_a_notice_says_what_was_observed(market, reviewer, waiting, issued) -> None:
    observed(market.browser(reviewer), waiting[0], "Falta el periodo.", "PAG-01")

    told, _ = issued(body="Se solicita atenderlas.")

    assert "Oficio de observaciones" in told
    assert re.search(r"OF-20\d\d-000001", told)
    assert "Se solicita atenderlas." in told
    assert "PAG-01 · pendiente" in told
    assert "Falta el periodo." in told


def test_papers_are_numbered_one_after_another(issued) -> None:
    folios = [re.search(r"OF-\d+-(\d+)", issued()[0]).group(1) for _ in range(2)]

    assert folios == ["000001", "000002"]


def test_a_paper_is_checked_without_the_site(market, issued) -> None:
    _, signed = issued()
    public = load_pem_public_key(market.browser().get("/verify/keys.pem").data)

    public.verify(base64.b64decode(signed["signature"]), signed["statement"].encode())
    assert json.loads(signed["statement"])["connector"] == "Conector de Ejemplo"


def test_what_strangers_write_is_never_markup_on_a_paper(
    market, owner, reviewer, form, issued
) -> None:
    with market.database.transaction() as session:
        session.get_one(Submission, 1).name = ATTACK
    observed(market.browser(reviewer), 1, ATTACK)

    told, _ = issued(recipient=ATTACK, subject=ATTACK, body=ATTACK)

    assert told.replace("\n", "").count("<script>alert(1)</script><b>&{{7*7}}") >= 4


def test_what_people_write_in_the_bench_is_never_markup(
    market, owner, reviewer, administrator, waiting
) -> None:
    browser = market.browser(administrator)
    with market.database.transaction() as session:
        session.get_one(Submission, 1).name = ATTACK
    observed(market.browser(reviewer), 1, ATTACK)
    market.browser(owner).post("/observaciones/1/responder", data={"text": ATTACK})
    browser.post(
        "/revision/textos/obs-ficha",
        data={
            "title": ATTACK,
            "kind": "observation",
            "body": ATTACK.partition("{{")[0],
        },
    )
    browser.post("/revision/1/pasar", data={"to": str(reviewer.id), "reason": ATTACK})
    paper = {"recipient": ATTACK, "subject": ATTACK, "body": "Texto."}
    browser.post("/revision/1/oficio", data=paper)

    pages = [
        "/revision",
        "/revision/1",
        "/revision/1/observar",
        "/revision/1/oficio",
        "/conectores/1/observaciones",
        "/conectores/1/documentos",
        "/revision/textos",
        "/revision/textos/obs-ficha",
    ]

    for path in pages:
        text = browser.get(path).text
        assert "alert(1)" in text, path
        assert "<script>alert" not in text, path
        assert "<b>&49" not in text, path


def test_an_opinion_waits_for_the_decision(market, reviewer, waiting, issued) -> None:
    other = market.person("segunda", Role.REVIEWER, "Secretaría Ejecutiva")
    early = market.browser(reviewer).get(f"/revision/{waiting[0]}/dictamen")
    for person in (reviewer, other):
        decided(market.browser(person), waiting, "approve")

    told, _ = issued("dictamen")

    assert early.status_code == 409
    assert "aprobado y publicado" in told
    assert "Revisora aprobó" in told
    assert "Segunda aprobó" in told


def test_the_owner_downloads_the_papers_of_theirs(market, owner, issued) -> None:
    issued()
    stranger = market.browser(market.person("extrana"))

    assert market.browser(owner).get("/documentos/1.pdf").status_code == 200
    assert stranger.get("/documentos/1.pdf").status_code == 404
    assert stranger.get("/documentos/1.json").status_code == 404


# Times


def test_times_are_told_by_stage_and_as_a_table(market, owner, reviewer) -> None:
    other = market.person("segunda", Role.REVIEWER, "Secretaría Ejecutiva")
    submission_id, run_id = market.in_review(owner)
    with market.database.transaction() as session:
        sent = audit.entries(session, f"submission:{submission_id}")[-1]
        market.clock.at = sent.at
    for person in (reviewer, other):
        decided(market.browser(person), (submission_id, run_id), "approve")

    browser = market.browser(reviewer)
    table = browser.get("/revision/tiempos.csv").text.splitlines()

    assert table[0] == "etapa,casos,mediana_dias,p90_dias"
    assert [line.split(",")[:2] for line in table[1:]] == [
        ["preparacion", "1"],
        ["espera", "1"],
        ["correccion", "0"],
        ["acuerdo", "1"],
        ["total", "1"],
    ]
    assert "Nueve de cada diez" in browser.get("/revision/tiempos?dias=90").text


def test_the_median_and_the_ninetieth_are_times_that_did_occur(market) -> None:
    from pdn_marketplace.reviews import times

    now = market.clock()
    with market.database.transaction() as session:
        for number, days in enumerate([1, 2, 3, 4, 5, 6, 7, 8, 9, 40]):
            for action, at in (("send", now), ("publish", now + timedelta(days=days))):
                audit.record(
                    session,
                    actor="sistema",
                    action=action,
                    subject=f"submission:{number}",
                    now=at,
                )
        whole = times.measured(session)[-1]

    assert (whole.cases, whole.median_days, whole.p90_days) == (10, 5.5, 9)


# Who gets in

BENCH = [
    ("GET", "/revision", Role.REVIEWER),
    ("GET", "/revision/tiempos", Role.REVIEWER),
    ("GET", "/revision/tiempos.csv", Role.REVIEWER),
    ("GET", "/revision/1", Role.REVIEWER),
    ("GET", "/revision/1/observar", Role.REVIEWER),
    ("POST", "/revision/1/observar", Role.REVIEWER),
    ("POST", "/revision/1/pasar", Role.REVIEWER),
    ("GET", "/revision/1/oficio", Role.REVIEWER),
    ("POST", "/revision/1/dictamen", Role.REVIEWER),
    ("POST", "/conectores/1/decision", Role.REVIEWER),
    ("POST", "/observaciones/1/cerrar", Role.REVIEWER),
    ("POST", "/observaciones/1/responder", Role.CONTRIBUTOR),
    ("GET", "/conectores/1/observaciones", Role.CONTRIBUTOR),
    ("GET", "/conectores/1/documentos", Role.CONTRIBUTOR),
    ("GET", "/documentos/1.pdf", Role.CONTRIBUTOR),
    ("GET", "/documentos/1.json", Role.CONTRIBUTOR),
    ("GET", "/revision/textos", Role.ADMINISTRATOR),
    ("GET", "/revision/textos/nuevo", Role.ADMINISTRATOR),
    ("GET", "/revision/textos/oficio", Role.ADMINISTRATOR),
    ("POST", "/revision/textos/oficio/restaurar", Role.ADMINISTRATOR),
]


@pytest.mark.parametrize("role", [None, *Role])
def test_each_role_reaches_its_part_of_the_bench(market, role) -> None:
    browser = market.browser(market.person("alguien", role) if role else None)

    for method, path, needed in BENCH:
        answer = browser.open(path, method=method)
        refused = answer.status_code in (302, 403) and (
            "/cuenta/entrar" in (answer.location or "")
            or "no tiene permiso" in answer.text
        )
        assert refused is not (role is not None and role.reaches(needed)), path
        assert answer.status_code < 500


def test_the_matrix_names_every_route_of_the_bench(market) -> None:
    ours = ("reviews", "papers", "texts")
    rules = market.app.url_map.iter_rules()
    urls = market.app.url_map.bind("localhost")

    named = {urls.match(path, method=method)[0] for method, path, _ in BENCH}

    assert {r.endpoint for r in rules if r.endpoint.partition(".")[0] in ours} == named


def test_a_long_queue_is_shown_a_page_at_a_time(
    market, owner, reviewer, monkeypatch
) -> None:
    monkeypatch.setattr("pdn_marketplace.reviews.queue.PAGE_ROWS", 2)
    for n in range(3):
        market.in_review(owner, name=f"Conector {n}", base_url=f"https://a{n}.gob.mx")
    browser = market.browser(reviewer)

    first = browser.get("/revision?sistema=s2").text
    last = browser.get("/revision?sistema=s2&desde=2").text

    assert "3 conectores esperan revisión" in first
    assert "/revision?sistema=s2&amp;desde=2" in first
    assert ["Conector 2" in page for page in (first, last)] == [False, True]
    assert "Ver los siguientes" not in last


# How much is asked of the database


@contextmanager
def asked(market) -> Iterator[list[str]]:
    """Give the statements that the database is sent, as they come."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        sent.append(statement)

    event.listen(market.database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(market.database.engine, "before_cursor_execute", note)


def test_pages_ask_no_more_of_a_fuller_site(market, reports, owner, reviewer) -> None:
    made_report, _ = reports
    first, run = market.in_review(owner)
    theirs, bench = market.browser(owner), market.browser(reviewer)
    pages = [
        *((theirs, path) for path in ("/conectores", f"/conectores/{first}")),
        *((bench, path) for path in ("/revision", f"/revision/{first}")),
        *((bench, path) for path in (f"/conectores/{first}", f"/pruebas/{run}")),
        (bench, f"/conectores/{first}/observaciones"),
    ]

    def counts() -> dict[str, int]:
        found = {}
        for browser, path in pages:
            # Once to warm up: the first of all asks for what is kept afterwards.
            assert browser.get(path).status_code == 200
            with asked(market) as sent:
                browser.get(path)
            found[path] = len(sent)
        return found

    observed(bench, first, "¿Qué pasa?")
    before = counts()
    for n in range(3):
        market.person(f"otra{n}", Role.REVIEWER, "Secretaría Ejecutiva")
        market.in_review(owner, name=f"Otro {n}")
        market.tested(first, owner, made_report())
        observed(bench, first, f"Pregunta {n}")

    assert counts() == before


def test_a_long_history_is_shown_whole_when_it_is_asked_for(
    market, reports, owner
) -> None:
    made_report, _ = reports
    number = market.submit(owner)
    made = [market.tested(number, owner, made_report()) for _ in range(12)]
    browser = market.browser(owner)

    def shown(query: str = "") -> list[str]:
        page = browser.get(f"/conectores/{number}{query}").text
        return re.findall(r'<tr><td><a href="/pruebas/(\d+)">', page)

    assert shown() == [str(run) for run in reversed(made)][:10]
    assert "Ver las 12 pruebas" in browser.get(f"/conectores/{number}").text
    assert shown("?historia=completa") == [str(run) for run in reversed(made)]
