"""The optional certificates of S1: off unless asked for, and behind a token."""

import json

import pytest
from tests.sdk.provider.conftest import Served

from pdn_sdk.errors import ConfigurationError
from pdn_sdk.provider.access import issue
from pdn_sdk.provider.app import close_provider
from pdn_sdk.provider.credentials import CredentialStore

FILED, NEVER = "PEPM800101AB1", "XAXX010101000"
PDF = b"%PDF-1.7 acuse"


class WithCertificates(Served):
    def ask(self, path, *, token=True, **asked):
        headers = self.headers() if token else {}
        return self.client.get(path, query_string=asked, headers=headers)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "acuses"
    folder.mkdir()
    for name in (f"{FILED}_2023.pdf", f"{FILED.lower()}_2024.PDF", "otro_2022.pdf"):
        (folder / name).write_bytes(PDF)
    (folder / "notas.txt").write_text("no es un acuse", encoding="utf-8")
    return folder


@pytest.fixture
def served(make_settings, folder):
    opened = WithCertificates(make_settings(standards=("s1",), certificates=folder))
    store = CredentialStore.open(opened.settings.credentials)
    opened.issued = issue(store, "acuses", opened.standards, certificates=True)
    store.close()
    yield opened
    close_provider(opened.app)


def test_listing_tells_each_year_of_the_folder(served):
    told = served.ask("/declaraciones_fiscales", rfc=FILED.lower())

    assert told.json == {
        "rfc": FILED,
        "resultados": [
            {"ejercicio": 2022, "presento": False},
            {"ejercicio": 2023, "presento": True},
            {"ejercicio": 2024, "presento": True},
        ],
    }


def test_who_never_filed_and_who_does_not_exist_are_told_alike(served):
    told = served.ask("/declaraciones_fiscales", rfc=NEVER, ejercicio="2024")

    assert told.json["resultados"] == [{"ejercicio": 2024, "presento": False}]


def test_certificate_is_the_file_of_the_folder(served):
    told = served.ask("/acuse", rfc=FILED, ejercicio="2024")

    assert (told.status_code, told.data) == (200, PDF)
    assert told.content_type == "application/pdf"
    assert told.headers["Cache-Control"] == "no-store"


def test_file_that_is_added_or_removed_is_seen_at_once(served, folder):
    (folder / f"{NEVER}_2024.pdf").write_bytes(PDF)
    added = served.ask("/acuse", rfc=NEVER, ejercicio="2024")
    (folder / f"{NEVER}_2024.pdf").unlink()
    gone = served.ask("/acuse", rfc=NEVER, ejercicio="2024")

    assert (added.status_code, gone.status_code) == (200, 404)
    assert set(gone.json) == {"code", "message"}


@pytest.mark.parametrize(
    ("path", "asked", "said"),
    [
        ("/declaraciones_fiscales", {}, "«rfc» falta"),
        ("/acuse", {"ejercicio": "2024"}, "«rfc» falta"),
        ("/acuse", {"rfc": FILED}, "Falta «ejercicio»"),
        ("/acuse", {"rfc": "../../etc", "ejercicio": "2024"}, "«rfc» no tiene"),
        ("/acuse", {"rfc": FILED, "ejercicio": "24"}, "cuatro cifras"),
        ("/acuse", {"rfc": FILED, "ejercicio": "٢٠٢٤"}, "cuatro cifras"),
    ],
)
def test_bad_question_says_what_to_write(served, path, asked, said):
    told = served.ask(path, **asked)

    assert told.status_code == 400
    assert said in told.json["message"]


@pytest.mark.parametrize("path", ["/declaraciones_fiscales", "/acuse"])
def test_nobody_is_told_anything_without_a_token(served, path):
    told = served.ask(path, token=False, rfc=FILED, ejercicio="2024")

    assert told.status_code == 401


def test_credential_for_declarations_alone_is_not_enough(served):
    store = CredentialStore.open(served.settings.credentials)
    served.issued = issue(store, "declaraciones", served.standards)
    store.close()

    told = served.ask("/acuse", rfc=FILED, ejercicio="2024")

    assert told.status_code == 403


def test_service_is_described_where_it_is_published(served):
    described = served.client.get("/openapi.json").json["paths"]

    assert {"/acuse", "/declaraciones_fiscales"} <= set(described)
    assert described["/acuse"]["get"]["security"] == [
        {"declaraciones_auth": ["read:acuse_declaracion"]}
    ]


def test_service_is_not_there_unless_it_is_asked_for(make_served):
    plain = make_served(standards=("s1",))

    assert "/acuse" not in plain.client.get("/openapi.json").json["paths"]
    assert plain.client.get("/acuse", headers=plain.headers()).status_code == 404


def test_journal_does_not_write_whom_was_asked_about(make_settings, folder, capsys):
    opened = WithCertificates(
        make_settings(standards=("s1",), certificates=folder, access_log=True)
    )
    opened.ask("/acuse", rfc=FILED, ejercicio="2024")
    close_provider(opened.app)

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["route"] for line in lines] == ["/oauth/token", "/acuse"]
    assert FILED not in str(lines)


def test_folder_that_is_not_there_is_told_at_the_start(make_served, tmp_path):
    with pytest.raises(ConfigurationError, match="no es una carpeta"):
        make_served(standards=("s1",), certificates=tmp_path / "nada")


def test_another_standard_has_no_certificates(make_served, folder):
    with pytest.raises(ConfigurationError, match="es del S1"):
        make_served(standards=("s2",), certificates=folder)
