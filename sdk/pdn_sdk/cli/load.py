"""`pdn load`: from the project's source to its database, every row accounted for."""

import os
import sys
from collections.abc import Mapping
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
    metavar="CARPETA",
    help="Carpeta del proyecto; si falta, la actual.",
)
@click.option(
    "--source",
    type=click.Path(path_type=Path),
    metavar="ARCHIVO",
    help="Lee este archivo en vez del configurado, por ejemplo rechazos.xlsx.",
)
@click.option(
    "--dataset",
    "dataset_key",
    metavar="CLAVE",
    help="Sólo este conjunto de datos; si falta, todos.",
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
    """Carga los datos y dice de cada fila qué pasó con ella.

    Lo que no se puede cargar queda en rechazos.xlsx, su propia hoja con lo que
    hay que corregir. Termina con 0 si todo se cargó y con 1 si hubo rechazos.
    """
    from rich.console import Console

    from pdn_sdk.cli.projects import chosen, datasets
    from pdn_sdk.ingest.partner import collect_seldom
    from pdn_sdk.ingest.run import Consent

    collect_seldom()
    console = Console(stderr=as_json, highlight=False)
    if source is not None:
        # One file holds one dataset: which one must be said.
        dataset_key = chosen(project, os.environ, dataset_key)[2].key
    _, found = datasets(project, os.environ, dataset_key)
    reports = {}
    for _, dataset in found:
        reports[dataset.key] = _loaded(
            console,
            project,
            dataset.key,
            path=source,
            is_dry_run=dry_run,
            consent=Consent(empty=allow_empty, deletions=confirm_deletions),
        )
        if not as_json:
            _show(console, reports[dataset.key], dataset.key if len(found) > 1 else "")
    if as_json:
        _write_json(reports)
    sys.exit(1 if any(report.rejected for report in reports.values()) else 0)


def _loaded(
    console: "Console",
    project: Path,
    dataset: str,
    **how: Any,  # noqa: ANN401 - handed on to load_source
) -> "LoadReport":
    from pdn_sdk.cli.projects import opened
    from pdn_sdk.ingest.run import load_source

    with opened(project, os.environ, dataset) as opening, _Bar(console) as tell:
        return load_source(*opening, on_progress=tell, **how)


def _write_json(reports: "Mapping[str, LoadReport]") -> None:
    """Write the report; where there are several, each under its dataset."""
    import orjson

    plain = {key: report.to_dict() for key, report in reports.items()}
    found = next(iter(plain.values())) if len(plain) == 1 else plain
    click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))


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
            disable=not console.is_terminal,
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


def _show(console: "Console", report: "LoadReport", dataset: str) -> None:
    from rich.markup import escape
    from rich.table import Table

    console.print(_headline(report))
    for warning in report.warnings:
        console.print(f"[yellow]! {escape(warning)}[/]")
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
    _show_rejected(console, report, dataset)


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
    if report.deleted and report.withheld:
        deleted = "no están en la fuente, o se reservaron"
    if report.is_correction:
        deleted = "una bandeja corregida sólo agrega"
    sum_of = "= cargadas + sin cambio + rechazadas"
    reserved = []
    if report.withheld:
        sum_of += " + reservadas"
        reserved = [("Reservadas", report.withheld, "por su comité: no se publican")]
    return [
        ("Filas leídas", report.read, sum_of),
        ("Cargadas", report.loaded, detail),
        ("Sin cambio", report.unchanged, ""),
        ("Rechazadas", report.rejected, ""),
        *reserved,
        ("Borradas", report.deleted, deleted),
        ("Omitidas", len(report.skipped), "totales y notas" if report.skipped else ""),
    ]


def _show_rejected(console: "Console", report: "LoadReport", dataset: str) -> None:
    from rich.markup import escape

    if not report.causes:
        return
    console.print("\n[bold]Por qué, de lo más frecuente a lo menos:[/]")
    for cause in report.causes[:TOP_CAUSES]:
        rows = f"{cause.rows:,} {'fila' if cause.rows == 1 else 'filas'}"
        console.print(
            f"  {rows} · {escape(cause.column)} (fila {cause.first_row:,}): "
            f"{escape(cause.told)}"
        )
    rest = len(report.causes) - TOP_CAUSES
    if rest > 0:
        console.print(f"  y {rest:,} causas más, en la hoja Resumen de la bandeja.")
    console.print(
        f"\nCorrija las filas en [bold]{escape(str(report.tray))}[/] y cárguelas con:"
        f"\n  {escape(_correction(report, dataset))}"
    )


def _correction(report: "LoadReport", dataset: str) -> str:
    """Give the order that loads the tray once it is corrected."""
    chosen = f"--dataset {dataset} " if dataset else ""
    return f"pdn load {chosen}--source {Path(str(report.tray)).name}"
