"""A run followed while it happens: what the stream says, to whom, and its limits."""

import json
import shutil
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest
import requests
from tests import servers
from werkzeug.serving import make_server

from pdn_marketplace import settings
from pdn_marketplace.submissions import runs
from pdn_marketplace.submissions.live.leases import RedisLeases
from pdn_marketplace.submissions.live.streams import Streams
from pdn_marketplace.submissions.models import Submission

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
    "",
)


@pytest.fixture
def streams(market):
    """The places of the site, whose streams live short and turn fast."""
    fast = Streams(life_s=5.0, turn_s=0.01)
    market.app.extensions["pdn_streams"] = fast
    return fast


@pytest.fixture
def run_id(market, owner):
    return asked(market, market.submit(owner), owner)


@pytest.fixture
def address(market):
    """The address of the site, served to many at once."""
    server = make_server("127.0.0.1", 0, market.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def test_the_stream_tells_the_run_to_its_end(market, owner, streams, run_id) -> None:
    answer = market.browser(owner).get(f"/pruebas/{run_id}/avance", buffered=False)
    told = answer.iter_encoded()

    first = event_of(told)
    with market.database.transaction() as session:
        claimed = runs.claim(session, market.clock.tick())
        runs.beat(session, claimed, market.clock(), done=3, total=40, doing="Una")
    second = event_of(told)
    with market.database.transaction() as session:
        runs.cancel(session, runs.held(session, claimed), owner, market.clock())
        runs.sweep(session, market.clock.tick(minutes=2))
    last = event_of(told)

    assert answer.mimetype == "text/event-stream"
    assert first["said"] == "Su prueba es la número 1 de la fila."
    assert (second["done"], second["total"], second["doing"]) == (3, 40, "Una")
    assert (last["state"], last["is_over"]) == ("cancelled", True)
    assert next(told, None) is None


def test_a_stream_ends_by_itself_before_the_run(market, owner, streams, run_id) -> None:
    streams.life_s = 0.05

    with market.browser(owner).get(f"/pruebas/{run_id}/avance") as answer:
        text = answer.text

    assert text.startswith("retry: 1000")
    assert text.count("event: avance") == 1
    assert streams.open == 0


def test_an_account_takes_two_places_and_gives_them_back(
    market, owner, streams, run_id
) -> None:
    browser = market.browser(owner)
    path = f"/pruebas/{run_id}/avance"
    held = [browser.get(path, buffered=False) for _ in range(2)]

    refused = browser.get(path).status_code
    held[0].close()
    again = browser.get(path, buffered=False)

    assert [answer.status_code for answer in held] == [200, 200]
    assert (refused, again.status_code) == (204, 200)
    held[1].close()
    again.close()
    assert streams.open == 0


def test_streams_never_take_every_thread(market, owner, streams, run_id) -> None:
    others = [str(n) for n in range(streams.places)]
    taken = [streams.take(who) for who in others]

    refused = market.browser(owner).get(f"/pruebas/{run_id}/avance").status_code

    assert all(taken)
    assert refused == 204


OTHER_PROCESS = """
import sys
from pdn_marketplace.submissions.live.leases import RedisLeases
from pdn_marketplace.submissions.live.streams import Streams

streams = Streams(leases=RedisLeases.of(sys.argv[1]))
for who in sys.stdin:
    print(bool(streams.take(who.strip())), flush=True)
"""


@pytest.fixture
def there(redis_url):
    """Give what takes a place in another process of the site."""
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER_PROCESS, redis_url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def take(who: str) -> bool:
        print(who, file=process.stdin, flush=True)
        return process.stdout.readline().strip() == "True"

    yield take
    process.communicate()


@pytest.mark.skipif(not servers.has_redis(), reason=servers.LACKS_REDIS)
def test_two_processes_count_the_places_of_an_account_together(
    market, owner, run_id, redis_url, there
) -> None:
    here = Streams(leases=RedisLeases.of(redis_url), turn_s=0.01)
    market.app.extensions["pdn_streams"] = here
    browser, path = market.browser(owner), f"/pruebas/{run_id}/avance"
    held = browser.get(path, buffered=False)
    taken = [there(f"account {owner.id}") for _ in range(2)]

    refused = browser.get(path).status_code
    held.close()

    assert taken == [True, False]
    assert (held.status_code, refused) == (200, 204)
    assert [there("account 999"), there(f"account {owner.id}")] == [True, True]


@pytest.mark.skipif(not servers.has_redis(), reason=servers.LACKS_REDIS)
def test_the_place_of_a_process_that_died_expires(redis_url) -> None:
    dead, alive = (RedisLeases.of(redis_url) for _ in range(2))
    assert dead.take("account 3", 1, 1.0)
    before = alive.take("account 3", 1, 1.0)

    wait = threading.Event()
    while not (after := alive.take("account 3", 1, 30.0)):
        wait.wait(0.1)

    assert before is None
    assert after


def test_without_redis_each_process_counts_by_itself() -> None:
    gone = RedisLeases.of(f"redis://127.0.0.1:{servers.free_port()}/0")
    streams = Streams(leases=gone)

    taken = [streams.take("account 1") for _ in range(3)]
    streams.leave(taken[0])

    assert [place is not None for place in taken] == [True, True, False]
    assert streams.open == 1


def test_the_stream_of_a_foreign_run_is_refused(market, streams, run_id) -> None:
    stranger = market.browser(market.person("extrana"))

    path = f"/pruebas/{run_id}/avance"

    assert stranger.get(path).status_code == 404
    assert market.browser().get(path).status_code == 404
    assert streams.open == 0


def test_a_stream_ends_when_its_reader_may_no_longer_see_the_run(
    market, owner, streams, run_id
) -> None:
    other = market.person("otra")
    told = (
        market.browser(owner)
        .get(f"/pruebas/{run_id}/avance", buffered=False)
        .iter_encoded()
    )
    event_of(told)

    with market.database.transaction() as session:
        session.get_one(Submission, 1).owner_id = other.id

    assert b"event" not in b"".join(told)


def test_a_reader_who_leaves_gives_the_place_back(
    market, owner, streams, run_id, address
) -> None:
    cookie = market.browser(owner).get_cookie("mercado")
    with requests.get(
        f"{address}/pruebas/{run_id}/avance",
        cookies={"mercado": cookie.value},
        stream=True,
        timeout=5,
    ) as answer:
        assert next(answer.iter_lines()).startswith(b"retry")
        assert streams.open == 1

    wait = threading.Event()
    while streams.open:
        wait.wait(0.02)


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine")
def test_the_page_moves_without_being_asked_again(
    market, owner, streams, run_id, address
) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    cookie = market.browser(owner).get_cookie("mercado").value
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context(base_url=address)
        context.set_default_timeout(15_000)
        context.add_cookies([{"name": "mercado", "value": cookie, "url": address}])
        heard, asking = context.new_page(), context.new_page()
        answers, complaints = [], []
        for page in (heard, asking):
            page.on("console", lambda said: complaints.append(said.text))
        for page, places in ((heard, 1), (asking, 0)):
            streams.places = places
            with page.expect_response("**/avance") as answer:
                page.goto(f"/pruebas/{run_id}")
            answers.append(answer.value.status)
        with market.database.transaction() as session:
            claimed = runs.claim(session, datetime.now(UTC))
            runs.beat(
                session, claimed, datetime.now(UTC), done=3, total=40, doing="Una"
            )
        for page in (heard, asking):
            page.get_by_text("Van 3 de 40 pruebas.").wait_for()
        with market.database.transaction() as session:
            held = runs.held(session, claimed)
            runs.close(session, held, "failed", runs.our_fault(), datetime.now(UTC))
        for page in (heard, asking):
            page.get_by_text("No se pudo hacer").wait_for()
        browser.close()

    assert answers == [200, 204]
    assert complaints == []


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("active_runs", 1, "Tiene 1 prueba en curso. Espere a que termine."),
        ("runs_a_day", 1, "Ya pidió 1 prueba en un día, que es el límite."),
    ],
)
def test_the_limits_of_an_account_are_settings(market, setting, value, said) -> None:
    with market.database.transaction() as session:
        settings.write(session, setting, value)
    owner = market.person("duena")
    numbers = [market.submit(owner, base_url=f"https://a{n}.gob.mx") for n in range(2)]
    browser = market.browser(owner)

    answers = [browser.post(f"/conectores/{number}/pruebas") for number in numbers]

    assert [answer.status_code for answer in answers] == [302, 409]
    assert said in answers[1].text


def asked(market, submission_id: int, person) -> int:
    with market.database.transaction() as session:
        submission = session.get_one(Submission, submission_id)
        return runs.request(session, submission, person, market.clock.tick()).id


def event_of(told) -> dict[str, object]:
    """Give the next thing that a stream says, past the lines that say nothing."""
    for part in told:
        if part.startswith(b"event: avance"):
            return json.loads(part.partition(b"data: ")[2])
    raise AssertionError("the stream ended")
