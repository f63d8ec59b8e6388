"""What `pdn standards coverage` tells: requirement, checks, planted faults."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from pdn_sdk.practice.application import AnyFault as Fault
    from pdn_sdk.standards.model import Requirement, Standard

LEVELS = {"must": "obliga", "should": "conviene", "may": "opcional"}


def gaps(standard: "Standard") -> "list[Requirement]":
    """Give the requirements with neither a check nor a reason."""
    return [r for r in standard.requirements if not r.checks and not r.why_not_tested]


def traced(standard: "Standard") -> list[dict[str, object]]:
    """Give each requirement with its checks and the faults planted for them."""
    planted = _planted(standard)
    return [
        {
            "id": requirement.id,
            "level": requirement.level,
            "category": requirement.category,
            "profiles": dict(requirement.profiles),
            "sentence": requirement.sentence,
            "source": requirement.source,
            "fix": requirement.fix,
            "checks": list(requirement.checks),
            "faults": {c: _faults(c, planted) for c in requirement.checks},
            "why_not_tested": requirement.why_not_tested,
        }
        for requirement in standard.requirements
    ]


def table(standard: "Standard") -> "Table":
    """Write the requirements, a row for each."""
    from rich.text import Text

    from pdn_sdk.cli.standards import ruled

    planted = _planted(standard)
    shown = ruled("Requisito", "Nivel", "Qué pide", "Pruebas y sus fallas")
    for requirement in standard.requirements:
        tested_by = Text()
        for check in requirement.checks:
            tested_by.append(f"{check}\n")
            for fault in _faults(check, planted):
                tested_by.append(f"  {fault}\n", "dim")
        tested_by.rstrip()
        reason = requirement.why_not_tested
        why = Text(reason, "dim") if reason else Text("sin prueba", "red")
        shown.add_row(
            requirement.id,
            LEVELS[requirement.level],
            Text(requirement.sentence),
            tested_by or why,
        )
    return shown


def sentence(standard: "Standard") -> str:
    """Count the requirements, the checks and the faults of a standard."""
    requirements, missing = standard.requirements, len(gaps(standard))
    tested = sum(bool(r.checks) for r in requirements)
    explained = len(requirements) - tested - missing
    mark = "[bold red]✗[/]" if missing else "[bold green]✓[/]"
    faults = len(_planted(standard))
    told = f"{faults:,} fallas sembradas."
    return (
        f"{mark} {standard.key} · {standard.system} {standard.version}: "
        f"{len(requirements):,} "
        f"requisitos; {tested:,} con prueba, {explained:,} con explicación, "
        f"{missing:,} sin una ni otra. {told}"
    )


def _planted(standard: "Standard") -> "list[Fault]":
    from pdn_sdk.practice.application import planted_in

    return planted_in(standard)


def _faults(check: str, planted: "list[Fault]") -> list[str]:
    """Give the faults of a case; where it has none of its own, of its check."""
    own = [f.name for f in planted if f.check == check]
    whole = check.partition("[")[0]
    return own or [f.name for f in planted if f.check.partition("[")[0] == whole]
