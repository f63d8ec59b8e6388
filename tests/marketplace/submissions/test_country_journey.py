"""The journeys of the people of a country, in Chromium, against the whole of it.

PostgreSQL, Redis, two processes of the site and one of the worker, which tests a
real provider.
"""

import re
from email import message_from_bytes
from email.policy import default
from urllib.parse import urlsplit

import pyotp
import pytest
from tests import servers
from tests.chromium import (
    ARGUMENTS,
    CHROMIUM,
    PASSWORD,
    is_trouble,
    photographed,
    signed_in,
)
from tests.country import working
from tests.sdk.faults.good import Provider, good_records

from pdn_marketplace.security import Role
from pdn_marketplace.submissions import audit
from pdn_sdk.provider.serving import running

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")

LAURA = "laura@villa.gob.mx"
NAME = "API de Villa Ejemplo"
A_RUN_MS = 120_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine"),
    pytest.mark.skipif(
        servers.postgresql_programs() is None, reason=servers.LACKS_POSTGRESQL
    ),
    pytest.mark.skipif(not servers.has_redis(), reason=servers.LACKS_REDIS),
]


@pytest.fixture
def open_page(country):
    """Give new browsers, and fail where one of their pages complains."""
    complaints: list[str] = []
    country.processes.wait_for("El mercado", f"{country.site}/healthz")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)

        def opened():
            context = browser.new_context(base_url=country.site, locale="es-MX")
            page = context.new_page()
            page.set_default_timeout(20_000)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on(
                "console",
                lambda said: complaints.append(said.text) if is_trouble(said) else None,
            )
            return page

        yield opened
        browser.close()
    assert complaints == []


def test_a_country_goes_from_an_account_to_a_badge(
    country, open_page, tmp_path
) -> None:
    for name in ("revisora", "segunda"):
        country.market.person(name, Role.REVIEWER, "Secretaría Ejecutiva")
    provider = Provider(tmp_path, good_records(40))
    mine = open_page()
    signs_up(mine, country.market)

    with running(provider.app) as base, working(country):
        submits(mine, provider.target(base))
        follows_a_run(mine)
        sends_it_to_review(mine)
    first, second = open_page(), open_page()
    for page, name in ((first, "revisora"), (second, "segunda")):
        gives_the_second_factor(page, f"{name}@correo.mx")
    asks(first)
    answers(mine)
    settles(first)
    for page in (first, second):
        approves(page)

    code = finds_and_verifies(open_page())
    assert len(code) > 8
    with country.market.database.transaction() as session:
        assert audit.verify(session).broken_at is None


def signs_up(page, market) -> None:
    page.goto("/")
    page.get_by_role("link", name="Crear cuenta").click()
    page.get_by_label("Nombre completo").fill("Laura Méndez")
    page.get_by_label("Correo electrónico").fill(LAURA)
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
    signed_in(page, LAURA)


def submits(page, target) -> None:
    page.goto("/conectores")
    photographed(page, "sin-conectores")
    page.get_by_role("link", name="Enviar mi primer conector").click()
    page.get_by_label("Nombre del conector").fill(NAME)
    page.get_by_role("button", name="Guardar").click()
    page.get_by_text("Falta algo por corregir").wait_for()
    photographed(page, "formulario-con-errores")
    page.get_by_label("Sistema de la PDN").select_option("s2")
    for label, value in {
        "Resumen": "Contrataciones de la villa.",
        "Descripción": "A quién se publica y para qué.",
        "Quién lo mantiene": "Informática",
        "Dirección de la API": target.base_url,
        "Identificador del cliente": target.client_id,
        "Secreto del cliente": target.client_secret,
        "Usuario": target.username,
        "Contraseña": target.password,
    }.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Guardar").click()
    page.get_by_text("El conector quedó guardado.").wait_for()
    photographed(page, "conector-borrador")


