"""Records of several kinds behind one address, each with its own schema."""

import unicodedata
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from pdn_sdk.checking import Api, NotTriedError, advise, check
from pdn_sdk.conformance.checks.demands import as_json, expect_clean
from pdn_sdk.conformance.checks.samples import Record
from pdn_sdk.standards.declared.schemas import Schema, items, members
from pdn_sdk.standards.model import Dataset, Variants
from pdn_sdk.standards.paths import first_at

ALIKE = 0.8
"""How much of a name is right in one that is only misspelt."""
SHORT = 5
"""Letters of a name that many others may begin with."""


@check("VAR-01")
def check_records_say_their_kind(api: Api, dataset: Dataset) -> None:
    """Cada registro dice de qué tipo es, con uno de los valores publicados."""
    variants = _variants(dataset)
    expect_clean(
        api,
        dataset,
        lambda r: (
            [] if _kind(r, variants) in variants.schemas else [_shown(r, variants)]
        ),
        "Quien lo recibe elige el esquema por ese dato, escrito tal cual.",
        ", ".join(variants.schemas),
    )


@check("VAR-02")
def check_sections_have_their_names(api: Api, dataset: Dataset) -> None:
    """Las secciones se llaman como en el estándar, sin erratas."""
    expect_clean(
        api,
        dataset,
        lambda r: list(_misspelt(r, dataset.schema, "")),
        "Con otro nombre nadie lee la sección.",
        "los nombres exactos del esquema",
    )


@check("VAR-04")
def check_records_hold_only_known_members(api: Api, dataset: Dataset) -> None:
    """Los registros sólo traen datos que el estándar tiene."""
    expect_clean(
        api,
        dataset,
        lambda r: list(_unknown(r, dataset.schema, "")),
        "Nadie los lee, y puede ser un dato que no debía publicarse.",
        "sólo los datos del esquema, con su nombre exacto",
        demand=advise,
    )


@check("VAR-03")
def check_records_hold_the_members_of_their_kind(api: Api, dataset: Dataset) -> None:
    """Ningún registro trae datos que sólo tienen los de otro tipo."""
    variants = _variants(dataset)

    def foreign(record: dict[str, object]) -> list[str]:
        schema = variants.schemas.get(str(_kind(record, variants)))
        if schema is None:
            return []
        unknown = set(_unknown(record, dataset.schema, ""))
        return [p for p in _unknown(record, schema, "") if p not in unknown]

    expect_clean(
        api,
        dataset,
        foreign,
        "El dato es de otro tipo de registro.",
        "los datos de su propio tipo",
        demand=advise,
    )


def _variants(dataset: Dataset) -> Variants:
    if dataset.variants is None:
        raise NotTriedError("Los registros de este estándar son todos del mismo tipo.")
    return dataset.variants


def _kind(record: Record, variants: Variants) -> object:
    return first_at(record, variants.path)


def _shown(record: Record, variants: Variants) -> str:
    kind = _kind(record, variants)
    if isinstance(kind, str) and unicodedata.normalize("NFC", kind) != kind:
        return f"{as_json(kind)} con los acentos aparte (Unicode NFD)"
    return as_json(kind)


def _misspelt(node: object, schema: Schema, path: str) -> Iterator[str]:
    """Yield the objects and lists whose name is nearly that of one that is missing."""
    if isinstance(node, dict):
        known = members(schema)
        missing = {name.casefold(): name for name in known if name not in node}
        for name, inside in node.items():
            below = f"{path}.{name}" if path else name
            if name in known:
                yield from _misspelt(inside, known[name], below)
            elif isinstance(inside, dict | list) and (
                right := _nearest(name.casefold(), missing)
            ):
                yield f"{below} en lugar de {right}"
    elif isinstance(node, list):
        item = items(schema)
        for inside in node if item is not None else ():
            yield from _misspelt(inside, item or {}, f"{path}[]")


def _nearest(name: str, missing: Mapping[str, str]) -> str:
    longer = [m for m in missing if len(m) > SHORT and name.startswith(m)]
    near = longer or get_close_matches(name, missing, 1, ALIKE)
    return missing[near[0]] if near else ""


def _unknown(node: object, schema: Schema, path: str) -> Iterator[str]:
    if isinstance(node, dict):
        known = members(schema)
        for name, inside in node.items():
            below = f"{path}.{name}" if path else name
            if name in known:
                yield from _unknown(inside, known[name], below)
            elif known:
                yield below
    elif isinstance(node, list):
        item = items(schema)
        for inside in node if item is not None else ():
            yield from _unknown(inside, item or {}, f"{path}[]")
