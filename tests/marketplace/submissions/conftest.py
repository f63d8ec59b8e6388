"""A site in a temporary folder, people who use it, and reports made by hand."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from tests import servers
from tests.country import Country, country_of

from pdn_marketplace.accounts import service as accounts
from pdn_marketplace.accounts.models import User
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.app import create_app
from pdn_marketplace.catalog.seed import seed_catalog
from pdn_marketplace.config import Config, create_keys
from pdn_marketplace.db import Database
from pdn_marketplace.organisations import service as organisations
from pdn_marketplace.organisations.models import Membership
from pdn_marketplace.security import Role, Signer, Vault
from pdn_marketplace.submissions import runs, service
from pdn_marketplace.submissions.addresses import AddressRules
from pdn_marketplace.submissions.jobs import Worker
from pdn_marketplace.submissions.models import Run, Submission
from pdn_marketplace.submissions.proof import seals
from pdn_marketplace.submissions.service import Details
from pdn_marketplace.submissions.states import RunState
from pdn_sdk.conformance.report import Report
from pdn_sdk.conformance.results import CheckResult, Evidence, Outcome
from pdn_sdk.standards.model import Category, Level

PASSWORD = "cuatro palabras nada parecidas"
ISSUER = "https://mercado.gob.mx"
START = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)

DETAILS = Details(
    name="Conector de Ejemplo",
    abstract="Publica a quienes intervienen en contrataciones.",
    description="Datos de prueba del municipio.",
    institution="Municipio de Ejemplo",
    maintainer="Dirección de Informática",
    standard="s2",
    environment="development",
    base_url="https://api.ejemplo.gob.mx",
    contact_email="ti@ejemplo.gob.mx",
    client_id="pdn",
    client_secret="el-secreto-del-cliente",
    username="pdn",
    password="la-contrasena-del-usuario",
)


@dataclass
class Clock:
    """A time that moves only when told; an hour behind, so never in the future."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(hours=1))

    def __call__(self) -> datetime:
        return self.at

    def tick(self, **by: float) -> datetime:
        self.at += timedelta(**(by or {"seconds": 1}))
        return self.at


@dataclass
class Market:
    """A site and the short words that the tests use on it."""

    app: Flask
    config: Config
    database: Database
    clock: Clock = field(default_factory=Clock)

    @property
    def vault(self) -> Vault:
        return Vault(self.config.fernet_keys)

    def worker(self, **changes: object) -> Worker:
        return replace(Worker.of(self.config), now=self.clock, **changes)

    def person(
        self, name: str, role: Role = Role.CONTRIBUTOR, organization: str = ""
    ) -> Account:
        with self.database.transaction() as session:
            return accounts.add_user(
                session,
                self.clock(),
                email=f"{name}@correo.mx",
                name=name.title(),
                role=role,
                password=PASSWORD,
                organization=organization,
            )

    def browser(self, person: Account | None = None) -> FlaskClient:
        client = self.app.test_client()
        if person:
            answer = client.post(
                "/cuenta/entrar", data={"email": person.email, "password": PASSWORD}
            )
            assert answer.status_code == 302
        return client

    def submit(self, owner: Account, **changes: str) -> int:
        with self.database.transaction() as session:
            return service.create(
                session,
                owner,
                replace(DETAILS, **changes),
                vault=self.vault,
                rules=AddressRules(self.config.allow_private_targets),
                now=self.clock.tick(),
            ).id

    def tested(self, submission_id: int, owner: Account, report: Report) -> int:
        """Ask for a run and end it with that report, as the worker does."""
        with self.database.transaction() as session:
            submission = session.get_one(Submission, submission_id)
            runs.request(session, submission, owner, self.clock.tick())
            run = runs.claim(session, self.clock.tick())
            assert run is not None
            runs.conclude(session, run, report, self.clock.tick())
            if run.state == RunState.FINISHED:
                seals.seal(session, run, Signer(self.config.signing_keys), ISSUER)
            return run.id

    def in_review(self, owner: Account, **changes: str) -> tuple[int, int]:
        """Give a conformant submission that waits for review, and its run."""
        submission_id = self.submit(owner, **changes)
        return submission_id, self.sent(submission_id, owner)

    def sent(
        self, submission_id: int, owner: Account, report: Report | None = None
    ) -> int:
        """Test a submission and send it to review; give the run."""
        run_id = self.tested(submission_id, owner, report or made_report())
        with self.database.transaction() as session:
            submission = session.get_one(Submission, submission_id)
            service.send(session, submission, owner, self.clock.tick())
        return run_id

    def shared(
        self, owner: Account, *others: Account, left: Account | None = None
    ) -> int:
        """Make an organisation of some people, one of whom left; give its number."""
        with self.database.transaction() as session:
            made = organisations.create(session, owner, "Municipio", self.clock())
            for person in (*others, *filter(None, [left])):
                session.add(
                    Membership(
                        organisation_id=made.id,
                        user_id=person.id,
                        joined_at=self.clock(),
                        left_at=self.clock() if person is left else None,
                    )
                )
            return made.id

    def reads(self, person: Account, language: str) -> None:
        """Let a person get messages in a language."""
        with self.database.transaction() as session:
            session.get_one(User, person.id).language = language

    def state(self, submission_id: int) -> str:
        with self.database.transaction() as session:
            return session.get_one(Submission, submission_id).state

    def run(self, run_id: int) -> Run:
        with self.database.transaction() as session:
            return session.get_one(Run, run_id)


