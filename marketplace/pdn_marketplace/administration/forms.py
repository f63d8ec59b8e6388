"""Forms of administration."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    RadioField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, DataRequired, Length

from pdn_marketplace.letters.store import MAX_BODY_CHARS, MAX_SUBJECT_CHARS

_ROLES = [
    SelectChoice("contributor", _l("Contribuye: envía conectores")),
    SelectChoice("reviewer", _l("Revisa: además aprueba o rechaza los de otras")),
    SelectChoice("administrator", _l("Administra: además cuida el sitio")),
]


class RoleForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """What an account may do."""

    role = RadioField(
        _l("Papel"),
        [
            AnyOf(
                [str(choice.value) for choice in _ROLES],
                message=_l("Elija un papel de la lista."),
            )
        ],
        choices=_ROLES,
        validate_choice=False,
    )
    submit = SubmitField(_l("Cambiar el papel"))


class HideForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """Why a resource is hidden."""

    reason = StringField(
        _l("Por qué se oculta"),
        [
            DataRequired(message=_l("Escriba por qué se oculta.")),
            Length(max=300, message=_l("Use como máximo 300 caracteres.")),
        ],
        description=_l("Lo leen quienes administran y queda en la bitácora."),
    )
    submit = SubmitField(_l("Ocultar del catálogo"))


class NoteForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """How a resource stands."""

    note = TextAreaField(
        _l("Nota de estado oficial"),
        [Length(max=600, message=_l("Use como máximo 600 caracteres."))],
        description=_l("Se publica en la ficha. Vacía, no se muestra nada."),
        render_kw={"rows": 3, "maxlength": 600},
    )
    submit = SubmitField(_l("Guardar la nota"))


class LetterForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """The text of a message; `preview` shows it and keeps nothing."""

    subject = StringField(
        _l("Asunto"),
        [
            DataRequired(message=_l("Escriba el asunto.")),
            Length(
                max=MAX_SUBJECT_CHARS, message=_l("Use como máximo 200 caracteres.")
            ),
        ],
    )
    body = TextAreaField(
        _l("Mensaje"),
        [
            DataRequired(message=_l("Escriba el mensaje.")),
            Length(max=MAX_BODY_CHARS, message=_l("Use como máximo 4,000 caracteres.")),
        ],
        render_kw={"rows": 12},
    )
    preview = SubmitField(_l("Ver cómo queda"))
    submit = SubmitField(_l("Guardar"))
