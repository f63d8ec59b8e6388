"""The machine and the clock: how steady it is, how long and how big things are."""

import hashlib
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

BIN = Path(sys.executable).parent
POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended: its output, how long it took, how big it grew."""

    output: str
    seconds: float
    megabytes: float


def run(folder: Path, *command: str) -> Ran:
    """Run one of our commands to its end; it must not fail.

    The memory is the most that the process and its children had resident at once.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(BIN / command[0]), *command[1:]],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watched = psutil.Process(process.pid)
    largest = 0.0
    while process.poll() is None:
        largest = max(largest, _resident(watched))
        time.sleep(POLL_S)
    seconds = time.perf_counter() - started
    output = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: {output}")
    return Ran(output, seconds, largest / 1e6)


def _resident(process: psutil.Process) -> float:
    total = 0.0
    try:
        for each in (process, *process.children(recursive=True)):
            total += each.memory_info().rss
    except psutil.Error:
        return total
    return total


def alternated(
    measured: Mapping[str, Callable[[], object]], seconds: float, rounds: int = 3
) -> Mapping[str, list[float]]:
    """Time several calls in turns, so that a busy moment falls on all of them.

    Units: the answer is in milliseconds, one for each call.
    """
    times: dict[str, list[float]] = {name: [] for name in measured}
    for call in measured.values():
        call()
    for _ in range(rounds):
        for name, call in measured.items():
            end = time.perf_counter() + seconds / rounds
            while time.perf_counter() < end or not times[name]:
                started = time.perf_counter()
                call()
                times[name].append((time.perf_counter() - started) * 1000)
    return times


def percentile(times: Sequence[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def milliseconds(value: float) -> str:
    return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"


def ratio(value: float, limit: float) -> str:
    if not limit:
        return "—"
    times = value / limit
    return f"{times:,.1f} ×" if times >= 1 else f"{times:.2g} ×"


def calibration() -> float:
    """Give the median time of a fixed piece of work, in milliseconds."""
    times = []
    for _ in range(60):
        started = time.perf_counter()
        digest = b"x"
        for _ in range(2_000):
            digest = hashlib.sha256(digest * 64).digest()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def described(before: float, after: float) -> list[str]:
    """Say on what the measurements were made."""
    memory = psutil.virtual_memory().total / 1e9
    return [
        f"Equipo: {os.cpu_count()} núcleos, {memory:,.0f} GB de memoria, "
        f"{platform.system()} {platform.machine()}.",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}.",
        "Un trabajo fijo de calibración tomó "
        f"{before:.1f} ms antes y {after:.1f} ms después: si difieren mucho, el equipo "
        "hacía otras cosas. Carga media del equipo en el último minuto: "
        f"{os.getloadavg()[0]:.1f}.",
    ]
