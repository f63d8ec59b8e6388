"""`mapping.toml`: from the columns of a sheet to the fields of a standard."""

from pdn_sdk.ingest.mapping.file import Mapping

__all__ = ["Mapping"]
