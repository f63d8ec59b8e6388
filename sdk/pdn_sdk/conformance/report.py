"""Outcomes, results, the report and its verdict. Pure: no network, no clock.

May import the model of a standard. The shape of the JSON is a contract:
report.schema.json describes it, and outsiders script against it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson

from pdn_sdk.errors import RequestError
from pdn_sdk.standards.model import Category, Level

REPORT_VERSION = "1"


class Outcome(StrEnum):
    """What became of a check, the gravest first."""

    FAIL = "fail"
    """A requirement that binds is not met."""
    ERROR = "error"
    """Our fault or the network's: nothing is known."""
    WARN = "warn"
    """A recommendation is not followed."""
    SKIP = "skip"
    """It could not be tried, and the message says why."""
    PASS = "pass"  # noqa: S105 - an outcome, not a password


class Verdict(StrEnum):
    """What the whole run says of a provider."""

    CONFORMANT = "conformant"
    NON_CONFORMANT = "non_conformant"
    INCONCLUSIVE = "inconclusive"


class InvalidReportError(RequestError):
    """The file is not a report, or one of another version or target."""

    code = "reporte_invalido"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One exchange of a result, redacted and shortened.

    Shape: `request` has method, url, headers, body; `response` has status,
    headers, body, elapsed_ms. Status 0 means that no answer came.
    """

    request: Mapping[str, Any]
    response: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What became of one check, or of one case of it. Unit: seconds."""

    id: str
    requirement_ids: tuple[str, ...]
    title: str
    level: Level
    category: Category
    outcome: Outcome
    message: str = ""
    expected: str = ""
    received: str = ""
    fix: str = ""
    source: str = ""
    duration_s: float = 0.0
    curl: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Rerun:
    """Which checks of an earlier report were tried again in this one."""

    of: datetime
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A run against one provider. Times are aware; results in order of the run."""

    suite: Mapping[str, str]
    standard: Mapping[str, str]
    target: Mapping[str, str]
    profile: str
    started_at: datetime
    finished_at: datetime
    requests: int
    checks: tuple[CheckResult, ...]
    rerun: Rerun | None = None
    report_version: str = field(default=REPORT_VERSION, init=False)

    @property
    def duration_s(self) -> float:
        """Seconds from start to end."""
        return round((self.finished_at - self.started_at).total_seconds(), 3)

    @property
    def verdict(self) -> Verdict:
        """What the run says of the provider."""
        return verdict(self.checks)

    @property
    def summary(self) -> dict[str, int]:
        """How many results there are of each outcome."""
        counted = Counter(result.outcome for result in self.checks)
        order = (Outcome.PASS, Outcome.FAIL, Outcome.WARN, Outcome.SKIP, Outcome.ERROR)
        return {outcome.value: counted[outcome] for outcome in order}

    def having(self, *outcomes: Outcome) -> tuple[CheckResult, ...]:
        """Give the results with any of those outcomes, in order."""
        return tuple(r for r in self.checks if r.outcome in outcomes)


def verdict(results: Iterable[CheckResult]) -> Verdict:
    """Judge a run by its results.

    Any fail condemns. Without a failure, nothing is said while no binding
    requirement was tried, or while one of them ended in error.
    """
    found = tuple(results)
    binding = [r.outcome for r in found if r.level is Level.MUST]
    tried = any(o not in (Outcome.SKIP, Outcome.ERROR) for o in binding)
    if any(r.outcome is Outcome.FAIL for r in found):
        return Verdict.NON_CONFORMANT
    if not tried or Outcome.ERROR in binding:
        return Verdict.INCONCLUSIVE
    return Verdict.CONFORMANT


def untried(results: Sequence[CheckResult]) -> tuple[str, ...]:
    """Give the binding requirements that no check could try, in order."""
    skipped = _requirements(results, Outcome.SKIP)
    tried = {
        requirement
        for result in results
        if result.outcome is not Outcome.SKIP
        for requirement in result.requirement_ids
    }
    return tuple(requirement for requirement in skipped if requirement not in tried)


def failing(results: Sequence[CheckResult]) -> tuple[str, ...]:
    """Give the binding requirements that fail, in order."""
    return _requirements(results, Outcome.FAIL)


def _requirements(results: Sequence[CheckResult], outcome: Outcome) -> tuple[str, ...]:
    found = (
        requirement
        for result in results
        if result.outcome is outcome and result.level is Level.MUST
        for requirement in result.requirement_ids
    )
    return tuple(dict.fromkeys(found))


def to_repeat(report: Report) -> frozenset[str]:
    """Give the ids worth trying again: all that failed, warned or erred."""
    wanted = report.having(Outcome.FAIL, Outcome.WARN, Outcome.ERROR)
    return frozenset(result.id for result in wanted)


def merged(earlier: Report, later: Report) -> Report:
    """Put the later results in the place of the earlier ones, and say so.

    Raises: InvalidReportError where the two are not of the same provider,
    standard, environment and profile.
    """
    for name in ("standard", "target", "profile"):
        if getattr(earlier, name) != getattr(later, name):
            raise InvalidReportError(
                "El reporte anterior es de otro proveedor, estándar, ambiente o "
                "perfil. Repita la prueba con los mismos datos o haga una completa."
            )
    fresh = {result.id: result for result in later.checks}
    return replace(
        later,
        checks=tuple(fresh.get(result.id, result) for result in earlier.checks),
        rerun=Rerun(earlier.finished_at, tuple(fresh)),
    )


def to_json(report: Report) -> str:
    """Write a report as JSON, indented, with its members in a fixed order."""
    document: dict[str, object] = {
        "report_version": report.report_version,
        "suite": dict(report.suite),
        "standard": dict(report.standard),
        "target": dict(report.target),
        "profile": report.profile,
        "started_at": _stamp(report.started_at),
        "finished_at": _stamp(report.finished_at),
        "duration_s": report.duration_s,
        "verdict": report.verdict,
        "summary": report.summary,
        "requests": report.requests,
        "checks": [result_document(result) for result in report.checks],
    }
    if report.rerun:
        document["rerun"] = {
            "of": _stamp(report.rerun.of),
            "checks": list(report.rerun.checks),
        }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"


def from_json(text: str | bytes) -> Report:
    """Read a report that `to_json` wrote.

    Raises: InvalidReportError for anything else.
    """
    try:
        data = orjson.loads(text)
        return _report(data)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise InvalidReportError(
            "El archivo no es un reporte de «pdn check», o es de otra versión. "
            "Indique el que se escribió con --report."
        ) from error


def result_document(result: CheckResult) -> dict[str, object]:
    """Give a result as the JSON of a report holds it."""
    document = asdict(result)
    position = list(document).index("category")
    members = list(document.items())
    members.insert(position, ("severity", result.level))
    return dict(members)


def result_from(document: Mapping[str, Any]) -> CheckResult:
    """Read a result as `result_document` wrote it.

    Raises: KeyError, TypeError or ValueError where it is something else.
    """
    members = {k: v for k, v in document.items() if k != "severity"}
    return CheckResult(
        **{
            **members,
            "requirement_ids": tuple(document["requirement_ids"]),
            "level": Level(document["level"]),
            "category": Category(document["category"]),
            "outcome": Outcome(document["outcome"]),
            "evidence": tuple(Evidence(**e) for e in document["evidence"]),
        }
    )


def _report(data: Mapping[str, Any]) -> Report:
    if data["report_version"] != REPORT_VERSION:
        raise ValueError(data["report_version"])
    rerun = data.get("rerun")
    return Report(
        suite=data["suite"],
        standard=data["standard"],
        target=data["target"],
        profile=data["profile"],
        started_at=datetime.fromisoformat(data["started_at"]),
        finished_at=datetime.fromisoformat(data["finished_at"]),
        requests=data["requests"],
        checks=tuple(map(result_from, data["checks"])),
        rerun=Rerun(datetime.fromisoformat(rerun["of"]), tuple(rerun["checks"]))
        if rerun
        else None,
    )


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
