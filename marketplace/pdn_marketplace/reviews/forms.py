"""Forms of the bench."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    HiddenField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

KINDS = [
    SelectChoice("observation", _l("Observación sobre un hallazgo")),
    SelectChoice("decision", _l("Comentario de una decisión")),
    SelectChoice("notice", _l("Oficio")),
    SelectChoice("opinion", _l("Dictamen")),
]


def _written(chars: int, message: Any) -> list[Any]:  # noqa: ANN401  (a lazy text)
    return [
        DataRequired(message=message),
        Length(max=chars, message=_l("Use como máximo %(max)d caracteres.", max=chars)),
    ]


class ObservationForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """What a reviewer asks about a finding."""

    check_id = HiddenField()
    text = TextAreaField(
        _l("Observación"),
        _written(4000, _l("Escriba qué debe aclarar o corregir quien lo envió.")),
        description=_l("Diga qué pasa, por qué importa y qué hacer."),
        render_kw={"rows": 5, "maxlength": 4000},
    )
    submit = SubmitField(_l("Guardar observación"))


class ReplyForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """An answer in the thread of an observation."""

    text = TextAreaField(
        _l("Respuesta"),
        _written(4000, _l("Escriba su respuesta.")),
        render_kw={"rows": 3, "maxlength": 4000},
    )
    submit = SubmitField(_l("Responder"))


class DelegationForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """To whom a submission is passed."""

    to = SelectField(_l("Pasar a"), coerce=int, choices=[], validate_choice=False)
    reason = StringField(
        _l("Motivo"),
        [Length(max=500, message=_l("Use como máximo 500 caracteres."))],
        description=_l("Opcional. Lo verá quien lo reciba."),
    )
    submit = SubmitField(_l("Pasar"))


class PaperForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """What a reviewer writes on a paper."""

    recipient = StringField(
        _l("A quién va dirigido"),
        _written(200, _l("Escriba el nombre o el cargo de quien lo recibe.")),
    )
    subject = StringField(_l("Asunto"), _written(200, _l("Escriba el asunto.")))
    body = TextAreaField(
        _l("Texto"),
        _written(6000, _l("Escriba el texto.")),
        description=_l(
            "Los datos del conector, las observaciones y la firma se añaden solos."
        ),
        render_kw={"rows": 12, "maxlength": 6000},
    )
    submit = SubmitField(_l("Emitir y firmar"))


class TextForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A ready text."""

    title = StringField(
        _l("Título"), _written(120, _l("Escriba un título para reconocerlo."))
    )
    kind = SelectField(_l("Para qué es"), choices=KINDS)
    body = TextAreaField(
        _l("Texto"),
        _written(6000, _l("Escriba el texto.")),
        render_kw={"rows": 9, "maxlength": 6000},
    )
    submit = SubmitField(_l("Guardar texto"))
