"""`pdn demo-data`: invented records in the project's source, to begin with."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pdn_sdk.settings import ProviderSettings


@click.command(
    "demo-data", short_help="Escribe datos sintéticos en la fuente del proyecto."
)
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    metavar="CARPETA",
    help="Carpeta del proyecto; si falta, la actual.",
)
@click.option(
    "--count",
    type=int,
    default=200,
    metavar="N",
    help="Cuántos registros de cada conjunto; si se omite: 200.",
)
@click.option(
    "--seed",
    type=int,
    default=1,
    metavar="N",
    help="Con la misma semilla salen siempre los mismos datos.",
)
@click.option(
    "--dataset",
    "dataset_key",
    metavar="CLAVE",
    help="Sólo este conjunto de datos; si falta, todos.",
)
@click.option(
    "--force", is_flag=True, help="Sobrescribe aunque el archivo no sea suyo."
)
def command(
    project: Path, count: int, seed: int, dataset_key: str | None, force: bool
) -> None:
    """Escribe personas inventadas, con todos los valores de los catálogos.

    Usa los encabezados del estándar, que la mapping.toml de un proyecto nuevo
    sabe leer. No sobrescribe un archivo que no haya escrito esta orden.
    """
    from pdn_sdk.cli.projects import datasets
    from pdn_sdk.ingest.sample import write_source
    from pdn_sdk.standards.synthetic import records

    settings, found = datasets(project, os.environ, dataset_key)
    paths = {d.key: _path(settings, d.key, is_forced=force) for _, d in found}
    for _, dataset in found:
        invented = records(dataset, count, seed=seed, institution=settings.name)
        written = write_source(paths[dataset.key], dataset, invented)
        click.echo(f"✓ {written:,} registros inventados en {paths[dataset.key]}")


def _path(settings: "ProviderSettings", dataset: str, *, is_forced: bool) -> Path:
    """Give the file of a dataset; refuse to touch one that a person made."""
    from pdn_sdk.errors import ConfigurationError
    from pdn_sdk.ingest.sample import is_written_here

    source = settings.source_of(dataset)
    option = source.options.get("path") if source else None
    if not option:
        raise ConfigurationError(
            "provider.toml no dice en qué archivo están los datos: escriba «path» en "
            "la sección [source]."
        )
    path = settings.folder / str(option)
    if path.exists() and not is_forced and not is_written_here(path):
        raise ConfigurationError(
            f"«{path}» ya existe y no lo escribió esta orden: parecen datos suyos. "
            "No se tocó. Muévalo, o use --force si de verdad quiere reemplazarlo."
        )
    return path
