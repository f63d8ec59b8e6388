"""A record held against its standard: everything that is wrong with it.

The Rust validator answers first, and only yes or no; the details are worked
out for the records that fail. Imports the model, paths, folding and wording.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import jsonschema_rs
import orjson

from pdn_sdk.collation import fold
from pdn_sdk.errors import InvalidStandardError
from pdn_sdk.standards.declared.cases import Test, any_case
from pdn_sdk.standards.declared.projection import projected
from pdn_sdk.standards.declared.schemas import branches, items, members
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
    put,
    trie,
    values_at,
    without,
    without_all,
    written,
)
from pdn_sdk.standards.wording import Place, Violation, not_json, told

_Members = Mapping[str, tuple[bool, "_Members"]]
"""Name of a member → whether it is required, and the members inside it."""

_UNKNOWN: tuple[bool, _Members] = (False, {})

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
    compiled = _compiled(dataset)
    prepared = compiled.tidy_copy(record)
    if prepared is None:
        prepared = _tidied(record, compiled.members, dataset.internal)
    compiled.complete(prepared)
    return prepared


def prepare_own(
    dataset: Dataset, record: dict[str, object], *, is_tidy: bool
) -> tuple[dict[str, object], list[Violation]]:
    """Prepare a record that nobody else has, and give its `load_violations`.

    The way of every row of a load: the record given may be changed. It `is_tidy`
    where it surely has no null and nothing optional without content.
    """
    compiled = _compiled(dataset)
    if not is_tidy and not compiled.is_tidy(_as_json(record)):
        record = _tidied(record, compiled.members, dataset.internal)
    mistold = compiled.complete(record)
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
        self.members = _members(dataset.schema)
        self._untidy = _untidy(dataset.internal)
        # Where something is put inside, what is inside is copied as well.
        self._is_flat = not dataset.coded_texts and not any(
            "." in path for path in dataset.defaults
        )
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
        paths = [coded.path for coded, _ in self.texts]
        lists = [path.removesuffix("[]") for path in paths if path.endswith("[]")]
        self._coded = all_at([*paths, *lists])
        defaults = dataset.defaults.items()
        self._outer_defaults = {p: v for p, v in defaults if "." not in p}
        self._inner_defaults = {p: v for p, v in defaults if "." in p}
        self._are_wrong = [has_wrong_text(coded, texts) for coded, texts in self.texts]
        self.advising: Sequence[Check] = [
            *(_rule(dataset, r) for r in dataset.load_rules if not r.rejects),
            *(detail_check(coded, t) for coded, t in self.texts if coded.detail),
            *(repeated_check(c) for c, _ in self.texts if c.path.endswith("[]")),
        ]

    def tidy_copy(self, record: Mapping[str, object]) -> dict[str, object] | None:
        """Copy, faster than by looking, a record in which there is nothing to tidy.

        A doubt (a text that begins with a blank) is a no: None.
        """
        text = _as_json(record)
        if not self.is_tidy(text):
            return None
        if self._is_flat:
            return dict(record)
        copy: dict[str, object] = orjson.loads(text)
        return copy

    def is_tidy(self, text: bytes) -> bool:
        """Tell whether a record, written as JSON, surely has nothing to tidy."""
        always, beyond_ascii = self._untidy
        if not text or any(map(text.__contains__, always)):
            return False
        return text.isascii() or not any(
            start in text and any(sign in text for sign in signs)
            for start, signs in beyond_ascii.items()
        )

    def complete(self, record: dict[str, object]) -> bool:
        """Put what is missing and can be known; drop what a list of keys repeats.

        Tell whether some key is left with the text of another.
        """
        self._put_defaults(record)
        mistold = False
        lists: list[list[object]] = []
        for n, found in self._coded(record):
            if n >= len(self.texts):
                if isinstance(found, list) and len(found) > 1:
                    lists.append(found)
            elif isinstance(found, dict):
                coded, texts = self.texts[n]
                mistold |= _give_text(found, coded, texts)
        for listed in lists:
            listed[:] = _unlike(listed)
        return mistold

    def _put_defaults(self, record: dict[str, object]) -> None:
        for name, value in self._outer_defaults.items():
            record.setdefault(name, value)
        for path, value in self._inner_defaults.items():
            if any(True for _ in values_at(record, path.rpartition(".")[0])):
                _put_missing(record, path, value)

    def has_wrong_text(self, record: object) -> bool:
        """Tell whether some key has the text of another."""
        return any(
            self._are_wrong[n](item)
            for n, item in self._coded(record)
            if n < len(self.texts)
        )

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


def _members(schema: Mapping[str, object]) -> _Members:
    """Give the members of an object, or of the items of an array."""
    item = items(schema)
    if item is not None:
        return _members(item)
    required = {name for b in branches(schema) for name in b.get("required", ())}
    return {
        name: (name in required, _members(child))
        for name, child in members(schema).items()
    }


_AS_IT_IS = (
    orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)
"""What JSON would hold as something else is not written at all."""


def _as_json(record: Mapping[str, object]) -> bytes:
    """Write a record as it is; nothing where JSON would hold it as another."""
    try:
        return orjson.dumps(record, option=_AS_IT_IS)
    except TypeError:
        return b""


def _untidy(
    internal: frozenset[str],
) -> tuple[Sequence[bytes], Mapping[bytes, Sequence[bytes]]]:
    """Give what a record has, written as JSON, if there is something to tidy.

    Apart, what only texts beyond ASCII have, by how it begins.
    """
    blanks = ("\xa0", "\x85", "\u1680", "\u202f", "\u205f", "\u3000")
    spaces = (*map(chr, range(0x2000, 0x200B)), "\u2028", "\u2029")
    # A text that begins with a blank of any alphabet may hold nothing else.
    beyond_ascii: dict[bytes, list[bytes]] = {}
    for start in (*blanks, *spaces):
        sign = f'"{start}'.encode()
        beyond_ascii.setdefault(sign[:2], []).append(sign)
    signs = ('""', "null", "[]", "{}", '" ', '"\\', *(f'"{n}":' for n in internal))
    return tuple(map(str.encode, signs)), beyond_ascii


def _tidied(
    node: Mapping[str, object], members: _Members, internal: frozenset[str]
) -> dict[str, object]:
    tidy: dict[str, object] = {}
    for name, value in node.items():
        known = members.get(name)
        if known is None:
            if name in internal:
                continue
            known = _UNKNOWN
        is_required, inside = known
        if isinstance(value, str):
            # The way of nearly every value, so it goes straight.
            if is_required or (value and not value.isspace()):
                tidy[name] = value
            continue
        kept = _kept(value, inside, internal)
        if kept is not None and (is_required or not _says_nothing(kept)):
            tidy[name] = kept
    return tidy


def _kept(value: object, inside: _Members, internal: frozenset[str]) -> object:
    if isinstance(value, dict):
        return _tidied(value, inside, internal)
    if isinstance(value, list):
        items = [_kept(item, inside, internal) for item in value]
        return [item for item in items if not _says_nothing(item)]
    return value


def _says_nothing(value: object) -> bool:
    if isinstance(value, str):
        return not value or value.isspace()
    if isinstance(value, dict):
        # What is required inside stays in an object even if it says nothing.
        return all(map(_says_nothing, value.values()))
    return value is None or value == []


def _unlike(items: Sequence[object]) -> list[object]:
    kept: list[object] = []
    for item in items:
        if item not in kept:
            kept.append(item)
    return kept


def _put_missing(record: dict[str, object], path: str, value: object) -> None:
    if not any(True for _ in values_at(record, path)):
        put(record, path, value)


def _give_text(
    item: dict[str, object], coded: CodedText, texts: Mapping[object, str]
) -> bool:
    """Give a key its official text; tell whether it may keep that of another."""
    key, text = item.get(coded.key), item.get(coded.text)
    if isinstance(key, bool) or not isinstance(key, str | int):
        return True
    official = texts.get(key)
    if official is None or text == official:
        return False
    if text is None:
        item[coded.text] = official
        return False
    if key in coded.free:
        if coded.repeats_text:
            item.setdefault(coded.detail, text)
        return False
    if isinstance(text, str):
        others = {fold(other) for other in texts.values() if other != official}
        if fold(text) not in others:
            item[coded.text] = official
            return False
    return True


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
