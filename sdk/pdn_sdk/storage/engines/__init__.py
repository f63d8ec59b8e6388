"""The databases that a store can use: one contract, and what differs in each.

`contract` says what a store asks of its database; `sqlite` and `postgresql`
answer it. The driver of PostgreSQL is imported only by who uses it.
"""

from pathlib import Path
from typing import Any

from pdn_sdk.errors import ConfigurationError
from pdn_sdk.settings.database import Server
from pdn_sdk.storage.engines.contract import Engine
from pdn_sdk.storage.engines.sqlite import Sqlite

__all__ = ["Engine", "engine_of"]


def engine_of(place: Path | Server, *, task: str) -> Engine[Any]:
    """Give the engine of a place; two writers of one task take turns.

    Raises: ConfigurationError where its driver is not installed.
    """
    if isinstance(place, Path):
        return Sqlite(place)
    try:
        from pdn_sdk.storage.engines.postgresql import Postgresql  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError(
            "Para guardar en PostgreSQL falta instalar su controlador: "
            "pip install 'pdn-sdk[postgresql]'."
        ) from error
    return Postgresql(place, task)
