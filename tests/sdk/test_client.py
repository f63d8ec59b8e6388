"""The client against servers that behave badly, and addresses it must not call."""

import gzip
import socket
import threading
import tracemalloc
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pdn_sdk.client import (
    Client,
    ForbiddenAddressError,
    NetworkPolicy,
    NoAnswerError,
    RequestLimitError,
)
from pdn_sdk.client.policy import Resolver, checked_url, is_public
from pdn_sdk.errors import ProviderUnreachableError

MILLION = 1_000_000
BOMB = gzip.compress(b"x" * (50 * MILLION))


class Handler(BaseHTTPRequestHandler):
    """Answers each path in its own bad way, and remembers what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        getattr(self, self.path.strip("/").partition("?")[0] or "plain")()

    def log_message(self, *args):
        """Stay quiet."""

    def answer(self, body=b"{}", status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def plain(self):
        self.answer(b'{"ok": true}', Set_Cookie="sesion=1")

    def away(self):
        self.answer(status=302, Location="/plain")

    def big(self):
        self.answer(b"x" * MILLION)

    def bomb(self):
        self.answer(BOMB, Content_Encoding="gzip")

    def zipped(self):
        self.answer(gzip.compress(b"hola"), Content_Encoding="gzip")

    def lying(self):
        self.answer(b"esto no es gzip", Content_Encoding="gzip")

    def silent(self):
        self.server.released.wait()

    def trickle(self):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        while not self.server.released.wait(0.05):
            self.wfile.write(b"x")

    def endless(self):
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        with suppressed():
            while not self.server.released.is_set():
                self.wfile.write(b"x" * 65_536)

    def dropping(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def suppressed():
    try:
        yield
    except OSError:
        return


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that leaves is no error of the server's."""


@pytest.fixture
def server():
    with Server(("127.0.0.1", 0), Handler) as found:
        found.asked, found.released = [], threading.Event()
        found.base = f"http://127.0.0.1:{found.server_port}"
        thread = threading.Thread(target=found.serve_forever, args=(0.02,))
        thread.start()
        yield found
        found.released.set()
        found.shutdown()
        thread.join()


@contextmanager
def client(**policy):
    with Client(NetworkPolicy(**policy)) as made:
        yield made


def test_answer_comes_whole_with_lower_case_headers(server):
    with client() as made:
        exchange = made.send("GET", f"{server.base}/plain")

    assert exchange.json() == {"ok": True}
    assert exchange.response.headers["content-length"] == "12"


def test_redirect_is_an_answer_and_is_not_followed(server):
    with client() as made:
        exchange = made.send("GET", f"{server.base}/away")

    assert exchange.status == 302
    assert [path for path, _ in server.asked] == ["/away"]


