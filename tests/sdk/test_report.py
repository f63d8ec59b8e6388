"""The verdict, its sentence, and the JSON that outsiders read."""

import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from tests.sdk.reports import FIX, exchange, failing, many, report, result

from pdn_sdk.conformance import report as module
from pdn_sdk.conformance import words
from pdn_sdk.conformance.report import (
    InvalidReportError,
    from_json,
    merged,
    to_json,
    to_repeat,
)
from pdn_sdk.conformance.results import Outcome, Verdict, verdict
from pdn_sdk.standards.model import Level

SCHEMA_PATH = Path(module.__file__).with_name("report.schema.json")
SCHEMA = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
PUBLISHED = Path(__file__).parents[2] / "docs/reference/report.schema.json"
SKIPPED = result("SEA-03", Outcome.SKIP, message="No hay datos.", requirements=("R9",))
ERRED = result("ROB-01", Outcome.ERROR, message="El servidor no respondió.")


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([], Verdict.INCONCLUSIVE),
        ([result()], Verdict.CONFORMANT),
        ([result(), failing()], Verdict.NON_CONFORMANT),
        ([result(), SKIPPED], Verdict.CONFORMANT),
        ([SKIPPED], Verdict.INCONCLUSIVE),
        ([result(), ERRED], Verdict.INCONCLUSIVE),
        ([failing(), ERRED], Verdict.NON_CONFORMANT),
        ([result(level=Level.SHOULD)], Verdict.INCONCLUSIVE),
        ([result(), result(outcome=Outcome.WARN)], Verdict.CONFORMANT),
        (
            [result(), result(outcome=Outcome.ERROR, level=Level.SHOULD)],
            Verdict.CONFORMANT,
        ),
    ],
    ids=[
        "nothing",
        "a pass",
        "one failure among passes",
        "something skipped",
        "all skipped",
        "a must in error",
        "a failure beside an error",
        "only recommendations",
        "a warning",
        "a recommendation in error",
    ],
)
def test_verdict_follows_from_the_results(results, expected):
    assert verdict(results) is expected


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        ([], "Sin conclusión: no se hizo ninguna prueba."),
        (
            [result()],
            "Conforme: cumple todos los requisitos obligatorios que se prueban.",
        ),
        (
            [failing()],
            "No conforme: 1 requisito obligatorio falla; empiece por la paginación.",
        ),
        (
            [failing(), failing("ACC-01", requirements=("S2-001", "S2-002"))],
            "No conforme: 3 requisitos obligatorios fallan; empiece por el acceso y "
            "los tokens.",
        ),
        (
            [result(), SKIPPED],
            "Conforme en lo que se pudo probar: 1 requisito sin datos o que sólo se "
            "exige en producción.",
        ),
        (
            [SKIPPED],
            "Sin conclusión: no se pudo probar ningún requisito obligatorio.",
        ),
        (
            [result(), ERRED],
            "Sin conclusión: 1 prueba obligatoria terminó en error. El servidor no "
            "respondió.",
        ),
    ],
)
def test_sentence_says_the_verdict_and_its_reason(results, sentence):
    assert report(*results).sentence == sentence


def test_sentence_counts_the_requirements_and_not_the_checks():
    cases = [failing(f"SEA-01[{n}]", requirements=("S2-060",)) for n in range(5)]

    assert "1 requisito obligatorio falla" in report(*cases).sentence


def test_requirement_tried_by_another_check_is_not_missing():
    skipped = result("SEA-02", Outcome.SKIP, requirements=("S2-021",))

    assert report(result(), skipped).sentence.startswith("Conforme: cumple todos")


def test_sentence_in_production_speaks_of_data_only():
    target = {"base_url": "https://x", "environment": "production"}

    assert report(result(), SKIPPED, target=target).sentence.endswith("sin datos.")


def test_what_one_change_puts_right_is_one_cause():
    cases = [failing(f"SEA-01[{n}]", requirements=(f"S2-{n}",)) for n in range(3)]

    (cause,) = words.causes(cases, Outcome.FAIL)

    assert cause.fix == FIX
    assert cause.requirement_ids == ("S2-0", "S2-1", "S2-2")
    assert len(cause.results) == 3


def test_one_outage_is_one_cause_whatever_it_keeps_from_being_tried():
    erred = [
        result(f"SEA-0{n}", Outcome.ERROR, message="No se pudo conectar.", fix=f"{n}")
        for n in range(4)
    ]

    assert len(words.causes(erred, Outcome.ERROR)) == 1


