"""Which checks a run makes, and what each one answers for. Pure.

A check is asked for by the requirements that name it, whole (`SEA-01`) or one
case at a time (`SEA-01[nombres]`). Its level is the strictest of theirs.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from pdn_sdk.conformance.results import CheckResult, Outcome
from pdn_sdk.conformance.target import Options
from pdn_sdk.standards.model import Category, Level, Requirement, Standard

DEEP = "FUZ-"
"""How the checks begin that run only where they are asked for."""
RECAPS = frozenset({"ACC-34", "PAG-53", "REC-52"})
"""Checks that look at the answers of all the others, and so come after them."""
_INTRUDING = frozenset({"ACC-05", "ACC-06", "ACC-07", "ACC-26", "ACC-35"})
"""Checks that try to enter with what is wrong: whoever defends itself locks the
account, and then nothing else could be tried."""
_STRICTNESS = (Level.MUST, Level.SHOULD, Level.MAY)
_LAST = Category.STRESS
"""Load comes last, so that it disturbs nothing else."""


@dataclass(frozen=True, slots=True)
class Duty:
    """What one check, or one case, answers for in this run."""

    check_id: str
    requirements: tuple[Requirement, ...]
    profile: str

    def concerning(self, places: Collection[str]) -> "Duty":
        """Leave out the requirements that speak only of other places of a record.

        Those that name one of the places come first: they say best what to do.
        """
        if not places:
            return self
        apt = [r for r in self.requirements if any(_covers(r, p) for p in places)]
        kept = apt + [r for r in self.requirements if not r.about]
        return replace(self, requirements=tuple(kept)) if kept else self

    @property
    def level(self) -> Level:
        """The strictest level of its requirements in the profile."""
        levels = {r.level_in(self.profile) for r in self.requirements}
        return min(levels, key=_STRICTNESS.index)

    @property
    def category(self) -> Category:
        """The category of its strictest requirement."""
        return self._strictest.category

    @property
    def fix(self) -> str:
        """What to change, from its strictest requirement."""
        return self._strictest.fix

    @property
    def source(self) -> str:
        """Where it is written."""
        return "; ".join(dict.fromkeys(r.source for r in self.requirements))

    @property
    def _strictest(self) -> Requirement:
        return min(
            self.requirements,
            key=lambda r: _STRICTNESS.index(r.level_in(self.profile)),
        )


class Plan:
    """The checks that the requirements of a standard ask for in a run."""

    def __init__(self, standard: Standard, options: Options) -> None:
        """Gather the requirements under the checks that they name."""
        self._options = options
        self._named: dict[str, list[Requirement]] = {}
        for requirement in standard.requirements:
            for check_id in requirement.checks:
                if check_id.startswith(DEEP) and not options.deep:
                    continue
                self._named.setdefault(check_id, []).append(requirement)

    def duties(self, available: Iterable[str]) -> list[Duty]:
        """Give the duties of a run, in its order, out of the checks there are.

        What a requirement names and is not available is a duty as well: its
        result will be an error of ours, never a silence.
        """
        there = list(available)
        missing = [i for i in self._named if not any(_names(i, a) for a in there)]
        found = (self._duty(check_id) for check_id in [*there, *missing])
        wanted = [duty for duty in found if duty and self._is_wanted(duty)]
        return sorted(wanted, key=self._order)

    def _duty(self, check_id: str) -> Duty | None:
        named = self._named.get(check_id, [])
        whole = self._named.get(whole_check(check_id), [])
        asking = dict.fromkeys(r.id for r in [*named, *whole])
        by_id = {r.id: r for r in [*named, *whole]}
        if not asking:
            return None
        requirements = tuple(by_id[i] for i in sorted(asking))
        return Duty(check_id, requirements, self._options.profile)

    def _is_wanted(self, duty: Duty) -> bool:
        options = self._options
        names = {duty.check_id, whole_check(duty.check_id)}
        names |= {r.id for r in duty.requirements}
        in_category = not options.categories or duty.category in options.categories
        return in_category and (not options.only or not names.isdisjoint(options.only))

    def _order(self, duty: Duty) -> tuple[bool, bool, bool, str, str]:
        whole = whole_check(duty.check_id)
        is_recap, is_intruding = whole in RECAPS, whole in _INTRUDING
        is_load = duty.category is _LAST
        first = duty.requirements[0].id
        return is_recap, is_intruding, is_load, first, duty.check_id


def _covers(requirement: Requirement, place: str) -> bool:
    return any(f"{place}.".startswith(f"{path}.") for path in requirement.about)


def whole_check(check_id: str) -> str:
    """Give the id of the check that a case belongs to."""
    return check_id.partition("[")[0]


def checks_named(standard: Standard, only: Iterable[str]) -> frozenset[str]:
    """Give the checks that some names ask for: checks, cases or requirements."""
    by_id = {r.id: r.checks for r in standard.requirements}
    asked = (check for name in only for check in by_id.get(name, (name,)))
    return frozenset(map(whole_check, asked))


def _names(named: str, available: str) -> bool:
    return named in (available, whole_check(available))


def untried(duty: Duty, title: str = "") -> CheckResult:
    """Give the result that stands for a check until it has been tried."""
    return CheckResult(
        id=duty.check_id,
        requirement_ids=tuple(r.id for r in duty.requirements),
        title=title or duty.requirements[0].sentence,
        level=duty.level,
        category=duty.category,
        outcome=Outcome.ERROR,
        message="La prueba no llegó a correr: la suite la nombra y no la tiene.",
        fix=duty.fix,
        source=duty.source,
    )