def test_cookies_and_the_environment_change_nothing(server, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ana password clave", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    with client() as made:
        for _ in range(2):
            made.send("GET", f"{server.base}/plain")

    _, headers = server.asked[-1]
    assert {"Cookie", "Authorization"}.isdisjoint(headers)


@pytest.mark.parametrize("path", ["big", "bomb", "endless"])
def test_body_is_cut_at_the_limit_and_says_so(server, path):
    with client(max_bytes=100_000) as made:
        exchange = made.send("GET", f"{server.base}/{path}")

    assert len(exchange.response.body) == 100_000
    assert exchange.response.truncated


def test_bomb_takes_no_more_memory_than_the_limit(server):
    with client(max_bytes=100_000) as made:
        made.send("GET", f"{server.base}/plain")
        tracemalloc.start()
        made.send("GET", f"{server.base}/bomb")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert peak < 5 * MILLION


def test_gzip_is_opened_and_what_is_not_gzip_is_given_as_it_came(server):
    with client() as made:
        opened = made.send("GET", f"{server.base}/zipped")
        lying = made.send("GET", f"{server.base}/lying")

    assert opened.response.body == b"hola"
    assert lying.response.body == b"esto no es gzip"


@pytest.mark.parametrize("path", ["silent", "trickle"])
def test_time_limit_is_for_the_whole_answer(server, path):
    with client(timeout_s=0.4) as made, pytest.raises(NoAnswerError) as raised:
        made.send("GET", f"{server.base}/{path}")

    assert (
        raised.value.message == "El servidor no terminó de responder en 0.4 segundos."
    )
    assert raised.value.request.url == f"{server.base}/{path}"


def test_time_of_a_request_may_only_shorten_that_of_the_policy(server):
    with client(timeout_s=0.2) as made, pytest.raises(NoAnswerError, match=r"0\.2"):
        made.send("GET", f"{server.base}/silent", timeout_s=60)


def test_dropped_connection_is_no_answer(server):
    with client() as made, pytest.raises(NoAnswerError, match="cortó la conexión"):
        made.send("GET", f"{server.base}/dropping")


def test_kept_connection_that_was_closed_is_tried_once_more(server):
    with client() as made:
        made.send("GET", f"{server.base}/plain")
        with pytest.raises(NoAnswerError):
            made.send("GET", f"{server.base}/dropping")

    asked = [path for path, _ in server.asked]
    assert asked == ["/plain", "/dropping", "/dropping"]


def test_requests_are_counted_and_bounded(server):
    with client(max_requests=2) as made:
        for _ in range(2):
            made.send("GET", f"{server.base}/plain")
        with pytest.raises(RequestLimitError, match="--max-requests"):
            made.send("GET", f"{server.base}/plain")

    assert made.requests_made == 2
    assert len(server.asked) == 2


def test_nobody_there_is_unreachable_and_not_silence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with client() as made, pytest.raises(ProviderUnreachableError) as raised:
            made.send("GET", url)

    assert not isinstance(raised.value, NoAnswerError)
    assert "Revise que el servicio esté encendido" in raised.value.message


def test_name_that_does_not_exist_is_told_by_its_name():
    with (
        client() as made,
        pytest.raises(ProviderUnreachableError, match=r"no\.invalid"),
    ):
        made.send("GET", "http://no.invalid/")


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("0.0.0.0", "100.64.0.1", "168.63.129.16", "224.0.0.1", "255.255.255.255"),
        *("::1", "fe80::1%eth0", "fd00::1", "::", "ff02::1", "::ffff:10.0.0.1"),
        *("64:ff9b::a00:1", "2002:a00:1::", "::ffff:169.254.169.254", "::a00:1"),
    ],
)
def test_address_of_a_private_or_special_network_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "200.33.1.1", "2806:1000::1"])
def test_address_of_the_internet_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "127.1", "[::1]"]
)
def test_private_address_is_refused_however_it_is_written(server, host):
    url = f"http://{host}:{server.server_port}/plain"

    with client(allow_private=False) as made, pytest.raises(ForbiddenAddressError):
        made.send("GET", url)

    assert server.asked == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("file:///etc/passwd", "http://"),
        ("ftp://api.mx/x", "http://"),
        ("gopher://127.0.0.1:70/", "http://"),
        ("//api.mx/x", "http://"),
        ("http://", "http://"),
        ("http://ana:clave@api.mx/", "usuario o una contraseña"),
        ("http://api.mx:99999/", "el puerto"),
        ("http://api.mx:22/", "puerto 22"),
    ],
)
def test_url_of_another_kind_is_refused_in_words(url, told):
    with pytest.raises(ForbiddenAddressError, match=told) as raised:
        checked_url(url, NetworkPolicy(ports=frozenset({80, 443})))

    assert "clave" not in raised.value.message


def test_name_keeps_the_address_that_it_had_at_first(monkeypatch):
    answers = iter(["93.184.216.34", "127.0.0.1"])

    def resolve(host, port, **kind):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    resolver = Resolver(NetworkPolicy(allow_private=False))

    first = resolver.addresses("api.mx", 80)

    assert resolver.addresses("api.mx", 80) == first == ("93.184.216.34",)


def test_name_with_one_private_address_among_public_ones_is_refused(monkeypatch):
    def resolve(host, port, **kind):
        found = ("93.184.216.34", "10.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    with pytest.raises(ForbiddenAddressError, match="red privada"):
        Resolver(NetworkPolicy(allow_private=False)).addresses("api.mx", 80)


def test_many_threads_share_a_client(server):
    with client() as made:
        url = f"{server.base}/plain"
        threads = [
            threading.Thread(target=made.send, args=("GET", url)) for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert made.requests_made == len(server.asked) == 12
