"""Every message of the site: when it is sent, its own text, and what fills it.

Texts with a translation say their gaps as gettext does; `own` gives them with the
names that administrators read. Those of the watch are Spanish and fixed, because a
worker has no request.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from pdn_marketplace.letters import store
from pdn_marketplace.letters.store import Letter, Name

SPANISH, ENGLISH = "es", "en"
SAMPLES = {
    "enlace": "https://mercado.gob.mx/…",
    "quien": "Ana Pérez",
    "organizacion": "Tesorería de Ejemplo",
    "conector": "API de Ejemplo",
    "motivo": "Salgo de vacaciones.",
    "cambios": "- Atienda: su API no responde.",
    "dias": "14",
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
    languages: tuple[str, ...] = (SPANISH, ENGLISH)

    def own(self) -> Letter:
        """Give the text of the site, in the language that is being spoken."""
        subject, body = str(self.subject), str(self.body)
        for shown, name in self.gaps.items():
            subject = subject.replace(f"%({name})s", f"{{{shown}}}")
            body = body.replace(f"%({name})s", f"{{{shown}}}")
        return Letter(subject, body)

    def samples(self) -> Mapping[str, str]:
        """Give something for each gap, to see how the message looks."""
        return {gap: SAMPLES[gap] for gap in self.gaps}


_TAIL = "\n\nLo que vimos, con sus fechas: {enlace}\n"
_WATCHED = {"conector": "conector", "enlace": "enlace"}

KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "confirm",
            _l("Confirmar el correo de una cuenta nueva"),
            _l("Confirme su correo en el Mercado Digital"),
            _l(
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
            _l("Ya tiene una cuenta en el Mercado Digital"),
            _l(
                "Alguien, quizá usted, quiso crear una cuenta con este correo, que ya "
                "tiene una. Su contraseña no cambió.\n\nPara entrar:\n%(link)s\n"
            ),
            {"enlace": "link"},
        ),
        Kind(
            "unknown",
            _l("Aviso a quien no tiene una cuenta"),
            _l("No tiene una cuenta en el Mercado Digital"),
            _l(
                "Alguien, quizá usted, pidió confirmar este correo, pero no tiene una "
                "cuenta.\n\nPara crearla:\n%(link)s\n"
            ),
            {"enlace": "link"},
        ),
        Kind(
            "invitation",
            _l("Invitación a una organización"),
            _l("Invitación a una organización del Mercado Digital"),
            _l(
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
            _l("Se cerró %(organisation)s en el Mercado Digital"),
            _l(
                "%(who)s cerró la organización %(organisation)s, en la que usted "
                "estaba. Los conectores retirados conservan su historia; ya no se "
                "pueden enviar otros a su nombre.\n\nSus organizaciones:\n%(link)s\n"
            ),
            {"quien": "who", "organizacion": "organisation", "enlace": "link"},
        ),
        Kind(
            "delegation",
            _l("Aviso de que le pasaron una revisión"),
            _l("Le pasaron un conector para revisar"),
            _l(
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
            "watch_changed",
            _l("Cambió lo que ve la vigilancia"),
            "Cambió el estado de {conector}",
            "Al revisar su conector encontramos cambios:\n\n{cambios}" + _TAIL,
            {**_WATCHED, "cambios": "cambios"},
            needed=("cambios", "enlace"),
            languages=(SPANISH,),
        ),
        Kind(
            "watch_suspended",
            _l("Se suspendió un conector"),
            "Se suspendió {conector}",
            "{conector} lleva más de {dias} días sin ser conforme, así que se "
            "suspendió: no aparece en el catálogo. Corrija lo que dice su última "
            "prueba y pida otra; cuando pase, vuelve solo con la revisión del día."
            + _TAIL,
            {**_WATCHED, "dias": "dias"},
            languages=(SPANISH,),
        ),
        Kind(
            "watch_resumed",
            _l("Terminó la suspensión de un conector"),
            "Terminó la suspensión de {conector}",
            "{conector} volvió a ser conforme y está otra vez en el catálogo." + _TAIL,
            _WATCHED,
            languages=(SPANISH,),
        ),
    )
}


def compose(
    session: Session, key: str, language: str, values: Mapping[str, str]
) -> Letter:
    """Give a message ready to send; `values` are by the names of the text."""
    kind = KINDS[key]
    if language not in kind.languages:
        language = kind.languages[0]
    return store.of(session, Name(key, language), kind.own()).filled(values)
