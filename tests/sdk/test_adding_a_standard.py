"""A toy standard in a folder of its own: no other edit, and everything follows."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from pdn_sdk.cli.main import group
from pdn_sdk.errors import InvalidStandardError, UnknownStandardError
from pdn_sdk.standards import loader
from pdn_sdk.standards.search import checked_search
from pdn_sdk.standards.synthetic import records
from pdn_sdk.standards.validation import load_violations, prepare, violations
from pdn_sdk.wire.post_query import read_search

STANDARD_TOML = """
key = "s0"
system = "S0"
version = "0.1"
title = "Bicicletas registradas"
description = "Un estándar de juguete, con nombres que ningún otro tiene."
dialect = "post_query"

[source]
document = "bicicletas.md"
publisher = "Nadie"

[security]
kind = "oauth2_password"
scheme = "bici_auth"
token_paths = ["/oauth/token"]
scope = "read:bicis"
reserved_scope = "read:bicis:reserved"

[[dataset]]
key = "bicis"
title = "Bicicletas"
description = "Un registro por bicicleta."
schema = "schemas/bicis.json"
identity = "folio"
captured_at = "alta"
default_page_size = 5
max_page_size = 20
reserved = ["dueno.rfc"]

[dataset.institution]
name_member = "nombre"
nombre = "taller.nombre"

[dataset.defaults]
notas = ""

[[dataset.endpoint]]
kind = "search"
method = "POST"
path = "/v0/bicis"

[[dataset.endpoint]]
kind = "institutions"
method = "GET"
path = "/v0/bicis/talleres"

[[dataset.filter]]
name = "folio"
operator = "identity"
path = "folio"

[[dataset.filter]]
name = "marca"
operator = "contains"
path = "marca"

[[dataset.filter]]
name = "uso"
operator = "any_of"
path = "usos[].c"
type = "string"
catalog = "uso"

[[dataset.sort]]
name = "marca"
path = "marca"

[[dataset.coded_text]]
path = "usos[]"
catalog = "uso"
key = "c"
text = "t"

