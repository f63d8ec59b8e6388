"""The store's answer to any query of contracts is that of a plain Python filter."""

from datetime import datetime

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sdk.contracting.provider import DATASET, good_records

from pdn_sdk.collation import fold, sort_key
from pdn_sdk.standards.search import checked_search
from pdn_sdk.storage.sql import RecordStore
from pdn_sdk.wire.post_query import read_search, write_search

RECORDS = good_records(120)
METHODS = ("open", "selective", "limited", "direct")
STATUSES = ("pending", "active", "cancelled", "unsuccessful")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = RecordStore.open(tmp_path_factory.mktemp("s") / "s6.db", [DATASET])
    with store.load(DATASET) as load:
        for record in RECORDS:
            load.put(record)
    yield store
    store.close()


def awards(record):
    return record.get("awards", [])


def tender(record):
    return record.get("tender", {})


def items(*holders):
    return [i.get("description") for h in holders for i in h.get("items", [])]


def with_role(record, role):
    parties = record.get("parties", [])
    return [p.get("name") for p in parties if role in p.get("roles", [])]


def suppliers(record):
    return [s.get("name") for a in awards(record) for s in a.get("suppliers", [])]


def period(record, end):
    return tender(record).get("tenderPeriod", {}).get(end)


TEXTS = {
    "title": lambda r: [
        *(a.get("title") for a in awards(r)),
        tender(r).get("title"),
        *(c.get("title") for c in r.get("contracts", [])),
    ],
    "buyerName": lambda r: [r.get("buyer", {}).get("name"), *with_role(r, "buyer")],
    "supplierName": lambda r: [*suppliers(r), *with_role(r, "supplier")],
    "itemDescription": lambda r: items(tender(r), *awards(r), *r.get("contracts", [])),
    "awards.title": lambda r: [a.get("title") for a in awards(r)],
    "awards.status": lambda r: [a.get("status") for a in awards(r)],
    "awards.suppliers.name": suppliers,
    "awards.items.description": lambda r: items(*awards(r)),
    "buyer.name": lambda r: [r.get("buyer", {}).get("name")],
    "contracts.title": lambda r: [c.get("title") for c in r.get("contracts", [])],
    "tender.title": lambda r: [tender(r).get("title")],
    "tender.procurementMethod": lambda r: [tender(r).get("procurementMethod")],
    "tender.items.description": lambda r: items(tender(r)),
    "parties.name": lambda r: [p.get("name") for p in r.get("parties", [])],
}
DATES = {
    "tenderStartDate": "startDate",
    "tenderEndDate": "endDate",
    "tender.tenderPeriod.startDate": "startDate",
    "tender.tenderPeriod.endDate": "endDate",
}


def is_on_its_side(record, name, wanted):
    text = period(record, DATES[name])
    if text is None:
        return False
    mine, theirs = datetime.fromisoformat(text), datetime.fromisoformat(wanted)
    return mine >= theirs if DATES[name] == "startDate" else mine <= theirs


VALUES = {
    "procurementMethod": lambda r: [tender(r).get("procurementMethod")],
    "awardStatus": lambda r: [a.get("status") for a in awards(r)],
    "parties.roles": lambda r: [
        role for p in r.get("parties", []) for role in p.get("roles", [])
    ],
    "numberOfTenderers": lambda r: [tender(r).get("numberOfTenderers")],
}


def holds(record, name, wanted):
    if name in TEXTS:
        return any(fold(wanted) in fold(t) for t in TEXTS[name](record) if t)
    if name in DATES:
        return is_on_its_side(record, name, wanted)
    if name in VALUES and wanted != []:
        listed = wanted if isinstance(wanted, list) else [wanted]
        return any(value in listed for value in VALUES[name](record))
    return True


def naive(query):
    kept = [
        r
        for r in RECORDS
        if all(holds(r, name, wanted) for name, wanted in query.items())
    ]
    wanted = query.get("ocid")
    if wanted is None:
        return kept
    is_whole = any(fold(wanted) == fold(r["ocid"]) for r in RECORDS)
    return [
        r
        for r in kept
        if (fold(r["ocid"]) == fold(wanted) if is_whole else wanted in fold(r["ocid"]))
    ]


def first_title(record):
    titles = [a.get("title") for a in awards(record)[:1]] + [
        tender(record).get("title")
    ]
    return next((t for t in titles if t), "")


ORDERS = {
    "title": first_title,
    "buyerName": lambda r: r.get("buyer", {}).get("name", ""),
}


def parts_of(values):
    """Words, pieces and whole values that some records have, and one that none."""
    texts = sorted({t for r in RECORDS for t in values(r) if t})
    whole = st.sampled_from(texts)
    piece = whole.flatmap(
        lambda t: st.tuples(
            st.integers(0, len(t) - 1), st.integers(1, 12), st.booleans()
        ).map(lambda c: (t[c[0] : c[0] + c[1]].strip() or t).swapcase() if c[2] else t)
    )
    return st.one_of(whole, piece, st.just("qzx"))


def some_dates(end):
    texts = sorted({period(r, end) for r in RECORDS if period(r, end)})
    return st.sampled_from([*texts, "2023-01-01T00:00:00+09:00"])


ocids = st.sampled_from([r["ocid"] for r in RECORDS])
queries = st.fixed_dictionaries(
    {},
    optional={
        **{name: parts_of(values) for name, values in TEXTS.items()},
        **{name: some_dates(end) for name, end in DATES.items()},
        "procurementMethod": st.lists(st.sampled_from(METHODS), max_size=3),
        "awardStatus": st.lists(st.sampled_from(STATUSES), max_size=3),
        "parties.roles": st.sampled_from(["buyer", "tenderer", "funder", "buy"]),
        "numberOfTenderers": st.integers(3, 10),
        "ocid": st.one_of(ocids, ocids.map(lambda o: o[-3:]), st.just("00000")),
        "desconocido": st.just(1),
    },
)
# Three filters at most, so that most queries find something.
few = st.tuples(queries, st.randoms(use_true_random=False)).map(
    lambda drawn: {
        name: drawn[0][name]
        for name in drawn[1].sample(sorted(drawn[0]), min(3, len(drawn[0])))
    }
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=st.lists(few, min_size=20, max_size=20))
def test_store_and_plain_filter_agree_on_contracts(store, asked):
    for query in asked:
        body = orjson.dumps(write_search(page_size=200, query=query))

        page = store.find(DATASET, checked_search(DATASET, read_search(body)))

        expected = {r["ocid"] for r in naive(query)}
        assert {orjson.loads(d)["ocid"] for d in page.documents} == expected, query
        assert page.total == len(expected)


@pytest.mark.parametrize("way", ["asc", "desc"])
@pytest.mark.parametrize("name", sorted(ORDERS))
def test_contracts_come_in_spanish_order_ties_by_ocid(store, name, way):
    body = orjson.dumps(write_search(page_size=200, sort={name: way}))
    found = store.find(DATASET, checked_search(DATASET, read_search(body)))

    expected = sorted(RECORDS, key=lambda r: r["ocid"])
    expected.sort(key=lambda r: sort_key(ORDERS[name](r)), reverse=way == "desc")

    ocids_found = [orjson.loads(d)["ocid"] for d in found.documents]
    assert ocids_found == [r["ocid"] for r in expected]
