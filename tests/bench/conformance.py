"""How long the conformance suite takes on a local provider, and what it asks."""

import json

from tests.bench.machine import run
from tests.bench.page import Bench, Section, Table

from pdn_sdk.standards.loader import all_standards

BAR_S = 20.0


def measure_check(bench: Bench) -> Section:
    """Check a new project of each standard."""
    rows = []
    slowest = 0.0
    for standard in all_standards():
        run(
            bench.folder, "pdn", "new", "--no-input", "--system", standard.key,
            "--name", f"check {standard.key}",
        )  # fmt: skip
        project = bench.folder / f"check-{standard.key}"
        run(project, "pdn", "demo-data")
        run(project, "pdn", "load")
        ran = run(project, "pdn", "check", "--local", "--report", "r.json")
        report = json.loads((project / "r.json").read_text("utf-8"))
        slowest = max(slowest, ran.seconds)
        rows.append(
            (
                f"{standard.system} {standard.version} (`{standard.key}`)",
                f"{ran.seconds:.1f} s",
                f"{report['requests']:,}",
                f"{len(report['checks']):,}",
            )
        )
    return Section(
        title="Probar la conformidad",
        text="`pdn check --local` sobre un proyecto nuevo con 200 registros: enciende "
        "el\nproveedor, lo prueba y lo apaga.",
        tables=[Table(("Estándar", "Tiempo", "Solicitudes", "Pruebas"), rows)],
        bars=[(f"menos de {BAR_S:.0f} s", slowest < BAR_S)],
    )
