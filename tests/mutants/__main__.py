"""Run every trial in two processes and print what the suite got wrong."""

import argparse
import multiprocessing
import sys
import tempfile
import time

from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from .trials import SYSTEMS, trials

PROCESSES = 2
Place = tuple[str, int]
Told = tuple[str, bool, str, str]


def attempt(place: Place) -> Told:
    """Make one trial; tell its standard, if it is a fault, its name, what is wrong."""
    key, number = place
    trial = trials(key)[number]
    return key, bool(trial.check), trial.name, trial.wrong()


def table(told: list[Told], keys: list[str]) -> Table:
    """Write what the trials told, a row for each standard."""
    shown = Table("Estándar", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("Fallas atrapadas", "Buenos probados", "Falsas alarmas"):
        shown.add_column(column, justify="right")
    for key in keys:
        faults = [wrong for k, is_fault, _, wrong in told if k == key and is_fault]
        right = [wrong for k, is_fault, _, wrong in told if k == key and not is_fault]
        caught = sum(not wrong for wrong in faults)
        shown.add_row(
            key,
            f"{caught:,} de {len(faults):,}",
            f"{len(right):,}",
            f"{sum(map(bool, right)):,}",
        )
    return shown


def _work_in(folder: str) -> None:
    """Keep every file of a process in a folder that goes away with the run."""
    tempfile.tempdir = folder


def _lines(told: list[Told], *, is_fault: bool) -> list[str]:
    return [
        f"  {key} · {name}: {what}"
        for key, planted, name, what in told
        if what and planted is is_fault
    ]


def main() -> int:
    """Give 0 where every fault is caught and nobody is condemned without reason."""
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("systems", nargs="*", default=list(SYSTEMS))
    keys = parser.parse_args().systems
    unknown = sorted({*keys} - {*SYSTEMS})
    if unknown:
        parser.error(f"{unknown[0]}: no hay. Hay: {', '.join(SYSTEMS)}")
    started = time.monotonic()
    places = [(key, n) for key in keys for n in range(len(trials(key)))]
    console = Console(highlight=False)
    with (
        tempfile.TemporaryDirectory(prefix="pdn-mutants-") as folder,
        multiprocessing.Pool(PROCESSES, _work_in, (folder,)) as pool,
    ):
        trying = pool.imap(attempt, places, chunksize=4)
        told = list(track(trying, "Ensayos", len(places), console=Console(stderr=True)))
    console.print(table(told, keys))
    escaped = _lines(told, is_fault=True)
    unfair = _lines(told, is_fault=False)
    for title, lines in (("Se escaparon:", escaped), ("Falsas alarmas:", unfair)):
        for line in [title, *lines] if lines else ():
            console.print(line, markup=False)
    wrong = [*escaped, *unfair]
    mark = "✗" if wrong else "✓"
    console.print(f"{mark} {len(told):,} ensayos, {time.monotonic() - started:,.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
