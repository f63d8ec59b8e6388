"""The settings of a provider: read from the file and the environment, checked."""

from pathlib import Path

import pytest

from pdn_sdk.errors import ConfigurationError
from pdn_sdk.settings import SETTINGS, ProviderSettings

LEAST = '[provider]\nname = "Municipio de Ejemplo"\nstandards = ["s2"]\n'
SOURCE = '[source]\nconnector = "csv_file"\npath = "datos.csv"\n'


@pytest.fixture
def read(tmp_path):
    """Read settings out of a text, as they would be in a project."""

    def read(text=LEAST, **environ):
        (tmp_path / "provider.toml").write_text(text, encoding="utf-8")
        return ProviderSettings.load(tmp_path, environ)

    return read


def _refusal(read, text=LEAST, **environ):
    with pytest.raises(ConfigurationError) as caught:
        read(text, **environ)
    return caught.value.message


def test_a_name_and_a_standard_are_enough(read, tmp_path):
    settings = read()

    assert (settings.name, settings.standards) == ("Municipio de Ejemplo", ("s2",))
    assert settings.database == tmp_path / "data/provider.db"
    assert settings.credentials == tmp_path / "data/credenciales.db"
    assert settings.issuer == f"urn:pdn:{tmp_path.name}"
    assert (settings.host, settings.port) == ("127.0.0.1", 8081)
    assert settings.publish_reserved is False
    assert settings.source is None


def test_credentials_lie_beside_the_database_unless_told(read, tmp_path):
    moved = read(LEAST + 'database = "otra/base.db"\n')
    told = read(LEAST + 'credentials = "llaves.db"\n')

    assert moved.credentials == tmp_path / "otra/credenciales.db"
    assert told.credentials == tmp_path / "llaves.db"


def test_environment_wins_over_the_file(read):
    settings = read(
        LEAST + "port = 1\n",
        PDN_PORT="9000",
        PDN_STANDARDS="s2, s3s,",
        PDN_PUBLISH_RESERVED="sí",
        PDN_ACCESS_LOG="0",
        PDN_NAME="   ",
    )

    assert (settings.port, settings.standards) == (9000, ("s2", "s3s"))
    assert (settings.publish_reserved, settings.access_log) == (True, False)
    assert settings.name == "Municipio de Ejemplo"


@pytest.mark.parametrize(
    "setting",
    [s for s in SETTINGS if s.name != "database_password"],
    ids=lambda s: s.name,
)
def test_every_setting_has_a_variable(read, setting):
    opposite = "0" if setting.default else "1"
    text = "otra.db" if setting.name == "database" else "https://x" * 4
    value = {int: "7", bool: opposite, str: text, tuple: "s9"}[setting.kind]

    changed = read(**{setting.variable: value})

    assert getattr(changed, setting.name) != getattr(read(), setting.name)


@pytest.mark.parametrize(
    "setting", [s for s in SETTINGS if s.example], ids=lambda s: s.name
)
def test_every_example_is_accepted(read, setting):
    kept = [line for line in LEAST.splitlines() if not line.startswith(setting.name)]

    assert read("\n".join([*kept, setting.example]))


def test_signing_key_is_a_secret_of_the_environment(read):
    settings = read(PDN_SIGNING_KEY="k" * 32)

    assert settings.signing_key == "k" * 32
    assert "kkk" not in repr(settings)
    assert "PDN_SIGNING_KEY" in _refusal(read, LEAST + 'signing_key = "k"\n')
    assert "demasiado corta" in _refusal(read, PDN_SIGNING_KEY="corta")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("nombre = 1", "no existe el ajuste «nombre»"),
        ("prot = 1", "¿Quiso escribir «port»?"),
        ('port = "8081"', "port = 8081"),
        ("port = 65536", "pasa de 65535"),
        ("port = -1", "demasiado pequeño"),
        ("workers = 0", "demasiado pequeño"),
        ("token_lifetime_s = 0", "demasiado pequeño"),
        ("access_log = 1", "access_log = true"),
        ("host = 1", "no tiene la forma"),
        ('public_url = "datos.gob.mx"', "https://"),
    ],
)
def test_wrong_setting_says_what_to_write(read, lines, said):
    assert said in _refusal(read, LEAST + lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "falta «name»"),
        ('[provider]\nname = "X"', "falta «standards»"),
        ('[provider]\nname = ""\nstandards = ["s2"]', "«name» está vacío"),
        ('[provider]\nname = "X"\nstandards = []', "«standards» está vacío"),
        ('[provider]\nname = "X"\nstandards = [1]', "no tiene la forma"),
        ("provider = 1", "escriba [provider]"),
        ("[provider", "no es TOML válido: se rompe al final"),
        (LEAST + "name = 'Y'\n", "se rompe en la línea"),
        (LEAST + "[source]\npath = 'x'", "falta «connector»"),
        (LEAST + SOURCE + "mapping = 1", "«mapping»"),
    ],
)
def test_wrong_file_says_what_to_write(read, text, said):
    assert said in _refusal(read, text)


