"""As people walk through the site, in Chromium: search, submit, follow, approve.

The worker's part is played by the test, so that each step of a run is seen on
the page. Screenshots of every page are left in `screenshots/`.
"""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
import pytest
from werkzeug.serving import make_server

from pdn_marketplace.catalog.seed import seed_catalog
from pdn_marketplace.security import Role
from pdn_marketplace.submissions import runs
from pdn_marketplace.submissions.models import Run
from pdn_sdk.conformance.results import Outcome

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
    "",
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENSHOTS = Path(__file__).parents[3] / "screenshots"
WIDTHS = (1280, 390)
PASSWORD = "cuatro palabras nada parecidas"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine"),
]


@pytest.fixture
def site(make_market) -> Iterator[tuple[object, str]]:
    market = make_market(approvals="1", allow_private_targets="1")
    market.app.config["WTF_CSRF_ENABLED"] = True
    with market.database.transaction() as session:
        seed_catalog(session, market.clock())
    with served(market) as address:
        yield market, address


@contextmanager
def served(market) -> Iterator[str]:
    """Serve a site as long as the block lasts; give its address."""
    server = make_server("127.0.0.1", 0, market.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def chromium() -> Iterator[object]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, site) -> Iterator[Callable[[], object]]:
    """Give new browsers, and fail where one of their pages complains."""
    complaints: list[str] = []

    def opened():
        context = chromium.new_context(base_url=site[1], locale="es-MX")
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if is_trouble(said) else None,
        )
        return page

    yield opened
    assert complaints == []


def is_trouble(said) -> bool:
    """Tell a real complaint from the 400 that a form with mistakes answers."""
    return said.type == "error" and "status of 400" not in said.text


def photographed(page, name: str) -> None:
    """Leave a screenshot at both widths; nothing may stick out sideways."""
    SCREENSHOTS.mkdir(exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
        spare = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert spare <= 0, f"{name} is {spare} px too wide at {width}"
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})


def signed_in(page, email: str) -> None:
    page.goto("/cuenta/entrar")
    page.get_by_label("Correo electrónico").fill(email)
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Entrar").click()
    page.get_by_role("button", name="Salir").wait_for()


def run_of(market, report, *, watching: Callable[[], None] | None = None) -> None:
    """Play the worker: claim, tell how far it is, conclude."""
    started = datetime.now(UTC) - timedelta(seconds=9)
    with market.database.transaction() as session:
        run = runs.claim(session, started)
    with market.database.transaction() as session:
        assert runs.beat(
            session,
            run,
            datetime.now(UTC),
            done=17,
            total=68,
            doing="Buscar no distingue acentos.",
        )
    if watching:
        watching()
    with market.database.transaction() as session:
        runs.conclude(session, session.get_one(Run, run.id), report, datetime.now(UTC))


def test_from_a_search_to_a_badge(site, open_page, reports) -> None:
    market, _ = site
    made_report, made_result = reports
    reviewer = market.person("revisora", Role.REVIEWER, "Secretaría Ejecutiva")
    page = open_page()

    searches_and_opens(page)
    signs_up(page, market)
    submits(page)

    page.get_by_role("button", name="Probar ahora").click()
    page.get_by_text("Su prueba es la número 1 de la fila.").wait_for()

    def sees_it_move() -> None:
        page.get_by_text("Van 17 de 68 pruebas.").wait_for()
        assert page.locator("progress").get_attribute("value") == "17"
        photographed(page, "prueba-en-curso")

    run_of(
        market,
        made_report(made_result(), made_result("PAG-02", Outcome.FAIL)),
        watching=sees_it_move,
    )
    reads_the_failure(page)

    page.get_by_role("button", name="Probar otra vez").click()
    run_of(market, made_report(made_result(), made_result("PAG-02")))
    page.get_by_text("Conforme: cumple todos").wait_for()
    page.get_by_role("link", name="API de Villa Ejemplo").click()
    page.get_by_role("button", name="Enviar a revisión").click()
    page.get_by_text("Su conector está en la fila").wait_for()
    photographed(page, "conector-en-revision")

    approves(open_page(), reviewer)

    page.reload()
    page.get_by_role("link", name="Ver su página en el catálogo").click()
    badge = page.get_by_role("img", name="Insignia de conformidad")
    assert badge.evaluate("image => image.complete && image.naturalWidth > 0")
    page.get_by_text("Poner la insignia en su sitio").click()
    photographed(page, "recurso-con-insignia")


def searches_and_opens(page) -> None:
    page.goto("/")
    page.get_by_role("searchbox").fill("api s2")
    page.keyboard.press("Enter")
    photographed(page, "catalogo")
    page.locator("main .card-name a").first.click()
    page.get_by_role("link", name="Ir al recurso").wait_for()
    photographed(page, "recurso")


