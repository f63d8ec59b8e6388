import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import urlsplit
from xml.etree import ElementTree

import jsonschema
import pytest

from pdn_marketplace.catalog import service
from pdn_marketplace.catalog.facets import facets
from pdn_marketplace.catalog.seed import seed_catalog, shipped
from pdn_marketplace.catalog.service import Conformance, Listing, Query
from pdn_marketplace.db import Database
from pdn_marketplace.errors import MarketplaceError, NotFoundError, SlugTakenError

from .conftest import NOW

LISTING = Listing(
    slug="conector-ejemplo",
    name="Ñandú, conector de Ejemplo",
    systems=("s2",),
    maintainer="Municipio de Ejemplo",
    abstract="Publica las contrataciones del municipio.",
    description="Lee la hoja de cálculo del municipio y responde a la PDN.",
    url="https://ejemplo.gob.mx/api",
    technologies=("Python",),
    contact={"organization": "TI", "phone": "", "email": "ti@ejemplo.gob.mx"},
)
PROOF = Conformance(
    standard="s2",
    standard_version="1.1",
    verdict="conformant",
    verified_at=NOW,
    report_path="/pruebas/1",
    badge_path="/api/v1/resources/conector-ejemplo/badge.svg",
)


def _names(found):
    return [row.slug for row in found.resources]


@pytest.fixture
def session(database):
    with database.transaction() as opened:
        yield opened


@pytest.fixture
def listed(database):
    with database.transaction() as opened:
        service.publish_connector(opened, NOW, LISTING, PROOF)


def test_the_22_official_resources_and_the_addition_are_shipped():
    facts = shipped()

    assert [fact["number"] for fact in facts] == list(range(1, 24))
    assert [fact["number"] for fact in facts if "added_on" in fact] == [23]
    assert len({fact["slug"] for fact in facts}) == 23


@pytest.mark.parametrize("fact", shipped(), ids=lambda fact: fact["slug"])
def test_every_shipped_text_keeps_the_published_rules(fact):
    texts = [fact["name"], fact["abstract"], fact["description"], fact["audience"]]

    assert len(fact["abstract"]) <= 150
    assert len(fact["description"]) <= 900
    assert all(text == " ".join(text.split()) for text in texts)
    assert fact["abstract"].endswith(".")
    assert fact["description"].endswith(".")
    assert fact["contact"]["email"]
    assert fact["url"].startswith("https://")
    assert fact["notes"]
    assert "NodeJS" not in fact["technologies"]
    assert re.fullmatch(r"[a-z0-9-]+", fact["slug"])


def test_seeding_again_changes_nothing_and_repairs_what_differs(session):
    again = seed_catalog(session, NOW)
    service.resource(session, "tutorial-edca").abstract = "Otra cosa."
    session.flush()
    repaired = seed_catalog(session, NOW)

    assert (again.official, again.additions) == (22, 1)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 23)
    assert (repaired.changed, repaired.unchanged) == (1, 22)


@pytest.mark.parametrize(
    ("query", "total"),
    [
        (Query(), 23),
        (Query(official=True), 22),
        (Query(system="s1"), 7),
        (Query(system="s2"), 8),
        (Query(system="s3"), 11),
        (Query(system="s6"), 2),
        (Query(type="api"), 9),
        (Query(type="sys"), 8),
        (Query(type="doc"), 5),
        (Query(type="tool"), 1),
        (Query(system="s3", type="api", maintainer="SESAEMM"), 2),
        (Query(technology="Node.js"), 9),
        (Query(q="declaracion"), 7),
        (Query(q="DECLARACIÓN"), 7),
        (Query(q="sesaemm api"), 4),
        (Query(q="%"), 0),
        (Query(q="_"), 0),
        (Query(system="s9"), 0),
        (Query(conformance="conformant"), 0),
    ],
    ids=str,
)
def test_filters_and_search_narrow_the_catalogue(session, query, total):
    found = service.find(session, query, limit=100)

    assert found.total == total
    assert len(found.resources) == total


def test_a_choice_tells_how_many_results_it_gives(session):
    query = Query(system="s3", q="sancionados")

    choices = facets(session, query, service.find(session, query)).choices

    for choice in choices["type"]:
        narrowed = service.find(session, replace(query, type=choice.value))
        assert narrowed.total == choice.count > 0
    for choice in choices["system"]:
        assert service.find(session, replace(query, system=choice.value)).total == (
            choice.count
        )


