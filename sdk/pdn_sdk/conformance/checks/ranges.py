"""Ranges of numbers: they find what lies between their ends, and nothing else."""

from collections.abc import Mapping
from itertools import pairwise

from pdn_sdk.checking import Answer, Api, NotTriedError, advise, check, expect
from pdn_sdk.conformance.checks.demands import as_json, counted, expect_refused
from pdn_sdk.conformance.checks.samples import Record, filters, is_whole, records
from pdn_sdk.standards.model import Dataset, FilterField, Operator
from pdn_sdk.standards.paths import values_at
from pdn_sdk.wire.post_query import write_search

Ends = Mapping[str, int | float]


@check("RNG-01")
def check_range_gives_only_what_lies_in_it(api: Api, range_filter: FilterField) -> None:
    """Un rango con mínimo y máximo entrega sólo registros dentro de él, y los trae."""
    value = _middle(_numbers(api, range_filter))
    _expect_range(api, range_filter, {"min": value, "max": value})


@check("RNG-02")
def check_one_end_is_enough(api: Api, range_filter: FilterField) -> None:
    """Un rango con sólo el mínimo, o sólo el máximo, deja abierto el otro lado."""
    value = _middle(_numbers(api, range_filter))
    _expect_range(api, range_filter, {"min": value})
    _expect_range(api, range_filter, {"max": value})


@check("RNG-03")
def check_one_item_meets_both_ends(api: Api, range_filter: FilterField) -> None:
    """Es un mismo elemento el que debe cumplir el mínimo y el máximo."""
    for record in records(api):
        values = sorted(set(_held(record, range_filter)))
        for low, high in pairwise(values):
            if high - low > 1:
                inside = {"min": low + (high - low) / 4, "max": high - (high - low) / 4}
                ends = {"min": int(inside["min"]) + 1, "max": int(inside["max"])}
                if low < ends["min"] <= ends["max"] < high:
                    _expect_only(api, range_filter, ends)
                    return
    raise NotTriedError(
        f"Ningún registro tiene dos valores distintos de «{range_filter.name}»."
    )


@check("RNG-04")
def check_zero_is_no_maximum(api: Api, dataset: Dataset) -> None:
    """Un máximo de 0, que es como la PDN escribe «sin máximo», no cierra el rango."""
    declared = [f for f in _ranges(dataset) if f.zero_is_no_maximum]
    if not declared:
        raise NotTriedError("El estándar no tiene rangos que se escriban así.")
    for one in declared:
        least = max(1, _middle(_numbers(api, one)))
        wanted, got = (
            api.search(page_size=1, query={one.name: ends})
            for ends in ({"min": least}, {"min": least, "max": 0})
        )
        advise(
            got.total == wanted.total,
            f"«{one.name}» con mínimo {least:,} y máximo 0 no da lo mismo que sin "
            "máximo: así pregunta la PDN cuando sólo se escribió el mínimo.",
            expected=f"totalRows {wanted.total:,}",
            received=f"totalRows {got.total:,}",
            evidence=got.exchange,
        )


@check("RNG-05")
def check_empty_range_does_not_filter(api: Api, dataset: Dataset) -> None:
    """Un rango vacío no filtra."""
    everyone = api.search(page_size=1)
    empty: Record = {declared.name: {} for declared in _ranges(dataset)}
    if api.search(page_size=1, query=empty).total == everyone.total:
        return
    for declared in _ranges(dataset):
        got = api.search(page_size=1, query={declared.name: {}})
        expect(
            got.total == everyone.total,
            f"«{declared.name}» vacío cambia el número de registros.",
            expected=f"totalRows {everyone.total:,}",
            received=f"totalRows {got.total:,}",
            evidence=got.exchange,
        )


@check("RNG-06")
def check_ranges_of_other_types_are_refused(api: Api, dataset: Dataset) -> None:
    """Un rango que no es un objeto con números se rechaza."""
    declared = _ranges(dataset)[0].name
    wrong: tuple[object, ...] = (7, [1, 2], {"min": "mil"}, {"max": []})
    expect_refused(
        api,
        {
            f"«{declared}» como {as_json(value)}": write_search(query={declared: value})
            for value in wrong
        },
        "Los límites de un rango son números.",
    )


def _ranges(dataset: Dataset) -> list[FilterField]:
    found = filters(dataset, Operator.BETWEEN)
    if not found:
        raise NotTriedError("Este conjunto de datos no tiene rangos.")
    return found


def _held(record: Record, declared: FilterField) -> list[int | float]:
    return [
        value
        for value in values_at(record, declared.path)
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]


def _numbers(api: Api, declared: FilterField) -> list[int | float]:
    found = sorted(v for r in records(api) for v in _held(r, declared))
    if not found:
        raise NotTriedError(f"Ningún registro muestra un número de «{declared.name}».")
    return found


def _middle(numbers: list[int | float]) -> int:
    return int(numbers[len(numbers) // 2])


def _lies(record: Record, declared: FilterField, ends: Ends) -> bool:
    least, most = ends.get("min", float("-inf")), ends.get("max", float("inf"))
    return any(least <= value <= most for value in _held(record, declared))


def _expect_only(api: Api, declared: FilterField, ends: Ends) -> Answer:
    answer = api.search(page_size=50, query={declared.name: ends})
    foreign = [r for r in answer.results if not _lies(r, declared, ends)]
    expect(
        not foreign,
        f"«{declared.name}» con {as_json(ends)} entrega "
        f"{counted(len(foreign), 'registro', 'registros')} fuera de ese rango.",
        expected="sólo registros con un valor entre los dos límites",
        received="; ".join(str(_held(r, declared)) for r in foreign[:3]),
        evidence=answer.exchange,
    )
    return answer


def _expect_range(api: Api, declared: FilterField, ends: Ends) -> None:
    answer = _expect_only(api, declared, ends)
    least = sum(_lies(r, declared, ends) for r in records(api))
    # More may only be right where there are more records than those seen.
    is_right = answer.total == least or (answer.total > least and not is_whole(api))
    expect(
        is_right,
        f"«{declared.name}» con {as_json(ends)} encuentra "
        f"{counted(answer.total, 'registro', 'registros')} y hay {least:,} en él.",
        expected=counted(least, "registro", "registros"),
        received=counted(answer.total, "registro", "registros"),
        evidence=answer.exchange,
    )
