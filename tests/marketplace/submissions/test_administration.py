"""Administration: who gets in, what they may change, and what the log keeps of it."""

import os
import stat
import tarfile
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from pdn_marketplace import settings
from pdn_marketplace.accounts.models import User
from pdn_marketplace.administration import people, retention
from pdn_marketplace.app import create_app
from pdn_marketplace.catalog.seed import seed_catalog
from pdn_marketplace.cli import group
from pdn_marketplace.config import Config
from pdn_marketplace.errors import ConflictError
from pdn_marketplace.letters.kinds import KINDS
from pdn_marketplace.security import Role
from pdn_marketplace.submissions import audit
from pdn_marketplace.submissions.models import AuditEntry, StoredReport, Submission
from pdn_marketplace.watch.models import Look

AT = "/administracion"
ROUTES = [
    ("GET", "/"),
    ("GET", "/personas"),
    ("GET", "/personas/1"),
    ("POST", "/personas/1/papel"),
    ("POST", "/personas/1/desbloquear"),
    ("GET", "/recursos"),
    ("GET", "/recursos/tutorial-edca"),
    ("POST", "/recursos/tutorial-edca/ocultar"),
    ("GET", "/ajustes"),
    ("GET", "/reglas"),
    ("POST", "/reglas"),
    ("GET", "/reglas/vistas/1"),
    ("GET", "/reglas/vistas/1/avance"),
    ("GET", "/reglas/vistas/1.csv"),
    ("GET", "/conservacion"),
    ("GET", "/bitacora"),
    ("GET", "/bitacora.csv"),
    ("POST", "/bitacora/verificar"),
    ("GET", "/correos"),
    ("GET", "/correos/confirm/es"),
    ("POST", "/correos/confirm/es/restablecer"),
]


@pytest.fixture
def admin(market):
    return market.person("admin", Role.ADMINISTRATOR, "Secretaría Ejecutiva")


@pytest.fixture
def browser(market, admin):
    return market.browser(admin)


@pytest.fixture
def catalogue(market):
    with market.database.transaction() as session:
        seed_catalog(session, market.clock())


def lines(market) -> list[str]:
    with market.database.transaction() as session:
        assert audit.verify(session).broken_at is None
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_only_who_administers_reaches_its_routes(market, catalogue) -> None:
    for role in (None, *Role):
        client = market.browser(market.person(f"{role}", role) if role else None)
        for method, path in ROUTES:
            answer = client.open(f"{AT}{path}", method=method)
            to = answer.location or ""
            is_in = answer.status_code != 403 and "/cuenta/entrar" not in to
            is_right = is_in is (role is Role.ADMINISTRATOR)
            assert is_right, f"{role} {method} {path}"
            assert answer.status_code < 500


def test_the_routes_are_all_there(market) -> None:
    urls = market.app.url_map.bind("localhost")
    named = {urls.match(f"{AT}{path}", method=method)[0] for method, path in ROUTES}

    ours = {r.endpoint for r in market.app.url_map.iter_rules() if AT in r.rule}

    assert ours == named


def test_without_the_second_factor_nobody_administers(market, admin) -> None:
    data = {"PDN_MARKETPLACE_DATA": str(market.config.data)}
    strict = create_app(Config.load({**data, "PDN_MARKETPLACE_RATE_LIMITS": "0"}))
    strict.config["WTF_CSRF_ENABLED"] = False
    client = replace(market, app=strict).browser(admin)

    answers = [client.open(f"{AT}{p}", method=m).status_code for m, p in ROUTES]

    strict.extensions["pdn_database"].close()
    assert set(answers) == {403}


# People


def test_an_account_shows_what_it_has_and_none_of_its_secrets(
    market, browser, owner
) -> None:
    with market.database.transaction() as session:
        user = session.get_one(User, owner.id)
        user.factor_secret = "el-secreto-sellado"
        secrets = (user.factor_secret, user.password_hash)

    page = browser.get(f"{AT}/personas/{owner.id}").text
    found = browser.get(f"{AT}/personas?q=municipio+DUENA").text

    assert "Municipio de Ejemplo" in page
    assert "duena@correo.mx" in found
    assert "admin@correo.mx" not in found
    assert not any(secret in page + found for secret in secrets)


def test_a_new_role_asks_to_enter_again(market, browser, owner) -> None:
    hers = market.browser(owner)

    browser.post(f"{AT}/personas/{owner.id}/papel", data={"role": "reviewer"})

    assert "/cuenta/entrar" in hers.get("/conectores").location
    assert market.browser(owner).get("/revision").status_code == 200
    assert lines(market) == ["account_role"]
    wrong = browser.post(f"{AT}/personas/{owner.id}/papel", data={"role": "king"})
    assert wrong.status_code == 400


def test_the_last_administrator_stays(market, admin, browser) -> None:
    for way in ("papel", "desactivar"):
        at = f"{AT}/personas/{admin.id}/{way}"
        page = browser.post(at, data={"role": "reviewer"}, follow_redirects=True).text
        assert "Es la única persona que administra" in page

    assert browser.get(f"{AT}/").status_code == 200
    other = market.person("otra", Role.ADMINISTRATOR)
    with market.database.transaction() as session:
        people.disable(session, admin, people.find(session, other.id), market.clock())
        with pytest.raises(ConflictError):
            people.disable(
                session, admin, people.find(session, admin.id), market.clock()
            )