@pytest.mark.parametrize("sort", service.SORTS)
def test_pages_joined_are_the_whole_in_order(session, sort):
    whole = _names(service.find(session, Query(sort=sort), limit=100))

    joined, cursor = [], ""
    while cursor is not None:
        page = service.find(session, Query(sort=sort, cursor=cursor), limit=4)
        joined += _names(page)
        cursor = page.next

    assert joined == whole
    assert len(set(joined)) == 23


def test_what_another_process_changes_is_seen_at_once(visitor, database):
    before = visitor.get("/?q=ñandú").text
    with database.transaction() as session:
        service.publish_connector(session, NOW, LISTING, PROOF)
    listed = visitor.get("/?q=ñandú").text
    with database.transaction() as session:
        service.withdraw_connector(session, LISTING.slug)

    shown = [LISTING.name in page for page in (before, listed)]
    assert [*shown, LISTING.name in visitor.get("/?q=ñandú").text] == [
        False,
        True,
        False,
    ]


def _rewritten(session):
    service.resource(session, LISTING.slug).search_text = "otro"


def _withdrawn_around_a_savepoint(session):
    service.withdraw_connector(session, LISTING.slug)
    session.begin_nested().rollback()


@pytest.mark.parametrize("change", [_rewritten, _withdrawn_around_a_savepoint])
def test_what_is_undone_is_seen_by_who_did_it_alone(database, listed, change):
    asked = Query(q="ñandú")
    with database.sessions() as session:
        before = service.find(session, asked).total
        change(session)
        own = service.find(session, asked).total
        session.rollback()

    with database.sessions() as session:
        assert (before, own, service.find(session, asked).total) == (1, 0, 1)


def test_a_new_transaction_sees_what_another_process_changed(database, config):
    asked, other = Query(q="ñandú"), Database(config.database_url)
    with database.sessions() as session:
        before = service.find(session, asked).total
        session.commit()
        with other.transaction() as elsewhere:
            service.publish_connector(elsewhere, NOW, LISTING, PROOF)
        other.close()
        assert (before, service.find(session, asked).total) == (0, 1)


def test_names_are_in_spanish_order(session, listed):
    names = [r.name for r in service.find(session, Query(sort="nombre"), 100).resources]

    assert names.index("Módulo de autorización OAuth 2.0") < names.index(LISTING.name)
    assert names.index(LISTING.name) < names.index("SiDECLARA SESAJ")


def test_the_newest_come_first_when_asked(session):
    first = service.find(session, Query(sort="recientes")).resources[0]

    assert first.origin == "addition"


@pytest.mark.parametrize(
    "cursor", ["x", "!!!", "bnVsbA", "WyJwb3NpdGlvbiIsICJhIiwgMV0", "W10", "é"]
)
def test_a_made_up_cursor_is_refused(session, cursor):
    with pytest.raises(MarketplaceError, match="página de resultados"):
        service.find(session, Query(cursor=cursor))


def test_a_cursor_of_another_order_is_refused(session):
    cursor = service.find(session, Query(), limit=2).next

    with pytest.raises(MarketplaceError):
        service.find(session, Query(sort="nombre", cursor=cursor))


def test_an_approved_connector_joins_the_catalogue(session):
    published = service.publish_connector(session, NOW, LISTING, PROOF)
    found = service.find(session, Query(conformance="conformant"))

    assert _names(found) == [LISTING.slug]
    assert published.origin == "connector"
    assert service.find(session, Query()).total == 24
    assert service.find(session, Query(official=True)).total == 22


@pytest.fixture
def verified(database):
    """Two connectors, verified in two months; the one listed last, earlier."""
    before = NOW - timedelta(days=60)
    other = replace(LISTING, slug="conector-otro", name="Otro")
    with database.transaction() as session:
        service.publish_connector(session, NOW, LISTING, PROOF)
        earlier = replace(PROOF, verified_at=before)
        service.publish_connector(session, NOW + timedelta(days=1), other, earlier)


def test_what_was_verified_last_comes_first_when_asked(visitor, verified):
    told = visitor.get("/api/v1/resources?sort=verificados&limit=3").get_json()
    rest = visitor.get(
        f"/api/v1/resources?sort=verificados&limit=100&cursor={told['next']}"
    ).get_json()

    slugs = [r["slug"] for r in told["results"]]
    assert slugs[:2] == ["conector-ejemplo", "conector-otro"]
    assert told["results"][2]["conformance"] is None
    assert len(rest["results"]) == told["total"] - 3


