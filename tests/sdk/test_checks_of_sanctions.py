"""Where S3 v1.1 leaves more than one way of being right, or of being wrong."""

from dataclasses import replace

import pytest
from tests.sdk.faults.good import Provider, good_records
from tests.sdk.faults.rehearsal import rehearse

from pdn_sdk.conformance.target import Options
from pdn_sdk.practice.planting import answering, is_list, is_search, no_token, putting
from pdn_sdk.practice.terms import terms_of

PARTY = "particularSancionado"
ADDRESS = {"codigoPostal": "06000", "vialidad": {"valor": "Niños Héroes"}}
SAN = "tipoSancion"


@pytest.fixture(scope="module", params=["s3s", "s3p"])
def provider(request, tmp_path_factory):
    terms = terms_of(request.param)
    folder = tmp_path_factory.mktemp("good")
    return Provider(folder, good_records(30, terms), terms)


@pytest.fixture
def companies(tmp_path):
    terms = terms_of("s3p")
    return Provider(tmp_path, good_records(30, terms), terms)


def run(provider, bend, *checks):
    good = provider.good()
    return rehearse(
        provider.terms.standard,
        provider.target(),
        Options(only=frozenset(checks)),
        lambda asked: bend(asked, good),
    )


def showing_of(kind, **members):
    """Show more of the persons, or companies, of a page."""

    def shown(record):
        party = record[PARTY]
        extra = members if party["tipoPersona"] == kind else {}
        return {**record, PARTY: {**party, **extra}}

    return answering(is_search, lambda r, _: r.listing(map(shown, r.results)))


def test_address_of_a_company_is_a_warning(companies):
    found = run(companies, showing_of("M", domicilioMexico=ADDRESS), "PRI-01")

    assert set(found.departures) == {"PRI-01"}
    assert found.failed == frozenset()


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        ("F", {"domicilioMexico": ADDRESS}),
        ("F", {"rfc": "PELU800101AB1"}),
        ("M", {"telefono": "5500000000"}),
        ("M", {"directorGeneral": {"nombres": "Luz"}}),
    ],
)
def test_what_belongs_to_a_person_is_a_failure(companies, kind, members):
    found = run(companies, showing_of(kind, **members), "PRI-01")

    assert found.failed == {"PRI-01"}


def test_rfc_of_a_company_is_public(companies):
    found = run(companies, showing_of("M", rfc="LUZ800101AB1"), "PRI-01")

    assert found.departures == {}


def test_reserved_members_without_content_are_no_leak(companies):
    empty = {"domicilioMexico": {}, "telefono": "", "directorGeneral": {"nombres": " "}}

    assert run(companies, showing_of("F", **empty), "PRI-01").departures == {}


def test_only_officials_may_answer_403_to_a_list_without_token(provider):
    def forbidden(asked, good):
        answered = good.serve(asked)
        unknown = is_list(asked) and no_token(asked)
        return replace(answered, status=403) if unknown else answered

    found = run(provider, forbidden, "ACC-11")

    tolerated = provider.terms.standard.key == "s3s"
    assert found.failed == (frozenset() if tolerated else {"ACC-11"})


def test_text_with_the_misprint_of_the_document_is_official(provider):
    printed = {
        "s3s": ("D", "DESTITUCIÓN DEL EMPLO, CARGO O COMISIÓN"),
        "s3p": ("IND", None),
    }
    key, text = printed[provider.terms.standard.key]
    entries = provider.terms.dataset.catalogs[SAN]
    text = text or next(e.also[0] for e in entries if e.key == key)
    item = [{"clave": key, "valor": text}]
    other = answering(
        is_search, lambda r, _: r.listing(putting(SAN, item, x) for x in r.results)
    )

    assert run(provider, other, "REC-12").departures == {}


def test_two_other_sanctions_with_their_names_are_not_a_repetition(provider):
    named = [
        {"clave": "O", "valor": f"AMONESTACIÓN {n}", "descripcion": f"AMONESTACIÓN {n}"}
        for n in "AB"
    ]
    other = answering(
        is_search, lambda r, _: r.listing(putting(SAN, named, x) for x in r.results)
    )

    found = run(provider, other, "REC-19", "REC-20", "REC-07")

    assert found.departures == {}
