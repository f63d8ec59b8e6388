"""What a planted fault is, and the few ways to plant one."""

import copy
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pdn_sdk.practice.wire import TOKEN, Answered, Asked, Serve, SilenceError, refusal
from pdn_sdk.standards.paths import first_at, put, steps

Record = dict[str, Any]
NOTHING = "qzx-nada"
"""A text that no record holds."""


@dataclass
class Good:
    """The good provider that faults are planted in.

    `texts` holds every text of each text filter; `memory` is for the faults
    that depend on what else is going on.
    """

    serve: Serve
    credential: Mapping[str, str]
    texts: Mapping[str, frozenset[str]]
    memory: dict[str, Any] = field(default_factory=dict)

    def token(self) -> str:
        """Give a token that works; one for the life of the provider."""
        if "token" not in self.memory:
            form = {"grant_type": "password", **self.credential}
            ask = Asked("POST", TOKEN, "", {}, b"").filling(form)
            self.memory["token"] = self.serve(ask).json["access_token"]
        return str(self.memory["token"])

    def admit(self, asked: Asked) -> Answered:
        """Serve a request as if it had come with a valid token."""
        return self.serve(asked.authorized(f"Bearer {self.token()}"))


Bend = Callable[[Asked, Good], Answered]
Change = Callable[[Answered, Asked], Answered]
When = Callable[[Asked], Any]


def honest(asked: Asked, good: Good) -> Answered:
    """Serve as the good provider does."""
    return good.serve(asked)


@dataclass(frozen=True)
class Fault:
    """One fault: the check that must catch it, and what it breaks.

    `records` bends the data before they are loaded and `bend` each request and
    its answer. `also` names the checks that cannot but see it too.
    """

    check: str
    name: str
    breaks: str
    bend: Bend = honest
    records: Callable[[list[Record]], list[Record]] = list
    base: str = "http://127.0.0.1"
    environment: str = "development"
    also: frozenset[str] = frozenset()


def on(when: When, bend: Bend) -> Bend:
    """Bend the requests that suit; serve the others."""
    return lambda asked, good: bend(asked, good) if when(asked) else good.serve(asked)


def asking(when: When, change: Callable[[Asked], Asked]) -> Bend:
    """Serve some requests as if another had been made."""
    return on(when, lambda asked, good: good.serve(change(asked)))


def answering(when: When, change: Change) -> Bend:
    """Change the good answers to some requests."""

    def bend(asked: Asked, good: Good) -> Answered:
        answered = good.serve(asked)
        return change(answered, asked) if answered.status == 200 else answered

    return on(when, bend)


def refusing(when: When, status: int = 500) -> Bend:
    """Refuse some requests that come with a valid token."""

    def bend(asked: Asked, good: Good) -> Answered:
        answered = good.serve(asked)
        return answered if answered.status in {401, 403} else refusal(status)

    return on(when, bend)


def admitting(when: When) -> Bend:
    """Let some requests in without a valid token."""

    def bend(asked: Asked, good: Good) -> Answered:
        answered = good.serve(asked)
        return good.admit(asked) if answered.status == 401 else answered

    return on(when, bend)


def changing_text(
    wrongly: Callable[[str, frozenset[str]], Any], *names: str, to: str = NOTHING
) -> Bend:
    """Make some values of text filters find nothing (or something else)."""

    def bend(asked: Asked, good: Good) -> Answered:
        changed = {
            name: to
            for name, text in asked.query.items()
            if isinstance(text, str)
            and text.strip()
            and name in good.texts
            and (not names or name in names)
            and wrongly(text, good.texts[name])
        }
        return good.serve(asked.filtering({**asked.query, **changed}))

    return on(lambda asked: is_search(asked) and asked.query, bend)


def putting(path: str, value: Any, record: Record) -> Record:
    """Copy a record with another value at a path."""
    changed = copy.deepcopy(record)
    put(changed, path, value)
    return changed


def showing(path: str, value: Any) -> Change:
    """Show a value at a path of every record."""
    return lambda r, _: r.listing([putting(path, value, x) for x in r.results])


def spoiling(row: Mapping[str, Any]) -> Any:
    """Spoil one record as a row of spoiled.toml says.

    `of` says which records suit, by what they hold.
    """

    def change(record: Record) -> None:
        for name in row.get("without", ()):
            *outer, last = steps(name)
            _inside(record, outer).pop(last, None)
        if not row.get("drop"):
            put(record, row["at"], None if row.get("null") else row["value"])
            return
        *parents, last = steps(row["at"])
        _inside(record, parents).pop(last)

    of = row.get("of", {})
    return first_record(
        change, lambda record: all(first_at(record, p) == v for p, v in of.items())
    )


def _inside(record: Record, names: Iterable[str]) -> Record:
    """Give the object that some names lead to."""
    for name in names:
        record = record[name]
    return record


PLACE = 7
"""Where the record that is spoiled stands in the data, or after it."""


def first_record(
    change: Callable[[Record], None], suits: Callable[[Record], bool] = bool
) -> Any:
    """Change one record of the data before it is loaded.

    Raises, when it is used: IndexError where no record suits.
    """

    def records(every: list[Record]) -> list[Record]:
        changed = list(every)
        fit = [n for n, r in enumerate(every) if n >= PLACE and suits(r)]
        place = fit[0]
        changed[place] = copy.deepcopy(every[place])
        change(changed[place])
        return changed

    return records


def instead(record: Record) -> Any:
    """Put another record in the place of one."""

    def change(good: Record) -> None:
        good.clear()
        good.update(copy.deepcopy(record))

    return first_record(change)


def silence(*_: object) -> Answered:
    """Never answer."""
    raise SilenceError


def overlapping(asked: Asked, good: Good) -> Answered:
    """Begin a page with the last record of the one before."""
    answered = good.serve(asked)
    before = good.serve(asked.saying(page=asked.page - 1))
    return answered.listing([*before.results[-1:], *answered.results[1:]])


def with_stranger(asked: Asked, good: Good) -> Answered:
    """Add to a page a record that was not asked for."""
    answered = good.serve(asked)
    everyone = good.serve(asked.filtering({})).results
    stranger = [r for r in everyone if r not in answered.results][:1]
    return answered.listing([*answered.results, *stranger])


def without_marks(text: str) -> str:
    """Take the accents from a text, and the tilde of the ñ with them."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def is_search(asked: Asked) -> bool:
    """Tell whether this is a search."""
    return asked.is_for_records and asked.method == "POST"


def is_list(asked: Asked) -> bool:
    """Tell whether the institutions are asked for."""
    return asked.is_for_institutions and asked.method == "GET"


def is_token(asked: Asked) -> bool:
    """Tell whether a token is asked for."""
    return asked.path == TOKEN


def no_token(asked: Asked) -> bool:
    """Tell whether the request brings no Authorization header."""
    return not asked.authorization


def only_text(name: str) -> When:
    """Tell whether a search filters by that text alone."""
    return lambda a: is_search(a) and a.asks_only(name) and not a.sort


def late(seconds: float) -> Change:
    """Answer as many seconds later."""
    return lambda answered, _: replace(answered, late_s=seconds)
