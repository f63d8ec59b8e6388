"""A second process that examines rows, so that a long load uses two cores.

The process is this module run by itself: it reads a Recipe and then chunks of
rows from its input, and writes what it found to its output. It ends when its
input ends, so it never outlives the load, however that ended.
"""

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from queue import Queue
from threading import Event, Thread
from typing import IO, TypeAlias

from pdn_sdk.ingest.contract import Cell, SourceRow
from pdn_sdk.ingest.examination import Examined, Examiner, Recipe

CHUNK_ROWS = 50
CHUNK_CHARACTERS = 50_000
"""How much is examined together at most: rows, or text where rows are long."""
ALONE_CHARACTERS = 500_000
"""A source with no more text than this is not worth another process."""
AHEAD = 24
WAITING = 60
"""Chunks that the partner may owe, and chunks that may wait for their turn."""

COLLECTED_EVERY = 50_000
"""Objects made between two searches for lost cycles."""

Chunk: TypeAlias = Sequence[SourceRow]
Found: TypeAlias = Sequence[Examined]


def examined_rows(
    rows: Iterable[SourceRow], examiner: Examiner, recipe: Recipe
) -> Generator[tuple[SourceRow, Examined], None, None]:
    """Examine rows in their order, with a partner where they are many."""
    remaining = iter(rows)
    characters = count = 0
    size = CHUNK_ROWS
    chunk = list(islice(remaining, 1))
    while chunk and characters <= ALONE_CHARACTERS:
        yield from zip(chunk, _here(examiner, chunk), strict=True)
        characters += sum(len(str(cell)) for row in chunk for cell in row.cells)
        count += len(chunk)
        size = min(CHUNK_ROWS, CHUNK_CHARACTERS * count // max(1, characters)) or 1
        chunk = list(islice(remaining, size))
    if not chunk:
        return
    partner = Partner.started(recipe) if (os.cpu_count() or 1) > 1 else None
    try:
        rest = iter(lambda: list(islice(remaining, size)), [])
        for shared, found in _shared(chain([chunk], rest), examiner, partner):
            yield from zip(shared, found, strict=True)
    finally:
        if partner is not None:
            partner.close()


def _shared(
    chunks: Iterator[Chunk], examiner: Examiner, partner: "Partner | None"
) -> Iterator[tuple[Chunk, Found]]:
    """Share out the chunks; give them back in order, each with what was found.

    Where the partner is busy the chunk is examined here, and where the partner
    is lost so is what it owed.
    """
    waiting: deque[tuple[Chunk, Found | None]] = deque()
    chunk = next(chunks, None)
    while chunk or waiting:
        if chunk:
            taken = partner is not None and partner.takes(chunk)
            waiting.append((chunk, None if taken else _here(examiner, chunk)))
            chunk = next(chunks, None)
        while waiting and _is_due(waiting, partner, is_last=not chunk):
            oldest, found = waiting.popleft()
            if found is None and partner is not None:
                found = partner.found()
            yield oldest, _here(examiner, oldest) if found is None else found


def _here(examiner: Examiner, chunk: Chunk) -> Found:
    return examiner.examined([row.cells for row in chunk])


def _is_due(
    waiting: Sequence[tuple[Chunk, Found | None]],
    partner: "Partner | None",
    *,
    is_last: bool,
) -> bool:
    """Tell whether the oldest chunk is ready, or has to be waited for."""
    if waiting[0][1] is not None or is_last or len(waiting) >= WAITING:
        return True
    return partner is None or partner.is_ready()


class Partner:
    """The other process, seen from the load."""

    def __init__(self, process: "subprocess.Popen[bytes]", recipe: Recipe) -> None:
        """Greet a process that has just started; `Partner.started` starts one."""
        self._process = process
        self._greeted = Event()
        self._owed = 0
        self._asked: Queue[object] = Queue()
        self._answered: Queue[Found | None] = Queue()
        # Each pipe has its own thread: a process that writes a long answer does
        # not read, and one that waits to be read does not write.
        self._threads = [Thread(target=self._write), Thread(target=self._read)]
        self._asked.put(recipe)
        for thread in self._threads:
            thread.start()

    @classmethod
    def started(cls, recipe: Recipe) -> "Partner | None":
        """Start a partner; None where the system does not let us."""
        try:
            process = subprocess.Popen(  # noqa: S603 - this very module
                [sys.executable, "-m", __spec__.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # What fails there is done again here, and told by the load.
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            return None
        return cls(process, recipe)

    def takes(self, chunk: Chunk) -> bool:
        """Hand over a chunk, unless it is not there yet or enough is owed already.

        What is handed over before it has started is waited for by the whole load.
        """
        is_there = self._greeted.is_set() and self._process.poll() is None
        if not is_there or self._owed >= AHEAD:
            return False
        self._owed += 1
        self._asked.put([row.cells for row in chunk])
        return True

    def is_ready(self) -> bool:
        """Tell whether the next answer is here."""
        return not self._answered.empty()

    def found(self) -> Found | None:
        """Wait for what was found in the oldest chunk; None if it was lost."""
        self._owed -= 1
        answer = self._answered.get()
        if answer is None:
            # Whoever asks again must not wait for somebody who is gone.
            self._answered.put(None)
        return answer

    def close(self) -> None:
        """Let the process end, and wait for it."""
        self._asked.put(None)
        self._process.kill()
        for thread in self._threads:
            thread.join()
        self._process.wait()

    def _write(self) -> None:
        pipe = self._process.stdin
        with suppress(OSError, ValueError):
            while pipe and (asked := self._asked.get()) is not None:
                _send(pipe, asked)
        with suppress(OSError, ValueError):
            if pipe:
                pipe.close()

    def _read(self) -> None:
        pipe = self._process.stdout
        with suppress(OSError, ValueError, EOFError, pickle.UnpicklingError):
            if pipe and not _receive(pipe):
                self._greeted.set()
            while pipe:
                self._answered.put(_receive(pipe))
        self._answered.put(None)
        if pipe:
            pipe.close()


def _send(pipe: IO[bytes], message: object) -> None:
    pickle.dump(message, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Found:
    found: Found = pickle.load(pipe)  # noqa: S301 - written by our own process
    return found


def collect_seldom() -> None:
    """Let this process, which only loads, seldom look for lost cycles.

    Rows make none, and the looking takes a fifth of the time of a load.
    """
    gc.freeze()
    gc.set_threshold(COLLECTED_EVERY)


def work(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Be the partner: greet, and examine every chunk until there are no more."""
    recipe: Recipe = pickle.load(asked)  # noqa: S301 - written by the load
    examiner = recipe.examiner()
    with suppress(EOFError, BrokenPipeError):
        _send(answers, ())
        while True:
            rows: Sequence[Sequence[Cell]] = pickle.load(asked)  # noqa: S301 - likewise
            _send(answers, examiner.examined(rows))


if __name__ == "__main__":
    # Ctrl+C reaches both processes; the load is the one that ends in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_seldom()
    work(sys.stdin.buffer, sys.stdout.buffer)
