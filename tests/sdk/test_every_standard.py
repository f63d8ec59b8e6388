"""Every folder is whole, and each of its examples is a test."""

import json
import re

import pytest

from pdn_sdk.standards.declared.schemas import items, members
from pdn_sdk.standards.loader import all_standards
from pdn_sdk.standards.model import Operator
from pdn_sdk.standards.paths import steps, values_at
from pdn_sdk.standards.synthetic import records
from pdn_sdk.standards.validation import advice, load_violations, prepare

STANDARDS = all_standards()
DATASETS = [
    pytest.param(dataset, id=f"{standard.key}/{dataset.key}")
    for standard in STANDARDS
    for dataset in standard.datasets
]
# Members of published extensions, which the schema leaves open.
EXTENSIONS = {"additionalContactPoints", "beneficialOwners", "clarificationMeetings"}
LONG_LIST = 100
KEYWORDS = ("type", "required", "enum", "maxLength", "minimum", "uniqueItems", "format")


def examples(kind):
    """Every example; those of a standard with many datasets lie in their folders."""
    for standard in STANDARDS:
        for path in sorted((standard.folder / "examples" / kind).rglob("*.json")):
            keys = [d.key for d in standard.datasets]
            key = path.parent.name if path.parent.name in keys else keys[0]
            yield pytest.param(
                standard.dataset(key),
                json.loads(path.read_text(encoding="utf-8")),
                id=f"{standard.key}/{path.stem}",
            )


def place(schema, path):
    """The part of a schema where a path leads, or None."""
    for step in steps(path):
        is_item = step.startswith("[")
        schema = items(schema) if is_item else members(schema).get(step)
        if schema is None:
            return None
    return schema


def is_placed(dataset, path):
    """Tell whether every place that a path names is in the schema."""
    if path.startswith("*."):
        return any(p.endswith(path[1:]) for p, _ in places(dataset.schema))
    return all(
        any(place(dataset.schema, start + one) for start in starts(dataset, one))
        for one in path.split("|")
    )


def starts(dataset, path):
    """Where a path may start: at the record, or at the scope of some rule."""
    yield ""
    scopes = {r.scope for r in dataset.load_rules if path in "|".join(r.paths)}
    yield from (f"{scope}." for scope in scopes if scope)


def keywords_in(schema):
    if isinstance(schema, dict):
        yield from schema
        for value in schema.values():
            yield from keywords_in(value)


@pytest.mark.parametrize(("dataset", "record"), list(examples("valid")))
def test_valid_example_is_accepted(dataset, record):
    assert load_violations(dataset, record) == []


@pytest.mark.parametrize(("dataset", "record"), list(examples("valid")))
def test_valid_example_stays_valid_when_prepared(dataset, record):
    prepared = prepare(dataset, record)

    assert load_violations(dataset, prepared) == []
    assert prepare(dataset, prepared) == prepared


@pytest.mark.parametrize(("dataset", "example"), list(examples("invalid")))
def test_invalid_example_breaks_its_one_rule(dataset, example):
    found = load_violations(dataset, example["record"])

    assert [(v.rule, v.path) for v in found] == [(example["breaks"], example["path"])]
    assert all((v.expected, v.message, v.fix) for v in found)


@pytest.mark.parametrize(("dataset", "example"), list(examples("advised")))
def test_advised_example_is_accepted_and_could_be_better(dataset, example):
    found = advice(dataset, example["record"])

    assert load_violations(dataset, example["record"]) == []
    assert [(v.rule, v.path) for v in found] == [(example["breaks"], example["path"])]
    assert all((v.expected, v.message, v.fix) for v in found)


@pytest.mark.parametrize(("dataset", "record"), list(examples("valid")))
def test_valid_example_needs_no_advice(dataset, record):
    assert advice(dataset, record) == []


def broken_by(standard, kind):
    folder = standard.folder / "examples" / kind
    documents = [json.loads(p.read_text("utf-8")) for p in folder.rglob("*.json")]
    return {document["breaks"] for document in documents}


@pytest.mark.parametrize("standard", STANDARDS, ids=lambda s: s.key)
def test_every_rule_has_an_invalid_example(standard):
    every = [rule for d in standard.datasets for rule in d.load_rules]
    rejecting = {rule.id for rule in every if rule.rejects}
    asked = {k for d in standard.datasets for k in keywords_in(d.schema)} & {*KEYWORDS}

    assert rejecting | asked <= broken_by(standard, "invalid")
    assert {r.id for r in every if not r.rejects} <= broken_by(standard, "advised")


