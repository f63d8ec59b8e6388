"""The checks of declarations: silent on the good provider, each caught by its fault."""

from dataclasses import replace

import pytest
from tests.sdk.declarations.faults import FAULTS
from tests.sdk.declarations.provider import STANDARD, Provider
from tests.sdk.faults.rehearsal import all_cases, rehearse

from pdn_sdk.conformance.target import Options

# What a good provider leaves untried, whatever its records.
ALWAYS_UNTRIED = {"ACC-04", "ACC-19", "ACC-20"}
NEW = ("RNG-", "VAR-", "PRI-05", "PRI-06", "PAG-14", "PAG-15", "PAG-16", "PAG-17")


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    return Provider(tmp_path_factory.mktemp("good"))


def test_good_provider_of_declarations_departs_from_nothing(provider):
    run = rehearse(STANDARD, provider.target(), Options(), provider.serve)

    assert run.departures == {}
    assert run.untried >= ALWAYS_UNTRIED
    assert not [case for case in run.untried if case.startswith(NEW)]


def test_403_in_place_of_401_is_only_worth_a_warning(provider):
    def forbidding(asked):
        answered = provider.serve(asked)
        return replace(answered, status=403) if answered.status == 401 else answered

    access = Options(only=frozenset({"ACC-10", "ACC-12", "ACC-13", "ACC-14"}))

    run = rehearse(STANDARD, provider.target(), access, forbidding)

    assert set(run.departures) == access.only
    assert run.failed == frozenset()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f.check}-{f.name}")
def test_fault_of_declarations_is_caught_by_its_check(fault, provider):
    whole = fault.check.partition("[")[0]
    bent = Options(only=frozenset({whole}))

    run = rehearse(
        STANDARD,
        provider.target(),
        bent,
        lambda asked: fault.bend(asked, provider.serve),
    )

    assert any(case.startswith(fault.check) for case in run.departures), run
    if "[" in fault.check:
        assert set(run.departures) == {fault.check}


def test_every_case_of_the_rules_has_its_fault():
    kinds = ("PRI-05[", "REC-30[", "REC-33[")
    cases = {case for case, _ in all_cases(STANDARD.datasets[0])}
    checks = {check for r in STANDARD.requirements for check in r.checks}
    whole = checks & {kind[:-1] for kind in kinds}

    asked = {
        case
        for case in cases
        if case.startswith(kinds)
        and (case in checks or case.partition("[")[0] in whole)
    }

    assert asked == {f.check for f in FAULTS if f.check.startswith(kinds)}
