"""A run in its own process: against good, dead and hostile providers."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from tests.sdk.faults.good import Provider, good_records
from tests.sdk.hostile import (
    SECRETS,
    echoing,
    flooding,
    hostile,
    nested,
    never_ending,
    redirecting,
)

from pdn_sdk.client import ForbiddenAddressError, NetworkPolicy
from pdn_sdk.conformance import runner
from pdn_sdk.conformance.report import to_json
from pdn_sdk.conformance.results import Outcome, Verdict
from pdn_sdk.conformance.runner import ruleset_hash, run
from pdn_sdk.conformance.target import Options, Target
from pdn_sdk.errors import UnknownStandardError
from pdn_sdk.provider.serving import running
from pdn_sdk.standards import loader

SCHEMA = json.loads(
    Path(runner.__file__).with_name("report.schema.json").read_text(encoding="utf-8")
)
NOBODY = "http://127.0.0.1:9"
FEW = Options(only=frozenset({"ACC-01", "PAG-01", "PAG-02"}))


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    made = Provider(tmp_path_factory.mktemp("runner"), good_records(count=60))
    with running(made.app) as base:
        yield replace(made.target(base), token_url=f"{base}/oauth/token")


def target(base):
    return Target(
        "s2",
        base,
        token_url=f"{base}/oauth/token",
        client_id="pdn",
        client_secret=SECRETS[0],
        username="pdn",
        password=SECRETS[1],
    )


def of(report, *outcomes):
    return [r for r in report.checks if r.outcome in outcomes]


def test_good_provider_conforms_and_its_data_are_told(provider):
    report = run(provider, FEW)

    assert report.verdict is Verdict.CONFORMANT
    assert {r.outcome for r in report.checks} == {Outcome.PASS}
    assert report.selection == ("ACC-01", "PAG-01", "PAG-02")
    jsonschema.validate(json.loads(to_json(report)), SCHEMA)
    assert 0 < report.requests <= 20


def test_tokens_are_asked_for_where_the_standard_says_if_nobody_does(provider):
    report = run(replace(provider, token_url=None), FEW)

    assert {r.outcome for r in report.checks} == {Outcome.PASS}


@pytest.mark.slow
def test_two_runs_on_the_same_data_give_the_same_report_apart_from_times(provider):
    first, second = run(provider), run(provider)

    assert untimed(first) == untimed(second)
    assert first.data == second.data
    assert first.data["records"] == 60
    assert first.requests == second.requests <= 600


def untimed(report):
    def still(exchange):
        return replace(exchange, response={**exchange.response, "elapsed_ms": 0})

    return [
        replace(
            r,
            duration_s=0,
            message="" if r.message.startswith("Tiempos") else r.message,
            evidence=tuple(map(still, r.evidence)),
        )
        for r in report.checks
    ]


def test_nobody_there_is_inconclusive_and_never_a_failure():
    report = run(target(NOBODY), Options())

    assert report.verdict is Verdict.INCONCLUSIVE
    assert not of(report, Outcome.FAIL, Outcome.WARN, Outcome.PASS)
    assert len(of(report, Outcome.ERROR)) > 50
    assert "No se pudo conectar con «127.0.0.1:9»" in report.sentence


def test_name_that_does_not_exist_is_inconclusive():
    report = run(target("http://no.invalid"), FEW)

    assert report.verdict is Verdict.INCONCLUSIVE
    assert "No se encontró el servidor «no.invalid»" in report.sentence


@pytest.mark.parametrize("answer", [never_ending, flooding, nested])
def test_run_has_an_end_whatever_the_server_sends(answer):
    options = replace(
        FEW,
        network=NetworkPolicy(timeout_s=0.5, max_bytes=300_000),
        time_limit_s=60,
    )

    with hostile(answer) as base:
        report = run(target(base), options)

    assert [r.id for r in report.checks] == ["ACC-01", "PAG-01", "PAG-02"]
    assert report.verdict is not Verdict.CONFORMANT


def test_time_limit_ends_the_run_and_says_so():
    slow = replace(FEW, network=NetworkPolicy(timeout_s=600), time_limit_s=2.5)

    with hostile(never_ending) as base:
        report = run(target(base), slow)

    assert report.verdict is Verdict.INCONCLUSIVE
    assert len(report.checks) == 3
    assert "Se agotó el tiempo de la prueba" in report.checks[-1].message


def test_memory_limit_holds_against_a_server_that_floods():
    greedy = replace(
        FEW,
        network=NetworkPolicy(timeout_s=60, max_bytes=4_000_000_000),
        memory_mb=400,
        time_limit_s=60,
    )

    with hostile(flooding) as base:
        report = run(target(base), greedy)

    assert report.verdict is Verdict.INCONCLUSIVE
    assert {r.outcome for r in report.checks} == {Outcome.ERROR}
    assert any("no cabe en la memoria" in r.message for r in report.checks)


def test_process_that_is_killed_loses_only_what_was_left(provider, born):
    def kill(progress):
        if progress.done == 1:
            for child in born():
                child.kill()

    report = run(provider, FEW, on_progress=kill)

    assert report.verdict is Verdict.INCONCLUSIVE
    assert len(report.checks) == 3
    assert of(report, Outcome.PASS)
    assert (
        "terminó antes de tiempo, con estado -9" in of(report, Outcome.ERROR)[0].message
    )


def test_run_that_is_cancelled_says_so():
    with hostile(never_ending) as base:
        report = run(target(base), FEW, cancelled=lambda: True)

    assert report.verdict is Verdict.INCONCLUSIVE
    assert "se canceló" in report.checks[0].message


def test_requests_are_bounded_and_running_out_is_no_failure(provider):
    few = Options(network=NetworkPolicy(max_requests=5))

    report = run(provider, few)

    assert report.requests <= 5
    assert report.verdict is Verdict.INCONCLUSIVE
    assert not of(report, Outcome.FAIL)


def test_redirect_leads_nowhere():
    with hostile(redirecting) as base:
        report = run(target(base), FEW)

    assert report.verdict is Verdict.NON_CONFORMANT
    assert "127.0.0.1:9/x" not in {
        e.request["url"] for r in report.checks for e in r.evidence
    }


def test_server_that_repeats_the_secrets_does_not_put_them_in_the_report():
    with hostile(echoing) as base:
        report = run(target(base), FEW)

    kept = repr(report)
    assert of(report, Outcome.FAIL)
    assert not any(secret in kept for secret in SECRETS)


def test_secrets_are_in_no_argument_and_no_environment_of_the_process(
    provider, monkeypatch, born
):
    monkeypatch.setenv("SITE_KEY", "la-llave-del-sitio")
    seen = []

    def look(progress):
        for child in born():
            seen.extend([*child.cmdline(), *map(str, child.environ().items())])

    run(provider, FEW, on_progress=look)

    assert seen
    hidden = (*provider.secrets.values(), "la-llave-del-sitio")
    assert not any(secret in text for text in seen for secret in hidden)


def test_progress_counts_up_to_the_end(provider):
    steps = []

    run(provider, FEW, on_progress=steps.append)

    assert [(s.done, s.total) for s in steps] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert {s.outcome for s in steps[1:]} == {Outcome.PASS}


@pytest.mark.parametrize(
    "changes",
    [
        {"base_url": "file:///etc/passwd"},
        {"token_url": "http://ana:clave@127.0.0.1/"},
        {"data_url": "gopher://127.0.0.1/"},
        {"entities_url": "no es una dirección"},
    ],
)
def test_address_that_may_not_be_called_is_refused_at_once(changes):
    with pytest.raises(ForbiddenAddressError):
        run(replace(target(NOBODY), **changes), FEW)


def test_private_address_is_refused_where_the_policy_says_so(provider):
    closed = replace(FEW, network=NetworkPolicy(allow_private=False))

    report = run(provider, closed)

    assert report.requests == 0 or not of(report, Outcome.PASS, Outcome.FAIL)
    assert report.verdict is Verdict.INCONCLUSIVE


def test_unknown_standard_is_told_before_anything_is_sent():
    with pytest.raises(UnknownStandardError):
        run(Target("s77", NOBODY))


def test_hash_of_the_rules_follows_their_content(tmp_path):
    standard = loader.get("s2")
    copied = Path(shutil.copytree(standard.folder, tmp_path / "s2"))
    copy = replace(standard, folder=copied)

    same = ruleset_hash(copy)
    path = copied / "requirements.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\n# x\n", encoding="utf-8")

    assert same == ruleset_hash(standard)
    assert ruleset_hash(copy) != same
