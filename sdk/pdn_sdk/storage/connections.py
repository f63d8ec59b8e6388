"""The connections of one process to a database.

Readers are pooled: a connection serves one request at a time, whatever its
thread, and never crosses a fork. The one writer is opened for each load.
"""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic

from pdn_sdk.storage.engines.contract import Engine, S


class Connections(Generic[S]):
    """The connections of one process to one database. Safe among threads."""

    def __init__(self, engine: Engine[S]) -> None:
        self.engine = engine
        self._idle: deque[S] = deque()
        self._process = os.getpid()
        self._inherited: list[deque[S]] = []
        self._is_closed = False

    @contextmanager
    def reading(self) -> Iterator[S]:
        """Lend a read-only connection inside one snapshot of the data.

        Raises: StorageError for whatever the database cannot do.
        """
        with self.engine.translated():
            session = self._begun()
            try:
                yield session
                session.execute("COMMIT")
            finally:
                self._give_back(session)

    @contextmanager
    def writing(self) -> Iterator[S]:
        """Lend the writer inside one transaction; an exception rolls it back.

        Only opening and committing are translated here: an error of the block
        belongs to the block.
        Raises: StorageError, also where another writer is at work.
        """
        with self.engine.translated():
            session = self.engine.writer()
        try:
            yield session
            with self.engine.translated():
                session.execute("COMMIT")
        finally:
            self.engine.end(session)

    def close(self) -> None:
        """Close what is idle; what is lent closes when it comes back."""
        self._is_closed = True
        self._own()
        while self._idle:
            self._idle.pop().close()

    def _begun(self) -> S:
        """Take an idle connection that serves, or open one."""
        self._own()
        while True:
            try:
                session = self._idle.pop()
            except IndexError:
                session = self.engine.reader()
                self.engine.begin(session)
                return session
            if self.engine.begin(session):
                return session

    def _give_back(self, session: S) -> None:
        # Still inside its transaction: the block failed, and so may it.
        if self._is_closed or session.in_transaction:
            session.close()
        else:
            self._idle.append(session)

    def _own(self) -> None:
        """After a fork, set the parent's connections aside without closing them.

        Closing one here would drop the file locks that the parent holds, or end
        the conversation that it has with its server.
        """
        if self._process != os.getpid():
            self._process = os.getpid()
            self._inherited.append(self._idle)
            self._idle = deque()
