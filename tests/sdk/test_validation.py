"""A record against its standard: nothing missed, nothing said twice."""

import copy
import datetime
import re

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdn_sdk.standards import loader
from pdn_sdk.standards.load_rules import is_placeholder
from pdn_sdk.standards.synthetic import records
from pdn_sdk.standards.validation import load_violations, prepare, violations
from pdn_sdk.standards.wording import Place, listed, shown, told

DATASET = loader.get("s2").datasets[0]
RECORDS = list(records(DATASET, 60, seed=11))
FULL = RECORDS[0]

ORACLE_FORMATS = jsonschema.FormatChecker(formats=())


@ORACLE_FORMATS.checks("date-time")
def is_date_time(value):
    """RFC 3339, written apart from the validator that it judges."""
    if not isinstance(value, str):
        return True
    shape = r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-][0-2]\d:[0-5]\d)"
    if not re.fullmatch(shape, value, re.ASCII):
        return False
    try:
        datetime.datetime.fromisoformat(re.sub(r"\.\d+", "", value).upper())
    except ValueError:
        return False
    return True


ORACLE = jsonschema.Draft202012Validator(DATASET.schema, format_checker=ORACLE_FORMATS)

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 40),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.sampled_from(["", " ", "F", "RE", "1", "TRAMITACIÓN", "2025-01-15T09:00:00Z"]),
    st.sampled_from(["2025-01-15", "2025-13-01T00:00:00Z", "2025-01-15T09:00:00"]),
    st.text(max_size=20),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["clave", "valor", "nombre"]), inner),
    ),
    max_leaves=4,
)


def places(node, path=()):
    """Every place of a record, from the root down."""
    if isinstance(node, dict | list):
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for step, child in items:
            yield (*path, step)
            yield from places(child, (*path, step))


@st.composite
def mutated(draw):
    """A valid record with some of its places dropped or replaced."""
    record = copy.deepcopy(draw(st.sampled_from(RECORDS)))
    for _ in range(draw(st.integers(0, 3))):
        *parents, last = draw(st.sampled_from(sorted(places(record), key=str)))
        node = record
        for step in parents:
            node = node[step]
        if draw(st.booleans()):
            node[last] = draw(VALUES)
        else:
            del node[last]
        if not record:
            break
    return record


def changed(**members):
    return {**FULL, **members}


def only(record, found=load_violations):
    [violation] = found(DATASET, record)
    return violation


@settings(max_examples=400, deadline=None)
@given(mutated())
def test_both_validators_agree_on_any_record(record):
    ours = {v.path for v in violations(DATASET, record)}
    theirs = {_path(error) for error in ORACLE.iter_errors(record)}

    assert ours == theirs


def _path(error):
    steps = list(error.absolute_path)
    if error.validator == "required":
        steps.append(re.match(r"'(.*)' is a required property", error.message)[1])
    written = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps)
    return written.removeprefix(".")


def test_all_faults_are_told_in_the_order_of_the_schema():
    record = changed(fechaCaptura="ayer", ramo={"clave": 0}, puesto={"nivel": "x" * 13})
    del record["id"]

    assert [(v.path, v.rule) for v in violations(DATASET, record)] == [
        ("id", "required"),
        ("fechaCaptura", "format"),
        ("ramo.clave", "minimum"),
        ("puesto.nivel", "maxLength"),
    ]


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"ejercicioFiscal": 2025}, 'Escríbalo entre comillas: "2025".'),
        ({"ramo": {"clave": "33"}}, "Escríbalo sin comillas: 33."),
        ({"ramo": {"clave": "treinta"}}, "Escriba sólo el número, sin comillas"),
        ({"ramo": "Salud"}, "Escríbalo entre llaves"),
        ({"tipoArea": "T"}, "Enciérrelo entre corchetes"),
        ({"observaciones": None}, "Omita el campo"),
        ({"nombres": ["Ana"]}, "Escriba un texto."),
        ({"genero": {"clave": "Masculino"}}, "¿Quiso decir «M»?"),
        ({"genero": {"clave": "f"}}, "¿Quiso decir «F»?"),
        ({"genero": {"clave": "Z"}}, "Use uno de los valores del catálogo: F, M o O"),
        ({"fechaCaptura": "01/02/2025"}, "Escriba año-mes-día, la letra T"),
        ({"puesto": {"nivel": "x" * 13}}, "Acorte el texto a 12 caracteres."),
    ],
)
def test_the_fix_tells_what_to_write(members, said):
    assert said in only(changed(**members)).fix


