"""Reading and judging one answer, and when to ask again.

May import the vocabulary of checks.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn
from urllib.parse import urljoin, urlsplit

from pdn_sdk.checking import Exchange, FindingError, Response
from pdn_sdk.client import NoAnswerError

BUSY = frozenset({429, 503})
MOST_WAITS = 5
LONGEST_WAIT_S = 60.0
"""The usual window of a limit on the number of requests."""


def fail(message: str, exchange: Exchange) -> NoReturn:
    """Raise the finding that an answer is."""
    raise FindingError(
        message,
        expected="estado 200 con {pagination, results}"
        if exchange.request.method == "POST"
        else "estado 200",
        received=f"estado {exchange.status}, {shape(exchange.json())}",
        evidence=(exchange,),
    )


def unanswered(silence: NoAnswerError, within_s: float) -> FindingError:
    """Make the finding that no answer came. Unit: seconds."""
    nothing = Response(0, {}, b"", silence.elapsed_s)
    return FindingError(
        f"{silence.message} Quien consulta se queda esperando.",
        expected=f"una respuesta en menos de {within_s:g} segundos",
        received="ninguna respuesta",
        evidence=(Exchange(silence.request, nothing),),
    )


def asks_to_wait(exchange: Exchange) -> bool:
    """Tell whether the provider asks to be called later."""
    return exchange.status == 429 or (
        exchange.status in BUSY and "retry-after" in exchange.response.headers
    )


def wait_s(exchange: Exchange, now: datetime) -> float:
    """Give how long it asks to wait, in seconds or until a moment. Unit: seconds."""
    asked = exchange.response.headers.get("retry-after", "").strip()
    if asked.isdigit():
        return float(asked)
    try:
        until = parsedate_to_datetime(asked)
    except ValueError:
        return 1.0
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())


def patiently(send: Callable[[], Exchange], longest_s: float) -> Exchange:
    """Send again for as long as the provider asks to wait, and not too long.

    Gives the last answer, which may still ask to wait.
    """
    for _ in range(MOST_WAITS):
        exchange = send()
        if not asks_to_wait(exchange):
            break
        wanted_s = wait_s(exchange, datetime.now(UTC))
        if wanted_s > longest_s:
            break
        time.sleep(wanted_s)
    return exchange


def moved_to(exchange: Exchange) -> str:
    """Give where an answer says that the same request must go; "" if nowhere.

    Only 307 and 308 keep the method and the body. Never to another server, which
    would be given the token.
    """
    place = exchange.response.headers.get("location", "")
    if exchange.status not in {307, 308} or not place:
        return ""
    here, there = exchange.request.url, urljoin(exchange.request.url, place)
    return there if urlsplit(there)[:2] == urlsplit(here)[:2] else ""


def headers(
    token: str | None, content: bytes | None, own: Mapping[str, str] | None
) -> dict[str, str]:
    """Give the headers to send; those of one's own win, and a blank one removes."""
    headers = {} if content is None else {"Content-Type": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    wanted = {name.lower() for name in own or {}}
    kept = {k: v for k, v in headers.items() if k.lower() not in wanted}
    return kept | dict(own or {})


def shape(value: object) -> str:
    """Say in Spanish what kind of thing an answer is."""
    if isinstance(value, dict):
        return f"un objeto con {', '.join(sorted(value)) or 'ningún miembro'}"
    if isinstance(value, list):
        return f"un arreglo de {len(value):,} elementos"
    return "algo que no es JSON" if value is None else "un valor suelto"


def too_large(exchange: Exchange) -> str:
    """Say that an answer is larger than what is read."""
    return (
        f"La respuesta pasa de {len(exchange.response.body):,} bytes y se dejó de leer."
    )