def made_report(*results: CheckResult) -> Report:
    return Report(
        suite={"name": "pdn-sdk", "version": "0.1.0", "ruleset_hash": "0" * 16},
        standard={"key": "s2", "version": "1.1"},
        target={
            "base_url": "https://api.ejemplo.gob.mx",
            "environment": "development",
        },
        profile="pdn",
        started_at=START,
        finished_at=START + timedelta(seconds=9),
        requests=120,
        checks=results or (made_result(),),
    )


def made_result(
    check_id: str = "PAG-01", outcome: Outcome = Outcome.PASS, **texts: str
) -> CheckResult:
    told = {
        "title": "La página trae los registros pedidos.",
        "message": "" if outcome is Outcome.PASS else "Llegaron 4 registros de 3.",
        "expected": "3 registros",
        "received": "4 registros",
        "fix": "Corte la página en el tamaño pedido.",
        "source": "OAS 1.1",
        "curl": "curl https://api.ejemplo.gob.mx/v1/spic",
    }
    return CheckResult(
        id=check_id,
        requirement_ids=("S2-023",),
        level=Level.MUST,
        category=Category.FUNCTIONAL,
        outcome=outcome,
        evidence=(
            Evidence(
                {"method": "POST", "url": "https://x.mx", "headers": {}, "body": "{}"},
                {"status": 200, "headers": {}, "body": "[]", "elapsed_ms": 12.0},
            ),
        ),
        **{**told, **texts},
    )


def form_of(details: Details, **changes: str) -> dict[str, str]:
    shown = {name: getattr(details, name) for name in Details.__slots__}
    return {**shown, **changes}


def text_of(answer_text: str) -> str:
    return unescape(answer_text)


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with keys and tables, to copy: making them takes longer."""
    folder = tmp_path_factory.mktemp("empty")
    create_keys(folder)
    database = Database(f"sqlite:///{folder}/marketplace.db")
    database.migrate()
    database.close()
    return folder


@pytest.fixture
def make_market(tmp_path: Path, empty_folder: Path) -> Iterator[Callable[..., Market]]:
    made: list[Market] = []

    def make(**settings: str) -> Market:
        data = tmp_path / "data"
        if not data.exists():
            shutil.copytree(empty_folder, data)
        config = Config.load(
            {
                "PDN_MARKETPLACE_DATA": str(data),
                "PDN_MARKETPLACE_RATE_LIMITS": "0",
                "PDN_MARKETPLACE_SECOND_FACTOR": "0",
                **{f"PDN_MARKETPLACE_{k.upper()}": v for k, v in settings.items()},
            }
        )
        app = create_app(config)
        app.config.update(WTF_CSRF_ENABLED=False, TESTING=True)
        # What a page shows of a failure of ours is part of what is tested.
        app.config["PROPAGATE_EXCEPTIONS"] = True
        database = app.extensions["pdn_database"]
        if "database_url" in settings:
            database.migrate()
        made.append(Market(app, config, database))
        return made[-1]

    yield make
    for market in made:
        market.database.close()


@pytest.fixture
def market(make_market: Callable[..., Market]) -> Market:
    return make_market()


@pytest.fixture
def reports() -> tuple[Callable[..., Report], Callable[..., CheckResult]]:
    """The two makers, because a test module cannot import this one."""
    return made_report, made_result


@pytest.fixture
def owner(market: Market) -> Account:
    return market.person("duena", organization="Municipio de Ejemplo")


@pytest.fixture
def reviewer(market: Market) -> Account:
    return market.person("revisora", Role.REVIEWER, "Secretaría Ejecutiva")


@pytest.fixture
def form() -> Callable[..., dict[str, str]]:
    return lambda **changes: form_of(DETAILS, **changes)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    with servers.postgresql() as address:
        yield address


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with servers.redis_server() as address:
        yield address


@pytest.fixture(scope="session")
def template(postgresql: str) -> str:
    """The name of a database with tables, to copy."""
    name = "with_tables"
    database = Database(servers.new_database(postgresql, name))
    database.migrate()
    database.close()
    return name


@pytest.fixture
def country(
    postgresql: str,
    template: str,
    redis_url: str,
    make_market: Callable[..., Market],
    tmp_path: Path,
) -> Iterator[Country]:
    """Processes of the site, on PostgreSQL and Redis, with the catalogue."""
    with Redis.from_url(redis_url) as queue:
        queue.flushall()
    name = f"country_{tmp_path.parent.name}_{tmp_path.name}"
    address = servers.new_database(postgresql, name[:60], like=template)
    market = make_market(
        database_url=address, queue_url=redis_url, allow_private_targets="1"
    )
    with market.database.transaction() as session:
        seed_catalog(session, market.clock())
    with country_of(market, redis_url, tmp_path) as made:
        yield made
