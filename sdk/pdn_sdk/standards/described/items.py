"""OpenAPI of the dialect `items`, derived from a standard."""

from collections.abc import Mapping
from typing import Any

from pdn_sdk.standards.described.operations import answers, path_items
from pdn_sdk.standards.model import Dataset, Endpoint, Standard

PARAMETERS: Mapping[str, str] = {
    "fields": "Campos separados por comas; los de una relación, con punto. «*» o nada "
    "entrega el registro completo.",
    "filter": "Filtro en JSON, {campo: {operador: valor}}. Operadores: _eq, _neq, _in, "
    "_nin, _null, _nnull, _empty, _nempty, _contains, _icontains, _starts_with, "
    "_ends_with (y sus negaciones con _n), _lt, _lte, _gt, _gte, _between, _nbetween; "
    "_and y _or los combinan, _some y _none miran dentro de una lista.",
    "sort": "Campos de orden separados por comas; con guion, de mayor a menor.",
    "search": "Texto que se busca en los campos principales, sin distinguir acentos ni "
    "mayúsculas.",
    "meta": "Totales que se piden: total_count, filter_count o *.",
}


def describe(standard: Standard) -> Mapping[str, Any]:
    """Give the path items of a standard."""
    return path_items(standard, {"search": _collection, "item": _item})


def _collection(dataset: Dataset, endpoint: Endpoint) -> dict[str, Any]:
    counts = {name: {"type": "integer"} for name in ("total_count", "filter_count")}
    schema = {
        "type": "object",
        "required": ["data"],
        "properties": {
            "data": {"type": "array", "items": _reference(dataset)},
            "meta": {"type": "object", "properties": counts},
        },
    }
    return {
        "operationId": f"{dataset.key}_{endpoint.kind}",
        "summary": dataset.title,
        "description": dataset.description,
        "parameters": [
            *(_parameter(name, text) for name, text in PARAMETERS.items()),
            _number("limit", -1, f"Registros que se piden; hasta {_most(dataset)}.")
            | {"example": 10},
            _number("offset", 0, "Registros que se saltan."),
            _number("page", 0, "Página, desde 1; sustituye a offset."),
        ],
        "responses": answers("Los registros.", schema, 400, 401, 403),
    }


def _item(dataset: Dataset, endpoint: Endpoint) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["data"],
        "properties": {"data": _reference(dataset)},
    }
    identity = {"type": "string", "format": "uuid"}
    return {
        "operationId": f"{dataset.key}_{endpoint.kind}",
        "summary": f"Un registro: {dataset.title}",
        "description": "El registro con ese identificador.",
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": identity},
            _parameter("fields", PARAMETERS["fields"]),
        ],
        "responses": answers("El registro.", schema, 400, 401, 403),
    }


def _most(dataset: Dataset) -> str:
    return f"{dataset.max_page_size:,} (predeterminado, {dataset.default_page_size})"


def _parameter(name: str, text: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": text,
        "schema": {"type": "string"},
    }


def _number(name: str, least: int, text: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": text,
        "schema": {"type": "integer", "minimum": least},
    }


def _reference(dataset: Dataset) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{dataset.key}"}
