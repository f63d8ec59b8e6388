"""A provider on PostgreSQL: conformant, shared by machines, honest when it is down."""

import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import yaml
from click.testing import CliRunner
from tests import servers
from tests.sdk.conftest import LACKS_POSTGRESQL

from pdn_sdk.cli.main import group, speak_spanish
from pdn_sdk.cli.practice import practising
from pdn_sdk.conformance.target import Options
from pdn_sdk.errors import ConfigurationError, StorageError
from pdn_sdk.practice.application import practicable
from pdn_sdk.practice.terms import S2
from pdn_sdk.provider.app import close_provider, create_provider
from pdn_sdk.provider.credentials import CredentialStore
from pdn_sdk.settings.database import place
from pdn_sdk.standards.loader import get
from pdn_sdk.storage.sql import RecordStore
from pdn_sdk.testing import check_local

from .conftest import Served, load, settings_in

pytestmark = LACKS_POSTGRESQL
DATASET = get("s2").datasets[0]
SECRET = "una-clave-larga"


def on(server, folder, **changes):
    return settings_in(folder, database=server, credentials=server, **changes)


def serve(stack, server, folder):
    served = Served(on(server, folder))
    stack.callback(close_provider, served.app)
    return served


def pdn(project, *words, **environ):
    speak_spanish()
    return CliRunner().invoke(group, [*words, "--project", str(project)], env=environ)


def read(folder, address, password=""):
    return place(address, folder, password=password, is_written=False)


@pytest.fixture
def server(new_server):
    return new_server()


@pytest.mark.parametrize("standard", ["s2", "s3v2"])
def test_api_is_conformant_with_the_data_of_the_server(server, tmp_path, standard):
    load(on(server, tmp_path, standards=(standard,)), 300)

    environ = {"PDN_DATABASE": str(server), "PDN_STANDARDS": standard}
    report = check_local(tmp_path, environ=environ)

    assert report.verdict == "conformant", report.sentence
    assert report.summary["fail"] == report.summary["error"] == 0


def test_machines_that_share_a_server_share_what_they_know(server, tmp_path):
    with ExitStack() as stack:
        one = serve(stack, server, tmp_path)
        other = create_provider(one.settings)
        stack.callback(close_provider, other)
        load(one.settings, 7)
        told = {"json": {}, "headers": one.headers()}

        answer = other.test_client().post("/v1/spic", **told)
        removed = pdn(tmp_path, "client", "remove", "pruebas", PDN_DATABASE=str(server))
        refused = other.test_client().post("/v1/spic", **told)

    assert answer.json["pagination"]["totalRows"] == 7
    assert removed.exit_code == 0
    assert refused.status_code == 401


def test_server_that_is_started_again_is_taken_up_without_an_error(
    server, tmp_path, postgresql
):
    with ExitStack() as stack:
        served = serve(stack, server, tmp_path)
        load(served.settings, 5)
        assert served.total() == 5
        with psycopg.connect(postgresql, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = %s",
                (server.name,),
            )

        assert served.total() == 5


def test_provider_whose_server_is_down_says_so_and_nothing_else(tmp_path, capfd):
    with ExitStack() as stack:
        with servers.postgresql() as address:
            server = replace(read(tmp_path, address), password=SECRET)
            served = serve(stack, server, tmp_path)
            load(served.settings, 5)
            headers = served.headers()

        answers = [
            served.client.get("/readyz"),
            served.client.post("/v1/spic", json={}, headers=headers),
            served.ask_token(),
        ]

    told = "".join(answer.text for answer in answers)
    assert [answer.status_code for answer in answers] == [503] * 3
    assert served.client.get("/healthz").status_code == 200
    assert all("no están disponibles" in answer.text for answer in answers)
    assert "Traceback" not in told
    assert SECRET not in told + capfd.readouterr().err


def test_orders_of_a_project_work_there(server, tmp_path):
    told = "new --no-input --system s2 --source csv_file --database postgresql"
    made = CliRunner().invoke(group, [*told.split(), "--output-dir", str(tmp_path)])
    project = tmp_path / "municipio-de-ejemplo"
    environ = {"PDN_DATABASE": str(server)}

    done = [
        pdn(project, "demo-data", "--count", "30"),
        pdn(project, "load", **environ),
        pdn(project, "client", "add", "PDN", **environ),
        pdn(project, "client", "list", **environ),
        pdn(project, "update"),
    ]

    assert made.exit_code == 0, made.output
    assert [outcome.exit_code for outcome in done] == [0] * 5, done
    assert "30" in done[1].output
    assert "PDN" in done[3].output
    assert "está al día" in done[4].output
    services = yaml.safe_load((project / "compose.yaml").read_text("utf-8"))["services"]
    assert set(services) == {"provider", "base"}
    assert "postgresql" in (project / "requirements.txt").read_text("utf-8")
    assert not (project / "data").exists()


def test_who_called_before_the_move_calls_after_it(server, tmp_path):
    before = Served(settings_in(tmp_path))
    token = before.headers()
    close_provider(before.app)
    file = str(before.settings.credentials)

    moved = pdn(tmp_path, "client", "import", file, PDN_DATABASE=str(server))

    app = create_provider(on(server, tmp_path))
    answer = app.test_client().post("/v1/spic", json={}, headers=token)
    close_provider(app)
    assert "agregaron" in moved.output
    assert answer.status_code == 200


