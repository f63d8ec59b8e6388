"""The numeralia: what is counted, where, and how it is told to people and programs."""

import csv
import io
import re

import pytest

from pdn_marketplace.organisations import places
from pdn_marketplace.submissions import listing
from pdn_marketplace.submissions.models import Run, Submission
from pdn_marketplace.submissions.states import State
from pdn_marketplace.watch.models import Look
from pdn_sdk.conformance.results import Outcome

YUCATAN = {"institution": "Congreso de Yucatán", "entity": "31", "level": "state"}


@pytest.fixture
def listed(market, owner, reports):
    """List a connector with that many records in its last two looks."""
    made_report, made_result = reports

    def make(*records: int, fails: bool = False, **changes: str) -> int:
        number = market.submit(owner, **changes)
        outcome = Outcome.FAIL if fails else Outcome.PASS
        run = market.tested(number, owner, made_report(made_result(outcome=outcome)))
        with market.database.transaction() as session:
            submission = session.get_one(Submission, number)
            submission.state = State.PUBLISHED
            listing.publish(
                session, submission, session.get_one(Run, run), market.clock()
            )
            for count in records:
                at = market.clock.tick()
                look = Look(submission_id=number, at=at, is_up=True, records=count)
                session.add(look)
        return number

    return make


def counts(market) -> dict:
    return market.browser().get("/api/v1/numeralia").get_json()


def of_state(told: dict, code: str | None) -> dict:
    return next(each for each in told["by_entity"] if each["code"] == code)


def test_the_map_has_the_32_states_each_in_a_place_of_its_own() -> None:
    spots = {(e.column, e.row) for e in places.ENTITIES.values()}

    assert [*places.ENTITIES] == [f"{n:02}" for n in range(1, 33)]
    assert len(spots) == len({e.short for e in places.ENTITIES.values()}) == 32


def test_records_are_the_last_seen_and_synthetic_ones_are_apart(market, listed) -> None:
    listed(900, 40, **YUCATAN, environment="production")
    listed(7, **YUCATAN)

    yucatan = of_state(counts(market), "31")

    assert (yucatan["records"], yucatan["test_records"]) == (40, 7)
    assert yucatan["by_system"]["s2"]["connectors"] == 2


def test_what_changes_is_counted_again(market, listed) -> None:
    seen = [counts(market)["total"]["connectors"]]

    for _ in range(2):
        listed()
        seen.append(counts(market)["total"]["connectors"])

    assert seen == [0, 1, 2]


def test_an_institution_counts_once_however_it_is_written(market, listed) -> None:
    listed(**YUCATAN)
    listed(**YUCATAN | {"institution": "CONGRESO DE YUCATAN"}, standard="s1")
    listed(**YUCATAN | {"entity": "09"})

    told = counts(market)

    assert told["total"]["institutions"] == 2
    assert of_state(told, "31")["institutions"] == 1
    assert told["entities_covered"] == 2


def test_what_is_not_conformant_or_not_listed_is_not_counted_as_such(
    market, listed, owner
) -> None:
    listed(fails=True)
    market.in_review(owner, entity="09")

    told = counts(market)

    assert told["total"]["connectors"] == 1
    assert told["total"]["conformant"] == 0
    assert told["connectors_under_way"] == 1
    assert of_state(told, None)["connectors"] == 1


def test_the_table_has_a_row_for_each_state_and_system(market, listed) -> None:
    listed(1_234, **YUCATAN, environment="production")
    text = market.browser().get("/numeralia.csv").get_data(as_text=True)

    rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))

    assert len(rows) == 34 * 4
    (full,) = (row for row in rows if row["conectores"] != "0")
    assert (full["entidad"], full["sistema"]) == ("Yucatán", "S2")
    assert full["registros"] == "1234"


def test_each_tile_says_its_state_and_its_number_in_words(market, listed) -> None:
    listed(1_234, **YUCATAN, environment="production")
    page = market.browser().get("/numeralia?sistema=s2&medida=records").text

    tile = re.search(r'<li class="tile [^>]*shade-4">(.+?)</li>', page)[1]

    assert " ".join(re.sub(r"<[^>]+>", "", tile).split()) == (
        "Yucatán: YUC 1.2k 1,234 registros"
    )
    assert 'href="#e31"' in tile
    assert 'id="e31"' in page
    assert market.browser().get("/numeralia?sistema=x&medida=y").status_code == 200


def test_without_listed_connectors_the_page_says_so(market) -> None:
    assert "Todavía no hay conectores" in market.browser().get("/numeralia").text


def test_the_place_is_asked_kept_and_taken_from_the_organisation(
    market, owner, form
) -> None:
    browser = market.browser(owner)
    made = {"name": "Tesorería", "entity": "14", "level": "municipal"}
    at = browser.post("/organizaciones", data=made).location
    number = at.rpartition("/")[2]

    page = browser.get(f"/conectores/nuevo?organizacion={number}").text
    saved = browser.post("/conectores/nuevo", data=form(entity="14", level="state"))

    assert '<option selected value="14">Jalisco</option>' in page
    assert saved.status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [{"entity": "33"}, {"level": "king"}, {"entity": "00", "level": "municipal"}],
)
def test_a_place_that_is_none_is_refused(market, owner, form, wrong) -> None:
    answer = market.browser(owner).post("/conectores/nuevo", data=form(**wrong))

    assert answer.status_code == 400