def signs_up(page, market) -> None:
    page.get_by_role("link", name="Crear cuenta").click()
    page.get_by_label("Nombre completo").fill("Laura Méndez")
    page.get_by_label("Correo electrónico").fill("laura@villa.gob.mx")
    page.get_by_label("Institución").fill("Villa Ejemplo")
    page.get_by_label("Contraseña").fill(PASSWORD)
    photographed(page, "crear-cuenta")
    page.get_by_role("button", name="Crear cuenta").click()
    page.wait_for_url("**/cuenta/entrar*")
    (mail,) = (market.config.data / "correo").glob("*.eml")
    message = message_from_bytes(mail.read_bytes(), policy=default).get_content()
    page.goto(urlsplit(re.search(r"http\S+", message).group(0)).path)
    photographed(page, "confirmar-correo")
    page.get_by_role("button", name="Sí, confirmarlo").click()
    page.get_by_text("Su correo quedó confirmado").wait_for()
    signed_in(page, "laura@villa.gob.mx")


def submits(page) -> None:
    page.goto("/conectores")
    photographed(page, "sin-conectores")
    page.get_by_role("link", name="Enviar mi primer conector").click()
    page.get_by_label("Nombre del conector").fill("API de Villa Ejemplo")
    page.get_by_role("button", name="Guardar").click()
    page.get_by_text("Falta algo por corregir").wait_for()
    photographed(page, "formulario-con-errores")
    for label, value in {
        "Resumen": "Contrataciones de la villa.",
        "Descripción": "A quién se publica y para qué.",
        "Quién lo mantiene": "Informática",
        "Dirección de la API": "http://127.0.0.1:9",
        "Identificador del cliente": "pdn",
        "Secreto del cliente": "secreto",
        "Usuario": "pdn",
        "Contraseña": "contrasena",
    }.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Guardar").click()
    page.get_by_text("El conector quedó guardado.").wait_for()
    photographed(page, "conector-borrador")


def reads_the_failure(page) -> None:
    page.get_by_role("heading", name="No conforme: 1 requisito").wait_for()
    page.get_by_text("Evidencia y cómo repetirla").first.click()
    assert page.get_by_text("curl https://api.ejemplo.gob.mx").first.is_visible()
    photographed(page, "resultado-no-conforme")


def approves(page, reviewer) -> None:
    signed_in(page, reviewer.email)
    page.get_by_role("link", name="Revisión").click()
    photographed(page, "fila-de-revision")
    page.get_by_role("link", name="API de Villa Ejemplo").click()
    page.get_by_label("Aprobar: cumple y puede publicarse").check()
    photographed(page, "decision")
    page.get_by_role("button", name="Enviar decisión").click()
    page.get_by_text("Su decisión quedó guardada.").wait_for()


def test_a_verdict_is_checked_by_its_code(site, open_page, reports) -> None:
    market, _ = site
    owner = market.person("duena", organization="Villa Ejemplo")
    made_report, made_result = reports
    submission_id = market.submit(owner)
    market.tested(submission_id, owner, made_report(made_result("PAG-02")))
    failing = made_report(made_result("PAG-02", Outcome.FAIL))
    run_id = market.tested(submission_id, owner, failing)
    page = open_page()
    signed_in(page, owner.email)

    page.goto(f"/pruebas/{run_id}")
    code = page.locator("a.proof-code").inner_text()
    page.get_by_role("link", name="Comparar con la prueba anterior").click()
    page.get_by_role("heading", name="1 prueba cambió; 1 falla ahora").wait_for()
    photographed(page, "comparar")
    page.get_by_role("link", name="Comprobar un dictamen").click()
    photographed(page, "comprobar")
    page.get_by_label("Código").fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="Comprobar", exact=True).click()
    page.get_by_role("heading", name="Auténtico y vigente").wait_for()
    photographed(page, "comprobado")


def test_a_token_is_made_and_shown_once(site, open_page) -> None:
    market, _ = site
    page = open_page()
    signed_in(page, market.person("duena").email)

    page.goto("/cuenta/")
    page.get_by_role("link", name="Tokens de API").click()
    page.get_by_label("Para qué es").fill("Integración continua")
    page.get_by_label("Enviar conectores y pedir pruebas").check()
    page.get_by_role("button", name="Crear token").click()
    page.get_by_text("Cópielo ahora").wait_for()
    photographed(page, "tokens")

    page.goto("/cuenta/tokens")
    assert page.get_by_text("pdnm_").count() == 0


