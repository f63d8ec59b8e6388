"""`pdn client` and `pdn serve` as a person types them."""

import json

import pytest
from click.testing import CliRunner

from pdn_sdk.cli.main import group, speak_spanish
from pdn_sdk.errors import ConfigurationError, RequestError
from pdn_sdk.provider.credentials import CredentialStore
from pdn_sdk.settings import SETTINGS


@pytest.fixture
def pdn(make_settings, tmp_path):
    """Run a verb on a project."""
    make_settings()
    speak_spanish()

    def run(*arguments):
        words = [*arguments, "--project", str(tmp_path)]
        return CliRunner().invoke(group, words)

    return run


def test_credential_is_shown_once_in_the_words_that_the_pdn_asks_for(pdn):
    shown = pdn("client", "add", "PDN").output

    for label in ("client_id", "client_secret", "username", "password", "token_url"):
        assert label in shown
    secret = shown.partition("client_secret")[2].split()[0]
    assert "no se vuelve a mostrar" in shown
    assert secret not in pdn("client", "list").output
    assert secret not in pdn("client", "list", "--json").output


def test_credential_in_json_is_one_object(pdn):
    issued = json.loads(pdn("client", "add", "PDN", "--json").output)

    assert list(issued) == [
        "client_id",
        "client_secret",
        "username",
        "password",
        "scope",
        "token",
    ]
    assert issued["token"] is None
    assert issued["scope"] == "read:spic"


def test_credentials_are_listed_and_removed(pdn):
    assert "No hay credenciales" in pdn("client", "list").output
    pdn("client", "add", "PDN")

    listed = json.loads(pdn("client", "list", "--json").output)
    removed = pdn("client", "remove", "PDN")

    assert [row["name"] for row in listed] == ["PDN"]
    assert "ya no puede consultar" in removed.output
    assert json.loads(pdn("client", "list", "--json").output) == []


@pytest.mark.parametrize(
    "words", [("remove", "nadie"), ("add", " "), ("remove", "' OR 1=1 --")]
)
def test_wrong_name_is_refused(pdn, words):
    assert isinstance(pdn("client", *words).exception, RequestError)


def test_reserved_credential_needs_reserved_data(pdn, monkeypatch):
    refused = pdn("client", "add", "Autoridad", "--reserved").exception
    monkeypatch.setenv("PDN_PUBLISH_RESERVED", "1")

    issued = json.loads(
        pdn("client", "add", "Autoridad", "--reserved", "--json").output
    )

    assert isinstance(refused, ConfigurationError)
    assert "publish_reserved" in refused.message
    assert issued["scope"] == "read:spic read:spic:reserved"


def test_credentials_go_where_the_settings_say(pdn, tmp_path, monkeypatch):
    monkeypatch.setenv("PDN_CREDENTIALS", "otras/llaves.db")

    pdn("client", "add", "PDN")

    store = CredentialStore.open(tmp_path / "otras/llaves.db")
    assert [c.name for c in store.all()] == ["PDN"]
    store.close()


def test_help_of_serve_names_every_variable_in_eighty_columns():
    speak_spanish()
    shown = CliRunner().invoke(group, ["serve", "--help"], terminal_width=80).output

    assert all(setting.variable in shown for setting in SETTINGS)
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("words", [("serve",), ("client", "list")])
def test_folder_without_a_project_says_so(tmp_path, words):
    outcome = CliRunner().invoke(group, [*words, "--project", str(tmp_path)])

    assert isinstance(outcome.exception, ConfigurationError)
    assert "pdn new" in outcome.exception.message
