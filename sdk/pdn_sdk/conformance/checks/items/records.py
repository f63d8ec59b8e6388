"""The items themselves: held against the schema, one kind of flaw at a time."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from uuid import UUID

from pdn_sdk.checking import Api, advise, check, expect
from pdn_sdk.conformance.checks.demands import SHOWN, as_json, expect_clean, listed
from pdn_sdk.conformance.checks.samples import Record, identity, records
from pdn_sdk.standards.items.quality import migrated, spellings, tolerated
from pdn_sdk.standards.items.shape import Kind, Member, visible, whole
from pdn_sdk.standards.model import Dataset
from pdn_sdk.standards.paths import steps, values_at
from pdn_sdk.standards.validation import Violation, violations

JUDGED_APART = frozenset(
    {"uuid", "date", "date-time", "enum", "relation", "list", "deep", "number"}
)
ALIKE = 0.75
DEEP = 3
"""Names in the path of what the original server does not follow."""


@check("REC-71")
def check_records_follow_the_schema(api: Api, dataset: Dataset) -> None:
    """Cada dato tiene la forma que publica el estándar."""
    _expect_valid(api, dataset, lambda v: _flaw(dataset, v) not in JUDGED_APART)


@check("REC-72")
def check_ids_are_uuids(api: Api, dataset: Dataset) -> None:
    """El id de cada registro es un UUID propio."""
    ids = [identity(dataset, r) for r in records(api)]
    wrong = [i for i in ids if not _is_uuid(i)]
    repeated = [i for i, times in Counter(map(str, ids)).items() if times > 1]
    expect(
        not wrong and not repeated,
        "Hay registros cuyo id no es un UUID o es el de otro.",
        expected="un UUID distinto en cada registro",
        received=f"{as_json(wrong[:SHOWN])} mal escritos; {repeated[:SHOWN]} repetidos",
        evidence=api.walk().exchanges[:1],
    )


@check("REC-73")
def check_relations_are_objects(api: Api, dataset: Dataset) -> None:
    """Las relaciones llegan completas, como objetos."""
    _expect_valid(api, dataset, lambda v: _flaw(dataset, v) == "relation")


@check("REC-74")
def check_lists_hold_objects(api: Api, dataset: Dataset) -> None:
    """Las listas del registro son listas de objetos."""
    _expect_valid(api, dataset, lambda v: _flaw(dataset, v) == "list")


@check("REC-75")
def check_fourth_level_is_whole(api: Api, dataset: Dataset) -> None:
    """Lo más profundo del registro llega también como objeto."""
    _expect_valid(api, dataset, lambda v: _flaw(dataset, v) == "deep")


@check("REC-76")
def check_names_keep_their_spelling(api: Api, dataset: Dataset) -> None:
    """Los nombres se escriben como se publicaron, con sus erratas."""
    corrected = spellings(dataset)
    found = {
        name
        for record in records(api)
        for node, _, _ in _objects(record, whole(dataset), whole(dataset))
        for name in node
        if name in corrected and corrected[name] not in node
    }
    advise(
        not found,
        f"Corrige el nombre publicado en {listed(sorted(found))}: quien lee busca el "
        "otro y no lo encuentra.",
        expected=", ".join(sorted({corrected[name] for name in found})),
        received=", ".join(sorted(found)),
        evidence=api.walk().exchanges[:1],
    )


@check("REC-77")
def check_names_are_not_replaced(api: Api, dataset: Dataset) -> None:
    """Ningún dato llega con otro nombre."""
    known, seen = whole(dataset), visible(dataset, reserved=False)
    expect_clean(
        api,
        dataset,
        lambda r: [
            f"«{name}»"
            for node, there, shown in _objects(r, known, seen)
            for name in sorted(node.keys() - there.members.keys())
            if _replaces(dataset, name, shown.members.keys() - node.keys())
        ],
        "Quien lee busca el nombre publicado y no lo encuentra.",
        "los nombres del estándar",
    )


@check("REC-78")
def check_dates_are_dates(api: Api, dataset: Dataset) -> None:
    """Las fechas se escriben AAAA-MM-DD."""
    _expect_valid(api, dataset, lambda v: _flaw(dataset, v) == "date")


@check("REC-79")
def check_moments_have_zone(api: Api, dataset: Dataset) -> None:
    """La creación y el cambio son fechas con hora y zona."""
    _expect_valid(api, dataset, lambda v: _flaw(dataset, v) == "date-time")


@check("REC-80")
def check_numbers_are_whole_and_positive(api: Api, dataset: Dataset) -> None:
    """Los montos y los plazos son enteros desde cero."""
    paths = [
        path
        for rule in dataset.load_rules
        if rule.kind == "not_negative"
        for path in rule.paths
    ]

    def flaws(record: dict[str, object]) -> list[str]:
        typed = [v.path for v in violations(dataset, record)
                 if _flaw(dataset, v) == "number"]  # fmt: skip
        negative = [
            path
            for path in paths
            for value in values_at(record, path)
            if isinstance(value, int) and value < 0
        ]
        return typed + negative

    expect_clean(
        api, dataset, flaws, "No se pueden sumar ni comparar.", "enteros desde cero"
    )


@check("REC-81")
def check_keys_are_in_their_catalogue(api: Api, dataset: Dataset) -> None:
    """Las claves son de los catálogos publicados."""
    _expect_valid(
        api,
        dataset,
        lambda v: _flaw(dataset, v) == "enum" and not _is_tolerated(dataset, v),
    )


@check("REC-82")
def check_keys_are_the_published_ones(api: Api, dataset: Dataset) -> None:
    """Las claves son las publicadas, no las de la herramienta de captura."""
    _expect_valid(api, dataset, lambda v: _is_tolerated(dataset, v))


@check("REC-83")
def check_compressed_answers_are_the_same(api: Api) -> None:
    """Una respuesta comprimida dice lo mismo que sin comprimir."""
    asked = {"limit": 3, "sort": "id", "fields": "*.*.*"}
    sent = [
        api.call(asked, headers={"Accept-Encoding": coding})
        for coding in ("gzip", "identity")
    ]
    bodies = [e.json() for e in sent]
    expect(
        bodies[0] is not None and bodies[0] == bodies[1],
        "La respuesta cambia, o no se puede leer, cuando se pide comprimida.",
        expected="el mismo JSON con y sin gzip",
        received=", ".join(
            "JSON" if b is not None else "algo ilegible" for b in bodies
        ),
        evidence=sent,
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
    )


def _flaw(dataset: Dataset, violation: Violation) -> str:
    """Tell which check a violation belongs to."""
    path = re.sub(r"\[\d+\]", "[]", violation.path)
    if path == dataset.identity:
        return "uuid"
    if violation.rule == "format":
        return "date-time" if _kind(dataset, path) is Kind.MOMENT else "date"
    if violation.rule != "type":
        return violation.rule
    if path.endswith("[]"):
        return "list"
    kind = _kind(dataset, path)
    if kind is Kind.OBJECT:
        names = [step for step in steps(path) if step != "[]"]
        return "deep" if len(names) >= DEEP else "relation"
    return {Kind.LIST: "list", Kind.INTEGER: "number"}.get(kind, "type")


def _kind(dataset: Dataset, path: str) -> Kind:
    member = whole(dataset)
    for name in steps(path):
        member = member if name == "[]" else member.members[name]
    return member.kind


def _is_tolerated(dataset: Dataset, violation: Violation) -> bool:
    path = re.sub(r"\[\d+\]", "[]", violation.path)
    known = tolerated(dataset, path)
    return violation.rule == "enum" and str(violation.received) in known


def _objects(
    node: object, known: Member, seen: Member
) -> Iterator[tuple[Record, Member, Member]]:
    """Yield every object of a record: itself, all it may hold, what is shown."""
    if isinstance(node, list):
        for item in node:
            yield from _objects(item, known, seen)
    elif isinstance(node, dict):
        yield node, known, seen
        for name, child in seen.members.items():
            if child.is_relation:
                yield from _objects(node.get(name), known.members[name], child)


def _replaces(dataset: Dataset, name: str, missing: set[str]) -> bool:
    if name in spellings(dataset):
        return False
    return name in migrated(dataset) or any(
        SequenceMatcher(None, name, other).ratio() >= ALIKE for other in missing
    )


def _is_uuid(value: object) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return isinstance(value, str)
