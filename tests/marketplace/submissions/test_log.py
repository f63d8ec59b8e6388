"""The page of the audit log: filters, pages that stay, and the table."""

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from pdn_marketplace.administration import log
from pdn_marketplace.administration.chain import Verifier
from pdn_marketplace.security import Role
from pdn_marketplace.submissions import audit
from pdn_marketplace.submissions.models import AuditEntry

AT = "/administracion/bitacora"
NIGHT = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
"""Still the first of March in Mexico."""


@pytest.fixture
def admin(market):
    return market.person("admin", Role.ADMINISTRATOR)


@pytest.fixture
def browser(market, admin):
    return market.browser(admin)


@pytest.fixture
def verifier(market) -> Verifier:
    return Verifier(market.database, market.clock)


@pytest.fixture
def write(market):
    """Add lines to the log; each is (actor, action, subject), at one moment."""

    def written(*lines: tuple[str, str, str], at: datetime = NIGHT) -> None:
        with market.database.transaction() as session:
            for actor, action, subject in lines:
                audit.record(
                    session,
                    actor=actor,
                    action=action,
                    subject=subject,
                    now=at,
                    payload={"nota": "=1+1"},
                )

    return written


def subjects(page: str) -> list[str]:
    """Give what the lines of a page are about, in order."""
    return re.findall(r'data-label="Sobre qué"><a [^>]+>([^<]+)<', page)


def link(page: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return found.group(1).replace("&amp;", "&") if found else ""


def rows(csv_text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(csv_text.removeprefix("\ufeff"))))


def test_each_filter_leaves_only_its_lines(browser, admin, write) -> None:
    write(
        (admin.email, "account_role", "account:7"),
        ("sistema", "watch_run", "submission:3"),
        ("ida@correo.mx", "edit", "submission:31"),
    )
    write(("sistema", "run_finish", "submission:3"), at=datetime.now(UTC))
    write((admin.email, "settings_change", "site:settings"), at=datetime.now(UTC))
    cases = {
        "sobre=site": ["Ajustes"],
        "quien=ADMIN@correo.mx": ["Ajustes", "Cuenta 7"],
        f"quien={admin.id}&hasta=2026-03-01": ["Cuenta 7"],
        "quien=ida@correo.mx": ["Conector 31"],
        "quien=sistema&accion=watch_run": ["Conector 3"],
        "sobre=account": ["Cuenta 7"],
        "sobre=submission:3": ["Conector 3", "Conector 3"],
        "sobre=submission&hasta=2026-03-01": ["Conector 31", "Conector 3"],
        "hasta=2026-02-28": [],
        "desde=2026-03-02": ["Ajustes", "Conector 3"],
        "accion=publish": [],
    }

    found = {query: subjects(browser.get(f"{AT}?{query}").text) for query in cases}

    assert found == cases
    assert "Ninguna línea coincide" in browser.get(f"{AT}?accion=publish").text


def test_pages_go_back_and_forth_and_stay_what_they_were(browser, write) -> None:
    size = log.PAGE_LINES
    write(*(("sistema", "edit", f"submission:{n}") for n in range(2 * size + 5)))
    write(("sistema", "account_role", "account:1"))
    query = "sobre=submission"
    pages = [f"{AT}?{query}"]
    while older := link(browser.get(pages[-1]).text, "next"):
        pages.append(older)
    texts = [browser.get(page).text for page in pages]
    write(("sistema", "edit", "submission:900"))
    back = browser.get(link(texts[2], "prev")).text
    newest = browser.get(link(back, "prev")).text

    told = [name for text in texts for name in subjects(text)]
    assert told == [f"Conector {n}" for n in reversed(range(2 * size + 5))]
    assert subjects(browser.get(pages[1]).text) == subjects(texts[1]) == subjects(back)
    assert subjects(newest) == subjects(texts[0])
    assert "sobre=submission" in pages[1]
    assert subjects(browser.get(link(newest, "prev")).text) == ["Conector 900"]


def test_what_can_never_be_found_is_told(browser, write) -> None:
    write(("sistema", "edit", "submission:1"))
    wrong = {
        "desde=ayer": "Escriba los días como",
        "hasta=9999-12-31": "Escriba los días como",
        "desde=2026-03-02&hasta=2026-03-01": "El primer día es posterior",
        "accion=nada": "Elija una acción de la lista",
        "sobre=luna": "Elija de la lista sobre qué buscar",
    }
    for query, words in wrong.items():
        answer = browser.get(f"{AT}?{query}")
        assert answer.status_code == browser.get(f"{AT}.csv?{query}").status_code == 400
        assert words in answer.text
        assert subjects(answer.text) == []


def test_a_page_that_is_no_number_is_the_first(browser, write) -> None:
    write(("sistema", "edit", "submission:1"))

    for wrong in ("x", "-1", "0", "1.5", "9" * 30, "٣"):
        answer = browser.get(f"{AT}?antes={wrong}")
        assert answer.status_code == 200
        assert subjects(answer.text) in (["Conector 1"], [])


def test_the_table_has_every_line_wanted_and_no_formula(browser, write) -> None:
    size = 2 * log.PAGE_LINES
    write(*(("sistema", "edit", f"submission:{n}") for n in range(size)))
    write(("=cmd|' /C calc'!A0", "create", "submission:7"))

    answer = browser.get(f"{AT}.csv?sobre=submission")
    told = rows(answer.text)

    assert answer.headers["Content-Disposition"].endswith('"bitacora.csv"')
    assert len(told) == size + 2
    assert told[-1][2] == "'=cmd|' /C calc'!A0"
    assert told[1][1] == "2026-03-02T04:30:00+00:00"
    assert told[1][5] == '{"nota":"=1+1"}'


def test_the_page_tells_the_last_check_and_a_changed_line(
    market, browser, verifier, write
) -> None:
    write(("sistema", "edit", "submission:1"), ("sistema", "edit", "submission:2"))
    never = browser.get(AT).text
    assert browser.post(f"{AT}/verificar").location == AT
    waiting = browser.get(AT).text
    assert verifier.make_next()
    whole = browser.get(f"{AT}?sobre=account").text
    with market.database.transaction() as session:
        session.execute(text("DROP TRIGGER audit_no_update"))
        session.get_one(AuditEntry, 1).action = "send"
    unaware = browser.get(AT).text
    browser.post(f"{AT}/verificar")
    verifier.make_next()
    broken = browser.get(AT).text

    assert "Todavía no se ha verificado" in never
    assert "Ver si terminó" in waiting
    assert "Verificar ahora" not in waiting
    assert "Íntegra" in whole
    assert "2 líneas" in whole
    assert "Íntegra" in unaware
    assert "Rota" in broken
    assert "quitó la línea 1." in broken
    assert "Rota" in browser.get("/administracion/").text


def test_the_worker_checks_each_day_and_once_for_all_who_ask(
    market, browser, verifier
) -> None:
    assert [verifier.make_next(), verifier.make_next()] == [True, False]
    market.clock.tick(hours=23)
    assert not verifier.make_next()
    market.clock.tick(hours=2)
    assert [verifier.make_next(), verifier.make_next()] == [True, False]
    for _ in range(3):
        browser.post(f"{AT}/verificar")
    assert [verifier.make_next(), verifier.make_next()] == [True, False]


def test_who_did_it_is_named_and_a_stranger_is_no_markup(browser, admin, write):
    write((admin.email, "edit", "submission:1"), ("<b>x</b>", "edit", "submission:2"))

    page = browser.get(AT).text

    assert f'/personas/{admin.id}">Admin</a>' in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
