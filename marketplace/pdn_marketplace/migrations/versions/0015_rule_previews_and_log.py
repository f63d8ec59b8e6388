"""Previews of other rules, and indexes of what the log is asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "rule_previews",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("asked_by", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("standard", sa.String(length=20), nullable=False),
        sa.Column("profile", sa.String(length=10), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("ruleset", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("without", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
    )
    op.create_index("ix_rule_previews_state", "rule_previews", ["state"])
    op.create_table(
        "rule_preview_changes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "preview_id",
            sa.Integer(),
            sa.ForeignKey("rule_previews.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column(
            "submission_id",
            sa.Integer(),
            sa.ForeignKey("submissions.id"),
            nullable=False,
        ),
        sa.Column("run_id", sa.Integer(), sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("before", sa.String(length=20), nullable=False),
        sa.Column("after", sa.String(length=20), nullable=False),
        sa.Column("because", sa.JSON(), nullable=False),
    )
    op.create_index(
        "ix_rule_preview_changes_preview_id",
        "rule_preview_changes",
        ["preview_id", "id"],
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_actor", "audit", ["actor"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_audit_actor", "audit")
    op.drop_index("ix_audit_at", "audit")
    op.drop_table("rule_preview_changes")
    op.drop_table("rule_previews")
