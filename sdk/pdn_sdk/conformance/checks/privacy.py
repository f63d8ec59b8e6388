"""Reserved fields: not shown, and not found out by asking."""

from collections.abc import Sequence

from pdn_sdk.checking import Answer, Api, NotTriedError, advise, check, expect
from pdn_sdk.conformance.checks.samples import (
    Record,
    filters,
    first_filter,
    records,
    texts_at,
    total,
)
from pdn_sdk.standards.model import Dataset, Operator

PREFIXES = ("A", "G", "H", "L", "M", "P", "R")
SAMPLE_RFC = "XAXX010101000"


@check("PRI-01")
def check_reserved_fields_are_withheld(api: Api, dataset: Dataset) -> None:
    """Los datos reservados no se entregan a quien no está autorizado."""
    found = records(api)
    shown = _shown(dataset, found)
    pages = api.walk().exchanges
    expect(
        not shown,
        f"Los registros muestran {', '.join(shown)}: todo lo que recibe la PDN se "
        "hace público.",
        expected="registros sin datos reservados",
        received="; ".join(f"{path} en {n:,} registros" for path, n in shown.items()),
        evidence=pages[:1],
    )


@check("PRI-02")
def check_requester_does_not_unlock(api: Api, dataset: Dataset) -> None:
    """Decir un RFC en la consulta no autoriza a ver datos reservados."""
    if _shown(dataset, records(api)):
        raise NotTriedError("Los datos reservados ya se muestran a cualquiera.")
    declared = first_filter(dataset, Operator.IGNORED)
    answer = api.search(page_size=20, query={declared.name: SAMPLE_RFC})
    shown = _shown(dataset, answer.results)
    advise(
        not shown,
        f"Con un «{declared.name}» cualquiera se muestran {', '.join(shown)}: nadie "
        "comprueba de quién es.",
        expected="registros sin datos reservados",
        received=", ".join(shown),
        evidence=answer.exchange,
    )


@check("PRI-03")
def check_withheld_fields_cannot_be_guessed(api: Api, dataset: Dataset) -> None:
    """Un dato reservado no se puede adivinar letra por letra con un filtro."""
    shown = _shown(dataset, records(api))
    hidden = [
        f
        for f in filters(dataset, Operator.EQUALS)
        if f.path in dataset.reserved and f.path not in shown
    ]
    if not hidden:
        raise NotTriedError("Ningún dato reservado tiene un filtro.")
    everyone = total(api)
    hits: dict[str, Answer] = {}
    for declared in hidden:
        for prefix in PREFIXES:
            answer = api.search(page_size=1, query={declared.name: prefix})
            if 0 < answer.total < everyone:
                hits[f"{declared.name} «{prefix}»"] = answer
    expect(
        not hits,
        "Los filtros de datos reservados encuentran registros con una parte del "
        "valor: probando letras se descubre completo.",
        expected="0 registros con una parte; sólo el valor completo",
        received="; ".join(f"{label}: {a.total:,}" for label, a in hits.items()),
        evidence=[a.exchange for a in hits.values()][:3],
    )


def _shown(dataset: Dataset, found: Sequence[Record]) -> dict[str, int]:
    counted = {p: sum(any(texts_at(r, p)) for r in found) for p in dataset.reserved}
    return {path: n for path, n in counted.items() if n}
