"""Filters: each operator does what its name says, and nothing is ignored."""

from collections.abc import Mapping
from urllib.parse import quote

from pdn_sdk.checking import Api, Exchange, NotTriedError, advise, check, expect
from pdn_sdk.collation import fold
from pdn_sdk.conformance.checks.demands import (
    as_json,
    counted,
    is_refusal,
    listed,
    statuses,
)
from pdn_sdk.conformance.checks.items.asking import (
    PDN,
    Passes,
    Path,
    Wanted,
    as_listing,
    at,
    dotted,
    exactly,
    expect_filters,
    listing,
    lists,
    nested,
    places,
    telling,
)
from pdn_sdk.conformance.checks.samples import NONSENSE, records
from pdn_sdk.standards.items.shape import Kind
from pdn_sdk.standards.model import Dataset
from pdn_sdk.standards.paths import values_at

UNKNOWN = f"{NONSENSE}Campo"


@check("FIL-01")
def check_equal_finds_exactly(api: Api, dataset: Dataset) -> None:
    """_eq encuentra los registros con ese valor, y ningún otro."""
    path, (value, *_) = _root_text(api, dataset)
    # A part of the value is another value.
    expect_filters(api, [_equal(path, value), _equal(path, value[:-1] or value)])


@check("FIL-02")
def check_brackets_do_the_same(api: Api, dataset: Dataset) -> None:
    """Un filtro con corchetes da lo mismo que en JSON."""
    path, (value, *_) = _root_text(api, dataset)
    plain = listing(api, "", **{**PDN, "filter": nested(path, {"_eq": value})})
    brackets = "".join(f"[{name}]" for name in path)
    raw = f"fields=*.*.*&meta=*&limit=10&filter{brackets}[_eq]={quote(str(value))}"
    other = as_listing(api.call(raw=raw.encode()), "El filtro va con corchetes.")
    expect(
        other.meta == plain.meta,
        "El filtro con corchetes no encuentra lo mismo que en JSON.",
        expected=as_json(plain.meta),
        received=as_json(other.meta),
        evidence=[other.exchange, plain.exchange],
    )


@check("FIL-03")
def check_relations_can_be_filtered(api: Api, dataset: Dataset) -> None:
    """Se filtra por un campo que está dentro de una relación."""
    path, (value, *_) = telling(api, places(dataset, Kind.TEXT, nested=True))
    expect_filters(api, [_equal(path, value)])


@check("FIL-04")
def check_text_operators(api: Api, dataset: Dataset) -> None:
    """Los operadores de texto hacen lo que dice su nombre."""
    path, values = _root_text(api, dataset)
    one, other = str(values[0]), str(values[1])
    part = one[1:-1] or one
    expect_filters(
        api,
        [
            Wanted(
                "_neq",
                nested(path, {"_neq": one}),
                path,
                lambda v: v is not None and not _same(v, one),
                lambda v: v != one,
            ),
            Wanted(
                "_in",
                nested(path, {"_in": [one, other]}),
                path,
                lambda v: v in (one, other),
                lambda v: _same(v, one) or _same(v, other),
            ),
            Wanted(
                "_nin",
                nested(path, {"_nin": [one]}),
                path,
                lambda v: v is not None and not _same(v, one),
                lambda v: v != one,
            ),
            Wanted(
                "_contains",
                nested(path, {"_contains": part}),
                path,
                lambda v: isinstance(v, str) and part in v,
                lambda v: _holds(v, part),
            ),
            Wanted(
                "_icontains",
                nested(path, {"_icontains": part.swapcase()}),
                path,
                lambda v: isinstance(v, str) and part.lower() in v.lower(),
                lambda v: _holds(v, part),
            ),
        ],
    )


