import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pdn_sdk.errors import ScaffoldError
from pdn_sdk.scaffold import Answers, checked_name, generate, slug

ROOT = Path(__file__).parents[2]
GENERATED = {
    ".dockerignore",
    ".gitignore",
    "Dockerfile",
    "README.md",
    "app.py",
    "compose.yaml",
    "provider.toml",
    "requirements.txt",
    "tests/test_proveedor.py",
}

NAMES = [
    "Municipio de Ejemplo",
    "H. Ayuntamiento de Ñuñoa «La Güera»",
    'Secretaría "Ejecutiva" del Sistema \\ Anticorrupción',
    "Órgano O'Higgins & Cía. {{ cookiecutter.slug }} {% raw %}",
    "🏛️ Instituto de Transparencia 🇲🇽",
    "A" * 200,
    "Con",
    "1ª Sala # de 'lo' [[administrativo]]",
]


def _answers(name: str) -> Answers:
    tidy = checked_name(name)
    return Answers(
        name=tidy,
        slug=slug(tidy),
        standard="s2",
        system="S2",
        standard_title="Contrataciones",
        source="excel_file",
        source_path="datos/fuente.xlsx",
        sdk_version="0.1.0",
    )


def _files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("name", NAMES)
def test_any_institution_name_gives_the_same_files_with_the_name_intact(tmp_path, name):
    project = generate(_answers(name), tmp_path)

    settings_file = tomllib.loads((project / "provider.toml").read_text("utf-8"))
    assert _files(project) == GENERATED
    assert settings_file["provider"]["name"] == checked_name(name)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=st.text(max_size=220))
def test_a_name_is_refused_with_a_suggestion_or_names_a_safe_folder(name):
    try:
        tidy = checked_name(name)
    except ScaffoldError as error:
        suggestion = error.message.rsplit("«", 1)[1].rstrip("».")
        assert checked_name(suggestion)
    else:
        folder = slug(tidy)
        assert folder
        assert set(folder) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_no_template_mark_survives_in_the_project(tmp_path):
    project = generate(_answers("Municipio de Ejemplo"), tmp_path)

    leftovers = [
        path.name
        for path in project.rglob("*")
        if path.is_file() and "cookiecutter" in path.read_text("utf-8")
    ]
    assert leftovers == []


def test_a_reserved_device_name_is_not_used_for_the_folder():
    assert slug("Con") == "con-pdn"


def test_an_existing_folder_is_never_overwritten(tmp_path):
    project = generate(_answers("Municipio de Ejemplo"), tmp_path)
    (project / "provider.toml").write_text("mío", encoding="utf-8")

    with pytest.raises(ScaffoldError, match="municipio-de-ejemplo-2"):
        generate(_answers("Municipio de Ejemplo"), tmp_path)

    assert (project / "provider.toml").read_text("utf-8") == "mío"


def test_a_folder_that_cannot_be_written_is_said_and_left_clean(tmp_path):
    blocked = tmp_path / "archivo"
    blocked.write_text("no soy una carpeta")

    with pytest.raises(ScaffoldError, match="permiso"):
        generate(_answers("Municipio de Ejemplo"), blocked)


def test_the_wheel_carries_templates_and_connectors(tmp_path):
    hatchling = Path(sys.executable).with_name("hatchling")
    command = [str(hatchling), "build", "-t", "wheel", "-d", str(tmp_path)]

    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    assert {
        "pdn_sdk/_templates/provider/cookiecutter.json",
        "pdn_sdk/_connectors/excel_file/connector.toml",
        "pdn_sdk/look/tokens.css",
        "pdn_sdk/standards/s2/standard.toml",
        "pdn_sdk/locale/es/LC_MESSAGES/messages.mo",
    } <= names
