"""What runs outside a request: the worker that makes the conformance runs.

The queue is the table of runs; huey only wakes the worker, so that a lost
message loses nothing. The checks run in a process of their own, with limits of
time, memory, requests and addresses.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from flask import Flask, g
from huey import RedisHuey, SqliteHuey, crontab
from huey.api import Huey
from redis.exceptions import RedisError

from pdn_marketplace.config import Config
from pdn_marketplace.db import Database
from pdn_marketplace.security import Signer, Vault
from pdn_marketplace.submissions import listing, runs
from pdn_marketplace.submissions.models import Run, Submission
from pdn_marketplace.submissions.proof import seals
from pdn_marketplace.submissions.states import RunState
from pdn_sdk.client import NetworkPolicy
from pdn_sdk.conformance import runner
from pdn_sdk.conformance.report import Report
from pdn_sdk.conformance.target import Options, Target
from pdn_sdk.errors import PdnError, RequestError

BEAT_S = 2.0
TIME_LIMIT_S = 600.0
MEMORY_MB = 2048
MAX_REQUESTS = 600
MAX_BYTES = 20_000_000
REQUEST_TIMEOUT_S = 15.0
# The limit of memory is one of address space, and each of the many threads of
# the tests of load would set 64 MB of it apart for its own use.
CHILD_ENVIRON = {"MALLOC_ARENA_MAX": "2"}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Worker:
    """Makes runs, one after another, with what the site knows."""

    database: Database
    vault: Vault
    signer: Signer
    issuer: str
    allow_private: bool
    time_limit_s: float = TIME_LIMIT_S
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def of(cls, config: Config) -> "Worker":
        """Make the worker of a site."""
        return cls(
            database=Database(config.database_url),
            vault=Vault(config.fernet_keys),
            signer=Signer(config.signing_keys),
            issuer=config.public_url,
            allow_private=config.allow_private_targets,
        )

    def drain(self) -> int:
        """Make every run that waits; give how many there were."""
        made = 0
        while self.make_next():
            made += 1
        return made

    def make_asked(self) -> None:
        """Make every run that a person waits for."""
        while self.make_next(only_people=True):
            pass

    def make_next(self, *, only_people: bool = False) -> bool:
        """Make the run whose turn it is; False where none waits."""
        with self.database.transaction() as session:
            runs.sweep(session, self.now())
            run = runs.claim(session, self.now(), only_people=only_people)
            if run is None:
                return False
        log.info("run %d: started", run.id)
        try:
            target, options = self._job(run.id)
            beat = Heartbeat(self.database, run, self.now)
            report = runner.run(
                target, options, on_progress=beat.note, cancelled=beat.is_cancelled
            )
        except (PdnError, OSError) as error:
            self._failed(run, error)
        else:
            self._concluded(run, report)
        return True

    def _job(self, run_id: int) -> tuple[Target, Options]:
        with self.database.transaction() as session:
            return self.job_of(session.get_one(Run, run_id).submission)

    def job_of(self, submission: Submission) -> tuple[Target, Options]:
        """Give what to call for a submission, and within which limits."""
        target = Target(
            standard=submission.standard,
            base_url=submission.base_url,
            token_url=listing.token_url(submission),
            client_id=submission.client_id,
            client_secret=self._unsealed(submission.client_secret),
            username=submission.username,
            password=self._unsealed(submission.password),
            token=self._unsealed(submission.token) or None,
        )
        return target, self._options(submission.environment)

    def _options(self, environment: str) -> Options:
        return Options(
            environment=environment,
            network=NetworkPolicy(
                allow_private=self.allow_private,
                timeout_s=REQUEST_TIMEOUT_S,
                max_bytes=MAX_BYTES,
                max_requests=MAX_REQUESTS,
            ),
            time_limit_s=self.time_limit_s,
            memory_mb=MEMORY_MB,
            environ=CHILD_ENVIRON,
        )

    def _unsealed(self, sealed: str) -> str:
        return self.vault.unseal(sealed) if sealed else ""

    def _concluded(self, claimed: Run, report: Report) -> None:
        with self.database.transaction() as session:
            run = runs.held(session, claimed)
            if run is not None:
                runs.conclude(session, run, report, self.now())
                if run.state == RunState.FINISHED:
                    seals.seal(session, run, self.signer, self.issuer)
        log.info("run %d: %s", claimed.id, report.verdict)

    def _failed(self, claimed: Run, error: PdnError | OSError) -> None:
        # The kind of error, never its text: it may quote an address or a secret.
        log.error("run %d: failed with %s", claimed.id, type(error).__name__)
        said = runs.our_fault()
        if isinstance(error, RequestError):
            said = error.message
        with self.database.transaction() as session:
            run = runs.held(session, claimed)
            if run is not None:
                runs.close(session, run, RunState.FAILED, said, self.now())


class Heartbeat:
    """Tells the database how far a run is, and learns whether to go on."""

    def __init__(
        self, database: Database, claimed: Run, now: Callable[[], datetime]
    ) -> None:
        """Say nothing yet."""
        self._database = database
        self._now = now
        self._claimed = claimed
        self._progress = runner.Progress(0, 0)
        self._told_at = 0.0
        self._told = self._progress
        self._goes_on = True

    def note(self, progress: runner.Progress) -> None:
        """Keep how far the run is; it is told with the next beat."""
        self._progress = progress

    def is_cancelled(self) -> bool:
        """Tell when there is news or it is time, and give whether to stop."""
        elapsed_s = time.monotonic() - self._told_at
        has_news = self._progress != self._told and elapsed_s > BEAT_S / 4
        if has_news or elapsed_s > BEAT_S:
            self._told_at, self._told = time.monotonic(), self._progress
            with self._database.transaction() as session:
                self._goes_on = runs.beat(
                    session,
                    self._claimed,
                    self._now(),
                    done=self._progress.done,
                    total=self._progress.total,
                    doing=self._progress.title,
                )
        return not self._goes_on


def queue(
    config: Config, work: Callable[[], object]
) -> tuple[Huey, Callable[[], object]]:
    """Give the queue of a site, and what puts a call to `work` in it."""
    huey = _storage(config)

    def look() -> None:
        work()

    # Once a minute in any case: for runs whose worker died, and lost messages.
    huey.periodic_task(crontab(minute="*"), name="look_each_minute")(look)
    return huey, huey.task(name="look")(look)


def _storage(config: Config) -> Huey:
    if not config.queue_url:
        file = str(config.data / "queue.db")
        return SqliteHuey("pdn-marketplace", filename=file, results=False)
    return RedisHuey("pdn-marketplace", url=config.queue_url, results=False)


def install(app: Flask, config: Config) -> None:
    """Wake the worker after each request that put work in line.

    After the request, because before its commit there would be nothing to find.
    """

    @cache
    def wake() -> Callable[[], object]:
        return queue(config, Worker.of(config).drain)[1]

    @app.teardown_request
    def woken(error: BaseException | None) -> None:
        if g.pop("has_new_work", False) and error is None:
            try:
                wake()()
            except RedisError:
                # The worker looks each minute in any case.
                log.warning("the queue does not answer: the work waits for its minute")


def work(
    config: Config,
    steps: Sequence[Callable[[], bool]],
    each_minute: Callable[[], object],
    threads: int = 1,
) -> None:
    """Work until told to stop (SIGINT or SIGTERM).

    `steps` and `each_minute` are other work of the same queue, for domains above this
    one: what somebody asked for and may be long, and what is due by itself.
    """
    worker = Worker.of(config)
    huey, wake = queue(config, lambda: take_turns(worker.drain, steps, each_minute))

    def also() -> None:
        each_minute()

    huey.periodic_task(crontab(minute="*"), name="also_each_minute")(also)
    wake()
    huey.create_consumer(workers=threads, periodic=True, scheduler_interval=1).run()


def take_turns(
    make_runs: Callable[[], object],
    steps: Sequence[Callable[[], bool]],
    each_minute: Callable[[], object],
) -> None:
    """Make the runs that wait, and what is long a step at a time.

    A step gives False where there was nothing to do. After each the rest has its turn:
    where there is one thread, the queue gets none until this ends.
    """
    make_runs()
    while any([step() for step in steps]):
        each_minute()
        make_runs()
