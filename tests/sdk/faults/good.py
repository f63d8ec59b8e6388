"""The good provider: the product's own, with data that leave nothing untried."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any, cast

from pdn_sdk.conformance.target import Target
from pdn_sdk.practice.application import bent, served
from pdn_sdk.practice.planting import Fault, Good, Record, putting
from pdn_sdk.practice.terms import S2, Terms
from pdn_sdk.practice.wire import Answered, Asked, Serve, remembering, through
from pdn_sdk.provider.app import create_provider
from pdn_sdk.provider.credentials import CredentialStore
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards.model import Operator
from pdn_sdk.standards.paths import located, steps, values_at, without
from pdn_sdk.standards.synthetic import records as synthetic
from pdn_sdk.standards.validation import prepare
from pdn_sdk.storage.sql import RecordStore

COUNT = 120

NAMES = ("María Guadalupe", "José Luis", "Juana", "Ma. del Carmen", "Íñigo", "PEDRO")
SURNAMES = (
    *("García", "Muñoz", "D'Acosta", "Ñuñez Muñiz", "Nuño", "Nunez", "Nuzo"),
    *("Núñez", "Olmos", "Navarro", "Zúñiga", "Agüero", "Peña", "Ortega"),
)
INSTITUTIONS = (
    "Secretaría de Salud",
    "H. Ayuntamiento de Peñamiller",
    "Instituto de la Mujer (IMM)",
    "Comisión  Estatal del Agua",
    "Universidad Politécnica",
    "Fiscalía General del Estado",
)


def good_records(count: int = COUNT, terms: Terms = S2) -> list[Record]:
    """Give synthetic records with every difficulty that the checks look for."""
    paths = [terms.dataset.sort_fields_by_name[f.name].path for f in terms.names]
    values = {path: cycle(_values(terms, n)) for n, path in enumerate(paths)}
    names = cycle(INSTITUTIONS)
    return [
        _named(terms, record, next(names), {p: next(v) for p, v in values.items()})
        for record in _invented(terms, count)
    ]


def _invented(terms: Terms, count: int) -> Iterable[Record]:
    """Give synthetic records, as they are loaded where the load fills them in."""
    found = synthetic(terms.dataset, count, seed=2)
    if "siglas" in terms.dataset.institution.members:
        return found
    return [prepare(terms.dataset, record) for record in found]


def _values(terms: Terms, place: int) -> tuple[str, ...]:
    """Give what the names of a place are; where there is one, it has them all."""
    if len(terms.names) == 1:
        return (*SURNAMES, *NAMES)
    return (NAMES, SURNAMES, (*SURNAMES[4:], ""))[place]


def _named(
    terms: Terms, record: Record, institution: str, names: Mapping[str, str]
) -> Record:
    members = terms.dataset.institution.members
    for path, value in names.items():
        record = placing(terms, record, path, value)
    if "siglas" not in members:
        # Nothing lists them, and other members of the record repeat the name.
        return record
    for member, path in members.items():
        if member != terms.dataset.institution.name:
            record = cast(Record, without(record, path))
    record = putting(members[terms.dataset.institution.name], institution, record)
    return putting(members["siglas"], "S", record)


def placing(terms: Terms, record: Record, path: str, value: str) -> Record:
    """Put a name where the record has it; leave out a blank that need not be there."""
    if not value and path not in terms.dataset.defaults:
        return cast(Record, without(record, path))
    place = next((place for place, _ in located(record, path)), path)
    if "|" in place:
        return record
    *parents, last = steps(place)
    changed = node = copy.deepcopy(record)
    for step in parents:
        node = node[int(step[1:-1])] if step.startswith("[") else node[step]
    node[last] = value
    return changed


class Provider:
    """A good provider in a folder of its own, ready to have faults planted in it."""

    def __init__(
        self, folder: Path, records: Iterable[Record], terms: Terms = S2
    ) -> None:
        """Load the records and issue the credential."""
        self.records, self.terms = list(records), terms
        standard = terms.standard
        written = SETTINGS.format(key=standard.key)
        (folder / "provider.toml").write_text(written, encoding="utf-8")
        settings = ProviderSettings.load(folder, {})
        settings.database.parent.mkdir(parents=True, exist_ok=True)
        store = RecordStore.open(settings.database, standard.datasets)
        with store.load(terms.dataset) as load:
            for record in self.records:
                load.put(record)
        store.close()
        issued = CredentialStore.open(settings.credentials).add(
            "pruebas", [standard.security.scope]
        )
        self.credential = {
            "client_id": issued.client_id,
            "client_secret": issued.client_secret,
            "username": issued.username,
            "password": issued.password,
        }
        self.app = create_provider(settings)
        self._serve = remembering(through(self.app))
        self._served: list[Record] | None = None

    def good(self) -> Good:
        """Give the provider as faults see it, behind a server with HTTPS."""
        texts = {
            f.name: frozenset(
                v
                for r in self.records
                for v in values_at(r, f.path)
                if isinstance(v, str)
            )
            for f in self.terms.filters(Operator.CONTAINS)
        }
        return Good(self._secure, self.credential, texts)

    def bent(self, fault: Fault) -> Serve:
        """Give the way to ask it with a fault in it; spoilt data show in answers."""
        good = self.good()
        if self._served is None:
            self._served = served(good, self.terms)
        return bent(fault, good, self._served, self.terms)

    def target(self, base: str = "http://127.0.0.1") -> Target:
        """Give what the suite needs to know to put it to the test."""
        credential: Mapping[str, Any] = self.credential
        return Target(
            self.terms.standard.key, base, token_url=f"{base}/oauth/token", **credential
        )

    def _secure(self, asked: Asked) -> Answered:
        answered = self._serve(asked)
        hsts = {"strict-transport-security": "max-age=31536000"}
        return replace(answered, headers={**answered.headers, **hsts})


SETTINGS = """
[provider]
name = "Proveedor de pruebas"
standards = ["{key}"]
database = "data/provider.db"
access_log = false
"""
