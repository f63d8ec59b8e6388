"""The provider as checks see it: the `Api` protocol over the client."""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import orjson

from pdn_sdk.checking import (
    Answer,
    Exchange,
    FindingError,
    NotTriedError,
    Oddity,
    Walk,
)
from pdn_sdk.client import Client, NoAnswerError
from pdn_sdk.conformance import answers
from pdn_sdk.conformance.redaction import Redactor
from pdn_sdk.conformance.target import Options, Target
from pdn_sdk.conformance.tokens import TokenSource
from pdn_sdk.conformance.walks import chosen_pages, told
from pdn_sdk.conformance.witness import Witness
from pdn_sdk.errors import PdnError, ProtocolViolationError, ProviderUnreachableError
from pdn_sdk.standards.model import Dataset
from pdn_sdk.wire import post_query
from pdn_sdk.wire.model import ReceivedPage

MOST_THREADS = 32
TRAIL = 3
"""How many of a check's last exchanges are remembered as its evidence."""
MOST_REFUSALS = 300
MOST_LATE = 20
LATE_S = 4.0
"""What the PDN waits for data."""
SHORT_PATIENCE_S = 5.0
"""What is waited once the provider was seen to leave some searches unanswered."""


class ProviderApi:
    """One dataset of a provider, with a credential; implements `Api`."""

    most_pages = 60
    """Pages of a walk; what holds more is sampled."""

    def __init__(
        self,
        target: Target,
        options: Options,
        dataset: Dataset,
        client: Client,
        redactor: Redactor,
    ) -> None:
        """Bind the dataset; nothing is sent yet."""
        self.profile = options.profile
        self.environment = options.environment
        self.may_load = options.may_load
        self.is_whole = not (options.only or options.categories)
        self.trail: deque[Exchange] = deque(maxlen=TRAIL)
        self.refusals: deque[Exchange] = deque(maxlen=MOST_REFUSALS)
        self.late: deque[Exchange] = deque(maxlen=MOST_LATE)
        self.ended_early: deque[Exchange] = deque(maxlen=MOST_LATE)
        self._target = target
        self._dataset = dataset
        self._client = client
        self._tokens = TokenSource(target, self._sent, redactor.learn)
        self._walks: dict[int, Walk] = {}
        self._witness = Witness(dataset.identity)
        self._totals: dict[bytes, int] = {}
        self._institutions: tuple[Sequence[Mapping[str, object]], Exchange] | None = (
            None
        )
        self._plain_search_fails: str | None = None
        self._last_total: int | None = None
        self.repeats = 0
        """Times that a check was made again because the data had moved."""
        self._is_mute = False
        self._lock = threading.Lock()
        self._moved: dict[str, str] = {}

    def search(
        self,
        *,
        page: int | None = None,
        page_size: int | None = None,
        query: Mapping[str, object] | None = None,
        sort: Mapping[str, str] | None = None,
    ) -> Answer:
        """Run a legal search; see `Api.search`."""
        body = post_query.write_search(
            page=page, page_size=page_size, query=query, sort=sort
        )
        return self._answered(self.call(body), body)

    def walk(self, *, page_size: int | None = None) -> Walk:
        """Gather records page by page; see `Api.walk`."""
        size = page_size or self._walking_size
        with self._lock:
            if size not in self._walks:
                self._walks[size] = self._walked(size)
                self._last_total = self._walks[size].total
                self._witness.know(self._walks[size].records)
            return self._walks[size]

    def total(self, query: Mapping[str, object] | None = None) -> int:
        """Tell how many records a query finds, asked once; see `Api.total`."""
        key = orjson.dumps(query)
        if key not in self._totals:
            self._totals[key] = self.search(page_size=1, query=query).total
        return self._totals[key]

    def odd_pages(self) -> Sequence[Oddity]:
        """Give the answers that deny themselves; see `Api.odd_pages`."""
        return tuple(self._witness.pages)

    def odd_records(self) -> Sequence[Oddity]:
        """Give the records told in two ways; see `Api.odd_records`."""
        return tuple(self._witness.records)

    def moved(self) -> bool:
        """Tell whether the number of records changed since this was last asked.

        If it did, what was gathered is forgotten. A provider that does not
        answer has not changed.
        """
        try:
            now = self.search(page_size=1).total
        except PdnError:
            return False
        before, self._last_total = self._last_total, now
        if before == now:
            return False
        with self._lock:
            self._walks.clear()
        self._totals.clear()
        self._institutions = None
        self._witness.forget()
        return True

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
        """Send anything to an endpoint; see `Api.call`."""
        declared = self._dataset.endpoint(endpoint)
        if declared is None:
            raise NotTriedError("El estándar no publica esa ruta para estos datos.")
        url = self._target.url(endpoint, declared.path)
        if path is not None:
            url = self._target.base_url.rstrip("/") + path
        query, content = self._written(body, raw)
        url += path_suffix + query
        verb = method or declared.method

        def send(token: str | None) -> Exchange:
            sent = answers.headers(token, content, headers)
            return self._send(verb, url, sent, content, within_s)

        try:
            return self._with_valid_token(send) if token == "" else send(token)
        except NoAnswerError as silence:
            if within_s is not None:
                raise answers.unanswered(silence, within_s) from silence
            if token or not self._answers_others(endpoint, body):
                raise
            try:
                return self._with_valid_token(send)
            except NoAnswerError as again:
                self._is_mute = True
                raise answers.unanswered(again, again.elapsed_s) from again

    def institutions(self) -> tuple[Sequence[Mapping[str, object]], Exchange]:
        """List the institutions, asked once; see `Api.institutions`."""
        if self._institutions is None:
            self._institutions = self._listed()
        return self._institutions

    def _listed(self) -> tuple[Sequence[Mapping[str, object]], Exchange]:
        exchange = self.call(endpoint="institutions")
        rows = exchange.json()
        if exchange.response.truncated:
            raise ProtocolViolationError(answers.too_large(exchange))
        if exchange.status != 200:
            answers.fail(
                "La lista de instituciones no responde con estado 200.", exchange
            )
        if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
            raise FindingError(
                "La lista de instituciones no es un arreglo JSON de objetos.",
                expected='un arreglo: [{"nombre": "…", "siglas": "…"}, …]',
                received=answers.shape(rows),
                evidence=(exchange,),
            )
        return rows, exchange

    def request_token(
        self,
        *,
        basic: bool = True,
        form: Mapping[str, str | None] | None = None,
        json: object = None,
        raw: bytes | None = None,
    ) -> Exchange:
        """Ask for a token; see `Api.request_token`."""
        return self._tokens.request(basic=basic, form=form, json=json, raw=raw)

    def valid_token(self) -> str:
        """Give a token that works now."""
        return self._tokens.valid()

    def together(self, calls: Sequence[Callable[[], Exchange]]) -> list[Exchange]:
        """Make several calls at the same time; see `Api.together`."""
        with ThreadPoolExecutor(max_workers=min(MOST_THREADS, len(calls) or 1)) as pool:
            exchanges = list(pool.map(lambda call: call(), calls))
        # They came in any order; two runs must leave the same trail.
        self.trail.extend(exchanges)
        return exchanges

    def seen(self) -> Mapping[str, object]:
        """Tell which data this run saw; nothing where it walked no pages.

        Shape: {"records": total, "fingerprint": 16 hexadecimal digits}, and what
        `coverage` says where not all were read. The fingerprint does not depend
        on the order of the records.
        """
        with self._lock:
            return told(self._walks.values())

    @property
    def _walking_size(self) -> int:
        """Page size of a walk where none is asked for."""
        return self._dataset.max_page_size

    def _written(self, body: object, raw: bytes | None) -> tuple[str, bytes | None]:
        """Write what is sent: the end of the address, and the content."""
        return "", orjson.dumps(body) if raw is None and body is not None else raw

    def _read(self, exchange: Exchange, asked: Mapping[str, object]) -> ReceivedPage:
        """Read the page of a sound answer."""
        return post_query.read_page(exchange.response.body, asked)

    def _answered(self, exchange: Exchange, asked: Mapping[str, object]) -> Answer:
        """Read an answer, or say what is wrong with it and whose finding it is."""
        if exchange.response.elapsed_s > LATE_S:
            self.late.append(exchange)
        try:
            return self._seen(self._sound(exchange, asked), asked)
        except ProtocolViolationError as error:
            if asked:
                self._blame_the_plainest_search()
            answers.fail(error.message, exchange)

    def _sound(self, exchange: Exchange, asked: Mapping[str, object]) -> Answer:
        if exchange.response.truncated:
            raise ProtocolViolationError(answers.too_large(exchange))
        if exchange.status != 200:
            raise ProtocolViolationError(
                f"Una búsqueda válida responde con estado {exchange.status}."
            )
        page = self._read(exchange, asked)
        return Answer(
            results=page.results,
            page=page.page,
            page_size=page.page_size,
            total=page.total,
            has_next=page.has_next,
            exchange=exchange,
        )

    def _seen(self, answer: Answer, asked: Mapping[str, object]) -> Answer:
        """Let the witness look at an answer."""
        self._witness.saw(answer, *self._page_of(asked))
        return answer

    def _page_of(self, asked: Mapping[str, object]) -> tuple[int, int]:
        """Give the page that was asked for, and its size."""
        page, size = asked.get("page"), asked.get("pageSize")
        return (
            page if isinstance(page, int) else 1,
            size if isinstance(size, int) else self._dataset.default_page_size,
        )

    def _answers_others(self, endpoint: str, body: object) -> bool:
        """Tell whether the provider is there, and only this request goes unanswered."""
        if endpoint == "search" and not body:
            return False
        try:
            return self.call({}).status == 200
        except ProviderUnreachableError:
            return False

    def _with_valid_token(self, send: Callable[[str], Exchange]) -> Exchange:
        token = self._tokens.valid()
        exchange = send(token)
        is_alive = exchange.status == 401 and self._tokens.is_alive(token)
        if exchange.status != 401 or not self._tokens.forget(token):
            return exchange
        # A token may end before it said; a second refusal is the answer.
        again = send(self._tokens.valid())
        if is_alive and again.status != 401:
            self.ended_early.append(exchange)
        return again

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        within_s: float | None = None,
    ) -> Exchange:
        patience = within_s or (SHORT_PATIENCE_S if self._is_mute else None)
        exchange = answers.patiently(
            lambda: self._sent(method, url, headers, body, patience),
            answers.LONGEST_WAIT_S,
        )
        if exchange.status == 429:
            raise ProviderUnreachableError(
                "El servidor limita las solicitudes y, después de esperar lo que pide, "
                "sigue sin atender. Amplíe el límite para este cliente y repita."
            )
        return exchange

    def _sent(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        within_s: float | None = None,
    ) -> Exchange:
        place, mark, rest = url.partition("?")
        exchange = self._client.send(
            method,
            self._moved.get(place, place) + mark + rest,
            headers=headers,
            body=body,
            timeout_s=within_s,
        )
        # In production nobody should have to be sent elsewhere.
        there = answers.moved_to(exchange).partition("?")[0]
        if there and self.environment == "development" and place not in self._moved:
            self._moved[place] = there
            return self._sent(method, url, headers, body, within_s)
        self.trail.append(exchange)
        if exchange.status >= 400:
            self.refusals.append(exchange)
        return exchange

    def _walked(self, size: int) -> Walk:
        first = self.search(page=1, page_size=size)
        size = self._wider(size, first.total)
        last = max(1, -(-first.total // size))
        pages = chosen_pages(last, self.most_pages)
        complete = len(pages) == last
        answers = [] if size != first.page_size else [first]
        for page in pages[len(answers) :]:
            answers.append(self.search(page=page, page_size=size))
            if not answers[-1].results:
                break
        return Walk(
            [record for answer in answers for record in answer.results],
            answers[-1].total,
            complete,
            [answer.exchange for answer in answers],
        )

    def _wider(self, size: int, total: int) -> int:
        """Give the size of the pages of a walk through so many records."""
        del total
        return size

    def _blame_the_plainest_search(self) -> None:
        """Leave the finding to the check that tries `search()`, if it fails too."""
        if self._plain_search_fails is None:
            exchange = self.call({})
            try:
                self._sound(exchange, {})
                self._plain_search_fails = ""
            except ProtocolViolationError as error:
                self._plain_search_fails = error.message
        if self._plain_search_fails:
            raise NotTriedError(
                "No se puede probar mientras falle la búsqueda más sencilla: "
                f"{self._plain_search_fails}"
            )
