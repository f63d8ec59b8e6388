"""A report as JUnit XML, for the systems that run tests."""

import re
from xml.etree import ElementTree as ET

from pdn_sdk.conformance.report import CheckResult, Outcome, Report

# What XML 1.0 cannot hold, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_ELEMENTS = {
    Outcome.FAIL: "failure",
    Outcome.ERROR: "error",
    Outcome.SKIP: "skipped",
}


def document(report: Report) -> str:
    """Give the report as one test suite; a warning passes and is told in its output."""
    summary = report.summary
    suite = ET.Element(
        "testsuite",
        {
            "name": f"pdn check {report.standard['key']}",
            "tests": str(len(report.checks)),
            "failures": str(summary["fail"]),
            "errors": str(summary["error"]),
            "skipped": str(summary["skip"]),
            "time": f"{report.duration_s:.3f}",
            "timestamp": f"{report.started_at:%Y-%m-%dT%H:%M:%S}",
        },
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in {
        "verdict": report.verdict.value,
        "sentence": report.sentence,
        "base_url": report.target["base_url"],
        "profile": report.profile,
    }.items():
        ET.SubElement(properties, "property", name=name, value=_clean(value))
    for result in report.checks:
        suite.append(_case(report, result))
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    text = ET.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _case(report: Report, result: CheckResult) -> ET.Element:
    case = ET.Element(
        "testcase",
        {
            "classname": f"pdn.{report.standard['key']}.{result.category}",
            "name": _clean(f"{result.id} {result.title}"),
            "time": f"{result.duration_s:.3f}",
        },
    )
    element = _ELEMENTS.get(result.outcome)
    if element:
        told = ET.SubElement(case, element, message=_clean(result.message))
        told.text = _clean(_detail(result)) if element != "skipped" else None
    elif result.outcome is Outcome.WARN:
        ET.SubElement(case, "system-out").text = _clean(
            f"Aviso: {result.message}\n{_detail(result)}"
        )
    return case


def _detail(result: CheckResult) -> str:
    rows = {
        "Requisitos": ", ".join(result.requirement_ids),
        "Esperado": result.expected,
        "Recibido": result.received,
        "Corrija": result.fix,
        "Fuente": result.source,
        "Repita": result.curl,
    }
    return "\n".join(f"{label}: {value}" for label, value in rows.items() if value)


def _clean(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)
