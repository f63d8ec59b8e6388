"""A person's own headers → the mapping that they probably mean.

What institutions call their columns is data of each standard (`mapping.toml` in
its folder). A proposal says how sure it is, and never hides what it lacks.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import islice
from typing import Any

from pdn_sdk.collation import fold
from pdn_sdk.ingest.contract import SourceRow, Table
from pdn_sdk.ingest.mapping import values
from pdn_sdk.ingest.mapping.codes import Catalog
from pdn_sdk.ingest.mapping.fields import Field, Kind, fields
from pdn_sdk.ingest.mapping.fills import codes_in
from pdn_sdk.ingest.mapping.values import UnreadableError
from pdn_sdk.ingest.tables import LEVELS
from pdn_sdk.standards.model import Dataset, Standard

STUDIED_ROWS = 2_000
SURE, LIKELY = 0.95, 0.78
# However well its values fit, a likely name gives way to the very name.
NEARLY = 0.99
_FILLERS = frozenset({"de", "del", "la", "el", "los", "las", "o", "y", "en", "que"}) | {
    "publico",
    "publica",
    "servidor",
    "servidora",
    "datos",
}


@dataclass(frozen=True, slots=True)
class Hints:
    """What a standard's folder knows of the columns of institutions."""

    synonyms: Mapping[str, Sequence[str]] = field(default_factory=dict)
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    identifies: Sequence[str] = ()
    full_name: Sequence[Mapping[str, Any]] = ()
    ambiguous: Sequence[Mapping[str, Any]] = ()
    companions: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def of(cls, standard: Standard, dataset: Dataset) -> "Hints":
        """Read the hints of a dataset; none where the standard has no such file."""
        path = standard.folder / "mapping.toml"
        if not path.is_file():
            return cls()
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls(**data.get(dataset.key, {}))

    @property
    def headers(self) -> frozenset[str]:
        """Every header that is known."""
        listed = [t for texts in self.synonyms.values() for t in texts]
        listed += [t for names in self.full_name for t in names["columns"]]
        return frozenset(listed)


