"""Every legal answer of a run, held against itself and against the listing.

What one check asks for its own ends may show what no check looks for: a page with a
record less, a total that its own page denies, a record that says more to one filter.
Costs no request. May import the vocabulary of checks and the paths.
"""

from collections import deque
from collections.abc import Iterable, Mapping

from pdn_sdk.checking import Answer, Oddity
from pdn_sdk.standards.paths import values_at

MOST = 50
"""Of each kind; more would say nothing new."""

Record = Mapping[str, object]


class Witness:
    """Looks at the answers of a run, whoever asked for them. Safe among threads."""

    def __init__(self, identity: str) -> None:
        """Take the path of what tells one record from another."""
        self._identity = identity
        self._known: dict[str, Record] = {}
        self._early: deque[Answer] = deque(maxlen=MOST)
        self.pages: deque[Oddity] = deque(maxlen=MOST)
        self.records: deque[Oddity] = deque(maxlen=MOST)

    def know(self, listed: Iterable[Record]) -> None:
        """Learn what the listing says of each record."""
        known = {self._id(record): record for record in listed}
        self._known = {**known, **self._known}
        while self._early:
            self._look_at_records(self._early.popleft())

    def saw(self, answer: Answer, page: int, size: int) -> None:
        """Look at the answer to a search that asked for a page of a size."""
        self._look_at_page(answer, page, size)
        if self._known:
            self._look_at_records(answer)
        else:
            self._early.append(answer)

    def _look_at_records(self, answer: Answer) -> None:
        for record in answer.results:
            known = self._known.get(self._id(record))
            if known is not None and known != record:
                self._note_unlike(known, record, answer)
                return

    def forget(self) -> None:
        """Forget everything: the data are other."""
        self._known = {}
        self._early.clear()
        self.pages.clear()
        self.records.clear()

    def _look_at_page(self, answer: Answer, page: int, size: int) -> None:
        due = max(0, min(size, answer.total - (page - 1) * size))
        more = page * size < answer.total
        came = len(answer.results)
        if (came, answer.has_next) == (due, more):
            return
        self.pages.append(
            Oddity(
                "",
                _told(answer.total, due, has_next=more),
                _told(answer.total, came, has_next=answer.has_next),
                answer.exchange,
            )
        )

    def _note_unlike(self, known: Record, record: Record, answer: Answer) -> None:
        names = sorted({*known, *record})
        unlike = [name for name in names if known.get(name) != record.get(name)]
        self.records.append(
            Oddity(
                self._id(record),
                "los mismos datos que en el listado",
                f"distintos: {', '.join(unlike)}",
                answer.exchange,
            )
        )

    def _id(self, record: Record) -> str:
        return str(next(values_at(record, self._identity), ""))


def _told(total: int, rows: int, *, has_next: bool) -> str:
    more = "y otra página" if has_next else "y ninguna página más"
    return f"total {total:,}: {rows:,} en esta página {more}"
