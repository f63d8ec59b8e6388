"""`pdn update`: what its owner wrote is never lost, whatever the template does."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pdn_sdk.cli.main import group, speak_spanish
from pdn_sdk.scaffold import Template
from pdn_sdk.settings import ProviderSettings

FILE = "Dockerfile"
NOTE = "# Lo de mi institución\n"


def _pdn(*arguments):
    speak_spanish()
    outcome = CliRunner().invoke(group, list(arguments))
    assert outcome.exit_code == 0, (outcome.output, outcome.exception)
    return outcome.stdout


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _pdn("new", "--no-input", "--system", "s2", "--system", "s3v2", "--name", 'A "B"')
    monkeypatch.chdir(next(tmp_path.iterdir()))
    return Path.cwd()


@pytest.fixture
def newer(tmp_path, monkeypatch):
    """Have the template change after the project was made."""
    known = Template.find("provider")
    folder = tmp_path / "plantilla"
    shutil.copytree(known.folder, folder)
    inside = next(folder.glob("{{*"))

    def change(name, text):
        (inside / name).write_text(text, encoding="utf-8")
        later = Template(known.name, folder, known.defaults)
        monkeypatch.setattr(Template, "find", classmethod(lambda *_: later))

    return change


def _texts(project):
    return {
        path.relative_to(project).as_posix(): path.read_text("utf-8")
        for path in project.rglob("*")
        if path.is_file()
    }


def test_new_project_is_up_to_date(project):
    before = _texts(project)

    assert "El proyecto está al día" in _pdn("update")
    assert _texts(project) == before


def test_what_was_not_edited_follows_the_template(project, newer):
    newer(FILE, "FROM python:3.13-slim\n")
    before = _texts(project)

    preview = _pdn("update")

    assert "+FROM python:3.13-slim" in preview
    assert "Nada ha cambiado" in preview
    assert _texts(project) == before
    _pdn("update", "--write")
    assert (project / FILE).read_text("utf-8") == "FROM python:3.13-slim\n"
    assert "El proyecto está al día" in _pdn("update")


def test_what_was_edited_stays_where_the_template_did_not_change(project):
    (project / FILE).write_text(NOTE, encoding="utf-8")

    told = _pdn("update", "--write")

    assert "no se toca" in told
    assert (project / FILE).read_text("utf-8") == NOTE


def test_where_both_changed_the_new_one_is_put_beside(project, newer):
    newer(FILE, "FROM python:3.13-slim\n")
    (project / FILE).write_text(NOTE, encoding="utf-8")
    beside = project / f"{FILE}.nuevo"
    beside.write_text("mío\n", encoding="utf-8")

    told = _pdn("update", "--write")

    assert f"{FILE}.nuevo2" in told
    assert (project / FILE).read_text("utf-8") == NOTE
    assert beside.read_text("utf-8") == "mío\n"
    assert "3.13" in (project / f"{FILE}.nuevo2").read_text("utf-8")
    # It has been told: it is not told again until the template changes.
    assert "El proyecto está al día" in _pdn("update")


def test_what_was_removed_is_not_put_back_and_what_is_new_is_added(project, newer):
    newer("nuevo.md", "Hola\n")
    (project / "compose.yaml").unlink()

    _pdn("update", "--write")

    assert not (project / "compose.yaml").exists()
    assert (project / "nuevo.md").read_text("utf-8") == "Hola\n"


def test_settings_keep_all_that_was_written_in_them(project, newer):
    newer(FILE, "FROM python:3.13-slim\n")
    path = project / "provider.toml"
    own = '\n[source.spic]\nconnector = "csv_file"\npath = "datos/otro.csv"\n'
    text = path.read_text("utf-8").replace("[source.spic]\n", "[source.nada]\n")
    path.write_text(text + own, encoding="utf-8")

    _pdn("update", "--write")

    settings = ProviderSettings.load(project, {})
    assert settings.source_of("spic").options["path"] == "datos/otro.csv"
    assert settings.name == 'A "B"'
    assert path.read_text("utf-8").count("[template]") == 1
    assert "El proyecto está al día" in _pdn("update")


def test_project_that_is_older_than_the_marks_loses_nothing(project, newer):
    newer(FILE, "FROM python:3.13-slim\n")
    path = project / "provider.toml"
    path.write_text(path.read_text("utf-8").split("# Con esto")[0], encoding="utf-8")
    before = (project / FILE).read_text("utf-8")

    told = _pdn("update", "--write")

    assert "desconocida" in told
    assert (project / FILE).read_text("utf-8") == before
    assert (project / f"{FILE}.nuevo").exists()
