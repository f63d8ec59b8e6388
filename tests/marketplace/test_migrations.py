"""A site that already has data is brought up to date without losing or guessing."""

from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, Table, insert, text

from pdn_marketplace.catalog.models import Resource
from pdn_marketplace.db import Database
from pdn_marketplace.submissions import audit
from pdn_marketplace.submissions.models import Run, Submission
from pdn_marketplace.watch import service
from pdn_marketplace.watch.models import Look, Watched

from .conftest import NOW

THEN = datetime(2026, 11, 2, 9, 30)  # noqa: DTZ001 - as the tables keep it
EARLIER = datetime(2026, 11, 1, 9, 30)  # noqa: DTZ001 - as the tables keep it
BLANKS: Mapping[type, object] = {
    str: "",
    int: 0,
    float: 0.0,
    bool: False,
    datetime: THEN,
    object: {},
    bytes: b"",
}
ROWS = (
    ("users", {"id": 1, "email": "ana@correo.mx", "role": "contributor"}),
    ("users", {"id": 2, "email": "beto@correo.mx", "role": "reviewer"}),
    (
        "submissions",
        {"id": 7, "owner_id": 1, "state": "published", "slug": "uno", "round": 3},
    ),
    ("runs", {"id": 20, "submission_id": 7, "requested_by": 1, "queued_at": EARLIER}),
    ("runs", {"id": 21, "submission_id": 7, "requested_by": 1, "queued_at": THEN}),
    ("run_reports", {"run_id": 20}),
    (
        "resources",
        {
            "id": 1,
            "type": "api",
            "origin": "connector",
            "conformance": {"verified_at": "2026-11-02T03:30:00-06:00"},
        },
    ),
    ("resources", {"id": 2, "type": "doc", "origin": "official", "slug": "x"}),
    ("watched", {"submission_id": 7, "alerts": ["stale"], "next_look_at": THEN}),
    ("looks", {"id": 1, "submission_id": 7, "is_up": True, "records": 12}),
)
LINES = (
    ("ana@correo.mx", "edit"),
    ("beto@correo.mx", "send"),
    ("sistema", "watch_run"),
)


@pytest.fixture
def database(tmp_path):
    """A database with data, as version 0005 left it."""
    made = Database(f"sqlite:///{tmp_path}/marketplace.db")
    settings = Config()
    folder = files("pdn_marketplace") / "migrations"
    settings.set_main_option("script_location", str(folder))
    settings.attributes["engine"] = made.engine
    command.upgrade(settings, "0005")
    tables = MetaData()
    tables.reflect(made.engine)
    with made.engine.begin() as connection:
        for name, values in ROWS:
            table = tables.tables[name]
            connection.execute(insert(table).values({**blanks(table), **values}))
        for number, (actor, action) in enumerate(LINES):
            line = {"actor": actor, "action": action, "object": "submission:7"}
            table = tables.tables["audit"]
            told = {"previous_hash": str(number), **line}
            connection.execute(insert(table).values({**blanks(table), **told}))
    yield made
    made.close()


def blanks(table: Table) -> Mapping[str, object]:
    """Give something for each column that may not be empty."""
    return {
        column.name: BLANKS[column.type.python_type]
        for column in table.columns
        if not column.nullable and not column.primary_key
    }


def test_what_there_was_is_there_after_the_migration(database):
    database.migrate()

    with database.transaction() as session:
        submission = session.get_one(Submission, 7)
        assert {c.user_id for c in submission.contributors} == {1, 2}
        assert submission.organisation is None
        assert session.get_one(Look, 1).records == 12
        assert session.get_one(Look, 1).is_refused is False
        assert len(audit.entries(session, "submission:7")) == len(LINES)
        assert session.execute(text("PRAGMA foreign_key_check")).all() == []


def test_the_weekly_runs_of_before_are_told_from_peoples(database):
    database.migrate()

    with database.transaction() as session:
        by_watch = {n: session.get_one(Run, n).by_watch for n in (20, 21)}

    assert by_watch == {20: False, 21: True}


def test_when_each_was_last_verified_is_told_from_its_conformance(database):
    database.migrate()

    with database.transaction() as session:
        keys = [session.get_one(Resource, n).verified_key for n in (1, 2)]

    assert keys == ["2026-11-02T09:30:00.000000+00:00", ""]


def test_what_was_watched_goes_on_being_watched(database):
    database.migrate()

    with database.transaction() as session:
        assert service.enlist(session, NOW) == 0
        assert session.get_one(Watched, 7).alerts == ["stale"]
        assert len(service.looks(session, session.get_one(Watched, 7))) == 1


def test_migrating_twice_changes_nothing(database):
    database.migrate()
    database.migrate()

    with database.transaction() as session:
        assert session.get_one(Watched, 7).round == 3
