"""The suite as tests of pytest, as whoever writes a provider runs them."""

from dataclasses import asdict

import pytest
from tests.sdk.faults.good import Provider, good_records

from pdn_sdk.errors import ConfigurationError
from pdn_sdk.practice.application import fault_named, faulty
from pdn_sdk.provider.serving import running
from pdn_sdk.testing import conformance_suite

PROJECT = '[provider]\nname = "Municipio"\nstandards = ["s2"]\n'
OF_A_FOLDER = """
from pathlib import Path
from pdn_sdk.testing import Options, conformance_suite

ONLY = Options(only=frozenset({"PAG-01", "PAG-02", "SEA-01[nombres]", "ACC-19"}))
test_api = conformance_suite(Path(__file__).parent, options=ONLY)
"""
OF_A_URL = """
from pdn_sdk.testing import Options, Target, conformance_suite

ONLY = Options(only=frozenset({{"PAG-07", "PAG-08"}}))
test_api = conformance_suite(Target(**{target!r}), options=ONLY)
"""

pytest_plugins = ["pytester"]


@pytest.fixture
def write(pytester):
    def write(text):
        pytester.makepyfile(test_provider=text)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-rs")

    return write


def test_folder_gives_a_test_for_each_check(write, pytester):
    (pytester.path / "provider.toml").write_text(PROJECT, encoding="utf-8")

    ran = write(OF_A_FOLDER)

    # What could not be tried is skipped with its reason, in Spanish.
    ran.assert_outcomes(passed=3, skipped=1)
    assert "producción" in ran.stdout.str()


def test_finding_is_told_as_a_person_reads_it(write, tmp_path):
    provider = Provider(tmp_path, good_records(40))
    standard = provider.terms.standard
    fault = fault_named(standard, "siguiente_de_mas")
    bad = faulty(provider.app, standard, fault, provider.credential)

    with running(bad) as base:
        ran = write(OF_A_URL.format(target=asdict(provider.target(base))))

    ran.assert_outcomes(passed=1, failed=1)
    told = ran.stdout.str()
    assert "PAG-08 (S2-024)" in told
    assert "Corrija: Calcule hasNextPage" in told
    assert provider.credential["password"] not in told.replace(OF_A_URL, "")


def test_folder_that_publishes_another_standard_says_so(tmp_path):
    (tmp_path / "provider.toml").write_text(PROJECT, encoding="utf-8")

    with pytest.raises(ConfigurationError, match="--standard"):
        conformance_suite(tmp_path, standard="s6")
