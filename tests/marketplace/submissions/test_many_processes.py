"""The site of a country: PostgreSQL, Redis and several processes, by settings only.

The servers are real and of this machine; the tests that write side by side use
threads with connections of their own, which to PostgreSQL are as any process.
"""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import DBAPIError
from tests import servers
from tests.country import command, working

from pdn_marketplace import db
from pdn_marketplace.accounts import service as accounts
from pdn_marketplace.administration.rules import previews
from pdn_marketplace.administration.rules.impact import Rules
from pdn_marketplace.administration.rules.jobs import Previewer
from pdn_marketplace.catalog import service as catalog
from pdn_marketplace.catalog.facets import facets
from pdn_marketplace.catalog.seed import seed_catalog
from pdn_marketplace.config import create_keys
from pdn_marketplace.db import Base, Database
from pdn_marketplace.errors import ConflictError, SignInError
from pdn_marketplace.reviews import papers
from pdn_marketplace.reviews.models import Paper, PaperKind
from pdn_marketplace.reviews.papers import Draft
from pdn_marketplace.security import Role, Signer
from pdn_marketplace.submissions import audit, review, runs
from pdn_marketplace.submissions.models import Run, Submission
from pdn_marketplace.submissions.states import Decision, RunState
from pdn_sdk.errors import ConfigurationError, StorageError
from pdn_sdk.standards import loader
from pdn_sdk.standards.model import Level

pytestmark = [
    pytest.mark.skipif(
        servers.postgresql_programs() is None, reason=servers.LACKS_POSTGRESQL
    ),
    pytest.mark.skipif(not servers.has_redis(), reason=servers.LACKS_REDIS),
]
AT_ONCE = 6
PASSWORD = "cuatro palabras nada parecidas"
NUMBERS = count()


@pytest.fixture
def empty(postgresql) -> str:
    """A database without tables."""
    return servers.new_database(postgresql, f"empty_{next(NUMBERS)}")


@pytest.fixture
def url(postgresql, template) -> str:
    """A database of the test's own, with tables."""
    return servers.new_database(postgresql, f"market_{next(NUMBERS)}", like=template)


@pytest.fixture
def market(make_market, url):
    return make_market(database_url=url, allow_private_targets="1")


def together(works: list[Callable[[], object]]) -> list[object]:
    """Do several things at the same moment; give what came of each."""
    barrier = threading.Barrier(len(works))

    def one(work: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return work()
        except (ConflictError, SignInError, DBAPIError) as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def of_kind(found: list[object], kind: type) -> int:
    return sum(isinstance(one, kind) for one in found)


def chain(market) -> audit.ChainCheck:
    with market.database.transaction() as session:
        return audit.verify(session)


def test_the_tables_are_those_of_the_models(market) -> None:
    with market.database.engine.connect() as connection:
        # The index of trigrams is PostgreSQL's alone, and no model tells of it.
        opts = {
            "compare_type": True,
            "include_object": lambda *told: told[1] != "ix_resources_search_text",
        }
        context = MigrationContext.configure(connection, opts=opts)

        assert compare_metadata(context, Base.metadata) == []


def test_several_processes_may_prepare_the_tables_at_once(empty, tmp_path) -> None:
    settings = {
        "PDN_MARKETPLACE_DATA": str(tmp_path),
        "PDN_MARKETPLACE_DATABASE_URL": empty,
    }
    create_keys(tmp_path)

    started = [command("init", settings) for _ in range(2)]

    assert [process.wait(timeout=60) for process in started] == [0, 0]


def test_an_address_that_is_no_database_says_how_it_is_written() -> None:
    for wrong in ("postgresql//servidor", "mysql+nada://x/y"):
        with pytest.raises(ConfigurationError, match="postgresql://usuario:clave"):
            Database(wrong)


def test_a_server_that_is_off_is_told_without_its_password() -> None:
    port = servers.free_port()
    off = Database(f"postgresql://pdn:la-clave@127.0.0.1:{port}/market")

    with pytest.raises(StorageError) as caught:
        off.migrate()

    assert "esté encendido" in caught.value.message
    assert "la-clave" not in caught.value.message


def test_the_catalogue_answers_as_with_sqlite(market, make_sqlite) -> None:
    asked = [
        catalog.Query(sort=sort, q=q, system=system)
        for sort in catalog.SORTS
        for q, system in (("", ""), ("declaracion", ""), ("api", "s2"), ("100%", ""))
    ]
    asked.append(catalog.Query(q="declaracoin"))

    here, there = (answers(m, asked) for m in (market, make_sqlite()))

    assert here == there
    assert here[-1][-1] == "declaracion"


def answers(market, asked: list[catalog.Query]) -> list[tuple[object, ...]]:
    found = []
    with market.database.transaction() as session:
        seed_catalog(session, market.clock())
        for query in asked:
            page = catalog.find(session, query, 7)
            offered = facets(session, query, page)
            slugs = [r.slug for r in page.resources]
            found.append((slugs, page.total, page.next, offered, page.corrected))
    return found


@pytest.fixture
def make_sqlite(make_market, tmp_path):
    def make():
        made = make_market(database_url=f"sqlite:///{tmp_path}/beside.db")
        made.clock.at = made.clock.at.replace(microsecond=0)
        return made

    return make


def test_what_postgresql_cannot_hold_is_a_bad_request(market, owner) -> None:
    browser = market.browser(owner)

    paths = ("/?q=a%00b", f"/api/v1/resources?q=%00&system={'9' * 99}", "/verify/%00")

    assert {browser.get(path).status_code for path in paths} <= {200, 400, 404}
    assert browser.get("/recursos/a%00b").status_code == 400


def test_the_log_refuses_a_change(market, owner) -> None:
    market.submit(owner)

    for change in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit"):
        with (
            pytest.raises(DBAPIError, match="append-only"),
            market.database.transaction() as session,
        ):
            session.execute(text(change))


def test_lines_written_at_once_make_one_chain(market, owner) -> None:
    others = [market.person(f"persona{n}") for n in range(AT_ONCE)]

    found = together([lambda p=p: market.submit(p) for p in others])

    assert of_kind(found, int) == AT_ONCE
    assert (chain(market).lines, chain(market).broken_at) == (AT_ONCE, None)


@contextmanager
def without_locks(market, monkeypatch, many: int) -> Iterator[None]:
    """Plant a fault: nothing waits for its turn, and all write before any commits."""
    barrier = threading.Barrier(many)

    def meet(session: object) -> None:
        with suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=2)

    monkeypatch.setattr(db, "alone", lambda *_: None)
    monkeypatch.setattr(review, "hold", lambda *_: None)
    event.listen(market.database.sessions, "before_commit", meet)
    yield
    event.remove(market.database.sessions, "before_commit", meet)


