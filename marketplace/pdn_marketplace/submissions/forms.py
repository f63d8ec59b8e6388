"""Forms of submissions: what is asked, and what is said when it is not right."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    Field,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    SubmitField,
    TelField,
    TextAreaField,
    URLField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import (
    URL,
    DataRequired,
    Email,
    Optional,
    Regexp,
)

from pdn_marketplace.organisations import places
from pdn_sdk.standards import loader

MAX_URL_CHARS = 2000
_NO_AUTOFILL = {"autocomplete": "off", "spellcheck": "false"}
_NO_PASSWORD_FILL = {"autocomplete": "new-password"}


def _present(message: Any) -> DataRequired:  # noqa: ANN401  (a lazy text)
    return DataRequired(message=message)


def _at_most(chars: int) -> Callable[[FlaskForm, Field], None]:
    """Demand a length, saying how much is too much."""

    def check(form: FlaskForm, field: Field) -> None:
        del form
        length = len(field.data or "")
        if length > chars:
            raise ValidationError(
                _(
                    "Tiene %(n)d caracteres y el límite es %(max)d: acórtelo.",
                    n=length,
                    max=chars,
                )
            )

    return check


def _web_link(form: FlaskForm, field: Field) -> None:
    """Demand http or https: a link with another scheme could run a script."""
    del form
    if not str(field.data or "").lower().startswith(("http://", "https://")):
        raise ValidationError(_l("Escriba la dirección completa, con https://"))


def systems() -> list[SelectChoice]:
    """Give the systems that a connector may be of."""
    return [
        SelectChoice(s.key, f"{s.system.upper()} · {s.title}")
        for s in loader.all_standards()
    ]


def _listed(form: FlaskForm, field: Field) -> None:
    """Demand one of the choices, with words of our own."""
    del form
    if field.data not in {choice.value for choice in field.choices}:
        raise ValidationError(_l("Elija una opción de la lista."))


def _links() -> list[Any]:
    wrong = _l("Escriba la dirección completa, con https://")
    return [
        Optional(),
        _at_most(MAX_URL_CHARS),
        URL(require_tld=False, message=wrong),
        _web_link,
    ]


class SubmissionForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A connector, with what is needed to test it."""

    name = StringField(
        _l("Nombre del conector"),
        [_present(_l("Escriba un nombre.")), _at_most(120)],
        description=_l("Como aparecerá en el catálogo."),
    )
    abstract = StringField(
        _l("Resumen"),
        [_present(_l("Diga en una frase qué hace.")), _at_most(150)],
        description=_l("Una frase, de 150 caracteres como máximo."),
        render_kw={"maxlength": 150},
    )
    description = TextAreaField(
        _l("Descripción"),
        [_present(_l("Cuente qué datos publica y a quién sirve.")), _at_most(900)],
        description=_l("Hasta 900 caracteres."),
        render_kw={"rows": 5, "maxlength": 900},
    )
    institution = StringField(
        _l("Institución"),
        [_present(_l("Escriba la institución dueña de los datos.")), _at_most(200)],
        render_kw={"autocomplete": "organization"},
    )
    entity = SelectField(
        _l("Entidad federativa"),
        [_listed],
        choices=places.entity_choices,
        validate_choice=False,
        default=places.UNKNOWN,
        description=_l("De la institución. Con ella se cuenta en la numeralia."),
    )
    level = SelectField(
        _l("Orden de gobierno"),
        [_listed],
        choices=places.level_choices,
        validate_choice=False,
        default=places.UNKNOWN,
    )
    maintainer = StringField(
        _l("Quién lo mantiene"),
        [_present(_l("Escriba quién da mantenimiento.")), _at_most(120)],
        description=_l("Un área, una empresa o una persona."),
    )
    licence = StringField(
        _l("Licencia"),
        [Optional(), _at_most(80)],
        description=_l("Opcional. Por ejemplo: MIT, GPL-3.0."),
    )
    standard = SelectField(
        _l("Sistema de la PDN"), [_listed], choices=systems, validate_choice=False
    )
    environment = RadioField(
        _l("Ambiente"),
        choices=[
            SelectChoice("development", _l("Desarrollo, con datos sintéticos")),
            SelectChoice("production", _l("Producción, con datos reales")),
        ],
        validators=[_listed],
        validate_choice=False,
        default="development",
    )
    base_url = URLField(
        _l("Dirección de la API"),
        [_present(_l("Escriba la dirección de la API.")), _at_most(MAX_URL_CHARS)],
        description=_l(
            "Lo que va antes de la ruta del estándar, por ejemplo "
            "https://api.municipio.gob.mx"
        ),
        render_kw={"placeholder": "https://"},
    )
    token_url = URLField(
        _l("Dirección para pedir el token"),
        [Optional(), _at_most(MAX_URL_CHARS)],
        description=_l(
            "Opcional. Sin ella se usa la ruta publicada: /oauth/token después de la "
            "dirección de la API."
        ),
        render_kw={"placeholder": "https://"},
    )
    client_id = StringField(
        _l("Identificador del cliente"),
        [Optional(), _at_most(200)],
        description=_l("client_id"),
        render_kw=_NO_AUTOFILL,
    )
    client_secret = PasswordField(
        _l("Secreto del cliente"),
        [Optional(), _at_most(500)],
        description=_l("client_secret"),
        render_kw=_NO_PASSWORD_FILL,
    )
    username = StringField(
        _l("Usuario"), [Optional(), _at_most(200)], render_kw=_NO_AUTOFILL
    )
    password = PasswordField(
        _l("Contraseña"), [Optional(), _at_most(500)], render_kw=_NO_PASSWORD_FILL
    )
    token = PasswordField(
        _l("Token fijo"),
        [Optional(), _at_most(2000)],
        description=_l("Sólo si su estándar usa un token fijo en vez de lo anterior."),
        render_kw=_NO_PASSWORD_FILL,
    )
    contact_email = EmailField(
        _l("Correo de contacto"),
        [
            _present(_l("Escriba un correo para el soporte.")),
            Email(message=_l("Escriba un correo completo.")),
            _at_most(254),
        ],
        description=_l("Se publica en la ficha del catálogo."),
        render_kw={"autocomplete": "email"},
    )
    contact_phone = TelField(
        _l("Teléfono de contacto"),
        [
            Optional(),
            _at_most(40),
            Regexp(
                r"^[0-9+() .,extEXT-]*$",
                message=_l("Use sólo números, espacios y los signos + - ( )."),
            ),
        ],
        description=_l("Opcional. También se publica."),
        render_kw={"autocomplete": "tel"},
    )
    repository_url = URLField(
        _l("Repositorio del código"), _links(), description=_l("Opcional.")
    )
    documentation_url = URLField(
        _l("Documentación"), _links(), description=_l("Opcional.")
    )
    submit = SubmitField(_l("Guardar"))


class DecisionForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """What a reviewer says, and the run that was read to say it."""

    run_id = HiddenField()
    decision = RadioField(
        _l("Decisión"),
        choices=[
            SelectChoice("approve", _l("Aprobar: cumple y puede publicarse")),
            SelectChoice(
                "request_changes", _l("Pedir cambios: vuelve a quien lo envió")
            ),
            SelectChoice("reject", _l("Rechazar: no corresponde a este catálogo")),
            SelectChoice("comment", _l("Sólo comentar, sin decidir todavía")),
        ],
        validators=[_listed],
        validate_choice=False,
    )
    comment = TextAreaField(
        _l("Comentario para quien lo envió"),
        [_at_most(4000)],
        description=_l(
            "Obligatorio salvo al aprobar. Diga qué pasa, por qué importa y qué hacer."
        ),
        render_kw={"rows": 5, "maxlength": 4000},
    )
    submit = SubmitField(_l("Enviar decisión"))


class ActionForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A button that changes something: it carries only the CSRF token."""
