"""What is tried of each standard: its faults, its variants, its good provider."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from tests.sdk import test_benign_variants as benign
from tests.sdk import test_items_benign as items_benign
from tests.sdk.faults import items_good, items_rehearsal
from tests.sdk.faults.good import Provider, good_records
from tests.sdk.faults.rehearsal import Run, rehearse

from pdn_sdk.conformance.plan import DEEP
from pdn_sdk.conformance.target import Options
from pdn_sdk.practice import faults_of, is_alike
from pdn_sdk.practice.items import ALL_FAULTS
from pdn_sdk.practice.items import planting as items
from pdn_sdk.practice.terms import ALL_TERMS, S2, Terms


@dataclass(frozen=True)
class Trial:
    """One provider put to the test.

    `check` is the one that must find something; where there is none, `warned`
    are the only ones that may.
    """

    name: str
    run: Callable[[], Run]
    check: str = ""
    warned: frozenset[str] = frozenset()

    def wrong(self) -> str:
        """Run the suite; say what the suite got wrong, or nothing."""
        run = self.run()
        if self.check:
            caught = any(found.startswith(self.check) for found in run.departures)
            return "" if caught else f"{self.check} no la vio"
        unfair = sorted({*run.failed} | {*run.departures} - self.warned)
        return ", ".join(unfair)


RECORDS = 300
LONG = {"s1", "s6"}
"""Those whose records are long to load and to judge: a fault meets its check alone."""


def trials(key: str) -> list[Trial]:
    """Give what is tried of a standard, always in the same order."""
    return list(SYSTEMS[key]())


def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="pdn-mutants-"))


_PROVIDERS: dict[str, Provider] = {}


def _provider(terms: Terms) -> Provider:
    """Give the good provider of a standard: one for each process."""
    key = terms.standard.key
    if key not in _PROVIDERS:
        _PROVIDERS[key] = _made(terms)
    return _PROVIDERS[key]


def _made(terms: Terms) -> Provider:
    return Provider(_folder(), good_records(RECORDS, terms), terms)


def _bent(terms: Terms, one: Any, options: Options, target: Any = None) -> Run:
    """Run the suite against the good provider, bent as a fault or a variant says."""
    provider = _provider(terms)
    if terms.standard.key not in LONG or isinstance(one, benign.Variant):
        if one.records is not list:
            provider = Provider(_folder(), one.records(provider.records), terms)
        one = replace(one, records=list)
    return rehearse(
        terms.standard,
        replace(provider.target(one.base), **(target or {})),
        options,
        provider.bent(one),
    )


def _post_query(terms: Terms) -> Iterator[Trial]:
    for fault in faults_of(terms):
        # What has nothing to do with the standard is told apart once, in S2.
        is_deep = fault.check.startswith(DEEP)
        alone = (terms is not S2 and is_alike(fault)) or terms.standard.key in LONG
        options = Options(
            environment=fault.environment,
            only=frozenset({fault.check} if alone or is_deep else ()),
            deep=is_deep,
        )
        yield Trial(
            fault.name, lambda f=fault, o=options: _bent(terms, f, o), fault.check
        )
    same = benign.Variant("el proveedor bueno")
    for variant in (same, *benign.variants(terms)):
        token = {"token_url": f"{variant.base}{variant.token_path}"}
        yield Trial(
            variant.name,
            lambda v=variant, t=token: _bent(terms, v, Options(), t),
            warned=variant.warned,
        )


@cache
def _items_provider() -> items_good.Provider:
    return items_good.Provider(_folder())


def _bent_items(fault: items.Fault) -> Run:
    provider = _items_provider()
    return items_rehearsal.rehearse(fault, provider.good(), provider.target(fault.base))


def _items() -> Iterator[Trial]:
    for fault in ALL_FAULTS:
        yield Trial(fault.name, lambda f=fault: _bent_items(f), fault.check)
    for collection in items.STANDARD.datasets:
        same = items.Fault("", "", "", lambda a, g: g.serve(a), collection.key)
        yield Trial("el proveedor bueno", lambda f=same: _bent_items(f))
    for variant in items_benign.VARIANTS:
        bent = items.Fault("", variant.name, "", variant.bend, variant.collection)
        yield Trial(variant.name, lambda f=bent: _bent_items(f), warned=variant.warned)


SYSTEMS: dict[str, Callable[[], Iterator[Trial]]] = dict(
    sorted(
        {
            **{t.standard.key: lambda t=t: _post_query(t) for t in ALL_TERMS},
            "s3v2": _items,
        }.items()
    )
)
