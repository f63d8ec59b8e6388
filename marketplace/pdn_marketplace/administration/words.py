"""How lines of the log are told to who administers. Pure, but for gettext."""

from collections.abc import Callable, Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from pdn_marketplace.submissions import reading

_: Callable[..., str] = gettext

ACTIONS: Mapping[str, str] = {
    **reading.ACTIONS,
    "account_role": _l("Cambió el papel de una cuenta"),
    "account_disable": _l("Se desactivó una cuenta"),
    "account_enable": _l("Se activó una cuenta"),
    "account_unlock": _l("Se desbloqueó una cuenta"),
    "account_revoke": _l("Se cerraron las sesiones de una cuenta"),
    "account_delete": _l("Una persona eliminó su cuenta"),
    "resource_hide": _l("Se ocultó un recurso"),
    "resource_restore": _l("Se mostró otra vez un recurso"),
    "resource_note": _l("Cambió la nota de estado de un recurso"),
    "settings_change": _l("Cambiaron los ajustes"),
    "letter_write": _l("Cambió el texto de un correo"),
    "letter_restore": _l("Un correo volvió a su texto original"),
    "text_write": _l("Cambió un texto de la revisión"),
    "text_restore": _l("Un texto de la revisión volvió a ser el original"),
    "retention_delete": _l("Se borró lo que ya no se conserva"),
    "preview_ask": _l("Se pidió una vista previa de reglas"),
    "preview_finished": _l("Terminó una vista previa de reglas"),
    "preview_failed": _l("Una vista previa de reglas no se pudo terminar"),
    "preview_interrupted": _l("Se interrumpió una vista previa de reglas"),
    "organisation_rename": _l("Una organización cambió de nombre"),
    "organisation_close": _l("Se cerró una organización"),
    "suspend": _l("Se suspendió"),
    "resume": _l("Terminó la suspensión"),
    "watch_run": _l("La vigilancia pidió una prueba"),
}
"""Every action that the site writes in its log."""

SUBJECTS: Mapping[str, str] = {
    "submission": _l("Conectores"),
    "account": _l("Cuentas"),
    "resource": _l("Recursos"),
    "organisation": _l("Organizaciones"),
    "preview": _l("Vistas previas de reglas"),
    "text": _l("Textos de la revisión"),
    "site": _l("El sitio"),
}
"""Every kind of thing that a line is about."""

_SITE: Mapping[str, str] = {
    "settings": _l("Ajustes"),
    "letters": _l("Correos"),
    "retention": _l("Conservación"),
}


def action_words(action: str) -> str:
    """Name a line of the log; an unknown one is told as it is."""
    return str(ACTIONS.get(action, action))


def subject_words(subject: str) -> str:
    """Name what a line of the log is about."""
    kind, _colon, number = subject.partition(":")
    told = {
        "account": _("Cuenta %(n)s", n=number),
        "submission": _("Conector %(n)s", n=number),
        "resource": _("Recurso %(n)s", n=number),
        "organisation": _("Organización %(n)s", n=number),
        "preview": _("Vista previa %(n)s", n=number),
        "text": _("Texto %(n)s", n=number),
        "site": str(_SITE.get(number, SUBJECTS["site"])),
    }
    return told.get(kind, subject)