@pytest.mark.parametrize(
    ("variable", "value"), [("PDN_PORT", "x"), ("PDN_ACCESS_LOG", "quizá")]
)
def test_wrong_variable_is_named(read, variable, value):
    assert variable in _refusal(read, **{variable: value})


def test_missing_file_says_how_to_get_one(tmp_path):
    with pytest.raises(ConfigurationError, match="pdn new"):
        ProviderSettings.load(tmp_path, {})


def test_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "provider.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        ProviderSettings.load(tmp_path, {})

    (tmp_path / "provider.toml").unlink()
    (tmp_path / "provider.toml").mkdir()
    with pytest.raises(ConfigurationError, match="No se puede leer"):
        ProviderSettings.load(tmp_path, {})


def test_file_saved_by_a_windows_editor_is_read(tmp_path):
    (tmp_path / "provider.toml").write_bytes(b"\xef\xbb\xbf" + LEAST.encode())

    assert ProviderSettings.load(tmp_path, {}).name == "Municipio de Ejemplo"


def test_source_takes_its_options_from_file_and_environment(read, tmp_path):
    source = read(LEAST + SOURCE, PDN_SOURCE_PATH="otro.csv", PDN_SOURCE_X="1").source

    assert (source.connector, source.folder) == ("csv_file", tmp_path)
    assert source.mapping == tmp_path / "mapping.toml"
    assert dict(source.options) == {"path": "otro.csv", "x": "1"}


@pytest.mark.parametrize(
    ("url", "is_secure"),
    [("https://x.gob.mx/", True), ("http://x", False), ("", False)],
)
def test_address_says_whether_the_api_is_reached_safely(read, url, is_secure):
    settings = read(LEAST + f'public_url = "{url}"\n')

    assert settings.is_secure is is_secure
    assert not settings.public_url.endswith("/")


def test_relative_folder_gives_absolute_paths(read, tmp_path, monkeypatch):
    read()
    monkeypatch.chdir(tmp_path)

    assert ProviderSettings.load(Path(), {}).database.is_absolute()


def _on(address, **environ):
    return {"text": LEAST + f'database = "{address}"\n', **environ}


def test_a_server_keeps_the_credentials_too(read, tmp_path):
    settings = read(**_on("postgresql://pdn@base:5433/padr%C3%B3n?sslmode=require"))
    told = read(LEAST + 'credentials = "llaves.db"\n', PDN_DATABASE="postgres:///pdn")

    server = settings.database
    assert settings.credentials == server
    assert (server.host, server.port, server.name) == ("base", 5433, "padrón")
    assert (server.user, dict(server.options)) == ("pdn", {"sslmode": "require"})
    assert str(server) == "postgresql://pdn@base:5433/padrón"
    assert told.credentials == tmp_path / "llaves.db"


@pytest.mark.parametrize(
    "environ",
    [
        {"PDN_DATABASE_PASSWORD": "secreta"},
        {"PDN_DATABASE": "postgresql://pdn:secreta@base/pdn"},
    ],
)
def test_the_password_of_a_server_is_shown_to_nobody(read, environ):
    settings = read(**_on("postgresql://pdn@base/pdn", **environ))

    assert settings.database.password == "secreta"
    assert "secreta" not in f"{settings!r} {settings.database!s}"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://pdn:secreta@base/pdn", "PDN_DATABASE_PASSWORD"),
        ("postgresql://pdn@base/pdn?password=secreta", "sslmode"),
        ("postgresql://pdn@base/", "postgresql://usuario@servidor:5432/base"),
        ("postgresql://secreta@base:puerto/pdn", "postgresql://usuario@servidor"),
        ("mysql://pdn:secreta@base/pdn", "«mysql»"),
    ],
)
def test_an_address_that_will_not_do_is_refused_without_repeating_it(
    read, address, told
):
    refused = _refusal(read, **_on(address))

    assert told in refused
    assert "secreta" not in refused
