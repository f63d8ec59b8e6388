"""How fast open contracting files are loaded, every release validated."""

import time
from pathlib import Path

import orjson
from tests.bench.invented import invented
from tests.bench.machine import ratio, run
from tests.bench.page import Bench, Section, Table

from pdn_sdk.scaffold import slug
from pdn_sdk.standards.loader import get

SHARE = 10
"""Contracts are some twenty times larger than the records of other standards."""
BAR_RATE = 3_000
TEXT = """\
`pdn load` de contrataciones (unos 7 KB cada una), con el esquema de OCDS completo. El
límite es leer el mismo archivo y traducirlo con orjson, sin validar ni guardar nada."""


def measure_contracts(bench: Bench) -> Section:
    """Load the same releases as JSON Lines and as a package."""
    standard = get("s6")
    count = max(1, bench.records // SHARE)
    bench.tell(f"  {standard.key}: {count:,} contrataciones")
    rows, rates = [], []
    for title, write in (("JSON Lines", _lines), ("Paquete", _package)):
        name = f"contratos {write.__name__}"
        run(bench.folder, "pdn", "new", "--no-input", "--system", "s6", "--name", name)
        project = bench.folder / slug(name)
        path = project / "datos" / "fuente.jsonl"
        path.parent.mkdir(exist_ok=True)
        write(path, [*map(orjson.dumps, invented(bench, standard.datasets[0], count))])
        floor = _floor(path)
        loaded = run(project, "pdn", "load")
        rates.append(count / loaded.seconds)
        rows.append(
            (
                title,
                f"{count:,}",
                f"{path.stat().st_size / 1e6:,.0f} MB",
                f"{rates[-1]:,.0f}",
                f"{count / floor:,.0f}/s",
                ratio(loaded.seconds, floor),
                f"{loaded.megabytes:,.0f} MB",
            )
        )
    titles = ("Archivo", "Contrataciones", "Tamaño", "Por segundo", "Leer + orjson")
    return Section(
        title="Cargar contrataciones",
        text=TEXT,
        tables=[Table((*titles, "Razón", "Memoria"), rows)],
        bars=[
            (
                f"{BAR_RATE:,} contrataciones por segundo o más: {min(rates):,.0f}",
                min(rates) >= BAR_RATE,
            )
        ],
    )


def _lines(path: Path, documents: list[bytes]) -> None:
    path.write_bytes(b"\n".join(documents))


def _package(path: Path, documents: list[bytes]) -> None:
    path.write_bytes(b'{"version":"1.1","releases":[' + b",".join(documents) + b"]}")


def _floor(path: Path) -> float:
    started = time.perf_counter()
    content = path.read_bytes()
    if content.startswith(b'{"version"'):
        orjson.loads(content)
    else:
        for line in content.splitlines():
            orjson.loads(line)
    return time.perf_counter() - started
