"""Invented records: valid, varied, coherent, and the same for a same seed."""

import hashlib
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.mx import curp as official_curp
from stdnum.mx import rfc as official_rfc

from pdn_sdk.collation import fold
from pdn_sdk.errors import InvalidStandardError
from pdn_sdk.standards import loader
from pdn_sdk.standards.cast import named_institution
from pdn_sdk.standards.paths import values_at
from pdn_sdk.standards.people import curp, rfc
from pdn_sdk.standards.synthetic import records
from pdn_sdk.standards.validation import load_violations, prepare

DATASET = loader.get("s2").datasets[0]
THOUSAND = list(records(DATASET, 1_000))


def fingerprint(rows):
    return hashlib.sha256(b"\n".join(map(orjson.dumps, rows))).hexdigest()


def people():
    for record in THOUSAND:
        yield record
        if "superiorInmediato" in record:
            yield record["superiorInmediato"]


def member_paths(schema, path=""):
    for name, child in schema.get("properties", {}).items():
        yield f"{path}{name}"
        yield from member_paths(child, f"{path}{name}.")
        yield from member_paths(child.get("items", {}), f"{path}{name}[].")


def test_every_record_can_be_loaded_as_it_is():
    for record in THOUSAND:
        assert load_violations(DATASET, record) == []
        assert prepare(DATASET, record) == record


def test_a_seed_gives_the_same_in_another_process():
    program = (
        "import sys, hashlib, orjson\n"
        "from pdn_sdk.standards import loader\n"
        "from pdn_sdk.standards.synthetic import records\n"
        "rows = records(loader.get('s2').datasets[0], 50, seed=7)\n"
        "print(hashlib.sha256(b'\\n'.join(map(orjson.dumps, rows))).hexdigest())\n"
    )
    other = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONHASHSEED": "12345"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert other.stdout.strip() == fingerprint(records(DATASET, 50, seed=7))


def test_a_record_is_the_same_however_many_are_asked_for():
    assert list(records(DATASET, 30)) == THOUSAND[:30]


def test_other_seeds_give_other_records_with_other_ids():
    ids = [r["id"] for seed in (1, 2, 11) for r in records(DATASET, 100, seed=seed)]

    assert len(set(ids)) == 300
    assert fingerprint(records(DATASET, 9, seed=2)) != fingerprint(THOUSAND[:9])


def test_none_are_given_where_none_are_asked_for():
    assert list(records(DATASET, 0)) == []


def test_every_branch_and_every_absence_is_reached():
    optional_always = {"segundoApellido", "tipoProcedimiento[].clave",
                       "tipoProcedimiento[].valor"}  # fmt: skip
    required = {*DATASET.schema["required"], "institucionDependencia.nombre"}
    counts = {
        path: sum(any(True for _ in values_at(r, path)) for r in THOUSAND)
        for path in member_paths(DATASET.schema)
    }

    assert [path for path, count in counts.items() if count == 0] == []
    present = {path for path, count in counts.items() if count == 1_000}
    assert present == required | optional_always


def test_every_catalogue_value_is_reached():
    for coded in DATASET.coded_texts:
        seen = {v for r in THOUSAND for v in values_at(r, f"{coded.path}.{coded.key}")}

        assert seen == {entry.key for entry in DATASET.catalogs[coded.catalog]}


def test_a_small_set_already_shows_every_catalogue_value():
    for seed in range(5):
        few = list(records(DATASET, 200, seed=seed))
        for coded in DATASET.coded_texts:
            path = f"{coded.path}.{coded.key}"
            seen = {v for r in few for v in values_at(r, path)}

            assert len(seen) == len(DATASET.catalogs[coded.catalog])


def test_keys_are_valid_by_their_check_digits():
    found = Counter()
    for person in people():
        if "rfc" in person:
            assert official_rfc.is_valid(person["rfc"], validate_check_digits=True)
            found["rfc"] += 1
        if "curp" in person:
            assert official_curp.is_valid(person["curp"])
            found["curp"] += 1

    assert min(found.values()) > 500


def test_keys_follow_from_name_sex_and_birth():
    asked = {"rfc", "curp", "nombres", "primerApellido", "segundoApellido"}
    whole = [person for person in people() if asked <= set(person)]
    assert len(whole) > 500

    for person in whole:
        key = person["curp"]
        born = official_curp.get_birth_date(key)
        names = person["nombres"], person["primerApellido"], person["segundoApellido"]

        assert person["rfc"] == rfc(*names, born)
        assert key == curp(*names, born, sex=key[10], state=key[11:13])
        assert date(1955, 1, 1) < born < date(2003, 1, 1)


def test_gender_agrees_with_the_curp():
    agreed = {"F": "M", "M": "H"}
    for record in THOUSAND:
        key = record.get("genero", {}).get("clave")
        if key in agreed and "curp" in record:
            assert record["curp"][10] == agreed[key]


