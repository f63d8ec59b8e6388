"""What a report may never hold, taken out before anything is stored.

Two nets: the secrets of this run, wherever and however they are written, and
the keys and patterns of redaction.toml. Imports nothing of ours.
"""

import base64
import html
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from urllib.parse import quote, quote_plus

import orjson

HIDDEN = "[oculto]"
MARK = "\ue000"
"""Stands at both ends of the name of a secret, where one is to be shown."""
SHORTEST_SECRET = 4
"""A shorter "secret" would blot out ordinary words of the report."""


class Redactor:
    """Hides secrets and personal data in text, headers and bodies."""

    def __init__(
        self, secrets: Mapping[str, str], *, extra_keys: Iterable[str] = ()
    ) -> None:
        """Take the secrets under the names that a curl line shows for them."""
        keys, self._patterns = _rules()
        self._keys = keys | {_plain(key) for key in extra_keys}
        self._loose = _loose_members(self._keys)
        self._named: dict[str, str] = {}
        self._longest_first: tuple[str, ...] = ()
        for name, value in secrets.items():
            self.learn(name, value)

    def learn(self, name: str, value: str) -> None:
        """Hide one more secret from now on, such as a token just issued."""
        if len(value) >= SHORTEST_SECRET:
            # A new dict, because another thread may be reading the old one.
            self._named = {**self._named, **dict.fromkeys(_forms(value), name)}
            self._longest_first = tuple(sorted(self._named, key=len, reverse=True))

    def text(self, text: str) -> str:
        """Hide secrets and personal data in free text."""
        return self._by_pattern(self._by_value(text))

    def marked(self, text: str) -> str:
        """Put the name of each secret of the run, between marks, in its place."""
        for form in self._longest_first:
            text = text.replace(form, f"{MARK}{self._named[form]}{MARK}")
        return text

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Hide the values of secret headers; the scheme of a token stays."""
        return {name: self._header(name, value) for name, value in headers.items()}

    def body(self, body: bytes | str) -> str:
        """Hide in a body: by key and pattern in JSON, by pattern elsewhere."""
        raw = body if isinstance(body, bytes) else body.encode()
        try:
            data = orjson.loads(raw)
        except orjson.JSONDecodeError:
            return self._loosely(raw.decode("utf-8", "replace"))
        return orjson.dumps(self.value(data)).decode()

    def value(self, value: object) -> object:
        """Hide inside a parsed JSON value."""
        if isinstance(value, dict):
            return {k: self._member(k, v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return self.text(value) if isinstance(value, str) else value

    def _member(self, key: str, value: object) -> object:
        if _plain(key) not in self._keys or value in (None, "", [], {}):
            return self.value(value)
        return value if _is_marked(value) else HIDDEN

    def _header(self, name: str, value: str) -> str:
        if _plain(name) not in self._keys:
            return self.text(value)
        scheme, _, rest = value.partition(" ")
        known = rest and scheme.lower() in ("bearer", "basic")
        return f"{scheme} {HIDDEN}" if known else HIDDEN

    def _loosely(self, text: str) -> str:
        return self.text(self._loose.sub(rf"\g<1>{HIDDEN}", text))

    def _by_value(self, text: str) -> str:
        for form in self._longest_first:
            text = text.replace(form, HIDDEN)
        return text

    def _by_pattern(self, text: str) -> str:
        for pattern in self._patterns:
            text = pattern.sub(HIDDEN, text)
        return text


def _is_marked(value: object) -> bool:
    return isinstance(value, str) and value[:1] == value[-1:] == MARK


def _forms(secret: str) -> Iterator[str]:
    """Yield the ways a secret is written: as it is, in URLs, in JSON, in HTML."""
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield orjson.dumps(secret).decode()[1:-1]
    yield json.dumps(secret)[1:-1]
    yield html.escape(secret)
    yield base64.b64encode(secret.encode()).decode()


@lru_cache(maxsize=4096)
def _plain(key: str) -> str:
    return re.sub(r"[\s_-]", "", key).casefold()


@lru_cache(maxsize=1)
def _rules() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    source = files("pdn_sdk.conformance") / "redaction.toml"
    rules = tomllib.loads(source.read_text(encoding="utf-8"))
    return frozenset(rules["keys"]), tuple(map(re.compile, rules["patterns"]))


def _loose_members(keys: Iterable[str]) -> re.Pattern[str]:
    """Match `"key": "value` and `key=value` in text that is not whole JSON."""
    spelled = "|".join("[_-]?".join(map(re.escape, key)) for key in sorted(keys))
    name = rf"(?<![a-z0-9])(?:{spelled})"
    return re.compile(
        rf"({name}(?:\"\s*:\s*\"|=))(?!{MARK})(?:(?<=\")(?:[^\"\\]|\\.)+|(?<==)[^&\s\"]+)",
        re.IGNORECASE,
    )
