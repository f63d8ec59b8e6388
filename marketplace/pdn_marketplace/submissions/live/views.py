"""The stream of events of a run, for the page that follows it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from flask import Blueprint, Flask, Response, current_app
from flask_babel import force_locale, get_locale
from flask_limiter.util import get_remote_address
from flask_login import current_user

from pdn_marketplace import db
from pdn_marketplace.accounts.service import Account
from pdn_marketplace.config import Config
from pdn_marketplace.errors import NotFoundError
from pdn_marketplace.security import limiter
from pdn_marketplace.submissions import reading, runs
from pdn_marketplace.submissions.live.leases import NoLeases, RedisLeases
from pdn_marketplace.submissions.live.streams import Streams, events

blueprint = Blueprint("live", __name__)


def install(app: Flask, config: Config) -> None:
    """Give the process its places, counted with those of the others."""
    leases = RedisLeases.of(config.queue_url) if config.queue_url else NoLeases()
    app.extensions["pdn_streams"] = Streams(leases=leases)


@blueprint.get("/pruebas/<int:run_id>/avance")
@limiter.limit("60 per minute")
def follow(run_id: int) -> Response:
    """Tell how far a run is as it goes, by server-sent events.

    Answers 204 where there is no place left, which to a browser is no error: the
    page then asks by itself.
    """
    viewer = None
    who = get_remote_address()
    if current_user.is_authenticated:
        viewer = current_user._get_current_object()
        who = f"account {viewer.id}"
    runs.find(db.session(), run_id, viewer)
    streams: Streams = current_app.extensions["pdn_streams"]
    place = streams.take(who)
    if place is None:
        return Response(status=204)
    answer = Response(
        events(streams, _turn(run_id, viewer)), mimetype="text/event-stream"
    )
    # Not in the generator: one that nobody begins to read is never closed.
    answer.call_on_close(lambda: streams.leave(place))
    answer.headers["Cache-Control"] = "no-store"
    # nginx would keep what is said until it has a page of it.
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _turn(
    run_id: int, viewer: Account | None
) -> Callable[[], Mapping[str, object] | None]:
    """Give what reads a run once the request is over, in the reader's language.

    Each turn sees what the reader may see at that moment, and keeps no connection.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # of the proxy
    database, language = db.current_database(), str(get_locale())

    def turn() -> Mapping[str, object] | None:
        with (
            app.app_context(),
            force_locale(language),
            database.transaction() as session,
        ):
            try:
                run = runs.find(session, run_id, viewer)
            except NotFoundError:
                return None
            standing = runs.standing(session, run, datetime.now(UTC))
            return reading.standing_document(standing)

    return turn
