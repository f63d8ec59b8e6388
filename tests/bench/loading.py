"""How fast a file is loaded with every row validated, and in how much memory."""

import csv
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from tests.bench.invented import invented
from tests.bench.machine import Ran, ratio, run
from tests.bench.page import Bench, Section, Table

from pdn_sdk.ingest.sample import LINES, write_source
from pdn_sdk.scaffold import slug
from pdn_sdk.standards.loader import all_standards
from pdn_sdk.standards.model import Standard

MAIN = "s2"
WHOLE = {"s1": ("json_file", 20, 1_500), "s6": ("ocds_file", 10, 3_000)}
"""Standards whose source is whole records in JSON Lines: the connector, the
fraction of the records that is measured, and the records promised each second."""
OTHERS_SHARE = 5
"""The other standards are measured on this fraction of the records."""
TEXT = """\
`pdn load`, de la orden al final: leer, corresponder, validar cada registro, guardar e
indexar; la mejor de varias veces, cada una sobre una base vacía. El límite es leer los
mismos datos como CSV y traducir los mismos registros de JSON con orjson, sin validar ni
guardar nada; donde la fuente ya es JSON, leer y traducir ese mismo archivo."""
ENDINGS = {"csv_file": ".csv", "excel_file": ".xlsx"}
BAR_RATE = 10_000
BAR_MEGABYTES = 300


@dataclass(frozen=True, slots=True)
class Loaded:
    """One load: how many records, what it took, and what reading alone takes.

    Units: seconds.
    """

    standard: Standard
    count: int
    source: str
    floor: float
    first: Ran
    again: Ran

    @property
    def rate(self) -> float:
        """Records loaded each second."""
        return self.count / self.first.seconds


def measure_loading(bench: Bench) -> Section:
    """Load each standard's canonical file, new and again."""
    loads = []
    for standard in all_standards():
        count = bench.records
        if standard.key in WHOLE:
            source, share, _ = WHOLE[standard.key]
            loads.append(_load(bench, standard, count // share, source))
            continue
        sizes = (
            (count // 4, count) if standard.key == MAIN else (count // OTHERS_SHARE,)
        )
        loads += [_load(bench, standard, size, "csv_file") for size in sizes]
        if standard.key == MAIN:
            loads.append(_load(bench, standard, count, "excel_file"))
    own = [load for load in loads if load.standard.key == MAIN]
    texts = [load for load in own if load.source == "csv_file"]
    largest = max(texts, key=lambda load: load.count)
    memory = max(max(load.first.megabytes, load.again.megabytes) for load in own)
    return Section(
        title="Cargar",
        text=TEXT,
        tables=[_table(loads)],
        bars=[
            (
                f"{BAR_RATE:,} registros por segundo o más: {largest.rate:,.0f}",
                largest.rate >= BAR_RATE,
            ),
            (
                f"menos de {BAR_MEGABYTES} MB en todo tamaño: {memory:,.0f} MB",
                memory < BAR_MEGABYTES,
            ),
            *_promises(loads),
        ],
    )


def _promises(loads: Sequence[Loaded]) -> list[tuple[str, bool]]:
    return [
        (
            f"{load.standard.system}: {rate:,} por segundo o más: {load.rate:,.0f}",
            load.rate >= rate,
        )
        for load in loads
        if load.standard.key in WHOLE
        for _, _, rate in [WHOLE[load.standard.key]]
    ]


def _table(loads: Sequence[Loaded]) -> Table:
    titles = (
        "Estándar y fuente",
        "Registros",
        "Registros/s",
        "Sin cambio, registros/s",
        "Leer + orjson",
        "Razón",
        "Memoria",
    )
    return Table(titles, [_row(load) for load in loads])


def _row(load: Loaded) -> tuple[str, ...]:
    return (
        f"`{load.standard.key}`, `{load.source}`",
        f"{load.count:,}",
        f"{load.rate:,.0f}",
        f"{load.count / load.again.seconds:,.0f}",
        f"{load.count / load.floor:,.0f}/s",
        ratio(load.first.seconds, load.floor),
        f"{max(load.first.megabytes, load.again.megabytes):,.0f} MB",
    )


def _load(bench: Bench, standard: Standard, count: int, source: str) -> Loaded:
    bench.tell(f"  {standard.key}: {count:,} registros, {source}")
    dataset = standard.datasets[0]
    name = f"load {standard.key} {count} {source}"
    run(
        bench.folder, "pdn", "new", "--no-input", "--system", standard.key,
        "--source", source, "--name", name,
    )  # fmt: skip
    project = bench.folder / slug(name)
    file = "fuente" if len(standard.datasets) == 1 else dataset.key
    path = project / "datos" / f"{file}{ENDINGS.get(source, LINES)}"
    write_source(path, dataset, invented(bench, dataset, count))
    if source == "excel_file":
        write_source(path.with_suffix(".csv"), dataset, invented(bench, dataset, count))
    documents = b"\n".join(map(orjson.dumps, invented(bench, dataset, count)))
    is_whole = path.suffix == LINES
    floor = _parsing(path) if is_whole else _floor(path.with_suffix(".csv"), documents)
    order = ("pdn", "load", "--dataset", dataset.key)
    tries = [_into_nothing(project, order) for _ in range(bench.tries)]
    first = min(tries, key=lambda ran: ran.seconds)
    return Loaded(standard, count, source, floor, first, run(project, *order))


def _into_nothing(project: Path, order: Sequence[str]) -> Ran:
    shutil.rmtree(project / "data", ignore_errors=True)
    return run(project, *order)


def _parsing(path: Path) -> float:
    started = time.perf_counter()
    with path.open("rb") as file:
        for line in file:
            orjson.loads(line)
    return time.perf_counter() - started


def _floor(path: Path, documents: bytes) -> float:
    started = time.perf_counter()
    with path.open(encoding="utf-8-sig", newline="") as file:
        for _ in csv.reader(file):
            pass
    for line in documents.splitlines():
        orjson.loads(line)
    return time.perf_counter() - started
