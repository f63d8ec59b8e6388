"""How states, runs and results are told to people. Pure, but for gettext."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from pdn_marketplace.submissions.runs import Standing
from pdn_marketplace.submissions.states import RunState, State
from pdn_sdk.conformance import words
from pdn_sdk.conformance.render.comparison import Comparison, Why
from pdn_sdk.conformance.report import Report
from pdn_sdk.conformance.results import CheckResult, Outcome, Verdict
from pdn_sdk.conformance.words import Cause

_: Callable[..., str] = gettext
ALL = "todas"
PENDING = "pendientes"
KINDS: Mapping[Outcome, str] = {
    Outcome.PASS: "pass",
    Outcome.FAIL: "fail",
    Outcome.WARN: "warn",
    Outcome.SKIP: "idle",
    Outcome.ERROR: "idle",
}
"""The look of each outcome: trouble in reaching a provider is never red."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a result page shows of a report: one filter at a time."""

    report: Report
    chosen: str
    results: tuple[CheckResult, ...]
    sentence: str
    first: tuple[Cause, ...]

    @classmethod
    def of(cls, report: Report, wanted: str) -> "Shown":
        """Choose by an outcome, `pendientes` (all that do not pass) or `todas`."""
        pending = tuple(r for r in report.checks if r.outcome is not Outcome.PASS)
        known = {ALL, PENDING, *(o.value for o in Outcome)}
        chosen = wanted if wanted in known else (PENDING if pending else ALL)
        outcomes = set(Outcome) if chosen == ALL else set(Outcome) - {Outcome.PASS}
        if chosen in {o.value for o in Outcome}:
            outcomes = {Outcome(chosen)}
        order = list(Outcome)
        results = sorted(
            (r for r in report.checks if r.outcome in outcomes),
            key=lambda r: order.index(r.outcome),
        )
        return cls(
            report=report,
            chosen=chosen,
            results=tuple(results),
            sentence=words.sentence(report.checks, report.target["environment"]),
            first=words.causes(report.checks, Outcome.FAIL)[:5],
        )


_STATES = {
    State.DRAFT: ("idle", _l("Borrador")),
    State.CHECKED: ("idle", _l("Probado")),
    State.IN_REVIEW: ("warn", _l("En revisión")),
    State.CHANGES_REQUESTED: ("warn", _l("Con cambios pedidos")),
    State.APPROVED: ("pass", _l("Aprobado")),
    State.PUBLISHED: ("pass", _l("Publicado")),
    State.SUSPENDED: ("fail", _l("Suspendido")),
    State.REJECTED: ("fail", _l("Rechazado")),
    State.WITHDRAWN: ("idle", _l("Retirado")),
}


def state_words(state: str) -> tuple[str, str]:
    """Give the look and the name of a submission's state."""
    look, said = _STATES[State(state)]
    return look, str(said)


_RUNS = {
    RunState.QUEUED: ("idle", _l("En la fila")),
    RunState.RUNNING: ("warn", _l("En curso")),
    RunState.FINISHED: ("pass", _l("Terminada")),
    RunState.FAILED: ("warn", _l("No se pudo hacer")),
    RunState.CANCELLED: ("idle", _l("Cancelada")),
    RunState.INTERRUPTED: ("warn", _l("Interrumpida")),
}


def run_words(state: str) -> tuple[str, str]:
    """Give the look and the name of a run's state."""
    look, said = _RUNS[RunState(state)]
    return look, str(said)


_VERDICTS = {
    Verdict.CONFORMANT: ("pass", _l("Conforme")),
    Verdict.NON_CONFORMANT: ("fail", _l("No conforme")),
    Verdict.INCONCLUSIVE: ("idle", _l("Sin conclusión")),
}


def verdict_words(verdict: str) -> tuple[str, str]:
    """Give the look and the name of a verdict."""
    if not verdict:
        return "idle", _("Sin probar")
    look, said = _VERDICTS[Verdict(verdict)]
    return look, str(said)


_OUTCOMES = {
    Outcome.PASS: _l("Cumple"),
    Outcome.FAIL: _l("Falla"),
    Outcome.WARN: _l("Recomendación"),
    Outcome.SKIP: _l("Sin probar"),
    Outcome.ERROR: _l("No se pudo contactar o saber"),
}


def outcome_words(outcome: Outcome) -> tuple[str, str]:
    """Give the look and the name of an outcome, to tell one result."""
    return KINDS[outcome], str(_OUTCOMES[outcome])


_DECISIONS = {
    "approve": ("pass", _l("Aprobó")),
    "request_changes": ("warn", _l("Pidió cambios")),
    "reject": ("fail", _l("Rechazó")),
    "comment": ("idle", _l("Comentó")),
}


def decision_words(decision: str) -> tuple[str, str]:
    """Give the look and the name of a reviewer's decision."""
    look, said = _DECISIONS[decision]
    return look, str(said)


