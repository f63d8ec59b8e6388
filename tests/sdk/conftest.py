from functools import cache

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
