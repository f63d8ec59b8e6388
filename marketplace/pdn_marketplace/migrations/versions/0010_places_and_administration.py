"""Where institutions are, and what administrators decide: see both domains."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

PLACED = ("organisations", "submissions")
DATED = (
    ("organisations", "closed_at"),
    ("users", "disabled_at"),
    ("resources", "hidden_at"),
)
NOTED = (("hidden_reason", 300), ("status_note", 600))


def upgrade() -> None:
    """Apply; nothing is guessed of what there was: its place stays unsaid."""
    for table in PLACED:
        for name, chars in (("entity", 2), ("level", 12)):
            op.add_column(table, _text(name, chars))
    for table, name in DATED:
        op.add_column(table, sa.Column(name, sa.DateTime(), nullable=True))
    for name, chars in NOTED:
        op.add_column("resources", _text(name, chars))
    op.create_table(
        "site_settings",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_site_settings")),
    )
    op.create_table(
        "letters",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "language", name=op.f("pk_letters")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("letters")
    op.drop_table("site_settings")
    for name, _chars in reversed(NOTED):
        op.drop_column("resources", name)
    for table, name in DATED:
        op.drop_column(table, name)
    for table in PLACED:
        for name in ("level", "entity"):
            op.drop_column(table, name)


def _text(name: str, chars: int) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length=chars), nullable=False, server_default="")
