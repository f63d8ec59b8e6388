"""How much care a submission asks of who reviews it. Pure, but for gettext.

The one place that says how risk is computed: points for each reason that holds,
and a level by their sum. It orders the queue and decides nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from flask_babel import lazy_gettext as _l

from pdn_sdk.conformance.results import Verdict

HIGH_FROM, MEDIUM_FROM = 5, 3


class Level(StrEnum):
    """Levels of risk, as they are written in the address of the queue."""

    HIGH = "alto"
    MEDIUM = "medio"
    LOW = "bajo"


class Described(Protocol):
    """What is weighed of a submission, however much of it was read."""

    @property
    def environment(self) -> str:
        """Where it is: development or production."""

    @property
    def base_url(self) -> str:
        """Where its API is."""

    @property
    def repository_url(self) -> str:
        """Where its code is, or nothing."""

    @property
    def round(self) -> int:
        """How many times it was sent."""


class Tested(Protocol):
    """What is weighed of its newest finished run."""

    @property
    def verdict(self) -> str | None:
        """What was found."""

    @property
    def summary(self) -> Mapping[str, int]:
        """How many checks ended in each way."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that asks for care, and how much it weighs."""

    points: int
    words: object
    holds: Callable[[Described, Tested | None], bool]

    @property
    def told(self) -> str:
        """Give the words as text: templates read a lazy one twice over."""
        return str(self.words)


REASONS: tuple[Reason, ...] = (
    Reason(
        4,
        _l("Falla requisitos obligatorios"),
        lambda _submission, run: bool(run and run.summary.get("fail")),
    ),
    Reason(
        3,
        _l("No hay una prueba con veredicto"),
        lambda _submission, run: run is None or run.verdict == Verdict.INCONCLUSIVE,
    ),
    Reason(
        2,
        _l("Está en producción: responde con datos reales"),
        lambda submission, _run: submission.environment == "production",
    ),
    Reason(
        2,
        _l("Su dirección no cifra lo que viaja"),
        lambda submission, _run: not submission.base_url.startswith("https://"),
    ),
    Reason(
        1,
        _l("Algunos requisitos no se pudieron probar"),
        lambda _submission, run: bool(
            run and run.summary.get("skip", 0) + run.summary.get("error", 0)
        ),
    ),
    Reason(
        1,
        _l("Tiene recomendaciones sin atender"),
        lambda _submission, run: bool(run and run.summary.get("warn")),
    ),
    Reason(
        1,
        _l("No dice dónde está su código"),
        lambda submission, _run: not submission.repository_url,
    ),
    Reason(
        1,
        _l("Vuelve después de una revisión anterior"),
        lambda submission, _run: submission.round > 1,
    ),
)


@dataclass(frozen=True, slots=True)
class Risk:
    """The level of a submission, and the reasons for it."""

    level: Level
    points: int
    reasons: tuple[Reason, ...]


def assess(submission: Described, run: Tested | None) -> Risk:
    """Weigh a submission with its newest finished run."""
    reasons = tuple(r for r in REASONS if r.holds(submission, run))
    points = sum(reason.points for reason in reasons)
    level = Level.LOW
    if points >= MEDIUM_FROM:
        level = Level.MEDIUM
    if points >= HIGH_FROM:
        level = Level.HIGH
    return Risk(level, points, reasons)