def test_connectors_are_chosen_by_the_month_of_their_last_verdict(visitor, verified):
    found = visitor.get("/api/v1/resources?verified=2026-09").get_json()
    page = visitor.get("/?verified=2026-09").get_data(as_text=True)

    assert [r["slug"] for r in found["results"]] == ["conector-otro"]
    assert "1 recurso para: verificados en septiembre de 2026" in page
    assert "noviembre de 2026 (1)" in page
    assert "November 2026 (1)" in visitor.get("/?lang=en").get_data(as_text=True)


@pytest.mark.parametrize("value", ["2026-13", "%", "__", "<b>"])
def test_a_month_that_is_none_chooses_nothing(visitor, verified, value):
    answer = visitor.get("/", query_string={"verified": value})

    assert answer.status_code == 200
    assert "Ningún recurso coincide" in answer.get_data(as_text=True)
    assert "<b>" not in answer.get_data(as_text=True)


def test_publishing_again_brings_the_listing_up_to_date(session):
    service.publish_connector(session, NOW, LISTING, PROOF)
    later = NOW + timedelta(days=90)
    service.publish_connector(
        session,
        later,
        replace(LISTING, abstract="Otro resumen.", technologies=("Go", "Python")),
        replace(PROOF, verdict="non_conformant", verified_at=later),
    )

    row = service.resource(session, LISTING.slug)
    assert row.abstract == "Otro resumen."
    assert [t.technology for t in row.technologies] == ["Go", "Python"]
    assert row.verdict == "non_conformant"
    assert row.published_at == NOW
    assert service.find(session, Query(q="otro resumen")).total == 1


def test_a_connector_cannot_take_the_name_of_a_resource(session):
    with pytest.raises(SlugTakenError):
        service.publish_connector(
            session, NOW, replace(LISTING, slug="tutorial-edca"), PROOF
        )


def test_withdrawing_takes_out_connectors_only(session):
    service.publish_connector(session, NOW, LISTING, PROOF)
    service.withdraw_connector(session, LISTING.slug)
    service.withdraw_connector(session, "tutorial-edca")
    session.flush()

    with pytest.raises(NotFoundError):
        service.resource(session, LISTING.slug)
    assert service.resource(session, "tutorial-edca")


# Pages


class Page(HTMLParser):
    """What a test asks of a page: its links, labels, headings and words."""

    def __init__(self, text):
        super().__init__()
        self.links, self.images, self.fields, self.labels = [], [], [], []
        self.headings, self.scripts, self.inline = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "a":
            self.links.append(told.get("href"))
        if tag == "img":
            self.images.append(told)
        if tag in {"input", "select", "textarea"} and told.get("type") not in {
            "hidden",
            "submit",
        }:
            self.fields.append(told)
        if tag == "label":
            self.labels.append(told.get("for"))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "script" and told.get("type") != "application/ld+json":
            self.scripts.append(told.get("src"))
        self.inline += [name for name in told if name == "style" or name[:2] == "on"]


def _page(browser, path, status=200):
    answer = browser.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_the_catalogue_says_how_many_and_lists_them(visitor):
    text = _page(visitor, "/")

    assert "23 recursos para conectar" in text
    assert text.count('class="card-resource"') == 23
    assert "Adición del 23 de octubre de 2023" in text


def test_every_state_of_the_filters_has_its_own_address(visitor):
    page = Page(_page(visitor, "/?q=sancionados&system=s3"))

    assert "/?q=sancionados&system=s3&type=sys" in page.links
    assert "/?q=sancionados" in page.links
    assert "4 recursos para: S3 · SESAEMM." in _page(
        visitor, "/?system=s3&maintainer=SESAEMM"
    )


def test_an_empty_result_offers_ways_out(visitor):
    text = _page(visitor, "/?q=zzz&system=s2&type=doc")

    assert "Ningún recurso coincide" in text
    assert {"/?system=s2&type=doc", "/?q=zzz&type=doc", "/?q=zzz&system=s2"} <= set(
        Page(text).links
    )


