"""The watch: looks, alerts, notices, suspension and the status page."""

import socket
import ssl
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pdn_marketplace.security import Role
from pdn_marketplace.submissions import audit, review
from pdn_marketplace.submissions.models import Submission
from pdn_marketplace.submissions.states import Decision
from pdn_marketplace.watch import service
from pdn_marketplace.watch.certificate import certificate_until
from pdn_marketplace.watch.jobs import Watcher
from pdn_marketplace.watch.models import Watched
from pdn_marketplace.watch.probe import Sighting, sighting
from pdn_marketplace.watch.schedule import DAY, next_time
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
    for name in ("revisora", "revisor"):
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
    with market.database.transaction() as session:
        assert service.enlist(session, market.clock()) == 1
    return number


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


def test_a_hostile_name_stays_text_in_page_and_letter(market, owner) -> None:
    hostile = "<script>alert(1)</script>"
    number = publish(market, owner, name=hostile)
    saw(market, number, UP, UP)
    with market.database.transaction() as session:
        slug = session.get_one(Submission, number).slug
    page = market.browser().get(f"/recursos/{slug}/estado").text

    assert hostile not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_date_of_an_expired_certificate_is_read(tmp_path) -> None:
    until = datetime(2021, 5, 4, tzinfo=UTC)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made_certificate(tmp_path, until))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"https://127.0.0.1:{server.server_port}"

    assert certificate_until(url, allow_private=True) == until
    assert certificate_until(url, allow_private=False) is None
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
