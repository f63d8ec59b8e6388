"""A check that cannot fail is not a check: each one against its own fault."""

from dataclasses import replace

import pytest
from pdn_sdk.provider.serving import running
from tests.sdk.faults import ALL_FAULTS
from tests.sdk.faults.good import STANDARD, Provider, good_records
from tests.sdk.faults.rehearsal import all_cases, all_checks, rehearse

from pdn_sdk.conformance import runner
from pdn_sdk.conformance.target import Options

MOST_REQUESTS = 600
MOST_SECONDS = 20
# What a good provider leaves untried, and why.
UNTRIED = {
    "ACC-04": "its tokens live for an hour",
    "ACC-19": "not in production",
    "ACC-20": "not in production",
    "SEA-03[rfc]": "it withholds the field",
    "SEA-03[curp]": "it withholds the field",
}


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    return Provider(tmp_path_factory.mktemp("good"), good_records())


def test_every_check_has_a_fault():
    planted = {fault.check.partition("[")[0] for fault in ALL_FAULTS}

    assert planted == {check.check_id for check in all_checks()}


def test_check_ids_and_fault_names_are_not_repeated():
    ids = [check.check_id for check in all_checks()]
    names = [fault.name for fault in ALL_FAULTS]

    assert len(ids) == len(set(ids))
    assert len(names) == len(set(names))


def test_every_case_is_asked_for_by_a_requirement():
    asked = {check for r in STANDARD.requirements for check in r.checks}
    cases = {case for case, _ in all_cases(STANDARD.datasets[0])}

    assert {c for c in cases if asked.isdisjoint({c, c.partition("[")[0]})} == set()


def test_every_requirement_has_a_check_or_says_why_not():
    silent = [
        r.id for r in STANDARD.requirements if not r.checks and not r.why_not_tested
    ]

    assert silent == []


def test_good_provider_passes_every_check(provider):
    run = rehearse(STANDARD, provider.target(), Options(), provider.good().serve)

    assert run.departures == {}
    assert run.untried == set(UNTRIED)
    assert run.requests <= MOST_REQUESTS


def test_good_provider_passes_in_production(provider):
    options = Options(environment="production")
    target = provider.target("https://datos.ejemplo.gob.mx")

    run = rehearse(STANDARD, target, options, provider.good().serve)

    assert run.departures == {}
    assert {"ACC-19", "ACC-20"}.isdisjoint(run.untried)


def test_good_provider_conforms_over_the_network(provider):
    with running(provider.app) as base:
        target = replace(
            provider.target(), base_url=base, token_url=f"{base}/oauth/token"
        )

        report = runner.run(target)

    findings = [
        (r.id, r.message)
        for r in report.checks
        if r.outcome in ("fail", "warn", "error")
    ]
    assert findings == []
    assert report.verdict == "conformant"
    assert report.requests <= MOST_REQUESTS
    assert report.duration_s < MOST_SECONDS


@pytest.mark.parametrize("fault", ALL_FAULTS, ids=lambda f: f"{f.check}-{f.name}")
def test_fault_is_caught_by_its_check_alone(fault, provider, tmp_path):
    if fault.records is not list:
        provider = Provider(tmp_path, fault.records(provider.records))
    good = provider.good()

    run = rehearse(
        STANDARD,
        provider.target(fault.base),
        Options(environment=fault.environment),
        lambda asked: fault.bend(asked, good),
    )

    assert set(run.departures) == {fault.check} | fault.also, run.departures
