"""What it costs to look at a provider each day and to test it each week."""

import os
import time
from collections.abc import Callable

from tests.bench.market.site import Measured
from tests.bench.page import Section, Table
from tests.sdk.faults.good import Provider, good_records

from pdn_marketplace.watch.probe import look
from pdn_sdk.conformance import runner
from pdn_sdk.conformance.target import Options
from pdn_sdk.provider.serving import running

COUNTRY = 7_217
DAY_S = 86_400.0
RECORDS = 60
TEXT = """\
Un trabajador revisa una API de este equipo, con {records} registros, como lo hace
cada día (una revisión) y cada semana (todas las pruebas), una tras otra. De lo que
toma cada una se calcula lo que tomarían las {country:,} instituciones. Una API
lejana tarda más en responder, pero mientras tanto no se ocupa el procesador: con
más trabajadores en el mismo equipo se espera a varias a la vez."""


def measure_watch(site: Measured) -> Section:
    """Look and test, and tell what the country would take."""
    folder = site.folder / "watched"
    folder.mkdir()
    provider = Provider(folder, good_records(RECORDS))
    with running(provider.app) as base:
        target = provider.target(base)
        looked = _measured(lambda: look(target, _options()), site.sizes.looks)
        tested = _measured(lambda: runner.run(target, _options()), 3)
    looks_day, runs_day = float(COUNTRY), COUNTRY / 7
    spent_s = looks_day * looked[0] + runs_day * tested[0]
    busy_s = looks_day * looked[1] + runs_day * tested[1]
    rows = [
        _row("Revisión diaria", looked, looks_day),
        _row("Prueba semanal", tested, runs_day),
    ]
    share = spent_s / DAY_S
    return Section(
        title="Vigilar a todo el país",
        text=TEXT.format(records=RECORDS, country=COUNTRY),
        tables=[
            Table(
                (
                    "Qué", "Segundos cada una", "De procesador", "Al día",
                    "Horas al día", "Horas de procesador",
                ),
                rows,
            )
        ],
        bars=[
            (
                f"Las dos cosas ocupan {share:.0%} del día de un trabajador y "
                f"{busy_s / DAY_S / (os.cpu_count() or 1):.0%} de los procesadores de "
                "este equipo; la meta es que quepan en el día.",
                share <= 1,
            )
        ],
    )  # fmt: skip


def _options() -> Options:
    return Options()


def _measured(work: Callable[[], object], times: int) -> tuple[float, float]:
    """Give the seconds and the processor seconds that each time took."""
    before, started = os.times(), time.monotonic()
    for _ in range(times):
        work()
    after = os.times()
    busy = sum(after[:4]) - sum(before[:4])
    return (time.monotonic() - started) / times, busy / times


def _row(name: str, each: tuple[float, float], a_day: float) -> tuple[str, ...]:
    return (
        name,
        f"{each[0]:.2f}",
        f"{each[1]:.2f}",
        f"{a_day:,.0f}",
        f"{a_day * each[0] / 3600:.1f}",
        f"{a_day * each[1] / 3600:.1f}",
    )
