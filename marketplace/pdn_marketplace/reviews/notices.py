"""What people are told by e-mail of a thread: when their turn comes, and only then.

Each in the language of who gets it. What was written is not in them: it is read on
the site.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pdn_marketplace.accounts.mail import Mailer
from pdn_marketplace.accounts.models import User
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.config import Config
from pdn_marketplace.letters.kinds import compose
from pdn_marketplace.reviews.models import Delegation, Observation
from pdn_marketplace.security import Role
from pdn_marketplace.submissions.models import Submission
from pdn_marketplace.submissions.service import people, works_on
from pdn_sdk.errors import ConfigurationError

SEVERAL_AT_ONCE = timedelta(minutes=30)
"""Observations that follow each other this closely are told once."""
MOST = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notices:
    """Tells what happens in the threads, at one moment. `site` is its address."""

    session: Session
    mailer: Mailer
    site: str
    now: datetime

    @classmethod
    def of(cls, config: Config, session: Session, now: datetime) -> "Notices":
        """Make those of a site."""
        return cls(session, Mailer.of(config), config.public_url, now)

    def observed(self, made: Observation) -> None:
        """Tell the connector's people of an observation."""
        before = select(Observation.id).where(
            Observation.submission_id == made.submission_id,
            Observation.id != made.id,
            Observation.created_at > self.now - SEVERAL_AT_ONCE,
        )
        if self.session.scalar(before.limit(1)) is not None:
            return
        self._send(people(made.submission), "observed", made)

    def replied(self, thread: Observation, author: Account) -> None:
        """Tell the other side that its turn has come.

        A second reply of the same side, before the other answers, changes nothing.
        """
        submission = thread.submission
        is_theirs = works_on(submission, author)
        written = [thread.author_id, *(r.author_id for r in thread.replies)]
        if _works(submission, written[-2]) is is_theirs:
            return
        if is_theirs:
            self._send(self._reviewers(thread), "answered", thread)
        else:
            self._send(people(submission), "insisted", thread)

    def _reviewers(self, thread: Observation) -> list[User]:
        """Give who observed, and who has the review now, if they still review."""
        last = (
            select(Delegation.to_id)
            .where(Delegation.submission_id == thread.submission_id)
            .order_by(Delegation.id.desc())
        )
        ids = {thread.author_id, self.session.scalar(last.limit(1))}
        found = self.session.scalars(select(User).where(User.id.in_(ids - {None})))
        return [user for user in found if Role(user.role).reaches(Role.REVIEWER)]

    def _send(self, to: list[User], letter: str, thread: Observation) -> None:
        path = f"/conectores/{thread.submission_id}/observaciones#o{thread.id}"
        name = " ".join(thread.submission.name.split())
        values = {"conector": name, "enlace": f"{self.site}{path}"}
        reached = sorted((u for u in to if u.is_reachable), key=lambda u: u.email)
        for user in reached[:MOST]:
            said = compose(self.session, letter, user.language, values)
            try:
                self.mailer.send(user.email, said.subject, said.body, self.now)
            except ConfigurationError as error:
                # What was written is kept on the site, with or without the message.
                log.warning("notice not sent: %s", error.code)


def _works(submission: Submission, user_id: int) -> bool:
    if submission.organisation is not None:
        return submission.organisation.has(user_id)
    return submission.owner_id == user_id
