"""`pdn update`: a project brought to the template of the SDK that is installed."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from pdn_sdk.ingest.contract import Manifest
    from pdn_sdk.scaffold.upkeep import Step, Update
    from pdn_sdk.settings import ProviderSettings

MOST_LINES = 60


@click.command(
    "update", short_help="Pone al día los archivos del proyecto con la plantilla."
)
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    metavar="CARPETA",
    help="Carpeta del proyecto; si falta, la actual.",
)
@click.option("--write", is_flag=True, help="Hace los cambios; sin ella sólo muestra.")
def command(project: Path, write: bool) -> None:
    """Muestra qué ha cambiado en la plantilla desde que se generó el proyecto.

    Lo que usted editó no se toca: si la plantilla también cambió, su versión
    queda al lado, en un archivo .nuevo. provider.toml, las correspondencias y
    los datos son suyos.
    """
    from rich.console import Console

    from pdn_sdk.cli.answers import DATABASES, answers
    from pdn_sdk.scaffold import Template
    from pdn_sdk.scaffold.upkeep import Update
    from pdn_sdk.settings import ProviderSettings
    from pdn_sdk.settings.database import Server
    from pdn_sdk.standards.loader import get

    console = Console(highlight=False)
    settings = ProviderSettings.load(project, os.environ)
    sqlite, postgresql = DATABASES
    database = postgresql if isinstance(settings.database, Server) else sqlite
    standards = [get(key) for key in settings.standards]
    told = answers(standards, _connector(settings), database)
    told |= {"name": settings.name, "slug": "proyecto"}
    update = Update.plan(settings.folder, Template.find("provider"), told)
    _show(console, update)
    if not any(step.changes for step in update.steps):
        console.print("\n[bold green]✓ El proyecto está al día.[/]")
        return
    if not write:
        console.print("\nNada ha cambiado. Para hacerlo: pdn update --write")
        return
    beside = update.apply()
    console.print(f"\n[bold green]✓ El proyecto quedó en {update.version}.[/]")
    for path in beside:
        name = path.relative_to(update.project)
        console.print(f"! Compare y junte usted: {name}", markup=False)
    console.print("Después: pip install -r requirements.txt y pdn check --local")


def _connector(settings: "ProviderSettings") -> "Manifest | None":
    from pdn_sdk.ingest.contract import find_connector

    source = settings.source or next(iter(settings.sources.values()), None)
    return find_connector(source.connector, source.folder)[0] if source else None


def _show(console: "Console", update: "Update") -> None:
    from rich.table import Table

    since = update.since or "desconocida"
    console.print(f"Plantilla {since} → {update.version}")
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for step in update.steps:
        table.add_row(step.path, step.fate)
    console.print(table)
    for step in update.steps:
        if step.changes and step.present:
            _show_difference(console, step)


def _show_difference(console: "Console", step: "Step") -> None:
    import difflib

    lines = list(
        difflib.unified_diff(
            step.present.splitlines(),
            step.future.splitlines(),
            f"{step.path} (el suyo)",
            f"{step.path} (la plantilla)",
            n=1,
            lineterm="",
        )
    )
    console.print()
    for line in lines[:MOST_LINES]:
        style = {"+": "green", "-": "red", "@": "dim"}.get(line[0], "")
        console.print(line, style=style, markup=False)
    if len(lines) > MOST_LINES:
        console.print(f"… y {len(lines) - MOST_LINES:,} líneas más", style="dim")
