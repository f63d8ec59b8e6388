"""The records themselves: held against the published schema, one rule at a time.

Each check owns one kind of flaw, so that a provider reads each flaw once.
"""

import re
from collections.abc import Callable
from datetime import datetime

from pdn_sdk.checking import Api, check, expect
from pdn_sdk.conformance.checks.demands import expect_clean
from pdn_sdk.standards.declared.schemas import Schema, branches, items, members
from pdn_sdk.standards.model import Dataset
from pdn_sdk.standards.paths import steps, values_at
from pdn_sdk.standards.validation import Violation, violations

JUDGED_APART = frozenset({"type", "required", "enum", "const", "format"})


@check("REC-01")
def check_answers_are_json(api: Api) -> None:
    """Los resultados llegan como application/json en UTF-8."""
    answer = api.search(page_size=8).exchange
    kind = answer.response.headers.get("content-type", "").lower().replace('"', "")
    charset = kind.partition("charset=")[2] or "utf-8"
    expect(
        kind.startswith("application/json") and charset in {"utf-8", "utf8"},
        "Los resultados no se declaran como JSON en UTF-8: quien los recibe decide por "
        "ese encabezado cómo leerlos.",
        expected="Content-Type: application/json",
        received=f"Content-Type: {kind or '(ninguno)'}",
        evidence=answer,
    )


@check("REC-03")
def check_values_have_their_type(api: Api, dataset: Dataset) -> None:
    """Cada dato es del tipo que publica el estándar."""
    _expect_valid(api, dataset, lambda v: v.rule == "type" and v.received is not None)


@check("REC-04")
def check_required_fields_are_present(api: Api, dataset: Dataset) -> None:
    """Los datos obligatorios están en todos los registros y no son nulos."""
    _expect_valid(
        api,
        dataset,
        lambda v: (
            v.rule == "required" or (_is_null(v) and _is_required(dataset, v.path))
        ),
    )


@check("REC-05")
def check_optional_fields_are_not_null(api: Api, dataset: Dataset) -> None:
    """Un dato opcional que no se tiene se omite; no se envía nulo."""
    _expect_valid(
        api, dataset, lambda v: _is_null(v) and not _is_required(dataset, v.path)
    )


@check("REC-06")
def check_keys_are_in_their_catalogue(api: Api, dataset: Dataset) -> None:
    """Las claves son de los catálogos publicados."""
    _expect_valid(
        api, dataset, lambda v: v.rule in {"enum", "const"} and not _is_null(v)
    )


@check("REC-07")
def check_values_respect_their_limits(api: Api, dataset: Dataset) -> None:
    """Ningún dato rebasa su largo, su mínimo ni las demás reglas del esquema."""
    _expect_valid(api, dataset, lambda v: v.rule not in JUDGED_APART)


@check("REC-08")
def check_capture_date_is_a_moment(api: Api, dataset: Dataset) -> None:
    """La fecha de captura es una fecha con hora y zona horaria (RFC 3339)."""
    expect_clean(
        api,
        dataset,
        lambda r: [
            str(v)
            for v in values_at(r, dataset.captured_at)
            if isinstance(v, str) and not _is_moment(v)
        ],
        "La PDN ordena y compara por esa fecha.",
        "por ejemplo 2026-03-01T10:00:00-06:00",
    )


def _expect_valid(
    api: Api, dataset: Dataset, concerns: Callable[[Violation], bool]
) -> None:
    expect_clean(
        api,
        dataset,
        lambda r: [
            f"{v.path}: {v.message}" for v in violations(dataset, r) if concerns(v)
        ],
        "Un registro que no sigue el esquema rompe a quien lo lee.",
        "registros que siguen el esquema publicado",
        place=_place,
    )


def _place(flaw: str) -> str:
    return re.sub(r"\[\d+\]", "", flaw.partition(": ")[0])


def _is_null(violation: Violation) -> bool:
    return violation.received is None and violation.rule != "required"


def _is_required(dataset: Dataset, path: str) -> bool:
    *parents, last = steps(re.sub(r"\[\d+\]", "[]", path))
    node: Schema = dataset.schema
    for step in parents:
        node = (items(node) if step == "[]" else members(node).get(step)) or {}
    return any(last in branch.get("required", ()) for branch in branches(node))


def _is_moment(text: str) -> bool:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return "T" in text.upper() and moment.tzinfo is not None
