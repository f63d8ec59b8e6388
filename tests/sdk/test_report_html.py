"""The page of a report: what it answers first, how it stays small and inert."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from tests.sdk.reports import HOSTILE, exchange, failing, many, report, result

from pdn_sdk.conformance.render import html
from pdn_sdk.conformance.render.excerpt import excerpt
from pdn_sdk.conformance.results import Outcome
from pdn_sdk.standards import loader

MAX_BYTES = 500_000
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """The elements of a page in their order, their attributes and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.said = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.said.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.said).split())

    def having(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


def page(*results, **changes):
    return Page(html.document(report(*results, **changes)))


def test_verdict_and_its_reason_come_first():
    told = page(failing()).text

    verdict = told.index("No conforme: 1 requisito obligatorio falla")
    assert verdict < told.index("Empiece por aquí") < told.index("Lo que falla")


def test_finding_shows_what_a_reviewer_needs():
    made = failing()
    sentence = next(
        r.sentence for r in loader.get("s2").requirements if r.id == "S2-021"
    )

    told = page(made).text

    for shown in (made.message, made.expected, made.received, made.fix, made.source):
        assert shown in told
    assert made.curl in told
    assert f"S2-021 {sentence}" in told
    assert "En un proyecto de «pdn new»" in told


def test_findings_with_one_remedy_share_one_card():
    cases = [failing(f"SEA-01[{n}]") for n in range(4)]

    shown = page(*cases)

    assert len(shown.having("article")) == 1
    assert "Lo mismo en 3 pruebas más" in shown.text


def test_place_that_is_told_is_marked_in_the_smallest_piece_of_the_answer():
    rows = [{"id": str(n), "genero": {"clave": "M"}} for n in range(60)]
    body = {"pagination": {"totalRows": "300"}, "results": rows}

    text = html.document(report(failing(evidence=(exchange(body),))))

    assert "<mark>    &#34;totalRows&#34;: &#34;300&#34;</mark>" in text
    assert ">pagination.totalRows</code>" in text
    assert text.count("genero") < 3


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ("pagination.totalRows es texto", "pagination.totalRows"),
        ("results[1].id está mal", "results[1].id"),
        ("El dato «genero» está mal", "results[0].genero"),
        ("«MO» no está en el catálogo", "results[0].genero.clave"),
        ("areas[1].clave sobra", "results[1].areas[1].clave"),
    ],
)
def test_excerpt_finds_what_is_spoken_of(told, path):
    evidence = exchange(
        {
            "pagination": {"totalRows": "300"},
            "results": [
                {"id": "a", "genero": {"clave": "MO"}},
                {"id": "b", "areas": [{"clave": "T"}, {"clave": "RE"}]},
            ],
        }
    )

    found = excerpt(evidence.response["body"], told)

    assert found.paths == (path,)


def test_excerpt_marks_a_few_places_and_no_more():
    body = exchange({"results": [{"clave": n} for n in range(40)]}).response["body"]

    found = excerpt(body, "«clave» está mal")

    assert len(found.paths) == 3
    assert not found.is_whole
    assert sum(map(len, found.blocks)) <= 14


def test_excerpt_of_what_is_not_json_is_its_beginning():
    found = excerpt("<html>\n<body>error</body>\n</html>", "«results» falta")

    assert found.paths == ()
    assert found.blocks[0][0].text == "<html>"


def test_what_was_skipped_and_what_passes_are_folded_with_reasons():
    skipped = result("SEA-03", Outcome.SKIP, message="Ningún registro trae el dato.")

    shown = page(result(), skipped)

    assert "Ningún registro trae el dato. SEA-03" in shown.text
    assert all("open" not in attrs for attrs in shown.having("details"))
    assert len(shown.having("details")) == 2


def test_what_a_provider_says_is_never_markup():
    loud = exchange(HOSTILE * 20, method="GET<b>", url=f"javascript:{HOSTILE}")
    made = failing(
        "PAG-02" + HOSTILE[:9],
        message=HOSTILE,
        expected=HOSTILE,
        received=HOSTILE,
        fix=HOSTILE,
        source=HOSTILE,
        curl=HOSTILE,
        evidence=(loud,),
    )
    target = {"base_url": HOSTILE, "environment": "development"}

    shown = page(made, target=target)

    assert not shown.having("script")
    assert not shown.having("img")
    assert not shown.having("b")
    assert "<script>alert(1)</script>" in shown.text
    assert not {"\u202e", "\x00"} & set(shown.text)


