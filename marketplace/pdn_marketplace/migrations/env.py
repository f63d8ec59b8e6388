"""Run the migrations on the engine that `Database.migrate` hands over."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, text

from pdn_marketplace.db import POSTGRESQL, Base, UtcDateTime

# Any number will do, as long as it is always the same.
LOCK = 704_151_225
engine = context.config.attributes["engine"]


def render_item(
    kind: str, item: object, autogen: AutogenContext
) -> str | Literal[False]:
    """Write our instants as the plain type they are kept in."""
    del autogen
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime()"
    return False


def stand_in_line(connection: Connection, verb: str) -> None:
    """Let one process migrate at a time: several may start at once."""
    if connection.dialect.name == POSTGRESQL:
        connection.execute(text(f"SELECT pg_advisory_{verb}({LOCK})"))
        connection.commit()


with engine.connect() as connection:
    stand_in_line(connection, "lock")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render_item,
        # SQLite alters a table by making it anew.
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
    stand_in_line(connection, "unlock")
