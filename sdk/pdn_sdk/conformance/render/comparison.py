"""Two reports side by side: what changed between them, and why. Pure.

A change has one cause. What the reports say of themselves decides it: the hash of
the rules, the fingerprint of the data, and whether a result speaks of the provider.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from pdn_sdk.conformance.report import InvalidReportError, Report
from pdn_sdk.conformance.results import CheckResult, Outcome

DATA_TOPICS = frozenset({"REC", "SEA", "SOR", "INS", "PRI"})
"""Topics whose outcome depends on which records there are."""


class Why(StrEnum):
    """What brought a change about."""

    RULES = "rules"
    """Other rules, profile or environment: the provider may be the same."""
    SELECTION = "selection"
    """It was asked for in one of the two only."""
    NETWORK = "network"
    """One of the two could not judge: an outage, or our fault."""
    DATA = "data"
    """The records are not the same."""
    PROVIDER = "provider"
    """The same was asked of the same data, and the answer is another."""


@dataclass(frozen=True, slots=True)
class Change:
    """A check that did not end alike; an outcome is None where it was not run."""

    id: str
    title: str
    before: Outcome | None
    after: Outcome | None
    why: Why
    message: str

    @property
    def is_worse(self) -> bool:
        """Tell whether it fails now and did not before."""
        return self.after is Outcome.FAIL


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one report to another of the same standard."""

    before: Report
    after: Report
    changes: tuple[Change, ...]
    rules_changed: bool
    data_changed: bool | None
    """None where a report does not tell which data it saw."""

    def document(self) -> Mapping[str, object]:
        """Give the comparison as JSON holds it."""
        return {
            "before": _summary(self.before),
            "after": _summary(self.after),
            "rules_changed": self.rules_changed,
            "data_changed": self.data_changed,
            "changes": [asdict(change) for change in self.changes],
        }


def compared(before: Report, after: Report) -> Comparison:
    """Compare two reports.

    Raises: InvalidReportError where they are of different standards.
    """
    if before.standard["key"] != after.standard["key"]:
        raise InvalidReportError(
            f"Los reportes son de estándares distintos: {before.standard['key']} y "
            f"{after.standard['key']}. Compare dos del mismo."
        )
    rules_changed = _rules(before) != _rules(after)
    data_changed = None
    if before.data and after.data:
        data_changed = before.data != after.data
    judge = _Judge(rules_changed, bool(data_changed))
    return Comparison(
        before=before,
        after=after,
        changes=tuple(judge.changes(before, after)),
        rules_changed=rules_changed,
        data_changed=data_changed,
    )


@dataclass(frozen=True, slots=True)
class _Judge:
    """Decides the cause of each change from what changed between the runs."""

    rules_changed: bool
    data_changed: bool

    def changes(self, before: Report, after: Report) -> Iterator[Change]:
        old = {result.id: result for result in before.checks}
        new = {result.id: result for result in after.checks}
        for check_id in dict.fromkeys([*new, *old]):
            was, now = old.get(check_id), new.get(check_id)
            if was is None or now is None or was.outcome is not now.outcome:
                yield self._change(was, now)

    def _change(self, was: CheckResult | None, now: CheckResult | None) -> Change:
        shown = now or was
        assert shown is not None  # noqa: S101 - one of the two is there, or no change
        return Change(
            id=shown.id,
            title=shown.title,
            before=was.outcome if was else None,
            after=now.outcome if now else None,
            why=self._why(was, now),
            message=now.message if now else "",
        )

    def _why(self, was: CheckResult | None, now: CheckResult | None) -> Why:
        if was is None or now is None:
            return Why.RULES if self.rules_changed else Why.SELECTION
        if Outcome.ERROR in (was.outcome, now.outcome):
            return Why.NETWORK
        if self.rules_changed:
            return Why.RULES
        of_data = now.id.partition("-")[0] in DATA_TOPICS
        return Why.DATA if self.data_changed and of_data else Why.PROVIDER


def _rules(report: Report) -> tuple[object, ...]:
    return (
        report.suite["ruleset_hash"],
        report.profile,
        report.target["environment"],
    )


def _summary(report: Report) -> Mapping[str, object]:
    return {
        "verdict": report.verdict,
        "base_url": report.target["base_url"],
        "finished_at": report.finished_at,
        "suite": dict(report.suite),
        "summary": report.summary,
        "data": dict(report.data),
    }
