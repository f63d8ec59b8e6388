"""A long load uses two processes; the result is that of one, whatever happens."""

import os
from datetime import datetime

import pytest

from pdn_sdk.ingest.contract import SourceRow
from pdn_sdk.ingest.examination import Recipe
from pdn_sdk.ingest.mapping.writing import canonical_toml
from pdn_sdk.ingest.partner import ALONE_CHARACTERS, CHUNK_ROWS, examined_rows
from pdn_sdk.ingest.sample import canonical_rows
from pdn_sdk.standards.loader import get
from pdn_sdk.standards.synthetic import records

S2 = get("s2")
SPIC = S2.datasets[0]
ALONE_ROWS = ALONE_CHARACTERS // 100
"""More rows than these, of a hundred characters at least, are shared."""
COUNT = ALONE_ROWS + 12 * CHUNK_ROWS + 7


@pytest.fixture
def recipe(tmp_path):
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(canonical_toml(SPIC), encoding="utf-8")
    headers, _ = canonical_rows(SPIC, [])
    when = datetime.fromisoformat("2026-01-31T10:00:00-06:00")
    return Recipe(
        S2.folder, SPIC.key, False, mapping, tuple(headers), when, len(headers)
    )


@pytest.fixture(scope="module")
def rows():
    """A few people again and again, some of them without a name."""
    _, found = canonical_rows(SPIC, records(SPIC, 50, seed=3))
    people = list(found)
    faulty = ["" if i < 8 else cell for i, cell in enumerate(people[0])]
    return [
        SourceRow(n, faulty if n % 97 == 0 else people[n % 50])
        for n in range(1, COUNT + 1)
    ]


def _alone(recipe, rows):
    examiner = recipe.examiner()
    return list(zip(rows, examiner.examined([row.cells for row in rows]), strict=True))


def test_rows_come_in_order_each_with_what_one_process_finds(recipe, rows):
    shared = list(examined_rows(rows, recipe.examiner(), recipe))

    assert shared == _alone(recipe, rows)
    assert sum(bool(faults) for _, (_, faults) in shared) == COUNT // 97


def test_a_lost_partner_loses_no_row(recipe, rows, born):
    shared = examined_rows(rows, recipe.examiner(), recipe)
    done = [next(shared) for _ in range(ALONE_ROWS + 1)]

    for child in born():
        child.kill()
    done += shared

    assert done == _alone(recipe, rows)


def test_no_process_outlives_a_load_that_is_given_up(recipe, rows, born):
    shared = examined_rows(rows, recipe.examiner(), recipe)
    for _ in range(ALONE_ROWS + 1):
        next(shared)
    working = born()

    shared.close()

    assert len(working) == ((os.cpu_count() or 1) > 1)
    assert not any(child.is_running() for child in working)


def test_a_short_source_is_read_by_one_process(recipe, rows, born):
    shared = examined_rows(rows[:CHUNK_ROWS], recipe.examiner(), recipe)

    working = [born() for _ in shared]

    assert working == [[]] * CHUNK_ROWS
