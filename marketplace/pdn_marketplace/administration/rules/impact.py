"""What other rules would say of the evidence that is stored already.

A stored result tells what was seen, and what was seen does not change with the
rules: only how much it weighs. Nobody is called and nothing is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pdn_marketplace.submissions.models import Run, Submission
from pdn_marketplace.submissions.states import RunState
from pdn_sdk.conformance import runner
from pdn_sdk.conformance.report import Report
from pdn_sdk.conformance.results import CheckResult, Outcome, Verdict, verdict
from pdn_sdk.standards import loader
from pdn_sdk.standards.model import Level, Requirement, Standard

PROFILES = ("spec", "pdn", "pilot")
_STRICTNESS = (Level.MUST, Level.SHOULD, Level.MAY)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A standard's rules as they are installed, and how many runs used which."""

    standard: Standard
    hash: str
    runs: Mapping[str, int]
    """By version of the suite, the newest first."""


@dataclass(frozen=True)
class Rules:
    """The levels to try: a profile, and the requirements that differ from it."""

    standard: Standard
    profile: str
    levels: Mapping[str, Level]

    def level_of(self, result: CheckResult) -> Level | None:
        """Give the level that a result would have; None where nothing asks for it."""
        asked = {
            self.levels.get(i, self._known[i].level_in(self.profile))
            for i in result.requirement_ids
            if i in self._known
        }
        return next((level for level in _STRICTNESS if level in asked), None)

    @cached_property
    def _known(self) -> Mapping[str, Requirement]:
        return {r.id: r for r in self.standard.requirements}


@dataclass(frozen=True, slots=True)
class Shift:
    """A verdict that would be another, and the results that make it so."""

    before: Verdict
    after: Verdict
    because: tuple[CheckResult, ...]


def installed(session: Session) -> list[RuleSet]:
    """Give the rules that are installed, with the runs made under each version."""
    counted = select(Submission.standard, Run.suite_version, func.count(Run.id))
    rows = session.execute(
        counted.join(Submission)
        .where(Run.state == RunState.FINISHED)
        .group_by(Submission.standard, Run.suite_version)
        .order_by(func.max(Run.id).desc())
    ).all()
    return [
        RuleSet(
            standard=each,
            hash=runner.ruleset_hash(each),
            runs={version: n for key, version, n in rows if key == each.key},
        )
        for each in loader.all_standards()
    ]


def judged(report: Report, rules: Rules) -> Shift | None:
    """Judge a report by other rules; None where its verdict would be the same."""
    results, because = _reweighed(report.checks, rules)
    before, after = report.verdict, verdict(results)
    return None if before is after else Shift(before, after, because)


def reweighed(result: CheckResult, level: Level) -> CheckResult:
    """Give a result as it would be at another level: what was seen is the same."""
    outcome = result.outcome
    if outcome is Outcome.FAIL and level is not Level.MUST:
        outcome = Outcome.WARN
    # A warning about what binds already is one that the check itself chose.
    if (
        outcome is Outcome.WARN
        and level is Level.MUST
        and result.level is not Level.MUST
    ):
        outcome = Outcome.FAIL
    return replace(result, level=level, outcome=outcome)


def _reweighed(
    results: Sequence[CheckResult], rules: Rules
) -> tuple[list[CheckResult], tuple[CheckResult, ...]]:
    kept, because = [], []
    for result in results:
        level = rules.level_of(result)
        if level is None:
            because.append(result)
            continue
        new = reweighed(result, level)
        kept.append(new)
        if new.outcome is not result.outcome:
            because.append(new)
    return kept, tuple(because)
