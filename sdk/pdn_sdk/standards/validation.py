"""A record held against its standard: everything that is wrong with it.

The Rust validator answers first, and only yes or no; the details are worked
out for the records that fail. Imports the model, paths, folding and wording.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import jsonschema_rs

from pdn_sdk.errors import InvalidStandardError
from pdn_sdk.standards.declared.cases import Test, any_case
from pdn_sdk.standards.declared.projection import projected
from pdn_sdk.standards.declared.schemas import items, members
from pdn_sdk.standards.declared.tidying import Tidier
from pdn_sdk.standards.load_rules import (
    Check,
    detail_check,
    has_wrong_text,
    load_check,
    repeated_check,
    text_check,
)
from pdn_sdk.standards.model import CodedText, Dataset, LoadRule
from pdn_sdk.standards.paths import (
    Trie,
    all_at,
    first_at,
    trie,
    without,
    without_all,
    written,
)
from pdn_sdk.standards.wording import Place, Violation, not_json, told

__all__ = ["Violation", "advice", "load_violations", "prepare", "public", "violations"]


def violations(dataset: Dataset, record: object) -> list[Violation]:
    """Give every fault of a record against its schema, formats included."""
    compiled = _compiled(dataset)
    try:
        if compiled.validator_of(record).is_valid(record):
            return []
        return compiled.explained(record)
    except ValueError:
        # Halves of a letter, hundreds of levels: Python holds them, JSON does not.
        return [not_json()]


def load_violations(dataset: Dataset, record: object) -> list[Violation]:
    """Give every fault that keeps a record from being loaded.

    Those of the schema, of the dataset's load rules, and catalogue texts that
    belong to another key. What follows from a schema fault is not said twice.
    """
    compiled = _compiled(dataset)
    return _all_faults(dataset, record, mistold=compiled.has_wrong_text(record))


def _all_faults(dataset: Dataset, record: object, *, mistold: bool) -> list[Violation]:
    """Give every fault; `mistold` where some key may have the text of another."""
    compiled = _compiled(dataset)
    found = violations(dataset, record)
    checks = compiled.checks
    if mistold:
        checks = (*checks, *compiled.text_checks)
    for check in checks:
        for violation in check(record):
            if not _is_covered(violation, found):
                found.append(violation)
    return found


def advice(dataset: Dataset, record: object) -> list[Violation]:
    """Give what a record should mend although it can be loaded as it is."""
    return [v for check in _compiled(dataset).advising for v in check(record)]


def public(dataset: Dataset, record: object) -> object:
    """Give the record without what is reserved; the one given is not changed."""
    if dataset.projection is not None:
        return projected(dataset, record)
    record = without_all(record, _reserved(dataset))
    for path, is_exempt in _exemptions(dataset):
        if not is_exempt(record):
            record = without(record, path)
    return record


@lru_cache(maxsize=256)
def _reserved(dataset: Dataset) -> Trie:
    return trie(dataset.reserved)


@lru_cache(maxsize=256)
def _exemptions(dataset: Dataset) -> Sequence[tuple[str, Test]]:
    return [(e.path, any_case(e.when)) for e in dataset.reserved_unless]


def prepare(dataset: Dataset, record: Mapping[str, object]) -> dict[str, object]:
    """Give the record as it is published; the one given is not changed.

    Nulls and optional members without content are left out, defaults are put,
    a list of catalogue keys loses what it repeats, and a key gets its official
    text; a text that is the official one of another key stays, for
    `load_violations` to report.
    """
    tidier = _compiled(dataset).tidier
    prepared = tidier.tidy_copy(record)
    tidier.complete(prepared)
    return prepared


def prepare_own(
    dataset: Dataset, record: dict[str, object], *, is_tidy: bool
) -> tuple[dict[str, object], list[Violation]]:
    """Prepare a record that nobody else has, and give its `load_violations`.

    The way of every row of a load: the record given may be changed. It `is_tidy`
    where it surely has no null and nothing optional without content.
    """
    tidier = _compiled(dataset).tidier
    if not is_tidy:
        record = tidier.tidied(record)
    mistold = tidier.complete(record)
    return record, _all_faults(dataset, record, mistold=mistold)


class _Compiled:
    """What is worked out once for each dataset."""

    def __init__(self, dataset: Dataset) -> None:
        variants = dataset.variants
        try:
            self._validator = _validator(dataset.schema)
            self._variant = variants.path if variants else ""
            self._validators: Mapping[object, jsonschema_rs.Validator] = {
                value: _validator(schema)
                for value, schema in (variants.schemas if variants else {}).items()
            }
        except ValueError as error:
            raise InvalidStandardError(
                f"El esquema de «{dataset.key}» no es un JSON Schema válido: {error}."
            ) from error
        self._schema = dataset.schema
        self.texts: Sequence[tuple[CodedText, dict[object, str]]] = [
            (coded, {e.key: e.text for e in dataset.catalogs[coded.catalog]})
            for coded in dataset.coded_texts
        ]
        self._keys_of_texts = {
            f"{coded.path}.{coded.key}": {text: key for key, text in texts.items()}
            for coded, texts in self.texts
        }
        self.checks: Sequence[Check] = [
            _rule(dataset, r) for r in dataset.load_rules if r.rejects
        ]
        self.text_checks: Sequence[Check] = [
            text_check(coded, texts) for coded, texts in self.texts
        ]
        self.tidier = Tidier(dataset, self.texts)
        self._coded_items = all_at([coded.path for coded, _ in self.texts])
        self._are_wrong = [has_wrong_text(coded, texts) for coded, texts in self.texts]
        self.advising: Sequence[Check] = [
            *(_rule(dataset, r) for r in dataset.load_rules if not r.rejects),
            *(detail_check(coded, t) for coded, t in self.texts if coded.detail),
            *(repeated_check(c) for c, _ in self.texts if c.path.endswith("[]")),
        ]

    def has_wrong_text(self, record: object) -> bool:
        """Tell whether some key has the text of another."""
        return any(self._are_wrong[n](item) for n, item in self._coded_items(record))

    def validator_of(self, record: object) -> jsonschema_rs.Validator:
        """Give the validator of the record's own variant."""
        if not self._validators:
            return self._validator
        value = first_at(record, self._variant)
        known = isinstance(value, str) and self._validators.get(value)
        return known or self._validator

    def explained(self, record: object) -> list[Violation]:
        """Put every error of the validator in words, in the schema's order."""
        errors = list(self.validator_of(record).iter_errors(record))
        mistyped = {tuple(e.instance_path) for e in errors if e.kind.name == "type"}
        found = [
            self._violation(error)
            for error in errors
            # A value of the wrong type breaks its other rules as well.
            if error.kind.name == "type" or tuple(error.instance_path) not in mistyped
        ]
        order = list(_mapping(self._schema.get("properties")))
        return sorted(found, key=lambda v: _rank(v.path, order))

    def _violation(self, error: jsonschema_rs.ValidationError) -> Violation:
        details = error.kind.as_dict()
        where, received = list(error.instance_path), error.instance
        if error.kind.name == "required":
            where, received = [*where, details["property"]], None
        path = written(where)
        place = Place(
            path,
            received,
            str(_mapping(self._at(where)).get("description", "")),
            self._keys_of_texts.get(re.sub(r"\[\d+\]", "[]", path)),
        )
        return told(error.kind.name, details, place)

    def _at(self, where: Sequence[str | int]) -> object:
        node: object = self._schema
        for step in where:
            inside = _mapping(node)
            is_item = isinstance(step, int)
            node = items(inside) if is_item else members(inside).get(str(step))
        return node


def _validator(schema: Mapping[str, object]) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(dict(schema), validate_formats=True)


def _rule(dataset: Dataset, rule: LoadRule) -> Check:
    return load_check(rule, dataset.catalogs)


@lru_cache(maxsize=256)
def _compiled(dataset: Dataset) -> _Compiled:
    return _Compiled(dataset)


def _is_covered(violation: Violation, found: Sequence[Violation]) -> bool:
    """Tell whether a fault at the same place, or of what holds it, says it."""
    return any(
        v.path == violation.path
        or (v.rule in {"type", "required"} and _is_within(violation.path, v.path))
        for v in found
    )


def _is_within(path: str, outer: str) -> bool:
    return not outer or path.startswith((f"{outer}.", f"{outer}["))


def _rank(path: str, order: Sequence[str]) -> tuple[int, str]:
    name = re.split(r"[.\[]", path, maxsplit=1)[0]
    return (order.index(name) if name in order else len(order)), path


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
