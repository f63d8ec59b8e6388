"""A record as it is published: without what says nothing, with official texts.

Imports the model, paths and folding.
"""

from collections.abc import Mapping, Sequence

import orjson

from pdn_sdk.collation import fold
from pdn_sdk.standards.declared.schemas import branches, items, members
from pdn_sdk.standards.model import CodedText, Dataset
from pdn_sdk.standards.paths import all_at, put, values_at

_Members = Mapping[str, tuple[bool, "_Members"]]
"""Name of a member → whether it is required, and the members inside it."""

_UNKNOWN: tuple[bool, _Members] = (False, {})

Texts = Sequence[tuple[CodedText, Mapping[object, str]]]
"""Each coded text of a dataset, with the official text of each key."""


class Tidier:
    """Tidies and completes the records of one dataset."""

    def __init__(self, dataset: Dataset, texts: Texts) -> None:
        """Work out once what can be missing, and where the keys are."""
        self._texts = texts
        self._internal = dataset.internal
        self._members = _members(dataset.schema)
        self._untidy = _untidy(dataset.internal)
        # Where something is put inside, what is inside is copied as well.
        self._is_flat = not texts and not any("." in p for p in dataset.defaults)
        paths = [coded.path for coded, _ in texts]
        lists = [path.removesuffix("[]") for path in paths if path.endswith("[]")]
        self._coded = all_at([*paths, *lists])
        defaults = dataset.defaults.items()
        self._outer_defaults = {p: v for p, v in defaults if "." not in p}
        self._inner_defaults = {p: v for p, v in defaults if "." in p}

    def tidy_copy(self, record: Mapping[str, object]) -> dict[str, object]:
        """Copy a record without nulls, and optional members that say nothing."""
        text = _as_json(record)
        if not self._is_tidy(text):
            return _tidied(record, self._members, self._internal)
        if self._is_flat:
            return dict(record)
        copy: dict[str, object] = orjson.loads(text)
        return copy

    def tidied(self, record: dict[str, object]) -> dict[str, object]:
        """Give the record itself where it has nothing to tidy, else a tidy copy."""
        if self._is_tidy(_as_json(record)):
            return record
        return _tidied(record, self._members, self._internal)

    def _is_tidy(self, text: bytes) -> bool:
        """Tell whether a record, written as JSON, surely has nothing to tidy.

        A doubt (a text that begins with a blank) is a no. Faster than looking at
        each member.
        """
        return bool(text) and not any(
            rare in text and mark in text for rare, mark in self._untidy
        )

    def complete(self, record: dict[str, object]) -> bool:
        """Put what is missing and can be known; drop what a list of keys repeats.

        Tell whether some key is left with the text of another.
        """
        self._put_defaults(record)
        mistold = False
        lists: list[list[object]] = []
        for n, found in self._coded(record):
            if n >= len(self._texts):
                if isinstance(found, list) and len(found) > 1:
                    lists.append(found)
            elif isinstance(found, dict):
                coded, texts = self._texts[n]
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


def _untidy(internal: frozenset[str]) -> Sequence[tuple[bytes, bytes]]:
    """Give what a record written as JSON has, if there is something to tidy.

    A text that begins with a blank may hold nothing else; those of other alphabets
    are told by their first byte, which a few letters share. Beside each mark stands
    its rarest byte: one byte is sought many times faster than two.
    """
    begun = (b'"\\', b'" ', b'"\xc2', b'"\xe1', b'"\xe2', b'"\xe3')
    names = (b'"%b":' % name.encode() for name in internal)
    marks = (b'""', b"null", b"[]", b"{}", *begun, *names)
    return [(next((r for r in _RARE if r in mark), mark), mark) for mark in marks]


_RARE = (b"\\", b"_", b"\xc2", b"\xe1", b"\xe2", b"\xe3")


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
