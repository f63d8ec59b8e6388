"""What the descriptions of both dialects are made of."""

from collections.abc import Callable, Mapping
from typing import Any

from pdn_sdk.standards.model import Dataset, Endpoint, Standard

Operation = Callable[[Dataset, Endpoint], dict[str, Any]]


def path_items(
    standard: Standard, makers: Mapping[str, Operation]
) -> Mapping[str, Any]:
    """Give the path items of a standard; `makers` describe each kind of endpoint."""
    paths: dict[str, dict[str, Any]] = {}
    for dataset in standard.datasets:
        for endpoint in dataset.endpoints:
            operation = makers[endpoint.kind](dataset, endpoint)
            operation["tags"] = [f"{standard.system} {standard.version}"]
            paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    return paths


def answers(text: str, schema: Mapping[str, Any], *errors: int) -> dict[str, Any]:
    """Give the responses of an operation: its success and its errors."""
    found: dict[str, Any] = {
        "200": {
            "description": text,
            "content": {"application/json": {"schema": schema}},
        }
    }
    for status in errors:
        found[str(status)] = {"$ref": f"#/components/responses/Error{status}"}
    found["default"] = {"$ref": "#/components/responses/Error"}
    return found