@dataclass(frozen=True, slots=True)
class Match:
    """A column and the field that it probably fills; "" where none does.

    `untranslated` counts the texts that the field's catalogue does not know; `doubt`
    says what a word of the column may mean, where nothing tells which.
    """

    header: str
    path: str
    confidence: float
    sample: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    untranslated: Mapping[str, int] = field(default_factory=dict)
    split: Mapping[str, Any] | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The columns with their fields, and how required fields without one are filled."""

    dataset: Dataset
    matches: tuple[Match, ...]
    filled: Mapping[str, object]
    missing: tuple[str, ...]

    @property
    def paths(self) -> frozenset[str]:
        """Fields that some column fills."""
        return frozenset(_filled_by(self.matches))


def propose(
    table: Table, dataset: Dataset, hints: Hints, *, institution: str = ""
) -> Proposal:
    """Propose a mapping from a table's headers and first rows.

    `institution` fills the institution's name where no column has it.
    """
    rows = list(islice(table, STUDIED_ROWS))
    study = _Study(dataset, hints, table.headers, rows)
    matches = study.matches()
    found = set(_filled_by(matches))
    filled = _fillings(dataset, hints, matches, found, institution)
    missing = [
        f.path
        for f in fields(dataset).values()
        if f.required and f.path not in found | set(filled)
    ]
    return Proposal(dataset, matches, filled, tuple(missing))


def _filled_by(matches: Iterable[Match]) -> Iterable[str]:
    for match in matches:
        yield from match.split["into"] if match.split else [match.path]


def _fillings(
    dataset: Dataset,
    hints: Hints,
    matches: Sequence[Match],
    found: set[str],
    institution: str,
) -> dict[str, object]:
    """Fill what a record must have and no column says."""
    filled: dict[str, object] = {}
    by_path = {path: m.header for m in matches for path in _filled_by([m])}
    name = dataset.institution.members.get(dataset.institution.name, "")
    if name and name not in found and institution:
        filled[name] = {"value": institution}
    if dataset.captured_at not in found:
        filled[dataset.captured_at] = {"from": "file_date"}
    if dataset.identity not in found:
        columns = [by_path[p] for p in hints.identifies if p in by_path]
        if columns:
            filled[dataset.identity] = {"hash": list(dict.fromkeys(columns))}
    for companion in hints.companions:
        header, fillings = by_path.get(companion["of"]), companion["fields"]
        if header and not {*found, *filled} & set(fillings):
            filled |= {p: _beside(header, by_path, how) for p, how in fillings.items()}
    return filled


def _beside(header: str, by_path: Mapping[str, str], how: object) -> object:
    """Give how a field is filled that goes with a column: a table copies one."""
    if not isinstance(how, dict):
        return {"value": how, "when": header}
    copied = by_path.get(how["as"], header) if "as" in how else header
    return {"column": copied} | {k: v for k, v in how.items() if k != "as"}


class _Study:
    """Headers and values held against the fields of a dataset."""

    def __init__(
        self,
        dataset: Dataset,
        hints: Hints,
        headers: Sequence[str],
        rows: Sequence[SourceRow],
    ) -> None:
        self._dataset = dataset
        self._hints = hints
        self._headers = headers
        self._fields = fields(dataset)
        self._columns = [self._values(rows, i) for i in range(len(headers))]

    def _values(self, rows: Sequence[SourceRow], index: int) -> list[str]:
        cells = [row.cells[index] for row in rows if index < len(row.cells)]
        return [text for cell in cells if (text := values.text(cell))]

    def matches(self) -> tuple[Match, ...]:
        """Give the best field of each column, no field twice."""
        scored = sorted(
            (
                (self._score(i, found), -i, found.path)
                for i in range(len(self._headers))
                for found in self._fields.values()
                if self._headers[i]
            ),
            reverse=True,
        )
        taken: dict[int, tuple[float, str]] = {}
        splits = dict(self._splits())
        used = {path for split in splits.values() for path in split["into"]}
        for score, negative, path in scored:
            index = -negative
            if score < LIKELY or index in taken or index in splits or path in used:
                continue
            taken[index] = (score, path)
            used.add(path)
        return tuple(
            self._match(i, *taken.get(i, (0.0, "")), splits.get(i))
            for i, header in enumerate(self._headers)
            if header
        )

    def _splits(self) -> Iterable[tuple[int, Mapping[str, Any]]]:
        """Find columns with a whole name, where no column has its parts."""
        parts = [self._headers[i] for i in range(len(self._headers))]
        for split in self._hints.full_name:
            surname = split["into"][1]
            if any(self._likeness(h, self._fields[surname]) >= SURE for h in parts):
                continue
            known = {_plain(c) for c in split["columns"]}
            for index, header in enumerate(self._headers):
                if _plain(header) in known:
                    yield index, split
                    break

    def _score(self, index: int, found: Field) -> float:
        header = self._headers[index]
        likeness = self._likeness(header, found)
        evidence = self._evidence(self._columns[index], found)
        if evidence is None:
            return likeness
        # Values that fit raise a doubtful header; values that do not, lower it.
        if likeness < 0.5:
            return 0.0
        if not evidence and found.coded and likeness >= SURE:
            # Whoever gives a column that very name writes the list in other words.
            return LIKELY
        if not evidence:
            return likeness * 0.75
        return max(likeness, min(NEARLY, likeness + 0.15))

    def _likeness(self, header: str, found: Field) -> float:
        group, _, last = header.rpartition(LEVELS)
        prefix = self._prefix(group)
        if prefix and not found.path.startswith(prefix):
            return 0.0
        names = [found.path, *self._hints.synonyms.get(found.path, ())]
        if prefix:
            twin = found.path.removeprefix(prefix + ".")
            names += [twin, *self._hints.synonyms.get(twin, ())]
        if found.path == header:
            return 1.0
        return max(_likeness(_plain(last), _plain(name)) for name in names)

    def _prefix(self, group: str) -> str:
        plain = _plain(group)
        for prefix, titles in self._hints.groups.items():
            if plain and plain in {_plain(t) for t in titles}:
                return prefix
        return ""

    def _evidence(self, texts: Sequence[str], found: Field) -> bool | None:
        """Tell whether the values fit the field; None where they say nothing."""
        pattern = self._hints.patterns.get(found.path)
        if not texts:
            return None
        if pattern:
            fit = sum(bool(re.fullmatch(pattern, t.upper())) for t in texts)
            return fit * 2 > len(texts)
        if found.kind in (Kind.DATE, Kind.DATE_TIME):
            return sum(map(_is_date, texts)) * 2 > len(texts)
        if found.coded is not None:
            known, _ = self._codes(texts, found)
            return sum(known.values()) * 2 > len(texts)
        if found.kind is Kind.INTEGER:
            return sum(t.isdigit() for t in texts) * 2 > len(texts)
        return None

    def _codes(
        self, texts: Sequence[str], found: Field
    ) -> tuple[Counter[str], Counter[str]]:
        """Count the parts of the cells that the catalogue knows, and the others."""
        if found.coded is None:
            return Counter(), Counter()
        own = self._hints.values.get(found.path, {})
        catalog = Catalog(
            self._dataset, found.coded, {fold(k): v for k, v in own.items()}
        )
        known: Counter[str] = Counter()
        unknown: Counter[str] = Counter()
        for text, times in Counter(texts).items():
            for part in codes_in(text, catalog.find):
                try:
                    catalog.find(part)
                except UnreadableError:
                    unknown[part] += times
                else:
                    known[part] += times
        return known, unknown

    def _match(
        self, index: int, score: float, path: str, split: Mapping[str, Any] | None
    ) -> Match:
        texts = self._columns[index]
        words: Iterable[str] = texts
        unknown: Counter[str] = Counter()
        if path and self._fields[path].coded:
            words, unknown = self._codes(texts, self._fields[path])
        folded = set(map(fold, words))
        used = self._own_words(path, folded)
        doubt = self._told_apart(path, folded, used)
        return Match(
            header=self._headers[index],
            path="" if split else path,
            confidence=SURE if split else min(score, LIKELY) if doubt else score,
            sample=texts[0] if texts else "",
            values=used,
            untranslated=dict(unknown.most_common()),
            split=split,
            doubt=doubt,
        )

    def _own_words(self, path: str, texts: set[str]) -> dict[str, object]:
        """Give the words of a column that are known to stand for others."""
        own = self._hints.values.get(path, {})
        return {k: v for k, v in own.items() if fold(k) in texts}

    def _told_apart(self, path: str, texts: set[str], used: dict[str, object]) -> str:
        """Settle what ambiguous words mean by those beside them; say what cannot be."""
        for case in self._hints.ambiguous:
            if case["field"] != path or fold(case["word"]) not in texts:
                continue
            means = [
                meaning["means"]
                for meaning in case["meanings"]
                if texts.intersection(map(fold, meaning["beside"]))
            ]
            used.pop(case["word"], None)
            if len(means) != 1:
                doubt: str = case["doubt"]
                return doubt
            used[case["word"]] = means[0]
        return ""


def _is_date(text: str) -> bool:
    try:
        return values.day(text) is not None
    except UnreadableError:
        return False


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    words = re.sub(r"[^\wñ]+", " ", fold(text)).split()
    kept = [word for word in words if word not in _FILLERS]
    return " ".join(kept or words)


@lru_cache(maxsize=65_536)
def _likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    return SequenceMatcher(None, one, other).ratio() if one and other else 0.0
