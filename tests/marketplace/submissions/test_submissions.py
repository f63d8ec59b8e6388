"""Writing a connector down, changing it, sending it, withdrawing it."""

import logging
import sqlite3
from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from pdn_marketplace.submissions import audit
from pdn_marketplace.submissions.models import AuditEntry, Submission

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


def test_a_connector_is_written_down_and_shown(market, owner, form) -> None:
    browser = market.browser(owner)

    answer = browser.post("/conectores/nuevo", data=form())
    page = browser.get(answer.location).text

    assert answer.status_code == 302
    assert "Conector de Ejemplo" in page
    assert "Probar ahora" in page


def test_the_form_says_what_is_missing_beside_each_field(market, owner) -> None:
    answer = market.browser(owner).post("/conectores/nuevo", data={"name": ""})

    assert answer.status_code == 400
    assert "Escriba un nombre." in answer.text
    assert "Escriba la dirección de la API." in answer.text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("abstract", "a" * 151, "150"),
        ("description", "a" * 901, "900"),
        ("standard", "s9", "Elija una opción"),
        ("environment", "staging", "Elija una opción"),
        ("base_url", "http://127.0.0.1", "privada"),
        ("base_url", "https://u:p@x.mx", "sin usuario ni contraseña"),
        ("token_url", "http://[::1]/oauth", "privada"),
        ("contact_email", "nobody", "correo"),
        ("contact_phone", "<b>", "números"),
        ("repository_url", "javascript:alert(1)", "https://"),
        ("documentation_url", "data://x.mx/a", "https://"),
    ],
)
def test_a_wrong_value_is_refused_and_the_rest_kept(
    market, owner, form, *, field: str, value: str, said: str
) -> None:
    answer = market.browser(owner).post(
        "/conectores/nuevo", data=form(**{field: value})
    )

    assert answer.status_code == 400
    assert said in answer.text
    assert "Dirección de Informática" in answer.text


def test_secrets_are_sealed_and_never_shown(market, owner, form, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    browser = market.browser(owner)
    page = browser.post("/conectores/nuevo", data=form(), follow_redirects=True).text
    page += browser.get("/conectores/1/editar").text
    page += browser.post("/conectores/1/editar", data=form(name="")).text

    raw = (market.config.data / "marketplace.db").read_bytes()
    with market.database.transaction() as session:
        sealed = session.get_one(Submission, 1).client_secret

    for secret in ("el-secreto-del-cliente", "la-contrasena-del-usuario"):
        assert secret not in page
        assert secret not in caplog.text
        assert secret.encode() not in raw
    assert market.vault.unseal(sealed) == "el-secreto-del-cliente"
    assert "Guardada el" in page


def test_a_blank_secret_keeps_the_one_there_is(market, owner, form) -> None:
    browser = market.browser(owner)
    browser.post("/conectores/nuevo", data=form())

    browser.post("/conectores/1/editar", data=form(client_secret="", password="otra"))

    with market.database.transaction() as session:
        kept = session.get_one(Submission, 1)
        assert market.vault.unseal(kept.client_secret) == "el-secreto-del-cliente"
        assert market.vault.unseal(kept.password) == "otra"


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        (
            {"description": "Otro texto.", "client_secret": "", "password": ""},
            "checked",
        ),
        ({"base_url": "https://otra.gob.mx", "client_secret": ""}, "draft"),
        ({"client_secret": "nuevo"}, "draft"),
    ],
)
def test_only_what_is_tested_makes_a_verdict_void(
    market, owner, reports, form, *, changes: dict[str, str], state: str
) -> None:
    made_report, _ = reports
    submission_id = market.submit(owner)
    market.tested(submission_id, owner, made_report())

    answer = market.browser(owner).post(
        f"/conectores/{submission_id}/editar", data=form(**changes)
    )

    assert answer.status_code == 302
    assert market.state(submission_id) == state


def test_what_was_not_tested_cannot_be_sent(market, owner) -> None:
    submission_id = market.submit(owner)

    answer = market.browser(owner).post(f"/conectores/{submission_id}/enviar")

    assert answer.status_code == 409
    assert "Falta una prueba" in answer.text
    assert market.state(submission_id) == "draft"


def test_withdrawing_forgets_the_secrets(market, owner) -> None:
    submission_id = market.submit(owner)

    market.browser(owner).post(f"/conectores/{submission_id}/retirar")

    with market.database.transaction() as session:
        left = session.get_one(Submission, submission_id)
        assert (left.state, left.client_secret, left.password) == ("withdrawn", "", "")


