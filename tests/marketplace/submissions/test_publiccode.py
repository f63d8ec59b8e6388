"""publiccode.yml: what fills the form, what is refused, and what is given."""

import io
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import yaml

from pdn_marketplace.catalog.seed import seed_catalog
from pdn_marketplace.publiccode import fetching
from pdn_marketplace.submissions.addresses import AddressRules

BRING = "/conectores/publiccode"
GOOD = {
    "publiccodeYmlVersion": "0.4",
    "name": "API de Sanciones",
    "url": "https://git.ejemplo.gob.mx/sanciones",
    "legal": {"license": "MIT"},
    "organisation": {"name": "Contraloría de Ejemplo"},
    "description": {
        "es": {"shortDescription": "Publica sanciones.", "longDescription": "Todas."}
    },
    "maintenance": {
        "contacts": [{"name": "Mesa de ayuda", "email": "mesa@ejemplo.gob.mx"}]
    },
}


def brought(browser, body: str | bytes | dict):
    text = yaml.safe_dump(body) if isinstance(body, dict) else body
    sent = text.encode() if isinstance(text, str) else text
    return browser.post(BRING, data={"file": (io.BytesIO(sent), "publiccode.yml")})


def test_a_description_fills_the_form(market, owner) -> None:
    page = brought(market.browser(owner), GOOD).text

    for text in (
        "API de Sanciones",
        "Publica sanciones.",
        "Contraloría de Ejemplo",
        "Mesa de ayuda",
        "mesa@ejemplo.gob.mx",
        "https://git.ejemplo.gob.mx/sanciones",
    ):
        assert f'value="{text}"' in page
    assert 'action="/conectores/nuevo"' in page


def test_what_breaks_the_published_rules_is_said(market, owner) -> None:
    spanish = {"shortDescription": "x" * 151, "longDescription": "y" * 901}
    spanish["screenshots"] = ["a", "b", "c", "d", "e"]
    wrong = {**GOOD, "description": {"es": spanish}, "legal": {}}

    page = brought(market.browser(owner), wrong).text

    assert "tiene 151 caracteres y el catálogo admite 150" in page
    assert "tiene 901 caracteres y el catálogo admite 900" in page
    assert "Trae 5 imágenes" in page
    assert "Falta en el archivo: Licencia" in page


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "le falta publiccodeYmlVersion"),
        ("name: [", "no es YAML"),
        ("name: x", "le falta publiccodeYmlVersion"),
        (b"\xff\xfe\x00", "no es YAML"),
        ("a: &a [1]\nb: *a", "referencias de YAML"),
        ("[" * 50 + "]" * 50, "demasiados niveles"),
        ("\n".join("- a" for _ in range(6000)), "demasiados datos"),
        ("!!python/object/apply:os.system ['true']", "no es YAML"),
        ("x" * 300_000, "demasiado grande"),
    ],
)
def test_what_is_no_description_is_refused(market, owner, body, words) -> None:
    answer = brought(market.browser(owner), body)

    assert answer.status_code == 400
    assert words in answer.text


def test_a_description_is_never_markup_nor_a_script(market, owner) -> None:
    attack = '"><script>alert(1)</script>'
    hostile = {
        **GOOD,
        "name": attack,
        "url": "javascript:alert(1)",
        "description": {"es": {"shortDescription": attack, "longDescription": attack}},
    }

    page = brought(market.browser(owner), hostile).text

    assert "<script>alert" not in page
    assert "javascript:" not in page


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/publiccode.yml",
        "http://169.254.169.254/latest",
        "http://[::1]/a",
        "http://2130706433/a",
        "file:///etc/passwd",
        "gopher://x.mx/",
        "https://u:p@x.mx/a",
        "http://localhost/a",
        "",
    ],
)
def test_an_address_that_may_not_be_called_is_refused(market, owner, url) -> None:
    answer = market.browser(owner).post(BRING, data={"url": url})

    assert answer.status_code == 400
    assert "root:" not in answer.text


class Answers(BaseHTTPRequestHandler):
    """Serves a good description, a redirect to it, and an answer too big."""

    def do_GET(self):
        moved = self.path == "/moved"
        self.send_response(302 if moved else 200)
        if moved:
            self.send_header("Location", "/good")
        self.end_headers()
        body = yaml.safe_dump(GOOD).encode()
        self.wfile.write(b"x" * 400_000 if self.path == "/big" else body)

    def log_message(self, *told):
        """Say nothing."""


@pytest.fixture
def elsewhere():
    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/good", 200, "API de Sanciones"),
        ("/moved", 400, "sin redirecciones"),
        ("/big", 400, "demasiado grande"),
    ],
)
def test_a_description_comes_from_its_address(
    make_market, elsewhere, path, status, words
) -> None:
    market = make_market(allow_private_targets="1")
    person = market.person("duena")

    answer = market.browser(person).post(BRING, data={"url": elsewhere + path})

    assert answer.status_code == status
    assert words in answer.text


def test_the_process_that_fetches_looks_at_the_address_again(elsewhere) -> None:
    """Whatever let it through before, a private address is not called."""
    strict = AddressRules(allow_private=False)

    with pytest.raises(fetching.SubmissionRejectedError):
        fetching.fetched(elsewhere.replace("127.0.0.1", "localhost.localtest"), strict)


def test_what_is_exported_can_be_brought_back(market, owner) -> None:
    with market.database.transaction() as session:
        seed_catalog(session, market.clock())
    browser = market.browser(owner)

    given = market.browser().get("/recursos/api-generica-s1/publiccode.yml")

    assert given.mimetype == "application/yaml"
    assert yaml.safe_load(given.text)["publiccodeYmlVersion"] == "0.4"
    page = brought(browser, given.data)
    assert page.status_code == 200
    assert yaml.safe_load(given.text)["name"] in page.text


def test_only_who_is_signed_in_brings_one(market) -> None:
    visitor = market.browser()

    assert "/cuenta/entrar" in visitor.get(BRING).location
    assert "/cuenta/entrar" in visitor.post(BRING).location
    assert visitor.get("/recursos/nada/publiccode.yml").status_code == 404
