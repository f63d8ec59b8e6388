"""SQLite: a file, for one machine."""

from pdn_sdk.storage.engines.sqlite.engine import Sqlite

__all__ = ["Sqlite"]