def test_causes_put_a_leak_before_the_order_of_the_records():
    found = words.causes(
        [failing("SOR-01", fix="a"), failing("PRI-01", fix="b")], Outcome.FAIL
    )

    assert [cause.first.id for cause in found] == ["PRI-01", "SOR-01"]


def test_moment_is_told_as_people_tell_it_in_mexico_city():
    told = words.moment(datetime(2026, 11, 23, 3, 5, tzinfo=UTC))

    assert told == "22 de noviembre de 2026, 21:05"


EVERY_KIND = report(
    result(),
    failing(evidence=(exchange(), exchange("<html>"))),
    SKIPPED,
    ERRED,
    result(outcome=Outcome.WARN, level=Level.SHOULD),
    selection=("seguridad", "S2-001"),
    data={"records": 300, "fingerprint": "a" * 16},
)


@pytest.mark.parametrize(
    "made",
    [report(), EVERY_KIND, merged(EVERY_KIND, EVERY_KIND), many(40)],
    ids=["empty", "every kind", "merged", "many"],
)
def test_every_report_validates_and_reads_back_equal(made):
    document = json.loads(to_json(made))

    jsonschema.Draft202012Validator(
        SCHEMA, format_checker=jsonschema.FormatChecker()
    ).validate(document)
    assert from_json(to_json(made)) == made


def test_schema_is_a_schema_and_the_docs_publish_the_same():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    assert PUBLISHED.read_bytes() == SCHEMA_PATH.read_bytes()


def test_json_names_each_member_of_the_contract_in_its_order():
    document = json.loads(to_json(report(failing())))

    assert list(document) == [
        *("report_version", "suite", "standard", "target", "profile"),
        *("started_at", "finished_at", "duration_s", "verdict", "summary"),
        *("requests", "checks"),
    ]
    assert list(document["checks"][0]) == [
        *("id", "requirement_ids", "title", "level", "severity", "category"),
        *("outcome", "message", "expected", "received", "fix", "source"),
        *("duration_s", "curl", "evidence"),
    ]
    assert document["summary"] == {
        "pass": 0,
        "fail": 1,
        "warn": 0,
        "skip": 0,
        "error": 0,
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        "no es json",
        to_json(report()).replace('"report_version": "1"', '"report_version": "2"'),
        to_json(report(result())).replace('"outcome": "pass"', '"outcome": "x"'),
        to_json(report(result())).replace('"id": "PAG-01"', '"otro": "x"'),
    ],
)
def test_what_is_not_a_report_is_refused_in_words(text):
    with pytest.raises(InvalidReportError, match="no es un reporte"):
        from_json(text)


def test_rerun_replaces_what_was_repeated_and_keeps_the_rest():
    earlier = report(result("PAG-01"), failing("PAG-02"), ERRED)
    later = report(result("PAG-02"), result("ROB-01"), requests=7)

    both = merged(earlier, later)

    assert to_repeat(earlier) == {"PAG-02", "ROB-01"}
    assert [r.id for r in both.checks] == ["PAG-01", "PAG-02", "ROB-01"]
    assert both.verdict is Verdict.CONFORMANT
    assert "Se repitieron 2 de las 3 pruebas" in both.sentence


def test_rerun_of_a_whole_run_is_still_a_whole_run():
    earlier = report(result("PAG-01"), failing("PAG-02"))
    later = report(result("PAG-02"), selection=("PAG-02",))

    both = merged(earlier, later)

    assert both.selection == ()
    assert "elegida" not in both.sentence


@pytest.mark.parametrize(
    "changes",
    [
        {"profile": "spec"},
        {"standard": {"key": "s1", "version": "1"}},
        {"target": {"base_url": "https://otra.mx", "environment": "development"}},
        {
            "target": {
                "base_url": "https://api.ejemplo.gob.mx",
                "environment": "production",
            }
        },
    ],
)
def test_rerun_of_something_else_is_refused(changes):
    with pytest.raises(InvalidReportError, match="otro proveedor"):
        merged(report(failing()), report(result(), **changes))


def test_rerun_of_a_local_project_may_be_on_another_port():
    def on(port):
        url = f"http://127.0.0.1:{port}"
        return {"base_url": url, "environment": "development"}

    both = merged(report(failing(), target=on(8001)), report(result(), target=on(8002)))

    assert both.verdict is Verdict.CONFORMANT


def test_narrowed_run_says_that_it_was_narrowed():
    narrowed = report(result(), selection=("PAG-01",))

    assert narrowed.sentence.endswith("Sólo se hizo la prueba elegida.")
