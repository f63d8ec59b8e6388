"""What the documentation says is what the code does."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.docs.pages import MEANINGS, PAGES, REFERENCE, error_kinds

from pdn_sdk import __version__
from pdn_sdk.cli.main import VERBS
from pdn_sdk.cli.standards import OPERATORS
from pdn_sdk.ingest.mapping.file import Mapping
from pdn_sdk.settings import SETTINGS
from pdn_sdk.standards.loader import all_standards, get
from pdn_sdk.standards.model import Operator

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BIN = Path(sys.executable).parent


def _blocks(page: Path) -> str:
    """Give the shell that a page tells a person to run, as one script."""
    found = re.findall(r"^```sh\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
    return "set -euo pipefail\n" + "\n".join(found)


def _run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", PAGES)
def test_reference_page_is_what_the_code_says_today(name):
    written = (REFERENCE / name).read_text("utf-8")

    # Apart: click keeps the words of whichever language asked first.
    code = f"from tests.docs.pages import PAGES; print(PAGES[{name!r}](), end='')"
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert written == told.stdout.decode(), "corra «make reference»"


@pytest.mark.slow
@pytest.mark.parametrize("page", ["start.md", "guides/write-a-connector.md"])
def test_what_a_page_tells_to_run_runs(tmp_path, page):
    done = _run(_blocks(DOCS / page), tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


def _tables(page: Path) -> list[dict[str, object]]:
    found = re.findall(r"^```toml\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
    return [tomllib.loads(text) for text in found]


def test_every_mapping_of_the_guide_is_a_good_one():
    dataset = get("s2").datasets[0]
    whole, *parts = _tables(DOCS / "guides/map.md")

    for part in parts:
        split = {path for s in part.get("split", ()) for path in s["into"]}
        fields = {k: v for k, v in whole["fields"].items() if k not in split}
        told = {**part, "fields": fields | part.get("fields", {})}
        assert Mapping.parse(told, dataset, origin="guía").columns
    assert len(parts) == 12


@pytest.mark.slow
def test_first_steps_end_as_they_say(tmp_path):
    done = _run(_blocks(DOCS / "start.md"), tmp_path)

    assert "Conforme" in done.stdout
    assert "La fecha «31/02/2025» no existe" in " ".join(done.stdout.split())
    assert "quedaron filas por corregir" in done.stdout
    assert "client_secret" in (
        tmp_path / "municipio-de-ejemplo/credenciales.json"
    ).read_text("utf-8")


def test_every_order_setting_and_error_has_its_place():
    orders = (REFERENCE / "cli-and-settings.md").read_text("utf-8")

    assert [v for v in VERBS if f"`pdn {v}`" not in orders] == []
    assert [s.name for s in SETTINGS if f"`{s.variable}`" not in orders] == []
    assert set(MEANINGS) == set(error_kinds())


def test_every_standard_has_its_section():
    page = (REFERENCE / "standards.md").read_text("utf-8")

    assert [s.key for s in all_standards() if f"{{#{s.key}}}" not in page] == []


def test_every_operator_of_a_filter_is_told_in_words():
    assert set(OPERATORS) == {str(operator) for operator in Operator}


def test_newest_entry_of_the_changelog_is_this_version():
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")

    versions = re.findall(r"^## \[(\d[^\]]*)\]", changelog, re.M)

    assert versions[0] == __version__


@pytest.mark.slow
def test_site_builds_without_a_broken_link(tmp_path):
    command = [str(BIN / "mkdocs"), "build", "--strict", "--quiet", "-d", str(tmp_path)]

    built = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert built.returncode == 0, built.stderr
    assert (tmp_path / "start" / "index.html").is_file()
