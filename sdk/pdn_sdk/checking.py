"""The words that a conformance check is written with. No HTTP, no pytest.

A check is a function named `check_…` with one sentence in Spanish as its
docstring, as the provider's staff will read it. It takes `api: Api`, already
bound to one dataset of one provider, makes requests and says what it expects.
Its level, category, fix and source come from the requirements that name it. It
may give a sentence that the report shows where it passes.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import orjson

from pdn_sdk.errors import PdnError

Check = TypeVar("Check", bound=Callable[..., str | None])


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent; body is text, "" where there was none."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it came. Header names are lower case. Units: seconds.

    Status 0 means that nothing came. A body larger than the run's limit is cut
    short, and `truncated` says so: never judge its content.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_s: float
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its answer: the evidence of a result."""

    request: Request
    response: Response

    @property
    def status(self) -> int:
        """HTTP status of the answer."""
        return self.response.status

    def json(self) -> object:
        """Give the parsed body, or None where it is not JSON."""
        try:
            return orjson.loads(self.response.body)
        except orjson.JSONDecodeError:
            return None


@dataclass(frozen=True, slots=True)
class Answer:
    """A page read from a well-formed answer of the provider under test."""

    results: Sequence[Mapping[str, object]]
    page: int
    page_size: int
    total: int
    has_next: bool
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Walk:
    """Records gathered page by page; complete where no page was left out."""

    records: Sequence[Mapping[str, object]]
    total: int
    complete: bool
    exchanges: Sequence[Exchange]


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something that an answer to a legal search got wrong, whoever asked for it.

    `record` is the id of the record it is about, "" where it is about the page.
    """

    record: str
    expected: str
    received: str
    exchange: Exchange


class FindingError(PdnError):
    """The provider departs from what a check expects."""

    code = "hallazgo"

    def __init__(
        self,
        message: str,
        *,
        expected: str,
        received: str,
        evidence: Sequence[Exchange] = (),
        places: Collection[str] = (),
    ) -> None:
        """Keep what was expected, what came, and the exchanges that show it.

        `places` are the paths of a record, without indexes, where it departs.
        """
        super().__init__(message)
        self.expected = expected
        self.received = received
        self.evidence = tuple(evidence)
        self.places = frozenset(places)


class AdviceError(FindingError):
    """A departure that is reported as a warning whatever the level."""

    code = "recomendacion"


class NotTriedError(PdnError):
    """The check could not be tried, and why; never a silent pass."""

    code = "no_probado"


def check(check_id: str) -> Callable[[Check], Check]:
    """Mark a function as the check with that id (`PAG-02`)."""

    def mark(function: Check) -> Check:
        function.check_id = check_id  # type: ignore[attr-defined]
        return function

    return mark


def expect(
    holds: object,
    message: str,
    *,
    expected: object,
    received: object,
    evidence: Exchange | Sequence[Exchange] = (),
    places: Collection[str] = (),
) -> None:
    """Demand that something holds; what does not is a finding."""
    if not holds:
        raise FindingError(
            message,
            expected=str(expected),
            received=str(received),
            evidence=_several(evidence),
            places=places,
        )


def advise(
    holds: object,
    message: str,
    *,
    expected: object,
    received: object,
    evidence: Exchange | Sequence[Exchange] = (),
    places: Collection[str] = (),
) -> None:
    """Recommend that something holds; what does not is a warning."""
    if not holds:
        raise AdviceError(
            message,
            expected=str(expected),
            received=str(received),
            evidence=_several(evidence),
            places=places,
        )


def _several(evidence: Exchange | Sequence[Exchange]) -> tuple[Exchange, ...]:
    return (evidence,) if isinstance(evidence, Exchange) else tuple(evidence)


class Api(Protocol):
    """One dataset of the provider under test, with a credential at hand.

    Every method that talks to the provider counts against the run's limit of
    requests. Network trouble raises ProviderUnreachableError, which becomes the
    outcome `error`, never `fail`.
    """

    profile: str
    environment: str
    may_load: bool
    is_whole: bool
    """Whether the run makes every check, and not only some that were chosen."""
    refusals: Iterable[Exchange]
    """What the provider refused in the run, so far; the oldest are forgotten."""
    late: Iterable[Exchange]
    """The legal searches of the run that took longer than the PDN waits, so far."""
    ended_early: Iterable[Exchange]
    """What was refused with a token whose life, as announced, had not ended."""

    def odd_pages(self) -> Sequence[Oddity]:
        """Give the legal answers of the run that deny themselves, so far."""

    def odd_records(self) -> Sequence[Oddity]:
        """Give the records that some answer told otherwise than the walk, so far."""

    def total(self, query: Mapping[str, object] | None = None) -> int:
        """Tell how many records a query finds; each is asked for once in a run."""

    def search(
        self,
        *,
        page: int | None = None,
        page_size: int | None = None,
        query: Mapping[str, object] | None = None,
        sort: Mapping[str, str] | None = None,
    ) -> Answer:
        """Run a legal search; members given as None are left out of the body.

        The answer is read as leniently as it can be (a total in quotes is a
        total), so that a flaw of the envelope is found by the check of the
        envelope, which uses `call`, and by no other.
        Raises: FindingError where the answer is not 200 with a list of objects
        and a total; NotTriedError where the plainest search, `search()`, fails
        in the same way, because that is a finding of the check that tries it.
        """

    def walk(self, *, page_size: int | None = None) -> Walk:
        """Gather records page by page; kept for the whole run.

        All of them where the pages are few enough, else a seeded choice of pages.
        """

    def call(
        self,
        body: object = None,
        *,
        raw: bytes | None = None,
        endpoint: str = "search",
        path: str | None = None,
        method: str | None = None,
        path_suffix: str = "",
        token: str | None = "",
        headers: Mapping[str, str] | None = None,
        within_s: float | None = None,
    ) -> Exchange:
        """Send anything to an endpoint and give what came back.

        `body` is sent as JSON unless `raw` is given; in a dialect of GET it holds
        the parameters and `raw` is the query string. `path`, where it is given,
        takes the place of the endpoint's. `token` "" means a valid
        one, None means no Authorization header. `headers` are sent last and
        win; a header with an empty value is removed. `path_suffix` is put
        after the path as it is (`?page=1`, `/create`).
        With `within_s` an answer is demanded within that many seconds: silence
        or a dropped connection is then a FindingError instead of an error.
        """

    def institutions(self) -> tuple[Sequence[Mapping[str, object]], Exchange]:
        """List the institutions.

        Raises: FindingError where the answer is not 200 with a bare array of
        objects; NotTriedError where the dataset has no such endpoint.
        """

    def request_token(
        self,
        *,
        basic: bool = True,
        form: Mapping[str, str | None] | None = None,
        json: object = None,
        raw: bytes | None = None,
    ) -> Exchange:
        """Ask for a token as PDN's clients do: Basic header and form body.

        `form` replaces members of the form; None removes one, and the Basic
        header follows client_id and client_secret unless `basic` is False. `json`
        is sent in the place of the form, completed with what the form says.
        """

    def valid_token(self) -> str:
        """Give a token that works now."""

    def together(self, calls: Sequence[Callable[[], Exchange]]) -> list[Exchange]:
        """Make several calls at the same time and give their exchanges in order."""
