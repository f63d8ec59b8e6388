"""Paths inside a record: reach, set and leave out, without touching the original."""

import copy

import pytest

from pdn_sdk.standards.paths import first_at, put, steps, values_at, without

RECORD = {
    "id": "1",
    "puesto": {"nombre": "Vocal", "nivel": "8"},
    "areas": [{"clave": "T"}, {"clave": "R"}, "suelto"],
}


def test_an_array_is_a_step_of_its_own():
    assert steps("areas[].clave") == ("areas", "[]", "clave")
    assert steps("id") == ("id",)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("id", ["1"]),
        ("puesto.nivel", ["8"]),
        ("areas[].clave", ["T", "R"]),
        ("areas.clave", []),
        ("puesto[].nivel", []),
        ("id.otro", []),
        ("nada", []),
    ],
)
def test_values_are_reached_where_the_path_holds(path, values):
    assert list(values_at(RECORD, path)) == values
    assert first_at(RECORD, path) == (values[0] if values else None)


@pytest.mark.parametrize("record", [None, 3, [], "x"])
def test_nothing_is_reached_in_what_is_not_an_object(record):
    assert list(values_at(record, "a.b")) == []


def test_leaving_out_copies_only_what_changes():
    before = copy.deepcopy(RECORD)

    bare = without(without(RECORD, "puesto.nivel"), "areas[].clave")

    assert bare["puesto"] == {"nombre": "Vocal"}
    assert bare["areas"] == [{}, {}, "suelto"]
    assert before == RECORD


@pytest.mark.parametrize("path", ["nada", "puesto.nada", "puesto[].x", "id.x"])
def test_leaving_out_what_is_not_there_changes_nothing(path):
    assert without(RECORD, path) == RECORD


def test_putting_makes_the_objects_on_the_way():
    record = {"a": {"x": 1}}

    put(record, "a.b.c", 2)

    assert record == {"a": {"x": 1, "b": {"c": 2}}}


def test_putting_under_a_text_is_refused():
    with pytest.raises(TypeError, match=r"a\.b\.c"):
        put({"a": {"b": "texto"}}, "a.b.c", 2)
