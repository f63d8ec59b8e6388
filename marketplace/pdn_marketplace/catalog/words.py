"""How the catalogue calls its types, systems and orders, in the person's language."""

from datetime import date

from babel.dates import format_skeleton
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

TYPES = {
    "api": (_l("API"), _l("Publica datos con el estándar de un sistema.")),
    "sys": (_l("Sistema de captura"), _l("Registra datos en formularios.")),
    "doc": (_l("Documento"), _l("Guías, talleres y tutoriales.")),
    "tool": (_l("Herramienta"), _l("Ayuda a desarrollar o a probar.")),
}
SYSTEMS = {
    "s1": _l("Declaraciones patrimonial y de intereses"),
    "s2": _l("Servidores públicos en contrataciones"),
    "s3": _l("Servidores públicos y particulares sancionados"),
    "s4": _l("Fiscalización"),
    "s5": _l("Denuncias públicas"),
    "s6": _l("Contrataciones abiertas"),
}
SORTS = {
    "oficial": _l("Número oficial"),
    "nombre": _l("Nombre"),
    "recientes": _l("Más recientes"),
    "verificados": _l("Verificación más reciente"),
}
ORIGINS = {
    "official": _l("Recurso oficial"),
    "addition": _l("Adición al catálogo"),
    "connector": _l("Conector aprobado"),
}
VERDICTS = {
    "conformant": ("pass", _l("Conforme")),
    "non_conformant": ("fail", _l("No conforme")),
    "inconclusive": ("warn", _l("Sin conclusión")),
}


def month(text: str) -> str:
    """Say a month written as 2026-11; anything else as it is."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return text
    return str(format_skeleton("yMMMM", first, locale=get_locale()))