@pytest.mark.parametrize("fact", shipped(), ids=lambda fact: fact["slug"])
def test_a_resource_shows_all_that_is_known_of_it(visitor, fact):
    text = _page(visitor, f"/recursos/{fact['slug']}")

    for wanted in (
        fact["name"],
        fact["abstract"],
        fact["description"],
        fact["contact"]["email"],
        *fact["technologies"],
        *fact["notes"],
    ):
        assert wanted in text.replace("&#39;", "'").replace("&#34;", '"')
    assert fact["url"] in text
    assert "raw.githubusercontent.com" not in text


def test_a_connector_shows_its_conformance(visitor, listed):
    text = _page(visitor, f"/recursos/{LISTING.slug}")

    assert "Conforme" in text
    assert "con S2 1.1, probada el 24 de noviembre de 2026, 12:00." in text
    assert PROOF.report_path in text
    assert PROOF.badge_path in text
    assert "Conectores conformes" in _page(visitor, "/")


@pytest.mark.parametrize(
    "path",
    ["/", "/?q=zzz", "/recursos/sideclara-sesaj", "/cuenta/entrar", "/cuenta/crear"],
)
def test_pages_can_be_walked_with_a_keyboard_and_heard(visitor, path):
    text = _page(visitor, path)
    page = Page(text)

    assert '<html lang="es-MX">' in text
    assert 'href="#contenido"' in text
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(page.headings))
    assert {field["id"] for field in page.fields} <= set(page.labels)
    assert all("alt" in image for image in page.images)


@pytest.mark.parametrize("path", ["/", "/recursos/sideclara-sesaj", "/cuenta/crear"])
def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline(visitor, path):
    text = _page(visitor, path)
    page = Page(text)

    loaded = re.findall(r'(?:src|href)="(https?:[^"]+)"', text.split("</head>")[0])
    assert loaded == []
    assert [i["src"] for i in page.images if not i["src"].startswith("/")] == []
    assert None not in page.scripts
    assert page.inline == []


def test_every_file_a_page_asks_for_is_there(visitor):
    text = _page(visitor, "/")

    asked = set(re.findall(r'(?:src|href)="(/[^"#?]+\.(?:css|svg|js))', text))
    assert len(asked) >= 5
    for path in asked:
        with visitor.get(path) as answer:
            assert answer.status_code == 200, path


def test_covers_are_drawn_in_the_tints_of_their_systems(visitor):
    drawn = _page(visitor, "/portadas/api/s2-s3.svg")

    assert "S2 · S3" in drawn
    assert "#1f5fa8" in drawn
    assert "#a33a2c" in drawn


@pytest.mark.parametrize("path", ["/portadas/x/s2.svg", "/portadas/api/s9.svg"])
def test_no_other_covers_exist(visitor, path):
    _page(visitor, path, 404)


# For programs


def test_the_api_answers_pages_joined_by_a_cursor(visitor):
    names, cursor = [], ""
    while cursor is not None:
        page = visitor.get(f"/api/v1/resources?limit=10&cursor={cursor}").get_json()
        names += [row["slug"] for row in page["results"]]
        cursor = page["next"]
        assert page["total"] == 23

    assert len(set(names)) == 23


def test_the_api_filters_like_the_page(visitor):
    page = visitor.get("/api/v1/resources?q=captura&system=s3&official=true").get_json()

    assert page["total"] == len(page["results"]) == 2
    assert {"s3"} <= set(page["results"][0]["systems"])


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/resources/nada", 404, "no_encontrado"),
        ("/api/v1/nada", 404, "no_encontrado"),
        ("/api/v1/resources?sort=precio", 400, "solicitud_invalida"),
        ("/api/v1/resources?limit=0", 400, "solicitud_invalida"),
        ("/api/v1/resources?limit=mil", 400, "solicitud_invalida"),
        ("/api/v1/resources?cursor=zzz", 400, "solicitud_invalida"),
    ],
)
def test_errors_of_the_api_have_one_shape(visitor, path, status, code):
    answer = visitor.get(path)

    assert answer.status_code == status
    assert answer.get_json()["code"] == code
    assert set(answer.get_json()) == {"code", "message"}


def test_answers_fit_the_published_description(visitor, listed):
    told = visitor.get("/api/v1/openapi.json").get_json()
    schema = {"$ref": "#/components/schemas/ResourcePage", **told}

    page = visitor.get("/api/v1/resources?limit=100").get_json()

    jsonschema.Draft202012Validator(schema).validate(page)
    assert page["total"] == 24
    assert "/api/v1/resources/{slug}" in told["paths"]


