"""How long a new project takes to be written."""

import statistics

from tests.bench.machine import run
from tests.bench.page import Bench, Section, Table

TIMES = 5
BAR_S = 1.5


def measure_generation(bench: Bench) -> Section:
    """Generate both kinds of project, several times each."""
    rows = []
    slowest = 0.0
    for template in ("provider", "connector"):
        taken = []
        for number in range(TIMES):
            name = f"{template} {number}"
            ran = run(
                bench.folder, "pdn", "new", "--no-input", "--template", template,
                "--name", name,
            )  # fmt: skip
            taken.append(ran.seconds)
        median = statistics.median(taken)
        slowest = max(slowest, median)
        rows.append((f"`pdn new --template {template}`", f"{median:.2f} s"))
    return Section(
        title="Generar un proyecto",
        text=f"De la orden al proyecto escrito; mediana de {TIMES} veces.",
        tables=[Table(("Orden", "Tiempo"), rows)],
        bars=[(f"{BAR_S} s a lo sumo", slowest <= BAR_S)],
    )