def test_a_violation_carries_what_came_and_what_was_expected():
    violation = only(changed(tipoProcedimiento=[{"clave": 1}, {"clave": 9}]))

    assert violation.path == "tipoProcedimiento[1].clave"
    assert violation.received == 9
    assert violation.expected == "uno de estos valores: 1, 2, 3, 4 o 5"
    assert "no está en el catálogo" in violation.message


def test_a_wrong_type_is_not_said_again_by_its_other_rules():
    violation = only(changed(tipoProcedimiento=[{"clave": None}]))

    assert (violation.rule, violation.received) == ("type", None)


def test_something_that_is_not_an_object_is_one_violation():
    for thing in ([], "x", None, 3, True):
        assert only(thing).path == ""


def test_what_json_cannot_hold_is_one_violation():
    nested = {}
    for _ in range(400):
        nested = {"a": nested}

    for thing in (nested, {1: 2}, {"\ud800": 1}):
        assert only(changed(observaciones=thing), violations).rule == "json"


def test_repeated_items_are_shown():
    twice = [{"clave": "R"}, {"clave": "T"}, {"clave": "T"}]

    assert 'repite {"clave": "T"}.' in only(changed(tipoArea=twice)).message


def test_a_short_key_is_not_taken_for_another():
    violation = only(changed(tipoArea=[{"clave": "RX"}]))

    assert "¿Quiso decir" not in violation.fix


def test_a_fault_of_an_array_does_not_hide_those_of_its_items():
    wrong = {"clave": 2, "valor": "OTRO"}
    found = load_violations(DATASET, changed(tipoProcedimiento=[wrong, wrong]))

    assert [v.path for v in found] == [
        "tipoProcedimiento",
        "tipoProcedimiento[0].valor",
        "tipoProcedimiento[1].valor",
    ]


def test_a_load_rule_does_not_repeat_what_the_schema_says():
    record = changed(institucionDependencia=None)
    del record["puesto"]

    found = load_violations(DATASET, record)

    assert [v.path for v in found] == ["institucionDependencia", "puesto"]


@pytest.mark.parametrize(
    "text",
    ["", "  ", "N/A", "n.a.", "NaN", "S/D", "-", "SIN DATO", "Sin información", "XXX",
     "Dato no proporcionado", "No aplica", "#¡REF!", "(vacío)", "NO  APLICA"],
)  # fmt: skip
def test_a_placeholder_is_not_a_datum(text):
    assert is_placeholder(text)
    assert only(changed(nombres=text)).rule == "S2-040"


@pytest.mark.parametrize("text", ["Ana", "Nadia", "Ñ", "D'Acosta", "Sin", "Nan Li"])
def test_a_rare_name_is_not_a_placeholder(text):
    assert not is_placeholder(text)


def test_a_pattern_is_held_against_the_whole_text():
    for year in ("2025\n", "12025", "２０２５"):
        assert only(changed(ejercicioFiscal=year)).rule == "S2-047"


def test_a_free_key_may_have_any_text():
    assert load_violations(DATASET, changed(genero={"clave": "O", "valor": "x"})) == []


