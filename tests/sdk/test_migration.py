"""S3 v1.1 records in version 2: nothing guessed, nothing lost in silence."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from pdn_sdk.errors import ConfigurationError
from pdn_sdk.ingest.migration.conversion import parted, term
from pdn_sdk.ingest.migration.way import Migration, recognised
from pdn_sdk.standards.loader import get
from pdn_sdk.standards.synthetic import records
from pdn_sdk.standards.validation import violations

GRAVE, MINOR = "faltas_administrativas_graves", "faltas_administrativas_no_graves"
PERSONS, COMPANIES = "faltas_graves_personas_fisicas", "faltas_graves_personas_morales"
INSIDE = "servidorPublicoSancionado"
PARTY = "particularSancionado"
SOURCES = ["s3s", "s3p"]
TERMS = [
    ("3 meses", (0, 3, 0)),
    ("UN AÑO", (1, 0, 0)),
    ("1 año 6 meses y 15 días", (1, 6, 15)),
    ("Diez (10) años", (10, 0, 0)),
    ("permanente", ()),
    ("varios años", ()),
    ("", ()),
]
NAMES = [
    ("Emma Gómez Díaz", "GODE561231GR8", "", ("Emma", "Gómez", "Díaz")),
    ("GÓMEZ DÍAZ EMMA", "GODE561231GR8", "", ("EMMA", "GÓMEZ", "DÍAZ")),
    (
        "María de la Luz Gómez Díaz",
        "GODL561231GR8",
        "",
        ("María de la Luz", "Gómez", "Díaz"),
    ),
    ("Gómez Díaz, Emma", "", "", ("Emma", "Gómez", "Díaz")),
    ("Emma Gómez", "", "nombre_apellidos", ("Emma", "Gómez", "")),
    ("Emma Gómez Díaz", "", "", None),
    ("Emma Gómez Díaz", "ROLE561231GR8", "", None),
    ("Emma Sofía Gómez Díaz", "", "nombre_apellidos", None),
    ("???", "GODE561231GR8", "", None),
]


def example(key, name):
    path = get(key).folder / "examples" / "valid" / f"{name}.json"
    return json.loads(path.read_text("utf-8"))


def migrated(key, record, **options):
    return Migration(get(key), options).converted(1, record)


def members(schema):
    return {
        **{
            name: members(child) for name, child in schema.get("properties", {}).items()
        },
        **(members(schema["items"]) if "items" in schema else {}),
    }


def strange(value, known):
    if isinstance(value, list):
        return [s for item in value for s in strange(item, known)]
    if not isinstance(value, dict):
        return []
    inside = [s for n, v in value.items() if n in known for s in strange(v, known[n])]
    return [n for n in value if n not in known] + inside


@pytest.mark.parametrize("key", SOURCES)
def test_every_record_passes_sound_or_waits_with_a_reason(key):
    way = Migration(get(key), {"entity": "20"})

    for number, record in enumerate(records(get(key).datasets[0], 400), start=1):
        found = way.converted(number, record)
        if found.record is None:
            assert all(doubt.message and doubt.fix for doubt in found.doubts)
            continue
        dataset = way.target.dataset(found.dataset)
        assert violations(dataset, found.record) == []
        assert strange(found.record, members(dataset.schema)) == []
        assert found.because


@pytest.mark.parametrize("key", SOURCES)
def test_conversion_is_always_the_same(key):
    record = example(key, "completo")

    first, second = migrated(key, record), migrated(key, record)

    assert first == second
    assert UUID(first.record["id"])
    assert first.record["fecha"] == record["fechaCaptura"][:10]


@pytest.mark.parametrize(
    ("fault", "into", "key", "text"),
    [
        ("DRP", GRAVE, "DESVIO_RECURSOS_PUBLICOS", None),
        ("TINF", GRAVE, "TRAFICO_INFLUENCIAS", None),
        ("AG", GRAVE, "OTRO", "ADMINISTRATIVA GRAVE"),
        ("IDSP", MINOR, "DECLARACIONES", None),
        ("NAD", MINOR, "OTRO", "NEGLIGENCIA ADMINISTRATIVA"),
    ],
)
def test_class_of_a_fault_follows_from_its_key(fault, into, key, text):
    record = example("s3s", "minimo") | {"tipoFalta": {"clave": fault, "valor": "x"}}

    found = migrated("s3s", record)

    [committed] = found.record["faltaCometida"]
    assert (found.dataset, committed["clave"]) == (into, key)
    assert committed.get("valor") == text


@pytest.mark.parametrize("fault", ["VPC", "VDH", "HSEX", "OTRO", "AUT"])
def test_fault_that_may_be_either_waits_for_somebody(fault):
    record = example("s3s", "minimo") | {"tipoFalta": {"clave": fault, "valor": "x"}}

    found = migrated("s3s", record)

    assert found.record is None
    assert "grave" in found.doubts[0].message


def test_suspension_does_not_take_the_dates_of_the_disqualification():
    found = migrated("s3s", example("s3s", "completo"))
    by_key = {s["clave"]: s for s in found.record["tipoSancion"]}

    assert by_key["SUSPENSION"] == {"clave": "SUSPENSION"}
    assert by_key["INHABILITACION"]["inhabilitacion"] == {
        "plazoAnios": 0,
        "plazoMeses": 3,
        "plazoDias": 0,
        "fechaInicial": "2024-06-01",
        "fechaFinal": "2024-08-31",
    }


def test_one_fine_is_not_counted_twice():
    found = migrated("s3s", example("s3s", "completo"))
    amounts = [
        s["sancionEconomica"].get("monto")
        for s in found.record["tipoSancion"]
        if s["clave"] == "SANCION_ECONOMICA"
    ]

    assert amounts == [30000, None, None]
    assert any("redondea" in note for note in found.notes)
    assert any("varias sanciones económicas" in note for note in found.notes)


@pytest.mark.parametrize(
    ("text", "kind"), [("PÚBLICA", "PUBLICA"), ("privada", "PRIVADA")]
)
def test_reprimand_of_a_minor_fault_has_its_kind(text, kind):
    other = [{"clave": "O", "valor": f"Amonestación {text}"}]
    record = example("s3s", "minimo") | {"tipoSancion": other}

    [sanction] = migrated("s3s", record).record["tipoSancion"]

    assert sanction == {"clave": "AMONESTACION", "amonestacion": {"tipo": kind}}


def test_company_keeps_its_people_its_address_and_every_sanction():
    found = migrated("s3p", example("s3p", "completo"))
    made = found.record

    assert found.dataset == COMPANIES
    assert made["datosGenerales"]["domicilioMexico"]["municipioAlcaldia"] == (
        "Oaxaca de Juárez"
    )
    assert made["datosDirGeneralReprLegal"]["directorGeneral"]["nombre"] == "Emma"
    assert made["faltaCometida"][0]["clave"] == "COLUSION"
    assert len(made["tipoSancion"]) == len(example("s3p", "completo")["tipoSancion"])
    assert made["tipoSancion"][-1]["otro"] == {
        "denominacionSancion": "RESCISIÓN DEL CONTRATO"
    }


@pytest.mark.parametrize("name", ["Rosa Sánchez", "Isaac Acosta", "SA AC SC"])
def test_letters_inside_a_name_do_not_make_a_company(name):
    person = {"nombreRazonSocial": name, "tipoPersona": "F"}
    record = example("s3p", "minimo") | {PARTY: person}

    assert migrated("s3p", record, order="nombre_apellidos").dataset == PERSONS


@pytest.mark.parametrize(
    ("kind", "rfc"), [("F", "ACM010101AB1"), ("M", "MUÑJ8005041H0")]
)
def test_rfc_of_another_kind_of_person_is_a_doubt(kind, rfc):
    party = {"nombreRazonSocial": "Muñoz, Juan", "tipoPersona": kind, "rfc": rfc}

    found = migrated("s3p", example("s3p", "minimo") | {PARTY: party})

    assert found.record is None
    assert "RFC" in found.doubts[0].message


def test_what_breaks_the_older_version_waits_as_well():
    found = migrated("s3s", {"id": "7"})

    assert (found.record, found.identity) == (None, "7")
    assert len(found.doubts) > 3


@pytest.mark.parametrize(("text", "expected"), TERMS)
def test_term_written_with_words_is_read_or_left(text, expected):
    assert tuple(term(text).values()) == expected


@pytest.mark.parametrize(("name", "rfc", "order", "expected"), NAMES)
def test_full_name_is_cut_only_where_there_is_no_doubt(name, rfc, order, expected):
    assert parted(name, rfc, order) == expected


@pytest.mark.parametrize("key", SOURCES)
def test_standard_of_a_file_is_recognised_by_its_records(key):
    assert recognised([example(key, "minimo")], SOURCES) == key


def test_wrong_state_and_standard_without_a_later_one_are_refused():
    with pytest.raises(ConfigurationError, match="entidadFederativa"):
        Migration(get("s3s"), {"entity": "99"})
    with pytest.raises(ConfigurationError, match="s2"):
        Migration(get("s2"), {})


def run(*arguments):
    program = Path(sys.executable).with_name("pdn")
    return subprocess.run(
        [str(program), "migrate", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={"COLUMNS": "80", "PATH": ""},
    )


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "anterior.json"
    doubtful = example("s3s", "falta_libre") | {"id": "dudoso"}
    path.write_text(json.dumps([example("s3s", "minimo"), doubtful]), "utf-8")
    return path


def test_rehearsal_tells_everything_and_writes_nothing(file, tmp_path):
    told = run("s3", file, "--entity", "20")

    assert told.returncode == 0, told.stderr
    assert "1 pueden pasar" in told.stdout
    assert MINOR in told.stdout
    assert "dudoso" in told.stdout
    assert "nada se escribió" in told.stdout
    assert list(tmp_path.iterdir()) == [file]


def test_output_holds_new_records_and_those_to_be_decided(file, tmp_path):
    told = run("s3", file, "--output", tmp_path / "nuevo")

    [made] = json.loads((tmp_path / "nuevo" / f"{MINOR}.json").read_text("utf-8"))
    [waiting] = json.loads((tmp_path / "nuevo" / "por_revisar.json").read_text("utf-8"))
    assert told.returncode == 0, told.stderr
    assert made["datosGenerales"]["nombres"] == "Rosa"
    assert waiting["record"]["id"] == "dudoso"
    assert waiting["doubts"][0]["fix"]


def test_file_with_one_record_is_accepted(tmp_path):
    path = tmp_path / "uno.json"
    path.write_text(json.dumps(example("s3p", "minimo")), "utf-8")

    [found] = json.loads(run("s3", path, "--json").stdout)

    assert found["dataset"] == COMPANIES


@pytest.mark.parametrize("system", ["s2", "s9"])
def test_system_without_versions_is_refused(system, file):
    told = run(system, file)

    assert told.returncode == 78
    assert "s3" in told.stderr