def test_a_disabled_account_opens_nothing_until_it_is_enabled(
    market, browser, owner
) -> None:
    at, hers = f"{AT}/personas/{owner.id}", market.browser(owner)

    browser.post(f"{at}/desactivar")
    entry = {"email": owner.email, "password": "cuatro palabras nada parecidas"}
    refused = market.browser().post("/cuenta/entrar", data=entry)

    assert "/cuenta/entrar" in hers.get("/conectores").location
    assert "Su cuenta está desactivada" in refused.text
    browser.post(f"{at}/activar")
    assert market.browser(owner).get("/conectores").status_code == 200
    assert lines(market) == ["account_disable", "account_enable"]


def test_who_failed_too_often_is_unlocked(market, browser, owner) -> None:
    wrong = {"email": owner.email, "password": "no es"}
    for _ in range(5):
        market.browser().post("/cuenta/entrar", data=wrong)
    at = f"{AT}/personas/{owner.id}"
    before = browser.get(at).text

    browser.post(f"{at}/desbloquear")

    assert "En pausa" in before
    assert "En pausa" not in browser.get(at).text
    assert market.browser(owner)


# Resources


def test_a_hidden_resource_is_nowhere_and_comes_back_whole(
    market, catalogue, browser
) -> None:
    places = ("/", "/api/v1/resources?limit=100", "/feed.atom", "/sitemap.xml")
    at, visitor = f"{AT}/recursos/tutorial-edca", market.browser()

    def seen() -> list[bool]:
        texts = [visitor.get(path).get_data(as_text=True) for path in places]
        page = visitor.get("/recursos/tutorial-edca").status_code == 200
        return [page, *("recursos/tutorial-edca" in text for text in texts)]

    before = seen()
    nameless = browser.post(f"{at}/ocultar", follow_redirects=True).text
    browser.post(f"{at}/ocultar", data={"reason": "Enlace roto"})
    hidden = seen()
    browser.post(f"{at}/mostrar")

    assert "Escriba por qué" in nameless
    assert before == [True] * 5
    assert hidden == [False] * 5
    assert seen() == before
    assert lines(market) == ["resource_hide", "resource_restore"]


def test_a_status_note_is_on_the_page_and_is_never_markup(
    market, catalogue, browser
) -> None:
    note = {"note": "Sin <script>mantenimiento</script>"}

    browser.post(f"{AT}/recursos/tutorial-edca", data=note)

    page = market.browser().get("/recursos/tutorial-edca").text
    assert "Sin &lt;script&gt;mantenimiento" in page


# Settings


def tuned(**changes: str) -> dict[str, str]:
    known = {key: str(each.default) for key, each in settings.TUNABLES.items()}
    return known | changes


def test_a_limit_holds_from_when_it_is_saved(market, browser, owner) -> None:
    browser.post(f"{AT}/ajustes", data=tuned(active_runs="1"))
    hers = market.browser(owner)
    first, second = market.submit(owner), market.submit(owner, name="Otro")

    hers.post(f"/conectores/{first}/pruebas")
    page = hers.post(f"/conectores/{second}/pruebas", follow_redirects=True).text

    assert "Tiene 1 prueba en curso" in page
    browser.post(f"{AT}/ajustes", data=tuned(active_runs=""))
    with market.database.transaction() as session:
        assert settings.written(session) == {}
    assert lines(market).count("settings_change") == 2


def test_a_value_out_of_its_limits_keeps_nothing(market, browser) -> None:
    for wrong in ("-1", "366", "catorce", "1.5", "9" * 30):
        told = tuned(grace_days=wrong, run_days="3")
        answer = browser.post(f"{AT}/ajustes", data=told)
        assert answer.status_code == 400
        assert "de 0 a 365" in answer.text

    with market.database.transaction() as session:
        assert settings.written(session) == {}


# Messages


def test_a_message_is_seen_kept_sent_and_put_back(market, browser) -> None:
    at = f"{AT}/correos/confirm/es"
    text = {"subject": "Hola", "body": "Su enlace:\r\n{enlace}\r\nGracias."}
    sign_up = {
        "name": "Eva",
        "email": "eva@correo.mx",
        "organization": "Municipio",
        "password": "siete jirafas cruzan el puente",
    }

    seen = browser.post(at, data=text | {"preview": "1"}).text
    unchanged = "Confirme su correo" in browser.get(at).text
    browser.post(at, data=text)
    market.browser().post("/cuenta/crear", data=sign_up)

    assert "https://mercado.gob.mx/…" in seen
    assert unchanged
    (message,) = (market.config.data / "correo").iterdir()
    assert "Subject: Hola" in message.read_text(encoding="utf-8")
    browser.post(f"{at}/restablecer")
    assert "Confirme su correo" in browser.get(at).text
    assert lines(market) == ["letter_write", "letter_restore"]


