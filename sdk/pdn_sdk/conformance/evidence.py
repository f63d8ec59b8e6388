"""An exchange as a report shows it: redacted, small, and possible to repeat."""

import base64
import binascii
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qsl

import orjson

from pdn_sdk.checking import Exchange, Request
from pdn_sdk.conformance.mentions import Mentions, about, quoted, steps
from pdn_sdk.conformance.redaction import HIDDEN, MARK, Redactor
from pdn_sdk.conformance.results import Evidence

BODY_CHARS = 1500
TEXT_CHARS = 600
LIST_ITEMS = 2
OTHER_SECRET = f"{MARK}OTRO_SECRETO{MARK}"

SHOWN_HEADERS = frozenset(
    {
        "allow",
        "content-encoding",
        "content-type",
        "location",
        "retry-after",
        "server",
        "set-cookie",
        "strict-transport-security",
        "www-authenticate",
        "x-powered-by",
    }
)
"""Of an answer. The rest (dates, caches, lengths) tells a reviewer nothing."""

LEFT_TO_CURL = frozenset(
    {"accept-encoding", "authorization", "content-length", "host", "user-agent"}
)


def evidence(
    exchange: Exchange,
    redactor: Redactor,
    told: str = "",
    *,
    body_chars: int = BODY_CHARS,
) -> Evidence:
    """Turn an exchange into what a report may keep of it.

    Of a long list the records that `told` names are kept, or else its head.
    """
    request, response = exchange.request, exchange.response
    shown = {k: v for k, v in response.headers.items() if k in SHOWN_HEADERS}
    return Evidence(
        request={
            "method": request.method,
            "url": shortened(redactor.text(request.url), TEXT_CHARS),
            "headers": _bounded(redactor.headers(request.headers)),
            "body": shortened(redactor.body(request.body), body_chars),
        },
        response={
            "status": response.status,
            "headers": _bounded(redactor.headers(shown)),
            "body": _small(response.body, redactor, told, body_chars),
            "elapsed_ms": round(response.elapsed_s * 1000, 1),
        },
    )


def shortened(text: str, limit: int) -> str:
    """Cut a text at a limit of characters, and say how many are missing."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… [{len(text) - limit:,} caracteres más]"


def curl(request: Request, redactor: Redactor) -> str:
    """Write the shell line that repeats a request, with variables for secrets."""
    parts = ["curl -sS"]
    if request.method != ("POST" if request.body else "GET"):
        parts.append(f"-X {shlex.quote(request.method)}")
    parts.append(_quoted(redactor.text(redactor.marked(request.url))))
    parts += _credentials(request, redactor)
    form = "form-urlencoded" in request.headers.get("Content-Type", "")
    skipped = LEFT_TO_CURL | ({"content-type"} if form and request.body else set())
    for name, value in request.headers.items():
        if name.lower() not in skipped:
            hidden = redactor.headers({name: redactor.marked(value)})[name]
            parts.append(f"-H {_quoted(f'{name}: {hidden}')}")
    parts += _form(request, redactor) if form else _data(request, redactor)
    return " ".join(parts)


def _small(body: bytes, redactor: Redactor, told: str, limit: int) -> str:
    """Keep little of each long list, so that the shape of an answer is seen."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return shortened(redactor.body(body), limit)
    named = quoted(told)
    wanted = [steps(path) for path in Mentions.of(about(told, named)).paths]
    # Cut before it is hidden: of a page of megabytes little is ever shown.
    kept = redactor.value(_cut(data, named, wanted))
    return shortened(orjson.dumps(kept, option=orjson.OPT_INDENT_2).decode(), limit)


def _cut(
    value: object, named: Sequence[str] = (), wanted: Sequence[Sequence[str]] = ()
) -> object:
    """Keep the head of each long list; of one that has a named record, that record.

    Of the record, the way to the places that are wanted is kept.
    """
    if isinstance(value, dict):
        return {k: _cut(v, named, wanted) for k, v in value.items()}
    if not isinstance(value, list):
        return value
    found = _named(value, named)
    if found is None:
        heads = map(_cut, value[:LIST_ITEMS])
        return [*heads, *_left_out(len(value) - LIST_ITEMS)]
    record = value[found]
    there = [path for path in wanted if path[0] in record]
    kept = _along(record, there) if there else _cut(record)
    return [*_left_out(found), kept, *_left_out(len(value) - found - 1)]