[[dataset.load_rule]]
id = "S0-001"
kind = "not_blank"
paths = ["marca"]
message = "No se sabe la marca."
fix = "Escriba la marca de la bicicleta."
"""

REQUIREMENTS_TOML = """
[[requirement]]
id = "S0-001"
level = "must"
category = "funcional"
sentence = "Toda bicicleta tiene marca."
source = "T-00"
fix = "Escriba la marca de la bicicleta."
checks = ["REC-02"]
"""

SYNTHETIC_TOML = """
[bicis.fields]
folio = "identifier"
alta = "moment"
marca = { one_of = ["Ñandú", "Rayo"] }
"taller.nombre" = "institution.name"
"dueno.rfc" = "person.rfc"
"""

SCHEMA = {
    "type": "object",
    "required": ["folio", "alta", "marca", "taller"],
    "properties": {
        "folio": {"type": "string"},
        "alta": {"type": "string", "format": "date-time"},
        "compra": {"type": "string", "format": "date"},
        "marca": {"type": "string"},
        "rodada": {"type": "integer", "minimum": 12, "maximum": 29},
        "peso": {"type": "number", "minimum": 5},
        "electrica": {"type": "boolean"},
        "color": {"type": "string", "enum": ["rojo", "azul"]},
        "notas": {"type": "string", "maxLength": 10},
        "taller": {
            "type": "object",
            "required": ["nombre"],
            "properties": {"nombre": {"type": "string"}},
        },
        "dueno": {"type": "object", "properties": {"rfc": {"type": "string"}}},
        "usos": {
            "type": "array",
            "uniqueItems": True,
            "items": {
                "type": "object",
                "properties": {
                    "c": {"type": "string", "enum": ["P", "C"]},
                    "t": {"type": "string"},
                },
            },
        },
        "revisiones": {"type": "array", "items": {"type": "integer"}},
    },
}

CATALOG = [{"clave": "P", "valor": "PASEO"}, {"clave": "C", "valor": "CARGA"}]


@pytest.fixture
def folder(tmp_path):
    """The folder of the toy standard, whole."""
    files = {
        "standard.toml": STANDARD_TOML,
        "requirements.toml": REQUIREMENTS_TOML,
        "synthetic.toml": SYNTHETIC_TOML,
        "schemas/bicis.json": json.dumps(SCHEMA),
        "catalogs/uso.json": json.dumps(CATALOG),
    }
    for name, content in files.items():
        path = tmp_path / "s0" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path / "s0"


@pytest.fixture
def dataset(folder):
    return loader.load(folder).dataset("bicis")


@pytest.fixture
def registered(folder, monkeypatch):
    """The toy standard among the others, for one test."""
    monkeypatch.setattr(loader, "_added", {})
    return loader.register(folder)


def edit(folder, name, old, new):
    path = folder / name
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")


def test_a_registered_standard_is_one_more(registered):
    assert loader.get("s0") is registered
    assert [s.key for s in loader.all_standards()] == sorted(
        s.key for s in loader.all_standards()
    )
    assert {"s0", "s2"} <= {s.key for s in loader.all_standards()}


def test_a_key_has_one_standard_only(folder):
    edit(folder, "standard.toml", '"s0"', '"s2"')

    with pytest.raises(InvalidStandardError, match="«s2», que ya es de otro"):
        loader.register(folder)


def test_an_unknown_standard_tells_which_there_are(registered):
    with pytest.raises(UnknownStandardError, match=r"«s9».*s0, s1"):
        loader.get("s9")


def test_the_folder_says_everything(folder):
    standard = loader.load(folder)
    dataset = standard.dataset("bicis")

    assert standard.security.token_paths == ("/oauth/token",)
    assert standard.requirements[0].checks == ("REC-02",)
    assert dataset.institution.members == {"nombre": "taller.nombre"}
    assert dataset.filters_by_name["marca"].path == "marca"
    with pytest.raises(StopIteration):
        standard.dataset("motos")


def test_a_record_is_validated_by_it(dataset):
    record = {"folio": "1", "alta": "hoy", "marca": "N/A", "rodada": 30}
    record |= {"taller": {"nombre": "T"}, "usos": [{"c": "P", "t": "CARGA"}]}

    assert [(v.path, v.rule) for v in load_violations(dataset, record)] == [
        ("alta", "format"),
        ("rodada", "maximum"),
        ("marca", "S0-001"),
        ("usos[0].t", "texto oficial"),
    ]


def test_a_record_is_prepared_by_it(dataset):
    prepared = prepare(dataset, {"folio": "1", "color": None, "usos": [{"c": "C"}]})

    assert prepared == {
        "folio": "1",
        "usos": [{"c": "C", "t": "CARGA"}],
        "notas": "",
    }


def test_a_nested_default_waits_for_its_object(dataset):
    nested = replace(dataset, defaults={"dueno.rfc": "X"})

    assert prepare(nested, {"folio": "1"}) == {"folio": "1"}
    assert prepare(nested, {"dueno": {"a": 1}}) == {"dueno": {"a": 1, "rfc": "X"}}


def test_records_are_invented_for_it(dataset):
    rows = list(records(dataset, 200))

    assert all(load_violations(dataset, row) == [] for row in rows)
    assert {key for row in rows for key in row} == set(SCHEMA["properties"])
    assert {len(row.get("revisiones", [])) for row in rows} == {0, 1, 2, 3}


def test_an_alternative_brings_the_object_that_holds_it(dataset):
    rule = replace(dataset.load_rules[0], kind="one_of", paths=("dueno.rfc",))
    alone = replace(dataset, load_rules=(rule,))

    assert all("rfc" in row["dueno"] for row in records(alone, 60))


def test_a_search_is_checked_by_it(dataset):
    body = b'{"query": {"marca": " \xc3\x91AND\xc3\x9a ", "uso": ["P"], "otra": 1}}'

    search = checked_search(dataset, read_search(body))

    assert search.page_size == 5
    assert [c.values for c in search.conditions] == [("ñandu",), ("P",)]


def test_it_appears_in_the_commands(registered, tmp_path):
    good = tmp_path / "bicis.json"
    rows = list(records(registered.datasets[0], 5))
    good.write_text(json.dumps(rows), encoding="utf-8")

    shown = CliRunner().invoke(group, ["standards", "show", "s0"])
    judged = CliRunner().invoke(group, ["validate", str(good), "--standard", "s0"])

    assert "/v0/bicis" in shown.output
    assert (judged.exit_code, "5 registros cumplen" in judged.output) == (0, True)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("standard.toml", 'title = "Bicicletas registradas"', "", "falta «title»"),
        ("standard.toml", "[security]", "[segurity]", "falta «security»"),
        ("standard.toml", 'key = "s0"', "key = s0", "mal escrito"),
        ("standard.toml", '"identity"', '"igual"', "«igual» no es uno de identity"),
        ("standard.toml", 'catalog = "uso"', 'catalog = "usos"', "catálogo usos"),
        ("standard.toml", 'scheme = "bici_auth"', "esquema = 1", "esquema"),
        ("requirements.toml", '"must"', '"shall"', "«shall» no es uno de must"),
        ("requirements.toml", '"funcional"', '"otra"', "«otra» no es uno de seguridad"),
        ("requirements.toml", "sentence", "oracion", "falta «sentence»"),
        ("schemas/bicis.json", "{", "[", "mal escrito"),
        ("catalogs/uso.json", '"valor": "PASEO"', '"texto": 1', "falta «valor»"),
        ("catalogs/uso.json", '[{"clave": "P"', '["P", {"clave": "P"', "mal escrito"),
        ("synthetic.toml", "[bicis.fields]", "[bicis.fields", "mal escrito"),
    ],
)  # fmt: skip
def test_a_broken_file_is_named_with_its_fault(folder, name, old, new, said):
    edit(folder, name, old, new)

    with pytest.raises(InvalidStandardError) as raised:
        loader.load(folder)

    assert str(folder / name) in raised.value.message
    assert said in raised.value.message


@pytest.mark.parametrize(
    "name", ["standard.toml", "requirements.toml", "schemas/bicis.json"]
)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()

    with pytest.raises(InvalidStandardError, match="No se puede leer") as raised:
        loader.load(folder)

    assert str(folder / name) in raised.value.message


def test_a_file_that_is_not_utf_8_is_named(folder):
    (folder / "requirements.toml").write_bytes("sentence = 'ñ'".encode("latin-1"))

    with pytest.raises(InvalidStandardError, match=r"requirements\.toml"):
        loader.load(folder)


def test_a_repeated_requirement_is_named(folder):
    (folder / "requirements.toml").write_text(REQUIREMENTS_TOML * 2, encoding="utf-8")

    with pytest.raises(InvalidStandardError, match="se repite S0-001"):
        loader.load(folder)


def test_a_broken_folder_is_not_registered(folder):
    (folder / "standard.toml").unlink()

    with pytest.raises(InvalidStandardError):
        loader.register(folder)

    assert "s0" not in {s.key for s in loader.all_standards()}


def test_a_schema_that_is_not_one_is_told(dataset):
    wrong = replace(dataset, schema={"type": "objeto"})

    with pytest.raises(InvalidStandardError, match="«bicis» no es un JSON Schema"):
        violations(wrong, {})


def test_a_rule_of_an_unknown_kind_is_told(dataset):
    rule = replace(dataset.load_rules[0], kind="tal_vez")

    with pytest.raises(InvalidStandardError, match=r"«S0-001».*«tal_vez»"):
        load_violations(replace(dataset, load_rules=(rule,)), {})
