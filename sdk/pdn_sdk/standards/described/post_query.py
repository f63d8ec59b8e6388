"""OpenAPI of the dialect `post_query`, derived from a standard."""

from collections.abc import Mapping
from typing import Any

from pdn_sdk.standards.described.operations import answers, path_items
from pdn_sdk.standards.model import (
    MOMENTS,
    Dataset,
    Endpoint,
    FilterField,
    Operator,
    SortField,
    Standard,
)

MEANINGS: Mapping[Operator, str] = {
    Operator.IDENTITY: "Identificador completo; los demás filtros no se toman en "
    "cuenta.",
    Operator.CONTAINS: "Contiene este texto, sin distinguir acentos ni mayúsculas.",
    Operator.EQUALS: "Es igual a este texto, sin distinguir mayúsculas.",
    Operator.WHOLE_FIRST: "Es igual a este texto; si ninguno lo es, lo contiene.",
    Operator.SINCE: "En esta fecha y hora o después.",
    Operator.UNTIL: "En esta fecha y hora o antes.",
    Operator.BETWEEN: "Está entre «min» y «max», incluidos; basta uno de los dos.",
    Operator.ANY_OF: "Tiene al menos uno de estos valores.",
    Operator.IGNORED: "Se acepta y se registra; no cambia el resultado.",
}


def describe(standard: Standard) -> Mapping[str, Any]:
    """Give the path items of a standard."""
    return path_items(standard, {"search": _search, "institutions": _institutions})


def _search(dataset: Dataset, endpoint: Endpoint) -> dict[str, Any]:
    return {
        "operationId": f"{dataset.key}_{endpoint.kind}",
        "summary": f"Buscar: {dataset.title}",
        "description": dataset.description,
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": request_schema(dataset),
                    "example": {"page": 1, "pageSize": dataset.default_page_size},
                }
            },
        },
        "responses": answers(
            "Una página de registros y el total.", _page(dataset), 400, 401, 403
        ),
    }


def _institutions(dataset: Dataset, endpoint: Endpoint) -> dict[str, Any]:
    institution = dataset.institution
    schema = {
        "type": "array",
        "items": {
            "type": "object",
            "required": [institution.name],
            "properties": {name: {"type": "string"} for name in institution.members},
        },
    }
    return {
        "operationId": f"{dataset.key}_{endpoint.kind}",
        "summary": f"Instituciones: {dataset.title}",
        "description": "Las instituciones que nombran los registros, una vez cada una.",
        "responses": answers("Las instituciones.", schema, 401, 403),
    }


def request_schema(dataset: Dataset) -> dict[str, Any]:
    """Give the schema of the body of a search."""
    sort = _nested({f.name: _direction(f) for f in dataset.sort_fields})
    inside = {f.name: _filter(dataset, f) for f in dataset.filters if not f.at_root}
    query = _nested(inside)
    beside = {f.name: _filter(dataset, f) for f in dataset.filters if f.at_root}
    return {
        "type": "object",
        "properties": {
            "page": {
                "type": "integer",
                "minimum": 1,
                "default": 1,
                "description": "Página, desde 1.",
            },
            "pageSize": {
                "type": "integer",
                "minimum": 1,
                "maximum": dataset.max_page_size,
                "default": dataset.default_page_size,
                "description": "Registros por página.",
            },
            "sort": {
                "type": "object",
                "description": "Orden, en español; la primera clave manda.",
                "properties": sort,
            },
            "query": {
                "type": "object",
                "description": "Filtros; se cumplen todos a la vez.",
                "properties": query,
            },
            **beside,
        },
    }


def _nested(named: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Write `a.b` as what it is on the wire: the member b of an object a."""
    nested: dict[str, Any] = {}
    for name, schema in named.items():
        *outer, last = name.split(".")
        members = nested
        for step in outer:
            holder = members.setdefault(step, {"type": "object", "properties": {}})
            members = holder["properties"]
        members[last] = schema
    return nested


def _direction(field: SortField) -> dict[str, Any]:
    return {
        "type": "string",
        "enum": ["asc", "desc"],
        "description": f"Ordena por {field.path}.",
    }


def _filter(dataset: Dataset, declared: FilterField) -> dict[str, Any]:
    said = {"description": MEANINGS[declared.operator]}
    if declared.operator in MOMENTS:
        return {"type": "string", "format": "date-time", **said}
    if declared.operator is Operator.BETWEEN:
        end = {"type": declared.type}
        return {"type": "object", "properties": {"min": end, "max": end}, **said}
    entries = dataset.catalogs.get(declared.catalog, ())
    item: dict[str, Any] = {"type": declared.type}
    if entries:
        item["enum"] = [entry.key for entry in entries]
        # Shown beside each value by pages that read this document.
        item["x-enum-texts"] = [entry.text for entry in entries]
    if declared.operator is not Operator.ANY_OF:
        return {**item, **said}
    return {"type": "array", "items": item, **said}


def _page(dataset: Dataset) -> dict[str, Any]:
    page = {
        "type": "object",
        "required": ["pagination", "results"],
        "properties": {
            "pagination": {"$ref": "#/components/schemas/Pagination"},
            "results": {
                "type": "array",
                "items": {"$ref": f"#/components/schemas/{dataset.key}"},
            },
        },
    }
    if dataset.flat_pagination:
        return {"allOf": [{"$ref": "#/components/schemas/Pagination"}, page]}
    return page
