"""Confirmed e-mails, the second factor and API tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; the accounts that there are keep working, so they are confirmed."""
    op.add_column("users", sa.Column("confirmed_at", sa.DateTime(), nullable=True))
    op.add_column(
        "users",
        sa.Column("factor_secret", sa.Text(), nullable=False, server_default=""),
    )
    op.add_column(
        "users",
        sa.Column("factor_step", sa.Integer(), nullable=False, server_default="0"),
    )
    op.execute("UPDATE users SET confirmed_at = created_at")
    op.add_column(
        "user_sessions",
        sa.Column(
            "has_factor", sa.Boolean(), nullable=False, server_default=sa.false()
        ),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_api_tokens_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index("ix_api_tokens_user_id", "api_tokens", ["user_id"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_api_tokens_user_id", "api_tokens")
    op.drop_table("api_tokens")
    with op.batch_alter_table("user_sessions") as table:
        table.drop_column("has_factor")
    with op.batch_alter_table("users") as table:
        table.drop_column("factor_step")
        table.drop_column("factor_secret")
        table.drop_column("confirmed_at")
