import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from pdn_marketplace.app import create_app
from pdn_marketplace.config import Config, create_keys, rotate_fernet_key
from pdn_marketplace.db import Base
from pdn_marketplace.security import Role, Vault, safe_next, verify_password
from pdn_sdk.errors import ConfigurationError

from .conftest import PASSWORD, PEOPLE, Browser

ANA = PEOPLE[Role.CONTRIBUTOR]
OPEN = {None, Role.CONTRIBUTOR, Role.REVIEWER, Role.ADMINISTRATOR}
SIGNED = OPEN - {None}
# Every route of the base, the catalogue and the accounts: who gets in.
MATRIX = [
    ("GET", "/", OPEN),
    ("GET", "/recursos/tutorial-edca", OPEN),
    ("GET", "/recursos/tutorial-edca/estado", OPEN),
    ("POST", "/recursos/tutorial-edca/estado/levantar", SIGNED),
    ("GET", "/api/v1/resources/tutorial-edca/status", OPEN),
    ("GET", "/portadas/api/s2.svg", OPEN),
    ("GET", "/export/products.json", OPEN),
    ("GET", "/feed.atom", OPEN),
    ("GET", "/sitemap.xml", OPEN),
    ("GET", "/robots.txt", OPEN),
    ("GET", "/api/v1/resources", OPEN),
    ("GET", "/api/v1/resources/tutorial-edca", OPEN),
    ("GET", "/api/v1/openapi.json", OPEN),
    ("GET", "/healthz", OPEN),
    ("GET", "/look/tokens.css", OPEN),
    ("POST", "/idioma", OPEN),
    ("GET", "/cuenta/entrar", OPEN),
    ("GET", "/cuenta/crear", OPEN),
    ("POST", "/cuenta/salir", OPEN),
    ("GET", "/cuenta/confirmar", OPEN),
    ("GET", "/cuenta/confirmar/nada", OPEN),
    ("GET", "/cuenta/contrasena/olvidada", OPEN),
    ("GET", "/cuenta/contrasena/nueva/nada", OPEN),
    ("GET", "/cuenta/identidades/1/quitar", SIGNED),
    ("GET", "/cuenta/institucion/entrar", OPEN),
    ("GET", "/cuenta/institucion/vuelta", OPEN),
    ("GET", "/cuenta/institucion/enlazar", OPEN),
    ("GET", "/pruebas/1/avance", OPEN),
    ("GET", "/imagenes/nada.png", OPEN),
    ("GET", "/conectores/1/imagenes", SIGNED),
    ("POST", "/conectores/1/imagenes/1/quitar", SIGNED),
    ("GET", "/cuenta/segundo-factor", SIGNED),
    ("GET", "/cuenta/tokens", SIGNED),
    ("POST", "/cuenta/tokens/1/revocar", SIGNED),
    ("GET", "/cuenta/", SIGNED),
    ("POST", "/cuenta/datos", SIGNED),
    ("POST", "/cuenta/contrasena", SIGNED),
    ("POST", "/cuenta/sesiones/cerrar", SIGNED),
    ("POST", "/cuenta/sesiones/0/cerrar", SIGNED),
    ("GET", "/conectores/publiccode", SIGNED),
    ("GET", "/recursos/tutorial-edca/publiccode.yml", OPEN),
    ("GET", "/cuenta/datos.json", SIGNED),
    ("GET", "/cuenta/eliminar", SIGNED),
    ("GET", "/numeralia", OPEN),
    ("GET", "/numeralia.json", OPEN),
    ("GET", "/numeralia.csv", OPEN),
    ("GET", "/organizaciones", SIGNED),
    ("GET", "/organizaciones/1", SIGNED),
    ("GET", "/organizaciones/1/datos", SIGNED),
    ("GET", "/organizaciones/1/cerrar", SIGNED),
    ("POST", "/organizaciones/1/invitar", SIGNED),
    ("POST", "/organizaciones/1/invitaciones/1/retirar", SIGNED),
    ("POST", "/organizaciones/1/personas/1/responsable", SIGNED),
    ("POST", "/organizaciones/1/personas/1/quitar", SIGNED),
    ("GET", "/organizaciones/invitacion/nada", OPEN),
    ("POST", "/organizaciones/invitacion/nada", SIGNED),
]
OURS = (
    *("site", "accounts", "access", "privacy"),
    *("catalog", "catalog_api", "organisations", "publiccode", "watch"),
    *("numeralia", "belonging"),
    *("oidc", "live", "pictures", "recovery", "identities"),
)


@pytest.fixture
def anyone(visitor, signed_in):
    return lambda role: signed_in(role) if role else visitor


