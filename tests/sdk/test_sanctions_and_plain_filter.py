"""Queries of S3 v1.1: the store answers as a plain filter of what is public."""

from dataclasses import dataclass
from functools import cache

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdn_sdk.collation import fold as fold_now
from pdn_sdk.collation import sort_key
from pdn_sdk.standards.loader import get
from pdn_sdk.standards.model import Dataset, Operator
from pdn_sdk.standards.paths import first_at, values_at
from pdn_sdk.standards.search import checked_search
from pdn_sdk.standards.synthetic import records
from pdn_sdk.standards.validation import public
from pdn_sdk.storage.sql import RecordStore
from pdn_sdk.wire.model import RawSearch

COUNT = 90
EACH = 50
NONE = "qzxwkvj"
fold = cache(fold_now)


@dataclass(frozen=True, eq=False)
class Held:
    """A store, and the same records as anybody may see them."""

    dataset: Dataset
    store: RecordStore
    shown: list
    whole: list


@pytest.fixture(scope="module", params=["s3s", "s3p"])
def held(request, new_place):
    [dataset] = get(request.param).datasets
    whole = list(records(dataset, COUNT, seed=11))
    store = RecordStore.open(new_place(), [dataset])
    with store.load(dataset) as load:
        for record in whole:
            load.put(record)
    yield Held(dataset, store, [public(dataset, r) for r in whole], whole)
    store.close()


@cache
def texts(held, path):
    return sorted({v for r in held.whole for v in values_at(r, path) if v}) or [NONE]


def written(text, way, cut):
    """Write a value as somebody might: whole, a part, other case, more blanks."""
    start = cut % len(text)
    ways = (text, text.upper(), text.lower(), text[start:], text[: start + 1])
    return (*ways, f"  {text} ".replace(" ", "  "), text + NONE)[way]


def value_of(draw, held, declared):
    if declared.operator is Operator.ANY_OF:
        keys = [entry.key for entry in held.dataset.catalogs[declared.catalog]]
        return draw(st.lists(st.sampled_from(keys), max_size=3))
    if declared.catalog:
        return draw(st.sampled_from(["F", "M", "f", "m", " "]))
    if declared.operator is Operator.IGNORED:
        return "XAXX010101000"
    text = draw(st.sampled_from(texts(held, declared.path)))
    return written(text, draw(st.integers(0, 6)), draw(st.integers(0, 40)))


def asked(draw, held):
    dataset = held.dataset
    names = draw(st.lists(st.sampled_from(dataset.filters), max_size=3, unique=True))
    sorts = [s.name for s in dataset.sort_fields]
    sort = draw(
        st.dictionaries(st.sampled_from(sorts), st.sampled_from(["asc", "desc"]))
    )
    return RawSearch(
        page=draw(st.integers(1, 4)),
        page_size=draw(st.integers(1, 60)),
        query={f.name: value_of(draw, held, f) for f in names},
        sort=tuple(sort.items()),
    )


def matches(record, declared, value):
    found = list(values_at(record, declared.path))
    match declared.operator:
        case Operator.CONTAINS:
            return any(fold(value) in fold(text) for text in found)
        case Operator.EQUALS:
            return any(fold(value) == fold(text) for text in found)
        case Operator.IDENTITY:
            return value in found
        case _:
            return not set(value).isdisjoint(found)


def naive(held, raw):
    """Filter, order and cut what is public with nothing but Python."""
    filters = held.dataset.filters_by_name
    given_ = {
        filters[name]: value
        for name, value in raw.query.items()
        if filters[name].operator is not Operator.IGNORED
        and (value if isinstance(value, list) else value.strip())
    }
    by_id = {f: v for f, v in given_.items() if f.operator is Operator.IDENTITY}
    wanted = (by_id or given_).items()
    found = [r for r in held.shown if all(matches(r, f, v) for f, v in wanted)]
    if raw.sort:
        found.sort(key=lambda r: r["id"])
    for name, direction in reversed(raw.sort):
        path = held.dataset.sort_fields_by_name[name].path
        found.sort(
            key=lambda r: sort_key(first_at(r, path) or ""),
            reverse=direction == "desc",
        )
    start = (raw.page - 1) * raw.page_size
    return found[start : start + raw.page_size], len(found)


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_store_and_plain_filter_agree_on_what_is_public(held, data):
    for _ in range(EACH):
        raw = asked(data.draw, held)
        expected, total = naive(held, raw)

        page = held.store.find(held.dataset, checked_search(held.dataset, raw))

        assert page.total == total, raw
        assert [orjson.loads(d) for d in page.documents] == expected, raw
