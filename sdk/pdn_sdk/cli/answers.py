"""What a provider's template asks, out of standards and a connector."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pdn_sdk import __version__

if TYPE_CHECKING:
    from pdn_sdk.ingest.contract import Manifest
    from pdn_sdk.standards.model import Standard

# What the store can keep its records in.
DATABASES = ("sqlite", "postgresql")
SOURCE_FOLDER = "datos"


def answers(
    standards: "Sequence[Standard]",
    connector: "Manifest | None",
    database: str | None = None,
) -> dict[str, Any]:
    """Give what the template asks, but for the names; there may be no source."""
    datasets = [d for s in standards for d in s.datasets]
    is_only = len(datasets) == 1
    return {
        "database": database or DATABASES[0],
        "source": connector.id if connector else "",
        "optional": _unwritten(connector) if connector else [],
        "standards": [
            {"key": s.key, "system": s.system, "title": s.title} for s in standards
        ],
        "datasets": [
            {
                "key": d.key,
                "title": d.title,
                "mapping": "mapping.toml" if is_only else f"mapping.{d.key}.toml",
                "options": _options(connector, "fuente" if is_only else d.key)
                if connector
                else [],
            }
            for d in datasets
        ],
        "sdk_version": __version__,
    }


def _unwritten(connector: "Manifest") -> list[str]:
    written = _written(connector, "")
    return [s.name for s in connector.settings if s.name not in written]


def _options(connector: "Manifest", name: str) -> list[str]:
    values = _written(connector, name)
    return [f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in values.items()]


def _written(connector: "Manifest", name: str) -> dict[str, object]:
    """Give the connector's settings that are required or have a value."""
    values: dict[str, object] = {}
    for setting in connector.settings:
        if setting.name == "path" and connector.extensions:
            values["path"] = f"{SOURCE_FOLDER}/{name}{connector.extensions[0]}"
        elif setting.required or setting.default is not None:
            values[setting.name] = setting.default or ""
    return values