@pytest.mark.parametrize("role", [None, *Role])
def test_each_role_reaches_its_routes_and_no_others(anyone, role):
    browser = anyone(role)
    for method, path, allowed in MATRIX:
        if path == "/cuenta/salir":
            continue
        with browser.get(path) if method == "GET" else browser.send(path) as answer:
            refused = answer.status_code == 302 and "/cuenta/entrar" in answer.location
        assert refused is (role not in allowed), f"{role} {method} {path}"
        assert answer.status_code < 500


def test_the_matrix_names_every_route(app):
    def is_ours(rule):
        return rule.endpoint.partition(".")[0] in OURS

    rules = [rule for rule in app.url_map.iter_rules() if is_ours(rule)]
    urls = app.url_map.bind("localhost")
    named = {urls.match(path, method=method)[0] for method, path, _ in MATRIX}

    assert {rule.endpoint for rule in rules} == named


def _forms(app):
    for rule in app.url_map.iter_rules():
        if "POST" in rule.methods and not rule.rule.startswith("/api/"):
            path = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
            yield re.sub(r"<[^>]+>", "1", path)


def test_no_form_is_taken_without_its_token(app, signed_in):
    browser = signed_in(Role.ADMINISTRATOR)

    answers = {path: browser.post(path).status_code for path in _forms(app)}

    assert len(answers) >= 7
    assert set(answers.values()) == {400}


@pytest.mark.parametrize("path", ["/", "/nada", "/api/v1/nada", "/healthz"])
def test_every_answer_carries_the_guards(visitor, path):
    headers = visitor.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_pages_of_a_person_are_not_kept_by_anyone(signed_in):
    assert signed_in(Role.CONTRIBUTOR).get("/").headers["Cache-Control"] == "no-store"


def test_the_cookie_is_out_of_reach(visitor):
    told = visitor.sign_in(ANA).headers["Set-Cookie"]

    assert "HttpOnly" in told
    assert "SameSite=Lax" in told


def test_with_https_the_cookie_and_the_browser_stay_there(environ):
    app = create_app(
        Config.load(environ | {"PDN_MARKETPLACE_PUBLIC_URL": "https://mercado.gob.mx"})
    )

    answer = app.test_client().get("/cuenta/entrar", base_url="https://mercado.gob.mx")

    app.extensions["pdn_database"].close()
    assert "; Secure;" in answer.headers["Set-Cookie"]
    assert "max-age=" in answer.headers["Strict-Transport-Security"]


def test_another_host_is_refused(app):
    assert app.test_client().get("/", base_url="http://evil.mx").status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.mx/",
        "//evil.mx",
        "/\\evil.mx",
        "///evil.mx",
        "evil.mx",
        "javascript:alert(1)",
        "/\tevil",
        "/ok\r\nSet-Cookie: a=b",
        "",
        None,
    ],
)
def test_nobody_is_sent_to_another_site(target):
    assert safe_next(target, "/inicio") == "/inicio"


def test_a_person_comes_back_to_where_they_were_going(visitor):
    refused = visitor.get("/cuenta/?a=1")
    answer = visitor.send(
        refused.location, {"email": ANA, "password": PASSWORD}, page=refused.location
    )

    assert answer.location == "/cuenta/?a=1"
    assert visitor.sign_in(ANA, target="https://evil.mx").location == "/"


FILTERS = ("q", "system", "type", "technology", "maintainer")


@pytest.mark.parametrize(
    "attack", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>']
)
@pytest.mark.parametrize("name", FILTERS)
def test_what_a_visitor_writes_is_never_markup(visitor, name, attack):
    page = visitor.get("/", query_string={name: attack}).get_data(as_text=True)

    assert attack not in page
    assert "<script" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize("name", FILTERS)
def test_what_a_visitor_writes_is_never_run_by_the_template(visitor, name):
    # A product that no random token of the page holds by chance.
    query = {name: "{{1234567891*1000003}}"}

    page = visitor.get("/", query_string=query).get_data(as_text=True)

    assert str(1234567891 * 1000003) not in page


def test_a_body_over_the_limit_is_refused(visitor):
    answer = visitor.post("/cuenta/entrar", data={"email": "x" * 1_100_000})

    assert answer.status_code == 413
    assert "1 MB" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("get", "/nada", 404, "Esta página no existe"),
        ("get", f"/pruebas/{10**30}", 404, "Esta página no existe"),
        ("put", "/", 405, "no admite esa operación"),
        ("post", "/cuenta/salir", 400, "caducó"),
    ],
)
def test_errors_tell_what_to_do(app, method, path, status, words):
    answer = getattr(app.test_client(), method)(path)

    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)


def test_a_fault_of_ours_says_nothing_of_its_inside(config, caplog):
    site = create_app(config)
    site.config["PROPAGATE_EXCEPTIONS"] = False

    @site.get("/falla")
    def broken():
        raise RuntimeError("la clave es 1234")

    answer = site.test_client().get("/falla")
    page = answer.get_data(as_text=True)

    site.extensions["pdn_database"].close()
    assert answer.status_code == 500
    assert "Algo falló de nuestro lado" in page
    assert "1234" not in page
    assert "Traceback" not in page
    number = re.search(r"<code>(\w+)</code>", page).group(1)
    assert number in caplog.text


