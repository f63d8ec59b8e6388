"""The good provider: the product's own, with data that leave nothing untried."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

from pdn_sdk.provider.app import create_provider
from pdn_sdk.provider.credentials import CredentialStore
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards.synthetic import records as synthetic
from pdn_sdk.storage.sql import RecordStore

from pdn_sdk.conformance.target import Target
from pdn_sdk.standards import loader
from pdn_sdk.standards.model import Operator
from pdn_sdk.standards.paths import values_at

from .planting import Good, Record
from .wire import Answered, Asked, remembering, through

STANDARD = loader.get("s2")
DATASET = STANDARD.datasets[0]
COUNT = 300

NAMES = ("María Guadalupe", "José Luis", "Juana", "Ma. del Carmen", "Íñigo", "PEDRO")
SURNAMES = (
    *("García", "Muñoz", "D'Acosta", "Ñuñez Muñiz", "Nuño", "Nunez", "Nuzo"),
    *("Núñez", "Olmos", "Navarro", "Zúñiga", "López", "Peña", "Ortega"),
)
INSTITUTIONS = (
    "Secretaría de Salud",
    "H. Ayuntamiento de Peñamiller",
    "Instituto de la Mujer (IMM)",
    "Comisión  Estatal del Agua",
    "Universidad Politécnica",
    "Fiscalía General del Estado",
)


def good_records(count: int = COUNT) -> list[Record]:
    """Give synthetic records with every difficulty that the checks look for."""
    given, surnames, names = cycle(NAMES), cycle(SURNAMES), cycle(INSTITUTIONS)
    second = cycle((*SURNAMES[4:], ""))
    return [
        {
            **record,
            "nombres": next(given),
            "primerApellido": next(surnames),
            "segundoApellido": next(second),
            "institucionDependencia": {"nombre": next(names), "siglas": "S"},
        }
        for record in synthetic(DATASET, count, seed=2)
    ]


class Provider:
    """A good provider in a folder of its own, ready to have faults planted in it."""

    def __init__(self, folder: Path, records: Iterable[Record]) -> None:
        """Load the records and issue the credential."""
        self.records = list(records)
        (folder / "provider.toml").write_text(SETTINGS, encoding="utf-8")
        settings = ProviderSettings.load(folder, {})
        settings.database.parent.mkdir(parents=True, exist_ok=True)
        store = RecordStore.open(settings.database, STANDARD.datasets)
        with store.load(DATASET) as load:
            for record in self.records:
                load.put(record)
        store.close()
        issued = CredentialStore.open(settings.credentials).add(
            "pruebas", ["read:spic"]
        )
        self.credential = {
            "client_id": issued.client_id,
            "client_secret": issued.client_secret,
            "username": issued.username,
            "password": issued.password,
        }
        self.app = create_provider(settings)
        self._serve = remembering(through(self.app))

    def good(self) -> Good:
        """Give the provider as faults see it, behind a server with HTTPS."""
        texts = {
            f.name: frozenset(
                v
                for r in self.records
                for v in values_at(r, f.path)
                if isinstance(v, str)
            )
            for f in DATASET.filters
            if f.operator is Operator.CONTAINS
        }
        return Good(self._secure, self.credential, texts)

    def target(self, base: str = "http://127.0.0.1") -> Target:
        """Give what the suite needs to know to put it to the test."""
        credential: Mapping[str, Any] = self.credential
        return Target("s2", base, token_url=f"{base}/oauth/token", **credential)

    def _secure(self, asked: Asked) -> Answered:
        answered = self._serve(asked)
        hsts = {"strict-transport-security": "max-age=31536000"}
        return replace(answered, headers={**answered.headers, **hsts})


SETTINGS = """
[provider]
name = "Proveedor de pruebas"
standards = ["s2"]
database = "data/provider.db"
access_log = false
"""
