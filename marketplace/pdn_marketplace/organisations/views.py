"""Pages of organisations: mine, one of them, its invitations."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from pdn_marketplace import db
from pdn_marketplace.accounts.recovery.post import Post, send
from pdn_marketplace.config import Config
from pdn_marketplace.errors import ConflictError, SubmissionRejectedError
from pdn_marketplace.organisations import places, service
from pdn_marketplace.organisations.forms import InvitationForm, OrganisationForm
from pdn_marketplace.organisations.models import Invitation, Organisation, Seat
from pdn_marketplace.security import Role, limiter, requires

blueprint = Blueprint("organisations", __name__, url_prefix="/organizaciones")

Page = str | Response | tuple[str, int]


@blueprint.route("", methods=["GET", "POST"])
@requires(Role.CONTRIBUTOR)
@limiter.limit("20 per hour", methods=["POST"])
def mine() -> Page:
    """List my organisations, and make one."""
    form = OrganisationForm()
    if form.validate_on_submit():
        try:
            made = service.create(
                db.session(),
                current_user,
                form.name.data,
                _now(),
                entity=form.entity.data,
                level=form.level.data,
            )
        except SubmissionRejectedError as error:
            form.name.errors = [error.message]
        else:
            flash(_("La organización quedó creada. Invite a sus colegas."), "pass")
            return redirect(url_for(".show", organisation_id=made.id))
    page = render_template(
        "organisations/mine.html",
        form=form,
        memberships=service.mine(db.session(), current_user),
        seat_words=seat_words,
    )
    return page, 400 if form.is_submitted() else 200


@blueprint.get("/<int:organisation_id>")
@requires(Role.CONTRIBUTOR)
def show(organisation_id: int) -> Page:
    """Show who is in an organisation of mine."""
    organisation, seat = service.find(db.session(), organisation_id, current_user)
    return _shown(organisation, seat, InvitationForm(formdata=None))


@blueprint.post("/<int:organisation_id>/invitar")
@requires(Role.CONTRIBUTOR)
@limiter.limit("30 per hour")
def invite(organisation_id: int) -> Page:
    """Invite somebody by e-mail."""
    organisation = service.find_managed(db.session(), organisation_id, current_user)
    form = InvitationForm()
    if form.validate():
        try:
            token = service.invite(
                db.session(),
                organisation,
                current_user,
                email=form.email.data,
                seat=Seat(form.seat.data),
                now=_now(),
            )
        except (ConflictError, SubmissionRejectedError) as error:
            form.email.errors = [error.message]
        else:
            _write(form.email.data, organisation, token)
            return redirect(url_for(".show", organisation_id=organisation.id))
    return _shown(organisation, Seat.MANAGER, form), 400


@blueprint.post("/<int:organisation_id>/invitaciones/<int:invitation_id>/retirar")
@requires(Role.CONTRIBUTOR)
def take_back(organisation_id: int, invitation_id: int) -> Page:
    """Take an invitation back."""
    organisation = service.find_managed(db.session(), organisation_id, current_user)
    service.take_back(db.session(), organisation, invitation_id)
    flash(_("La invitación quedó retirada."), "pass")
    return redirect(url_for(".show", organisation_id=organisation_id))


@blueprint.post(
    "/<int:organisation_id>/personas/<int:user_id>/<any(responsable,integrante):seat>"
)
@requires(Role.CONTRIBUTOR)
def set_seat(organisation_id: int, user_id: int, seat: str) -> Page:
    """Change what somebody is in the organisation."""
    organisation = service.find_managed(db.session(), organisation_id, current_user)
    wanted = Seat.MANAGER if seat == "responsable" else Seat.MEMBER
    _tried(lambda: service.set_seat(db.session(), organisation, user_id, wanted))
    return redirect(url_for(".show", organisation_id=organisation_id))


@blueprint.post("/<int:organisation_id>/personas/<int:user_id>/quitar")
@requires(Role.CONTRIBUTOR)
def remove(organisation_id: int, user_id: int) -> Page:
    """Take somebody out of the organisation, or leave it myself."""
    organisation, _seat = service.find(db.session(), organisation_id, current_user)
    is_me = user_id == current_user.id
    if not is_me:
        service.find_managed(db.session(), organisation_id, current_user)
    done = _tried(lambda: service.remove(db.session(), organisation, user_id, _now()))
    if done and is_me:
        return redirect(url_for(".mine"))
    return redirect(url_for(".show", organisation_id=organisation_id))


@blueprint.get("/invitacion/<token>")
@limiter.limit("60 per hour")
def invitation(token: str) -> Page:
    """Say what the invitation is to; taking it needs the account of its e-mail."""
    return _invited(service.invitation(db.session(), token, _now()), token)


@blueprint.post("/invitacion/<token>")
@requires(Role.CONTRIBUTOR)
@limiter.limit("60 per hour")
def accept(token: str) -> Page:
    """Take the invitation."""
    organisation = service.accept(db.session(), token, current_user, _now())
    flash(_("Ya está en la organización."), "pass")
    return redirect(url_for(".show", organisation_id=organisation.id))


def seat_words(seat: str) -> str:
    """Name what a person is in an organisation."""
    return str(_("Responsable") if seat == Seat.MANAGER else _("Integrante"))


def _tried(change: Callable[[], None]) -> bool:
    """Do what may be refused, and say which of the two it was."""
    try:
        change()
    except ConflictError as error:
        db.rollback()
        flash(error.message, "fail")
        return False
    flash(_("El cambio quedó guardado."), "pass")
    return True


def _write(email: str, organisation: Organisation, token: str) -> None:
    config = _config()
    post = Post(
        "invitation",
        url_for(".invitation", token=token),
        {
            "quien": " ".join(current_user.name.split()),
            "organizacion": organisation.name,
        },
        # Who has no account yet is written to as who invites reads.
        language=get_locale().language,
    )
    send(config, db.session(), _now(), email, post)
    flash(_("Le enviamos la invitación a %(email)s.", email=email), "pass")
    if not config.smtp_url:
        flash(
            _(
                "Este sitio no tiene servidor de correo: el mensaje quedó en la "
                "carpeta «correo» de sus datos."
            ),
            "idle",
        )


def _shown(organisation: Organisation, seat: Seat, form: InvitationForm) -> str:
    return render_template(
        "organisations/show.html",
        organisation=organisation,
        entity_words=places.entity_words,
        level_words=places.level_words,
        is_manager=seat is Seat.MANAGER,
        members=service.members(db.session(), organisation),
        invitations=service.invitations(db.session(), organisation, _now()),
        seat_words=seat_words,
        form=form,
    )


def _invited(found: Invitation, token: str) -> str:
    return render_template(
        "organisations/invitation.html",
        invitation=found,
        token=token,
        seat_words=seat_words,
        is_theirs=current_user.is_authenticated and current_user.email == found.email,
    )


def _config() -> Config:
    found: Config = current_app.extensions["pdn_config"]
    return found


def _now() -> datetime:
    return datetime.now(UTC)