def test_hostile_text_is_only_text_on_every_page(
    market, owner, reviewer, reports
) -> None:
    made_report, made_result = reports
    from pdn_sdk.conformance.results import Outcome

    names = ("name", "abstract", "description", "institution", "maintainer", "licence")
    submission_id = market.submit(owner, **dict.fromkeys(names, HOSTILE))
    hostile = made_result(
        "PAG-01",
        Outcome.FAIL,
        **dict.fromkeys(
            ("title", "message", "expected", "received", "fix", "curl"), HOSTILE
        ),
    )
    run_id = market.tested(submission_id, owner, made_report(hostile))
    browser = market.browser(owner)
    browser.post(f"/conectores/{submission_id}/enviar")

    pages = [
        market.browser(reviewer).get(path).text
        for path in (
            "/revision",
            f"/conectores/{submission_id}",
            f"/pruebas/{run_id}",
        )
    ]
    pages += [
        browser.get(path).text
        for path in (
            "/conectores",
            f"/api/v1/runs/{run_id}/junit.xml",
            f"/api/v1/runs/{run_id}/report.html",
        )
    ]

    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_post_without_its_token_is_refused(market, owner, form) -> None:
    market.app.config["WTF_CSRF_ENABLED"] = True
    submission_id = market.submit(owner)
    market.app.config["WTF_CSRF_ENABLED"] = False
    browser = market.browser(owner)
    market.app.config["WTF_CSRF_ENABLED"] = True

    for path in (
        "/conectores/nuevo",
        f"/conectores/{submission_id}/editar",
        f"/conectores/{submission_id}/pruebas",
        f"/conectores/{submission_id}/retirar",
        f"/conectores/{submission_id}/decision",
        "/api/v1/connectors",
        f"/api/v1/connectors/{submission_id}/runs",
    ):
        assert browser.post(path, data=form()).status_code == 400, path
    assert market.state(submission_id) == "draft"


def test_the_log_tells_every_step_and_holds(market, owner) -> None:
    submission_id = market.submit(owner)
    market.browser(owner).post(f"/conectores/{submission_id}/retirar")

    with market.database.transaction() as session:
        told = audit.entries(session, f"submission:{submission_id}")
        checked = audit.verify(session)

    assert [entry.action for entry in told] == ["create", "withdraw"]
    assert (checked.lines, checked.broken_at) == (2, None)
    assert checked.head == told[-1].hash


@pytest.mark.parametrize(
    "sabotage", ["UPDATE audit SET actor='x'", "DELETE FROM audit"]
)
def test_the_log_cannot_be_rewritten(market, owner, sabotage: str) -> None:
    market.submit(owner)

    with (
        pytest.raises(IntegrityError, match="append-only"),
        market.database.transaction() as session,
    ):
        session.execute(text(sabotage))


@pytest.mark.parametrize(
    "sabotage",
    [
        "UPDATE audit SET actor='otra@correo.mx' WHERE id=2",
        "UPDATE audit SET payload='{}' WHERE id=2",
        "UPDATE audit SET at='2020-01-01 00:00:00.000000' WHERE id=2",
        "DELETE FROM audit WHERE id=2",
    ],
)
def test_a_log_changed_behind_our_back_is_found_out(
    market, owner, sabotage: str
) -> None:
    for _ in range(3):
        market.submit(owner)
    with sqlite3.connect(market.config.data / "marketplace.db") as raw:
        raw.execute("DROP TRIGGER audit_no_update")
        raw.execute("DROP TRIGGER audit_no_delete")
        raw.execute(sabotage)
    raw.close()

    with market.database.transaction() as session:
        checked = audit.verify(session)

    assert checked.broken_at in (2, 3)
    assert checked.lines == 1


def test_two_lines_cannot_follow_the_same_one(market, owner) -> None:
    market.submit(owner)

    with (
        pytest.raises(IntegrityError),
        market.database.transaction() as session,
    ):
        session.add(
            AuditEntry(
                at=market.clock(),
                actor="x",
                action="x",
                object="x",
                payload={},
                previous_hash=audit.FIRST,
                hash="1" * 64,
            )
        )


def test_a_connector_is_written_down_by_a_program(market, owner, form) -> None:
    answer = market.browser(owner).post("/api/v1/connectors", json=form())

    assert (answer.status_code, answer.json) == (201, {"id": 1, "state": "draft"})


