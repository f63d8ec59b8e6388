"""What the worker does for the watch: due looks and runs, and their notices."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pdn_marketplace import settings
from pdn_marketplace.accounts.mail import Mailer
from pdn_marketplace.accounts.models import User
from pdn_marketplace.config import Config
from pdn_marketplace.letters.kinds import compose
from pdn_marketplace.security import Role
from pdn_marketplace.submissions.jobs import Worker
from pdn_marketplace.submissions.models import Submission
from pdn_marketplace.submissions.service import people
from pdn_marketplace.watch import service
from pdn_marketplace.watch.models import Watched
from pdn_marketplace.watch.notices import Notice, notices
from pdn_marketplace.watch.probe import Sighting, look
from pdn_sdk.errors import ConfigurationError, PdnError

# So that the weekly runs do not wait behind a long round.
LOOKS_A_ROUND = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did."""

    enlisted: int
    looks: int
    runs: int


@dataclass(frozen=True, slots=True)
class Watcher:
    """Looks at what is due, with the worker's database, secrets and guards."""

    worker: Worker
    mailer: Mailer
    grace_days: int

    @classmethod
    def of(cls, config: Config) -> "Watcher":
        """Make the watcher of a site."""
        return cls(Worker.of(config), Mailer.of(config), config.watch_grace_days)

    def work(self) -> Round:
        """Do what is due now, making the runs that people wait for before each look."""
        return self.go_round(before_each=self.worker.make_asked)

    def go_round(
        self,
        most: int = LOOKS_A_ROUND,
        before_each: Callable[[], object] = lambda: None,
    ) -> Round:
        """Do what is due now; looks in excess of `most` wait for the next round."""
        with self.worker.database.transaction() as session:
            enlisted = service.enlist(session, self.worker.now())
            runs = service.due_runs(session, self.worker.now())
        looks = 0
        while looks < most:
            before_each()
            if not self.look_at_next():
                break
            looks += 1
        return Round(enlisted, looks, runs)

    def look_at_next(self) -> bool:
        """Look at the connector whose look is most overdue; False where none is."""
        with self.worker.database.transaction() as session:
            number = service.claim(session, self.worker.now())
            if number is None:
                return False
            submission = session.get_one(Watched, number).submission
            target, options = self.worker.job_of(submission)
        try:
            seen = look(target, options)
        except (PdnError, OSError) as error:
            # Ours, and it says nothing of the provider: it is tried in an hour.
            log.warning("look at %d: failed with %s", number, type(error).__name__)
            return True
        self._note(number, seen)
        return True

    def _note(self, number: int, seen: Sighting) -> None:
        now = self.worker.now()
        with self.worker.database.transaction() as session:
            watched = session.get_one(Watched, number)
            submission = watched.submission
            if submission.state not in service.WATCHED_STATES:
                return
            days = settings.read(session, settings.GRACE_DAYS, self.grace_days)
            change = service.note(session, watched, seen, now, timedelta(days=days))
            address = f"{self.worker.issuer}/recursos/{submission.slug}/estado"
            told = list(notices(submission.name, change, address, days))
            wanted = [
                (user.email, compose(session, n.letter, user.language, values))
                for n in told
                for user in self._readers(session, submission, n)
                for values in (n.in_language(user.language),)
            ]
        for email, letter in wanted:
            self._send(email, letter.subject, letter.body)

    def _readers(
        self, session: Session, submission: Submission, notice: Notice
    ) -> Sequence[User]:
        """Give who is told: its people, and who reviews where they can act."""
        told = {user.id: user for user in people(submission)}
        if notice.is_for_reviewers:
            reviewers = select(User).where(User.role == Role.REVIEWER)
            told |= {user.id: user for user in session.scalars(reviewers)}
        reached = (user for user in told.values() if user.is_reachable)
        return sorted(reached, key=lambda user: user.email)

    def _send(self, email: str, subject: str, text: str) -> None:
        try:
            self.mailer.send(email, subject, text, self.worker.now())
        except ConfigurationError as error:
            log.warning("notice not sent: %s", type(error).__name__)
