"""The states of a submission and of a run, and the one table of transitions.

Pure: imports only the errors.
"""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import gettext as _

from pdn_marketplace.errors import ConflictError


class State(StrEnum):
    """Where a submission stands on its way to the catalogue."""

    DRAFT = "draft"
    """Written down, and not tested since its last change."""
    CHECKED = "checked"
    """Tested: there is a verdict about what is written now."""
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    """All the reviewers that it needs agree; publishing is the next step."""
    PUBLISHED = "published"
    SUSPENDED = "suspended"
    """Out of the catalogue until it passes again or a reviewer lifts it."""
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What moves a submission from a state to another."""

    EDIT = "edit"
    """Change what the runs test: the verdict no longer says anything."""
    EDIT_TEXT = "edit_text"
    """Change only the words: the verdict still stands."""
    RUN = "run"
    CHECK = "check"
    SEND = "send"
    DECIDE = "decide"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"
    APPROVE = "approve"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    SUSPEND = "suspend"
    RESUME = "resume"


class RunState(StrEnum):
    """Where a run stands. The last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    """Our fault: nothing is known about the provider."""
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """The worker died twice in the middle of it."""

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more will happen to the run."""
        return self not in (RunState.QUEUED, RunState.RUNNING)


class Decision(StrEnum):
    """What a reviewer says of a submission."""

    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"
    COMMENT = "comment"


TRANSITIONS: Mapping[Action, Mapping[State, State]] = {
    Action.EDIT: {
        State.DRAFT: State.DRAFT,
        State.CHECKED: State.DRAFT,
        State.CHANGES_REQUESTED: State.DRAFT,
    },
    Action.EDIT_TEXT: {
        State.DRAFT: State.DRAFT,
        State.CHECKED: State.CHECKED,
        State.CHANGES_REQUESTED: State.CHECKED,
    },
    Action.RUN: {
        state: state
        for state in (
            State.DRAFT,
            State.CHECKED,
            State.CHANGES_REQUESTED,
            State.IN_REVIEW,
            State.PUBLISHED,
            State.SUSPENDED,
        )
    },
    Action.CHECK: {
        State.DRAFT: State.CHECKED,
        State.CHECKED: State.CHECKED,
        State.CHANGES_REQUESTED: State.CHECKED,
        State.IN_REVIEW: State.IN_REVIEW,
        State.PUBLISHED: State.PUBLISHED,
        State.SUSPENDED: State.SUSPENDED,
    },
    Action.SEND: {State.CHECKED: State.IN_REVIEW},
    Action.DECIDE: {State.IN_REVIEW: State.IN_REVIEW},
    Action.REQUEST_CHANGES: {State.IN_REVIEW: State.CHANGES_REQUESTED},
    Action.REJECT: {State.IN_REVIEW: State.REJECTED},
    Action.APPROVE: {State.IN_REVIEW: State.APPROVED},
    Action.PUBLISH: {State.APPROVED: State.PUBLISHED},
    Action.WITHDRAW: {
        state: State.WITHDRAWN
        for state in (
            State.DRAFT,
            State.CHECKED,
            State.IN_REVIEW,
            State.CHANGES_REQUESTED,
            State.PUBLISHED,
            State.SUSPENDED,
        )
    },
    Action.REOPEN: {State.WITHDRAWN: State.DRAFT},
    Action.SUSPEND: {State.PUBLISHED: State.SUSPENDED},
    Action.RESUME: {State.SUSPENDED: State.PUBLISHED},
}


def allows(state: State, action: Action) -> bool:
    """Tell whether the action may be done in that state."""
    return state in TRANSITIONS[action]


def after(state: State, action: Action) -> State:
    """Give the state that the action leads to.

    Raises: ConflictError where it may not be done in that state.
    """
    if not allows(state, action):
        raise ConflictError(
            _(
                "Eso ya no se puede hacer: el conector cambió de estado. Vuelva a "
                "abrir su página para ver en qué va."
            )
        )
    return TRANSITIONS[action][state]
