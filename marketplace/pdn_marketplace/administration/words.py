"""How lines of the log are told to who administers. Pure, but for gettext."""

from collections.abc import Callable

from flask_babel import gettext

from pdn_marketplace.submissions import reading

_: Callable[..., str] = gettext


def action_words(action: str) -> str:
    """Name a line of the log."""
    told = {
        "account_role": _("Cambió el papel de una cuenta"),
        "account_disable": _("Se desactivó una cuenta"),
        "account_enable": _("Se activó una cuenta"),
        "account_unlock": _("Se desbloqueó una cuenta"),
        "account_revoke": _("Se cerraron las sesiones de una cuenta"),
        "account_delete": _("Una persona eliminó su cuenta"),
        "resource_hide": _("Se ocultó un recurso"),
        "resource_restore": _("Se mostró otra vez un recurso"),
        "resource_note": _("Cambió la nota de estado de un recurso"),
        "settings_change": _("Cambiaron los ajustes"),
        "letter_write": _("Cambió el texto de un correo"),
        "letter_restore": _("Un correo volvió a su texto original"),
        "retention_delete": _("Se borró lo que ya no se conserva"),
        "organisation_rename": _("Una organización cambió de nombre"),
        "organisation_close": _("Se cerró una organización"),
        "suspend": _("Se suspendió"),
        "resume": _("Terminó la suspensión"),
        "watch_run": _("La vigilancia pidió una prueba"),
    }
    return told.get(action) or reading.action_words(action)


def subject_words(subject: str) -> str:
    """Name what a line of the log is about."""
    kind, _colon, number = subject.partition(":")
    told = {
        "account": _("Cuenta %(n)s", n=number),
        "submission": _("Conector %(n)s", n=number),
        "resource": _("Recurso %(n)s", n=number),
        "organisation": _("Organización %(n)s", n=number),
        "site": _("El sitio"),
    }
    return told.get(kind, subject)
