"""PostgreSQL: a server, for several machines. Importing it needs its driver."""

from pdn_sdk.storage.engines.postgresql.engine import Postgresql

__all__ = ["Postgresql"]
