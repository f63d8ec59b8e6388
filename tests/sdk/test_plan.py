"""Which checks a run makes, in which order, and at which level."""

from dataclasses import replace

import pytest

from pdn_sdk.conformance.plan import Plan, untried
from pdn_sdk.conformance.results import Outcome
from pdn_sdk.conformance.target import Options
from pdn_sdk.standards import loader
from pdn_sdk.standards.model import Category, Level, Requirement


def requirement(identity, *checks, **changes):
    made = Requirement(
        id=identity,
        level=Level.MUST,
        category=Category.FUNCTIONAL,
        sentence=f"Lo que pide {identity}.",
        source=f"fuente de {identity}",
        fix=f"arreglo de {identity}",
        checks=checks,
    )
    return replace(made, **changes)


def duties(requirements, available, **options):
    standard = replace(loader.get("s2"), requirements=tuple(requirements))
    return Plan(standard, Options(**options)).duties(available)


def ids(found):
    return [duty.check_id for duty in found]


def test_check_that_no_requirement_names_does_not_run():
    found = duties([requirement("R1", "PAG-01")], ["PAG-01", "PAG-02"])

    assert ids(found) == ["PAG-01"]


def test_requirement_asks_for_every_case_of_a_check_or_for_one():
    cases = ["SEA-01[a]", "SEA-01[b]"]

    whole = duties([requirement("R1", "SEA-01")], cases)
    one = duties([requirement("R1", "SEA-01[b]")], cases)

    assert ids(whole) == cases
    assert ids(one) == ["SEA-01[b]"]


def test_check_that_is_named_and_does_not_exist_is_not_passed_over():
    (duty,) = duties([requirement("R1", "PAG-99")], ["PAG-01"])

    result = untried(duty)

    assert result.outcome is Outcome.ERROR
    assert "no la tiene" in result.message


def test_strictest_requirement_gives_level_category_and_fix():
    (duty,) = duties(
        [
            requirement("R1", "PAG-01", level=Level.SHOULD),
            requirement("R2", "PAG-01", category=Category.SECURITY),
        ],
        ["PAG-01"],
    )

    assert duty.level is Level.MUST
    assert duty.category is Category.SECURITY
    assert duty.fix == "arreglo de R2"
    assert duty.source == "fuente de R1; fuente de R2"


@pytest.mark.parametrize(
    ("profile", "level"),
    [("pdn", Level.MUST), ("spec", Level.MUST), ("pilot", Level.SHOULD)],
)
def test_profile_may_ease_a_requirement(profile, level):
    eased = requirement("R1", "PAG-01", profiles={"pilot": Level.SHOULD})

    (duty,) = duties([eased], ["PAG-01"], profile=profile)

    assert duty.level is level


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        ({"PAG-01"}, ["PAG-01"]),
        ({"R2"}, ["SEA-01[a]", "SEA-01[b]"]),
        ({"SEA-01"}, ["SEA-01[a]", "SEA-01[b]"]),
        ({"SEA-01[a]"}, ["SEA-01[a]"]),
        ({"R9"}, []),
        (set(), ["PAG-01", "SEA-01[a]", "SEA-01[b]"]),
    ],
)
def test_run_is_narrowed_by_check_case_or_requirement(only, expected):
    asked = [requirement("R1", "PAG-01"), requirement("R2", "SEA-01")]

    found = duties(asked, ["PAG-01", "SEA-01[a]", "SEA-01[b]"], only=frozenset(only))

    assert ids(found) == expected


def test_run_is_narrowed_by_group():
    asked = [
        requirement("R1", "PAG-01"),
        requirement("R2", "ACC-01", category=Category.SECURITY),
    ]

    found = duties(asked, ["PAG-01", "ACC-01"], categories=frozenset({"seguridad"}))

    assert ids(found) == ["ACC-01"]


def test_load_comes_last_and_the_rest_in_the_order_of_the_standard():
    asked = [
        requirement("R1", "STR-01", category=Category.STRESS),
        requirement("R2", "SEA-01"),
        requirement("R3", "ACC-01"),
    ]

    found = duties(asked, ["ACC-01", "SEA-01", "STR-01"])

    assert ids(found) == ["SEA-01", "ACC-01", "STR-01"]
