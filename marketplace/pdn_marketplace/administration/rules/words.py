"""How previews are told to people. Pure, but for gettext."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flask_babel import format_decimal, gettext, ngettext
from flask_babel import lazy_gettext as _l

from pdn_marketplace.administration.rules.models import Change, Preview
from pdn_marketplace.submissions import reading
from pdn_marketplace.submissions.runs import Standing
from pdn_marketplace.submissions.states import RunState

_: Callable[..., str] = gettext

PROFILES: Mapping[str, str] = {
    "spec": _l("Estricto: como está escrito"),
    "pdn": _l("PDN: lo que la plataforma necesita"),
    "pilot": _l("Piloto: tolera lo conocido"),
}
_LEVELS: Mapping[str, str] = {
    "must": _l("obligatorio"),
    "should": _l("recomendado"),
    "may": _l("opcional"),
}
_STANDINGS: Mapping[RunState, str] = {
    RunState.FAILED: _l(
        "No se terminó: las reglas instaladas cambiaron mientras se hacía. Pida otra."
    ),
    RunState.INTERRUPTED: _l(
        "Se interrumpió varias veces por una falla nuestra. Pida otra; si se repite, "
        "revise los registros del trabajador."
    ),
}


def standing_words(standing: Standing) -> str:
    """Say in one sentence where a preview is."""
    if standing.is_stalled:
        return _("El trabajador dejó de responder; otro seguirá donde se quedó.")
    if standing.state is RunState.QUEUED:
        return _("Es la número %(n)d de la fila.", n=standing.position)
    if standing.state is RunState.RUNNING:
        return _(
            "Van %(done)s de %(total)s conectores.",
            done=format_decimal(standing.done),
            total=format_decimal(standing.total),
        )
    told = _STANDINGS.get(standing.state)
    return str(told) if told else reading.run_words(standing.state)[1]


def result_words(preview: Preview) -> tuple[str, str]:
    """Give the look and the sentence of how a preview ended, or that it has not."""
    if preview.state != RunState.FINISHED:
        return reading.run_words(preview.state)
    if not preview.judged:
        return "idle", _("Sin evidencia que juzgar")
    if not preview.changed:
        return "pass", _("Nadie cambiaría de veredicto")
    return "warn", ngettext(
        "%(n)s conector cambiaría de veredicto",
        "%(n)s conectores cambiarían de veredicto",
        preview.changed,
        n=format_decimal(preview.changed),
    )


def cause_words(cause: Mapping[str, Any]) -> str:
    """Tell the requirements of a cause, and the level that they would have."""
    level = _LEVELS.get(cause["level"], cause["level"])
    return f"{', '.join(cause['requirements'])}: {level}"


def table(changes: Iterator[Change]) -> Iterator[Sequence[object]]:
    """Give the changes as rows for a spreadsheet."""
    yield (
        *("conector", "institucion", "estado", "prueba"),
        *("veredicto_de_hoy", "veredicto_con_estas_reglas", "por_que"),
    )
    for each in changes:
        told = (f"{c['id']} ({cause_words(c)})" for c in each.because)
        yield (
            each.submission.name,
            each.submission.institution,
            reading.state_words(each.submission.state)[1],
            each.run_id,
            reading.verdict_words(each.before)[1],
            reading.verdict_words(each.after)[1],
            "; ".join(told),
        )
