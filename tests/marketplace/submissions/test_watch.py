"""The watch: looks, alerts, notices, suspension and the status page."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import func, select

from pdn_marketplace import settings
from pdn_marketplace.accounts.models import User
from pdn_marketplace.errors import ConflictError
from pdn_marketplace.security import Role
from pdn_marketplace.submissions import audit, review, runs
from pdn_marketplace.submissions import service as submissions
from pdn_marketplace.submissions.models import Run, Submission
from pdn_marketplace.submissions.states import Decision
from pdn_marketplace.watch import service
from pdn_marketplace.watch.jobs import Watcher
from pdn_marketplace.watch.models import Look, Watched
from pdn_marketplace.watch.probe import Sighting, sighting
from pdn_marketplace.watch.schedule import DAY, next_time
from pdn_marketplace.watch.server import Server, asked
from pdn_sdk.conformance.results import Outcome

UP = Sighting(is_up=True, latency_ms=40.0, records=1000, repeats_pages=False)
DOWN = Sighting(is_up=False)
GRACE = timedelta(days=14)
STATUS = "/recursos/conector-de-ejemplo/estado"
API = "/api/v1/resources/conector-de-ejemplo/status"


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return unused.getsockname()[1]


@pytest.fixture
def listed(market, owner):
    """A published connector that is watched; gives its number."""
    return publish(market, owner)


def publish(market, owner, **changes: str) -> int:
    number, run_id = market.in_review(owner, **changes)
    approved(market, number, run_id)
    with market.database.transaction() as session:
        assert service.enlist(session, market.clock()) == 1
    return number


def approved(market, number: int, run_id: int) -> None:
    for turn in range(2):
        name = f"revisora-{run_id}-{turn}"
        person = market.person(name, Role.REVIEWER, "Secretaría Ejecutiva")
        with market.database.transaction() as session:
            review.decide(
                session,
                session.get_one(Submission, number),
                person,
                Decision.APPROVE,
                comment="",
                run_id=run_id,
                needed=2,
                now=market.clock.tick(),
            )


def saw(market, number: int, *seen: Sighting) -> service.Change:
    """Note looks a day apart; give what the last one changed."""
    for one in seen:
        with market.database.transaction() as session:
            watched = session.get_one(Watched, number)
            change = service.note(
                session, watched, one, market.clock.tick(days=1), GRACE
            )
    return change


@pytest.mark.parametrize(
    ("changed", "alert"),
    [
        ({"records": 799}, "records_fell"),
        ({"repeats_pages": True}, "repeated_pages"),
        (
            {"certificate_until": datetime(2020, 1, 1, tzinfo=UTC)},
            "certificate_expired",
        ),
    ],
)
def test_a_planted_change_raises_its_alert_once(market, listed, changed, alert) -> None:
    spoiled = replace(UP, **changed)

    assert saw(market, listed, UP).raised == ()
    assert saw(market, listed, spoiled).raised == (alert,)
    assert saw(market, listed, spoiled).raised == ()
    assert market.browser().get(API).json["alerts"] == [alert]


def test_a_small_fall_of_records_is_no_alert(market, listed) -> None:
    assert saw(market, listed, UP, replace(UP, records=800)).raised == ()


def test_data_that_do_not_change_for_three_months_are_told(market, listed) -> None:
    same = replace(UP, fingerprint="a" * 16)
    saw(market, listed, same)
    market.clock.tick(days=90)

    assert saw(market, listed, same).raised == ("stale",)
    assert saw(market, listed, replace(UP, fingerprint="b" * 16)).cleared == ("stale",)


def test_an_outage_is_told_and_looked_at_again_in_an_hour(market, listed) -> None:
    change = saw(market, listed, UP, DOWN, DOWN)

    with market.database.transaction() as session:
        wait = session.get_one(Watched, listed).next_look_at - market.clock()
    assert change.raised == ("outage",)
    assert wait == timedelta(hours=1)
    assert market.state(listed) == "published"


def test_an_outage_of_months_never_suspends(market, listed) -> None:
    saw(market, listed, *[DOWN] * 40)

    assert market.state(listed) == "published"


def test_what_fails_longer_than_the_grace_is_suspended_until_it_passes(
    market, owner, listed, reports
) -> None:
    made_report, made_result = reports
    market.tested(listed, owner, made_report(made_result("PAG-02", Outcome.FAIL)))
    saw(market, listed, UP)
    assert market.state(listed) == "published"
    saw(market, listed, *[UP] * 15)
    assert market.state(listed) == "suspended"
    assert market.browser().get("/recursos/conector-de-ejemplo").status_code == 404
    assert "Suspendido" in market.browser().get(STATUS).text

    market.tested(listed, owner, made_report())
    assert saw(market, listed, UP).was_resumed
    assert market.browser().get("/recursos/conector-de-ejemplo").status_code == 200
    with market.database.transaction() as session:
        told = [e.action for e in audit.entries(session, f"submission:{listed}")]
        assert audit.verify(session).broken_at is None
    assert told.index("suspend") < told.index("resume")


def test_only_a_reviewer_of_elsewhere_lifts_a_suspension(
    market, owner, listed, reports
) -> None:
    made_report, made_result = reports
    market.tested(listed, owner, made_report(made_result("PAG-02", Outcome.FAIL)))
    saw(market, listed, *[UP] * 16)
    own = market.person("propia", Role.REVIEWER, "Municipio de Ejemplo")
    other = market.person("ajena", Role.REVIEWER, "Otra")
    path = f"{STATUS}/levantar"

    assert "Levantar la suspensión" not in market.browser(own).get(STATUS).text
    assert "Levantar la suspensión" not in market.browser(owner).get(STATUS).text
    assert "Levantar la suspensión" in market.browser(other).get(STATUS).text
    assert "/cuenta/entrar" in market.browser().post(path).location
    assert market.browser(owner).post(path).status_code == 403
    assert market.browser(own).post(path).status_code == 403
    assert market.browser(other).post(path).status_code == 302
    assert market.state(listed) == "published"


def test_a_round_looks_at_a_dead_provider_and_writes_only_on_change(
    make_market, free_port
) -> None:
    market = make_market(allow_private_targets="1")
    url = f"http://127.0.0.1:{free_port}"
    publish(market, market.person("duena"), base_url=url)
    watcher = replace(Watcher.of(market.config), worker=market.worker())
    market.clock.tick(days=1)
    rounds = []
    for _ in range(3):
        rounds.append(watcher.go_round().looks)
        market.clock.tick(hours=2)

    letters = list((market.config.data / "correo").glob("*.eml"))
    assert rounds == [1, 1, 1]
    assert len(letters) == 1
    assert b"To: duena@correo.mx" in letters[0].read_bytes()


def test_a_private_address_is_never_called(market, owner) -> None:
    number = publish(market, owner)
    with socket.create_server(("127.0.0.1", 0)) as inside:
        inside.setblocking(False)
        with market.database.transaction() as session:
            port = inside.getsockname()[1]
            submission = session.get_one(Submission, number)
            submission.base_url = f"http://127.0.0.1:{port}"
        market.clock.tick(days=1)
        watcher = replace(Watcher.of(market.config), worker=market.worker())

        assert watcher.go_round().looks == 1
        with pytest.raises(BlockingIOError):
            inside.accept()
    page, told = market.browser().get(STATUS).text, market.browser().get(API).json
    assert "No se llamó: dirección privada" in page
    assert "No responde" not in page
    assert told["alerts"] == ["refused"]
    assert (told["looks"][0]["is_up"], told["looks"][0]["is_refused"]) == (False, True)


def test_a_run_asked_for_during_a_look_is_made_before_the_next(make_market) -> None:
    market = make_market(allow_private_targets="1")
    owner = market.person("duena")
    waiting: list[int] = []

    def ask_once() -> None:
        if not waiting:
            waiting.append(market.submit(owner, base_url=url))
            ask(market, waiting[0], owner)

    with answering(ask_once) as url:
        publish(market, owner, base_url=url)
        publish(market, owner, name="Otro", base_url=url)
        market.clock.tick(days=1)
        worker = replace(market.worker(), now=market.clock.tick)
        assert replace(Watcher.of(market.config), worker=worker).work().looks == 2

    with market.database.transaction() as session:
        first, second = session.scalars(select(Look.at).order_by(Look.id))
        asked = select(Run.finished_at).where(Run.submission_id == waiting[0])
        made = session.scalar(asked)
    assert first < made < second


def test_a_weekly_run_goes_after_those_that_people_wait_for(market, listed, owner):
    weekly = weekly_run(market, listed)
    asked_for = ask(market, market.submit(owner), owner)

    browser = market.browser(owner)
    places = [
        browser.get(f"/api/v1/runs/{n}").json["position"] for n in (asked_for, weekly)
    ]
    with market.database.transaction() as session:
        claimed = runs.claim(session, market.clock.tick())
    assert places == [1, 2]
    assert claimed.id == asked_for


def test_weekly_runs_do_not_count_against_their_owner(market, listed, owner) -> None:
    weekly = weekly_run(market, listed)
    for _ in range(settings.TUNABLES[settings.ACTIVE_RUNS].default):
        ask(market, market.submit(owner), owner)

    with pytest.raises(ConflictError, match="3 pruebas"):
        ask(market, market.submit(owner), owner)
    exported = market.browser(owner).get("/cuenta/datos.json").json
    assert weekly not in [run["id"] for run in exported["runs"]]


def test_asking_for_a_run_takes_the_place_of_the_weekly_one(
    market, listed, owner
) -> None:
    weekly = weekly_run(market, listed)

    answer = market.browser(owner).post(f"/conectores/{listed}/pruebas")

    assert answer.status_code == 302
    assert market.run(weekly).state == "cancelled"


def weekly_run(market, number: int) -> int:
    """Put the weekly run of a connector in line; give its number."""
    with market.database.transaction() as session:
        assert service.due_runs(session, market.clock.tick(days=8)) == 1
        return session.scalar(
            select(func.max(Run.id)).where(Run.submission_id == number)
        )


def ask(market, number: int, owner) -> int:
    with market.database.transaction() as session:
        submission = session.get_one(Submission, number)
        return runs.request(session, submission, owner, market.clock.tick()).id


@contextmanager
def answering(on_call: Callable[[], None]) -> Iterator[str]:
    """Serve 503 to everybody, telling of each call; give the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            on_call()
            self.send_error(503)

        def log_message(self, *told: object) -> None:
            pass

    Handler.do_GET = Handler.do_POST
    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_connector_listed_again_is_watched_anew(
    market, owner, listed, reports
) -> None:
    made_report, made_result = reports
    market.tested(listed, owner, made_report(made_result("PAG-02", Outcome.FAIL)))
    saw(market, listed, UP, DOWN, DOWN)
    with market.database.transaction() as session:
        submission = session.get_one(Submission, listed)
        submissions.withdraw(session, submission, owner, market.clock.tick())
        submissions.reopen(session, submission, owner, market.clock.tick())
    approved(market, listed, market.sent(listed, owner))
    blank = {"alerts": [], "looks": [], "uptime": None}

    assert market.browser().get(API).json.items() >= blank.items()
    with market.database.transaction() as session:
        assert service.enlist(session, market.clock()) == 1
        assert session.get_one(Watched, listed).failing_since is None
    assert market.browser().get(API).json.items() >= blank.items()


