import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCTS = (ROOT / "sdk/pdn_sdk", ROOT / "marketplace/pdn_marketplace")
MODULES = sorted(
    path
    for product in PRODUCTS
    for path in product.rglob("*.py")
    if "migrations" not in path.parts
)
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60
DRAWERS = {"utils", "helpers", "common", "misc", "base", "tools"}
# Where the environment enters a program: its commands and its WSGI door.
EDGES = ("cli", "cli.py", "wsgi.py", "demo")


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_imports_only_point_downwards():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]

    outcome = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert outcome.returncode == 0, outcome.stdout
    assert "5 kept, 0 broken" in outcome.stdout


@pytest.mark.parametrize("path", MODULES, ids=_named)
def test_module_is_short_documented_and_named_by_a_noun(path):
    text = path.read_text(encoding="utf-8")

    assert len(text.splitlines()) <= MAX_MODULE_LINES
    assert ast.get_docstring(ast.parse(text)), "every module says what it owns"
    assert path.stem not in DRAWERS


@pytest.mark.parametrize("path", MODULES, ids=_named)
def test_functions_fit_on_a_screen(path):
    long = [
        f"{f.name}: {f.end_lineno - f.lineno + 1}"
        for f in _functions(path)
        if (f.end_lineno or f.lineno) - f.lineno >= MAX_FUNCTION_LINES
    ]

    assert long == []


@pytest.mark.parametrize("path", MODULES, ids=_named)
def test_only_the_edges_read_the_environment(path):
    relative = path.relative_to(ROOT).parts

    reads = re.findall(r"os\.(?:environ|getenv)", path.read_text(encoding="utf-8"))

    assert not reads or set(relative) & set(EDGES), f"{reads} in {path}"


@pytest.mark.parametrize("path", MODULES, ids=_named)
def test_nothing_is_left_for_later(path):
    marks = re.findall(
        r"\b(?:TODO|FIXME|XXX|HACK|NotImplementedError)\b",
        path.read_text(encoding="utf-8"),
    )

    assert marks == []


def test_broad_excepts_stand_only_at_the_edges():
    broad = [
        _named(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (
                isinstance(node.type, ast.Name)
                and node.type.id in {"Exception", "BaseException"}
            )
        )
    ]

    assert broad == []


def test_standards_are_never_named_field_by_field_in_code():
    names = {
        "primerApellido",
        "tipoProcedimiento",
        "superiorInmediato",
        "ejercicioFiscal",
    }

    naming = {
        _named(path)
        for path in MODULES
        if any(name in path.read_text(encoding="utf-8") for name in names)
    }

    assert naming == set()


def test_the_root_stays_small():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()

    visible = {Path(name).parts[0] for name in tracked} - {".ci", ".gitignore"}

    assert len([name for name in visible if not name.startswith(".")]) <= 14
