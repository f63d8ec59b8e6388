"""What is asked of a record at load, beyond its schema.

Each rule becomes a function from a record to its violations. Imports the model,
paths, folding and wording.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain

from pdn_sdk.collation import fold
from pdn_sdk.errors import InvalidStandardError
from pdn_sdk.standards.declared.conditions import KINDS as CONDITIONAL
from pdn_sdk.standards.declared.conditions import conditional
from pdn_sdk.standards.model import CodedText, LoadRule
from pdn_sdk.standards.paths import located, values_at
from pdn_sdk.standards.wording import Violation, listed, shown

OFFICIAL_TEXT = "texto oficial"
"""Rule of a catalogue text that belongs to another key."""

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


def load_check(rule: LoadRule) -> Check:
    """Give the check of a declared rule.

    Raises: InvalidStandardError for a kind of rule that does not exist.
    """
    kinds: Mapping[str, Callable[[LoadRule], Check]] = {
        "one_of": _one_of,
        "not_empty": _not_empty,
        "not_blank": _not_blank,
        "pattern": _pattern,
    }
    if rule.kind in CONDITIONAL:
        return _conditional(rule)
    if rule.kind not in kinds:
        raise InvalidStandardError(
            f"La regla «{rule.id}» es de la clase «{rule.kind}», que no existe. "
            f"Use {listed([*kinds, *CONDITIONAL])}."
        )
    return kinds[rule.kind](rule)


def _one_of(rule: LoadRule) -> Check:
    expected = f"un dato en {listed([f'«{path}»' for path in rule.paths])}"

    def check(record: object) -> Iterator[Violation]:
        values = chain.from_iterable(values_at(record, path) for path in rule.paths)
        if all(_is_blank(value) for value in values):
            yield _broken(rule, rule.paths[0], None, expected)

    return check


def _not_empty(rule: LoadRule) -> Check:
    def check(record: object) -> Iterator[Violation]:
        for path in rule.paths:
            for value in values_at(record, path):
                if value == []:
                    yield _broken(rule, path, value, "al menos un elemento")

    return check


def _not_blank(rule: LoadRule) -> Check:
    def check(record: object) -> Iterator[Violation]:
        for path in rule.paths:
            for value in values_at(record, path):
                if _is_blank(value):
                    where = next(w for w, v in located(record, path) if v is value)
                    yield _broken(rule, where, value, "un dato real")

    return check


def _pattern(rule: LoadRule) -> Check:
    matches = re.compile(rule.pattern).fullmatch
    expected = f"un texto con la forma {rule.pattern}"

    def check(record: object) -> Iterator[Violation]:
        for path in rule.paths:
            for value in values_at(record, path):
                if isinstance(value, str) and not matches(value):
                    where = next(w for w, v in located(record, path) if v is value)
                    yield _broken(rule, where, value, expected)

    return check


def _conditional(rule: LoadRule) -> Check:
    faults = conditional(rule)

    def check(record: object) -> Iterator[Violation]:
        for where, value, expected in faults(record):
            yield _broken(rule, where, value, expected)

    return check


def text_check(coded: CodedText, texts: Mapping[object, str]) -> Check:
    """Give the check that each key has its own official text."""
    tied = {key: text for key, text in texts.items() if key not in coded.free}

    def is_wrong(item: object) -> bool:
        if not isinstance(item, dict):
            return False
        key, text = item.get(coded.key), item.get(coded.text)
        # True is 1 and a list cannot be looked up; the schema speaks of both.
        if not isinstance(key, str | int) or text is None or key not in tied:
            return False
        return bool(text != tied[key])

    def check(record: object) -> Iterator[Violation]:
        if any(map(is_wrong, values_at(record, coded.path))):
            for where, item in located(record, coded.path):
                if isinstance(item, dict) and is_wrong(item):
                    yield _mismatch(coded, where, item, tied[item[coded.key]])

    return check


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
