"""`pdn map`: which column fills each field, proposed from a person's own file."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from pdn_sdk.ingest.mapping.proposal import Proposal
    from pdn_sdk.standards.model import Dataset


@click.command(
    "map", short_help="Propone la correspondencia entre sus columnas y el estándar."
)
@click.argument(
    "file", metavar="[ARCHIVO]", required=False, type=click.Path(path_type=Path)
)
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    metavar="CARPETA",
    help="Carpeta del proyecto; si falta, la actual.",
)
@click.option(
    "--dataset",
    "dataset_key",
    metavar="CLAVE",
    help="Conjunto de datos, si hay varios.",
)
@click.option(
    "--fields", "show_fields", is_flag=True, help="Lista los campos y termina."
)
@click.option("--write", is_flag=True, help="Escribe la propuesta en mapping.toml.")
@click.option("--force", is_flag=True, help="Reemplaza una mapping.toml editada.")
def command(  # noqa: PLR0917 - click passes one argument for each option
    file: Path | None,
    project: Path,
    dataset_key: str | None,
    show_fields: bool,
    write: bool,
    force: bool,
) -> None:
    """Propone qué columna de ARCHIVO llena cada campo del estándar.

    Compara los encabezados con los que usan las instituciones y mira los valores.
    Sin --write sólo muestra. Si falta ARCHIVO, lee la fuente del proyecto.
    """
    from rich.console import Console

    from pdn_sdk.cli.projects import chosen
    from pdn_sdk.ingest.mapping.proposal import Hints, propose
    from pdn_sdk.ingest.mapping.writing import proposed_toml, save
    from pdn_sdk.ingest.source import read_table

    console = Console(highlight=False)
    settings, standard, dataset = chosen(project, os.environ, dataset_key)
    if show_fields:
        _show_fields(console, dataset)
        return
    hints = Hints.of(standard, dataset)
    label, table = read_table(settings, dataset, hints.headers, file)
    proposal = propose(table, dataset, hints, institution=settings.name)
    _show(console, label, proposal)
    source = settings.source_of(dataset.key)
    if write and source:
        text = proposed_toml(proposal, source=label)
        save(source.mapping, text, dataset, is_forced=force)
        console.print(f"\n✓ Escrita en {source.mapping}. Revísela y cargue.")
    elif source:
        console.print(f"\nPara escribirla en {source.mapping.name}, agregue --write.")


def _show(console: "Console", label: str, proposal: "Proposal") -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, padding=(0, 1), title=f"Columnas de {escape(label)}")
    table.add_column("Columna", overflow="fold", max_width=20)
    table.add_column("Campo", overflow="fold")
    table.add_column("Certeza", no_wrap=True)
    table.add_column("Ejemplo", overflow="ellipsis", no_wrap=True, max_width=14)
    for match in proposal.matches:
        into = ", ".join(match.split["into"]) if match.split else match.path
        sure = _certainty(match.confidence) if into else "[dim]no se usa[/]"
        table.add_row(
            escape(match.header), escape(into or "—"), sure, escape(match.sample)
        )
    console.print(table)
    for path, how in proposal.filled.items():
        console.print(f"· {path}: {escape(_filling(how))}")
    for match in proposal.matches:
        if match.doubt:
            console.print(
                f"[yellow]· {escape(match.header)}: {match.doubt}; "
                f"dígalo en values, en mapping.toml[/]"
            )
        for text, rows in list(match.untranslated.items())[:5]:
            console.print(
                f"[yellow]· «{escape(text)}» ({rows:,}) no está en el catálogo "
                f"de {match.path}[/]"
            )
    for path in proposal.missing:
        console.print(
            f"[red]✗ Falta {path}: es obligatorio y ninguna columna lo llena[/]"
        )


def _certainty(confidence: float) -> str:
    if confidence >= 0.95:
        return "[green]segura[/]"
    return f"[yellow]dudosa, {confidence:.0%}[/]"


def _filling(how: object) -> str:
    if not isinstance(how, dict):
        return str(how)
    if "value" in how:
        value = how["value"]
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        if "when" in how:
            return f"«{text}», donde «{how['when']}» dice algo"
        return f"siempre «{text}»"
    if "column" in how:
        before = f"«{how['prefix']}» y " if "prefix" in how else ""
        return f"{before}lo que dice «{how['column']}»"
    if "hash" in how:
        return f"se calcula con {', '.join(how['hash'])}"
    return "la fecha en que se guardó el archivo; de una base, la de la carga"


def _show_fields(console: "Console", dataset: "Dataset") -> None:
    from rich.table import Table

    from pdn_sdk.ingest.mapping.fields import fields

    table = Table(box=None, padding=(0, 1))
    for title in ("Campo", "Qué es", "Tipo"):
        table.add_column(title, overflow="fold")
    for path, found in fields(dataset).items():
        kind = f"{found.kind.value}{', varios' if found.many else ''}"
        mark = "[bold]* [/]" if found.required else "  "
        table.add_row(f"{mark}{path}", found.description, kind)
    console.print(table)
    console.print("[dim]* Obligatorio[/]")
