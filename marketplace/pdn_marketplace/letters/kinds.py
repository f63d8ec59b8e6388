"""Every message of the site: when it is sent, its own text, and what fills it.

Texts say their gaps as gettext does; `own` gives them with the names that
administrators read, in the language of who will get the message.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from pdn_marketplace.letters import store
from pdn_marketplace.letters.language import LANGUAGES, SPANISH, said
from pdn_marketplace.letters.store import Letter, Name

SAMPLES = {
    "enlace": "https://mercado.gob.mx/…",
    "quien": "Ana Pérez",
    "organizacion": "Tesorería de Ejemplo",
    "conector": "API de Ejemplo",
    "motivo": "Salgo de vacaciones.",
    "cambios": "- Atienda: su API no responde.",
    "dias": "14",
    "minutos": "15",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One message. `gaps` gives, for each name in the text, that of gettext's."""

    key: str
    title: str
    subject: str
    body: str
    gaps: Mapping[str, str]
    needed: tuple[str, ...] = ("enlace",)

    def own(self, language: str) -> Letter:
        """Give the text of the site in a language."""
        subject, body = said(self.subject, language), said(self.body, language)
        for shown, name in self.gaps.items():
            subject = subject.replace(f"%({name})s", f"{{{shown}}}")
            body = body.replace(f"%({name})s", f"{{{shown}}}")
        return Letter(subject, body)

    def samples(self) -> Mapping[str, str]:
        """Give something for each gap, to see how the message looks."""
        return {gap: SAMPLES[gap] for gap in self.gaps}


def _(text: str) -> str:
    """Mark a text to be translated: when it is sent, and not before."""
    return text


_WATCHED = {"conector": "connector", "enlace": "link"}

KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "confirm",
            _l("Confirmar el correo de una cuenta nueva"),
            _("Confirme su correo en el Mercado Digital"),
            _(
                "Alguien, seguramente usted, creó una cuenta con este correo en el "
                "Mercado Digital de la PDN.\n\nPara confirmarla, abra este enlace en "
                "los próximos 3 días:\n%(link)s\n\nSi no fue usted, no haga nada: sin "
                "confirmar, la cuenta no sirve.\n"
            ),
            {"enlace": "link"},
        ),
        Kind(
            "known",
            _l("Aviso a quien ya tenía una cuenta"),
            _("Ya tiene una cuenta en el Mercado Digital"),
            _(
                "Alguien, quizá usted, quiso crear una cuenta con este correo, que ya "
                "tiene una. Su contraseña no cambió.\n\nPara entrar:\n%(link)s\n"
            ),
            {"enlace": "link"},
        ),
        Kind(
            "unknown",
            _l("Aviso a quien no tiene una cuenta"),
            _("No tiene una cuenta en el Mercado Digital"),
            _(
                "Alguien, quizá usted, pidió un enlace para este correo, pero no tiene "
                "una cuenta.\n\nPara crearla:\n%(link)s\n"
            ),
            {"enlace": "link"},
        ),
        Kind(
            "invitation",
            _l("Invitación a una organización"),
            _("Invitación a una organización del Mercado Digital"),
            _(
                "%(who)s le invita a trabajar en los conectores de %(organisation)s en "
                "el Mercado Digital de la PDN.\n\nPara aceptar, abra este enlace en "
                "los próximos 14 días con la cuenta de este correo (si no tiene una, "
                "ahí mismo puede crearla):\n%(link)s\n\nSi no esperaba esta "
                "invitación, no haga nada.\n"
            ),
            {"quien": "who", "organizacion": "organisation", "enlace": "link"},
        ),
        Kind(
            "closed",
            _l("Aviso de que se cerró una organización"),
            _("Se cerró %(organisation)s en el Mercado Digital"),
            _(
                "%(who)s cerró la organización %(organisation)s, en la que usted "
                "estaba. Los conectores retirados conservan su historia; ya no se "
                "pueden enviar otros a su nombre.\n\nSus organizaciones:\n%(link)s\n"
            ),
            {"quien": "who", "organizacion": "organisation", "enlace": "link"},
        ),
        Kind(
            "delegation",
            _l("Aviso de que le pasaron una revisión"),
            _("Le pasaron un conector para revisar"),
            _(
                "%(who)s le pasó la revisión de %(connector)s.\n%(reason)s\n\nPara "
                "abrirla:\n%(link)s\n"
            ),
            {
                "quien": "who",
                "conector": "connector",
                "motivo": "reason",
                "enlace": "link",
            },
        ),
        Kind(
            "observed",
            _l("Aviso de una observación"),
            _("Observación sobre %(connector)s"),
            _(
                "Quien revisa %(connector)s escribió una observación. Léala y responda "
                "o corrija; mientras haya una abierta, el conector no se aprueba.\n\n"
                "Para verla:\n%(link)s\n"
            ),
            _WATCHED,
        ),
        Kind(
            "answered",
            _l("Aviso a quien revisa de que le respondieron"),
            _("Respuesta sobre %(connector)s"),
            _(
                "Quien envió %(connector)s respondió una observación. Si quedó "
                "atendida, ciérrela.\n\nPara verla:\n%(link)s\n"
            ),
            _WATCHED,
        ),
        Kind(
            "insisted",
            _l("Aviso de que quien revisa respondió"),
            _("Respuesta sobre %(connector)s"),
            _(
                "Quien revisa %(connector)s respondió en una observación. Le toca a "
                "usted contestar o corregir.\n\nPara verla:\n%(link)s\n"
            ),
            _WATCHED,
        ),
        Kind(
            "password",
            _l("Enlace para poner una contraseña nueva"),
            _("Ponga una contraseña nueva en el Mercado Digital"),
            _(
                "Alguien, seguramente usted, pidió poner una contraseña nueva a la "
                "cuenta de este correo en el Mercado Digital de la PDN.\n\nPara "
                "ponerla, abra este enlace en la próxima hora:\n%(link)s\n\nSi no fue "
                "usted, no haga nada: su cuenta sigue como estaba.\n"
            ),
            {"enlace": "link"},
        ),
        Kind(
            "password_set",
            _l("Aviso de que cambió una contraseña"),
            _("La contraseña de su cuenta cambió"),
            _(
                "La contraseña de su cuenta del Mercado Digital de la PDN se cambió "
                "con un enlace enviado a este correo, y todas sus sesiones se "
                "cerraron.\n\nSi no fue usted, alguien más lee su correo: asegúrelo "
                "y póngale otra contraseña a su cuenta:\n%(link)s\n"
            ),
            {"enlace": "link"},
        ),
        Kind(
            "unlinked",
            _l("Aviso de que se quitó una cuenta institucional"),
            _("Su cuenta institucional ya no abre el Mercado Digital"),
            _(
                "Se quitó el enlace entre su cuenta institucional y la del Mercado "
                "Digital de la PDN: desde ahora se entra con este correo y su "
                "contraseña.\n\nSi no fue usted, ponga hoy una contraseña nueva:"
                "\n%(link)s\n"
            ),
            {"enlace": "link"},
        ),
        Kind(
            "factor_locked",
            _l("Aviso de que el segundo factor quedó en pausa"),
            _("Alguien intenta entrar a su cuenta del Mercado Digital"),
            _(
                "Alguien que sabe su contraseña escribió varios códigos equivocados "
                "de su segundo factor. No entró: los códigos quedaron en pausa hasta "
                "dentro de %(minutes)s minutos.\n\nSi fue usted, espere e inténtelo "
                "otra vez. Si no, ponga hoy una contraseña nueva:\n%(link)s\n"
            ),
            {"minutos": "minutes", "enlace": "link"},
        ),
        Kind(
            "watch_changed",
            _l("Cambió lo que ve la vigilancia"),
            _("Cambió el estado de %(connector)s"),
            _(
                "Al revisar su conector encontramos cambios:\n\n%(changes)s\n\nLo que "
                "vimos, con sus fechas: %(link)s\n"
            ),
            {**_WATCHED, "cambios": "changes"},
            needed=("cambios", "enlace"),
        ),
        Kind(
            "watch_suspended",
            _l("Se suspendió un conector"),
            _("Se suspendió %(connector)s"),
            _(
                "%(connector)s lleva más de %(days)s días sin ser conforme, así que se "
                "suspendió: no aparece en el catálogo. Corrija lo que dice su última "
                "prueba y pida otra; cuando pase, vuelve solo con la revisión del día."
                "\n\nLo que vimos, con sus fechas: %(link)s\n"
            ),
            {**_WATCHED, "dias": "days"},
        ),
        Kind(
            "watch_resumed",
            _l("Terminó la suspensión de un conector"),
            _("Terminó la suspensión de %(connector)s"),
            _(
                "%(connector)s volvió a ser conforme y está otra vez en el catálogo."
                "\n\nLo que vimos, con sus fechas: %(link)s\n"
            ),
            _WATCHED,
        ),
    )
}


def compose(
    session: Session, key: str, language: str, values: Mapping[str, str]
) -> Letter:
    """Give a message ready to send; `values` are by the names of the text."""
    kind = KINDS[key]
    language = language if language in LANGUAGES else SPANISH
    return store.of(session, Name(key, language), kind.own(language)).filled(values)
