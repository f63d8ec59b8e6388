"""A report as one HTML page that opens without network, prints, and stays small.

Everything that a provider said is text: the template escapes it, and characters
that could disorder the page are replaced. However many findings there are, the
page keeps to a budget of bytes and says how much it leaves to the JSON report.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from markupsafe import escape as markup_escape

from pdn_sdk.conformance import words
from pdn_sdk.conformance.evidence import shortened
from pdn_sdk.conformance.plan import whole_check
from pdn_sdk.conformance.render.excerpt import Excerpt, excerpt
from pdn_sdk.conformance.render.sentences import requirement_sentences, system_title
from pdn_sdk.conformance.report import Report
from pdn_sdk.conformance.results import CheckResult, Evidence, Outcome
from pdn_sdk.conformance.words import Cause
from pdn_sdk.standards.model import Category

DETAIL_BYTES = 250_000
BRIEF_BYTES = 60_000
FOLDED_BYTES = 60_000
ROW_BYTES = 200
"""Of a row of a table, without its text."""
FIRST = 3
IDS = 12
TEXT_CHARS = 1200
BRIEF_CHARS = 160
BODY_CHARS = 2500

HEADINGS: Mapping[Outcome, tuple[str, str]] = {
    Outcome.FAIL: (
        "Lo que falla",
        "Requisitos obligatorios que la API no cumple, agrupados por lo que los "
        "corrige.",
    ),
    Outcome.ERROR: (
        "Lo que no se pudo juzgar",
        "Algo impidió probarlo: la red, la prueba misma o una falla anterior. Quite la "
        "traba y repita la prueba.",
    ),
    Outcome.WARN: (
        "Lo que conviene mejorar",
        "Recomendaciones que la API no sigue. No cambian el veredicto.",
    ),
}

# Controls, and marks that turn the direction of the text around.
_UNRULY = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class _Finding:
    """A cause as its card shows it."""

    anchor: str
    cause: Cause
    title: str
    message: str
    expected: str
    received: str
    fix: str
    source: str
    where: str
    curl: str
    requirements: Sequence[tuple[str, str]]
    others: Sequence[CheckResult]
    more: int
    exchange: "_Shown | None"


@dataclass(frozen=True, slots=True)
class _Shown:
    """The smallest evidence: a line for the request and the lines that tell."""

    request: str
    request_body: str
    status: str
    body: Excerpt


@dataclass(frozen=True, slots=True)
class _Section:
    """Cards and short rows under one heading; `left` is told only in the JSON."""

    outcome: Outcome
    heading: str
    explained: str
    causes: int
    results: int
    cards: Sequence[Markup]
    rows: Sequence[tuple[str, Cause]]
    left: int


@dataclass(frozen=True, slots=True)
class _Folded:
    """Rows of a folded table, and how many are told only in the JSON."""

    rows: Sequence[tuple[Any, ...]]
    left: int


def document(report: Report) -> str:
    """Give the page."""
    template = _environment().get_template("report.html")
    numbered = _numbered(report)
    return template.render(
        report=report,
        sentence=_inert(report.sentence, TEXT_CHARS),
        verdict=words.VERDICTS[report.verdict],
        title=system_title(report),
        tint=_tint(report),
        first=numbered[:FIRST],
        sections=list(_sections(report, numbered)),
        groups=_groups(report),
        untried=_untried(report),
        passed=_passed(report),
        css=_css(),
    )


def _numbered(report: Report) -> list[tuple[str, Cause]]:
    found = [
        cause for outcome in HEADINGS for cause in words.causes(report.checks, outcome)
    ]
    return [(f"causa-{n}", cause) for n, cause in enumerate(found, 1)]


def _sections(
    report: Report, numbered: Sequence[tuple[str, Cause]]
) -> Iterator[_Section]:
    card = _environment().get_template("finding.html")
    sentences = requirement_sentences(report)
    room, brief = DETAIL_BYTES, BRIEF_BYTES
    for outcome, (heading, explained) in HEADINGS.items():
        mine = [(a, c) for a, c in numbered if c.outcome is outcome]
        cards: list[Markup] = []
        for anchor, cause in mine:
            text = card.render(found=_finding(anchor, cause, sentences))
            room -= len(text.encode())
            if room < 0:
                break
            cards.append(Markup(text))  # noqa: S704 - our own template escaped it
        rows: list[tuple[str, Cause]] = []
        for anchor, cause in mine[len(cards) :]:
            brief -= _row_bytes(_inert(_said(cause.first), BRIEF_CHARS))
            if brief < 0:
                break
            rows.append((anchor, cause))
        if mine:
            yield _Section(
                outcome=outcome,
                heading=heading,
                explained=explained,
                causes=len(mine),
                results=sum(len(cause.results) for _, cause in mine),
                cards=cards,
                rows=rows,
                left=len(mine) - len(cards) - len(rows),
            )


def _finding(anchor: str, cause: Cause, sentences: Mapping[str, str]) -> _Finding:
    first = cause.first
    is_ours = cause.outcome is Outcome.ERROR
    return _Finding(
        anchor=anchor,
        cause=cause,
        title=first.title,
        message=_said(first),
        expected=first.expected,
        received=first.received,
        fix="" if is_ours else cause.fix,
        source="" if is_ours else cause.source,
        where="" if is_ours else words.where(first.id),
        curl=first.curl,
        requirements=[
            (identity, sentences.get(identity, ""))
            for identity in ([] if is_ours else cause.requirement_ids[:IDS])
        ],
        others=cause.results[1 : IDS + 1],
        more=max(len(cause.results) - 1 - IDS, 0),
        exchange=_shown(first) if first.evidence else None,
    )


def _said(result: CheckResult) -> str:
    return result.message or result.title


def _shown(result: CheckResult) -> _Shown:
    exchange: Evidence = result.evidence[0]
    request, response = exchange.request, exchange.response
    told = f"{result.received} {result.message} {result.expected}"[:TEXT_CHARS]
    status = int(response.get("status", 0))
    elapsed_ms = float(response.get("elapsed_ms", 0))
    return _Shown(
        request=f"{request.get('method', '')} {request.get('url', '')}",
        request_body=_compact(str(request.get("body", ""))),
        status=f"{status} en {elapsed_ms:,.0f} ms" if status else "sin respuesta",
        body=excerpt(_inert(str(response.get("body", "")), BODY_CHARS), _inert(told)),
    )


def _compact(body: str) -> str:
    try:
        return orjson.dumps(orjson.loads(body)).decode()
    except orjson.JSONDecodeError:
        return body


def _tint(report: Report) -> str:
    found = re.match(r"s[1-6]", report.standard["key"])
    return f"--pdn-{found[0]}" if found else "--pdn-navy"


def _groups(report: Report) -> list[tuple[str, dict[Outcome, int]]]:
    """Count the outcomes of each group of SESNA's test plan."""
    return [
        (
            words.CATEGORIES[category],
            {
                outcome: sum(
                    r.category is category and r.outcome is outcome
                    for r in report.checks
                )
                for outcome in words.OUTCOMES
            },
        )
        for category in Category
    ]


