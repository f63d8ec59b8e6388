"""The measurements run and say what they promise; how fast is not asked here."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_measurements_write_their_page(tmp_path):
    page = tmp_path / "page.md"
    order = (
        "-m tests.bench --records 400 --seconds 0.05 --tries 1 "
        "--only search load page new --output"
    )

    done = subprocess.run(
        [sys.executable, *order.split(), str(page)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    text = page.read_text("utf-8")
    assert [
        f"## {title}" in text for title in ("Buscar", "Cargar", "Una página grande")
    ] == [True] * 3
    assert text.count("| Q1: sin filtro |") == 2
