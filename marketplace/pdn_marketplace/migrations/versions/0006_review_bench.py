"""Organisations, the review bench, and accounts that were deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("users", sa.Column("deleted_at", sa.DateTime(), nullable=True))
    _organisations()
    _submissions()
    _bench()
    _papers()


def _submissions() -> None:
    """Give submissions an organisation; who wrote them is in the log."""
    # In words of SQL, because in SQLite the other way makes the table anew, and
    # the runs point at it.
    op.execute(
        "ALTER TABLE submissions ADD COLUMN organisation_id INTEGER "
        "CONSTRAINT fk_submissions_organisation_id_organisations "
        "REFERENCES organisations (id)"
    )
    op.create_index(
        "ix_submissions_organisation_id", "submissions", ["organisation_id"]
    )
    op.create_table(
        "submission_contributors",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_submission_contributors_submission_id_submissions"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_submission_contributors_user_id_users"),
        ),
        sa.PrimaryKeyConstraint(
            "submission_id", "user_id", name=op.f("pk_submission_contributors")
        ),
    )
    op.execute(
        "INSERT INTO submission_contributors (submission_id, user_id) "
        "SELECT id, owner_id FROM submissions UNION "
        "SELECT submissions.id, users.id FROM submissions "
        "JOIN audit ON audit.object = 'submission:' || submissions.id "
        "AND audit.action IN "
        "('create', 'edit', 'edit_text', 'send', 'withdraw', 'reopen') "
        "JOIN users ON users.email = audit.actor"
    )


def _organisations() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
    )
    op.create_table(
        "organisation_members",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("seat", sa.String(length=20), nullable=False),
        sa.Column("joined_at", sa.DateTime(), nullable=False),
        sa.Column("left_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "seat IN ('manager', 'member')", name=op.f("ck_organisation_members_seat")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_members_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_organisation_members_user_id_users"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_members")),
    )
    op.create_index(
        "ix_organisation_members_organisation_id",
        "organisation_members",
        ["organisation_id"],
    )
    op.create_index(
        "ix_organisation_members_user_id", "organisation_members", ["user_id"]
    )
    op.create_table(
        "organisation_invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("seat", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("invited_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invited_by"],
            ["users.id"],
            name=op.f("fk_organisation_invitations_invited_by_users"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_invitations_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_invitations")),
        sa.UniqueConstraint(
            "token_hash", name=op.f("uq_organisation_invitations_token_hash")
        ),
    )
    op.create_index(
        "ix_organisation_invitations_organisation_id",
        "organisation_invitations",
        ["organisation_id"],
    )


def _bench() -> None:
    op.create_table(
        "observations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("check_id", sa.String(length=60), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_observations_author_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["users.id"], name=op.f("fk_observations_closed_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_observations_run_id_runs")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_observations_submission_id_submissions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observations")),
    )
    op.create_index("ix_observations_submission_id", "observations", ["submission_id"])
    op.create_table(
        "observation_replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("observation_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["users.id"],
            name=op.f("fk_observation_replies_author_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["observation_id"],
            ["observations.id"],
            name=op.f("fk_observation_replies_observation_id_observations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation_replies")),
    )
    op.create_index(
        "ix_observation_replies_observation_id",
        "observation_replies",
        ["observation_id"],
    )
    op.create_table(
        "review_texts",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("updated_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["updated_by"], ["users.id"], name=op.f("fk_review_texts_updated_by_users")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_review_texts")),
    )
    op.create_table(
        "review_delegations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_id"], ["users.id"], name=op.f("fk_review_delegations_from_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_review_delegations_submission_id_submissions"),
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["users.id"], name=op.f("fk_review_delegations_to_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_delegations")),
    )
    op.create_index(
        "ix_review_delegations_submission_id", "review_delegations", ["submission_id"]
    )


def _papers() -> None:
    op.create_table(
        "review_papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("signature", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("issued_by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issued_by"], ["users.id"], name=op.f("fk_review_papers_issued_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_review_papers_submission_id_submissions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_papers")),
        sa.UniqueConstraint(
            "kind", "year", "number", name=op.f("uq_review_papers_kind_year_number")
        ),
    )
    op.create_index(
        "ix_review_papers_submission_id", "review_papers", ["submission_id"]
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("review_papers")
    op.drop_table("review_delegations")
    op.drop_table("review_texts")
    op.drop_table("observation_replies")
    op.drop_table("observations")
    op.drop_table("submission_contributors")
    with op.batch_alter_table("submissions") as table:
        table.drop_index("ix_submissions_organisation_id")
        table.drop_column("organisation_id")
    op.drop_table("organisation_invitations")
    op.drop_table("organisation_members")
    op.drop_table("organisations")
    with op.batch_alter_table("users") as table:
        table.drop_column("deleted_at")