def test_a_reviewer_activates_the_second_factor(make_market, chromium) -> None:
    market = make_market(second_factor="1")
    reviewer = market.person("revisora", Role.REVIEWER, "Secretaría Ejecutiva")
    with served(market) as address:
        page = chromium.new_context(base_url=address, locale="es-MX").new_page()
        signed_in(page, reviewer.email)
        photographed(page, "segundo-factor")
        secret = page.locator("code.proof-code").inner_text().replace(" ", "")
        page.get_by_label("Código de 6 dígitos").fill(pyotp.TOTP(secret).now())
        page.get_by_role("button", name="Continuar").click()
        page.get_by_role("link", name="Revisión").click()
        page.get_by_text("No hay nada por revisar.").wait_for()


def test_the_form_is_filled_with_the_keyboard_alone(site, open_page) -> None:
    market, _ = site
    person = market.person("teclado", organization="Villa Ejemplo")
    page = open_page()
    signed_in(page, person.email)
    page.goto("/conectores/nuevo")

    page.get_by_label("Nombre del conector").focus()
    order = []
    for _ in range(10):
        order.append(page.evaluate("document.activeElement.name"))
        page.keyboard.press("Tab")

    assert order == [
        "name",
        "abstract",
        "description",
        "institution",
        "maintainer",
        "entity",
        "level",
        "contact_email",
        "contact_phone",
        "repository_url",
    ]


def test_a_run_is_followed_without_scripts(site, chromium) -> None:
    market, address = site
    person = market.person("sinscript")
    submission_id = market.submit(person)
    context = chromium.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    signed_in(page, person.email)

    page.goto(f"/conectores/{submission_id}")
    page.get_by_role("button", name="Probar ahora").click()
    with market.database.transaction() as session:
        runs.claim(session, datetime.now(UTC))

    page.get_by_text("La prueba está comenzando.").wait_for(timeout=8_000)
    context.close()


def test_an_observation_is_settled_between_two_people(site, open_page) -> None:
    market, _ = site
    owner = market.person("duena", organization="Municipio de Ejemplo")
    reviewer = market.person("revisora", Role.REVIEWER, "Secretaría Ejecutiva")
    submission_id, _run = market.in_review(owner)
    theirs, mine = open_page(), open_page()
    signed_in(theirs, reviewer.email)
    signed_in(mine, owner.email)

    observes(theirs, submission_id)
    answers(mine, submission_id)
    theirs.reload()
    theirs.get_by_text("Va de 2019 a 2026.").wait_for()
    theirs.get_by_role("button", name="Cerrar: quedó atendida").click()
    theirs.get_by_text("Todas están cerradas.").wait_for()
    issues_a_notice(theirs, submission_id)


def observes(page, submission_id: int) -> None:
    page.goto(f"/revision/{submission_id}?resultado=todas")
    photographed(page, "mesa-de-revision")
    page.get_by_role("link", name="Escribir una observación").first.click()
    page.get_by_label("Partir de un texto").select_option("obs-ficha")
    page.get_by_role("button", name="Usarlo").click()
    photographed(page, "observacion")
    page.get_by_role("button", name="Guardar observación").click()
    page.get_by_text("La observación quedó guardada").wait_for()


def answers(page, submission_id: int) -> None:
    page.goto(f"/conectores/{submission_id}")
    page.get_by_role("link", name="Observaciones (1 abiertas)").click()
    page.get_by_label("Respuesta").fill("Va de 2019 a 2026.")
    photographed(page, "responder-observacion")
    page.get_by_role("button", name="Responder").click()
    page.get_by_text("Su respuesta quedó guardada.").wait_for()


def issues_a_notice(page, submission_id: int) -> None:
    page.goto(f"/revision/{submission_id}")
    page.get_by_role("link", name="Emitir un oficio").click()
    photographed(page, "emitir-oficio")
    page.get_by_role("button", name="Emitir y firmar").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").click()
    assert download.value.suggested_filename.startswith("OF-")
    photographed(page, "documentos")


def test_people_of_an_organisation_find_each_other(site, open_page) -> None:
    market, _ = site
    owner = market.person("duena", organization="Municipio de Ejemplo")
    page = open_page()
    signed_in(page, owner.email)

    page.goto("/organizaciones")
    page.get_by_label("Nombre de la organización").fill("Tesorería de Ejemplo")
    page.get_by_label("Entidad federativa").select_option("14")
    page.get_by_label("Orden de gobierno").select_option("municipal")
    page.get_by_role("button", name="Crear organización").click()
    page.get_by_label("Correo de la persona").fill("colega@correo.mx")
    page.get_by_role("button", name="Enviar invitación").click()
    page.get_by_text("Le enviamos la invitación a colega@correo.mx.").wait_for()
    photographed(page, "organizacion")
    for name, path in (
        ("organizaciones", "/organizaciones"),
        ("eliminar-cuenta", "/cuenta/eliminar"),
        ("publiccode", "/conectores/publiccode"),
        ("mi-cuenta", "/cuenta/"),
    ):
        page.goto(path)
        photographed(page, name)