def follows_a_run(page) -> None:
    page.get_by_role("button", name="Probar ahora").click()
    page.get_by_text(re.compile(r"^Van \d+ de \d+ pruebas\.")).wait_for()
    photographed(page, "prueba-en-curso")


def verdict(page) -> str:
    """Wait for the end of the run that the page follows; give what it says."""
    said = page.locator(".submission-verdict h1")
    said.wait_for(timeout=A_RUN_MS)
    return said.inner_text().strip()


def sends_it_to_review(page) -> None:
    assert verdict(page).startswith("Conforme")
    photographed(page, "resultado-conforme")
    page.get_by_role("link", name=NAME).click()
    page.get_by_role("button", name="Enviar a revisión").click()
    page.get_by_text("Su conector está en la fila").wait_for()
    photographed(page, "conector-en-revision")


def gives_the_second_factor(page, email: str) -> None:
    signed_in(page, email)
    photographed(page, "segundo-factor")
    secret = page.locator("code.proof-code").inner_text().replace(" ", "")
    page.get_by_label("Código de 6 dígitos").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Continuar").click()
    page.get_by_role("link", name="Revisión").click()
    page.get_by_role("link", name=NAME).wait_for()


def asks(page) -> None:
    photographed(page, "fila-de-revision")
    page.get_by_role("link", name=NAME).click()
    photographed(page, "mesa-de-revision")
    page.goto(f"{page.url.partition('?')[0]}?resultado=todas")
    page.get_by_role("link", name="Escribir una observación").first.click()
    page.get_by_label("Partir de un texto").select_option("obs-ficha")
    page.get_by_role("button", name="Usarlo").click()
    photographed(page, "observacion")
    page.get_by_role("button", name="Guardar observación").click()
    page.get_by_text("La observación quedó guardada").wait_for()


def answers(page) -> None:
    page.reload()
    page.get_by_role("link", name="Observaciones (1 abiertas)").click()
    page.get_by_label("Respuesta").fill("Va de 2019 a 2026.")
    photographed(page, "responder-observacion")
    page.get_by_role("button", name="Responder").click()
    page.get_by_text("Su respuesta quedó guardada.").wait_for()


def settles(page) -> None:
    page.reload()
    page.get_by_text("Va de 2019 a 2026.").wait_for()
    page.get_by_role("button", name="Cerrar: quedó atendida").click()
    page.get_by_text("Todas están cerradas.").wait_for()


def approves(page) -> None:
    page.get_by_role("link", name="Revisión").first.click()
    page.get_by_role("link", name=NAME).click()
    page.get_by_label("Aprobar: cumple y puede publicarse").check()
    photographed(page, "decision")
    page.get_by_role("button", name="Enviar decisión").click()
    page.get_by_text("Su decisión quedó guardada.").wait_for()


def finds_and_verifies(page) -> str:
    """Find what was published as a stranger does; give the code of its verdict."""
    page.goto("/")
    page.get_by_role("searchbox").fill("villa ejenplo")
    page.keyboard.press("Enter")
    page.get_by_text("esto es lo más parecido").wait_for()
    page.get_by_role("link", name=re.compile("S2")).first.click()
    photographed(page, "catalogo")
    page.locator("main .card-name a").first.click()
    badge = page.get_by_role("img", name="Insignia de conformidad")
    assert badge.evaluate("image => image.complete && image.naturalWidth > 0")
    page.get_by_text("Poner la insignia en su sitio").click()
    photographed(page, "recurso-con-insignia")
    page.get_by_role("link", name="Ver el reporte de las pruebas").click()
    code = str(page.locator("a.proof-code").inner_text())
    page.goto("/verify")
    page.get_by_label("Código").fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="Comprobar", exact=True).click()
    page.get_by_role("heading", name="Auténtico y vigente").wait_for()
    photographed(page, "comprobado")
    page.goto("/recursos/api-de-villa-ejemplo/estado")
    page.get_by_role("heading", name=f"Estado de {NAME}").wait_for()
    photographed(page, "estado")
    return code
