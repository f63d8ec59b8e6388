"""What many processes and much data need: indexes, and PostgreSQL's own guards."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# As in SQLite, the log only grows: nobody changes or removes a line.
GUARD = (
    "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
    "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
)
ORDERED = (("name_key", 700), ("verified_key", 32))
TRIGRAMS = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"


def upgrade() -> None:
    """Apply."""
    # Covered by the one with the id, which also serves the newest run.
    op.drop_index("ix_runs_submission_id", "runs")
    op.create_index("ix_runs_submission_id_id", "runs", ["submission_id", "id"])
    op.create_index(
        "ix_runs_requested_by_queued_at", "runs", ["requested_by", "queued_at"]
    )
    op.create_index("ix_audit_action", "audit", ["action"])
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()


def _postgresql() -> None:
    for statement in GUARD:
        op.execute(statement)
    for column, chars in ORDERED:
        kept = sa.String(chars, collation="C")
        op.alter_column("resources", column, type_=kept, existing_nullable=False)
    # SQLite never minded; an address of a connector may have as many.
    op.alter_column("resources", "url", type_=sa.String(2000), existing_nullable=False)
    # It comes with PostgreSQL, but some packages leave it out: search works without
    # it, so no model tells of it.
    if op.get_bind().execute(sa.text(TRIGRAMS)).first():
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        op.create_index(
            "ix_resources_search_text",
            "resources",
            ["search_text"],
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        )


def downgrade() -> None:
    """Undo."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_resources_search_text", "resources", if_exists=True)
        op.execute("DROP TRIGGER audit_no_change ON audit")
        op.execute("DROP FUNCTION audit_is_append_only()")
    op.drop_index("ix_audit_action", "audit")
    op.drop_index("ix_runs_requested_by_queued_at", "runs")
    op.drop_index("ix_runs_submission_id_id", "runs")
    op.create_index("ix_runs_submission_id", "runs", ["submission_id"])
