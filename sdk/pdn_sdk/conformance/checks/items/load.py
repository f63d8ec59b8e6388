"""Time, several callers at once, and the shape of errors."""

from collections.abc import Callable

from pdn_sdk.checking import Api, Exchange, NotTriedError, advise, check, expect
from pdn_sdk.conformance.checks.demands import (
    as_json,
    expect_own_answers,
    listed,
    members,
    statuses,
)
from pdn_sdk.conformance.checks.items.asking import PDN, listing, nested, places
from pdn_sdk.conformance.checks.samples import NONSENSE, identity, records
from pdn_sdk.standards.items.shape import Kind
from pdn_sdk.standards.model import Dataset

BUDGET_S = 4.0
CALLERS = 8


@check("STR-71")
def check_page_comes_in_time(api: Api, dataset: Dataset) -> None:
    """Una página de 50 registros llega en menos de 4 segundos."""
    del dataset
    asked = {**PDN, "limit": 50}
    answer = listing(api, "Así cuenta el monitor de la PDN.", **asked).exchange
    took = answer.response.elapsed_s
    expect(
        took <= BUDGET_S,
        f"Tardó {took:.1f} segundos: la PDN muestra fuera de servicio a quien tarda.",
        expected=f"{BUDGET_S:g} segundos o menos",
        received=f"{took:.1f} segundos",
        evidence=answer,
    )


@check("STR-72")
def check_callers_get_their_own_answers(api: Api, dataset: Dataset) -> None:
    """Quienes consultan a la vez reciben cada uno su propia respuesta."""
    wanted = [str(identity(dataset, r)) for r in records(api)][:CALLERS]
    if len(wanted) < 2:
        raise NotTriedError("Hacen falta dos registros para comparar respuestas.")
    sent = api.together([_asking(api, dataset, value) for value in wanted])
    expect_own_answers(wanted, sent, lambda e: _ids(dataset, e))


@check("ERR-71")
def check_errors_say_their_message(api: Api, dataset: Dataset) -> None:
    """Los errores traen su mensaje donde lo lee la PDN."""
    path = places(dataset, Kind.TEXT)[0]
    sent = {
        "sin token": api.call({"limit": 1}, token=None),
        "con un operador desconocido": api.call(
            {"limit": 1, "filter": nested(path, {"_operadorquenoexiste": "1"})}
        ),
        "con un campo desconocido": api.call(
            {"limit": 1, "filter": {f"{NONSENSE}Campo": {"_eq": "1"}}}
        ),
    }
    # What was served is the business of other checks.
    errors = {label: e for label, e in sent.items() if e.status >= 400}
    mute = [label for label, e in errors.items() if not _message(e)]
    advise(
        not mute,
        f"El error de la consulta {listed(mute)} no trae errors[0].message, lo único "
        "que la PDN lee de él.",
        expected='{"errors": [{"message": "texto"}]}',
        received="; ".join(f"{k}: {as_json(sorted(members(errors[k])))}" for k in mute)
        or statuses(errors),
        evidence=[errors[label] for label in mute],
    )


def _message(exchange: Exchange) -> str:
    errors = members(exchange).get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    message = first.get("message") if isinstance(first, dict) else None
    return message if isinstance(message, str) else ""


def _asking(api: Api, dataset: Dataset, value: str) -> Callable[[], Exchange]:
    body = {"limit": 3, "filter": {dataset.identity: {"_eq": value}}}
    return lambda: api.call(body)


def _ids(dataset: Dataset, exchange: Exchange) -> list[object]:
    data = members(exchange).get("data")
    rows = data if isinstance(data, list) else []
    return [identity(dataset, row) for row in rows if isinstance(row, dict)]
