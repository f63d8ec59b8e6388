"""Order and fields: what comes first, and how much of each item."""

from collections.abc import Sequence
from itertools import pairwise

from pdn_sdk.checking import Api, advise, check, expect
from pdn_sdk.collation import fold
from pdn_sdk.conformance.checks.demands import as_json, is_refusal, listed, members
from pdn_sdk.conformance.checks.items.asking import (
    PDN,
    Path,
    at,
    dotted,
    listing,
    places,
    telling,
)
from pdn_sdk.conformance.checks.samples import NONSENSE, Record, identity, records
from pdn_sdk.standards.items.shape import Kind
from pdn_sdk.standards.model import Dataset

WITHOUT_NULLS = "*,!*.{null}"
"""What PDN's wrapper writes to leave nulls out."""


@check("SOR-71")
def check_dates_are_sorted(api: Api, dataset: Dataset) -> None:
    """El parámetro sort ordena por fecha, de menor a mayor y al revés."""
    path, _ = telling(api, places(dataset, Kind.DATE, nested=False))
    name = dotted(path)
    for sort in (name, f"-{name}"):
        found = listing(api, "", fields="*.*.*", limit=100, sort=sort)
        days = [str(at(r, path)) for r in found.items if at(r, path) is not None]
        wanted = sorted(days, reverse=sort.startswith("-"))
        expect(
            days == wanted,
            f"sort={sort} no ordena.",
            expected=_some(wanted),
            received=_some(days),
            evidence=found.exchange,
        )


@check("SOR-72")
def check_second_key_breaks_ties(api: Api, dataset: Dataset) -> None:
    """Con dos campos, el segundo ordena los que empatan en el primero."""
    text, _ = telling(api, places(dataset, Kind.TEXT, nested=False))
    few = _with_ties(api, _comparable(dataset))
    sort = f"-{dotted(few)},{dotted(text)}"
    asked = {"fields": "*.*.*", "limit": 100, "sort": sort}
    if len(few) > 1 and is_refusal(api.call(asked)):
        # Nobody asks that a relation serves to order: then, among its own fields.
        few = _with_ties(api, [p for p in _comparable(dataset) if len(p) == 1])
        sort = f"-{dotted(few)},{dotted(text)}"
    found = listing(api, "", fields="*.*.*", limit=100, sort=sort)
    wrong = [
        f"«{at(a, text)}» antes de «{at(b, text)}»"
        for a, b in pairwise(found.items)
        if at(a, few) == at(b, few) and _is_after(at(a, text), at(b, text))
    ]
    expect(
        not wrong,
        f"sort={sort} no ordena los empates por el segundo campo.",
        expected="los empates en orden",
        received=wrong[0] if wrong else "",
        evidence=found.exchange,
    )


@check("SOR-73")
def check_unknown_order_is_survived(api: Api) -> None:
    """Ordenar por un campo desconocido no rompe el servidor."""
    answer = api.call({"limit": 1, "sort": f"{NONSENSE}Campo"})
    advise(
        answer.status < 500,
        "Error del servidor al ordenar por un campo que no existe: conteste 400 y "
        "diga cuál es.",
        expected="estado 400",
        received=f"estado {answer.status}",
        evidence=answer,
    )


@check("SOR-74")
def check_random_order_is_survived(api: Api) -> None:
    """El orden al azar (sort=?) se atiende o se rechaza."""
    answer = api.call({"limit": 2, "sort": "?"})
    advise(
        answer.status < 500,
        "Error del servidor con sort=?: si no ofrece el orden al azar, conteste 400.",
        expected="estado 200 o 400",
        received=f"estado {answer.status}",
        evidence=answer,
    )


@check("FLD-01")
def check_only_the_asked_fields_come(api: Api, dataset: Dataset) -> None:
    """El parámetro fields entrega sólo los campos que se piden."""
    text = places(dataset, Kind.TEXT, nested=False)[0]
    inner, _ = telling(api, places(dataset, Kind.TEXT, nested=True), least=1)
    asked = [dataset.identity, dotted(text), dotted(inner)]
    found = listing(api, "", limit=20, fields=",".join(asked))
    wrong = [r for r in found.items if not _is_cut(r, dataset.identity, text, inner)]
    expect(
        found.items and not wrong,
        f"fields={','.join(asked)} no entrega esos campos y nada más.",
        expected=f"registros con {listed(asked)}",
        received=as_json(wrong[0]) if wrong else "ningún registro",
        evidence=found.exchange,
    )
    _expect_cut_and_filtered(api, dataset)


def _expect_cut_and_filtered(api: Api, dataset: Dataset) -> None:
    """Demand that to ask for few fields does not undo a filter."""
    name = dataset.identity
    value = identity(dataset, records(api)[-1])
    node = {name: {"_eq": value}}
    found = listing(api, "", limit=2, fields=name, filter=node)
    expect(
        list(found.items) == [{name: value}],
        f"Con fields={name} no hace caso del filtro.",
        expected=as_json([{name: value}]),
        received=as_json(list(found.items)),
        evidence=found.exchange,
    )


@check("FLD-02")
def check_fields_without_nulls_are_survived(api: Api) -> None:
    """Lo que la PDN envía para omitir nulos no rompe el servidor."""
    answer = api.call({**PDN, "fields": WITHOUT_NULLS})
    expect(
        answer.status < 500,
        "Error del servidor con el fields que envía la PDN para omitir nulos.",
        expected="estado 200 o 4xx",
        received=f"estado {answer.status}",
        evidence=answer,
    )


@check("FLD-03")
def check_one_item_can_be_asked(api: Api, dataset: Dataset) -> None:
    """Un registro se puede pedir por su id."""
    value = str(identity(dataset, records(api)[0]))
    answer = api.call({"fields": "*.*.*"}, path_suffix=f"/{value}")
    data = members(answer).get("data")
    expect(
        answer.status == 200
        and isinstance(data, dict)
        and identity(dataset, data) == value,
        "La dirección del registro no lo entrega.",
        expected=f'{{"data": {{"{dataset.identity}": "{value}", …}}}}',
        received=f"estado {answer.status}",
        evidence=answer,
    )


def _with_ties(api: Api, paths: Sequence[Path]) -> Path:
    """Give the path with the fewest values, so that there are ties to break."""
    counted = {p: len({str(at(r, p)) for r in records(api)}) for p in paths}
    return min(paths, key=lambda p: (counted[p] < 2, counted[p]))


def _comparable(dataset: Dataset) -> list[Path]:
    return places(dataset, Kind.TEXT, Kind.DATE, Kind.MOMENT)


def _is_after(one: object, other: object) -> bool:
    """Tell whether two texts are surely the wrong way round, in any collation."""
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    return one > other and fold(one) > fold(other)


def _is_cut(record: Record, identity: str, text: Path, inner: Path) -> bool:
    node: object = record
    wanted = {identity, text[0], inner[0]}
    if set(record) != wanted:
        return False
    for depth, name in enumerate(inner[:-1], start=1):
        node = at(node, (name,))
        if node is None:
            return True
        if not isinstance(node, dict) or set(node) != {inner[depth]}:
            return False
    return True


def _some(values: Sequence[str]) -> str:
    return ", ".join(values[:5])
