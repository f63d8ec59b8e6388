"""`pdn demo-data`: invented records in the project's source, to begin with."""

import os
from pathlib import Path

import click


@click.command(
    "demo-data", short_help="Escribe datos sintéticos en la fuente del proyecto."
)
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Carpeta del proyecto; si falta, la actual.",
)
@click.option(
    "--count", type=click.IntRange(0, 5_000_000), default=200, show_default=True
)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--dataset", "dataset_key", help="Conjunto de datos, si hay varios.")
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
    from pdn_sdk.cli.projects import chosen
    from pdn_sdk.errors import ConfigurationError
    from pdn_sdk.ingest.sample import is_written_here, write_source
    from pdn_sdk.standards.synthetic import records

    settings, _, dataset = chosen(project, os.environ, dataset_key)
    option = settings.source.options.get("path") if settings.source else None
    if not option:
        raise ConfigurationError(
            "provider.toml no dice en qué archivo están los datos: escriba «path» en "
            "la sección [source]."
        )
    path = settings.folder / str(option)
    if path.exists() and not force and not is_written_here(path):
        raise ConfigurationError(
            f"«{path}» ya existe y no lo escribió esta orden: parecen datos suyos. "
            "No se tocó. Muévalo, o use --force si de verdad quiere reemplazarlo."
        )
    invented = records(dataset, count, seed=seed, institution=settings.name)
    written = write_source(path, dataset, invented)
    click.echo(f"✓ {written:,} registros inventados en {path}")
