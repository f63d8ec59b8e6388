"""The `pdn` group and the only table from errors to exit codes.

A verb's module is imported when the verb is asked for, and a verb imports what
it runs inside its function: `pdn --help` must not pay for Flask or pytest. This
is the one reason for function-level imports in this folder.
"""

import gettext
import importlib
import os
import sys
from collections.abc import Mapping
from importlib.resources import files

import click
from rich.console import Console
from rich.markup import escape

from pdn_sdk import __version__
from pdn_sdk.errors import (
    ConfigurationError,
    ConnectorError,
    InvalidRecordError,
    PdnError,
    ProviderUnreachableError,
    RequestError,
    ScaffoldError,
    SourceUnavailableError,
    StandardsError,
    StorageError,
)

VERBS: Mapping[str, str] = {
    "new": "Genera el proyecto de un proveedor de datos",
    "demo-data": "Escribe datos sintéticos en la fuente del proyecto",
    "map": "Propone la correspondencia entre sus columnas y el estándar",
    "load": "Carga la fuente del proyecto en su base de datos",
    "serve": "Publica la API del proyecto",
    "client": "Administra las credenciales de quienes consultan la API",
    "check": "Prueba la conformidad de una API y escribe el reporte",
    "update": "Pone al día los archivos del proyecto con la plantilla",
    "submit": "Envía un conector al Mercado Digital y sigue su prueba",
    "report": "Muestra un reporte en otra forma, o compara dos",
    "validate": "Revisa un archivo de registros contra el estándar",
    "migrate": "Muestra en qué se convierten los registros de una versión anterior",
    "standards": "Muestra los estándares y lo que se prueba de cada uno",
}

EXIT_CODES: Mapping[type[PdnError], int] = {
    PdnError: 70,
    ConfigurationError: 78,
    StandardsError: 2,
    RequestError: 2,
    InvalidRecordError: 1,
    ProviderUnreachableError: 3,
    StorageError: 75,
    ConnectorError: 1,
    SourceUnavailableError: 1,
    ScaffoldError: 2,
}


class _Verbs(click.Group):
    """Verbs that are imported only when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        if name not in VERBS:
            return None
        module = importlib.import_module(f"pdn_sdk.cli.{name.replace('-', '_')}")
        command: click.Command = module.command
        command.options_metavar = "[opciones]"
        return command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """List the verbs from the table, so that help imports none of them."""
        del ctx
        with formatter.section("Órdenes"):
            formatter.write_dl(list(VERBS.items()))


@click.group(
    cls=_Verbs,
    options_metavar="[opciones]",
    subcommand_metavar="ORDEN …",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(
    __version__,
    prog_name="pdn",
    message="%(prog)s %(version)s",
    help="Muestra la versión.",
)
def group() -> None:
    """Conecte su institución con la Plataforma Digital Nacional."""


def exit_code(error: PdnError) -> int:
    """Give the exit code of an error: that of its nearest class in the table."""
    return next(EXIT_CODES[c] for c in type(error).__mro__ if c in EXIT_CODES)


def speak_spanish() -> None:
    """Have click say its own sentences in Spanish, whatever the locale."""
    os.environ["LANGUAGE"] = "es"
    gettext.bindtextdomain("messages", str(files("pdn_sdk") / "locale"))


def main() -> None:
    """Run the command; say an error in Spanish and leave with its code."""
    speak_spanish()
    try:
        group(standalone_mode=True, prog_name="pdn")
    except PdnError as error:
        console = Console(stderr=True)
        console.print(f"[bold red]✗[/] {escape(error.message)}", highlight=False)
        sys.exit(exit_code(error))
