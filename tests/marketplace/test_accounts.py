import re
import time
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from urllib.parse import urlsplit

import pytest
from flask_babel import force_locale
from itsdangerous import URLSafeTimedSerializer

from pdn_marketplace.accounts import confirmation, service
from pdn_marketplace.accounts.passwords import weakness
from pdn_marketplace.accounts.views import browser_name
from pdn_marketplace.errors import ConflictError, NotFoundError, SignInError
from pdn_marketplace.security import Role

from .conftest import NOW, PASSWORD, PEOPLE

ANA = PEOPLE[Role.CONTRIBUTOR]
NEW = {
    "name": "Diana Núñez",
    "email": "diana@municipio.gob.mx",
    "organization": "Municipio de Ejemplo",
    "password": "siete gatos en el tejado",
}


def _text(answer):
    return answer.get_data(as_text=True)


def confirmed(visitor, config):
    """Open the link of the newest message and press its button."""
    link = link_of(config)
    return visitor.send(link, page=link)


def link_of(config):
    message = messages(config)[-1].get_content()
    return urlsplit(re.search(r"https?://\S+", message).group(0)).path


def messages(config):
    """Read what the site sent, the oldest first."""
    files = sorted(
        (config.data / "correo").glob("*.eml"), key=lambda f: f.stat().st_mtime_ns
    )
    return [message_from_bytes(f.read_bytes(), policy=default) for f in files]


def test_a_visitor_signs_up_confirms_and_signs_in(visitor, config):
    made = visitor.send("/cuenta/crear", NEW)
    too_early = visitor.sign_in(NEW["email"], NEW["password"])
    confirmed(visitor, config)
    entered = visitor.sign_in(NEW["email"].upper(), NEW["password"])

    assert made.status_code == 302
    assert too_early.status_code == 400
    assert "Falta confirmar su correo" in _text(too_early)
    assert entered.status_code == 302
    assert "Diana Núñez" in _text(visitor.get("/cuenta/"))


def test_a_new_account_is_always_a_contributor(visitor, config, database):
    visitor.send("/cuenta/crear", NEW | {"role": "administrator"})
    confirmed(visitor, config)

    with database.transaction() as session:
        account = service.sign_in(
            session,
            NOW,
            email=NEW["email"],
            password=NEW["password"],
            browser="",
        )
    assert account.role is Role.CONTRIBUTOR


def test_signing_up_twice_answers_the_same_and_changes_nothing(visitor, config):
    first = visitor.send("/cuenta/crear", NEW)
    confirmed(visitor, config)
    second = visitor.send("/cuenta/crear", NEW | {"password": "otra frase muy larga"})

    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert visitor.sign_in(NEW["email"], "otra frase muy larga").status_code == 400
    assert visitor.sign_in(NEW["email"], NEW["password"]).status_code == 302
    assert "ya tiene una" in messages(config)[-1].get_content().replace("\n", " ")


def test_a_link_is_opened_without_being_confirmed(visitor, config):
    visitor.send("/cuenta/crear", NEW)
    visitor.get(link_of(config))

    assert visitor.sign_in(NEW["email"], NEW["password"]).status_code == 400


def test_a_link_of_somebody_else_or_changed_confirms_nothing(visitor, config):
    visitor.send("/cuenta/crear", NEW)

    assert visitor.get(link_of(config) + "x").status_code == 404
    assert visitor.get("/cuenta/confirmar/nada").status_code == 404


def test_an_old_link_confirms_nothing(config):
    reader = URLSafeTimedSerializer(config.secret_key, salt=confirmation.SALT)
    old = reader.make_signer(reader.salt)
    old.get_timestamp = lambda: int(time.time()) - 4 * 86_400

    with pytest.raises(NotFoundError, match="ya venció"):
        confirmation.email_of(
            config.secret_key, old.sign(reader.dump_payload(NEW["email"])).decode()
        )


@pytest.mark.parametrize("email", [ANA, "nadie@ejemplo.gob.mx"])
def test_asking_for_another_link_tells_nobody_who_has_an_account(
    visitor, config, email
):
    answer = visitor.send("/cuenta/confirmar", {"email": email})

    assert answer.location == "/cuenta/entrar"
    assert f"Le enviamos un correo a {email}" in _text(visitor.get("/cuenta/entrar"))
    assert len(messages(config)) == 1


def test_messages_are_for_the_site_alone_to_read(visitor, config):
    visitor.send("/cuenta/crear", NEW)
    (file,) = (config.data / "correo").glob("*.eml")

    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 121),
        ("email", "no es un correo"),
        ("email", ""),
        ("organization", "   "),
        ("password", "corta"),
        ("password", "x" * 129),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(visitor, field, value):
    answer = visitor.send("/cuenta/crear", NEW | {field: value})

    assert answer.status_code == 400
    assert f'id="{field}-error"' in _text(answer)
    assert _text(answer).count('class="field-error"') == 1


def test_a_wrong_password_and_an_unknown_email_get_the_same_answer(visitor):
    wrong = _text(visitor.sign_in(ANA, "no es la buena"))
    unknown = _text(visitor.sign_in("nadie@ejemplo.gob.mx", "no es la buena"))

    def without_what_was_typed(page):
        page = page.replace(ANA, "").replace("nadie@ejemplo.gob.mx", "")
        return [line for line in page.splitlines() if "csrf" not in line]

    assert "no coinciden" in wrong
    assert without_what_was_typed(wrong) == without_what_was_typed(unknown)


