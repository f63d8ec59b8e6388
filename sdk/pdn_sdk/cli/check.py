"""`pdn check`: put a provider to the test; write the report where it is asked."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pdn_sdk.conformance.report import Report
    from pdn_sdk.conformance.target import Options

EXITS: Mapping[str, int] = {"conformant": 0, "non_conformant": 1, "inconclusive": 3}
CATEGORIES = ("seguridad", "funcional", "estres")

_written = click.Path(dir_okay=False, path_type=Path)


@click.command(
    "check", short_help="Prueba la conformidad de una API y escribe el reporte."
)
@click.option("--standard", "standard", default="s2", show_default=True)
@click.option("--url", "base_url", help="Lo que va antes de la ruta del estándar.")
@click.option("--data-url", help="Dirección de la búsqueda, si es otra.")
@click.option("--entities-url", help="Dirección de las instituciones, si es otra.")
@click.option("--token-url", help="Dirección donde se piden los tokens.")
@click.option("--client-id", default="")
@click.option("--client-secret", default="", envvar="PDN_CLIENT_SECRET")
@click.option("--username", default="")
@click.option("--password", default="", envvar="PDN_PASSWORD")
@click.option("--scope", help="Alcance que se pide con el token.")
@click.option("--token", envvar="PDN_TOKEN", help="Token fijo, si el estándar lo usa.")
@click.option("--local", is_flag=True, help="Prueba el proyecto de esta carpeta.")
@click.option("--category", default="", help="seguridad,funcional,estres")
@click.option("--profile", type=click.Choice(("spec", "pdn", "pilot")), default="pdn")
@click.option("--only", default="", help="Pruebas o requisitos: PAG-02,S2-023")
@click.option(
    "--rerun-failed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Repite sólo lo que no salió bien en ese reporte.",
)
@click.option(
    "--environment",
    type=click.Choice(("development", "production")),
    default="development",
)
@click.option("--report", "report_path", type=_written, help="Reporte en JSON.")
@click.option("--html", "html_path", type=_written, help="Reporte para leer.")
@click.option("--junit", "junit_path", type=_written, help="Reporte JUnit (XML).")
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, 600),
    default=15.0,
    show_default=True,
    help="Segundos que se espera cada respuesta.",
)
@click.option("--max-requests", type=click.IntRange(1), default=600, show_default=True)
def command(**given: Any) -> None:  # noqa: ANN401 - the values of the options above
    """Prueba una API contra su estándar y dice si es conforme.

    Los secretos también se leen de PDN_CLIENT_SECRET, PDN_PASSWORD y PDN_TOKEN.

    Termina con 0 si es conforme, 1 si no lo es, 2 si la orden está mal escrita
    y 3 si no se pudo saber.
    """
    from pdn_sdk.conformance.render import console

    options = _options(given)
    earlier = _earlier(given["rerun_failed"])
    if earlier is not None:
        options = _narrowed(options, earlier)
    with console.live() as on_progress:
        report = _checked(given, options, on_progress)
    if earlier is not None:
        from pdn_sdk.conformance.report import merged

        report = merged(earlier, report)
    _write(report, given)
    console.show(report)
    sys.exit(EXITS[report.verdict])


def _checked(
    given: Mapping[str, Any], options: "Options", on_progress: Any
) -> "Report":  # noqa: ANN401
    if given["local"]:
        from pdn_sdk.testing import check_local

        return check_local(Path.cwd(), options=options, on_progress=on_progress)
    from pdn_sdk.conformance.runner import run

    return run(_target(given), options, on_progress=on_progress)
