"""A run and its report in a terminal of 80 columns."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from pdn_sdk.conformance import words
from pdn_sdk.conformance.report import Outcome, Report, Verdict
from pdn_sdk.conformance.runner import Progress as Step
from pdn_sdk.conformance.words import Cause

MOST_REASONS = 6
TITLE_CHARS = 44

COLOURS = {
    Outcome.PASS: "green",
    Outcome.FAIL: "red",
    Outcome.WARN: "yellow",
    Outcome.SKIP: "bright_black",
    Outcome.ERROR: "magenta",
}
VERDICT_COLOURS = {
    Verdict.CONFORMANT: "green",
    Verdict.NON_CONFORMANT: "red",
    Verdict.INCONCLUSIVE: "yellow",
}
HEADINGS = {
    Outcome.FAIL: "Lo que falla",
    Outcome.ERROR: "Lo que no se pudo juzgar",
    Outcome.WARN: "Lo que conviene mejorar",
}


@contextmanager
def live(console: Console | None = None) -> Iterator[Callable[[Step], None]]:
    """Show how far a run is while the block lasts; give what to call with it."""
    progress = Progress(
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("[red]{task.fields[failed]}[/]"),
        TextColumn("{task.description}"),
        console=console or Console(stderr=True),
        transient=True,
    )
    failed = 0

    def step(now: Step) -> None:
        nonlocal failed
        failed += now.outcome is Outcome.FAIL
        title = escape(now.title[:TITLE_CHARS])
        progress.update(
            task,
            completed=now.done,
            total=now.total,
            description=title or "Pidiendo un token…",
            failed=words.counted(Outcome.FAIL, failed) if failed else "",
        )

    with progress:
        task = progress.add_task("Preparando las pruebas…", total=None, failed="")
        yield step


def show(report: Report, console: Console | None = None) -> None:
    """Print the verdict, then what to put right, then the rest."""
    out = console or Console(highlight=False)
    _verdict(report, out)
    for outcome, heading in HEADINGS.items():
        found = words.causes(report.checks, outcome)
        if found:
            out.print(f"\n[bold]{heading}[/]")
        for cause in found:
            out.print()
            _cause(cause, out)
    _untried(report, out)


def _verdict(report: Report, out: Console) -> None:
    icon, _ = words.VERDICTS[report.verdict]
    colour = VERDICT_COLOURS[report.verdict]
    out.print(f"\n[bold {colour}]{icon} {escape(report.sentence)}[/]")
    standard, target = report.standard, report.target
    out.print(
        f"\n  {standard['key'].upper()} v{standard['version']} · "
        f"{escape(target['base_url'])} · "
        f"{words.ENVIRONMENTS[target['environment']]} · perfil {report.profile}"
    )
    counts = [
        f"[{COLOURS[outcome]}]{words.OUTCOMES[outcome][0]} "
        f"{words.counted(outcome, report.summary[outcome])}[/]"
        for outcome in Outcome
        if report.summary[outcome]
    ]
    spent = f"{report.requests:,} solicitudes en {report.duration_s:,.1f} s"
    out.print(Padding(" · ".join([*counts, spent]), (0, 2)))


def _cause(cause: Cause, out: Console) -> None:
    first, colour = cause.first, COLOURS[cause.outcome]
    icon = words.OUTCOMES[cause.outcome][0]
    others = [result.id for result in cause.results[1:]]
    out.print(
        Text.assemble(
            (f"{icon} {first.id}", f"bold {colour}"),
            (f"  {', '.join(cause.requirement_ids)}", "bright_black"),
        )
    )
    rows = {
        "": first.message or first.title,
        "Esperado": first.expected,
        "Recibido": first.received,
        "Corrija": cause.fix if cause.outcome is not Outcome.ERROR else "",
        "También": ", ".join(others),
        "Repita": first.curl if cause.outcome is Outcome.FAIL else "",
    }
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bright_black", width=8)
    grid.add_column(overflow="fold")
    for label, value in rows.items():
        if value:
            grid.add_row(label, Text(value))
    out.print(Padding(grid, (0, 0, 0, 2)))


def _untried(report: Report, out: Console) -> None:
    skipped = report.having(Outcome.SKIP)
    if not skipped:
        return
    out.print("\n[bold]Lo que no se probó[/]\n")
    found = words.reasons(skipped)
    for reason, ids in found[:MOST_REASONS]:
        shown = ids[0] if len(ids) == 1 else f"{ids[0]} y {len(ids) - 1:,} más"
        out.print(Padding(Text(f"– {reason} ({shown})", "bright_black"), (0, 2)))
    if len(found) > MOST_REASONS:
        left = sum(len(ids) for _, ids in found[MOST_REASONS:])
        out.print(
            Padding(Text(f"– y {left:,} más, en el reporte", "bright_black"), (0, 2))
        )
