"""The conformance suite as tests of pytest: one for each check.

The suite runs once, in its own process, when the first of the tests does; each
test then tells what became of its check.
"""

import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from pdn_sdk.conformance import runner
from pdn_sdk.conformance.plan import Plan, whole_check
from pdn_sdk.conformance.report import Report
from pdn_sdk.conformance.results import CheckResult, Outcome
from pdn_sdk.conformance.target import Options, Target
from pdn_sdk.standards import loader
from pdn_sdk.testing.local import check_local, published

Test = Callable[[str], None]


class ConformanceWarning(UserWarning):
    """A recommendation of the standard is not followed."""


def conformance_suite(
    provider: Path | Target,
    *,
    standard: str | None = None,
    synthetic: bool = True,
    options: Options | None = None,
    environ: Mapping[str, str] | None = None,
) -> Test:
    """Give a test that pytest runs once for each check of the standard.

    `provider` is the folder of a project, which is served while it is tried, or
    the Target of an API that is running. Give the result a name that begins with
    `test_`. What follows is for a folder: `standard` says which, where it
    publishes several; `synthetic` tries it with invented records, and not with
    its own; `environ` overrides its settings.
    A requirement that binds and is not met fails, and so does a check that could
    not end; a recommendation warns; what could not be tried is skipped.
    Raises: ConfigurationError, UnknownStandardError.
    """
    options = options or Options()

    def run() -> Report:
        if isinstance(provider, Target):
            return runner.run(provider, options)
        return check_local(
            provider,
            synthetic=synthetic,
            standard=standard,
            options=options,
            environ=environ,
        )

    tried = (
        loader.get(provider.standard)
        if isinstance(provider, Target)
        else published(provider, standard, environ=environ)
    )
    checks = [duty.check_id for duty in Plan(tried, options).duties(())]
    reported = _Once(run)

    @pytest.mark.parametrize("check_id", checks)
    def conformance(check_id: str) -> None:
        found = [r for r in reported().checks if _is_of(r, check_id)]
        assert found, f"El reporte no trae la prueba {check_id}."  # noqa: S101 - a test
        _tell(found)

    return conformance


class _Once:
    """Runs the suite when its report is first asked for, and keeps the report."""

    def __init__(self, run: Callable[[], Report]) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._report: Report | None = None

    def __call__(self) -> Report:
        with self._lock:
            if self._report is None:
                self._report = self._run()
            return self._report


def _is_of(result: CheckResult, check_id: str) -> bool:
    return check_id in {result.id, whole_check(result.id)}


def _tell(results: Iterable[CheckResult]) -> None:
    """End the test of a check as its cases ended: the gravest decides."""
    by_outcome: dict[Outcome, list[CheckResult]] = {}
    for result in results:
        by_outcome.setdefault(result.outcome, []).append(result)
    for outcome in (Outcome.FAIL, Outcome.ERROR):
        if outcome in by_outcome:
            pytest.fail("\n\n".join(map(_said, by_outcome[outcome])), pytrace=False)
    for result in by_outcome.get(Outcome.WARN, ()):
        warnings.warn(_said(result), ConformanceWarning, stacklevel=3)
    skipped = by_outcome.get(Outcome.SKIP, ())
    if skipped and len(by_outcome) == 1:
        pytest.skip("; ".join(dict.fromkeys(r.message for r in skipped)))


def _said(result: CheckResult) -> str:
    """Say what was found, what was due, and what to change."""
    lines = {
        "": f"{result.id} ({', '.join(result.requirement_ids)}): {result.message}",
        "Esperado": result.expected,
        "Recibido": result.received,
        "Corrija": result.fix,
        "Repita": result.curl,
    }
    return "\n".join(
        f"{name + ': ' if name else ''}{text}" for name, text in lines.items() if text
    )