def test_names_look_like_those_of_a_real_office():
    text = " ".join(f"{r['nombres']} {r['primerApellido']}" for r in THOUSAND)
    alone = [r for r in THOUSAND if r["segundoApellido"] == ""]

    for piece in ("ñ", "Ñ", "á", "É", "de la ", "DE LA ", "María del Carmen"):
        assert piece in text
    assert 5 < len(alone) < 150
    assert len({r["nombres"] for r in THOUSAND}) > 100


def test_an_institution_has_one_name_one_acronym_and_one_code():
    seen = {}
    for record in THOUSAND:
        institution = record["institucionDependencia"]
        for member in ("siglas", "clave"):
            if member in institution:
                seen.setdefault((fold(institution["nombre"]), member), set()).add(
                    institution[member]
                )

    assert len(seen) > 10
    assert {len(values) for values in seen.values()} == {1}


def test_moments_have_a_zone_and_years_agree():
    for record in THOUSAND:
        moment = datetime.fromisoformat(record["fechaCaptura"])

        assert moment.tzinfo is not None
        year = int(record.get("ejercicioFiscal", moment.year))
        assert 0 <= moment.year - year <= 1


@given(st.text(min_size=1, max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_institution_can_be_named(name):
    try:
        name.encode()
    except UnicodeEncodeError:
        return
    [record] = records(DATASET, 1, institution=name)

    assert load_violations(DATASET, record) == []


def test_a_named_institution_employs_everybody():
    rows = list(records(DATASET, 30, institution="Municipio de Ñuñoa"))

    assert {r["institucionDependencia"]["nombre"] for r in rows} == {
        "Municipio de Ñuñoa"
    }


@pytest.mark.parametrize(
    ("name", "acronym"),
    [
        ("Municipio de San Juan del Río", "MSJR"),
        ("instituto de la ñ", "IÑ"),
        ("🎉", ""),
        ("2 de abril", "A"),
    ],
)
def test_the_acronym_is_made_of_initials(name, acronym):
    assert named_institution(name).acronym == acronym


# Published examples: the guide of the SAT, and the library rfc-facil.
@pytest.mark.parametrize(
    ("names", "born", "expected"),
    [
        (("Emma", "Gómez", "Díaz"), date(1956, 12, 31), "GODE561231GR8"),
        (("Juan", "Barrios", "Fernández"), date(1970, 12, 13), "BAFJ701213SBA"),
    ],
)
def test_rfc_is_that_of_the_published_example(names, born, expected):
    assert rfc(*names, born) == expected


@pytest.mark.parametrize(
    ("names", "initials"),
    [
        (("María Guadalupe", "de la Cruz", "del Río"), "CURG"),
        (("José", "Muñoz", "Ñáñez"), "MUÑJ"),
        (("Ma. del Carmen", "Ibáñez", "Solís"), "IASC"),
        (("Luis", "O", "Pérez"), "OPLU"),
        (("Juan", "Martínez", ""), "MAJU"),
        (("Olga", "Pueblito", "Tello"), "PUTO".replace("O", "X")),
        (("Ana", "Ng", "López"), "NLAN"),
    ],
)
def test_initials_of_the_rfc_follow_the_official_rules(names, initials):
    assert rfc(*names, date(1980, 5, 4))[:4] == initials


@pytest.mark.parametrize(
    ("names", "letters", "consonants"),
    [
        (("María Guadalupe", "de la Cruz", "del Río"), "CURG", "RXD"),
        (("José", "Muñoz", "Ñáñez"), "MUXJ", "XXS"),
        (("Olga", "Pueblito", "Tello"), "PXTO", "BLL"),
        (("Xóchitl", "Peña", ""), "PEXX", "XXC"),
    ],
)
def test_letters_of_the_curp_follow_the_official_rules(names, letters, consonants):
    key = curp(*names, date(2001, 5, 4), sex="M", state="DF")

    assert key[:4] == letters
    assert key[4:13] == "010504MDF"
    assert key[13:16] == consonants
    assert key[16] == "A"
    assert official_curp.is_valid(key)


def test_a_dataset_without_synthetic_data_is_filled_by_its_schema():
    plain = replace(DATASET, synthetic={}, load_rules=())

    for record in records(plain, 60):
        assert load_violations(plain, record) == []


def test_what_cannot_be_filled_names_its_path():
    plain = replace(DATASET, synthetic={})

    with pytest.raises(InvalidStandardError, match=r"«ejercicioFiscal»"):
        list(records(plain, 60))


def test_a_fact_that_does_not_exist_is_named():
    wrong = replace(DATASET, synthetic={"fields": {"id": "person.shoe_size"}})

    with pytest.raises(InvalidStandardError, match=r"person\.shoe_size"):
        list(records(wrong, 1))