@pytest.fixture
def two_waiting(market) -> None:
    """Four runs that wait, two of each of two providers."""
    for n in range(4):
        other = market.person(f"persona{n}")
        number = market.submit(other, base_url=f"https://a{n // 2}.gob.mx")
        ask_for_run(market, number, other)


def taken_at_once(market) -> list[int]:
    return sorted(filter(None, together([lambda: claimed(market)] * AT_ONCE)))


def test_two_workers_never_take_one_run_nor_one_provider(market, two_waiting) -> None:
    assert taken_at_once(market) == [1, 3]


def test_without_its_lock_two_workers_take_one_provider(
    market, two_waiting, monkeypatch
) -> None:
    with without_locks(market, monkeypatch, AT_ONCE):
        assert taken_at_once(market) != [1, 3]


def test_a_step_of_a_preview_is_taken_by_one_worker(market) -> None:
    admin = market.person("admin", Role.ADMINISTRATOR)
    market.in_review(market.person("duena"))
    rules = Rules(loader.get("s2"), "pdn", {"S2-023": Level.MAY})
    with market.database.transaction() as session:
        previews.ask(session, rules, admin, market.clock())

    def take() -> int | None:
        with market.database.transaction() as session:
            preview = previews.claim(session, market.clock())
            return preview and preview.id

    taken = together([take] * AT_ONCE)
    market.clock.tick(seconds=previews.DEAD_AFTER.total_seconds() + 1)
    previewer = Previewer(market.worker(database=market.database))
    while previewer.make_next():
        pass

    assert sorted(filter(None, taken)) == [1]
    with market.database.transaction() as session:
        preview = previews.find(session, 1)
        assert (preview.state, preview.judged, preview.changed) == ("finished", 1, 1)
    assert chain(market).broken_at is None


def claimed(market) -> int | None:
    with market.database.transaction() as session:
        run = runs.claim(session, market.clock())
        return run and run.id


def ask_for_run(market, number: int, person) -> Run:
    return change(
        market, number, lambda s, m: runs.request(s, m, person, market.clock())
    )


def change(market, number: int, work: Callable[..., object]) -> object:
    with market.database.transaction() as session:
        return work(session, session.get_one(Submission, number))


def test_a_run_asked_for_twice_at_once_is_one_run(market, owner) -> None:
    number = market.submit(owner)

    found = together([lambda: ask_for_run(market, number, owner)] * AT_ONCE)

    assert (of_kind(found, Run), of_kind(found, ConflictError)) == (1, AT_ONCE - 1)


