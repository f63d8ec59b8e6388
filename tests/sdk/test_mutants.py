"""The count of the planted faults: what it tries, and that it tells a failure."""

import pytest
from tests.mutants.trials import SYSTEMS, Trial, trials
from tests.sdk.faults.rehearsal import Run

from pdn_sdk.standards.loader import all_standards

NOTHING = Run({}, {}, frozenset(), 0)
SEEN = Run({"PAG-01[x]": "…"}, {}, frozenset(), 0)


@pytest.mark.parametrize("key", SYSTEMS)
def test_each_standard_has_faults_and_a_good_provider_to_try(key):
    tried = trials(key)

    assert any(trial.check for trial in tried)
    assert any(not trial.check for trial in tried)


def test_no_standard_is_tried_that_does_not_exist():
    assert {*SYSTEMS} <= {standard.key for standard in all_standards()}


def test_fault_that_nobody_sees_has_escaped():
    assert "PAG-01" in Trial("x", lambda: NOTHING, "PAG-01").wrong()
    assert Trial("x", lambda: SEEN, "PAG-01").wrong() == ""


def test_finding_in_a_good_provider_is_a_false_alarm():
    assert Trial("x", lambda: SEEN).wrong() == "PAG-01[x]"
    assert Trial("x", lambda: SEEN, warned=frozenset({"PAG-01[x]"})).wrong() == ""
