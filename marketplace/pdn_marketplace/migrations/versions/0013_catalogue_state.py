"""A name for each state of the catalogue, and indexes of what pages ask most."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    made = op.create_table(
        "catalogue_state",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(length=32), nullable=False),
    )
    op.bulk_insert(made, [{"id": 1, "name": "0013"}])
    op.create_index("ix_resources_updated_at", "resources", ["updated_at"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_resources_updated_at", "resources")
    op.drop_table("catalogue_state")
