"""A crowd: people who ask for pages at the same time and read between two."""

import http.client
import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# Seconds that a person reads before asking for the next page.
READS_S = (0.5, 1.5)
TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Ask:
    """One page that people ask for: its name, its addresses, and a cookie."""

    name: str
    paths: Sequence[str]
    cookie: str = ""


@dataclass(slots=True)
class Heard:
    """What the crowd got. Units: milliseconds, by the name of the page."""

    times: dict[str, list[float]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def crowd(site: str, asks: Sequence[Ask], users: int, seconds: float) -> Heard:
    """Let `users` ask at once for some seconds; give how long each answer took."""
    heard, lock = Heard(), threading.Lock()
    end = time.monotonic() + seconds
    people = [
        threading.Thread(
            target=_person,
            args=(site, asks, n),
            kwargs={"end": end, "heard": heard, "lock": lock},
        )
        for n in range(users)
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return heard


def again_and_again(site: str, ask: Ask, times: int) -> None:
    """Let one person ask for the addresses of a page in turn, without reading it."""
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=TIMEOUT_S)
    headers: Mapping[str, str] = {"Cookie": ask.cookie} if ask.cookie else {}
    for n in range(times):
        path = ask.paths[n % len(ask.paths)]
        status = _asked(connection, path, headers)
        if status != 200:
            raise RuntimeError(f"refused: {status} {path}")
    connection.close()


def _person(
    site: str,
    asks: Sequence[Ask],
    seed: int,
    *,
    end: float,
    heard: Heard,
    lock: threading.Lock,
) -> None:
    chance = random.Random(seed)
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=TIMEOUT_S)
    time.sleep(chance.uniform(0, READS_S[1]))
    while time.monotonic() < end:
        ask = chance.choice(asks)
        path = chance.choice(ask.paths)
        headers: Mapping[str, str] = {"Cookie": ask.cookie} if ask.cookie else {}
        started = time.perf_counter()
        try:
            status = _asked(connection, path, headers)
        except (http.client.HTTPException, ConnectionError):
            # The server closed what it took for abandoned; a browser asks again too.
            connection.close()
            status = _asked(connection, path, headers)
        took_ms = (time.perf_counter() - started) * 1000
        with lock:
            heard.times.setdefault(ask.name, []).append(took_ms)
            if status != 200:
                heard.refused.append(f"{status} {path}")
        time.sleep(chance.uniform(*READS_S))
    connection.close()


def _asked(
    connection: http.client.HTTPConnection, path: str, headers: Mapping[str, str]
) -> int:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status
