"""Organisations: who gets in, what they share, and who never reviews it."""

import re

import pytest

from pdn_marketplace.organisations import service
from pdn_marketplace.organisations.models import Seat
from pdn_marketplace.security import Role
from pdn_marketplace.submissions import audit
from pdn_marketplace.submissions.models import Submission

MINE = "/organizaciones"
PLACE = {"entity": "14", "level": "municipal"}


@pytest.fixture
def organisation(market, owner) -> int:
    """An organisation that the owner manages."""
    with market.database.transaction() as session:
        return service.create(session, owner, "Tesorería de Ejemplo", market.clock()).id


@pytest.fixture
def join(market, organisation):
    """Put a person in the organisation."""

    def joined(person, seat: Seat = Seat.MEMBER) -> None:
        with market.database.transaction() as session:
            found = session.get_one(service.Organisation, organisation)
            token = service.invite(
                session,
                found,
                person,
                email=person.email,
                seat=seat,
                now=market.clock(),
            )
            service.accept(session, token, person, market.clock())

    return joined


def invited_link(market) -> str:
    """Give the path of the link in the only message that was sent."""
    (message,) = (market.config.data / "correo").iterdir()
    text = message.read_text(encoding="utf-8").replace("=\n", "")
    return re.search(r"/organizaciones/invitacion/[\w-]+", text).group(0)


def test_who_makes_an_organisation_manages_it(market, owner) -> None:
    browser = market.browser(owner)

    page = browser.post(
        MINE, data={"name": "Mi <b>oficina</b>", **PLACE}, follow_redirects=True
    )

    assert "Mi &lt;b&gt;oficina&lt;/b&gt;" in page.text
    assert "Invitar a una persona" in page.text


@pytest.mark.parametrize("name", ["", "  ", "Premios en https://malo.mx", "x" * 201])
def test_a_name_that_is_no_name_is_refused(market, owner, name) -> None:
    assert (
        market.browser(owner).post(MINE, data={"name": name, **PLACE}).status_code
        == 400
    )


def test_an_invitation_travels_by_mail_and_lets_in(market, owner, organisation) -> None:
    guest = market.person("invitada")
    at = f"{MINE}/{organisation}"
    market.browser(owner).post(
        f"{at}/invitar", data={"email": "Invitada@correo.mx", "seat": "member"}
    )
    link, browser = invited_link(market), market.browser(guest)

    before = browser.get(at).status_code
    offered = browser.get(link).text
    browser.post(link)

    assert before == 404
    assert "Tesorería de Ejemplo" in offered
    assert browser.get(at).status_code == 200
    assert browser.get(link).status_code == 404, "a link serves once"


def test_an_invitation_is_only_for_the_account_of_its_mail(
    market, owner, organisation
) -> None:
    market.browser(owner).post(
        f"{MINE}/{organisation}/invitar",
        data={"email": "otra@correo.mx", "seat": "manager"},
    )
    thief = market.browser(market.person("ladron"))
    link = invited_link(market)

    assert "es para otro correo" in thief.get(link).text
    assert thief.post(link).status_code == 403
    assert thief.get(f"{MINE}/{organisation}").status_code == 404


def test_an_invitation_taken_back_is_worth_nothing(market, owner, organisation) -> None:
    browser = market.browser(owner)
    at = f"{MINE}/{organisation}"
    browser.post(f"{at}/invitar", data={"email": "otra@correo.mx", "seat": "member"})
    address = re.search(r"/invitaciones/\d+/retirar", browser.get(at).text).group(0)

    browser.post(at + address)

    assert market.browser().get(invited_link(market)).status_code == 404


def test_inviting_says_the_same_of_who_has_an_account_and_who_has_not(
    market, owner, organisation
) -> None:
    market.person("conocida")
    browser = market.browser(owner)

    def told(email: str) -> str:
        page = browser.post(
            f"{MINE}/{organisation}/invitar",
            data={"email": email, "seat": "member"},
            follow_redirects=True,
        )
        flashes = page.text.partition('class="flashes"')[2].partition("</div>")[0]
        return flashes.replace(email, "")

    assert told("conocida@correo.mx") == told("desconocida@correo.mx")


