"""Seals of the runs, and the fixed token of a submission."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "run_seals",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_run_seals_run_id_runs")
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_seals")),
        sa.UniqueConstraint("code", name=op.f("uq_run_seals_code")),
    )
    op.add_column(
        "submissions",
        sa.Column("token", sa.Text(), nullable=False, server_default=""),
    )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("submissions") as table:
        table.drop_column("token")
    op.drop_table("run_seals")
