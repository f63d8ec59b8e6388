"""A flaw in one record among many: that record is shown, and only its duty fails."""

import json
from dataclasses import replace

import pytest
from tests.sdk.faults.good import Provider, good_records

from pdn_sdk.checking import Exchange, Request, Response
from pdn_sdk.conformance import runner
from pdn_sdk.conformance.evidence import evidence
from pdn_sdk.conformance.redaction import Redactor
from pdn_sdk.conformance.render import html
from pdn_sdk.conformance.render.excerpt import excerpt
from pdn_sdk.conformance.target import Options
from pdn_sdk.practice.planting import answering, is_search
from pdn_sdk.practice.terms import terms_of
from pdn_sdk.practice.wire import as_application
from pdn_sdk.provider.serving import running
from pdn_sdk.standards.paths import first_at, without

# The parts of a record that are asked for only where they are.
CASES = [
    ("s3s", "resolucion.fechaResolucion", ["S3S-045", "S3S-035"]),
    ("s3p", "responsableSancion.primerApellido", ["S3P-047", "S3P-035"]),
]


def checked(folder, standard, path):
    """Check a good provider one of whose records lacks something; give which."""
    terms = terms_of(standard)
    provider = Provider(folder, good_records(40, terms), terms)
    having = [r for r in good_records(40, terms) if first_at(r, path)]
    chosen = having[len(having) // 2]["id"]

    def spoilt(record):
        return without(record, path) if record["id"] == chosen else record

    bend = answering(is_search, lambda r, _: r.listing(map(spoilt, r.results)))
    good = provider.good()
    with running(as_application(lambda asked: bend(asked, good))) as base:
        target = replace(
            provider.target(), base_url=base, token_url=f"{base}/oauth/token"
        )
        made = runner.run(target, Options(only=frozenset({"REC-04"})))
    return chosen, made


@pytest.mark.parametrize(("standard", "path", "duties"), CASES)
def test_the_record_with_the_flaw_is_shown_and_its_own_duty_fails(
    tmp_path, standard, path, duties
):
    chosen, made = checked(tmp_path, standard, path)

    (finding,) = made.checks
    assert finding.received.startswith(f"«{chosen}»: {path}: ")
    assert list(finding.requirement_ids) == duties
    assert finding.fix.endswith("o quite el objeto entero.")
    shown = excerpt(
        finding.evidence[0].response["body"], f"{finding.received} {finding.message}"
    )
    (place,) = shown.paths
    assert place.endswith(f"].{path.partition('.')[0]}")
    told = " ".join(line.text for block in shown.blocks for line in block)
    assert path.partition(".")[0] in told
    assert place in html.document(made)


def evidence_of(body, told):
    exchange = Exchange(
        Request("POST", "https://api.ejemplo.gob.mx/v1/spic", {}),
        Response(200, {}, body, 0.1),
    )
    return evidence(exchange, Redactor({}), told).response["body"]


def test_a_long_record_keeps_the_way_to_its_flaw():
    long = {f"dato{n}": {"texto": "x" * 90} for n in range(40)}
    rows = [
        {"id": f"r{n}", **long, "plazos": [{"inicio": i, "a": {}} for i in range(6)]}
        for n in range(9)
    ]
    body = json.dumps({"results": rows}).encode()
    told = "«r6»: plazos[4].inicio: está mal; «r7»: dato3.texto: también"

    kept = evidence_of(body, told)

    assert '"… 6 más"' in kept
    assert '"id": "r6"' in kept
    assert "r7" not in kept
    assert "xxx" not in kept
    assert '"…": "40 datos más"' in kept
    assert excerpt(kept, told).paths == ("results[6].plazos[4].inicio",)


def test_what_names_no_record_shows_the_head_of_the_list():
    body = json.dumps({"results": [{"id": str(n)} for n in range(9)]}).encode()

    kept = json.loads(evidence_of(body, "«nada» falta"))

    assert kept["results"] == [{"id": "0"}, {"id": "1"}, "… 7 más"]