def test_the_export_has_the_shape_of_the_former_catalogue(visitor, listed):
    rows = visitor.get("/export/products.json").get_json()

    assert [row["id"] for row in rows] == [*map(str, range(1, 24)), LISTING.slug]
    assert set(rows[0]) == {
        "id",
        "resourceType",
        "maintainer",
        "name",
        "systems",
        "abstract",
        "description",
        "cover",
        "screenshots",
        "url",
        "contactPoint",
        "technologies",
    }
    assert rows[3]["systems"] == [2, 3]
    assert rows[0]["contactPoint"]["phone"] == "N/A"
    assert json.dumps(rows).count("githubusercontent") == 0


def test_resources_are_chosen_by_licence(visitor, database):
    with database.transaction() as session:
        service.publish_connector(session, NOW, replace(LISTING, licence="MIT"), PROOF)

    found = visitor.get("/api/v1/resources?licence=MIT").get_json()

    assert [r["slug"] for r in found["results"]] == [LISTING.slug]
    assert "MIT (1)" in visitor.get("/").get_data(as_text=True)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("declarasiones", "declaraciones"),
        ("contratasiones", "contrataciones"),
        ("tutoreal", "tutorial"),
        ("Dokcer", "docker"),
        ("decalraciones patrimonial", "declaraciones patrimonial"),
    ],
)
def test_a_word_typed_wrong_finds_the_nearest_one(visitor, typed, meant):
    found = visitor.get("/api/v1/resources", query_string={"q": typed}).get_json()

    assert found["corrected"] == meant
    right = visitor.get("/api/v1/resources", query_string={"q": meant}).get_json()
    assert found["total"] == right["total"] > 0
    page = visitor.get("/", query_string={"q": typed}).get_data(as_text=True)
    assert f"Nada tiene «{typed}»" in page


@pytest.mark.parametrize("typed", ["xyzzy", "<script>", "%%%%", "zzzz qqqq"])
def test_what_is_like_nothing_finds_nothing(visitor, typed):
    found = visitor.get("/api/v1/resources", query_string={"q": typed}).get_json()

    assert found["total"] == 0
    assert "corrected" not in found


def test_a_search_that_finds_something_is_never_corrected(visitor):
    found = visitor.get("/api/v1/resources?q=declaracion").get_json()

    assert found["total"] > 0
    assert "corrected" not in found


def test_the_description_names_every_route_of_the_api(visitor, app):
    told = visitor.get("/api/v1/openapi.json").get_json()["paths"]
    rules = (str(r) for r in app.url_map.iter_rules() if "/api/v1/" in str(r))
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule) for rule in rules}
    # The same document under both addresses is described once.
    twice = {r for r in routes if r.removeprefix("/api/v1") in told}

    assert routes - twice - {"/api/v1/openapi.json"} <= set(told)


def test_readers_of_news_get_the_newest_first(visitor, listed):
    answer = visitor.get("/feed.atom")
    feed = ElementTree.fromstring(answer.data)
    titles = [found.text for found in feed.iterfind("{*}entry/{*}title")]

    assert answer.mimetype == "application/atom+xml"
    assert titles[0] == LISTING.name
    assert len(titles) == 24
    assert all(found.text for found in feed.iterfind("{*}entry/{*}updated"))


def test_search_engines_find_every_page(visitor, listed):
    pages = ElementTree.fromstring(visitor.get("/sitemap.xml").data)
    found = [loc.text for loc in pages.iterfind("{*}url/{*}loc")]

    assert len(found) == 25
    assert all(
        visitor.get(urlsplit(address).path).status_code == 200 for address in found
    )
    assert found[0] + "sitemap.xml" in visitor.get("/robots.txt").get_data(as_text=True)


def test_a_page_describes_itself_to_search_engines(visitor, listed):
    text = _page(visitor, f"/recursos/{LISTING.slug}")
    told = json.loads(re.search(r"ld\+json\">(.*?)</script>", text).group(1))

    assert told["@type"] == "WebAPI"
    assert told["name"] == LISTING.name
    assert told["url"].endswith(f"/recursos/{LISTING.slug}")


def test_the_site_says_it_is_well(visitor):
    assert visitor.get("/healthz").get_json()["status"] == "ok"
