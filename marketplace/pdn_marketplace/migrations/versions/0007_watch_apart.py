"""Tell the watch's runs from people's, each publication, and refused addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; what was written before is told from the log and the submissions."""
    _add("runs", "by_watch")
    op.execute(
        "UPDATE runs SET by_watch = true WHERE EXISTS (SELECT 1 FROM audit "
        "WHERE audit.action = 'watch_run' AND audit.at = runs.queued_at "
        "AND audit.object = 'submission:' || runs.submission_id)"
    )
    _add("looks", "is_refused")
    op.add_column(
        "watched", sa.Column("round", sa.Integer(), nullable=False, server_default="0")
    )
    op.execute(
        "UPDATE watched SET round = (SELECT submissions.round FROM submissions "
        "WHERE submissions.id = watched.submission_id)"
    )


def _add(table: str, column: str) -> None:
    no = sa.false()
    op.add_column(
        table, sa.Column(column, sa.Boolean(), nullable=False, server_default=no)
    )


def downgrade() -> None:
    """Undo."""
    op.drop_column("watched", "round")
    op.drop_column("looks", "is_refused")
    op.drop_column("runs", "by_watch")
