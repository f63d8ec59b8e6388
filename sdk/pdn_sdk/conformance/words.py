"""What a report says to people, in Spanish. Pure; may import the results.

The verdict's first sentence answers the reader's question; the rest is detail.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from pdn_sdk.conformance.results import (
    CheckResult,
    Outcome,
    Verdict,
    failing,
    untried,
    verdict,
)
from pdn_sdk.standards.model import Category, Level

TOPICS: Mapping[str, str] = {
    "ACC": "el acceso y los tokens",
    "PRI": "la privacidad",
    "PAG": "la paginación",
    "REC": "los registros",
    "DAT": "lo que dicen los registros",
    "SEA": "la búsqueda",
    "FIL": "los filtros",
    "FLD": "los campos que se piden",
    "SOR": "el orden",
    "INS": "la lista de instituciones",
    "ERR": "los errores",
    "ROB": "la robustez",
    "STR": "la respuesta bajo carga",
}
"""In the order in which they are best put right: without access nothing else
can be seen, and a leak of personal data does not wait."""

_OF_THE_SDK = (
    "De esto se encarga el SDK: actualícelo con «pip install --upgrade pdn-sdk» y "
    "«pdn update», y reinicie el servicio."
)
_OF_THE_MAPPING = (
    "En el archivo de correspondencia (mapping.toml): la columna, la constante o la "
    "tabla de valores que llena el campo. Después, «pdn load»."
)

WHERE: Mapping[str, str] = {
    "ACC": "Las credenciales, con «pdn client»; la vida de los tokens y la dirección "
    "pública, en provider.toml (token_lifetime_s, public_url). Lo demás es del SDK: "
    "actualícelo con «pdn update».",
    "PRI": "En provider.toml: publish_reserved = false. Después, «pdn load».",
    "REC": _OF_THE_MAPPING,
    "INS": _OF_THE_MAPPING,
    "PAG": _OF_THE_SDK,
    "SEA": _OF_THE_SDK,
    "SOR": _OF_THE_SDK,
    "ERR": _OF_THE_SDK,
    "ROB": _OF_THE_SDK,
    "STR": "En provider.toml: workers, tantos como núcleos tenga el servidor. Si no "
    "basta, un servidor con más memoria o la base de datos en PostgreSQL.",
}
"""Where each topic is changed in a project that `pdn new` made."""

OUTCOMES: Mapping[Outcome, tuple[str, str, str]] = {
    Outcome.PASS: ("✓", "cumple", "cumplen"),
    Outcome.FAIL: ("✗", "falla", "fallan"),
    Outcome.WARN: ("!", "aviso", "avisos"),
    Outcome.SKIP: ("–", "sin probar", "sin probar"),
    Outcome.ERROR: ("?", "error", "errores"),
}
"""Icon, one, several."""

VERDICTS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.CONFORMANT: ("✓", "Conforme"),
    Verdict.NON_CONFORMANT: ("✗", "No conforme"),
    Verdict.INCONCLUSIVE: ("?", "Sin conclusión"),
}

LEVELS: Mapping[Level, str] = {
    Level.MUST: "obligatorio",
    Level.SHOULD: "recomendado",
    Level.MAY: "opcional",
}

CATEGORIES: Mapping[Category, str] = {
    Category.SECURITY: "seguridad",
    Category.FUNCTIONAL: "funcional",
    Category.STRESS: "estrés",
}

ENVIRONMENTS: Mapping[str, str] = {
    "development": "ambiente de desarrollo",
    "production": "ambiente de producción",
}

CENTRAL = timezone(timedelta(hours=-6))

_MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)

_GRAVEST_FIRST = (Outcome.FAIL, Outcome.ERROR, Outcome.WARN, Outcome.SKIP, Outcome.PASS)


@dataclass(frozen=True, slots=True)
class Cause:
    """Results that one and the same change puts right.

    Where nothing is known (error) the cause is what stood in the way.
    """

    outcome: Outcome
    requirement_ids: tuple[str, ...]
    fix: str
    source: str
    results: tuple[CheckResult, ...]

    @property
    def first(self) -> CheckResult:
        """The result that stands for the rest."""
        return self.results[0]


def sentence(results: Sequence[CheckResult], environment: str) -> str:
    """Say the verdict, its reason and where to begin, in one sentence."""
    if not results:
        return "Sin conclusión: no se hizo ninguna prueba."
    said = verdict(results)
    if said is Verdict.NON_CONFORMANT:
        return _non_conformant(results)
    if said is Verdict.INCONCLUSIVE:
        return _inconclusive(results)
    return _conformant(results, environment)


def _non_conformant(results: Sequence[CheckResult]) -> str:
    count = len(failing(results))
    what = (
        "1 requisito obligatorio falla"
        if count == 1
        else f"{count:,} requisitos obligatorios fallan"
    )
    first = causes(results, Outcome.FAIL)[0].first
    return f"No conforme: {what}; empiece por {topic(first.id)}."


def _inconclusive(results: Sequence[CheckResult]) -> str:
    binding = [r for r in results if r.level is Level.MUST]
    erred = [r for r in binding if r.outcome is Outcome.ERROR]
    if not erred:
        return "Sin conclusión: no se pudo probar ningún requisito obligatorio."
    what = (
        "1 prueba obligatoria terminó"
        if len(erred) == 1
        else f"{len(erred):,} pruebas obligatorias terminaron"
    )
    return f"Sin conclusión: {what} en error. {erred[0].message}".strip()


def _conformant(results: Sequence[CheckResult], environment: str) -> str:
    missing = len(untried(results))
    if not missing:
        return "Conforme: cumple todos los requisitos obligatorios que se prueban."
    what, asked = "1 requisito", "exige"
    if missing > 1:
        what, asked = f"{missing:,} requisitos", "exigen"
    only = f" o que sólo se {asked} en producción"
    also = "" if environment == "production" else only
    return f"Conforme en lo que se pudo probar: {what} sin datos{also}."


def causes(results: Iterable[CheckResult], *outcomes: Outcome) -> tuple[Cause, ...]:
    """Group the results by what puts them right, the most urgent first."""
    groups: dict[tuple[Outcome, str], list[CheckResult]] = {}
    found = (r for r in results if r.outcome in outcomes)
    for result in sorted(found, key=_urgency):
        groups.setdefault((result.outcome, _remedy(result)), []).append(result)
    return tuple(
        Cause(
            outcome=outcome,
            requirement_ids=_united(group),
            fix=group[0].fix,
            source=group[0].source,
            results=tuple(group),
        )
        for (outcome, _), group in groups.items()
    )


def _remedy(result: CheckResult) -> str:
    if result.outcome is Outcome.ERROR:
        return result.message
    return result.fix or ", ".join(result.requirement_ids)


def _united(group: Iterable[CheckResult]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(i for result in group for i in result.requirement_ids))


def reasons(results: Sequence[CheckResult]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Group results by their message: what was not tried, and why."""
    groups: dict[str, list[str]] = {}
    for result in results:
        groups.setdefault(result.message, []).append(result.id)
    return tuple((reason, tuple(ids)) for reason, ids in groups.items())


def _urgency(result: CheckResult) -> tuple[int, int, int, str]:
    order = list(TOPICS)
    prefix = result.id.partition("-")[0]
    return (
        _GRAVEST_FIRST.index(result.outcome),
        list(Level).index(result.level),
        order.index(prefix) if prefix in order else len(order),
        result.id,
    )


def topic(check_id: str) -> str:
    """Name what a check is about."""
    prefix = check_id.partition("-")[0]
    return TOPICS.get(prefix, f"la prueba {check_id}")


def where(check_id: str) -> str:
    """Tell where our template is changed for a check, or "" where nobody knows."""
    return WHERE.get(check_id.partition("-")[0], "")


def moment(when: datetime) -> str:
    """Write a moment as people do, in the time of Mexico City.

    22 de noviembre de 2026, 14:05. Central Mexico keeps one offset all year.
    """
    when = when.astimezone(CENTRAL)
    return f"{when.day} de {_MONTHS[when.month - 1]} de {when.year}, {when:%H:%M}"


def counted(outcome: Outcome, count: int) -> str:
    """Write how many results there are of an outcome: «3 fallan»."""
    _, one, several = OUTCOMES[outcome]
    return f"{count:,} {one if count == 1 else several}"
