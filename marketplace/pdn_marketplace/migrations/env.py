"""Run the migrations on the engine that `Database.migrate` hands over."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from pdn_marketplace.db import Base, UtcDateTime

engine = context.config.attributes["engine"]


def render_item(
    kind: str, item: object, autogen: AutogenContext
) -> str | Literal[False]:
    """Write our instants as the plain type they are kept in."""
    del autogen
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime()"
    return False


with engine.connect() as connection:
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
