"""The site that is measured: its processes, its people, and the addresses asked for."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
import requests
from tests import servers
from tests.bench.market.filling import fill
from tests.bench.market.sizes import Sizes

from pdn_marketplace.accounts import service as accounts
from pdn_marketplace.catalog.seed import seed_catalog
from pdn_marketplace.config import Config, create_keys
from pdn_marketplace.db import Database
from pdn_marketplace.demo.processes import Processes
from pdn_marketplace.security import Role

REVIEWER = "revisora@sesna.gob.mx"
PASSWORD = "once tortugas bajo la luna"
WORKERS = "2"
THREADS = "4"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
# As an institution would run it, but for where the data are.
DURABLE = ("shared_buffers=256MB", "random_page_cost=1.1")


@dataclass(frozen=True, slots=True)
class Measured:
    """A full site on its servers. `plain` is the address of the bare Flask."""

    folder: Path
    settings: Mapping[str, str]
    config: Config
    database: Database
    processes: Processes
    sizes: Sizes
    address: str
    plain: str

    def worker(self) -> "subprocess.Popen[bytes]":
        starter = "from pdn_marketplace.cli import main; main()"
        return subprocess.Popen(
            [sys.executable, "-c", starter, "worker"],
            env={**os.environ, **self.settings},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def busy_s(self) -> tuple[float, float]:
        """Give the processor seconds spent so far by the site and by PostgreSQL."""
        spent = {False: 0.0, True: 0.0}
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                spent_s = sum(process.cpu_times()[:2])
                spent[process.name().startswith("postgres")] += spent_s
        return spent[False], spent[True]

    def signed_in(self) -> str:
        """Give the cookie of a reviewer who has signed in."""
        with requests.Session() as browser:
            page = browser.get(f"{self.address}/cuenta/entrar", timeout=60)
            found = TOKEN.search(page.text)
            assert found is not None
            form = {
                "csrf_token": found[1], "email": REVIEWER, "password": PASSWORD,
            }  # fmt: skip
            sent = browser.post(
                f"{self.address}/cuenta/entrar",
                data=form,
                timeout=60,
                allow_redirects=False,
            )
            assert sent.status_code == 302
            return f"mercado={browser.cookies['mercado']}"


@contextmanager
def measured_site(folder: Path, sizes: Sizes) -> Iterator[Measured]:
    """Run PostgreSQL, Redis, the site and a bare Flask, as long as the block lasts."""
    with (
        servers.postgresql(DURABLE) as postgresql,
        servers.redis_server() as queue,
        Processes(os.environ, folder) as processes,
    ):
        create_keys(folder)
        port = servers.free_port()
        settings = {
            "PDN_MARKETPLACE_DATA": str(folder),
            "PDN_MARKETPLACE_DATABASE_URL": postgresql,
            "PDN_MARKETPLACE_QUEUE_URL": queue,
            "PDN_MARKETPLACE_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "PDN_MARKETPLACE_RATE_LIMITS": "0",
            "PDN_MARKETPLACE_SECOND_FACTOR": "0",
            "PDN_MARKETPLACE_ALLOW_PRIVATE_TARGETS": "1",
        }
        config = Config.load(settings)
        database = Database(config.database_url)
        _prepare(database, sizes)
        order = ["pdn-marketplace", "run", "--port", str(port), "--workers", WORKERS]
        processes.serve("Sitio", order, folder, settings=settings)
        processes.wait_for("Sitio", f"http://127.0.0.1:{port}/healthz")
        with _plain() as plain:
            yield Measured(
                folder, settings, config, database, processes, sizes,
                f"http://127.0.0.1:{port}", plain,
            )  # fmt: skip
        database.close()


def _prepare(database: Database, sizes: Sizes) -> None:
    now = datetime.now(UTC)
    database.migrate()
    with database.transaction() as session:
        seed_catalog(session, now)
        accounts.add_user(
            session, now, email=REVIEWER, name="Rosa", organization="SESNA",
            role=Role.REVIEWER, password=PASSWORD,
        )  # fmt: skip
    fill(database.url, sizes)


@contextmanager
def _plain() -> Iterator[str]:
    port = servers.free_port()
    process = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}",
            "--workers", WORKERS, "--worker-class", "gthread", "--threads", THREADS,
            "--log-level", "warning", "tests.bench.market.plain:app",
        ],
        cwd=Path(__file__).parents[3],
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        with requests.Session() as asked:
            retry = requests.adapters.Retry(30, connect=30, backoff_factor=0.1)
            asked.mount("http://", requests.adapters.HTTPAdapter(max_retries=retry))
            asked.get(address, timeout=60)
        yield address
    finally:
        process.terminate()
        process.wait()
