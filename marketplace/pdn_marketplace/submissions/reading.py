"""How states, runs and results are told to people. Pure, but for gettext."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import gettext, ngettext

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


def state_words(state: str) -> tuple[str, str]:
    """Give the look and the name of a submission's state."""
    told = {
        State.DRAFT: ("idle", _("Borrador")),
        State.CHECKED: ("idle", _("Probado")),
        State.IN_REVIEW: ("warn", _("En revisión")),
        State.CHANGES_REQUESTED: ("warn", _("Con cambios pedidos")),
        State.APPROVED: ("pass", _("Aprobado")),
        State.PUBLISHED: ("pass", _("Publicado")),
        State.SUSPENDED: ("fail", _("Suspendido")),
        State.REJECTED: ("fail", _("Rechazado")),
        State.WITHDRAWN: ("idle", _("Retirado")),
    }
    return told[State(state)]


def run_words(state: str) -> tuple[str, str]:
    """Give the look and the name of a run's state."""
    told = {
        RunState.QUEUED: ("idle", _("En la fila")),
        RunState.RUNNING: ("warn", _("En curso")),
        RunState.FINISHED: ("pass", _("Terminada")),
        RunState.FAILED: ("warn", _("No se pudo hacer")),
        RunState.CANCELLED: ("idle", _("Cancelada")),
        RunState.INTERRUPTED: ("warn", _("Interrumpida")),
    }
    return told[RunState(state)]


def verdict_words(verdict: str) -> tuple[str, str]:
    """Give the look and the name of a verdict."""
    told = {
        Verdict.CONFORMANT: ("pass", _("Conforme")),
        Verdict.NON_CONFORMANT: ("fail", _("No conforme")),
        Verdict.INCONCLUSIVE: ("idle", _("Sin conclusión")),
    }
    return told[Verdict(verdict)] if verdict else ("idle", _("Sin probar"))


def outcome_words(outcome: Outcome) -> tuple[str, str]:
    """Give the look and the name of an outcome, to tell one result."""
    told = {
        Outcome.PASS: _("Cumple"),
        Outcome.FAIL: _("Falla"),
        Outcome.WARN: _("Recomendación"),
        Outcome.SKIP: _("Sin probar"),
        Outcome.ERROR: _("No se pudo contactar o saber"),
    }
    return KINDS[outcome], told[outcome]


def decision_words(decision: str) -> tuple[str, str]:
    """Give the look and the name of a reviewer's decision."""
    told = {
        "approve": ("pass", _("Aprobó")),
        "request_changes": ("warn", _("Pidió cambios")),
        "reject": ("fail", _("Rechazó")),
        "comment": ("idle", _("Comentó")),
    }
    return told[decision]


def action_words(action: str) -> str:
    """Name a line of the history; an unknown one is told as it is."""
    told = {
        "create": _("Se escribió el conector"),
        "edit": _("Cambió lo que se prueba"),
        "edit_text": _("Cambió el texto"),
        "run_request": _("Se pidió una prueba"),
        "run_finish": _("Terminó la prueba"),
        "run_cancel": _("Se pidió cancelar la prueba"),
        "run_cancelled": _("La prueba se canceló"),
        "run_failed": _("La prueba no se pudo hacer"),
        "run_retry": _("La prueba se interrumpió y volvió a la fila"),
        "run_interrupted": _("La prueba se interrumpió"),
        "send": _("Se envió a revisión"),
        "review_approve": _("Una persona revisora aprobó"),
        "review_comment": _("Una persona revisora comentó"),
        "review_request_changes": _("Se pidieron cambios"),
        "review_reject": _("Se rechazó"),
        "approve": _("Quedó aprobado"),
        "publish": _("Se publicó en el catálogo"),
        "withdraw": _("Se retiró"),
        "reopen": _("Se reabrió"),
        "hand_over": _("Pasó a una organización"),
        "picture_add": _("Se añadió una imagen"),
        "picture_remove": _("Se quitó una imagen"),
        "observe": _("Se escribió una observación"),
        "reply": _("Se respondió una observación"),
        "observation_close": _("Se cerró una observación"),
        "observation_open": _("Se reabrió una observación"),
        "delegate": _("Pasó a otra persona revisora"),
        "paper_notice": _("Se emitió un oficio"),
        "paper_opinion": _("Se emitió un dictamen"),
    }
    return told.get(action, action)


def why_words(why: Why) -> tuple[str, str]:
    """Name a cause of change, and say what it means."""
    told = {
        Why.PROVIDER: (
            _("Cambió la API"),
            _("Se le preguntó lo mismo y responde otra cosa."),
        ),
        Why.DATA: (
            _("Cambiaron los datos"),
            _("Los registros no son los mismos; la API puede no haber cambiado."),
        ),
        Why.RULES: (
            _("Cambiaron las reglas"),
            _(
                "Se probó con otra versión, otro perfil u otro ambiente; la API puede "
                "no haber cambiado."
            ),
        ),
        Why.NETWORK: (
            _("No se pudo juzgar en una de las dos"),
            _("La red o la prueba fallaron: esto no dice nada de la API."),
        ),
        Why.SELECTION: (
            _("Está en una sola de las dos"),
            _("En la otra no se pidió."),
        ),
    }
    return told[why]


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