def test_an_old_invitation_is_worth_nothing(market, owner, organisation) -> None:
    long_ago = (
        market.clock() - service.INVITATION_LIFETIME - service.INVITATION_LIFETIME
    )
    with market.database.transaction() as session:
        found = session.get_one(service.Organisation, organisation)
        token = service.invite(
            session, found, owner, email="a@b.mx", seat=Seat.MEMBER, now=long_ago
        )

    answer = market.browser().get(f"{MINE}/invitacion/{token}")

    assert answer.status_code == 404


def test_a_member_works_on_the_connectors_of_the_organisation(
    market, owner, organisation, join, form
) -> None:
    colleague = market.person("colega")
    join(colleague)
    answer = market.browser(owner).post(
        "/conectores/nuevo", data={**form(), "organizacion": str(organisation)}
    )
    browser = market.browser(colleague)

    assert "Conector de Ejemplo" in browser.get("/conectores").text
    edited = browser.post(
        f"{answer.location}/editar", data=form(description="Corregida por mi colega.")
    )
    assert edited.status_code == 302
    assert "Corregida por mi colega." in browser.get(answer.location).text


def test_who_left_works_on_them_no_more_not_even_their_author(
    market, owner, organisation, join, form
) -> None:
    boss = market.person("jefa")
    join(boss, Seat.MANAGER)
    browser = market.browser(owner)
    at = browser.post(
        "/conectores/nuevo", data={**form(), "organizacion": str(organisation)}
    ).location

    market.browser(boss).post(f"{MINE}/{organisation}/personas/{owner.id}/quitar")

    assert browser.get(at).status_code == 404
    assert "Conector de Ejemplo" not in browser.get("/conectores").text
    assert market.browser(boss).get(at).status_code == 200


def test_a_connector_of_a_person_is_handed_over_once(
    market, owner, organisation, join
) -> None:
    colleague = market.person("colega")
    join(colleague)
    at = f"/conectores/{market.submit(owner)}"
    before = market.browser(colleague).get(at).status_code
    given = {"organizacion": str(organisation)}

    market.browser(owner).post(f"{at}/organizacion", data=given)
    again = market.browser(owner).post(f"{at}/organizacion", data=given)

    assert before == 404
    assert market.browser(colleague).get(at).status_code == 200
    assert again.status_code == 409


def test_nobody_puts_a_connector_in_an_organisation_of_others(
    market, organisation, form
) -> None:
    stranger = market.person("extrana")
    browser = market.browser(stranger)
    given = {"organizacion": str(organisation)}
    own = market.submit(stranger)

    assert (
        browser.post("/conectores/nuevo", data={**form(), **given}).status_code == 404
    )
    answer = browser.post(f"/conectores/{own}/organizacion", data=given)
    assert answer.status_code == 404


@pytest.mark.parametrize("step", ["quitar", "integrante"])
def test_an_organisation_keeps_somebody_who_manages_it(
    market, owner, organisation, step
) -> None:
    page = market.browser(owner).post(
        f"{MINE}/{organisation}/personas/{owner.id}/{step}", follow_redirects=True
    )

    assert "Nombre antes a otra" in page.text


def test_a_member_changes_nobody(market, owner, organisation, join) -> None:
    colleague = market.person("colega")
    join(colleague)
    browser = market.browser(colleague)
    at = f"{MINE}/{organisation}"

    answers = [
        browser.post(f"{at}/personas/{owner.id}/quitar"),
        browser.post(f"{at}/personas/{colleague.id}/responsable"),
        browser.post(f"{at}/invitar", data={"email": "a@b.mx", "seat": "member"}),
        browser.post(f"{at}/invitaciones/1/retirar"),
    ]

    assert {answer.status_code for answer in answers} == {403}


# Who never reviews


def approve(market, reviewer, submission_id: int, run_id: int) -> str:
    page = market.browser(reviewer).post(
        f"/conectores/{submission_id}/decision",
        data={"decision": "approve", "comment": "", "run_id": str(run_id)},
        follow_redirects=True,
    )
    assert market.state(submission_id) == "in_review"
    return page.text


@pytest.fixture
def of_organisation(market, owner, organisation) -> tuple[int, int]:
    """A submission of the organisation that waits for review."""
    submission_id, run_id = market.in_review(owner)
    with market.database.transaction() as session:
        session.get_one(Submission, submission_id).organisation_id = organisation
    return submission_id, run_id