def _named(items: Sequence[object], named: Sequence[str]) -> int | None:
    """Find the record that is named first, where there are many."""
    if len(items) <= LIST_ITEMS:
        return None
    by_name: dict[str, int] = {}
    for number, item in enumerate(items):
        if isinstance(item, dict):
            for value in item.values():
                if isinstance(value, str | int):
                    by_name.setdefault(str(value), number)
    return next((by_name[name] for name in named if name in by_name), None)


def _left_out(count: int) -> list[object]:
    return [f"… {count:,} más"] if count > 0 else []


def _along(
    value: object, wanted: Sequence[Sequence[str]], *, is_record: bool = True
) -> object:
    """Keep of a value the way to the places that are wanted.

    Plain values stay beside them: they tell whose the record is, and what it has
    where something is missing.
    """
    if not all(wanted) or not isinstance(value, dict | list):
        return _cut(value)
    if isinstance(value, list):
        return _items_along(value, wanted)
    keeps_plain = is_record or any(len(path) == 1 for path in wanted)
    kept: dict[str, object] = {}
    for name, member in value.items():
        within = [path[1:] for path in wanted if path[0] == name]
        if within:
            kept[name] = _along(member, within, is_record=False)
        elif keeps_plain and not isinstance(member, dict | list):
            kept[name] = member
    left = len(value) - len(kept)
    more = "1 dato más" if left == 1 else f"{left:,} datos más"
    return kept | ({"…": more} if left else {})


def _items_along(items: Sequence[object], wanted: Sequence[Sequence[str]]) -> object:
    first = wanted[0][0]
    if not first.isdecimal() or int(first) >= len(items):
        return _cut(items)
    number = int(first)
    within = [path[1:] for path in wanted if path[0] == first]
    kept = _along(items[number], within, is_record=False)
    return [*_left_out(number), kept, *_left_out(len(items) - number - 1)]


def _bounded(headers: Mapping[str, str]) -> dict[str, str]:
    return {k: shortened(v, TEXT_CHARS) for k, v in sorted(headers.items())}


def _quoted(text: str) -> str:
    """Quote for a shell; marked names leave the quotes and become variables."""
    quoted = shlex.quote(text.replace(HIDDEN, OTHER_SECRET))
    return re.sub(rf"{MARK}(\w+){MARK}", r"""'"$\1"'""", quoted)


def _credentials(request: Request, redactor: Redactor) -> Iterator[str]:
    value = request.headers.get("Authorization", "")
    scheme, _, rest = value.partition(" ")
    pair = _decoded(rest) if scheme.lower() == "basic" else ""
    if pair:
        user, _, secret = pair.partition(":")
        known = redactor.marked(secret)
        shown = known if known.startswith(MARK) or not secret else OTHER_SECRET
        yield f"-u {_quoted(f'{redactor.text(user)}:{shown}')}"
    elif value:
        marked = redactor.marked(value)
        if MARK not in marked:
            marked = f"{scheme} {OTHER_SECRET}" if rest else OTHER_SECRET
        yield f"-H {_quoted(f'Authorization: {marked}')}"


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _form(request: Request, redactor: Redactor) -> Iterator[str]:
    for name, value in parse_qsl(request.body, keep_blank_values=True):
        member = redactor.value({name: redactor.marked(value)})
        shown = next(iter(member.values())) if isinstance(member, dict) else ""
        yield f"--data-urlencode {_quoted(f'{name}={shown}')}"


def _data(request: Request, redactor: Redactor) -> Iterator[str]:
    if len(request.body) > BODY_CHARS:
        yield "--data-binary @cuerpo.txt"
    elif request.body:
        yield f"--data-raw {_quoted(redactor.body(redactor.marked(request.body)))}"