def test_a_message_that_would_be_of_no_use_is_refused(browser) -> None:
    wrong = {
        "Sin enlace": "le falta {enlace}",
        "{enlace} {clave}": "Nada llena {clave}",
    }
    for body, words in wrong.items():
        text = {"subject": "x", "body": body}
        answer = browser.post(f"{AT}/correos/confirm/en", data=text)
        assert answer.status_code == 400
        assert words in answer.text


def test_what_fills_a_message_is_never_a_gap_nor_another_header() -> None:
    letter = KINDS["watch_suspended"].own("es")

    told = letter.filled({"conector": "{dias}\nBcc: x@malo.mx", "dias": "14"})

    assert "\n" not in told.subject
    assert "{dias} Bcc" in told.subject


# Retention


def test_what_is_old_is_told_and_only_then_deleted(market, admin, owner, reports):
    made_report, _result = reports
    number = market.submit(owner)
    old = market.tested(number, owner, made_report())
    last = market.tested(number, owner, made_report())
    with market.database.transaction() as session:
        session.add(Look(submission_id=number, at=market.clock(), is_up=True))
    later = market.clock() + timedelta(days=3_000)
    folder = market.config.data / "correo"
    folder.mkdir()
    (folder / "a.eml").touch()
    os.utime(folder / "a.eml", (0, 0))

    with market.database.transaction() as session:
        told = retention.old(session, later, market.config.data)
        kept = session.scalar(select(func.count()).select_from(StoredReport))
        gone = retention.delete_old(session, admin, later, market.config.data)
        reports_left = session.scalars(select(StoredReport.run_id)).all()

    assert {h.key: h.count for h in told if h.count} == {
        "looks": 1,
        "reports": 1,
        "mail": 1,
    }
    assert kept == 2
    assert gone == told
    assert reports_left == [last] != [old]
    assert lines(market)[-1] == "retention_delete"
    assert list(folder.iterdir()) == []


def test_evidence_of_a_decision_is_never_old(market, admin, owner, reviewer) -> None:
    number, _run = market.in_review(owner)
    form = {"decision": "comment", "comment": "Falta algo."}
    market.browser(reviewer).post(f"/revision/{number}/decidir", data=form)
    later = market.clock() + timedelta(days=3_000)

    with market.database.transaction() as session:
        heaps = retention.old(session, later, market.config.data)

    assert {h.key: h.count for h in heaps}["reports"] == 0


def test_the_page_deletes_only_when_asked(market, browser) -> None:
    folder = market.config.data / "correo"
    folder.mkdir()
    (folder / "a.eml").touch()
    os.utime(folder / "a.eml", (0, 0))

    told = browser.get(f"{AT}/conservacion").text
    page = browser.post(f"{AT}/conservacion", follow_redirects=True).text

    assert "Hay 1 elemento que ya no hace falta" in told
    assert "Se borró 1 elemento." in page
    with market.database.transaction() as session:
        assert audit.verify(session).broken_at is None


# Backup


def ran(market, *words: str, **env: str):
    settings = {"PDN_MARKETPLACE_DATA": str(market.config.data), **env}
    return CliRunner().invoke(group, words, env=settings)


def test_a_backup_brings_back_what_there_was(market, owner, tmp_path) -> None:
    file = tmp_path / "respaldo.tar.gz"
    number = market.submit(owner)
    saved = ran(market, "backup", str(file))
    market.submit(owner, name="Después del respaldo")
    market.database.close()

    done = ran(market, "restore", str(file), "--yes")

    assert saved.exit_code == done.exit_code == 0, saved.output + done.output
    assert "keys/fernet_keys" in saved.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with market.database.transaction() as session:
        (kept,) = session.scalars(select(Submission))
        assert kept.id == number
        assert market.vault.unseal(kept.client_secret) == "el-secreto-del-cliente"
    (aside,) = market.config.data.glob("antes-de-restaurar-*")
    assert (aside / "marketplace.db").exists()


def test_what_is_no_backup_changes_nothing(market, owner, tmp_path) -> None:
    number = market.submit(owner)
    half = tmp_path / "medio.tar.gz"
    ran(market, "backup", str(half))
    half.write_bytes(half.read_bytes()[:2_000])
    odd = tmp_path / "otro.tar.gz"
    with tarfile.open(odd, "w:gz") as archive:
        archive.add(market.config.data / "keys", "keys")

    outcomes = [ran(market, "restore", str(each), "--yes") for each in (half, odd)]

    assert all("No se cambió nada" in str(o.exception) for o in outcomes)
    assert market.state(number) == "draft"
    assert not list(market.config.data.glob("antes-*"))


def test_a_server_is_backed_up_by_its_own_tools_and_no_password_is_told(market) -> None:
    url = "postgresql+psycopg://sitio:clave-secreta@db:5432/mercado"

    outcome = ran(market, "backup", "x.tar.gz", PDN_MARKETPLACE_DATABASE_URL=url)

    said = str(outcome.exception)
    assert "pg_dump --format=custom" in said
    assert "'postgresql://sitio@db:5432/mercado'" in said
    assert "clave-secreta" not in said