def test_page_asks_for_nothing_and_runs_nothing():
    text = html.document(report(failing(), result()))
    shown = Page(text)

    urls = [
        value
        for _, attrs in shown.elements
        for name, value in attrs.items()
        if name in ("src", "href", "action", "srcset")
    ]
    assert all(url.startswith(("#", "data:")) for url in urls)
    assert not any(n.startswith("on") for _, attrs in shown.elements for n in attrs)
    assert "url(" not in text
    assert "@import" not in text
    policy = next(a for a in shown.having("meta") if "http-equiv" in a)
    assert policy["content"].startswith("default-src 'none'")


@pytest.mark.parametrize("count", [0, 1, 200, 10_000])
def test_page_stays_small_however_much_is_found(count):
    made = many(count)

    text = html.document(made)

    assert len(text.encode()) <= MAX_BYTES
    assert not Page(text).open


def test_page_says_how_much_it_leaves_to_the_json():
    told = Page(html.document(many(10_000))).text

    assert re.search(r"Hay [\d,]+ causas más; están en el reporte JSON", told)
    assert "2,500" in told


def test_every_link_inside_the_page_leads_somewhere():
    shown = Page(html.document(many(400)))

    ids = [attrs["id"] for _, attrs in shown.elements if "id" in attrs]
    named = [
        value
        for _, attrs in shown.elements
        for value in attrs.get("aria-labelledby", "").split()
    ]
    links = [a["href"][1:] for a in shown.having("a")]
    assert len(ids) == len(set(ids))
    assert set(links) | set(named) <= set(ids)


def test_headings_go_down_one_level_at_a_time():
    shown = page(failing(), result(), result("SEA-03", Outcome.SKIP, message="No."))

    levels = [int(tag[1]) for tag, _ in shown.elements if re.fullmatch("h[1-6]", tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_page_tells_its_language_and_lets_one_skip_to_the_content():
    shown = page(failing())

    assert shown.having("html")[0]["lang"] == "es-MX"
    assert shown.having("a")[0]["href"] == "#contenido"
    assert all("scope" in attrs for attrs in shown.having("th"))
    assert len(shown.having("caption")) == len(shown.having("table"))


def test_no_state_is_told_by_colour_alone():
    told = page(failing(), result("SEA-02", Outcome.WARN, message="Un aviso.")).text

    for words in ("✓ Cumplen", "✗ Fallan", "! Avisos", "– Sin probar", "? Errores"):
        assert words in told


def _luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    lit = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * lit[0] + 0.7152 * lit[1] + 0.0722 * lit[2]


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("text", "ground-soft"),
        ("text-soft", "ground-soft"),
        ("text-soft", "fail-soft"),
        ("text-soft", "warn-soft"),
        ("text-soft", "pass-soft"),
        ("text-soft", "navy-soft"),
        ("navy", "call"),
        ("navy", "fail-soft"),
        ("link", "ground-soft"),
        ("link", "ground"),
        ("fail", "fail-soft"),
        ("warn", "warn-soft"),
        ("idle", "idle-soft"),
        ("pass", "ground"),
        ("ground", "fail"),
        ("ground", "warn"),
        ("ground", "pass"),
        ("ground", "idle"),
    ],
)
def test_text_can_be_read_on_its_ground(text, ground):
    colours = dict(
        re.findall(r"--pdn-([a-z-]+): (#[0-9a-f]{6})", html.document(many(0)))
    )

    light, dark = sorted(
        (_luminance(colours[text]), _luminance(colours[ground])), reverse=True
    )

    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_report_of_a_standard_that_is_not_installed_is_still_shown():
    told = page(failing(), standard={"key": "s77", "version": "9"}).text

    assert "S77" in told
    assert "No conforme" in told


def test_page_is_the_same_each_time():
    assert html.document(many(30)) == html.document(many(30))
