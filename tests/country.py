"""The site of a country for a test: PostgreSQL, Redis, processes of site and worker."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import servers

from pdn_marketplace.demo.processes import Processes
from pdn_marketplace.submissions.models import Run


@dataclass(frozen=True)
class Country:
    """A site that is served by processes of its own; `market` sees its database."""

    market: Any
    processes: Processes
    settings: Mapping[str, str]
    site: str

    def waited(self, run_id: int, *states: str) -> Run:
        """Follow a run until it is in one of the states."""
        for _ in range(600):
            self.processes.check()
            run: Run = self.market.run(run_id)
            if run.state in states:
                return run
            threading.Event().wait(0.1)
        raise AssertionError(run.state)


@contextmanager
def country_of(market: Any, queue_url: str, logs: Path) -> Iterator[Country]:
    """Serve a site, by settings only, as long as the block lasts."""
    port = servers.free_port()
    site = f"http://127.0.0.1:{port}"
    data = market.config.data
    settings = {
        "PDN_MARKETPLACE_DATA": str(data),
        "PDN_MARKETPLACE_DATABASE_URL": market.config.database_url,
        "PDN_MARKETPLACE_QUEUE_URL": queue_url,
        "PDN_MARKETPLACE_RATE_LIMITS": "0",
        "PDN_MARKETPLACE_ALLOW_PRIVATE_TARGETS": "1",
        "PDN_MARKETPLACE_PUBLIC_URL": site,
    }
    with Processes(os.environ, logs) as processes:
        order = ["pdn-marketplace", "run", "--port", str(port), "--workers", "2"]
        processes.serve("El mercado", order, data, settings=settings)
        yield Country(market, processes, settings, site)


@contextmanager
def working(country: Country) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a worker of the site as long as the block lasts."""
    process = command("worker", country.settings)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def command(word: str, settings: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Start one of the site's commands in a process of its own."""
    starter = "from pdn_marketplace.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", starter, word],
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
