"""One look at a provider: a few checks in the runner's own process, with its guards."""

from dataclasses import dataclass, replace
from datetime import datetime

from pdn_marketplace.watch.server import asked
from pdn_sdk.conformance import runner
from pdn_sdk.conformance.report import Report
from pdn_sdk.conformance.results import Outcome
from pdn_sdk.conformance.target import Options, Target

CALLS = frozenset({"PAG-02", "PAG-71"})
PAGES = frozenset({"PAG-12", "PAG-13", "PAG-80"})
TIME_LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen. Units: milliseconds. None where it could not be told."""

    is_up: bool
    is_refused: bool = False
    latency_ms: float | None = None
    records: int | None = None
    repeats_pages: bool | None = None
    fingerprint: str = ""
    certificate_until: datetime | None = None


def look(target: Target, options: Options) -> Sighting:
    """Look at a provider once, without calling it where the guards forbid it.

    Raises: what the runner raises. That it does not answer is a sighting too.
    """
    server = asked(target.urls, allow_private=options.network.allow_private)
    if server.is_refused:
        return Sighting(is_up=False, is_refused=True)
    bounded = replace(options, only=CALLS | PAGES, time_limit_s=TIME_LIMIT_S)
    seen = sighting(runner.run(target, bounded))
    return replace(seen, certificate_until=server.certificate_until)


def sighting(report: Report) -> Sighting:
    """Tell what a report of those checks says."""
    answers = [e.response for check in report.checks for e in check.evidence]
    served = [a["elapsed_ms"] for a in answers if 0 < a["status"] < 500]
    pages = {
        check.outcome
        for check in report.checks
        if check.id.partition("[")[0] in PAGES
        and check.outcome in (Outcome.PASS, Outcome.FAIL)
    }
    return Sighting(
        is_up=bool(served),
        latency_ms=round(sum(served) / len(served), 1) if served else None,
        records=report.data.get("records"),
        repeats_pages=Outcome.FAIL in pages if pages else None,
        fingerprint=str(report.data.get("fingerprint", ""))[:16],
    )
