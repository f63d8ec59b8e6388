"""Submissions while workers are killed at random: none may be lost."""

import random
import subprocess
import time
from datetime import UTC, datetime
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from tests.bench.market.site import Measured
from tests.bench.page import Section, Table

from pdn_marketplace.accounts import service as accounts
from pdn_marketplace.security import Vault
from pdn_marketplace.submissions import audit, runs, service
from pdn_marketplace.submissions.addresses import AddressRules
from pdn_marketplace.submissions.models import Run
from pdn_marketplace.submissions.service import Details
from pdn_marketplace.submissions.states import RunState

WORKERS = 2
# How long a worker lives before it is killed, in seconds.
LIVES_S = (4.0, 25.0)
LOOKS_EACH_S = 1.0
# With no run ending for so long, those that are left are lost, whatever their state.
PATIENCE_S = 300.0
OVER = [state for state in RunState if state.is_over]
TEXT = """\
Cada envío lleva una prueba de una API que no responde. {workers} trabajadores hacen
las pruebas y a cada uno se le mata (`kill -9`) de {shortest:.0f} a {longest:.0f}
segundos después de que empieza; otro toma su lugar. Una prueba termina con su
reporte o se cierra diciendo por qué; la que no hace ninguna de las dos cosas se
perdió."""


def measure_soak(site: Measured) -> Section:
    """Submit, kill, and count what became of each."""
    first = _submitted(site)
    started = time.monotonic()
    killed = _killed_until_over(site, first)
    took_s = time.monotonic() - started
    with site.database.transaction() as session:
        asked = select(Run.state, func.count()).where(Run.id >= first)
        ended = {s: n for s, n in session.execute(asked.group_by(Run.state))}
        again = session.scalar(
            select(func.count()).where(Run.id >= first, Run.attempts > 1)
        )
        tail = _tail_holds(session)
    lost = site.sizes.soak - sum(ended.get(state, 0) for state in OVER)
    rows = [
        ("Envíos", f"{site.sizes.soak:,}"),
        ("Trabajadores muertos a medio camino", f"{killed:,}"),
        ("Pruebas que empezaron otra vez", f"{again:,}"),
        ("Terminadas con su reporte", f"{ended.get(RunState.FINISHED, 0):,}"),
        ("Cerradas diciendo por qué", f"{ended.get(RunState.INTERRUPTED, 0):,}"),
        ("Perdidas", f"{lost:,}"),
        ("Segundos en total", f"{took_s:,.0f}"),
    ]
    return Section(
        title="Trabajadores que mueren",
        text=TEXT.format(workers=WORKERS, shortest=LIVES_S[0], longest=LIVES_S[1]),
        tables=[Table(("Qué", "Cuántos"), rows)],
        bars=[
            (f"Pruebas perdidas: {lost:,}; la meta es 0.", lost == 0),
            ("La bitácora de esos envíos es una sola cadena.", tail),
        ],
    )


def _submitted(site: Measured) -> int:
    """Submit and ask for the runs, each by an account; give the first run."""
    now, numbers = datetime.now(UTC), []
    for n in range(site.sizes.soak):
        with site.database.transaction() as session:
            number = 1001 + n % site.sizes.institutions
            owner = accounts.people(session, [number])[number]
            submission = service.create(
                session,
                owner,
                _details(n),
                vault=Vault(site.config.fernet_keys),
                rules=AddressRules(allow_private=True),
                now=now,
            )
            numbers.append(runs.request(session, submission, owner, now).id)
    return min(numbers)


def _details(n: int) -> Details:
    # Each of its own: a provider is tested by one run at a time.
    address = f"http://127.{1 + n // 60_000}.{n // 250 % 240}.{1 + n % 250}:9"
    return Details(
        name=f"Envío {n}",
        abstract="Para probar la fila.",
        description="Para probar la fila.",
        institution="Institución",
        maintainer="Institución",
        standard="s2",
        environment="development",
        base_url=address,
        contact_email="ti@ejemplo.gob.mx",
        client_id="pdn",
        client_secret="secreto",
        username="pdn",
        password="secreto",
    )


def _killed_until_over(site: Measured, first: int) -> int:
    chance, killed = random.Random(7), 0
    alive: list[tuple[subprocess.Popen[bytes], float]] = []
    left, moved_at = site.sizes.soak, time.monotonic()
    try:
        while waiting := _waiting(site, first):
            if waiting < left:
                left, moved_at = waiting, time.monotonic()
            if time.monotonic() - moved_at > PATIENCE_S:
                break
            for worker, until in [*alive]:
                if time.monotonic() > until:
                    _kill(worker)
                    alive.remove((worker, until))
                    killed += 1
            while len(alive) < WORKERS:
                until = time.monotonic() + chance.uniform(*LIVES_S)
                alive.append((site.worker(), until))
            time.sleep(LOOKS_EACH_S)
    finally:
        for worker, _ in alive:
            _kill(worker)
    return killed


def _waiting(site: Measured, first: int) -> int:
    with site.database.transaction() as session:
        asked = select(func.count()).where(Run.id >= first, Run.state.not_in(OVER))
        return session.scalar(asked) or 0


def _kill(worker: "subprocess.Popen[bytes]") -> None:
    worker.kill()
    worker.wait()


def _tail_holds(session: Session) -> bool:
    """Tell whether each real line follows the one before; the first were invented."""
    asked = select(audit.AuditEntry.previous_hash, audit.AuditEntry.hash)
    real = asked.where(func.length(audit.AuditEntry.hash) == len(audit.FIRST))
    lines = session.execute(real.order_by(audit.AuditEntry.id)).all()
    return all(after.previous_hash == before.hash for before, after in pairwise(lines))
