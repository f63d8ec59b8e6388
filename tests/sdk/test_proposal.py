"""What `pdn map` understands of a column, and what it says it cannot know."""

import pytest

from pdn_sdk.ingest.contract import Request, find_connector
from pdn_sdk.ingest.mapping.proposal import SURE, Hints, propose
from pdn_sdk.ingest.mapping.writing import proposed_toml
from pdn_sdk.standards.loader import get

MAN, WOMAN = {"s2": "M", "s3s": "M", "s3v2": "HOMBRE"}, {"s2": "F", "s3v2": "MUJER"}
SEXES = [("s2", "spic"), ("s3s", "ssancionados")] + [
    ("s3v2", f"faltas_administrativas_{kind}") for kind in ("graves", "no_graves")
]


def proposed(folder, standard, dataset, words):
    path = folder / "fuente.csv"
    path.write_text("Nombre,Sexo\n" + "".join(f"ANA,{w}\n" for w in words), "utf-8")
    _, connector = find_connector("csv_file")
    table = connector.read(Request({"path": path.name}, folder))
    found = get(standard)
    data = found.dataset(dataset)
    return propose(table, data, Hints.of(found, data))


@pytest.mark.parametrize(("standard", "dataset"), SEXES)
@pytest.mark.parametrize(
    ("beside", "is_man"),
    [("F", True), ("Mujer", True), ("H", False), ("Masculino", False)],
)
def test_a_letter_means_what_the_words_beside_it_say(
    tmp_path, standard, dataset, beside, is_man
):
    proposal = proposed(tmp_path, standard, dataset, ["M", beside, "M"])

    match = next(m for m in proposal.matches if m.header == "Sexo")
    meant = MAN[standard] if is_man else WOMAN.get(standard, "F")
    assert match.values["M"] == meant
    assert not match.doubt


@pytest.mark.parametrize(("standard", "dataset"), SEXES)
@pytest.mark.parametrize("words", ["M", "HMF"])
def test_a_letter_that_nothing_tells_is_left_to_the_person(
    tmp_path, standard, dataset, words
):
    proposal = proposed(tmp_path, standard, dataset, words)

    match = next(m for m in proposal.matches if m.header == "Sexo")
    assert "M" not in match.values
    assert match.confidence < SURE
    assert "DUDOSO: «M» puede ser" in proposed_toml(proposal, source="fuente.csv")


def test_a_column_of_the_very_name_is_kept_though_its_words_are_the_persons(tmp_path):
    words = ["Regaño", "Apercibimiento", "Regaño"]
    path = tmp_path / "fuente.csv"
    path.write_text("Tipo de sanción\n" + "\n".join(words), "utf-8")
    _, connector = find_connector("csv_file")
    standard = get("s3s")
    dataset = standard.datasets[0]

    proposal = propose(
        connector.read(Request({"path": path.name}, tmp_path)),
        dataset,
        Hints.of(standard, dataset),
    )

    (match,) = proposal.matches
    assert match.path == "tipoSancion"
    assert match.confidence < SURE
    assert match.untranslated == {"Regaño": 2, "Apercibimiento": 1}
