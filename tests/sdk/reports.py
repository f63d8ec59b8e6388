"""Reports and results made by hand, for the tests of what is said of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson

from pdn_sdk.conformance.report import Report
from pdn_sdk.conformance.results import CheckResult, Evidence, Outcome
from pdn_sdk.standards.model import Category, Level

START = datetime(2026, 11, 22, 20, 5, tzinfo=UTC)
FIX = "Escriba los totales como números."
HOSTILE = (
    "</style></script><script>alert(1)</script><img src=x onerror=alert(1)>"
    "\u202eal revés\x00 {{7*7}} [bold]x[/] <b>&amp;'\"` ]]>"
)


def exchange(body=None, **request):
    body = {"pagination": {"totalRows": "300"}} if body is None else body
    text = (
        body
        if isinstance(body, str)
        else orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()
    )
    return Evidence(
        request={
            "method": "POST",
            "url": "https://api.ejemplo.gob.mx/v1/spic",
            "headers": {"Authorization": "Bearer [oculto]"},
            "body": '{"page":1}',
            **request,
        },
        response={"status": 200, "headers": {}, "body": text, "elapsed_ms": 41.2},
    )


def result(
    check_id="PAG-01",
    outcome=Outcome.PASS,
    level=Level.MUST,
    requirements=("S2-021",),
    **more,
):
    return CheckResult(
        id=check_id,
        requirement_ids=requirements,
        title="Los totales son números.",
        level=level,
        category=more.pop("category", Category.FUNCTIONAL),
        outcome=outcome,
        **more,
    )


def failing(check_id="PAG-01", **more):
    told = {
        "message": "«pagination.totalRows» llega como texto.",
        "expected": "un número",
        "received": 'totalRows "300"',
        "fix": FIX,
        "source": "OAS #/components",
        "curl": "curl -sS https://api.ejemplo.gob.mx/v1/spic",
        "evidence": (exchange(),),
    }
    return result(check_id, Outcome.FAIL, **{**told, **more})


def report(*results, **changes):
    made = Report(
        suite={"name": "pdn-sdk", "version": "0.1.0", "ruleset_hash": "0" * 16},
        standard={"key": "s2", "version": "1.1"},
        target={
            "base_url": "https://api.ejemplo.gob.mx",
            "environment": "development",
        },
        profile="pdn",
        started_at=START,
        finished_at=START + timedelta(seconds=11.4),
        requests=412,
        checks=results,
    )
    return replace(made, **changes)


def many(count):
    """Give a report with that many findings, each as long as findings get."""
    outcomes = (Outcome.FAIL, Outcome.ERROR, Outcome.WARN, Outcome.SKIP)
    longest = failing(
        expected="<" * 1200,
        received="&" * 1200,
        curl="'" * 1900,
        evidence=(exchange("<&>\"'" * 300),) * 3,
    )
    return report(
        *(
            replace(
                longest,
                id=f"SEA-01[{n}]",
                outcome=outcomes[n % len(outcomes)],
                message=f"{n} " + "<é&'" * 280,
                fix=f"{n} " + "<" * 300,
            )
            for n in range(count)
        )
    )
