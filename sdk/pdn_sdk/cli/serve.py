"""`pdn serve`: publish the API of a project until it is told to stop."""

import os
from pathlib import Path
from textwrap import fill, wrap
from typing import TYPE_CHECKING

import click

from pdn_sdk.settings import SETTINGS

if TYPE_CHECKING:
    from pdn_sdk.settings import ProviderSettings

INDENT = "    "
CHECK_LOCAL = "pdn check --local"


def _settings_help() -> str:
    told = (f"{s.variable}\n{_indented(s.help)}" for s in SETTINGS)
    return (
        "\b\nAjustes: se escriben en provider.toml, en la sección [provider], o en "
        "estas\nvariables de entorno, que pueden más:\n" + "\n".join(told)
    )


def _indented(text: str) -> str:
    return fill(text, 74, initial_indent=INDENT, subsequent_indent=INDENT)


@click.command(
    "serve", short_help="Publica la API del proyecto.", epilog=_settings_help()
)
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    metavar="CARPETA",
    help="Carpeta del proyecto; si falta, la actual.",
)
@click.option(
    "--host",
    metavar="DIRECCIÓN",
    help="Dirección en que escucha; si falta, la del proyecto.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    metavar="NÚMERO",
    help="Puerto; 0 elige uno libre. Si falta, el del proyecto.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    metavar="NÚMERO",
    help="Procesos que atienden; si falta, los del proyecto.",
)
@click.option(
    "--fault",
    metavar="NOMBRE",
    help="Práctica: la API falla a propósito de esa manera, para cursos y para "
    "probar validadores. No cambia los datos ni las credenciales del proyecto.",
)
@click.option(
    "--list-faults", is_flag=True, help="Enumera las fallas de práctica y termina."
)
def command(
    *,
    project: Path,
    host: str | None,
    port: int | None,
    workers: int | None,
    fault: str | None,
    list_faults: bool,
) -> None:
    """Publica la API del proyecto hasta que se detenga con Ctrl+C.

    Escribe una línea JSON por solicitud en la salida de errores.
    """
    from dataclasses import replace

    from pdn_sdk.provider.serving import serve
    from pdn_sdk.settings import ProviderSettings

    settings = ProviderSettings.load(project, os.environ)
    if list_faults:
        from pdn_sdk.cli.practice import show

        show(settings)
        return
    settings = replace(
        settings,
        host=host or settings.host,
        port=settings.port if port is None else port,
        workers=workers or settings.workers,
    )

    def tell(url: str) -> None:
        for line in _welcome(settings, url):
            click.echo(line)

    if fault is None:
        serve(settings, on_ready=tell)
        return
    _practise(settings, fault)


def _practise(settings: "ProviderSettings", fault: str) -> None:
    """Serve the provider with a fault in it, and say so first."""
    from pdn_sdk.cli.practice import practising
    from pdn_sdk.provider.serving import serve

    with practising(settings, fault) as (apart, around, notice):

        def warn(url: str) -> None:
            for line in notice:
                click.secho(line, fg="yellow", bold=True, err=True)
            for line in _welcome(settings, url):
                # That order would try a good provider of its own.
                if CHECK_LOCAL not in line:
                    click.echo(line)

        serve(apart, on_ready=warn, around=around)


def _welcome(settings: "ProviderSettings", url: str) -> list[str]:
    from pdn_sdk.provider.credentials import CredentialStore
    from pdn_sdk.standards.loader import get
    from pdn_sdk.storage.sql import RecordStore

    standards = [get(key) for key in settings.standards]
    datasets = [d for s in standards for d in s.datasets]
    store = RecordStore.open(
        settings.database, datasets, publish_reserved=settings.publish_reserved
    )
    count = sum(map(store.count, datasets))
    store.close()
    credentials = CredentialStore.open(settings.credentials)
    callers = len(credentials.all())
    credentials.close()
    named = ", ".join(f"{s.system} {s.version}" for s in standards)
    lines = [
        f"✓ {settings.name}: {named}, {count:,} registros",
        f"  API         {url}",
        f"  Explorador  {url}/docs",
        f"  Estado      {url}/readyz",
    ]
    if not count:
        lines += [
            "! Todavía no hay datos: la API contesta listas vacías. En otra terminal:",
            "    pdn load        (para ensayar, antes: pdn demo-data)",
        ]
    for dataset in datasets if count else ():
        lines += wrap(dataset.notice, 78, initial_indent="! ", subsequent_indent="  ")
    if not callers:
        lines += [
            "! Nadie tiene credenciales para consultarla. En otra terminal:",
            '    pdn client add "PDN"',
        ]
    if count and callers:
        lines.append(f"  Siguiente paso: {CHECK_LOCAL}")
    return [*lines, "  Ctrl+C la detiene."]
