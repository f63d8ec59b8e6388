"""What becomes of a check, and what a run says of a provider. Pure.

May import the model of a standard.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from pdn_sdk.standards.model import Category, Level


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