def test_what_is_withdrawn_is_forgotten(market, owner, listed) -> None:
    saw(market, listed, UP, DOWN)
    market.browser(owner).post(f"/conectores/{listed}/retirar")

    with market.database.transaction() as session:
        service.enlist(session, market.clock())
        assert session.scalars(select(Watched)).all() == []
        assert session.scalars(select(Look)).all() == []


def test_a_verdict_of_before_an_edit_never_suspends(
    market, owner, listed, reports
) -> None:
    made_report, made_result = reports
    market.tested(listed, owner, made_report(made_result("PAG-02", Outcome.FAIL)))
    with market.database.transaction() as session:
        session.get_one(Submission, listed).changed_at = market.clock.tick()

    saw(market, listed, *[UP] * 20)

    assert market.state(listed) == "published"


def test_the_weekly_run_is_put_in_line_once(market, listed) -> None:
    with market.database.transaction() as session:
        later = market.clock.tick(days=8)
        assert service.due_runs(session, later) == 1
        assert service.due_runs(session, later) == 0


def test_times_are_spread_over_the_day_and_do_not_move() -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    hours = [(next_time(n, DAY, now) - now) // timedelta(hours=1) for n in range(2400)]

    assert {hours.count(h) > 60 for h in range(24)} == {True}
    assert next_time(7, DAY, now + DAY) == next_time(7, DAY, now) + DAY


def test_repeated_pages_are_read_from_the_report(reports) -> None:
    made_report, made_result = reports

    assert sighting(made_report(made_result("PAG-13", Outcome.FAIL))).repeats_pages
    assert sighting(made_report(made_result("PAG-13"))).repeats_pages is False
    of_case = made_result("PAG-80[una_coleccion]", Outcome.FAIL)
    assert sighting(made_report(of_case)).repeats_pages


def test_the_page_has_charts_with_a_name_and_the_table_behind(market, listed) -> None:
    saw(market, listed, UP, DOWN, replace(UP, records=1234))
    page = market.browser().get(STATUS).text

    assert page.count("<title id=") == page.count("<desc id=") == 2
    assert "1,234" in page
    assert "66.7% de las últimas 3" in page
    assert "Does not answer" in market.browser().get(f"{STATUS}?lang=en").text


def test_a_change_is_told_to_the_organisation_each_in_their_language(
    make_market, free_port
) -> None:
    market = make_market(allow_private_targets="1")
    owner, gone = market.person("duena"), market.person("ausente")
    colleague, disabled = market.person("colega"), market.person("desactivada")
    organisation = market.shared(owner, colleague, disabled, left=gone)
    market.reads(colleague, "en")
    number = publish(market, owner, base_url=f"http://127.0.0.1:{free_port}")
    with market.database.transaction() as session:
        session.get_one(Submission, number).organisation_id = organisation
        session.get_one(User, disabled.id).disabled_at = market.clock()

    watcher = replace(Watcher.of(market.config), worker=market.worker())
    for _ in range(2):
        market.clock.tick(days=1)
        watcher.go_round()

    folder = market.config.data / "correo"
    read = [
        message_from_bytes(f.read_bytes(), policy=default) for f in folder.iterdir()
    ]
    told = {message["To"]: message for message in read}
    assert {to: message["Subject"] for to, message in told.items()} == {
        "colega@correo.mx": "The status of Conector de Ejemplo has changed",
        "duena@correo.mx": "Cambió el estado de Conector de Ejemplo",
    }
    assert "your API does not answer" in told["colega@correo.mx"].get_content()
    assert "su API no responde" in told["duena@correo.mx"].get_content()


def test_a_hostile_name_stays_text_in_page_and_letter(make_market, free_port) -> None:
    market = make_market(allow_private_targets="1")
    hostile = "<script>alert(1)</script>\r\nBcc: otro@correo.mx"
    url = f"http://127.0.0.1:{free_port}"
    publish(market, market.person("duena"), name=hostile, base_url=url)
    watcher = replace(Watcher.of(market.config), worker=market.worker())
    for _ in range(2):
        market.clock.tick(days=1)
        watcher.go_round()
    page = (
        market.browser()
        .get("/recursos/script-alert-1-script-bcc-otro-correo-mx/estado")
        .text
    )
    (letter,) = (market.config.data / "correo").glob("*.eml")
    read = message_from_bytes(letter.read_bytes(), policy=default)

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert read["Bcc"] is None
    assert read["Subject"].endswith("<script>alert(1)</script> Bcc: otro@correo.mx")
    assert [part.get_content_type() for part in read.walk()] == ["text/plain"]


def test_the_date_of_an_expired_certificate_is_read(tmp_path) -> None:
    until = datetime(2021, 5, 4, tzinfo=UTC)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made_certificate(tmp_path, until))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"https://127.0.0.1:{server.server_port}"

    assert asked([url], allow_private=True) == Server(certificate_until=until)
    assert asked([url], allow_private=False) == Server(is_refused=True)
    server.shutdown()
    server.server_close()


def made_certificate(folder, until):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ejemplo")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(until - timedelta(days=90))
        .not_valid_after(until)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    shape = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = folder / "server.pem"
    path.write_bytes(key.private_bytes(pem, *shape) + made.public_bytes(pem))
    return path
