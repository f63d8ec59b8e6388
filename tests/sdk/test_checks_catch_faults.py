"""A check that cannot fail is not a check: each one against its own fault.

Each standard of practice/spoiled.toml goes through its share of the same table.
"""

from dataclasses import replace

import pytest
from tests.sdk.faults.dealing import dealt
from tests.sdk.faults.good import Provider
from tests.sdk.faults.rehearsal import all_cases, all_checks, rehearse

from pdn_sdk.conformance import runner
from pdn_sdk.conformance.plan import DEEP
from pdn_sdk.conformance.target import Options
from pdn_sdk.practice import faults_of, is_sweep
from pdn_sdk.practice.terms import ALL_TERMS, S2
from pdn_sdk.provider.serving import running
from pdn_sdk.standards.loader import all_standards

# A run ends at 600; other data ask for some more, and a long walk for up to 25.
MOST_REQUESTS = 575
# What shows only past a page of 200, or past twenty of ten.
LONG = {"PAG-12", "PAG-13", "STR-05"}
LONG_COUNT = 240
UNTRIED = {
    "ACC-04": "its tokens live for an hour",
    "ACC-19": "not in production",
    "ACC-20": "not in production",
}
# What the texts of a standard do not have: numbers of files and of levels, posts.
PLAIN = {
    "s1": {
        *("CER-01", "CER-02"),
        "SEA-05[datosEmpleoCargoComision.nivelEmpleoCargoComision]",
        "SEA-08[datosEmpleoCargoComision.nivelEmpleoCargoComision]",
        "SEA-08[datosEmpleoCargoComision.empleoCargoComision]",
    },
    "s3p": {"SEA-05[expediente]", "SEA-08[expediente]"},
}
# Fifteen orders and six texts in S1: all of them would pass the most requests.
SAMPLED = {"s1": ("PAG-51", "SOR-51", "SOR-01", "SOR-02", "RNG-03")}
# Those whose data are loaded spoiled; a record of the others is long to load.
LOADED = {"s2", "s3s", "s3p"}
OF_RECORDS = frozenset(
    check.check_id
    for check in all_checks()
    if check.check_id.startswith(("REC-", "VAR-", "PRI-"))
    and not is_sweep(check.check_id)
)
STANDARDS = [terms.standard.key for terms in ALL_TERMS]
PLANTED = [
    pytest.param(
        terms.standard.key, fault, id=f"{terms.standard.key}-{fault.check}-{fault.name}"
    )
    for terms, fault in dealt(
        [(t, f) for t in ALL_TERMS for f in faults_of(t)],
        lambda fault: (fault.check.partition("[")[0], fault.name),
    )
    # What is invented knows nothing of the records: told once, in S2.
    if terms is S2 or not fault.check.startswith(DEEP)
]
providers = pytest.mark.parametrize("provider", STANDARDS, indirect=True)
every_standard = pytest.mark.parametrize("terms", ALL_TERMS, ids=STANDARDS)


@pytest.fixture
def provider(request, good_provider):
    return good_provider(request.param)


def untried(terms):
    """What a good provider leaves untried: nobody can try what it withholds."""
    hidden = terms.dataset.reserved
    exact = {f"SEA-03[{f.name}]" for f in terms.withheld}
    sorts = {s.name for s in terms.dataset.sort_fields if s.path in hidden}
    return {
        *UNTRIED,
        *exact,
        *(f"SOR-0{n}[{s}]" for n in (1, 2) for s in sorts),
        *PLAIN.get(terms.standard.key, ()),
    }


def asked_for(terms):
    return {check for r in terms.standard.requirements for check in r.checks}


@every_standard
def test_every_check_that_a_standard_asks_for_has_a_fault(terms):
    planted = {fault.check.partition("[")[0] for fault in faults_of(terms)}

    assert planted == {check.partition("[")[0] for check in asked_for(terms)}