@pytest.mark.parametrize(
    "body", [None, [], "x", {"nombre": "x"}, {"name": 1}, {"name": "x"}]
)
def test_a_program_is_told_what_is_wrong(market, owner, body: object) -> None:
    answer = market.browser(owner).post("/api/v1/connectors", json=body)

    assert answer.status_code == 400
    assert answer.json["code"] == "envio_rechazado"
    assert answer.json["message"]


Paths = Callable[[int, int], list[tuple[str, str]]]

PRIVATE = [
    ("GET", "/conectores/{s}"),
    ("GET", "/pruebas/{r}"),
    ("GET", "/pruebas/{r}/avance.json"),
    ("GET", "/api/v1/runs/{r}"),
    ("GET", "/api/v1/runs/{r}/report.json"),
    ("GET", "/pruebas/{r}/avance"),
    ("GET", "/api/v1/runs/{r}/report.html"),
    ("GET", "/api/v1/runs/{r}/report.pdf"),
    ("GET", "/api/v1/runs/{r}/constancia.pdf"),
    ("GET", "/api/v1/runs/{r}/junit.xml"),
]
OWNERS = [
    ("GET", "/conectores/{s}/editar"),
    ("POST", "/conectores/{s}/editar"),
    ("POST", "/conectores/{s}/enviar"),
    ("POST", "/conectores/{s}/retirar"),
    ("POST", "/conectores/{s}/reabrir"),
    ("POST", "/pruebas/{r}/cancelar"),
    ("GET", "/conectores/{s}/imagenes"),
    ("POST", "/conectores/{s}/imagenes"),
]
RUNS = [
    ("POST", "/conectores/{s}/pruebas"),
    ("POST", "/api/v1/connectors/{s}/runs"),
]
REVIEW = [("GET", "/revision"), ("POST", "/conectores/{s}/decision")]
SIGNED_IN = [
    ("GET", "/conectores"),
    ("GET", "/conectores/nuevo"),
    ("POST", "/conectores/nuevo"),
    ("POST", "/api/v1/connectors"),
]
OUT = (302, 401, 404)
"""What a visitor gets: sent to sign in, told to, or told that it is not there."""


@pytest.fixture
def who(market, owner, reviewer):
    from pdn_marketplace.security import Role

    return {
        "visitor": None,
        "owner": owner,
        "other": market.person("otra"),
        "reviewer": reviewer,
        "administrator": market.person("jefa", Role.ADMINISTRATOR, "Otra"),
    }


@pytest.mark.parametrize(
    ("person", "stage", "allowed"),
    [
        ("visitor", "draft", ()),
        ("visitor", "in_review", ()),
        ("other", "draft", ("signed in",)),
        ("other", "in_review", ("signed in",)),
        ("owner", "draft", ("signed in", "private", "runs", "owners")),
        ("owner", "in_review", ("signed in", "private", "runs", "owners")),
        ("reviewer", "draft", ("signed in", "queue")),
        ("reviewer", "in_review", ("signed in", "queue", "review", "private", "runs")),
        (
            "administrator",
            "draft",
            ("signed in", "queue", "review", "private", "runs"),
        ),
        (
            "administrator",
            "in_review",
            ("signed in", "queue", "review", "private", "runs"),
        ),
    ],
)
def test_each_role_reaches_its_routes_and_no_other(
    market, owner, who, reports, *, person: str, stage: str, allowed: tuple[str, ...]
) -> None:
    made_report, _ = reports
    if stage == "draft":
        submission_id = market.submit(owner)
        run_id = market.tested(submission_id, owner, made_report())
    else:
        submission_id, run_id = market.in_review(owner)
    groups = {
        "signed in": SIGNED_IN,
        "private": PRIVATE,
        "runs": RUNS,
        "queue": [*REVIEW[:1], ("GET", "/export/endpoints.json")],
        "review": REVIEW[1:],
        "owners": OWNERS,
    }
    browser = market.browser(who[person])

    for group, routes in groups.items():
        for method, pattern in routes:
            path = pattern.format(s=submission_id, r=run_id)
            answer = browser.open(path, method=method)
            refused = answer.status_code in (401, 403, 404) or (
                answer.status_code == 302 and "/cuenta/entrar" in answer.location
            )
            told = (person, stage, method, path, answer.status_code)
            assert refused is (group not in allowed), told
            assert answer.status_code < 500, told
