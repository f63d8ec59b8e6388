from collections.abc import Callable
from functools import cache

import psutil
import pytest
from tests.sdk.faults.good import COUNT, Provider, good_records

from pdn_sdk.practice.terms import ALL_TERMS


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