def test_every_check_is_asked_for_by_some_standard():
    requirements = [r for standard in all_standards() for r in standard.requirements]
    asked = {c.partition("[")[0] for r in requirements for c in r.checks}

    assert {check.check_id for check in all_checks()} <= asked


@every_standard
def test_check_ids_and_fault_names_are_not_repeated(terms):
    ids = [check.check_id for check in all_checks()]
    names = [(fault.check, fault.name) for fault in faults_of(terms)]

    assert len(ids) == len(set(ids))
    assert len(names) == len(set(names))


@every_standard
def test_what_a_standard_asks_for_is_a_case(terms):
    cases = {case for case, _ in all_cases(terms.dataset)}
    whole = {case.partition("[")[0] for case in cases}

    assert asked_for(terms) <= cases | whole


@every_standard
def test_every_filter_and_order_is_tried(terms):
    """Where a check is asked for case by case, no case is forgotten."""
    asked = asked_for(terms)
    sampled = SAMPLED.get(terms.standard.key, ())
    partly = {check.partition("[")[0] for check in asked if "[" in check}
    partly -= {*sampled, "PRI-05", "REC-30"}
    cases = {c for c, _ in all_cases(terms.dataset) if c.partition("[")[0] in partly}

    assert {c for c in cases if asked.isdisjoint({c, c.partition("[")[0]})} == set()


@every_standard
def test_every_requirement_has_a_check_or_says_why_not(terms):
    silent = [
        r.id
        for r in terms.standard.requirements
        if not r.checks and not r.why_not_tested
    ]

    assert silent == []


@providers
def test_good_provider_passes_every_check(provider):
    standard = provider.terms.standard

    run = rehearse(standard, provider.target(), Options(), provider.good().serve)

    assert run.departures == {}
    assert run.untried == untried(provider.terms)
    assert run.requests <= MOST_REQUESTS


@providers
def test_good_provider_survives_what_is_invented(provider):
    deep = Options(deep=True, only=frozenset({"FUZ-01", "FUZ-02", "FUZ-03"}), seed=7)

    run = rehearse(
        provider.terms.standard, provider.target(), deep, provider.good().serve
    )

    assert (run.departures, run.untried) == ({}, set())
    assert run.requests > 50


@providers
def test_good_provider_passes_in_production(provider):
    options = Options(environment="production")
    target = provider.target("https://datos.ejemplo.gob.mx")

    run = rehearse(provider.terms.standard, target, options, provider.good().serve)

    assert run.departures == {}
    assert {"ACC-19", "ACC-20"}.isdisjoint(run.untried)


@providers
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


# The suite ran under coverage on the good provider; tracing it a hundred times is slow.
@pytest.mark.no_cover
@pytest.mark.parametrize(("key", "fault"), PLANTED)
def test_fault_is_caught_by_its_check_alone(key, fault, good_provider, tmp_path):
    is_long = fault.check in LONG
    provider = good_provider(key, LONG_COUNT) if is_long else good_provider(key)
    terms = provider.terms
    is_own = fault.records is not list and terms.standard.key in LOADED
    # What is not about the standard's own records is told apart once, in S2.
    is_known = terms is not S2 and fault.records is list
    is_deep = fault.check.startswith(DEEP)
    only = frozenset({fault.check} if is_known or is_deep else ())
    if fault.records is not list and not is_own:
        only = OF_RECORDS & {c.partition("[")[0] for c in asked_for(terms)}
    if is_own:
        provider = Provider(tmp_path, fault.records(provider.records), terms)
        fault = replace(fault, records=list)

    run = rehearse(
        terms.standard,
        provider.target(fault.base),
        Options(environment=fault.environment, only=only, deep=is_deep),
        provider.bent(fault),
    )

    found = {case for case in run.departures if not is_sweep(case)}
    also = frozenset() if is_known else fault.also
    expected = {case for case in {fault.check} | also if not is_sweep(case)}
    assert fault.check in run.departures, run.departures
    assert found == expected, run.departures