def test_practice_mode_lets_in_whoever_was_let_in(server, tmp_path):
    settings = on(server, tmp_path)
    with closing(CredentialStore.open(server)) as store:
        issued = store.add("PDN", ["read:spic"])
    fault = next(iter(practicable(S2.standard))).name

    with (
        practising(settings, fault) as (apart, _, _),
        closing(CredentialStore.open(apart.credentials)) as copy,
    ):
        names = {c.client_id for c in copy.all()}

    with closing(CredentialStore.open(server)) as store:
        assert [c.client_id for c in store.all()] == [issued.client_id]
    assert issued.client_id in names
    assert len(names) == 3


def test_server_that_does_not_answer_is_told_without_its_password(tmp_path):
    settings_in(tmp_path)
    port = servers.free_port()
    address = f"postgresql://pdn:{SECRET}@127.0.0.1:{port}/padron"

    outcome = pdn(tmp_path, "client", "list", PDN_DATABASE=address)

    told = outcome.exception.message
    assert isinstance(outcome.exception, StorageError)
    assert "ningún servidor contesta" in told
    assert f"postgresql://pdn@127.0.0.1:{port}/padron" in told
    assert SECRET not in outcome.output + told


@pytest.fixture
def guarded(server, postgresql):
    """The same server for an account that has a password."""
    account = f"guarded_{server.name}"
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {account} LOGIN PASSWORD '{SECRET}'".encode())
        asked = connection.execute("SHOW hba_file").fetchone()
        rules = Path(asked[0])
        before = rules.read_text("utf-8")
        rules.write_text(f"host all {account} all scram-sha-256\n{before}", "utf-8")
        connection.execute("SELECT pg_reload_conf()")
        yield replace(server, user=account)
        rules.write_text(before, "utf-8")
        connection.execute("SELECT pg_reload_conf()")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"password": "otra-clave"}, "no aceptó a la cuenta"),
        ({"password": ""}, "su contraseña en PDN_DATABASE_PASSWORD"),
        ({"name": "no_existe", "password": SECRET}, "no tiene esa base de datos"),
        ({"host": "no-existe.invalid"}, "ningún equipo tiene ese nombre"),
        ({"options": {"sslmode": "require"}}, "conexión cifrada"),
    ],
)
def test_each_reason_not_to_connect_says_what_to_mend(guarded, changes, told):
    with pytest.raises(StorageError) as raised:
        CredentialStore.open(replace(guarded, **changes))

    assert told in raised.value.message
    assert "otra-clave" not in raised.value.message


@pytest.fixture
def limited(server, postgresql):
    """The same database for an account that may make no extensions."""
    account = f"limited_{server.name}"
    with psycopg.connect(
        postgresql.rpartition("/")[0] + f"/{server.name}", autocommit=True
    ) as connection:
        connection.execute(f"CREATE ROLE {account} LOGIN".encode())
        yield replace(server, user=account), connection


def test_account_without_permission_is_told_what_to_ask_for(limited, tmp_path):
    account, _ = limited
    settings_in(tmp_path)

    outcome = pdn(tmp_path, "client", "list", PDN_DATABASE=str(account))

    assert isinstance(outcome.exception, StorageError)
    wanted = f"CREATE SCHEMA pdn AUTHORIZATION {account.user};"
    assert wanted in outcome.exception.message


def test_without_trigrams_it_answers_the_same_and_says_what_is_missing(
    limited, tmp_path
):
    account, owner = limited
    owner.execute(f"CREATE SCHEMA pdn AUTHORIZATION {account.user}".encode())
    with ExitStack() as stack:
        served = serve(stack, account, tmp_path)
        load(served.settings, 40)
        store = stack.enter_context(closing(RecordStore.open(account, [DATASET])))
        advised = store.advice()
        before = [served.total(nombres=text) for text in ("mar", "a", "")]

        owner.execute("CREATE EXTENSION pg_trgm SCHEMA pdn")
        load(served.settings, 40)

        after = [served.total(nombres=text) for text in ("mar", "a", "")]
        assert "CREATE EXTENSION pg_trgm SCHEMA pdn" in advised
        assert store.advice() == ""
    indexes = owner.execute(
        "SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%gin_trgm_ops%'"
    ).fetchone()
    assert before == after
    assert before[2] == 40
    assert indexes[0] > 0


def test_without_the_driver_the_message_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pdn_sdk.storage.engines.postgresql", None)
    settings_in(tmp_path)

    outcome = pdn(
        tmp_path, "client", "list", PDN_DATABASE="postgresql://pdn@base/padron"
    )

    assert isinstance(outcome.exception, ConfigurationError)
    assert "pdn-sdk[postgresql]" in outcome.exception.message


def test_provider_can_be_made_before_its_first_load(server, tmp_path):
    app = create_provider(on(server, tmp_path))

    answer = app.test_client().get("/readyz")

    close_provider(app)
    assert (answer.status_code, answer.json["code"]) == (503, "sin_datos")


def test_tests_of_a_project_need_no_server(tmp_path: Path):
    settings_in(tmp_path)
    environ = {"PDN_DATABASE": f"postgresql://x@127.0.0.1:{servers.free_port()}/x"}

    options = Options(only=frozenset({"PAG-01", "ACC-01"}))
    report = check_local(tmp_path, synthetic=True, options=options, environ=environ)

    assert report.verdict == "conformant", report.sentence
