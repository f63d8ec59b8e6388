import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pdn_sdk.errors import ScaffoldError
from pdn_sdk.scaffold import Template, checked_name, generate, slug

ROOT = Path(__file__).parents[2]
GENERATED = {
    ".gitignore",
    "Dockerfile",
    "README.md",
    "app.py",
    "compose.yaml",
    "mapping.toml",
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


EXAMPLE = "Municipio de Ejemplo"
PROVIDER = Template.find("provider")


def _answers(name: str) -> dict[str, object]:
    tidy = checked_name(name, EXAMPLE)
    return {
        "name": tidy,
        "slug": slug(tidy),
        "database": "sqlite",
        "source": "excel_file",
        "optional": ["sheet"],
        "standards": [{"key": "s2", "system": "S2", "title": "Contrataciones"}],
        "datasets": [
            {
                "key": "spic",
                "title": "Contrataciones",
                "mapping": "mapping.toml",
                "options": ['path = "datos/fuente.xlsx"'],
            }
        ],
        "sdk_version": "0.1.0",
    }


def _generate(name: str, output: Path) -> Path:
    return generate(PROVIDER, _answers(name), output, {"mapping.toml": ""})


def _files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("name", NAMES)
def test_any_institution_name_gives_the_same_files_with_the_name_intact(tmp_path, name):
    project = _generate(name, tmp_path)

    settings_file = tomllib.loads((project / "provider.toml").read_text("utf-8"))
    assert _files(project) == GENERATED
    assert settings_file["provider"]["name"] == checked_name(name, EXAMPLE)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=st.text(max_size=220))
def test_a_name_is_refused_with_a_suggestion_or_names_a_safe_folder(name):
    try:
        tidy = checked_name(name, EXAMPLE)
    except ScaffoldError as error:
        suggestion = error.message.rsplit("«", 1)[1].removesuffix("».")
        assert checked_name(suggestion, EXAMPLE)
    else:
        folder = slug(tidy)
        assert folder
        assert set(folder) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=st.text(st.sampled_from("aÑé\"'\\{}%#$&🏛«»\u2028 [];\t"), max_size=30))
def test_whatever_the_name_the_project_says_it_whole(tmp_path, name):
    try:
        tidy = checked_name(f"A {name}", EXAMPLE)
    except ScaffoldError:
        return
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        project = _generate(tidy, Path(folder))

        written = tomllib.loads((project / "provider.toml").read_text("utf-8"))
        assert written["provider"]["name"] == tidy
        assert tidy in (project / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("Municipio\u200b de Ejemplo", "«Municipio de Ejemplo»"),
        ("Instituto\x1b[31m", "«Instituto[31m»"),
        ("«»\x00", "«Municipio de Ejemplo»"),
        ("   ", "«Municipio de Ejemplo»"),
        ("Ayuntamiento " * 20, "Ayuntamiento»."),
        ("公共机构", "«Municipio de Ejemplo»"),
    ],
)
def test_a_bad_name_comes_back_with_one_that_can_be_used(name, suggested):
    with pytest.raises(ScaffoldError) as told:
        checked_name(name, EXAMPLE)

    assert suggested in told.value.message


@pytest.mark.parametrize("name", ["provider", "connector"])
def test_template_declares_each_of_the_names_that_it_uses(name):
    template = Template.find(name)
    texts = [p.read_text("utf-8") for p in template.folder.rglob("*") if p.is_file()]

    used = {m for text in texts for m in re.findall(r"cookiecutter\.(\w+)", text)}

    assert used - {"json"} <= set(template.defaults)


def test_no_template_mark_survives_in_the_project(tmp_path):
    project = _generate("Municipio de Ejemplo", tmp_path)

    leftovers = [
        path.name
        for path in project.rglob("*")
        if path.is_file() and "cookiecutter" in path.read_text("utf-8")
    ]
    assert leftovers == []


def test_a_reserved_device_name_is_not_used_for_the_folder():
    assert slug("Con") == "con-pdn"


def test_an_existing_folder_is_never_overwritten(tmp_path):
    project = _generate("Municipio de Ejemplo", tmp_path)
    (project / "provider.toml").write_text("mío", encoding="utf-8")

    with pytest.raises(ScaffoldError, match="municipio-de-ejemplo-2"):
        _generate("Municipio de Ejemplo", tmp_path)

    assert (project / "provider.toml").read_text("utf-8") == "mío"


def test_a_folder_that_cannot_be_written_is_said_and_left_clean(tmp_path):
    blocked = tmp_path / "archivo"
    blocked.write_text("no soy una carpeta")

    with pytest.raises(ScaffoldError, match="permiso"):
        _generate("Municipio de Ejemplo", blocked)


def test_the_wheel_carries_templates_and_connectors(tmp_path):
    hatchling = Path(sys.executable).with_name("hatchling")
    command = [str(hatchling), "build", "-t", "wheel", "-d", str(tmp_path)]

    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    assert {
        "pdn_sdk/_templates/provider/cookiecutter.json",
        "pdn_sdk/_templates/connector/cookiecutter.json",
        "pdn_sdk/_connectors/excel_file/connector.toml",
        "pdn_sdk/look/tokens.css",
        "pdn_sdk/standards/s2/standard.toml",
        "pdn_sdk/locale/es/LC_MESSAGES/messages.mo",
    } <= names