def approved_at_once(market, owner) -> Callable[[], list[object]]:
    """Prepare two reviewers; give what makes them approve at the same moment."""
    number, run_id = market.in_review(owner)
    people = [market.person(f"revisora{n}", Role.REVIEWER, "SESNA") for n in (1, 2)]

    def approve(who) -> object:
        return change(
            market,
            number,
            lambda s, m: review.decide(
                s, m, who, Decision.APPROVE,
                comment="", run_id=run_id, needed=2, now=market.clock(),
            ),
        )  # fmt: skip

    def at_once() -> list[object]:
        told = together([lambda p=p: approve(p) for p in people])
        return [*told, market.state(number), chain(market).broken_at]

    return at_once


PUBLISHED = [None, None, "published", None]
"""No error of either, what became of the connector, and a log that holds."""


def test_two_reviewers_who_approve_at_once_publish_it(market, owner) -> None:
    assert approved_at_once(market, owner)() == PUBLISHED


def test_without_its_locks_two_approvals_at_once_are_not_enough(
    market, owner, monkeypatch
) -> None:
    at_once = approved_at_once(market, owner)

    with without_locks(market, monkeypatch, 2):
        assert at_once() != PUBLISHED


def test_papers_issued_at_once_have_numbers_of_their_own(market, owner) -> None:
    reviewer = market.person("revisora", Role.REVIEWER, "SESNA")
    numbers = [
        market.in_review(owner, base_url=f"https://a{n}.gob.mx")[0]
        for n in range(AT_ONCE)
    ]

    def issue(number: int) -> object:
        draft = Draft("A quien corresponda", "Asunto", "Texto")
        signer = Signer(market.config.signing_keys)
        return change(
            market,
            number,
            lambda s, m: papers.issue(
                s, m, reviewer, PaperKind.NOTICE, draft,
                signer=signer, now=market.clock(),
            ),
        )  # fmt: skip

    found = together([lambda n=n: issue(n) for n in numbers])

    assert of_kind(found, Paper) == AT_ONCE
    assert sorted(p.number for p in found) == [*range(1, AT_ONCE + 1)]


def test_wrong_passwords_tried_at_once_are_all_counted(market, owner) -> None:
    def guess() -> object:
        # As the view does: what was counted is kept, and the refusal is shown.
        with market.database.transaction() as session:
            try:
                accounts.sign_in(
                    session,
                    market.clock(),
                    email=owner.email,
                    password="no",
                    browser="",
                )
            except SignInError as error:
                return error.message

    together([guess] * accounts.MAX_FAILURES)

    assert "quedó en pausa" in str(guess())


def test_without_redis_the_site_goes_on(make_market, url) -> None:
    gone = f"redis://127.0.0.1:{servers.free_port()}/0"
    market = make_market(database_url=url, queue_url=gone, rate_limits="1")
    owner = market.person("duena")
    number = market.submit(owner)

    answer = market.browser(owner).post(f"/conectores/{number}/pruebas")

    assert answer.status_code == 302
    assert market.run(1).state == RunState.QUEUED


def test_rate_limits_are_counted_for_all_the_processes(
    make_market, url, redis_url
) -> None:
    sites = [
        make_market(database_url=url, queue_url=redis_url, rate_limits="1")
        for _ in range(2)
    ]
    # Without a password nothing is hashed, and it counts all the same.
    wrong = {"email": "nadie@correo.mx"}

    tried = [
        sites[n % 2].browser().post("/cuenta/entrar", data=wrong).status_code
        for n in range(31)
    ]

    assert tried == [400] * 30 + [429]


@pytest.mark.slow
def test_a_run_outlives_the_worker_that_was_killed_in_it(country) -> None:
    market = country.market
    owner = market.person("duena")
    with silent() as base:
        number = market.submit(owner, base_url=base)
        run = ask_for_run(market, number, owner)
        with working(country) as worker:
            country.waited(run.id, "running")
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
    with market.database.transaction() as session:
        # As if the time after which a worker is given up for dead had gone by.
        long_ago = Run.heartbeat_at - text("interval '1 hour'")
        session.execute(update(Run).values(heartbeat_at=long_ago))

    with working(country):
        ended = country.waited(run.id, "finished")

    assert (ended.attempts, ended.verdict) == (2, "inconclusive")
    assert actions(market) == ["create", "run_request", "run_retry", "run_finish"]


@contextmanager
def silent() -> Iterator[str]:
    """Take calls and never answer, as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"


def actions(market) -> list[str]:
    with market.database.transaction() as session:
        asked = select(audit.AuditEntry.action).order_by(audit.AuditEntry.id)
        return list(session.scalars(asked))