ACTIONS = {
    "create": _l("Se escribió el conector"),
    "edit": _l("Cambió lo que se prueba"),
    "edit_text": _l("Cambió el texto"),
    "run_request": _l("Se pidió una prueba"),
    "run_finish": _l("Terminó la prueba"),
    "run_cancel": _l("Se pidió cancelar la prueba"),
    "run_cancelled": _l("La prueba se canceló"),
    "run_failed": _l("La prueba no se pudo hacer"),
    "run_retry": _l("La prueba se interrumpió y volvió a la fila"),
    "run_interrupted": _l("La prueba se interrumpió"),
    "send": _l("Se envió a revisión"),
    "review_approve": _l("Una persona revisora aprobó"),
    "review_comment": _l("Una persona revisora comentó"),
    "review_request_changes": _l("Se pidieron cambios"),
    "review_reject": _l("Se rechazó"),
    "approve": _l("Quedó aprobado"),
    "publish": _l("Se publicó en el catálogo"),
    "withdraw": _l("Se retiró"),
    "reopen": _l("Se reabrió"),
    "hand_over": _l("Pasó a una organización"),
    "picture_add": _l("Se añadió una imagen"),
    "picture_remove": _l("Se quitó una imagen"),
    "observe": _l("Se escribió una observación"),
    "reply": _l("Se respondió una observación"),
    "observation_close": _l("Se cerró una observación"),
    "observation_open": _l("Se reabrió una observación"),
    "delegate": _l("Pasó a otra persona revisora"),
    "paper_notice": _l("Se emitió un oficio"),
    "paper_opinion": _l("Se emitió un dictamen"),
}


def action_words(action: str) -> str:
    """Name a line of the history; an unknown one is told as it is."""
    return str(ACTIONS.get(action, action))


_WHYS = {
    Why.PROVIDER: (
        _l("Cambió la API"),
        _l("Se le preguntó lo mismo y responde otra cosa."),
    ),
    Why.DATA: (
        _l("Cambiaron los datos"),
        _l("Los registros no son los mismos; la API puede no haber cambiado."),
    ),
    Why.RULES: (
        _l("Cambiaron las reglas"),
        _l(
            "Se probó con otra versión, otro perfil u otro ambiente; la API puede "
            "no haber cambiado."
        ),
    ),
    Why.NETWORK: (
        _l("No se pudo juzgar en una de las dos"),
        _l("La red o la prueba fallaron: esto no dice nada de la API."),
    ),
    Why.SELECTION: (
        _l("Está en una sola de las dos"),
        _l("En la otra no se pidió."),
    ),
}


def why_words(why: Why) -> tuple[str, str]:
    """Name a cause of change, and say what it means."""
    name, about = _WHYS[why]
    return str(name), str(about)


def changed_words(comparison: Comparison) -> tuple[str, str]:
    """Give the look and the sentence of what changed between two runs."""
    count = len(comparison.changes)
    worse = sum(change.is_worse for change in comparison.changes)
    if not count:
        return "pass", _("Nada cambió: todas las pruebas terminaron igual.")
    said = ngettext("%(num)d prueba cambió", "%(num)d pruebas cambiaron", count)
    if not worse:
        return "pass", _("%(said)s, y ninguna falla por primera vez.", said=said)
    more = ngettext(
        "%(num)d falla ahora y antes no", "%(num)d fallan ahora y antes no", worse
    )
    return "fail", _("%(said)s; %(more)s.", said=said, more=more)


def waited(seconds: float) -> str:
    """Say how long something has waited, in the largest unit that fits."""
    minutes = int(seconds // 60)
    if minutes < 60:
        return _("%(n)d min", n=max(minutes, 1))
    if minutes < 48 * 60:
        return _("%(n)d h", n=minutes // 60)
    return _("%(n)d días", n=minutes // 1440)


def standing_words(standing: Standing) -> str:
    """Say in one sentence where a run is."""
    if standing.is_stalled:
        return _("El trabajador dejó de responder; la prueba se repetirá sola.")
    if standing.state is RunState.QUEUED:
        return _("Su prueba es la número %(n)d de la fila.", n=standing.position)
    if standing.state is RunState.RUNNING and not standing.total:
        return _("La prueba está comenzando.")
    if standing.state is RunState.RUNNING:
        return _(
            "Van %(done)d de %(total)d pruebas.",
            done=standing.done,
            total=standing.total,
        )
    return run_words(standing.state)[1]


def remaining_words(standing: Standing) -> str:
    """Say how long a run has to go, or nothing while it cannot be told."""
    left_s = standing.remaining_s
    if left_s is None:
        return ""
    if left_s < 60:
        return _("Falta menos de un minuto.")
    return _("Faltan unos %(n)d minutos.", n=round(left_s / 60) or 1)


def standing_document(standing: Standing) -> dict[str, object]:
    """Give what the page that follows a run asks for every second."""
    return {
        "state": standing.state,
        "done": standing.done,
        "total": standing.total,
        "doing": standing.doing,
        "position": standing.position,
        "is_over": standing.is_over,
        "said": standing_words(standing),
        "remaining": remaining_words(standing),
    }
