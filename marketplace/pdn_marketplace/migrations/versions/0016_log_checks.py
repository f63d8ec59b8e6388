"""Checks of the chain of the log, kept."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "log_checks",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("broken_at", sa.Integer(), nullable=True),
        sa.Column("head", sa.String(length=64), nullable=False),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("log_checks")
