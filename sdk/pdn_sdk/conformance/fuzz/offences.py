"""What the standard says must be refused, told of a body whoever wrote it. Pure.

Only what leaves no room: what some tolerate (a member that nobody knows, a list with
a null, a size that may be cut) is no offence.
"""

import json
from collections.abc import Iterator

from pdn_sdk.standards.model import Dataset, FilterField, Operator

DIRECTIONS = ("asc", "desc")


def offence(content: bytes, dataset: Dataset) -> str:
    """Tell why a body must be refused, in Spanish; "" where it need not be."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(body, dict):
        return "el cuerpo no es un objeto"
    return next(_offences(body, dataset), "")


def _offences(body: dict[str, object], dataset: Dataset) -> Iterator[str]:
    most = None if dataset.clamps_page_size else dataset.max_page_size
    least = None if dataset.clamps_page_size else 1
    yield from _misnumbered("page", body, 1, None)
    yield from _misnumbered("pageSize", body, least, most)
    for name in ("query", "sort"):
        if name in body and not isinstance(body[name], dict):
            yield f"«{name}» no es un objeto"
    sort, query = body.get("sort"), body.get("query")
    for field in dataset.sort_fields:
        if isinstance(sort, dict) and sort.get(field.name, "asc") not in DIRECTIONS:
            yield f"la dirección de «{field.name}» no es «asc» ni «desc»"
    for declared in dataset.filters:
        if isinstance(query, dict) and query.get(declared.name) is not None:
            yield from _misfiltered(declared, query[declared.name])


def _misnumbered(
    name: str, body: dict[str, object], least: int | None, most: int | None
) -> Iterator[str]:
    if name not in body:
        return
    value = body[name]
    is_whole = isinstance(value, int) or (
        isinstance(value, float) and value.is_integer()
    )
    if isinstance(value, bool) or not isinstance(value, int | float) or not is_whole:
        yield f"«{name}» no es un número entero"
    elif (least and value < least) or (most and value > most):
        yield f"«{name}» está fuera de los límites"


def _misfiltered(declared: FilterField, value: object) -> Iterator[str]:
    if declared.operator is Operator.CONTAINS and isinstance(value, dict):
        yield f"«{declared.name}» es un objeto en lugar de un texto"
    if declared.operator is Operator.ANY_OF:
        if not isinstance(value, list):
            yield f"«{declared.name}» no es una lista"
        elif any(isinstance(each, bool | list | dict) for each in value):
            yield f"«{declared.name}» tiene algo que no es una clave"
