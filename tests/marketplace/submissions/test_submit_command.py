"""`pdn submit`: from a description in a file to the verdict, as a person types it."""

import json
import threading

import pytest
from click.testing import CliRunner
from werkzeug.serving import make_server

from pdn_marketplace.accounts import tokens
from pdn_marketplace.organisations import service as organisations
from pdn_marketplace.submissions import runs
from pdn_marketplace.submissions.models import Submission
from pdn_marketplace.submissions.states import RunState
from pdn_sdk.cli.main import exit_code, group
from pdn_sdk.cli.submit import example
from pdn_sdk.conformance.results import Outcome
from pdn_sdk.errors import PdnError

SECRET = "el-secreto-de-la-api"


@pytest.fixture
def address(market):
    server = make_server("127.0.0.1", 0, market.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def submit(market, owner, address, tmp_path):
    """Type the order with a token; give its exit code and all that it said."""
    with market.database.transaction() as session:
        # Of today, for the site does not look at the clock of the tests.
        now = market.clock()
        token = tokens.issue(
            session, now, owner, name="CI", scopes=["submit", "read"], days=30
        )
    sheet = tmp_path / "ficha.toml"
    sheet.write_text(example(), encoding="utf-8")

    def typed(*words, **environ):
        given = {
            "PDN_MERCADO": address,
            "PDN_MERCADO_TOKEN": token,
            "PDN_CLIENT_SECRET": SECRET,
        }
        words = [str(sheet) if word == "FICHA" else word for word in words]
        done = CliRunner().invoke(group, ["submit", *words], env=given | environ)
        if isinstance(done.exception, PdnError):
            return exit_code(done.exception), done.exception.message
        return done.exit_code, done.output

    typed.sheet = sheet
    return typed


@pytest.fixture
def concluded(market):
    """End the next run that is asked for, as the worker does, in a thread."""
    begun = []

    def end(report, *, fails=False):
        def work():
            wait, run = threading.Event(), None
            while run is None:
                wait.wait(0.05)
                with market.database.transaction() as session:
                    run = runs.claim(session, market.clock.tick())
                    if run and fails:
                        told = runs.our_fault()
                        runs.close(session, run, RunState.FAILED, told, market.clock())
                    elif run:
                        runs.conclude(session, run, report, market.clock.tick())

        begun.append(threading.Thread(target=work))
        begun[-1].start()

    yield end
    for thread in begun:
        thread.join()


def test_a_connector_is_sent_and_followed_to_its_verdict(
    market, submit, concluded, reports, tmp_path
) -> None:
    made_report, made_result = reports
    concluded(made_report(made_result()))

    code, said = submit("FICHA", "--report", str(tmp_path / "reporte.json"))

    assert code == 0, said
    assert "/conectores/1" in said
    assert "Conforme" in said
    assert json.loads((tmp_path / "reporte.json").read_bytes())["verdict"]
    with market.database.transaction() as session:
        kept = session.get_one(Submission, 1)
        assert market.vault.unseal(kept.client_secret) == SECRET


def test_one_that_does_not_conform_ends_with_1(
    market, owner, submit, concluded, reports
) -> None:
    made_report, made_result = reports
    number = market.submit(owner)
    concluded(made_report(made_result("PAG-02", Outcome.FAIL)))

    code, said = submit("--connector", str(number))

    assert code == 1, said
    assert "No conforme" in said


def test_a_run_that_says_nothing_ends_with_3(
    market, owner, submit, concluded, reports
) -> None:
    number = market.submit(owner)
    concluded(None, fails=True)

    code, said = submit("--connector", str(number))

    assert code == 3
    assert "falla nuestra" in said


def test_it_can_be_of_an_organisation(market, owner, submit) -> None:
    with market.database.transaction() as session:
        made = organisations.create(session, owner, "Municipio", market.clock()).id

    code, said = submit("FICHA", "--no-run", "--organization", str(made))
    refused, why = submit("FICHA", "--no-run", "--organization", "99")

    assert code == 0, said
    assert (refused, "No existe esa organización" in why) == (2, True)
    with market.database.transaction() as session:
        assert session.get_one(Submission, 1).organisation_id == made
        assert session.get(Submission, 2) is None


def test_the_run_may_be_left_to_itself(market, submit) -> None:
    code, said = submit("FICHA", "--no-wait")

    assert code == 0
    assert "/pruebas/1" in said
    assert market.run(1).state == "queued"


WRONG_ORDERS = [
    (["FICHA"], {"PDN_MERCADO_TOKEN": ""}, "Falta el token del mercado"),
    (["FICHA"], {"PDN_MERCADO_TOKEN": "pdnm_x"}, "no acepta el token"),
    (["FICHA"], {"PDN_MERCADO": ""}, "Falta --marketplace"),
    (["FICHA"], {"PDN_MERCADO": "http://mercado.gob.mx"}, "sin cifrar"),
    ([], {}, "Diga qué se envía"),
    (["--connector", "9"], {}, "No existe ese conector"),
    (["FICHA", "--report", "no/hay/r.json"], {}, "no existe"),
]
WRONG_SHEETS = [
    ("# client_id", 'client_secret = "x" #', "lleva un secreto"),
    ("# client_id", 'nombre = "x" #', "«nombre», que no existe"),
    ("maintainer", "# maintainer", "Falta en la ficha: maintainer"),
    ('"s2"', '"s9"', "Elija una opción de la lista"),
    ('name = "', 'name = ""', "no se puede leer como ficha"),
]


def test_what_is_missing_or_wrong_is_said_and_ends_with_2(submit) -> None:
    for words, environ, said in WRONG_ORDERS:
        code, told = submit(*words, **environ)

        assert code == 2, told
        assert said in " ".join(told.split())


def test_a_wrong_description_is_told_before_anything_is_kept(market, submit) -> None:
    text = submit.sheet.read_text(encoding="utf-8")
    for old, new, said in WRONG_SHEETS:
        submit.sheet.write_text(text.replace(old, new, 1), encoding="utf-8")

        code, told = submit("FICHA", "--no-run")

        assert code == 2, told
        assert said in " ".join(told.split())
    with market.database.transaction() as session:
        assert session.get(Submission, 1) is None


def test_no_secret_is_ever_printed_nor_typed(submit) -> None:
    _, saved = submit("FICHA", "--no-run")
    _, refused = submit("FICHA", PDN_MERCADO_TOKEN="pdnm_secreto-falso")
    _, help_text = submit("--help")

    assert SECRET not in saved
    assert "secreto-falso" not in refused
    assert "--token" not in help_text