def test_too_many_requests_are_told_to_wait(environ):
    site = create_app(Config.load(environ | {"PDN_MARKETPLACE_RATE_LIMITS": "1"}))
    browser = Browser(site.test_client())

    token = {"csrf_token": browser.token()}
    answers = [browser.post("/cuenta/entrar", data=token) for _ in range(31)]

    site.extensions["pdn_database"].close()
    assert answers[0].status_code == 400
    assert answers[-1].status_code == 429
    assert "Espere unos minutos" in answers[-1].get_data(as_text=True)


def test_a_secret_is_sealed_and_every_older_key_opens_it():
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    sealed = Vault((old,)).seal("contraseña")

    rotated = Vault((new, old)).reseal(sealed)

    assert "contraseña" not in sealed
    assert Vault((new, old)).unseal(sealed) == "contraseña"
    assert Vault((new,)).unseal(rotated) == "contraseña"
    with pytest.raises(ConfigurationError):
        Vault((new,)).unseal(sealed)


def test_nobody_has_a_password_when_there_is_no_account():
    assert verify_password("nobody has this password", None) is False
    assert verify_password("x", "not a hash") is False


# Settings


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path):
    made = create_keys(tmp_path)
    text = [path.read_text() for path in made]

    again = create_keys(tmp_path)

    assert len(made) == 3
    assert again == []
    assert [path.read_text() for path in made] == text
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}


def test_a_rotated_key_comes_first_and_the_old_one_stays(tmp_path):
    create_keys(tmp_path)
    before = Config.load({"PDN_MARKETPLACE_DATA": str(tmp_path)}).fernet_keys

    rotate_fernet_key(tmp_path)

    after = Config.load({"PDN_MARKETPLACE_DATA": str(tmp_path)}).fernet_keys
    assert after[1:] == before
    assert len(after) == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"PDN_MARKETPLACE_DATA": "/nowhere"}, "pdn-marketplace init"),
        ({"PDN_MARKETPLACE_FERNET_KEYS": "abc"}, "llaves de cifrado"),
        ({"PDN_MARKETPLACE_PUBLIC_URL": "http://mercado.gob.mx"}, "https://"),
        ({"PDN_MARKETPLACE_PROXIES": "dos"}, "número entero"),
        ({"PDN_MARKETPLACE_RATE_LIMITS": "sí"}, "0 o 1"),
    ],
)
def test_wrong_settings_stop_the_start_and_say_what_to_do(environ, wrong, words):
    with pytest.raises(ConfigurationError, match=words):
        Config.load(environ | wrong)


def test_the_tables_are_those_of_the_migrations(database):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with database.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)

    assert found == []


# The command


def _run(folder, *words, stdin=None):
    return subprocess.run(
        [sys.executable, "-m", "pdn_marketplace.cli", *words],
        env={**os.environ, "PDN_MARKETPLACE_DATA": str(folder)},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_prepares_fills_and_adds_people(tmp_path):
    data = tmp_path / "estado"

    prepared = _run(data, "init")
    first, again = _run(data, "seed"), _run(data, "seed")
    added = _run(data, "user", "add", "rita@sesna.gob.mx", "--role", "reviewer")
    repeated = _run(data, "user", "add", "rita@sesna.gob.mx")

    assert prepared.returncode == 0, prepared.stderr
    assert "23 nuevos" in first.stdout
    assert "23 sin cambios" in again.stdout
    assert re.search(r"Contraseña \(no se vuelve a mostrar\): \S{16,}", added.stdout)
    assert repeated.returncode != 0
    assert "Ya hay una cuenta" in repeated.stderr
    assert "Traceback" not in repeated.stderr


def test_a_given_password_is_not_printed_and_must_be_good(tmp_path):
    _run(tmp_path, "init")

    good = _run(
        tmp_path,
        "user",
        "add",
        "a@sesna.gob.mx",
        "--password-stdin",
        stdin=f"{PASSWORD}\n",
    )
    weak = _run(
        tmp_path, "user", "add", "b@sesna.gob.mx", "--password-stdin", stdin="corta\n"
    )

    assert good.returncode == 0
    assert PASSWORD not in good.stdout
    assert weak.returncode == 2
    assert "12 caracteres" in weak.stderr


def test_without_init_the_command_says_what_to_run(tmp_path):
    outcome = _run(tmp_path / "nada", "seed")

    assert outcome.returncode == 78
    assert "pdn-marketplace init" in outcome.stderr


def test_every_setting_is_in_the_help():
    from pdn_marketplace.config import SETTINGS

    text = _run(Path("/nowhere"), "--help").stdout

    assert all(setting.variable in text for setting in SETTINGS)