@pytest.mark.parametrize("dataset", DATASETS)
def test_what_a_dataset_names_is_in_its_schema(dataset):
    exemptions = [*dataset.reserved_unless, *dataset.leniently_reserved]
    named = [
        dataset.identity,
        dataset.captured_at,
        *(f.path for f in dataset.filters if f.operator is not Operator.IGNORED),
        *(s.path for s in dataset.sort_fields),
        *dataset.reserved,
        *dataset.institution.members.values(),
        *dataset.defaults,
        *(p for r in dataset.load_rules if r.kind != "absent" for p in r.paths),
        *(p for r in dataset.load_rules if not r.scope for c in r.when for p in c.some),
        *(e.path for e in exemptions),
        *(p for e in exemptions for c in e.when for p in c.some),
        *(
            f"{c.path}.{member}"
            for c in dataset.coded_texts
            for member in (c.key, c.text)
        ),
        *dataset.synthetic.get("fields", {}),
        *dataset.synthetic.get("presence", {}),
    ]

    extra = {e["name"] for e in dataset.synthetic.get("extra", ())} | EXTENSIONS
    named = [path for path in named if extra.isdisjoint(steps(path))]

    assert [path for path in named if not is_placed(dataset, path)] == []


@pytest.mark.parametrize("dataset", DATASETS)
def test_catalogues_are_the_lists_of_the_schema(dataset):
    for coded in dataset.coded_texts:
        keys = [entry.key for entry in dataset.catalogs[coded.catalog]]
        texts = [entry.text for entry in dataset.catalogs[coded.catalog]]
        of_key = place(dataset.schema, f"{coded.path}.{coded.key}")
        of_text = place(dataset.schema, f"{coded.path}.{coded.text}")

        assert keys == of_key.get("enum", keys)
        assert texts == of_text.get("enum", texts)


def _alone(value):
    return value if isinstance(value, str | int) else None


def places(schema, path=""):
    """Every path of a schema with what is said of it."""
    for name, child in members(schema).items():
        inside = f"{path}.{name}" if path else name
        yield inside, child
        yield from places(child, inside)
        yield from places(items(child) or {}, f"{inside}[]")


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_thousand_invented_records_reach_every_branch_and_value(dataset):
    invented = list(records(dataset, 1_000))
    hidden = tuple(f"{path}." for path in dataset.unpublished)
    asked = {
        path: {value for value in child.get("enum", ()) if value is not None}
        for path, child in places(dataset.schema)
        if not f"{path}.".startswith(hidden)
    }
    seen = {p: [v for r in invented for v in values_at(r, p)] for p in asked}

    assert [path for path, values in seen.items() if not values] == []
    # A list as long as that of currencies is reached by all its places together.
    found = {
        p: {_alone(v) for q, same in asked.items() if same == listed for v in seen[q]}
        if len(listed) > LONG_LIST
        else {*map(_alone, seen[p])}
        for p, listed in asked.items()
    }
    assert [path for path, listed in asked.items() if listed - found[path]] == []


@pytest.mark.parametrize("dataset", DATASETS)
def test_invented_records_need_no_preparation_and_no_advice(dataset):
    for record in records(dataset, 200, seed=7):
        assert prepare(dataset, record) == record
        assert advice(dataset, record) == []


@pytest.mark.parametrize("dataset", DATASETS)
def test_search_limits_hold_together(dataset):
    assert 1 <= dataset.default_page_size <= dataset.max_page_size
    assert dataset.endpoint("search") is not None
    assert dataset.endpoint("nothing") is None


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_member_of_the_schema_is_described(dataset):
    def undescribed(schema, path=""):
        for name, child in schema.get("properties", {}).items():
            if not child.get("description"):
                yield f"{path}{name}"
            yield from undescribed(child, f"{path}{name}.")
            yield from undescribed(child.get("items", {}), f"{path}{name}[].")

    assert list(undescribed(dataset.schema)) == []


@pytest.mark.parametrize("standard", STANDARDS, ids=lambda s: s.key)
def test_requirements_are_numbered_without_gaps(standard):
    ids = [requirement.id for requirement in standard.requirements]

    assert ids == [f"{standard.key.upper()}-{n:03}" for n in range(1, len(ids) + 1)]


@pytest.mark.parametrize(
    "requirement",
    [r for standard in STANDARDS for r in standard.requirements],
    ids=lambda r: r.id,
)
def test_a_requirement_tells_what_where_and_how(requirement):
    assert re.fullmatch(r"[A-ZÁÉÍÓÚÑa-z$_{].{20,200}\.", requirement.sentence)
    assert re.search(r"OAS #/|OCDS[, ]|T-|PDNMX/|RFC |OWASP", requirement.source)
    assert len(requirement.fix) > 20
    assert requirement.fix.endswith(".")
    assert set(requirement.profiles) <= {"spec", "pdn", "pilot"}


@pytest.mark.parametrize("standard", STANDARDS, ids=lambda s: s.key)
def test_places_that_a_requirement_speaks_of_are_in_a_record(standard):
    named = [path for r in standard.requirements for path in r.about]

    assert [
        path
        for path in named
        if not any(is_placed(dataset, path) for dataset in standard.datasets)
    ] == []


def test_a_known_deviation_of_the_pilots_only_warns_there():
    requirement = next(
        r for s in STANDARDS for r in s.requirements if "pilot" in r.profiles
    )

    assert requirement.level_in("pilot") == "should"
    assert requirement.level_in("pdn") == requirement.level == "must"