def _untried(report: Report) -> "_Folded":
    """Give the reasons why something was not tried, with the checks of each."""
    return _folded(
        (reason, ids[:IDS], max(len(ids) - IDS, 0))
        for reason, ids in words.reasons(report.having(Outcome.SKIP))
    )


def _passed(report: Report) -> "_Folded":
    """Give what passes: check, title and number of cases."""
    cases: dict[str, list[CheckResult]] = {}
    for result in report.having(Outcome.PASS):
        cases.setdefault(whole_check(result.id), []).append(result)
    return _folded(
        (i, found[0].title, len(found)) for i, found in sorted(cases.items())
    )


def _folded(rows: Iterable[tuple[Any, ...]]) -> "_Folded":
    """Keep the rows that fit in their budget."""
    room, kept, left = FOLDED_BYTES, [], 0
    for row in rows:
        room -= _row_bytes("".join(_inert(str(cell)) for cell in row))
        if room > 0:
            kept.append(row)
        else:
            left += 1
    return _Folded(kept, left)


def _row_bytes(text: str) -> int:
    return ROW_BYTES + len(markup_escape(text).encode())


def _inert(text: str, limit: int = TEXT_CHARS) -> str:
    """Cut a text short and take out what could disorder the page."""
    return shortened(_UNRULY.sub("\ufffd", text), limit)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pdn_sdk.conformance.render", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["inert"] = _inert
    environment.globals["words"] = words
    return environment


def _css() -> Markup:
    look = files("pdn_sdk") / "look" / "tokens.css"
    own = files("pdn_sdk.conformance.render") / "templates" / "report.css"
    text = look.read_text(encoding="utf-8") + own.read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - files of ours
