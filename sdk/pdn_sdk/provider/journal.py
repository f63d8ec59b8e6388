"""One JSON line for each request on standard error, tied by a request id.

Never written: headers, bodies, query strings, values of a search, and the text
of an exception, which may quote any of them. Imports nothing of ours.
"""

import re
import secrets
import sys
import time
import traceback
from datetime import UTC, datetime

import orjson
from flask import Flask, Response, g, has_request_context, request

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
LONGEST_PATH = 120
FRAMES = 12


def install(app: Flask, *, access_log: bool) -> None:
    """Give every request an id, return it, and write its line if it is wanted."""

    def start() -> None:
        given = request.headers.get(HEADER, "")
        g.request_id = given if _SANE.fullmatch(given) else secrets.token_hex(8)
        g.started = time.perf_counter()
        g.notes = {}

    def end(answer: Response) -> Response:
        answer.headers[HEADER] = request_id()
        if access_log:
            _write("request", _line(answer))
        return answer

    app.before_request(start)
    app.after_request(end)


def request_id() -> str:
    """Give the id of the current request."""
    found: str = g.get("request_id", "")
    return found


def note(**facts: object) -> None:
    """Add facts to the line of the current request; never a value of a search."""
    if has_request_context():
        g.notes |= facts


def elapsed_s() -> float:
    """Give how long the current request has taken."""
    started: float = g.get("started", time.perf_counter())
    return time.perf_counter() - started


def failure(error: BaseException) -> None:
    """Write where an unexpected error arose: type and frames, not its text."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    _write(
        "error",
        {
            "request_id": request_id(),
            "type": type(error).__name__,
            "frames": [f"{f.filename}:{f.lineno} {f.name}" for f in frames],
        },
    )


def trouble(message: str) -> None:
    """Write for the operator what an error of ours says, such as the storage's."""
    _write("trouble", {"request_id": request_id(), "message": message})


def _line(answer: Response) -> dict[str, object]:
    rule = request.url_rule
    line = {
        "request_id": request_id(),
        "remote": request.remote_addr,
        "method": request.method,
        "route": rule.rule if rule else None,
        "status": answer.status_code,
        "bytes": answer.content_length,
        "ms": round(elapsed_s() * 1000, 1),
        **g.get("notes", {}),
    }
    if rule is None:
        line["path"] = request.path[:LONGEST_PATH]
    return line


def _write(event: str, facts: dict[str, object]) -> None:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"time": now, "event": event, **facts}
    # One write for each line, so that the lines of several processes do not mix.
    sys.stderr.write(orjson.dumps(line, default=str).decode() + "\n")
    sys.stderr.flush()
