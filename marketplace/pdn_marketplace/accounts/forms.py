"""Forms of accounts: what is asked and what is said when it is not right."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    Field,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, Length
from wtforms.widgets import CheckboxInput, ListWidget

from pdn_marketplace.accounts.passwords import MAX_LENGTH, weakness

_EMAIL = _l("Escriba un correo completo, como nombre@institucion.gob.mx.")


def _present(message: Any) -> DataRequired:  # noqa: ANN401  (a lazy text)
    return DataRequired(message=message)


def _good_password(form: FlaskForm, field: Field) -> None:
    personal = [
        form[name].data or ""
        for name in ("email", "name", "organization")
        if name in form
    ]
    personal += getattr(form, "personal", ())
    fault = weakness(field.data or "", tuple(personal))
    if fault:
        raise ValidationError(fault)


class SignUpForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A new account."""

    name = StringField(
        _l("Nombre completo"),
        [
            _present(_l("Escriba su nombre: así lo verán quienes revisan.")),
            Length(max=120, message=_l("Use como máximo 120 caracteres.")),
        ],
        render_kw={"autocomplete": "name"},
    )
    email = EmailField(
        _l("Correo electrónico"),
        [_present(_EMAIL), Email(message=_EMAIL), Length(max=254, message=_EMAIL)],
        render_kw={"autocomplete": "email"},
        description=_l("De preferencia, el institucional."),
    )
    organization = StringField(
        _l("Institución"),
        [
            _present(_l("Escriba el nombre de su institución o empresa.")),
            Length(max=200, message=_l("Use como máximo 200 caracteres.")),
        ],
        render_kw={"autocomplete": "organization"},
    )
    password = PasswordField(
        _l("Contraseña"),
        [
            _present(_l("Escriba una contraseña.")),
            Length(max=MAX_LENGTH, message=_l("Use como máximo 128 caracteres.")),
            _good_password,
        ],
        render_kw={"autocomplete": "new-password"},
        description=_l(
            "Al menos 12 caracteres. Una frase de varias palabras es segura "
            "y fácil de recordar."
        ),
    )
    submit = SubmitField(_l("Crear cuenta"))


class SignInForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """E-mail and password of an existing account."""

    email = EmailField(
        _l("Correo electrónico"),
        [_present(_EMAIL), Length(max=254, message=_EMAIL)],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        _l("Contraseña"),
        [
            _present(_l("Escriba su contraseña.")),
            Length(max=MAX_LENGTH, message=_l("Use como máximo 128 caracteres.")),
        ],
        render_kw={"autocomplete": "current-password"},
    )
    submit = SubmitField(_l("Entrar"))


class ProfileForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """What others see of an account."""

    name = StringField(
        _l("Nombre completo"),
        [
            _present(_l("Escriba su nombre: así lo verán quienes revisan.")),
            Length(max=120, message=_l("Use como máximo 120 caracteres.")),
        ],
        render_kw={"autocomplete": "name"},
    )
    organization = StringField(
        _l("Institución"),
        [Length(max=200, message=_l("Use como máximo 200 caracteres."))],
        render_kw={"autocomplete": "organization"},
    )
    language = SelectField(
        _l("Idioma"),
        choices=[SelectChoice("es", "Español"), SelectChoice("en", "English")],
        description=_l("El del sitio y el de los correos que le enviamos."),
    )
    submit = SubmitField(_l("Guardar cambios"))


class PasswordForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A new password for the account that is signed in."""

    current = PasswordField(
        _l("Contraseña actual"),
        [_present(_l("Escriba su contraseña actual."))],
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        _l("Contraseña nueva"),
        [
            _present(_l("Escriba una contraseña.")),
            Length(max=MAX_LENGTH, message=_l("Use como máximo 128 caracteres.")),
            _good_password,
        ],
        render_kw={"autocomplete": "new-password"},
        description=_l("Al menos 12 caracteres."),
    )
    submit = SubmitField(_l("Cambiar contraseña"))


class NewPasswordForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A password in the place of one that the person cannot say.

    `personal` are texts of the account that an attacker would try.
    """

    personal: tuple[str, ...] = ()
    password = PasswordField(
        _l("Contraseña nueva"),
        [
            _present(_l("Escriba una contraseña.")),
            Length(max=MAX_LENGTH, message=_l("Use como máximo 128 caracteres.")),
            _good_password,
        ],
        render_kw={"autocomplete": "new-password"},
        description=_l(
            "Al menos 12 caracteres. Una frase de varias palabras es segura "
            "y fácil de recordar."
        ),
    )
    submit = SubmitField(_l("Guardar contraseña"))


class EmailForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """An e-mail to which a link is sent."""

    email = EmailField(
        _l("Correo electrónico"),
        [_present(_EMAIL), Email(message=_EMAIL), Length(max=254, message=_EMAIL)],
        render_kw={"autocomplete": "email"},
    )
    submit = SubmitField(_l("Enviar otro enlace"))


class CodeForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """The six digits that an app shows."""

    code = StringField(
        _l("Código de 6 dígitos"),
        [
            _present(_l("Escriba el código que muestra su aplicación.")),
            Length(max=20, message=_l("El código tiene 6 dígitos.")),
        ],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )
    submit = SubmitField(_l("Continuar"))


class TokenForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A new API token. The view says which scopes the account may give."""

    name = StringField(
        _l("Para qué es"),
        [
            _present(_l("Escriba para qué lo usará, y lo reconocerá después.")),
            Length(max=80, message=_l("Use como máximo 80 caracteres.")),
        ],
        render_kw={"autocomplete": "off"},
    )
    scopes = SelectMultipleField(
        _l("Permisos"),
        choices=[],
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    days = RadioField(
        _l("Vence en"),
        coerce=int,
        choices=[
            SelectChoice(30, _l("30 días")),
            SelectChoice(90, _l("90 días")),
            SelectChoice(365, _l("Un año")),
        ],
        default=90,
        validate_choice=True,
    )
    submit = SubmitField(_l("Crear token"))