@pytest.mark.parametrize("email", [ANA, "nadie@ejemplo.gob.mx"])
def test_five_failures_lock_an_email_with_or_without_account(database, app, email):
    def attempt(password, when):
        with app.test_request_context(), database.transaction() as session:
            try:
                service.sign_in(
                    session, when, email=email, password=password, browser=""
                )
            except SignInError as error:
                return error.message
        return "dentro"

    answers = [attempt("mala", NOW) for _ in range(6)]
    locked = attempt(PASSWORD, NOW + timedelta(minutes=14))
    later = attempt(PASSWORD, NOW + timedelta(minutes=16))

    assert len(set(answers[:5])) == 1
    assert "demasiados intentos" in answers[5]
    assert "demasiados intentos" in locked
    assert later == ("dentro" if email == ANA else answers[0])


def test_failures_are_remembered_between_requests(visitor):
    for _ in range(5):
        visitor.sign_in(ANA, "mala")

    answer = visitor.sign_in(ANA)

    assert answer.status_code == 400
    assert "demasiados intentos" in _text(answer)


def test_signing_in_makes_a_new_session(visitor, app):
    visitor.get("/cuenta/entrar")
    before = visitor.client.get_cookie("mercado").value
    visitor.sign_in(ANA)
    first = visitor.client.get_cookie("mercado").value
    visitor.sign_in(ANA)
    second = visitor.client.get_cookie("mercado").value

    assert len({before, first, second}) == 3


def test_signing_out_ends_the_session_even_for_a_copied_cookie(signed_in, app):
    browser = signed_in(Role.CONTRIBUTOR)
    stolen = browser.client.get_cookie("mercado").value
    browser.send("/cuenta/salir")
    thief = app.test_client()
    thief.set_cookie("mercado", stolen)

    assert thief.get("/cuenta/").status_code == 302
    assert browser.get("/cuenta/").status_code == 302


def test_a_session_ends_by_itself(database):
    with database.transaction() as session:
        account = service.sign_in(
            session, NOW, email=ANA, password=PASSWORD, browser=""
        )
        session.flush()
        during = service.account_of(session, NOW + timedelta(hours=11), account.token)
        after = service.account_of(session, NOW + timedelta(hours=12), account.token)

    assert during is not None
    assert after is None


def test_changing_the_password_closes_the_other_sessions(signed_in, visitor):
    here, there = signed_in(Role.CONTRIBUTOR), signed_in(Role.CONTRIBUTOR)
    new = "nueve faros al amanecer"

    answer = here.send(
        "/cuenta/contrasena", {"current": PASSWORD, "password": new}, page="/cuenta/"
    )

    assert answer.status_code == 302
    assert here.get("/cuenta/").status_code == 200
    assert there.get("/cuenta/").status_code == 302
    assert visitor.sign_in(ANA, new).status_code == 302


def test_the_current_password_is_asked_for(signed_in, visitor):
    browser = signed_in(Role.CONTRIBUTOR)

    answer = browser.send(
        "/cuenta/contrasena",
        {"current": "otra cosa", "password": "nueve faros al amanecer"},
        page="/cuenta/",
    )

    assert answer.status_code == 400
    assert "La contraseña actual no es correcta" in _text(answer)
    assert visitor.sign_in(ANA).status_code == 302


def test_other_sessions_can_be_closed(signed_in):
    here, there = signed_in(Role.REVIEWER), signed_in(Role.REVIEWER)

    here.send("/cuenta/sesiones/cerrar", page="/cuenta/")

    assert here.get("/cuenta/").status_code == 200
    assert there.get("/cuenta/").status_code == 302


def test_a_person_changes_name_and_institution(signed_in):
    browser = signed_in(Role.CONTRIBUTOR)

    browser.send(
        "/cuenta/datos",
        {"name": "Ana Muñoz", "organization": "Ayuntamiento", "language": "es"},
        page="/cuenta/",
    )

    page = _text(browser.get("/cuenta/"))
    assert 'value="Ana Muñoz"' in page
    assert 'value="Ayuntamiento"' in page


@pytest.mark.parametrize(
    "password",
    [
        "corta",
        "aaaaaaaaaaaaaaaa",
        "Password1234",
        "contraseña2026!!",
        "C0ntr4s3ñ4!!!!!!",
        "passwordpassword",
        "qwertyuiop12",
        "123456789012",
        "MexicoMexico2026",
        "plataforma digital nacional",
        "ejemplo de diana",
    ],
)
def test_weak_passwords_are_refused(app, password):
    with app.test_request_context(), force_locale("es_MX"):
        assert weakness(password, ("diana@ejemplo.gob.mx", "Diana Núñez"))


@pytest.mark.parametrize(
    "password", ["siete gatos en el tejado", "xK9#mQ2$vL7!pR4", "ñandú-azul-72-lento"]
)
def test_good_passwords_pass(password):
    assert weakness(password, ("diana@ejemplo.gob.mx", "Diana Núñez")) is None


def test_an_email_has_one_account(database):
    with database.transaction() as session, pytest.raises(ConflictError):
        service.add_user(
            session,
            NOW,
            email=f" {ANA.upper()} ",
            name="",
            role=Role.REVIEWER,
            password=PASSWORD,
        )


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/130 Safari/537 Edg/130",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU) Version/17 Safari/604", "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux) Gecko Firefox/132.0", "Firefox, Linux"),
    ],
)
def test_browsers_are_named_in_two_words(agent, said):
    assert browser_name(agent) == said
