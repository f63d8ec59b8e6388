"""The watch: what each look at a listed connector saw, and how it stands."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "watched",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("next_look_at", sa.DateTime(), nullable=False),
        sa.Column("next_run_at", sa.DateTime(), nullable=False),
        sa.Column("alerts", sa.JSON(), nullable=False),
        sa.Column("failing_since", sa.DateTime(), nullable=True),
        sa.Column("suspended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_watched_submission_id_submissions"),
        ),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_watched")),
    )
    op.create_index("ix_watched_next_look_at", "watched", ["next_look_at"])
    op.create_index("ix_watched_next_run_at", "watched", ["next_run_at"])
    op.create_table(
        "looks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("is_up", sa.Boolean(), nullable=False),
        sa.Column("latency_ms", sa.Float(), nullable=True),
        sa.Column("records", sa.Integer(), nullable=True),
        sa.Column("repeats_pages", sa.Boolean(), nullable=True),
        sa.Column("fingerprint", sa.String(length=16), nullable=False),
        sa.Column("certificate_until", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_looks_submission_id_submissions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_looks")),
    )
    op.create_index("ix_looks_submission_id_at", "looks", ["submission_id", "at"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_looks_submission_id_at", "looks")
    op.drop_table("looks")
    op.drop_index("ix_watched_next_run_at", "watched")
    op.drop_index("ix_watched_next_look_at", "watched")
    op.drop_table("watched")
