"""What is public of a record: each privacy rule with its example, in and out."""

import json

import orjson
import pytest

from pdn_sdk.standards.declared.projection import projected, publishable, withheld
from pdn_sdk.standards.declared.schemas import items, members
from pdn_sdk.standards.loader import all_standards
from pdn_sdk.standards.search import checked_search
from pdn_sdk.standards.synthetic import records
from pdn_sdk.standards.validation import violations
from pdn_sdk.storage.sql import RecordStore
from pdn_sdk.wire.model import RawSearch

STANDARDS = [s for s in all_standards() if any(d.projection for d in s.datasets)]
DATASETS = [d for s in STANDARDS for d in s.datasets if d.projection]
EXAMPLES = [
    pytest.param(s.datasets[0], json.loads(p.read_text("utf-8")), id=p.stem)
    for s in STANDARDS
    for p in sorted((s.folder / "examples/projection").glob("*.json"))
]
S1 = next(s for s in STANDARDS if s.key == "s1").datasets[0]
GOODS = "bienesInmuebles.valorAdquisicion"


@pytest.mark.parametrize(("dataset", "example"), EXAMPLES)
def test_a_privacy_rule_hides_what_its_example_says(dataset, example):
    shown = [path for rule, path in withheld(dataset, example["in"])]

    assert projected(dataset, example["in"]) == example["out"]
    assert set(example["hides"]) <= set(shown)
    assert violations(dataset, example["out"]) == []


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_privacy_rule_has_an_example(dataset):
    shown = {example.values[1]["rule"] for example in EXAMPLES}

    assert {rule.id for rule in dataset.projection.rules} == shown


@pytest.mark.parametrize("dataset", DATASETS)
def test_what_is_public_is_public_again(dataset):
    for record in records(dataset, 150, seed=3):
        public = projected(dataset, record)

        assert projected(dataset, public) == public
        assert withheld(dataset, public) == []
        assert violations(dataset, public) == []


def leaves(schema, path=""):
    below = members(schema)
    item = items(schema)
    if not below and item is None:
        yield path
    for name, child in below.items():
        yield from leaves(child, f"{path}.{name}" if path else name)
    if item is not None:
        yield from leaves(item, f"{path}[]")


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_member_is_public_or_a_rule_says_why_not(dataset):
    rules = dataset.projection.rules
    hidden = tuple(h for r in rules for h in r.hides)
    names = {n for r in rules for n in r.names}

    silent = [
        path
        for path in set(leaves(dataset.schema)) - publishable(dataset)
        if path not in hidden
        and not path.startswith(
            tuple(f"{h}{end}" for h in hidden for end in (".", "[]"))
        )
        and path.rpartition(".")[2] not in names
    ]

    assert silent == []


def _store(tmp_path, *found, publish_reserved=False):
    store = RecordStore.open(
        tmp_path / "records.db", [S1], publish_reserved=publish_reserved
    )
    with store.load(S1) as load:
        for record in found:
            load.put(record)
    return store


def _example(rule):
    return next(e.values[1]["in"] for e in EXAMPLES if e.values[1]["rule"] == rule)


def _total(store, value, *, reserved=False):
    query = {"bienesInmuebles": {"valorAdquisicion": {"min": value, "max": value}}}
    search = checked_search(S1, RawSearch(1, 5, query))
    return store.find(S1, search, reserved=reserved).total


def test_a_good_that_is_hidden_is_not_found_by_its_value(tmp_path):
    record = _example("R15")
    goods = record["declaracion"]["situacionPatrimonial"]["bienesInmuebles"]
    goods["bienInmueble"][1]["valorAdquisicion"]["valor"] = 7_654_321

    store = _store(tmp_path, record, publish_reserved=True)

    assert _total(store, 900_000) == 1
    assert _total(store, 7_654_321) == _total(store, 7_654_321, reserved=True) == 0


def test_what_is_hidden_is_shown_only_with_consent_and_permission(tmp_path):
    store = _store(tmp_path, _example("R01"), publish_reserved=True)
    search = checked_search(S1, RawSearch(1, 1))

    ordinary = store.find(S1, search).documents[0]
    permitted = store.find(S1, search, reserved=True).documents[0]

    assert b"PELJ800101HASRPN09" not in ordinary
    assert b"PELJ800101HASRPN09" in permitted


def test_what_was_stored_by_mistake_is_not_served(tmp_path):
    store = _store(tmp_path, _example("R01"))
    spoiled = orjson.dumps(_example("R01"))
    with store._connections.writing() as connection:
        connection.execute(
            'UPDATE "declaraciones:documents" SET public = ?', (spoiled,)
        )

    (served,) = store.find(S1, checked_search(S1, RawSearch(1, 1))).documents

    assert b"PELJ800101HASRPN09" not in served
