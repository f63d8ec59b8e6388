"""The status page of a connector, for people and for programs."""

from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from pdn_marketplace import db
from pdn_marketplace.security import Role, requires
from pdn_marketplace.watch import service
from pdn_marketplace.watch.charts import chart

blueprint = Blueprint("watch", __name__)


_ALERTS = {
    "outage": _l("No responde. No cuenta contra su conformidad."),
    "refused": _l(
        "No la llamamos: la dirección es de una red privada o reservada. No "
        "cuenta contra su conformidad."
    ),
    "records_fell": _l("El número de registros bajó más de una quinta parte."),
    "stale": _l(
        "Los datos que leemos en cada revisión son los mismos desde hace más de "
        "90 días."
    ),
    "repeated_pages": _l("Al pasar de página se repiten o se pierden registros."),
    "certificate_expiring": _l("El certificado vence en menos de 21 días."),
    "certificate_expired": _l("El certificado del servidor venció."),
}


def alert_words(key: str) -> str:
    """Say an alert in a sentence."""
    return str(_ALERTS[key])


@blueprint.get("/recursos/<slug>/estado")
def show(slug: str) -> str:
    """Show what the looks at a connector saw."""
    watched = service.find(db.session(), slug, datetime.now(UTC))
    looks = service.looks(db.session(), watched)
    oldest_first = looks[::-1]
    return render_template(
        "watch/show.html",
        watched=watched,
        submission=watched.submission,
        looks=looks,
        uptime=service.uptime(looks),
        alert_words=alert_words,
        latency=chart([(x.at, x.latency_ms) for x in oldest_first]),
        records=chart([(x.at, x.records) for x in oldest_first]),
        may_lift=current_user.is_authenticated
        and service.may_lift(db.session(), watched, current_user),
    )


@blueprint.post("/recursos/<slug>/estado/levantar")
@requires(Role.REVIEWER)
def lift(slug: str) -> AnyResponse:
    """End a suspension."""
    watched = service.find(db.session(), slug, datetime.now(UTC))
    reviewer = current_user._get_current_object()
    service.lift(db.session(), watched, reviewer, datetime.now(UTC))
    return redirect(url_for("watch.show", slug=slug))


@blueprint.get("/api/v1/resources/<slug>/status")
def status(slug: str) -> Response:
    """Give what the looks at a connector saw."""
    watched = service.find(db.session(), slug, datetime.now(UTC))
    looks = service.looks(db.session(), watched)
    return jsonify(
        slug=slug,
        is_suspended=watched.suspended_at is not None,
        alerts=watched.alerts,
        uptime=service.uptime(looks),
        looks=[
            {
                "at": x.at.isoformat(),
                "is_up": x.is_up,
                "is_refused": x.is_refused,
                "latency_ms": x.latency_ms,
                "records": x.records,
                "repeats_pages": x.repeats_pages,
                "certificate_until": x.certificate_until.isoformat()
                if x.certificate_until
                else None,
            }
            for x in looks
        ],
    )
