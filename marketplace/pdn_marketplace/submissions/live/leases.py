"""How many streams an account has in all the processes of the site.

Each place is a lease that expires by itself, so that a process that dies keeps
none. While Redis does not answer, each process counts by itself.
"""

import hashlib
import logging
import secrets
from dataclasses import dataclass
from math import ceil
from typing import Protocol

from redis import Redis
from redis.exceptions import RedisError

TIMEOUT_S = 1.0
# By the clock of the server, which is one for all.
_TAKE = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""

log = logging.getLogger(__name__)


class Leases(Protocol):
    """Counts the places of one account."""

    def take(self, who: str, most: int, life_s: float) -> str | None:
        """Take one of `most` for so long; give its name, or None where none is left."""

    def leave(self, who: str, lease: str) -> None:
        """Give a place back before it expires."""


class NoLeases:
    """For a site of one process, which counts by itself."""

    def take(self, who: str, most: int, life_s: float) -> str | None:
        """Take one; there always is."""
        del who, most, life_s
        return ""

    def leave(self, who: str, lease: str) -> None:
        """Give it back: nothing was kept."""
        del who, lease


@dataclass(frozen=True, slots=True)
class RedisLeases:
    """Keeps the leases where every process sees them."""

    redis: Redis

    @classmethod
    def of(cls, url: str) -> "RedisLeases":
        """Reach a server; nothing is opened yet."""
        return cls(
            Redis.from_url(
                url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
            )
        )

    def take(self, who: str, most: int, life_s: float) -> str | None:
        """Take one of `most` for so long; give its name, or None where none is left."""
        lease = secrets.token_hex(8)
        try:
            taken = self.redis.eval(_TAKE, 1, _key(who), most, ceil(life_s), lease)
        except RedisError as error:
            log.warning("streams are counted here alone: %s", type(error).__name__)
            return ""
        return lease if taken else None

    def leave(self, who: str, lease: str) -> None:
        """Give a place back before it expires."""
        if not lease:
            return
        try:
            self.redis.zrem(_key(who), lease)
        except RedisError as error:
            log.warning("a stream expires by itself: %s", type(error).__name__)


def _key(who: str) -> str:
    # An address or a number of a person is nobody's to read in the queue.
    return f"pdn:streams:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
