"""A good provider of declarations: the product's own, in this process."""

import json
from pathlib import Path
from typing import Any

from pdn_sdk.conformance.target import Target
from pdn_sdk.practice.wire import Answered, Asked, remembering, through
from pdn_sdk.provider.app import create_provider
from pdn_sdk.provider.credentials import CredentialStore
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards import loader
from pdn_sdk.standards.synthetic import records as synthetic
from pdn_sdk.storage.sql import RecordStore

STANDARD = loader.get("s1")
DATASET = STANDARD.datasets[0]
SEARCH, TOKEN = "/v2/declaraciones", "/oauth/token"
COUNT = 90
SETTINGS = """
[provider]
name = "Municipio de Ejemplo"
standards = ["s1"]
database = "data/provider.db"
access_log = false
"""

Record = dict[str, Any]


def examples(kind: str) -> list[dict[str, Any]]:
    """Give the examples of a kind."""
    folder = STANDARD.folder / "examples" / kind
    return [json.loads(p.read_text("utf-8")) for p in sorted(folder.glob("*.json"))]


class Provider:
    """A provider with some records and a credential."""

    def __init__(self, folder: Path, count: int = COUNT) -> None:
        """Load invented records."""
        (folder / "provider.toml").write_text(SETTINGS, encoding="utf-8")
        settings = ProviderSettings.load(folder, {})
        settings.database.parent.mkdir(parents=True, exist_ok=True)
        store = RecordStore.open(settings.database, STANDARD.datasets)
        with store.load(DATASET) as load:
            for record in synthetic(DATASET, count, seed=4):
                load.put(record)
        store.close()
        scope = [STANDARD.security.scope]
        issued = CredentialStore.open(settings.credentials).add("pruebas", scope)
        self.credential = {
            "client_id": issued.client_id,
            "client_secret": issued.client_secret,
            "username": issued.username,
            "password": issued.password,
        }
        self.serve = remembering(through(create_provider(settings)))

    def target(self) -> Target:
        """Give what the suite needs to know."""
        base = "http://127.0.0.1"
        return Target("s1", base, token_url=f"{base}{TOKEN}", **self.credential)

    def ask_token(self, **members: str) -> Answered:
        """Ask for a token as PDN's clients do: a form, and Basic as well."""
        form = {"grant_type": "password", **self.credential, **members}
        asked = Asked("POST", TOKEN, "", {}, b"").filling(form)
        return self.serve(asked)

    def ask(self, body: Any) -> Answered:
        """Search with a valid token."""
        token = self.ask_token().json["access_token"]
        asked = Asked("POST", SEARCH, "", {}, b"").sending(body)
        return self.serve(asked.authorized(f"Bearer {token}"))
