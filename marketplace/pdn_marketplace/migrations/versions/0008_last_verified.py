"""When each connector was last verified, where the catalogue orders and counts."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

RESOURCES = sa.table(
    "resources",
    sa.column("id", sa.Integer()),
    sa.column("conformance", sa.JSON()),
    sa.column("verified_key", sa.String()),
)


def upgrade() -> None:
    """Apply; what was listed before is told from its conformance."""
    column = sa.Column(
        "verified_key", sa.String(length=32), nullable=False, server_default=""
    )
    op.add_column("resources", column)
    op.create_index("ix_resources_verified_key", "resources", ["verified_key"])
    connection = op.get_bind()
    rows = connection.execute(sa.select(RESOURCES.c.id, RESOURCES.c.conformance))
    for number, proved in rows.all():
        if proved:
            at = datetime.fromisoformat(proved["verified_at"]).astimezone(UTC)
            connection.execute(
                RESOURCES.update()
                .where(RESOURCES.c.id == number)
                .values(verified_key=at.isoformat(timespec="microseconds"))
            )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_resources_verified_key", "resources")
    op.drop_column("resources", "verified_key")
