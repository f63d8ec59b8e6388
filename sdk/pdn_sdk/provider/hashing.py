"""Secrets that are only compared: argon2 hashes, and a memory of what matched.

The PDN asks for a token before every call, and argon2 is slow on purpose. A
secret that has matched once is therefore remembered in this process, as an HMAC
under a key that is made at start-up and never leaves memory: no secret and
nothing that could be tried offline is kept. The stored hash is part of what is
remembered, so that a credential that changes is verified again. What does not
match is never remembered.

A client that does not exist costs no argon2: client ids and user names are drawn
at random, so there is none to guess by the time that an answer takes, and a
stranger who knows none cannot wear the server out.
"""

import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SECRET_BYTES = 32
MOST_REMEMBERED = 1024
MOST_AT_ONCE = 2
"""Verifications that may run at once: each one holds 19 MiB and a core."""

# OWASP's least cost for argon2id. The secrets are ours, 256 bits drawn at
# random, so that cost is a second fence and not the only one.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def new_secret() -> str:
    """Draw a secret of letters, digits, `-` and `_`.

    PDN's bulk downloader mangles other characters on the way.
    """
    return secrets.token_urlsafe(SECRET_BYTES)


def hashed(secret: str) -> str:
    """Give the argon2 hash of a secret."""
    return _HASHER.hash(secret)


def digest(token: str) -> str:
    """Give the SHA-256 of a fixed token, by which it is looked up.

    A fast hash is enough for 256 random bits: there is nothing to guess.
    """
    return hashlib.sha256(token.encode()).hexdigest()


class Verifier:
    """Compares secrets with their hashes; safe among threads."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._matched: OrderedDict[bytes, None] = OrderedDict()
        self._lock = threading.Lock()
        self._turn = threading.BoundedSemaphore(MOST_AT_ONCE)

    def matches(self, stored: str, secret: str) -> bool:
        """Tell whether a secret is the one that was hashed."""
        fingerprint = self._fingerprint(stored, secret)
        if self._recall(fingerprint):
            return True
        with self._turn:
            is_right = _verified(stored, secret)
        if is_right:
            self._remember(fingerprint)
        return is_right

    def _fingerprint(self, stored: str, secret: str) -> bytes:
        message = f"{stored}\0{secret}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, "sha256")

    def _recall(self, fingerprint: bytes) -> bool:
        with self._lock:
            if fingerprint not in self._matched:
                return False
            self._matched.move_to_end(fingerprint)
            return True

    def _remember(self, fingerprint: bytes) -> None:
        with self._lock:
            self._matched[fingerprint] = None
            if len(self._matched) > MOST_REMEMBERED:
                self._matched.popitem(last=False)


def _verified(stored: str, secret: str) -> bool:
    try:
        return _HASHER.verify(stored, secret.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
