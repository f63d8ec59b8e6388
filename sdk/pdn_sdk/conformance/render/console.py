"""A run and its report in a terminal of 80 columns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from pdn_sdk.conformance import words
from pdn_sdk.conformance.render.comparison import Change, Comparison, Why
from pdn_sdk.conformance.report import Outcome, Report, Verdict
from pdn_sdk.conformance.runner import Progress as Step
from pdn_sdk.conformance.words import Cause

MOST_REASONS = 6
MOST_NAMES = 8
MOST_CHANGES = 60
TITLE_CHARS = 32

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


CHANGES: Mapping[Why, tuple[str, str]] = {
    Why.PROVIDER: (
        "Cambió la API",
        "Se le preguntó lo mismo y responde otra cosa.",
    ),
    Why.DATA: (
        "Cambiaron los datos",
        "Los registros no son los mismos; la API puede no haber cambiado.",
    ),
    Why.RULES: (
        "Cambiaron las reglas",
        "Se probó con otra versión, otro perfil u otro ambiente; la API puede no "
        "haber cambiado.",
    ),
    Why.NETWORK: (
        "No se pudo juzgar en uno de los dos",
        "La red o la prueba fallaron: esto no dice nada de la API.",
    ),
    Why.SELECTION: (
        "Está en uno solo de los dos",
        "En el otro no se pidió.",
    ),
}


@contextmanager
def live(console: Console | None = None) -> Iterator[Callable[[Step], None]]:
    """Show how far a run is while the block lasts; give what to call with it."""
    progress = Progress(
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("[red]{task.fields[failed]}[/]"),
        TextColumn("{task.description}"),
        console=console or Console(stderr=True),
        transient=True,
    )
    failed = 0

    def step(now: Step) -> None:
        nonlocal failed
        failed += now.outcome is Outcome.FAIL
        cut = f"{now.title[: TITLE_CHARS - 1]}…"
        title = escape(now.title if len(now.title) <= TITLE_CHARS else cut)
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


def show_comparison(comparison: Comparison, console: Console | None = None) -> None:
    """Print what changed between two reports, grouped by why."""
    out = console or Console(highlight=False)
    out.print(f"\n[bold]{_changed(comparison)}[/]\n")
    for label, report in (("Antes", comparison.before), ("Después", comparison.after)):
        icon, name = words.VERDICTS[report.verdict]
        line = (
            f"{label:8} [{VERDICT_COLOURS[report.verdict]}]{icon} {name}[/] · "
            f"{words.moment(report.finished_at)}"
        )
        out.print(Padding(line, (0, 2)))
    out.print(Padding(_grounds(comparison), (0, 2)))
    for why, (heading, explained) in CHANGES.items():
        found = [change for change in comparison.changes if change.why is why]
        if found:
            out.print(f"\n[bold]{heading}[/]: {explained}\n")
        if why is Why.SELECTION and found:
            out.print(Padding(Text(_several([c.id for c in found])), (0, 2)))
        elif why is Why.NETWORK:
            _troubles(found, out)
        else:
            _changes(found, out)


def _changed(comparison: Comparison) -> str:
    count = len(comparison.changes)
    if not count:
        return "Nada cambió: todas las pruebas terminaron igual."
    worse = sum(change.is_worse for change in comparison.changes)
    what = "1 prueba cambió" if count == 1 else f"{count:,} pruebas cambiaron"
    if not worse:
        return f"{what}, y ninguna falla por primera vez."
    return (
        f"{what}; {'1 falla' if worse == 1 else f'{worse:,} fallan'} ahora y antes no."
    )


def _grounds(comparison: Comparison) -> str:
    """Say whether both runs asked the same of the same data."""
    before, after = comparison.before, comparison.after
    rules = "las mismas"
    if comparison.rules_changed:
        rules = f"otras (pdn-sdk {before.suite['version']} y {after.suite['version']})"
    data = {
        None: "no se sabe si son los mismos",
        False: "los mismos",
        True: f"otros ({_records(before)} y {_records(after)})",
    }
    return escape(f"Reglas: {rules}. Datos: {data[comparison.data_changed]}.")


def _records(report: Report) -> str:
    count = report.data.get("records", 0)
    return f"{count:,} {'registro' if count == 1 else 'registros'}"


def _changes(changes: Sequence[Change], out: Console) -> None:
    for change in changes[:MOST_CHANGES]:
        before, after = _outcome(change.before), _outcome(change.after)
        line = Text.assemble((change.id, "bold"), "  ", before, " → ", after)
        out.print(Padding(line, (0, 2)))
        out.print(Padding(Text(change.message or change.title), (0, 2, 0, 4)))
    left = len(changes) - MOST_CHANGES
    if left > 0:
        out.print(Padding(Text(f"… y {left:,} más; véalas con --json."), (0, 2)))


def _troubles(changes: Sequence[Change], out: Console) -> None:
    by_message: dict[str, list[str]] = {}
    for change in changes:
        by_message.setdefault(change.message or change.title, []).append(change.id)
    for message, ids in by_message.items():
        out.print(Padding(Text(f"– {message} ({_several(ids)})"), (0, 2)))


def _outcome(outcome: Outcome | None) -> tuple[str, str]:
    if outcome is None:
        return ("no está", "bright_black")
    icon, name, _ = words.OUTCOMES[outcome]
    return (f"{icon} {name}", COLOURS[outcome])


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
    is_ours = cause.outcome is Outcome.ERROR
    others = _several([result.id for result in cause.results[1:]])
    asked = "" if is_ours else f"  {_several(cause.requirement_ids)}"
    out.print(
        Text.assemble((f"{icon} {first.id}", f"bold {colour}"), (asked, "bright_black"))
    )
    rows = {
        "": first.message or first.title,
        "Esperado": first.expected,
        "Recibido": first.received,
        "Corrija": "" if is_ours else cause.fix,
        "También": others,
        "Repita": first.curl if cause.outcome is Outcome.FAIL else "",
    }
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bright_black", width=8)
    grid.add_column(overflow="fold")
    for label, value in rows.items():
        if value:
            grid.add_row(label, Text(value))
    out.print(Padding(grid, (0, 0, 0, 2)))


def _several(names: Sequence[str]) -> str:
    left = len(names) - MOST_NAMES
    more = f" y {left:,} más" if left > 0 else ""
    return f"{', '.join(names[:MOST_NAMES])}{more}"


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
