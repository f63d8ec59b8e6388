"""Servers that answer as badly as a stranger's may."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRETS = ("el-secreto-del-cliente", "la-contrasena-del-usuario")


class Hostile(BaseHTTPRequestHandler):
    """Takes what it is sent and answers as its server says."""

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.answer(self)

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.do_GET
        raise AttributeError(name)

    def log_message(self, *args):
        """Stay quiet."""

    def start(self, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that leaves is no error of the server's."""


@contextmanager
def hostile(answer):
    with Server(("127.0.0.1", 0), Hostile) as server:
        server.released = threading.Event()
        server.answer = answer
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.released.set()
        server.shutdown()
        thread.join()


def never_ending(handler):
    handler.start(content_type="application/json")
    while not handler.server.released.wait(0.02):
        handler.wfile.write(b" " * 100)


def flooding(handler):
    handler.start(content_type="application/json")
    while not handler.server.released.is_set():
        handler.wfile.write(b"x" * 65_536)


def echoing(handler):
    handler.start(500, content_type="text/html")
    told = "".join(f"{k}: {v}\n" for k, v in handler.headers.items())
    handler.wfile.write(f"<pre>{told} {' '.join(SECRETS)}</pre>".encode())


def nested(handler):
    handler.start(content_type="application/json")
    handler.wfile.write(b"[" * 200_000)


def redirecting(handler):
    handler.start(302, location="http://127.0.0.1:9/x")
