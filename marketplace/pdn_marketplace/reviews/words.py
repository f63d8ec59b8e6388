"""How risk, stages, texts and papers are told to people. Pure, but for gettext."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from flask_babel import lazy_gettext as _l

from pdn_marketplace.reviews import times
from pdn_marketplace.reviews.models import Observation, PaperKind, TextKind
from pdn_marketplace.reviews.risk import Level

_RISKS = {
    Level.HIGH: ("fail", _l("Riesgo alto")),
    Level.MEDIUM: ("warn", _l("Riesgo medio")),
    Level.LOW: ("pass", _l("Riesgo bajo")),
}


def risk_words(level: str) -> tuple[str, str]:
    """Give the look and the name of a level of risk."""
    look, said = _RISKS[Level(level)]
    return look, str(said)


_STAGES = {
    times.PREPARE: (
        _l("Preparación"),
        _l("De escribir el conector a enviarlo por primera vez."),
    ),
    times.WAIT: (
        _l("Espera"),
        _l("De cada envío a la primera respuesta de la revisión."),
    ),
    times.ANSWER: (
        _l("Corrección"),
        _l("De pedir cambios a que se envía otra vez."),
    ),
    times.AGREE: (
        _l("Acuerdo"),
        _l("De la primera aprobación a la última que hace falta."),
    ),
    times.WHOLE: (
        _l("Total"),
        _l("Del primer envío a que se publica o se rechaza."),
    ),
}


def stage_words(key: str) -> tuple[str, str]:
    """Name a stage, and say from when until when it goes."""
    name, about = _STAGES[key]
    return str(name), str(about)


_TEXT_KINDS = {
    TextKind.OBSERVATION: _l("Observaciones"),
    TextKind.DECISION: _l("Decisiones"),
    TextKind.NOTICE: _l("Oficios"),
    TextKind.OPINION: _l("Dictámenes"),
}


def text_kind_words(kind: str) -> str:
    """Name what a ready text is for."""
    return str(_TEXT_KINDS[TextKind(kind)])


_PAPERS = {
    PaperKind.NOTICE: _l("Oficio de observaciones"),
    PaperKind.OPINION: _l("Dictamen"),
}


def paper_words(kind: str) -> str:
    """Name a paper."""
    return str(_PAPERS[PaperKind(kind)])


def by_check(found: Iterable[Observation]) -> Mapping[str, list[Observation]]:
    """Group observations by the finding that they are about."""
    groups: dict[str, list[Observation]] = defaultdict(list)
    for observation in found:
        groups[observation.check_id].append(observation)
    return dict(groups)