@check("FIL-05")
def check_null_operators(api: Api, dataset: Dataset) -> None:
    """_null y _nnull distinguen lo que falta de lo que hay."""
    path = _partly_missing(api, dataset)
    expect_filters(
        api,
        [
            exactly("_null", nested(path, {"_null": True}), path, lambda v: v is None),
            exactly(
                "_nnull", nested(path, {"_nnull": True}), path, lambda v: v is not None
            ),
        ],
    )


@check("FIL-06")
def check_date_operators(api: Api, dataset: Dataset) -> None:
    """Las comparaciones y el rango funcionan con fechas."""
    path, values = telling(api, places(dataset, Kind.DATE), least=3)
    days = sorted(map(str, values))
    low, mid = days[len(days) // 4], days[len(days) // 2]

    def day(label: str, asked: object, passes: Passes) -> Wanted:
        return exactly(label, nested(path, {label: asked}), path, passes)

    expect_filters(
        api,
        [
            day("_gt", mid, lambda v: isinstance(v, str) and v > mid),
            day("_gte", mid, lambda v: isinstance(v, str) and v >= mid),
            day("_lt", mid, lambda v: isinstance(v, str) and v < mid),
            day("_lte", mid, lambda v: isinstance(v, str) and v <= mid),
            day(
                "_between",
                [low, mid],
                lambda v: isinstance(v, str) and low <= v <= mid,
            ),
        ],
    )


@check("FIL-07")
def check_conditions_combine(api: Api, dataset: Dataset) -> None:
    """_and exige todas las condiciones y _or alguna de ellas."""
    path, (one, other, *_) = _root_text(api, dataset)
    either = {"_or": [nested(path, {"_eq": one}), nested(path, {"_eq": other})]}
    both = {"_and": [nested(path, {"_eq": one}), nested(path, {"_eq": other})]}
    expect_filters(
        api,
        [
            Wanted(
                "_or",
                either,
                path,
                lambda v: v in (one, other),
                lambda v: _same(v, one) or _same(v, other),
            ),
            Wanted("_and", both, path, lambda _: False, lambda _: False),
        ],
    )


@check("FIL-08")
def check_lists_can_be_filtered(api: Api, dataset: Dataset) -> None:
    """_some encuentra por un elemento de una lista y _none por su ausencia."""
    for name, member in lists(dataset):
        held = [[*values_at(r, f"{name}[].{member}")] for r in records(api)]
        keys = sorted({v for each in held for v in each if isinstance(v, str)})
        if keys:
            break
    else:
        raise NotTriedError("Las listas de los registros no muestran valores.")
    key = keys[0]

    def has(value: object) -> bool:
        return isinstance(value, list) and any(at(i, (member,)) == key for i in value)

    inside = {member: {"_eq": key}}
    expect_filters(
        api,
        [
            exactly("_some", {name: {"_some": inside}}, (name,), has),
            exactly("_none", {name: {"_none": inside}}, (name,), lambda v: not has(v)),
        ],
    )


@check("FIL-09")
def check_nothing_found_is_an_empty_list(api: Api, dataset: Dataset) -> None:
    """Un filtro sin resultados entrega una lista vacía y filter_count 0."""
    path = places(dataset, Kind.TEXT)[0]
    node = nested(path, {"_eq": NONSENSE})
    found = listing(api, "Nada cumple ese filtro.", **{**PDN, "filter": node})
    expect(
        not found.items and found.meta.get("filter_count") == 0,
        "Un filtro que nada cumple no entrega una lista vacía con filter_count 0.",
        expected="data: [] y filter_count 0",
        received=f"{counted(len(found.items), 'registro', 'registros')} y "
        f"{as_json(found.meta)}",
        evidence=found.exchange,
    )


@check("FIL-10")
def check_broken_filters_are_refused(api: Api) -> None:
    """Un filtro que no es JSON bien escrito se rechaza."""
    texts = {"un JSON incompleto": "{nope", "un texto": "hola"}
    _expect_refused(
        {label: api.call({"limit": 1, "filter": t}) for label, t in texts.items()},
        "Quien consulta creería que ya filtró.",
    )


@check("FIL-11")
def check_unknown_operators_are_refused(api: Api, dataset: Dataset) -> None:
    """Un operador desconocido se rechaza."""
    records(api)
    path = places(dataset, Kind.TEXT)[0]
    node = nested(path, {"_operadorquenoexiste": "1"})
    _expect_refused(
        {f"el filtro {as_json(node)}": api.call({"limit": 1, "filter": node})},
        "Ignorarlo entrega registros que nadie pidió.",
    )


@check("FIL-12")
def check_unknown_fields_are_refused(api: Api, dataset: Dataset) -> None:
    """Un campo desconocido en el filtro se rechaza."""
    records(api)
    relation = places(dataset, Kind.OBJECT)[0]
    nodes = [{UNKNOWN: {"_eq": "1"}}, nested((*relation, UNKNOWN), {"_eq": "1"})]
    _expect_refused(
        {as_json(node): api.call({"limit": 1, "filter": node}) for node in nodes},
        "Ignorarlo entrega registros que nadie pidió.",
    )


@check("FIL-13")
def check_wrong_types_are_refused(api: Api, dataset: Dataset) -> None:
    """Un valor de otro tipo se rechaza sin error del servidor."""
    date = places(dataset, Kind.DATE)[0]
    nodes = [nested(date, {"_gt": "mañana"}), {dataset.identity: {"_eq": "abc"}}]
    sent = {as_json(n): api.call({"limit": 1, "filter": n}) for n in nodes}
    wrong = [label for label, e in sent.items() if e.status >= 500]
    advise(
        not wrong,
        f"Error del servidor con {listed(wrong)}: diga a quien consulta qué corregir.",
        expected="estado 400",
        received=statuses(sent),
        evidence=[sent[label] for label in wrong],
    )


@check("FIL-14")
def check_search_finds_a_text(api: Api, dataset: Dataset) -> None:
    """El parámetro search encuentra un registro por uno de sus textos."""
    path, values = _root_text(api, dataset)
    text = values[-1]
    found = listing(api, "Se busca un texto.", **{**PDN, "search": text})
    held = [at(item, path) for item in found.items]
    total = found.meta.get("total_count")
    expect(
        text in held and found.meta.get("filter_count") != total,
        f"search={text} no encuentra el registro cuyo «{dotted(path)}» es ése.",
        expected=f"el registro con «{text}», y filter_count menor que {total}",
        received=f"{held[:2]}, {as_json(found.meta)}",
        evidence=found.exchange,
    )


def _root_text(api: Api, dataset: Dataset) -> tuple[Path, list[str]]:
    paths = places(dataset, Kind.TEXT, nested=False)
    path, values = telling(api, paths)
    return path, list(map(str, values))


def _equal(path: Path, value: object) -> Wanted:
    return Wanted(
        "_eq",
        nested(path, {"_eq": value}),
        path,
        lambda v: v == value,
        lambda v: _same(v, str(value)),
    )


def _same(value: object, other: str) -> bool:
    """Compare loosely: collations differ in accents and capitals."""
    return isinstance(value, str) and fold(value) == fold(other)


def _holds(value: object, part: str) -> bool:
    return isinstance(value, str) and fold(part) in fold(value)


def _partly_missing(api: Api, dataset: Dataset) -> Path:
    kinds = (Kind.MOMENT, Kind.DATE, Kind.TEXT)
    for path in places(dataset, *kinds, nested=False):
        missing = [at(r, path) is None for r in records(api)]
        if any(missing) and not all(missing):
            return path
    raise NotTriedError("Ningún campo falta en unos registros y está en otros.")


def _expect_refused(sent: Mapping[str, Exchange], why: str) -> None:
    served = [label for label, e in sent.items() if not is_refusal(e)]
    expect(
        not served,
        f"No rechazó {listed(served)}. {why}",
        expected="estado 400 (o 403 si el campo no existe)",
        received=statuses(sent),
        evidence=[sent[label] for label in served],
    )
