"""Rules that need no site: addresses, transitions, the badge."""

from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest

from pdn_marketplace.errors import ConflictError
from pdn_marketplace.submissions.addresses import AddressRules, checked_address
from pdn_marketplace.submissions.badge import Badge
from pdn_marketplace.submissions.states import (
    TRANSITIONS,
    Action,
    RunState,
    State,
    after,
    allows,
)
from pdn_sdk.client import ForbiddenAddressError
from pdn_sdk.conformance.results import Verdict

PUBLIC = AddressRules(allow_private=False, own_hosts=("mercado.gob.mx",))
ANY = AddressRules(allow_private=True)
TODAY = date(2026, 11, 24)

REFUSED = [
    "http://127.0.0.1/",
    "http://localhost:8081",
    "http://LOCALHOST.",
    "http://api.localhost",
    "http://db.internal",
    "http://printer.local",
    "http://10.1.2.3",
    "http://172.16.0.9",
    "http://192.168.1.1",
    "http://169.254.169.254/latest/meta-data",
    "http://0.0.0.0",
    "http://2130706433",
    "http://0x7f000001",
    "http://0x7f.1",
    "http://0177.0.0.1",
    "http://127.1",
    "http://①②⑦.⓪.⓪.①",
    "http://[::1]",
    "http://[::]",
    "http://[::ffff:127.0.0.1]",
    "http://[::ffff:7f00:1]",
    "http://[fc00::1]",
    "http://[fe80::1]",
    "http://[64:ff9b::7f00:1]",
    "http://[2002:7f00:1::]",
    "http://100.64.0.1",
    "http://224.0.0.1",
]

MALFORMED = [
    "file:///etc/passwd",
    "gopher://example.com",
    "ftp://example.com",
    "javascript:alert(1)",
    "//example.com",
    "example.com",
    "https://",
    "https://user:secret@example.com",
    "https://user@example.com",
    "https://example.com:99999",
    "https://example.com/?a=1",
    "https://example.com/#a",
    "",
]


@pytest.mark.parametrize("url", REFUSED)
def test_private_addresses_are_refused_in_any_spelling(url: str) -> None:
    with pytest.raises(ForbiddenAddressError, match="privada"):
        checked_address(url, PUBLIC)


@pytest.mark.parametrize("url", MALFORMED)
def test_other_schemes_and_credentials_are_refused_always(url: str) -> None:
    for rules in (PUBLIC, ANY):
        with pytest.raises(ForbiddenAddressError):
            checked_address(url, rules)


@pytest.mark.parametrize(
    "url",
    ["https://api.ejemplo.gob.mx", "http://8.8.8.8:8080/api", "https://[2001:4860::8]"],
)
def test_public_addresses_are_taken(url: str) -> None:
    assert checked_address(f"  {url} ", PUBLIC) == url


def test_private_addresses_are_taken_where_the_operator_allows_them() -> None:
    url = "http://127.0.0.1:8081"

    assert checked_address(url, ANY) == url


def test_the_site_does_not_test_itself() -> None:
    with pytest.raises(ForbiddenAddressError, match="de este sitio"):
        checked_address("https://MERCADO.gob.mx./api", PUBLIC)


def test_every_state_can_be_reached_from_draft() -> None:
    reached, pending = set(), {State.DRAFT}
    while pending:
        reached |= pending
        pending = {
            to
            for moves in TRANSITIONS.values()
            for at, to in moves.items()
            if at in reached
        } - reached

    assert reached == set(State)


def test_nothing_is_published_without_having_been_approved() -> None:
    assert ways_into(State.PUBLISHED) == {
        (Action.PUBLISH, State.APPROVED),
        (Action.RESUME, State.SUSPENDED),
    }
    assert ways_into(State.SUSPENDED) == {(Action.SUSPEND, State.PUBLISHED)}


def ways_into(state: State) -> set[tuple[Action, State]]:
    return {
        (action, at)
        for action, moves in TRANSITIONS.items()
        for at, to in moves.items()
        if to is state and at is not state
    }


def test_what_is_under_review_cannot_be_edited() -> None:
    assert not allows(State.IN_REVIEW, Action.EDIT)
    with pytest.raises(ConflictError):
        after(State.REJECTED, Action.SEND)


def test_four_states_of_a_run_are_final() -> None:
    assert {s for s in RunState if not s.is_over} == {
        RunState.QUEUED,
        RunState.RUNNING,
    }


def test_badge_says_in_words_what_it_draws() -> None:
    badge = Badge("PDN S2 1.1", Verdict.CONFORMANT, TODAY, TODAY)

    drawn = ET.fromstring(badge.svg())

    assert badge.alternative == "PDN S2 1.1: conforme, probado el 24/11/2026"
    assert drawn.find("{*}title").text == badge.alternative
    assert drawn.get("role") == "img"
    assert "#1b7a43" in badge.svg()


def test_badge_fades_after_ninety_days() -> None:
    def drawn(days: int) -> str:
        tested_on = TODAY - timedelta(days=days)
        return Badge("PDN S2 1.1", Verdict.CONFORMANT, tested_on, TODAY).svg()

    assert "#1b7a43" in drawn(90)
    assert "#1b7a43" not in drawn(91)
    assert "vencido" in drawn(91)


def test_badge_escapes_whatever_it_is_given() -> None:
    label = "</title><script>alert(1)</script>\" onload='x"

    drawn = Badge(label, Verdict.NON_CONFORMANT, TODAY, TODAY).svg()

    assert "<script" not in drawn
    assert ET.fromstring(drawn).find("{*}title").text.startswith(label)
