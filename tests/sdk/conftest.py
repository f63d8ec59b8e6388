from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path

import psutil
import pytest
from tests import servers
from tests.sdk.faults.good import COUNT, Provider, good_records

from pdn_sdk.practice.terms import ALL_TERMS
from pdn_sdk.settings.database import Server, place

LACKS_POSTGRESQL = pytest.mark.skipif(
    servers.postgresql_programs() is None, reason=servers.LACKS_POSTGRESQL
)
NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Give the address of a server that lives as long as the tests."""
    if servers.postgresql_programs() is None:
        pytest.skip(servers.LACKS_POSTGRESQL)
    with servers.postgresql() as address:
        yield address


@pytest.fixture(scope="session")
def new_server(postgresql: str) -> Callable[[], Server]:
    """Give what makes an empty database of PostgreSQL each time it is called."""

    def made() -> Server:
        # What a server takes for the order of texts must make no difference.
        address = servers.new_database(
            postgresql, f"sdk_{next(NUMBERS)}", like="template0", locale="es"
        )
        return place(address, Path(), password="", is_written=False)

    return made


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=LACKS_POSTGRESQL)],
    scope="module",
)
def new_place(request, tmp_path_factory) -> Callable[[], Path | Server]:
    """Give what makes a place without data; each test runs on both engines."""
    if request.param == "sqlite":
        return lambda: tmp_path_factory.mktemp("place") / "datos" / "provider.db"
    return request.getfixturevalue("new_server")


@pytest.fixture(scope="session")
def good_provider(tmp_path_factory):
    """Give the good provider of a standard; each is made once, whatever the order."""
    terms_of = {terms.standard.key: terms for terms in ALL_TERMS}

    @cache
    def made(key, count=COUNT):
        terms = terms_of[key]
        folder = tmp_path_factory.mktemp("good")
        return Provider(folder, good_records(count, terms), terms)

    return made


@pytest.fixture
def born() -> Callable[[], list[psutil.Process]]:
    """Give the processes that the test has started, and no other.

    The process that runs the tests has children of its own: the servers that
    other tests share.
    """
    before = set(psutil.Process().children())
    return lambda: [p for p in psutil.Process().children() if p not in before]
