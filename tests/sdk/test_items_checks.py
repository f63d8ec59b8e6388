"""Each check of items catches its own fault alone, and the good provider passes."""

from dataclasses import replace

import pytest
from tests.sdk.faults.items_good import Provider
from tests.sdk.faults.items_rehearsal import asked_checks, every_check, rehearse

from pdn_sdk.conformance import runner
from pdn_sdk.practice.items import ALL_FAULTS, SWEEPS
from pdn_sdk.practice.items.planting import STANDARD, Fault
from pdn_sdk.provider.serving import running

COLLECTIONS = [d.key for d in STANDARD.datasets]
# A run ends at 600; other data ask for some more, and a long walk for up to 40.
MOST_REQUESTS = 575
# What a good provider leaves untried: what is asked for only in production.
IN_PRODUCTION = {"ACC-20", "ACC-72"}
HTTPS = "https://datos.ejemplo.gob.mx"


def honest(asked, good):
    return good.serve(asked)


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    return Provider(tmp_path_factory.mktemp("good"))


def test_every_check_of_the_standard_has_a_fault():
    planted = {fault.check for fault in ALL_FAULTS}

    assert planted == {check.check_id for check in asked_checks()}


def test_every_check_of_items_is_asked_for():
    ours = {c.check_id for c in every_check() if ".items." in c.__module__}

    assert ours <= {c.check_id for c in asked_checks()}


def test_no_two_checks_share_an_id():
    ids = [f"{c.__module__}:{c.check_id}" for c in every_check()]
    names = [i.partition(":")[2] for i in dict.fromkeys(ids)]

    assert len(names) == len(set(names))


def test_fault_names_are_not_repeated():
    names = [fault.name for fault in ALL_FAULTS]

    assert len(names) == len(set(names))


def test_every_requirement_has_a_check_or_says_why_not():
    assert all(r.checks or r.why_not_tested for r in STANDARD.requirements)


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("environment", ["development", "production"])
def test_good_provider_passes_every_check(provider, collection, environment):
    good = Fault("", "", "", honest, collection, environment=environment)
    target = provider.target(
        HTTPS if environment == "production" else "http://127.0.0.1"
    )

    run = rehearse(good, provider.good(), target)

    untried = IN_PRODUCTION if environment == "development" else {"ACC-77"}
    assert run.departures == {}
    assert run.untried == untried


def test_good_provider_conforms_over_the_network(provider):
    with running(provider.served.app) as base:
        report = runner.run(replace(provider.target(), base_url=base))

    findings = [
        (r.id, r.message)
        for r in report.checks
        if r.outcome in ("fail", "warn", "error")
    ]
    assert findings == []
    assert report.verdict == "conformant"
    assert report.requests <= MOST_REQUESTS
    assert {c.id for c in report.checks} >= {f"REC-71[{key}]" for key in COLLECTIONS}


@pytest.mark.parametrize("fault", ALL_FAULTS, ids=lambda f: f"{f.check}-{f.name}")
def test_fault_is_caught_by_its_check_alone(fault, provider):
    run = rehearse(fault, provider.good(), provider.target(fault.base))

    assert fault.check in run.departures, run.departures
    expected = {fault.check} | fault.also
    assert set(run.departures) - SWEEPS == expected - SWEEPS, run.departures