def test_nobody_reviews_for_an_organisation_where_they_are(
    market, reviewer, join, of_organisation
) -> None:
    join(reviewer)

    assert "donde usted está o estuvo" in approve(market, reviewer, *of_organisation)


def test_to_leave_an_organisation_opens_no_door_to_review_for_it(
    market, reviewer, join, of_organisation
) -> None:
    join(reviewer)
    with market.database.transaction() as session:
        organisation = session.get_one(Submission, of_organisation[0]).organisation
        service.remove(session, organisation, reviewer.id, market.clock())

    assert "donde usted está o estuvo" in approve(market, reviewer, *of_organisation)


def test_nobody_reviews_what_they_wrote_for_others(
    market, owner, organisation, join, form
) -> None:
    """A second account of the site's staff that edited and left is no reviewer."""
    reviewer = market.person("metiche", Role.REVIEWER, "Otra")
    with market.database.transaction() as session:
        other = service.create(session, owner, "Otra más", market.clock())
        token = service.invite(
            session,
            other,
            owner,
            email=reviewer.email,
            seat=Seat.MEMBER,
            now=market.clock(),
        )
        service.accept(session, token, reviewer, market.clock())
        other_id = other.id
    submission_id = market.submit(owner)
    with market.database.transaction() as session:
        session.get_one(Submission, submission_id).organisation_id = other_id
    market.browser(reviewer).post(
        f"/conectores/{submission_id}/editar",
        data=form(name="Escrito por mí", client_secret="", password=""),
    )
    run_id = market.sent(submission_id, owner)

    assert "Usted trabajó en este conector" in approve(
        market, reviewer, submission_id, run_id
    )


def test_nobody_reviews_what_a_colleague_sent_on_their_own(
    market, owner, reviewer, join
) -> None:
    join(reviewer)
    submission_id, run_id = market.in_review(owner)

    told = approve(market, reviewer, submission_id, run_id)

    assert "donde usted está o estuvo" in told


def test_a_reviewer_with_no_tie_still_reviews(
    market, reviewer, of_organisation
) -> None:
    page = market.browser(reviewer).post(
        f"/conectores/{of_organisation[0]}/decision",
        data={"decision": "approve", "comment": "", "run_id": str(of_organisation[1])},
        follow_redirects=True,
    )

    assert "1 de 2" in page.text


def messages(market) -> list[str]:
    return [
        path.read_text(encoding="utf-8").replace("=\n", "")
        for path in (market.config.data / "correo").iterdir()
    ]


def test_who_manages_it_renames_it_and_the_log_tells(
    market, owner, organisation, join
) -> None:
    member = market.person("socia")
    join(member)
    at = f"{MINE}/{organisation}/datos"
    told = {"name": "Finanzas", "entity": "31", "level": "state"}

    refused = market.browser(member).post(at, data=told).status_code
    page = market.browser(owner).post(at, data=told, follow_redirects=True).text

    assert refused == 403
    assert "Finanzas" in page
    assert "Yucatán" in page
    with market.database.transaction() as session:
        (line,) = audit.entries(session, f"organisation:{organisation}")
    assert line.payload == {"was": "Tesorería de Ejemplo", "name": "Finanzas"}


def test_it_is_not_closed_while_a_connector_is_open(
    market, owner, organisation
) -> None:
    with market.database.transaction() as session:
        number = market.submit(owner)
        session.get_one(Submission, number).organisation_id = organisation
    browser = market.browser(owner)
    at = f"{MINE}/{organisation}/cerrar"

    page = browser.post(at, follow_redirects=True).text

    assert "Conector de Ejemplo" in page
    assert browser.get(f"{MINE}/{organisation}").status_code == 200
    browser.post(f"/conectores/{number}/retirar")
    assert browser.post(at).location == MINE


def test_closing_it_tells_its_people_and_they_are_still_no_strangers(
    market, owner, organisation, join
) -> None:
    member = market.person("socia")
    join(member)

    market.browser(owner).post(f"{MINE}/{organisation}/cerrar")

    (message,) = messages(market)
    assert "To: socia@correo.mx" in message
    assert market.browser(member).get(f"{MINE}/{organisation}").status_code == 404
    with market.database.transaction() as session:
        interests = service.Interests.of(session, [member.id])[member.id]
    assert organisation in interests.organisations
    assert owner.id in interests.colleagues
