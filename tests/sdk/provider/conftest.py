"""A provider with a few records, a credential, and the ways to call it."""

from dataclasses import replace

import orjson
import pytest

from pdn_sdk.provider.access import issue
from pdn_sdk.provider.app import close_provider, create_provider
from pdn_sdk.provider.credentials import CredentialStore
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards.loader import get
from pdn_sdk.standards.synthetic import records
from pdn_sdk.storage.sql import RecordStore

RFC = "PEPM800101AB1"
CURP = "PEPM800101MDFRRR09"


class Served:
    """A provider in this process, as a caller sees it."""

    def __init__(self, settings, *, reserved=False):
        self.settings = settings
        self.standards = [get(key) for key in settings.standards]
        store = CredentialStore.open(settings.credentials)
        self.issued = issue(store, "pruebas", self.standards, reserved=reserved)
        store.close()
        self.app = create_provider(settings)
        self.client = self.app.test_client()

    @property
    def form(self):
        issued = self.issued
        return {
            "grant_type": "password",
            "username": issued.username,
            "password": issued.password,
            "client_id": issued.client_id,
            "client_secret": issued.client_secret,
        }

    @property
    def basic(self):
        return (self.issued.client_id, self.issued.client_secret)

    def ask_token(self, path="/oauth/token", *, auth=None, **changes):
        form = {k: v for k, v in {**self.form, **changes}.items() if v is not None}
        return self.client.post(path, data=form, auth=auth)

    def token(self):
        return self.ask_token().json["access_token"]

    def headers(self):
        return {"Authorization": f"Bearer {self.token()}"}

    def search(self, body, path="/v1/spic", **headers):
        """Search with a token; bytes go as they are, the rest as JSON."""
        sent = body if isinstance(body, bytes) else orjson.dumps(body)
        return self.client.post(
            path,
            data=sent,
            headers={
                **self.headers(),
                "Content-Type": "application/json",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )

    def total(self, **query):
        return self.search({"query": query}).json["pagination"]["totalRows"]


def settings_in(folder, *, standards=("s2",), **changes):
    """Give the settings of a project in a folder, which keeps no journal."""
    text = '[provider]\nname = "Municipio de Prueba"\nstandards = ["s2"]\n'
    (folder / "provider.toml").write_text(text, encoding="utf-8")
    settings = ProviderSettings.load(folder, {})
    settings.database.parent.mkdir(exist_ok=True)
    return replace(settings, **{"access_log": False, **changes}, standards=standards)


@pytest.fixture
def make_settings(tmp_path):
    def made(**changes):
        return settings_in(tmp_path, **changes)

    return made


def load(settings, count=30, **changes):
    """Load invented records of every standard; `changes` go into each record."""
    datasets = [d for key in settings.standards for d in get(key).datasets]
    store = RecordStore.open(
        settings.database, datasets, publish_reserved=settings.publish_reserved
    )
    for dataset in datasets:
        with store.load(dataset) as loading:
            for record in records(dataset, count):
                loading.put({**record, **changes})
    store.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Give a provider that the tests of a module share, and so leave as it is."""
    settings = settings_in(tmp_path_factory.mktemp("shared"))
    load(settings)
    shared = Served(settings)
    yield shared
    close_provider(shared.app)


@pytest.fixture
def fresh(make_served):
    """Give a provider that one test may change."""
    return make_served()


@pytest.fixture
def make_served(make_settings):
    opened = []

    def made(*, count=30, records=None, reserved=False, **changes):
        settings = make_settings(**changes)
        load(settings, count, **(records or {}))
        opened.append(Served(settings, reserved=reserved))
        return opened[-1]

    yield made
    for served in opened:
        close_provider(served.app)
