"""What is asked of a record at load, beyond its schema.

Each rule becomes a function from a record to its violations. Imports the model,
paths, folding and wording.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from pdn_sdk.collation import fold
from pdn_sdk.errors import InvalidStandardError
from pdn_sdk.standards.declared.cases import any_case
from pdn_sdk.standards.declared.conditions import KINDS as CONDITIONAL
from pdn_sdk.standards.declared.conditions import conditional
from pdn_sdk.standards.model import CatalogEntry, CodedText, LoadRule
from pdn_sdk.standards.paths import Follow, first_at, following, located, values_at
from pdn_sdk.standards.wording import Violation, listed, shown

OFFICIAL_TEXT = "texto oficial"
"""Rule of a catalogue text that belongs to another key."""

Catalogs = Mapping[str, Sequence[CatalogEntry]]

Check = Callable[[object], Iterator[Violation]]


@lru_cache(maxsize=4096)
def is_placeholder(text: str) -> bool:
    """Tell whether a text only fills a field: blank, `N/A`, `and others."""
    return fold(text) in _placeholders()


@cache
def _placeholders() -> frozenset[str]:
    source = files("pdn_sdk.standards") / "placeholders.txt"
    _, *lines = source.read_text(encoding="utf-8").splitlines()
    return frozenset({"", *map(fold, lines)})


def load_check(rule: LoadRule, catalogs: Catalogs) -> Check:
    """Give the check of a declared rule.

    Raises: InvalidStandardError for a kind of rule that does not exist.
    """
    keys = {entry.key for entry in catalogs.get(rule.catalog, ())}
    among = f"una clave del catálogo {rule.catalog}"
    kinds: Mapping[str, Callable[[LoadRule], Check]] = {
        "one_of": _one_of,
        "not_empty": _not_empty,
        "not_blank": _not_blank,
        "not_negative": _not_negative,
        "pattern": _pattern,
        "in_order": _in_order,
        "at_least": lambda r: _each(r, _is_enough, f"{r.minimum:,.0f} o más"),
        "in_catalog": lambda r: _each(r, lambda _, v: v in keys, among),
        "absent": lambda r: _each(r, lambda *_: False, "nada en ese lugar"),
    }
    if rule.kind in CONDITIONAL:
        return _conditional(rule)
    if rule.kind not in kinds:
        raise InvalidStandardError(
            f"La regla «{rule.id}» es de la clase «{rule.kind}», que no existe. "
            f"Use {listed([*kinds, *CONDITIONAL])}."
        )
    check = kinds[rule.kind](rule)
    if not rule.when:
        return check
    holds = any_case(rule.when)
    return lambda record: check(record) if holds(record) else iter(())


def _ways(rule: LoadRule) -> Sequence[tuple[str, Follow]]:
    return [(path, following(path)) for path in rule.paths]


def _one_of(rule: LoadRule) -> Check:
    expected = f"un dato en {listed([f'«{path}»' for path in rule.paths])}"
    ways = [following(path) for path in rule.paths]

    def check(record: object) -> Iterator[Violation]:
        for follow in ways:
            if not all(map(_is_blank, follow(record))):
                return
        yield _broken(rule, rule.paths[0], None, expected)

    return check


def _not_empty(rule: LoadRule) -> Check:
    ways = _ways(rule)

    def check(record: object) -> Iterator[Violation]:
        for path, follow in ways:
            for value in follow(record):
                if value == []:
                    yield _broken(rule, path, value, "al menos un elemento")

    return check


def _not_blank(rule: LoadRule) -> Check:
    ways = _ways(rule)

    def check(record: object) -> Iterator[Violation]:
        for path, follow in ways:
            for value in follow(record):
                if _is_blank(value):
                    where = next(w for w, v in located(record, path) if v is value)
                    yield _broken(rule, where, value, "un dato real")

    return check


def _not_negative(rule: LoadRule) -> Check:
    ways = _ways(rule)

    def check(record: object) -> Iterator[Violation]:
        for path, follow in ways:
            for value in follow(record):
                if isinstance(value, int | float) and value < 0:
                    where = next(w for w, v in located(record, path) if v is value)
                    yield _broken(rule, where, value, "cero o más")

    return check


def _pattern(rule: LoadRule) -> Check:
    matches = re.compile(rule.pattern).fullmatch
    expected = f"un texto con la forma {rule.pattern}"
    return _each(rule, lambda _, v: not isinstance(v, str) or matches(v), expected)


def _each(
    rule: LoadRule, obeys: Callable[[LoadRule, object], object], expected: str
) -> Check:
    """Check each value on its own."""
    ways = _ways(rule)

    def check(record: object) -> Iterator[Violation]:
        for path, follow in ways:
            for value in follow(record):
                if not obeys(rule, value):
                    where = next(w for w, v in located(record, path) if v is value)
                    yield _broken(rule, where, value, expected)

    return check


def _is_enough(rule: LoadRule, value: object) -> bool:
    return not isinstance(value, int | float) or value >= rule.minimum


def _in_order(rule: LoadRule) -> Check:
    first, second = rule.paths

    def check(record: object) -> Iterator[Violation]:
        earlier, later = first_at(record, first), first_at(record, second)
        # Dates of RFC 3339 compare as texts; what is no date is the schema's.
        if isinstance(earlier, str) and isinstance(later, str) and earlier > later:
            yield _broken(rule, second, later, f"«{earlier}» o después")

    return check


def _conditional(rule: LoadRule) -> Check:
    faults = conditional(rule)

    def check(record: object) -> Iterator[Violation]:
        for where, value, expected in faults(record):
            yield _broken(rule, where, value, expected)

    return check


def has_wrong_text(
    coded: CodedText, texts: Mapping[object, str]
) -> Callable[[object], bool]:
    """Give the test that an item's key has the text of another."""
    tied = _tied(coded, texts)

    def is_wrong(item: object) -> bool:
        if not isinstance(item, dict):
            return False
        key, text = item.get(coded.key), item.get(coded.text)
        # True is 1 and a list cannot be looked up; the schema speaks of both.
        if not isinstance(key, str | int) or text is None or key not in tied:
            return False
        return bool(text != tied[key])

    return is_wrong


def _tied(coded: CodedText, texts: Mapping[object, str]) -> Mapping[object, str]:
    """Give the keys that have one text and no other."""
    return {key: text for key, text in texts.items() if key not in coded.free}


def text_check(coded: CodedText, texts: Mapping[object, str]) -> Check:
    """Give the check that each key has its own official text."""
    tied, is_wrong = _tied(coded, texts), has_wrong_text(coded, texts)

    def check(record: object) -> Iterator[Violation]:
        if any(map(is_wrong, values_at(record, coded.path))):
            for where, item in located(record, coded.path):
                if isinstance(item, dict) and is_wrong(item):
                    yield _mismatch(coded, where, item, tied[item[coded.key]])

    return check


def detail_check(coded: CodedText, texts: Mapping[object, str]) -> Check:
    """Give the check that a key that means "other" says which other."""
    general = {fold(texts[key]) for key in coded.free if key in texts}

    def check(record: object) -> Iterator[Violation]:
        for where, item in located(record, coded.path):
            if not isinstance(item, dict) or item.get(coded.key) not in coded.free:
                continue
            text, detail = item.get(coded.text), item.get(coded.detail)
            says_nothing = _is_blank(text) or fold(str(text)) in general
            if says_nothing and _is_blank(detail):
                yield _vague(coded, where, item)

    return check


def repeated_check(coded: CodedText) -> Check:
    """Give the check that a list has each key once, and no item twice."""
    path = coded.path.removesuffix("[]")

    def check(record: object) -> Iterator[Violation]:
        for where, items in located(record, path):
            seen = [_told_apart(coded, item) for item in _list(items)]
            twice = sorted({str(one) for one in seen if seen.count(one) > 1})
            if twice:
                yield Violation(
                    path=where,
                    rule="clave repetida",
                    received=items,
                    expected="cada clave una sola vez",
                    message=f"«{where}» repite {listed(twice)}.",
                    fix="Deje cada clave una vez, con todo lo que dice de ella.",
                )

    return check


def _told_apart(coded: CodedText, item: object) -> object:
    if not isinstance(item, dict):
        return item
    key = item.get(coded.key)
    return key if key not in coded.free else (key, item.get(coded.text))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _vague(coded: CodedText, where: str, item: Mapping[str, object]) -> Violation:
    path = f"{where}.{coded.text}"
    return Violation(
        path=path,
        rule="otro sin decir cuál",
        received=item.get(coded.text),
        expected="el texto de lo que se trata",
        message=f"«{where}» tiene la clave {shown(item[coded.key])} y no dice cuál es.",
        fix=f"Escriba en «{path}» de qué se trata.",
    )


def _mismatch(
    coded: CodedText, where: str, item: Mapping[str, object], official: str
) -> Violation:
    key, text = shown(item[coded.key]), shown(item[coded.text])
    path = f"{where}.{coded.text}"
    return Violation(
        path=path,
        rule=OFFICIAL_TEXT,
        received=item[coded.text],
        expected=f"«{official}»",
        message=f"«{path}» vale {text}, pero el texto de la clave {key} es otro.",
        fix=f"Escriba «{official}», o cambie la clave si la equivocada es ella.",
    )


def _broken(rule: LoadRule, path: str, value: object, expected: str) -> Violation:
    return Violation(path, rule.id, value, expected, rule.message, rule.fix)


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and is_placeholder(value))
