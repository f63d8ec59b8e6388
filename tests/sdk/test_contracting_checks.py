"""The checks of contracts: silent on the good provider, each caught by its fault."""

from dataclasses import replace

import pytest
from tests.sdk.contracting.faults import FAULTS, ONLY_HERE, planted
from tests.sdk.contracting.provider import STANDARD, Provider, good_records
from tests.sdk.faults.rehearsal import all_cases, rehearse

from pdn_sdk.conformance.target import Options

# What a good provider leaves untried, and why.
UNTRIED = {
    "ACC-04": "its tokens live for an hour",
    "ACC-19": "not in production",
    "ACC-20": "not in production",
}
MOST_REQUESTS = 600
ONLY = Options(only=ONLY_HERE)


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    return Provider(tmp_path_factory.mktemp("good"), good_records())


def test_good_provider_of_contracts_passes_every_check(provider):
    run = rehearse(STANDARD, provider.target(), Options(), provider.serve)

    assert run.departures == {}
    assert run.untried == set(UNTRIED)
    assert run.requests <= MOST_REQUESTS


def test_403_in_place_of_401_is_only_worth_a_warning(provider):
    def forbidding(asked):
        answered = provider.serve(asked)
        return replace(answered, status=403) if answered.status == 401 else answered

    access = Options(only=frozenset({"ACC-10", "ACC-12", "ACC-13", "ACC-14"}))

    run = rehearse(STANDARD, provider.target(), access, forbidding)

    assert set(run.departures) == access.only
    assert run.failed == frozenset()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f.check}-{f.name}")
def test_fault_of_contracts_is_caught_by_its_check_alone(fault, provider, tmp_path):
    if fault.records is not list:
        provider = Provider(tmp_path, fault.records(good_records()))

    run = rehearse(STANDARD, provider.target(), ONLY, planted(fault, provider))

    caught = {check.partition("[")[0] for check in run.departures}
    assert caught == {fault.check.partition("[")[0]}, run.departures
    assert any(check.startswith(fault.check) for check in run.departures)


def test_every_advised_rule_has_its_case_and_its_fault():
    cases = {case for case, _ in all_cases(STANDARD.datasets[0])}
    advised = {case for case in cases if case.startswith("REC-30")}

    assert advised == {f.check for f in FAULTS if f.check.startswith("REC-30")}
    assert {c for r in STANDARD.requirements for c in r.checks} >= advised


def test_every_requirement_of_contracts_has_a_check_or_says_why_not():
    silent = [
        r.id for r in STANDARD.requirements if not r.checks and not r.why_not_tested
    ]

    assert silent == []
