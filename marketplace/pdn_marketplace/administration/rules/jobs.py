"""What the worker does for the previews: one step at a time, between its runs."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from pdn_marketplace.administration.rules import impact, previews
from pdn_marketplace.administration.rules.impact import Rules
from pdn_marketplace.administration.rules.models import Preview
from pdn_marketplace.administration.rules.previews import Judged
from pdn_marketplace.config import Config
from pdn_marketplace.errors import NotFoundError
from pdn_marketplace.submissions import reports
from pdn_marketplace.submissions.jobs import Worker
from pdn_marketplace.submissions.states import RunState
from pdn_sdk.conformance import runner
from pdn_sdk.conformance.report import InvalidReportError
from pdn_sdk.errors import StandardsError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Previewer:
    """Makes previews, with the worker's database and clock."""

    worker: Worker

    @classmethod
    def of(cls, config: Config) -> "Previewer":
        """Make the one of a site."""
        return cls(Worker.of(config))

    def make_next(self) -> bool:
        """Make the step whose turn it is; False where none waits."""
        with self.worker.database.transaction() as session:
            claimed = previews.claim(session, self.worker.now())
        if claimed is None:
            return False
        rules = _rules(claimed)
        if claimed.attempts > previews.MAX_ATTEMPTS or rules is None:
            state = RunState.FAILED if rules is None else RunState.INTERRUPTED
            log.error("preview %d: %s", claimed.id, state)
            with self.worker.database.transaction() as session:
                previews.give_up(session, claimed, state, self.worker.now())
            return True
        with self.worker.database.transaction() as session:
            found = list(_judged(session, claimed, rules))
        with self.worker.database.transaction() as session:
            previews.keep(session, claimed, found, self.worker.now())
        return True


def _rules(preview: Preview) -> Rules | None:
    """Give what a preview tries; None where the rules installed are others now."""
    try:
        rules = previews.rules_of(preview)
    except StandardsError:
        return None
    return rules if runner.ruleset_hash(rules.standard) == preview.ruleset else None


def _judged(session: Session, preview: Preview, rules: Rules) -> Iterator[Judged]:
    for number, run in previews.next_evidence(session, preview):
        if run is None:
            yield Judged(number, None)
            continue
        try:
            report = reports.read(session, run)
        except (NotFoundError, InvalidReportError):
            # Deleted meanwhile, or of a version that this one does not read.
            yield Judged(number, None)
        else:
            yield Judged(number, run.id, impact.judged(report, rules))
