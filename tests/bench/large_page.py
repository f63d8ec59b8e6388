"""The largest page of the standard with the largest records, over HTTP."""

from tests.bench.invented import invented
from tests.bench.machine import alternated, milliseconds, percentile, run
from tests.bench.page import Bench, Section, Table
from tests.bench.search import poster, served

from pdn_sdk.ingest.sample import LINES, write_source
from pdn_sdk.standards.loader import get

STANDARD = get("s1")
DATASET = STANDARD.datasets[0]
SHARE = 20
PAGE_SIZE = 200
BAR_MS = 150


def measure_large_page(bench: Bench) -> Section:
    """Ask a provider with warm files for a whole page, again and again."""
    run(bench.folder, "pdn", "new", "--no-input", "--system", "s1", "--name", "large")
    project = bench.folder / "large"
    count = max(PAGE_SIZE, bench.records // SHARE)
    path = project / "datos" / f"fuente{LINES}"
    write_source(path, DATASET, invented(bench, DATASET, count))
    run(project, "pdn", "load")
    endpoint = DATASET.endpoint("search")
    body = {"page": 1, "pageSize": PAGE_SIZE}
    with served(project, STANDARD) as (port, token):
        post = poster(port, endpoint.path if endpoint else "", body, token)
        size = len(post())
        times = alternated({"page": post}, bench.seconds)["page"]
    p95 = percentile(times, 0.95)
    row = (
        f"{PAGE_SIZE} de {count:,} registros",
        f"{size / 1_000_000:.1f} MB",
        milliseconds(percentile(times, 0.5)),
        milliseconds(p95),
    )
    return Section(
        title="Una página grande",
        text="La página mayor del S1, que tiene los registros más grandes.",
        tables=[Table(("Página", "Tamaño", "Mediana", "p95"), [row])],
        bars=[(f"p95 de {BAR_MS} ms a lo sumo", p95 <= BAR_MS)],
    )
