"""The provider with a fault in it, as a WSGI application.

The fault stands between the caller and the provider, which does not know of it.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from pdn_sdk.errors import ConfigurationError
from pdn_sdk.practice import faults_of
from pdn_sdk.practice.items import ALL_FAULTS
from pdn_sdk.practice.items import planting as items
from pdn_sdk.practice.items.served import bent as bent_items
from pdn_sdk.practice.planting import Fault, Good, Record, is_search
from pdn_sdk.practice.terms import ALL_TERMS, Terms
from pdn_sdk.practice.wire import (
    Answered,
    Asked,
    Serve,
    SilenceError,
    as_application,
    refusal,
    through,
)
from pdn_sdk.standards.model import Operator, Standard
from pdn_sdk.standards.paths import first_at, values_at

HEADER = "x-pdn-practica"
NOTICE = "Esta API falla a proposito; no publique datos con ella"
"""What every answer says, in the letters that a header may hold."""

PAGE = 200
MOST_PAGES = 25
SILENCE_S = 60.0
"""Longer than any caller waits; shorter than the life of a course."""

AnyFault = Fault | items.Fault

_DEVELOPMENT = "development"
_log = logging.getLogger(__name__)


def practicable(standard: Standard) -> list[AnyFault]:
    """Give the faults that can be planted in a running provider of a standard.

    Those about what stands in front of a provider in production cannot.
    """
    return [f for f in planted_in(standard) if f.environment == _DEVELOPMENT]


def planted_in(standard: Standard) -> list[AnyFault]:
    """Give every fault of the table for a standard; none where it has no table."""
    if standard.key == items.STANDARD.key:
        return list(ALL_FAULTS)
    found = next((t for t in ALL_TERMS if t.standard.key == standard.key), None)
    return list(faults_of(found)) if found else []


def fault_named(standard: Standard, name: str) -> AnyFault:
    """Give a fault by its name.

    Raises: ConfigurationError where there is none.
    """
    fault = next((f for f in practicable(standard) if f.name == name), None)
    if fault is None:
        raise ConfigurationError(
            f"No hay una falla de práctica «{name}» para «{standard.key}». Véalas con: "
            "pdn serve --list-faults"
        )
    return fault


def faulty(
    app: Any, standard: Standard, fault: AnyFault, credential: Mapping[str, str]
) -> Any:
    """Give the application of a provider with a fault in it.

    `credential` is one of the provider's own, with which the fault lets in whom
    it should not; a provider of items has a `token`, and another that is `reserved`.
    What is learnt of the data is learnt at the first request, so
    that nothing is open when the server forks.
    """
    _log.warning("Práctica: falla sembrada %s.", fault.name)
    serve = through(app)
    if isinstance(fault, items.Fault):
        return as_application(
            _Planted(partial(bent_items, serve, fault, credential)).answer
        )
    terms = next(t for t in ALL_TERMS if t.standard.key == standard.key)
    learn = partial(_learnt, serve, terms, fault, credential)
    return as_application(_Planted(learn).answer)


class _Planted:
    """The provider behind its fault. Safe among threads."""

    def __init__(self, learn: Callable[[], Serve]) -> None:
        self._learn = learn
        self._lock = threading.Lock()
        self._bent: Serve | None = None

    def answer(self, asked: Asked) -> Answered:
        """Answer with the fault, late where it is late, and say that it is one."""
        serve = self._learnt()
        try:
            answered = serve(asked)
        except SilenceError:
            time.sleep(SILENCE_S)
            answered = refusal(504)
        time.sleep(answered.late_s)
        headers = {k: v for k, v in answered.headers.items() if k != "content-length"}
        return replace(answered, headers={**headers, HEADER: NOTICE})

    def _learnt(self) -> Serve:
        with self._lock:
            if self._bent is None:
                self._bent = self._learn()
            return self._bent


def _learnt(
    serve: Serve, terms: Terms, fault: Fault, credential: Mapping[str, str]
) -> Serve:
    good = Good(serve, credential, {})
    seen = served(good, terms)
    good = replace(good, texts=_texts(seen, terms))
    return bent(fault, good, seen, terms)


def bent(fault: Fault, good: Good, seen: Sequence[Record], terms: Terms) -> Serve:
    """Give the way to ask a good provider with a fault in it.

    `seen` are the records that it serves: one that the fault spoils shows in the
    place of the good one, wherever that is.
    """
    spoiled = _spoiled(seen, fault, terms.dataset.identity)

    def serve(asked: Asked) -> Answered:
        answered = fault.bend(asked, good)
        if not spoiled or not is_search(asked) or not answered.results:
            return answered
        ids = [str(first_at(r, terms.dataset.identity)) for r in answered.results]
        page = zip(ids, answered.results, strict=True)
        return answered.listing([spoiled.get(i, record) for i, record in page])

    return serve


def served(good: Good, terms: Terms) -> list[Record]:
    """Walk the first pages of the provider, as its callers do."""
    endpoint = next(e for e in terms.dataset.endpoints if e.method == "POST")
    found: list[Record] = []
    for page in range(1, MOST_PAGES + 1):
        asked = Asked("POST", endpoint.path, "", {}, b"")
        results = good.admit(asked.sending({"page": page, "pageSize": PAGE})).results
        found += results
        if len(results) < PAGE:
            break
    return found


def _texts(seen: Iterable[Record], terms: Terms) -> dict[str, frozenset[str]]:
    """Give every text of each text filter."""
    return {
        f.name: frozenset(
            v for r in seen for v in values_at(r, f.path) if isinstance(v, str)
        )
        for f in terms.filters(Operator.CONTAINS)
    }


def _spoiled(seen: Sequence[Record], fault: Fault, identity: str) -> dict[str, Record]:
    """Give what a fault of the data changes, by the id of the record it spoils.

    None where there are fewer records than it needs.
    """
    try:
        changed = fault.records([*seen])
    except IndexError:
        return {}
    pairs = zip(seen, changed, strict=False)
    return {
        str(first_at(before, identity)): after
        for before, after in pairs
        if before != after
    }
