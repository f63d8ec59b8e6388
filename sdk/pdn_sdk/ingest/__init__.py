"""From an institution's own sheet to records of a standard.

Connectors read tables; the mapping turns rows into records; the load validates
and stores them, and gives back what must be repaired. The names below are the
public ones for authors of connectors.
"""

from pdn_sdk.errors import ConnectorError, SourceUnavailableError
from pdn_sdk.ingest.contract import (
    Cell,
    Connector,
    Request,
    SkippedRow,
    SourceRow,
    Table,
)
from pdn_sdk.ingest.tables import tabulate

__all__ = [
    "Cell",
    "Connector",
    "ConnectorError",
    "Request",
    "SkippedRow",
    "SourceRow",
    "SourceUnavailableError",
    "Table",
    "tabulate",
]
