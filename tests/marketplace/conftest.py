"""A marketplace of each test's own, and people to walk through it."""

import re
import shutil
from datetime import UTC, datetime

import pytest

from pdn_marketplace.accounts import service
from pdn_marketplace.app import create_app
from pdn_marketplace.catalog.seed import seed_catalog
from pdn_marketplace.config import Config, create_keys
from pdn_marketplace.db import Database
from pdn_marketplace.security import Role

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
PASSWORD = "once tortugas bajo la luna"
PEOPLE = {
    Role.CONTRIBUTOR: "ana@ejemplo.gob.mx",
    Role.REVIEWER: "beto@sesna.gob.mx",
    Role.ADMINISTRATOR: "carla@sesna.gob.mx",
}


@pytest.fixture(scope="session")
def seeded_folder(tmp_path_factory):
    """A data folder with keys, tables, the catalogue and one person of each role."""
    folder = tmp_path_factory.mktemp("seeded")
    create_keys(folder)
    database = Database(f"sqlite:///{folder}/marketplace.db")
    database.migrate()
    with database.transaction() as session:
        seed_catalog(session, NOW)
        for role, email in PEOPLE.items():
            service.add_user(
                session,
                NOW,
                email=email,
                name=email.partition("@")[0].title(),
                organization=f"Institución de {role}",
                role=role,
                password=PASSWORD,
            )
    database.close()
    return folder


@pytest.fixture
def environ(seeded_folder, tmp_path):
    """The settings of a marketplace whose data folder is a copy of the seeded one."""
    data = tmp_path / "data"
    shutil.copytree(seeded_folder, data)
    return {
        "PDN_MARKETPLACE_DATA": str(data),
        "PDN_MARKETPLACE_RATE_LIMITS": "0",
        "PDN_MARKETPLACE_SECOND_FACTOR": "0",
        "PDN_MARKETPLACE_ALLOW_PRIVATE_TARGETS": "1",
    }


@pytest.fixture
def config(environ):
    return Config.load(environ)


@pytest.fixture
def database(config):
    found = Database(config.database_url)
    yield found
    found.close()


@pytest.fixture
def app(config):
    site = create_app(config)
    yield site
    site.extensions["pdn_database"].close()


@pytest.fixture
def visitor(app):
    """A browser where nobody is signed in; it keeps its cookies."""
    return Browser(app.test_client())


@pytest.fixture
def signed_in(app):
    """Give a browser where the person of a role is signed in."""

    def browser(role):
        fresh = Browser(app.test_client())
        answer = fresh.sign_in(PEOPLE[role])
        assert answer.status_code == 302
        return fresh

    return browser


class Browser:
    """A test client that fills the hidden token of a form as a browser does."""

    def __init__(self, client):
        self.client = client
        self.get = client.get
        self.post = client.post

    def token(self, page="/cuenta/entrar"):
        text = self.client.get(page).get_data(as_text=True)
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text).group(1)

    def send(self, path, data=None, *, page="/", **kwargs):
        """Send a form of `page` to `path`, with its token."""
        fields = {"csrf_token": self.token(page), **(data or {})}
        return self.client.post(path, data=fields, **kwargs)

    def sign_in(self, email, password=PASSWORD, target=""):
        path = f"/cuenta/entrar?next={target}" if target else "/cuenta/entrar"
        return self.send(path, {"email": email, "password": password})
