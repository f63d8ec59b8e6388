"""Credentials: shown once, kept as hashes, private, and safe among processes."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from pdn_sdk.errors import RequestError, StorageError
from pdn_sdk.provider.credentials import CredentialStore
from pdn_sdk.provider.hashing import Verifier, hashed


@pytest.fixture
def path(tmp_path):
    return tmp_path / "nueva" / "credenciales.db"


@pytest.fixture
def filed(path):
    with closing(CredentialStore.open(path)) as opened:
        yield opened


@pytest.fixture
def where(new_place):
    """A place without credentials, on each engine."""
    return new_place()


@pytest.fixture
def store(where):
    with closing(CredentialStore.open(where)) as opened:
        yield opened


def test_nothing_that_is_issued_can_be_read_back(filed, path):
    issued = filed.add("PDN", ["read:a"], token_scopes=["read:a"])

    kept = b"".join(p.read_bytes() for p in path.parent.iterdir())

    for secret in (issued.client_secret, issued.password, issued.token):
        assert secret.encode() not in kept
    for secret in (issued.client_secret, issued.password):
        assert secret not in repr(issued)


def test_file_is_its_owners_alone(filed, path):
    filed.add("PDN", ["read:a"])

    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0


def test_stored_credential_is_found_by_client_and_by_token(store):
    issued = store.add("PDN", ["read:a", "read:b"], token_scopes=["read:b"])

    found = store.by_client_id(issued.client_id)

    assert found == store.by_token(issued.token)
    assert (found.scope, found.token_scope) == ("read:a read:b", "read:b")
    assert store.by_client_id("x\udcff") is None
    assert store.by_token("x") is None


@pytest.mark.parametrize("name", ["PDN", "  PDN "])
def test_name_that_is_taken_is_refused(store, name):
    store.add("PDN", ["read:a"])

    with pytest.raises(RequestError, match="pdn client remove"):
        store.add(name, ["read:a"])


def test_blank_name_is_refused(store):
    with pytest.raises(RequestError):
        store.add("  ", ["read:a"])


def test_credentials_are_removed_by_name_or_client(store):
    issued = [store.add(name, ["read:a"]) for name in ("una", "otra")]

    store.remove("una")
    store.remove(issued[1].client_id)

    assert store.all() == ()
    with pytest.raises(RequestError, match="pdn client list"):
        store.remove("una")


def test_signing_key_is_made_once_whoever_asks(store, where):
    def asked(_):
        with closing(CredentialStore.open(where)) as opened:
            return opened.signing_key()

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(asked, range(8)))

    assert len(keys) == 1
    assert len(keys.pop()) >= 43


def test_renewal_is_spent_once_and_forgotten_at_its_end(store):
    assert store.spend("a", 9e9)
    assert not store.spend("a", 9e9)
    assert store.spend("b", 1.0)
    assert store.spend("b", 1.0)


def test_credential_of_another_process_is_seen_at_once(store, where):
    assert store.all() == ()
    child = os.fork()
    if child == 0:
        CredentialStore.open(where).add("PDN", ["read:a"])
        os._exit(0)
    os.waitpid(child, 0)

    assert [c.name for c in store.all()] == ["PDN"]


def test_copy_lets_in_whoever_was_let_in(store, where, path):
    issued = store.add("PDN", ["read:a"], token_scopes=["read:a"])
    key = store.signing_key()
    store.spend("a", 9e9)

    with closing(CredentialStore.open(path)) as copy:
        assert (copy.take(where), copy.take(where)) == (1, 0)
        assert copy.by_token(issued.token) == store.by_client_id(issued.client_id)
        assert copy.signing_key() == key
        assert not copy.spend("a", 9e9)


def test_file_without_credentials_is_told_and_left_as_it_is(store, path):
    path.parent.mkdir()
    path.write_bytes(b"")

    with pytest.raises(StorageError, match="no hay credenciales"):
        store.take(path)

    assert path.read_bytes() == b""


def test_damaged_file_says_what_to_do(path):
    path.parent.mkdir()
    path.write_bytes(b"esto no es una base de datos" * 100)

    with pytest.raises(StorageError, match="credenciales"):
        CredentialStore.open(path)


def test_only_the_right_secret_matches_also_when_remembered():
    verifier, stored = Verifier(), hashed("secreto")

    answers = [
        verifier.matches(stored, text) for text in ("secreto", "secreto", "otro", "")
    ]

    assert answers == [True, True, False, False]
    assert not verifier.matches(hashed("nuevo"), "secreto")
    assert not verifier.matches("no es un hash", "secreto")