def test_preparing_drops_what_says_nothing():
    raw = changed(
        observaciones="  ",
        ramo={"clave": None, "valor": ""},
        tipoArea=[None, {}],
        nombres=None,
        primerApellido="",
        campoPropio=None,
    )

    prepared = prepare(DATASET, raw)

    gone = {"observaciones", "ramo", "tipoArea", "nombres", "campoPropio"}
    assert not gone & set(prepared)
    # Required and blank stays, so that the load can say what is wrong with it.
    assert prepared["primerApellido"] == ""


def test_preparing_does_not_change_the_record_given():
    raw = changed(observaciones=None, tipoProcedimiento=[{"clave": 1}])
    before = copy.deepcopy(raw)

    prepare(DATASET, raw)

    assert raw == before


def test_preparing_puts_defaults_only_where_they_are_missing():
    assert prepare(DATASET, {})["segundoApellido"] == ""
    assert prepare(DATASET, {"segundoApellido": "Díaz"})["segundoApellido"] == "Díaz"


@pytest.mark.parametrize(
    ("given_item", "prepared_item"),
    [
        ({"clave": 1}, {"clave": 1, "valor": "CONTRATACIONES PÚBLICAS"}),
        ({"clave": 1, "valor": "contrataciones publicas"},
         {"clave": 1, "valor": "CONTRATACIONES PÚBLICAS"}),
        ({"clave": 1, "valor": "Compras"},
         {"clave": 1, "valor": "CONTRATACIONES PÚBLICAS"}),
        # A text that belongs to another key is a contradiction: it is reported.
        ({"clave": 1, "valor": "Otro"}, {"clave": 1, "valor": "Otro"}),
        ({"clave": 5, "valor": "Donaciones"}, {"clave": 5, "valor": "Donaciones"}),
        ({"clave": 5}, {"clave": 5, "valor": "OTRO"}),
        ({"clave": 77}, {"clave": 77}),
        ({"clave": True}, {"clave": True}),
        ({"clave": [1]}, {"clave": [1]}),
    ],
)  # fmt: skip
def test_a_key_gets_its_official_text(given_item, prepared_item):
    prepared = prepare(DATASET, {"tipoProcedimiento": [given_item]})

    assert prepared["tipoProcedimiento"] == [prepared_item]


@given(mutated())
@settings(max_examples=200, deadline=None)
def test_preparing_twice_changes_nothing_more(record):
    once = prepare(DATASET, record)

    assert prepare(DATASET, once) == once


@given(mutated())
@settings(max_examples=200, deadline=None)
def test_everything_said_is_complete_and_in_spanish(record):
    for violation in load_violations(DATASET, record):
        assert violation.rule
        assert violation.message.endswith(".")
        assert violation.fix.endswith(".")
        assert violation.expected
        assert "None" not in violation.message
        assert " is " not in violation.message


@pytest.mark.parametrize(
    ("keyword", "details", "received"),
    [
        ("minLength", {"limit": 3}, "x"),
        ("maximum", {"limit": 3}, 4),
        ("exclusiveMinimum", {"limit": 3}, 3),
        ("exclusiveMaximum", {"limit": 3.5}, 4),
        ("minItems", {"limit": 1}, []),
        ("maxItems", {"limit": 1}, [1, 2]),
        ("const", {"expected_value": "x"}, "y"),
        ("pattern", {"pattern": "^a"}, "b"),
        ("format", {"format": "date"}, "b"),
        ("format", {"format": "ipv4"}, "b"),
        ("oneOf", {}, {"a": 1}),
    ],
)
def test_every_keyword_has_its_words(keyword, details, received):
    violation = told(keyword, details, Place("campo", received))

    assert violation.rule == keyword
    assert "campo" in violation.message
    assert "{" not in violation.expected + violation.fix


def test_long_values_are_cut_and_lists_are_sentences():
    assert len(shown("x" * 500)) == 60
    assert shown({"a": None}) == '{"a": null}'
    assert listed([1]) == "1"
    assert listed([1, 2, 3]) == "1, 2 o 3"
