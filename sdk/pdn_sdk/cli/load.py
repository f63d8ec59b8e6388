"""`pdn load`: from the project's source to its database, every row accounted for."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from pdn_sdk.ingest.report import LoadReport

TOP_CAUSES = 3


@click.command("load", short_help="Carga la fuente del proyecto en su base de datos.")
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Carpeta del proyecto; si falta, la actual.",
)
@click.option(
    "--source",
    type=click.Path(path_type=Path),
    help="Lee este archivo en vez del configurado, por ejemplo rechazos.xlsx.",
)
@click.option(
    "--dataset", "dataset_key", help="Conjunto de datos, si el proyecto tiene varios."
)
@click.option("--dry-run", is_flag=True, help="Revisa todo, pero no cambia nada.")
@click.option(
    "--allow-empty", is_flag=True, help="Permite que la base quede sin registros."
)
@click.option(
    "--confirm-deletions",
    is_flag=True,
    help="Permite borrar más de la mitad de lo publicado.",
)
@click.option("--json", "as_json", is_flag=True, help="Resultado en JSON.")
def command(  # noqa: PLR0917 - click passes one argument for each option
    project: Path,
    source: Path | None,
    dataset_key: str | None,
    dry_run: bool,
    allow_empty: bool,
    confirm_deletions: bool,
    as_json: bool,
) -> None:
    """Carga los datos y diga de cada fila qué pasó con ella.

    Lo que no se puede cargar queda en rechazos.xlsx, su propia hoja con lo que
    hay que corregir. Termina con 0 si todo se cargó y con 1 si hubo rechazos.
    """
    from rich.console import Console

    from pdn_sdk.cli.projects import opened
    from pdn_sdk.ingest.run import Consent, load_source

    console = Console(stderr=as_json, highlight=False)
    with opened(project, os.environ, dataset_key) as opening, _Bar(console) as tell:
        report = load_source(
            *opening,
            on_progress=tell,
            path=source,
            is_dry_run=dry_run,
            consent=Consent(empty=allow_empty, deletions=confirm_deletions),
        )
    if as_json:
        import orjson

        click.echo(orjson.dumps(report.to_dict(), option=orjson.OPT_INDENT_2))
    else:
        _show(console, report)
    sys.exit(1 if report.rejected else 0)


class _Bar:
    """A progress bar: rows, rows each second, time that remains."""

    def __init__(self, console: "Console") -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("Cargando"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[rows]:,} filas"),
            TextColumn("{task.fields[rate]:,.0f}/s"),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=1.0, rows=0, rate=0.0)

    def __enter__(self) -> Any:  # noqa: ANN401 - a callback of the load's Progress
        self._bar.start()
        return self._update

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _update(self, progress: Any) -> None:  # noqa: ANN401 - Progress of the load
        elapsed = self._bar.tasks[self._task].elapsed or 0.001
        self._bar.update(
            self._task,
            completed=progress.fraction,
            rows=progress.read,
            rate=progress.read / elapsed,
        )


def _show(console: "Console", report: "LoadReport") -> None:
    from rich.markup import escape
    from rich.table import Table

    console.print(_headline(report))
    for notice in report.notices:
        console.print(f"[dim]· {escape(notice)}[/]")
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_column(justify="left")
    table.add_column(justify="right")
    table.add_column(style="dim")
    for name, count, note in _counts(report):
        table.add_row(name, f"{count:,}", note)
    console.print(table)
    for skipped in report.skipped[:5]:
        console.print(
            f"[dim]· Fila {skipped.number:,} omitida: {skipped.reason} "
            f"({escape(skipped.text)})[/]"
        )
    _show_rejected(console, report)


def _headline(report: "LoadReport") -> str:
    from rich.markup import escape

    source = escape(f"{report.source}, hoja {report.sheet}")
    if report.sheet == report.source:
        source = escape(report.source)
    rehearsal = " (ensayo: nada cambió)" if report.is_dry_run else ""
    if not report.rejected:
        return f"[bold green]✓ Todo se cargó[/]{rehearsal}: {source}"
    return f"[bold yellow]! Hay filas por corregir[/]{rehearsal}: {source}"


def _counts(report: "LoadReport") -> list[tuple[str, int, str]]:
    detail = f"{report.inserted:,} nuevas, {report.updated:,} actualizadas"
    deleted = "ya no están en la fuente" if report.deleted else ""
    if report.is_correction:
        deleted = "una bandeja corregida sólo agrega"
    return [
        ("Filas leídas", report.read, ""),
        ("Cargadas", report.loaded, detail),
        ("Sin cambio", report.unchanged, ""),
        ("Rechazadas", report.rejected, ""),
        ("Borradas", report.deleted, deleted),
        ("Omitidas", len(report.skipped), "totales y notas" if report.skipped else ""),
    ]


def _show_rejected(console: "Console", report: "LoadReport") -> None:
    from rich.markup import escape

    if not report.causes:
        return
    console.print("\n[bold]Por qué, de lo más frecuente a lo menos:[/]")
    for cause in report.causes[:TOP_CAUSES]:
        rows = f"{cause.rows:,} {'fila' if cause.rows == 1 else 'filas'}"
        console.print(
            f"  {rows} · {escape(cause.column)} (fila {cause.first_row:,}): "
            f"{escape(cause.message)}"
        )
    rest = len(report.causes) - TOP_CAUSES
    if rest > 0:
        console.print(f"  y {rest:,} causas más, en la hoja Resumen de la bandeja.")
    console.print(
        f"\nCorrija las filas en [bold]{escape(str(report.tray))}[/] y cárguelas con:"
        f"\n  pdn load --source {escape(Path(str(report.tray)).name)}"
    )
