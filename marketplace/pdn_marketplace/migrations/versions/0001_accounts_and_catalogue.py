"""Accounts and catalogue."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "failed_sign_ins",
        sa.Column("email_hash", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("email_hash", name=op.f("pk_failed_sign_ins")),
    )
    op.create_table(
        "resources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("type", sa.String(length=4), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=700), nullable=False),
        sa.Column("maintainer", sa.String(length=200), nullable=False),
        sa.Column("abstract", sa.String(length=150), nullable=False),
        sa.Column("description", sa.String(length=900), nullable=False),
        sa.Column("audience", sa.String(length=300), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("licence", sa.String(length=80), nullable=False),
        sa.Column("contact", sa.JSON(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("conformance", sa.JSON(), nullable=True),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "origin IN ('official', 'addition', 'connector')",
            name=op.f("ck_resources_origin"),
        ),
        sa.CheckConstraint(
            "type IN ('api', 'sys', 'doc', 'tool')", name=op.f("ck_resources_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resources")),
        sa.UniqueConstraint("number", name=op.f("uq_resources_number")),
        sa.UniqueConstraint("slug", name=op.f("uq_resources_slug")),
    )
    with op.batch_alter_table("resources", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_resources_maintainer"), ["maintainer"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_resources_name_key"), ["name_key"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_resources_origin"), ["origin"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_resources_position"), ["position"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_resources_published_at"), ["published_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_resources_type"), ["type"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_resources_verdict"), ["verdict"], unique=False
        )

    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("organization", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "role IN ('contributor', 'reviewer', 'administrator')",
            name=op.f("ck_users_role"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "resource_systems",
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("system", sa.String(length=4), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource_id"],
            ["resources.id"],
            name=op.f("fk_resource_systems_resource_id_resources"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "resource_id", "system", name=op.f("pk_resource_systems")
        ),
    )
    with op.batch_alter_table("resource_systems", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_resource_systems_system"), ["system"], unique=False
        )

    op.create_table(
        "resource_technologies",
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("technology", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource_id"],
            ["resources.id"],
            name=op.f("fk_resource_technologies_resource_id_resources"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "resource_id", "technology", name=op.f("pk_resource_technologies")
        ),
    )
    with op.batch_alter_table("resource_technologies", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_resource_technologies_technology"),
            ["technology"],
            unique=False,
        )

    op.create_table(
        "user_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_user_sessions_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_user_sessions")),
    )
    with op.batch_alter_table("user_sessions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_user_sessions_user_id"), ["user_id"], unique=False
        )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("user_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_sessions_user_id"))

    op.drop_table("user_sessions")
    with op.batch_alter_table("resource_technologies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_resource_technologies_technology"))

    op.drop_table("resource_technologies")
    with op.batch_alter_table("resource_systems", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_resource_systems_system"))

    op.drop_table("resource_systems")
    op.drop_table("users")
    with op.batch_alter_table("resources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_resources_verdict"))
        batch_op.drop_index(batch_op.f("ix_resources_type"))
        batch_op.drop_index(batch_op.f("ix_resources_published_at"))
        batch_op.drop_index(batch_op.f("ix_resources_position"))
        batch_op.drop_index(batch_op.f("ix_resources_origin"))
        batch_op.drop_index(batch_op.f("ix_resources_name_key"))
        batch_op.drop_index(batch_op.f("ix_resources_maintainer"))

    op.drop_table("resources")
    op.drop_table("failed_sign_ins")
