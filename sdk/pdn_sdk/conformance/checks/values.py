"""Filters whose values are numbers or keys of a list: exact, and never a crash."""

from pdn_sdk.checking import Api, NotTriedError, check, expect
from pdn_sdk.conformance.checks.demands import (
    ANSWER_S,
    counted,
    is_refusal,
    listed,
    members,
    statuses,
)
from pdn_sdk.conformance.checks.samples import NONSENSE, Record, is_whole, records
from pdn_sdk.standards.model import FilterField
from pdn_sdk.standards.paths import values_at


@check("SEA-44")
def check_number_finds_its_equals(api: Api, number_filter: FilterField) -> None:
    """Un filtro de número encuentra los registros con ese número, y sólo ésos."""
    numbers = [n for r in records(api) for n in _numbers(r, number_filter)]
    if not numbers:
        raise NotTriedError(f"Ningún registro muestra «{number_filter.name}».")
    number = max(set(numbers), key=numbers.count)
    answer = api.search(page_size=60, query={number_filter.name: number})
    foreign = [r for r in answer.results if number not in _numbers(r, number_filter)]
    least = sum(number in _numbers(r, number_filter) for r in records(api))
    is_right = answer.total == least if is_whole(api) else answer.total >= least
    expect(
        is_right and not foreign,
        f"«{number_filter.name}» con {number} no encuentra los registros que lo "
        "tienen.",
        expected=counted(least, "registro", "registros"),
        received=f"{answer.total:,} registros, {len(foreign):,} con otro número",
        evidence=answer.exchange,
    )


@check("SEA-45")
def check_unknown_key_gives_nothing(api: Api, list_filter: FilterField) -> None:
    """Una clave que no está en la lista se rechaza, o no encuentra nada."""
    unknown = 987654 if list_filter.is_number else NONSENSE
    wrong: dict[str, object] = {
        "una clave que no existe": [unknown],
        "una clave que no existe junto a otra de otro tipo": [unknown, {}],
    }
    sent = {
        label: api.call({"query": {list_filter.name: value}}, within_s=ANSWER_S)
        for label, value in wrong.items()
    }
    served = [
        label
        for label, e in sent.items()
        if not is_refusal(e) and (e.status != 200 or members(e).get("results"))
    ]
    expect(
        not served,
        f"«{list_filter.name}» entrega registros, o falla, con {listed(served)}.",
        expected="estado 400, o 200 sin registros",
        received=statuses(sent),
        evidence=[sent[label] for label in served],
    )


def _numbers(record: Record, declared: FilterField) -> list[int | float]:
    return [
        value
        for value in values_at(record, declared.path)
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
