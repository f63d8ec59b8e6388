"""The report of a run: a contract in JSON. Pure: no network, no clock.

report.schema.json describes its shape, and outsiders script against it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from pdn_sdk.conformance import walks, words
from pdn_sdk.conformance.plan import RECAPS, whole_check
from pdn_sdk.conformance.results import (
    CheckResult,
    Evidence,
    Outcome,
    Verdict,
    result_document,
    result_from,
    verdict,
)
from pdn_sdk.errors import RequestError

__all__ = [
    "CheckResult",
    "Evidence",
    "InvalidReportError",
    "Outcome",
    "Report",
    "Rerun",
    "Verdict",
    "from_json",
    "merged",
    "to_json",
    "to_repeat",
    "verdict",
]

REPORT_VERSION = "1"

_LOOPBACK = re.compile(r"https?://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/|$)")


class InvalidReportError(RequestError):
    """The file is not a report, or one of another version or target."""

    code = "reporte_invalido"


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
    selection: tuple[str, ...] = ()
    """What the run was narrowed to (categories, checks); empty for a whole run."""
    rerun: Rerun | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    """Which data were seen: `records` and `fingerprint`; empty where none were."""
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
    def sentence(self) -> str:
        """The verdict, its reason and where to begin, in Spanish."""
        said = words.sentence(self.checks, self.target["environment"])
        return " ".join([said, *self._notes()])

    def _notes(self) -> Iterator[str]:
        read = self.data.get("read")
        if read:
            yield walks.sentence([(read, self.data["records"])])
        if self.selection:
            count = len(self.checks)
            yield (
                "Sólo se hizo la prueba elegida."
                if count == 1
                else f"Sólo se hicieron las {count:,} pruebas elegidas."
            )
        if self.rerun:
            count = len(self.rerun.checks)
            yield (
                f"{'Se repitió' if count == 1 else 'Se repitieron'} {count:,} de las "
                f"{len(self.checks):,} pruebas del reporte del "
                f"{words.moment(self.rerun.of)}."
            )

    @property
    def summary(self) -> dict[str, int]:
        """How many results there are of each outcome."""
        counted = Counter(result.outcome for result in self.checks)
        order = (Outcome.PASS, Outcome.FAIL, Outcome.WARN, Outcome.SKIP, Outcome.ERROR)
        return {outcome.value: counted[outcome] for outcome in order}

    def having(self, *outcomes: Outcome) -> tuple[CheckResult, ...]:
        """Give the results with any of those outcomes, in order."""
        return tuple(r for r in self.checks if r.outcome in outcomes)


def to_repeat(report: Report) -> frozenset[str]:
    """Give the ids worth trying again: all that failed, warned or erred.

    Where only those failed that look at the answers of the others: all of them.
    """
    wanted = report.having(Outcome.FAIL, Outcome.WARN, Outcome.ERROR)
    if wanted and all(whole_check(result.id) in RECAPS for result in wanted):
        wanted = report.checks
    return frozenset(result.id for result in wanted)


def merged(earlier: Report, later: Report) -> Report:
    """Put the later results in the place of the earlier ones, and say so.

    Raises: InvalidReportError where the two are not of the same provider,
    standard, environment and profile.
    """
    for name in ("standard", "target", "profile"):
        if not _same(getattr(earlier, name), getattr(later, name)):
            raise InvalidReportError(
                "El reporte anterior es de otro proveedor, estándar, ambiente o "
                "perfil. Repita la prueba con los mismos datos o haga una completa."
            )
    fresh = {result.id: result for result in later.checks}
    return replace(
        later,
        checks=tuple(fresh.get(result.id, result) for result in earlier.checks),
        selection=earlier.selection,
        rerun=Rerun(earlier.finished_at, tuple(fresh)),
    )


def _same(one: object, other: object) -> bool:
    """Tell whether two parts agree; a provider of this machine may change port."""
    if not (isinstance(one, Mapping) and isinstance(other, Mapping)):
        return one == other
    return {**one, "base_url": _host(one)} == {**other, "base_url": _host(other)}


def _host(target: Mapping[str, str]) -> str:
    url = target.get("base_url", "")
    return "loopback" if _LOOPBACK.match(url) else url


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
    if report.selection:
        document["selection"] = list(report.selection)
    if report.data:
        document["data"] = dict(report.data)
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
        selection=tuple(data.get("selection", ())),
        rerun=Rerun(datetime.fromisoformat(rerun["of"]), tuple(rerun["checks"]))
        if rerun
        else None,
        data=data.get("data", {}),
    )


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
