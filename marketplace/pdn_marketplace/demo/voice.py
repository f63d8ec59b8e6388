"""What the demonstration says in the terminal, in 80 columns or fewer."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from pdn_marketplace.demo.visitor import Person
from pdn_sdk.conformance.results import Outcome, Verdict
from pdn_sdk.conformance.words import VERDICTS, counted

WIDTH = 80
CAUSES_SHOWN = 5
EACH_CHECKS = 20
COLOURS = {
    Verdict.CONFORMANT: "green",
    Verdict.NON_CONFORMANT: "red",
    Verdict.INCONCLUSIVE: "yellow",
}
ROLES = {"contributor": "Colaboradora", "reviewer": "Revisora"}


@dataclass(frozen=True, slots=True)
class Ending:
    """What the demonstration found out: the verdict, and where everything is."""

    verdict: Verdict
    sentence: str
    summary: Mapping[str, int]
    addresses: Mapping[str, str]
    people: tuple[Person, ...]
    tray: Path | None = None


class Voice:
    """Tells the steps, numbered, with what each one took."""

    def __init__(self, console: Console, steps: int) -> None:
        """Speak on `console`; never in lines longer than WIDTH."""
        console.width = min(console.width, WIDTH)
        self._console = console
        self._steps = steps
        self._step = 0

    def title(self, text: str) -> None:
        """Say what this is."""
        self._console.print(f"[bold]{escape(text)}[/]")

    @contextmanager
    def step(self, title: str, *, has_bar: bool = False) -> Iterator[None]:
        """Tell a step: its number and title, and at the end the time it took.

        A step that shows a bar of its own has no other sign of life.
        """
        self._step += 1
        self._console.print(f"\n[bold]{self._step}/{self._steps} {escape(title)}[/]")
        began = time.monotonic()
        with nullcontext() if has_bar else self._console.status("  Trabajando…"):
            yield
        took = time.monotonic() - began
        self._console.print(f"    [dim]{took:,.1f} s[/]")

    def order(self, command: str) -> None:
        """Show the command that a person would write."""
        self._marked("[dim]$[/]", f"[dim]{escape(command)}[/]")

    def good(self, text: str) -> None:
        """Tell what came out."""
        self._marked("[green]✓[/]", escape(text))

    def note(self, text: str) -> None:
        """Tell something worth knowing."""
        self._console.print(f"· {escape(text)}")

    def bad(self, text: str) -> None:
        """Tell what went wrong and what to do."""
        self._console.print(f"\n[red]✗[/] {escape(text)}")

    def path(self, path: Path) -> str:
        """Give a path as short as it can be written from here."""
        here = Path.cwd()
        return str(path.relative_to(here) if path.is_relative_to(here) else path)

    def load(self, report: Mapping[str, Any]) -> None:
        """Tell what was loaded, what was not, and why."""
        self.good(
            f"{report['read']:,} filas leídas = {report['loaded']:,} cargadas + "
            f"{report['rejected']:,} por corregir"
        )
        for skipped in report["skipped"]:
            said = f"Fila {skipped['row']:,} no es un registro: {skipped['text']}"
            self._marked("[dim]·[/]", f"[dim]{escape(said)}[/]")
        if not report["causes"]:
            return
        self._marked("[yellow]![/]", "Por qué se rechazaron:")
        for cause in report["causes"][:CAUSES_SHOWN]:
            rows = f"{cause['rows']:,} {'fila' if cause['rows'] == 1 else 'filas'}"
            said = f"{rows} · {cause['column']}: {cause['message']}"
            self._marked("·", escape(said), 6)
        rest = len(report["causes"]) - CAUSES_SHOWN
        if rest > 0:
            self._marked("·", f"y {rest:,} causas más", 6)
        tray = self.path(Path(report["tray"]).resolve())
        self.good(f"Su misma hoja, con qué corregir en cada fila: {tray}")

    def progress(self, standings: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
        """Show how far a run is until it is over; give how it ended."""
        if not self._console.is_terminal:
            return self._told_in_lines(standings)
        last: Mapping[str, Any] = {}
        with self._bar() as bar:
            task = bar.add_task("", total=1, completed=0, doing="")
            for last in standings:
                bar.update(
                    task,
                    completed=last["done"],
                    total=last["total"] or 1,
                    doing=str(last["doing"])[:34],
                )
        self.good(f"{last['done']:,} pruebas hechas")
        return last

    def _told_in_lines(
        self, standings: Iterable[Mapping[str, Any]]
    ) -> Mapping[str, Any]:
        last: Mapping[str, Any] = {}
        told = 0
        for last in standings:
            if last["done"] >= told + EACH_CHECKS:
                told = last["done"]
                self._marked("·", f"{told:,} de {last['total']:,} pruebas")
        self.good(f"{last['done']:,} pruebas hechas")
        return last

    def ending(self, ending: Ending) -> None:
        """Tell the verdict, where everything is, and how to sign in."""
        icon = VERDICTS[ending.verdict][0]
        colour = COLOURS[ending.verdict]
        self._console.print(f"\n[bold {colour}]{icon} {escape(ending.sentence)}[/]")
        counts = [
            counted(Outcome(name), count)
            for name, count in ending.summary.items()
            if count
        ]
        self._console.print(f"  {' · '.join(counts)}\n")
        self._table(ending.addresses.items())
        if ending.tray:
            self._console.print("\nFilas por corregir, en su misma hoja:")
            self._marked(" ", escape(self.path(ending.tray)), 0)
        self._console.print("\nPara entrar (claves hechas sólo para esta vez):")
        self._table((ROLES[p.role], f"{p.email}   {p.password}") for p in ending.people)
        self._console.print(
            "\nEntre como revisora, lea la evidencia en «Revisión» y apruebe: el "
            "conector\nsale en el catálogo con su insignia. Aquí basta una aprobación; "
            "en un sitio\nreal hacen falta dos personas.",
        )

    def staying(self) -> None:
        """Tell that everything goes on until the person stops it."""
        self._console.print("\n[bold]Todo queda en marcha.[/] Ctrl+C lo detiene.")

    def stopped(self) -> None:
        """Tell that nothing is left running."""
        self._console.print("\n✓ Todo quedó detenido.")

    def _bar(self) -> Progress:
        return Progress(
            TextColumn("    Probando"),
            BarColumn(bar_width=16),
            TextColumn("{task.completed:,.0f} de {task.total:,.0f}"),
            TextColumn("[dim]{task.fields[doing]}[/]"),
            console=self._console,
            transient=True,
        )

    def _table(self, rows: Iterable[tuple[str, ...]]) -> None:
        table = Table.grid(padding=(0, 2, 0, 0))
        for row in rows:
            table.add_row(*map(escape, row))
        self._console.print(Padding(table, (0, 0, 0, 2), expand=False))

    def _marked(self, mark: str, text: str, indent: int = 4) -> None:
        """Say something under a step; its lines hang from the mark."""
        line = Table.grid(padding=(0, 1, 0, 0))
        line.add_column(no_wrap=True)
        line.add_column(overflow="fold")
        line.add_row(mark, text)
        self._console.print(Padding(line, (0, 0, 0, indent), expand=False))
