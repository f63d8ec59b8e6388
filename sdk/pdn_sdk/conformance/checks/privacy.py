"""Reserved fields: not shown, and not found out by asking."""

from collections.abc import Callable, Iterable, Sequence

from pdn_sdk.checking import Answer, Api, NotTriedError, advise, check, expect
from pdn_sdk.conformance.checks.samples import (
    Record,
    filters,
    first_filter,
    identity,
    records,
    texts_at,
)
from pdn_sdk.standards.declared.cases import Test, any_case
from pdn_sdk.standards.model import Dataset, Exemption, FilterField, Operator
from pdn_sdk.standards.paths import values_at

PREFIXES = ("A", "G", "M", "R")
SAMPLE_RFC = "XAXX010101000"


@check("PRI-01")
def check_reserved_fields_are_withheld(api: Api, dataset: Dataset) -> None:
    """Los datos reservados no se entregan a quien no está autorizado."""
    found = records(api)
    strict, lenient = _shown(dataset, found), _lenient(dataset, found)
    pages = api.walk().exchanges
    for demand, shown in ((expect, strict), (advise, lenient)):
        demand(
            not shown,
            f"Los registros muestran {', '.join(shown)}: todo lo que recibe la PDN se "
            "hace público.",
            expected="registros sin datos reservados",
            received="; ".join(f"{p} en {n:,} registros" for p, n in shown.items()),
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
    sometimes = {case.path for case in dataset.reserved_unless}
    hidden = [
        f
        for f in filters(dataset, Operator.EQUALS)
        if f.path in {*dataset.reserved, *sometimes} and f.path not in shown
    ]
    if not hidden:
        raise NotTriedError("Ningún dato reservado tiene un filtro.")
    everyone = api.total()
    hits: dict[str, Answer] = {}
    for declared in hidden:
        for prefix in PREFIXES:
            answer = api.search(page_size=20, query={declared.name: prefix})
            withheld = [r for r in answer.results if not any(_texts(r, declared))]
            if 0 < answer.total < everyone and withheld:
                hits[f"{declared.name} «{prefix}»"] = answer
    expect(
        not hits,
        "Los filtros de datos reservados encuentran registros con una parte del "
        "valor: probando letras se descubre completo.",
        expected="0 registros con una parte; sólo el valor completo",
        received="; ".join(f"{label}: {a.total:,}" for label, a in hits.items()),
        evidence=[a.exchange for a in hits.values()][:3],
    )


@check("PRI-04")
def check_order_does_not_tell_withheld_fields(api: Api, dataset: Dataset) -> None:
    """El orden no revela un dato reservado."""
    shown = _shown(dataset, records(api))
    hidden = [
        s for s in dataset.sort_fields if s.path in dataset.reserved and not shown
    ]
    if not hidden:
        raise NotTriedError("Ningún dato reservado que se oculte sirve para ordenar.")
    telling = {}
    for declared in hidden:
        one, other = (
            api.search(page_size=20, sort={declared.name: way})
            for way in ("asc", "desc")
        )
        if _ids(dataset, one) != _ids(dataset, other):
            telling[declared.name] = other
    expect(
        not telling,
        f"Se ordena por {', '.join(telling)}, que no se muestra: comparando con "
        "registros propios se acota el valor ajeno.",
        expected="el mismo orden en los dos sentidos, porque el campo no cuenta",
        received=f"órdenes distintos con {', '.join(telling)}",
        evidence=[a.exchange for a in telling.values()],
    )


def _shown(dataset: Dataset, found: Sequence[Record]) -> dict[str, int]:
    """Count the records that show each reserved field without excuse."""
    public = _tests(dataset.reserved_unless)
    excused = public | _tests(dataset.leniently_reserved)
    return _counted(
        dict.fromkeys([*dataset.reserved, *public]),
        found,
        lambda path, record: path not in excused or not excused[path](record),
    )


def _lenient(dataset: Dataset, found: Sequence[Record]) -> dict[str, int]:
    """Count those that show it in a case where it is only worth a warning."""
    excused = _tests(dataset.leniently_reserved)
    return _counted(excused, found, lambda path, record: excused[path](record))


def _tests(exemptions: Iterable[Exemption]) -> dict[str, Test]:
    return {e.path: any_case(e.when) for e in exemptions}


def _counted(
    paths: Iterable[str],
    found: Sequence[Record],
    concerns: Callable[[str, Record], bool],
) -> dict[str, int]:
    counted = {
        path: sum(
            concerns(path, r) and any(map(_says, values_at(r, path))) for r in found
        )
        for path in paths
    }
    return {path: n for path, n in counted.items() if n}


def _says(value: object) -> bool:
    """Tell whether a reserved value, an object or a text, says anything."""
    if isinstance(value, dict):
        return any(map(_says, value.values()))
    return value is not None and bool(str(value).strip())


def _texts(record: Record, declared: FilterField) -> list[str]:
    return list(texts_at(record, declared.path))


def _ids(dataset: Dataset, answer: Answer) -> list[object]:
    return [identity(dataset, record) for record in answer.results]
