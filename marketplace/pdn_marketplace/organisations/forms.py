"""Forms of organisations."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    RadioField,
    SelectField,
    StringField,
    SubmitField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, Length

from pdn_marketplace.organisations import places

_EMAIL = _l("Escriba un correo completo, como nombre@institucion.gob.mx.")
_SEATS = [
    SelectChoice("member", _l("Integrante: trabaja en los conectores")),
    SelectChoice("manager", _l("Responsable: además invita y quita personas")),
]


class OrganisationForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A new organisation."""

    name = StringField(
        _l("Nombre de la organización"),
        [
            DataRequired(message=_l("Escriba el nombre de la organización.")),
            Length(max=200, message=_l("Use como máximo 200 caracteres.")),
        ],
        description=_l("El nombre oficial de su institución o empresa."),
        render_kw={"autocomplete": "organization"},
    )
    entity = SelectField(
        _l("Entidad federativa"),
        [DataRequired(message=_l("Elija la entidad federativa."))],
        choices=places.entity_choices,
        validate_choice=False,
        description=_l("Con ella se cuenta en la numeralia."),
    )
    level = SelectField(
        _l("Orden de gobierno"),
        [DataRequired(message=_l("Elija el orden de gobierno."))],
        choices=places.level_choices,
        validate_choice=False,
    )
    submit = SubmitField(_l("Crear organización"))


class InvitationForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """Whom to invite, and as what."""

    email = EmailField(
        _l("Correo de la persona"),
        [
            DataRequired(message=_EMAIL),
            Email(message=_EMAIL),
            Length(max=254, message=_EMAIL),
        ],
        description=_l("Le llegará un enlace que vence en 14 días."),
        render_kw={"autocomplete": "off"},
    )
    seat = RadioField(
        _l("Qué será en la organización"), choices=_SEATS, default="member"
    )
    submit = SubmitField(_l("Enviar invitación"))
