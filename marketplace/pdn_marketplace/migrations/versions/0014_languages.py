"""The language in which each account gets its messages."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "users",
        sa.Column("language", sa.String(length=2), nullable=False, server_default="es"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_column("users", "language")
