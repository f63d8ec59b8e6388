"""How risk, stages, texts and papers are told to people. Pure, but for gettext."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from flask_babel import gettext

from pdn_marketplace.reviews import times
from pdn_marketplace.reviews.models import Observation, PaperKind, TextKind
from pdn_marketplace.reviews.risk import Level

_: Callable[..., str] = gettext


def risk_words(level: str) -> tuple[str, str]:
    """Give the look and the name of a level of risk."""
    told = {
        Level.HIGH: ("fail", _("Riesgo alto")),
        Level.MEDIUM: ("warn", _("Riesgo medio")),
        Level.LOW: ("pass", _("Riesgo bajo")),
    }
    return told[Level(level)]


def stage_words(key: str) -> tuple[str, str]:
    """Name a stage, and say from when until when it goes."""
    told = {
        times.PREPARE: (
            _("Preparación"),
            _("De escribir el conector a enviarlo por primera vez."),
        ),
        times.WAIT: (
            _("Espera"),
            _("De cada envío a la primera respuesta de la revisión."),
        ),
        times.ANSWER: (
            _("Corrección"),
            _("De pedir cambios a que se envía otra vez."),
        ),
        times.AGREE: (
            _("Acuerdo"),
            _("De la primera aprobación a la última que hace falta."),
        ),
        times.WHOLE: (
            _("Total"),
            _("Del primer envío a que se publica o se rechaza."),
        ),
    }
    return told[key]


def text_kind_words(kind: str) -> str:
    """Name what a ready text is for."""
    told = {
        TextKind.OBSERVATION: _("Observaciones"),
        TextKind.DECISION: _("Decisiones"),
        TextKind.NOTICE: _("Oficios"),
        TextKind.OPINION: _("Dictámenes"),
    }
    return told[TextKind(kind)]


def paper_words(kind: str) -> str:
    """Name a paper."""
    told = {
        PaperKind.NOTICE: _("Oficio de observaciones"),
        PaperKind.OPINION: _("Dictamen"),
    }
    return told[PaperKind(kind)]


def by_check(found: Iterable[Observation]) -> Mapping[str, list[Observation]]:
    """Group observations by the finding that they are about."""
    groups: dict[str, list[Observation]] = defaultdict(list)
    for observation in found:
        groups[observation.check_id].append(observation)
    return dict(groups)
