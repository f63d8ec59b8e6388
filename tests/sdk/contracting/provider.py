"""A good provider of contracts: the product's own, in this process."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pdn_sdk.conformance.target import Target
from pdn_sdk.practice.wire import Answered, Asked, remembering, through
from pdn_sdk.provider.app import create_provider
from pdn_sdk.provider.credentials import CredentialStore
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards import loader
from pdn_sdk.standards.synthetic import records as synthetic
from pdn_sdk.standards.validation import prepare
from pdn_sdk.storage.sql import RecordStore

STANDARD = loader.get("s6")
DATASET = STANDARD.datasets[0]
SEARCH, TOKEN = "/contrataciones-abiertas", "/oauth/token"
COUNT = 60
TITLES = ("Nuzo", "Ñandú", "Oasis", "Nánchez", "Ñuñoa", "Núñez", "Nube", "Ocaso")
SETTINGS = """
[provider]
name = "Municipio de Ejemplo"
standards = ["s6"]
database = "data/provider.db"
access_log = false
"""

Record = dict[str, Any]


def good_records(count: int = COUNT) -> list[Record]:
    """Give invented contracts, as they are loaded; some titles begin with Ñ."""
    records = [prepare(DATASET, r) for r in synthetic(DATASET, count, seed=4)]
    titled = [r["awards"][0] for r in records if "title" in r.get("awards", [{}])[0]]
    for award, word in zip(titled, TITLES, strict=False):
        award["title"] = f"{word} {award['title']}"
    return records


def examples(kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Give the examples of a kind, by name."""
    folder = STANDARD.folder / "examples" / kind
    return [
        (path.stem, json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*.json"))
    ]


class Provider:
    """A provider with some records and a credential."""

    def __init__(self, folder: Path, records: Iterable[Record]) -> None:
        """Load the records as they are, whatever is wrong with them."""
        (folder / "provider.toml").write_text(SETTINGS, encoding="utf-8")
        settings = ProviderSettings.load(folder, {})
        settings.database.parent.mkdir(parents=True, exist_ok=True)
        store = RecordStore.open(settings.database, STANDARD.datasets)
        with store.load(DATASET) as load:
            for record in records:
                load.put(record)
        store.close()
        issued = CredentialStore.open(settings.credentials).add("pruebas", ["read"])
        self.credential = {
            "client_id": issued.client_id,
            "client_secret": issued.client_secret,
            "username": issued.username,
            "password": issued.password,
        }
        self.app = create_provider(settings)
        self.serve = remembering(through(self.app))

    def target(self) -> Target:
        """Give what the suite needs to know."""
        base = "http://127.0.0.1"
        return Target("s6", base, token_url=f"{base}{TOKEN}", **self.credential)

    def token(self) -> str:
        """Obtain a token as PDN's family of clients does."""
        form = {"grant_type": "password", **self.credential}
        asked = Asked("POST", TOKEN, "", {}, b"").filling(form)
        return str(self.serve(asked).json["access_token"])

    def ask(self, body: Any) -> Answered:
        """Search with a valid token."""
        asked = Asked("POST", SEARCH, "", {}, b"").sending(body)
        return self.serve(asked.authorized(f"Bearer {self.token()}"))
