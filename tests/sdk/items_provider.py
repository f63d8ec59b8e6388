"""A provider of S3 v2 in this process, and PDN's wrapper as it calls it."""

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pdn_sdk.provider.access import issue
from pdn_sdk.provider.app import create_provider
from pdn_sdk.provider.credentials import CredentialStore
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards import loader
from pdn_sdk.storage.sql import RecordStore

STANDARD = loader.get("s3v2")
GRAVES = "faltas_administrativas_graves"

SETTINGS = """
[provider]
name = "Proveedor de pruebas"
standards = ["s3v2"]
database = "data/provider.db"
publish_reserved = {reserved}
access_log = false
"""


@dataclass
class Served:
    """A provider and its tokens: the ordinary one and that of the reserved data."""

    app: object
    token: str
    reserved: str

    def get(self, path, *, token=None, method="GET", scheme="Bearer"):
        token = self.token if token is None else token
        headers = {"Authorization": f"{scheme} {token}"} if token else {}
        return self.app.test_client().open(path, method=method, headers=headers)


def serve(folder: Path, collections, *, reserved=False) -> Served:
    """Load records by collection and serve them."""
    text = SETTINGS.format(reserved=str(reserved).lower())
    (folder / "provider.toml").write_text(text, encoding="utf-8")
    settings = ProviderSettings.load(folder, {})
    settings.database.parent.mkdir(parents=True, exist_ok=True)
    store = RecordStore.open(
        settings.database, STANDARD.datasets, publish_reserved=reserved
    )
    for key, records in collections.items():
        with store.load(STANDARD.dataset(key)) as load:
            for record in records:
                load.put(record)
    store.close()
    credentials = CredentialStore.open(settings.credentials)
    tokens = [
        issue(credentials, "PDN", [STANDARD]).token,
        issue(credentials, "Autoridad", [STANDARD], reserved=True).token,
    ]
    credentials.close()
    return Served(create_provider(settings), *tokens)


def wrapped(served, collection, *, page=1, limit=10, filter_=None, exclude_null=False):
    """Call and read as PDN's wrapper does; give what it answers to PDN."""
    fields = "*,!*.{null}" if exclude_null else "*.*.*"
    address = (
        f"/items/{collection}?fields={quote(fields)}&meta=*"
        f"&limit={limit}&offset={(page - 1) * limit}"
    )
    if filter_ is not None:
        text = filter_ if isinstance(filter_, str) else json.dumps(filter_)
        address += f"&filter={quote(text)}"
    answer = served.get(address)
    body = answer.get_json()
    if answer.status_code != 200:
        return {"success": False, "error": body["errors"][0]["message"]}
    assert isinstance(body["data"], list)
    total = body.get("meta", {}).get("filter_count", 0)
    pages = -(-total // limit)
    pagination = {"page": page, "totalItems": total, "totalPages": pages}
    return {"success": True, "data": body["data"], "pagination": pagination}
