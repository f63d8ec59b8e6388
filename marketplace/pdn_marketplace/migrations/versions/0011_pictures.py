"""Pictures of connectors: the cover and the screenshots of each, and in the listing."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "submission_pictures",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "submission_id",
            sa.Integer(),
            sa.ForeignKey("submissions.id"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=70), nullable=False),
        sa.Column("alt", sa.String(length=200), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('cover', 'screenshot')", name="kind"),
    )
    for column in ("submission_id", "name"):
        op.create_index(
            f"ix_submission_pictures_{column}", "submission_pictures", [column]
        )
    # JSON has no default in every database: a row of before holds an empty list.
    op.add_column(
        "resources",
        sa.Column("pictures", sa.JSON(), nullable=False, server_default="[]"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_column("resources", "pictures")
    op.drop_table("submission_pictures")
