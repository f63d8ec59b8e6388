"""`pdn report`: show a kept report in another form, or compare two."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pdn_sdk.conformance.render.comparison import Comparison
    from pdn_sdk.conformance.report import Report

LEVELS = ("federal", "estatal", "municipal")
EXTENSIONS = {"report": ".json", "html": ".html", "junit": ".xml", "acta": ".pdf"}

_kept = click.Path(exists=True, dir_okay=False, path_type=Path)
_report = click.argument("path", metavar="REPORTE", type=_kept)
_output = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="ARCHIVO",
    help="Dónde se escribe; si se omite, junto al reporte.",
)


@click.group(
    "report",
    short_help="Muestra o compara reportes.",
    subcommand_metavar="ORDEN …",
    options_metavar="[opciones]",
)
def command() -> None:
    """Muestra en otra forma un reporte de «pdn check», o compara dos."""


@command.command(options_metavar="[opciones]")
@_report
@_output
def html(path: Path, output: Path | None) -> None:
    """Escribe el reporte para leer e imprimir: un solo archivo, sin red."""
    _convert("html", path, output)


@command.command(options_metavar="[opciones]")
@_report
@_output
def junit(path: Path, output: Path | None) -> None:
    """Escribe el reporte como lo leen los sistemas de pruebas (XML)."""
    _convert("junit", path, output)


@command.command(options_metavar="[opciones]")
@_report
@_output
@click.option("--institution", default="", metavar="TEXTO", help="La institución.")
@click.option(
    "--government-level",
    type=click.Choice(LEVELS),
    metavar="ORDEN",
    help="Su orden de gobierno: federal, estatal o municipal.",
)
def acta(
    path: Path, output: Path | None, institution: str, government_level: str | None
) -> None:
    """Escribe el acta del plan de pruebas, en PDF."""
    _convert("acta", path, output, institution, government_level or "")


@command.command(options_metavar="[opciones]")
@click.argument("before", metavar="ANTES", type=_kept)
@click.argument("after", metavar="DESPUÉS", type=_kept)
@click.option("--json", "as_json", is_flag=True, help="Resultado en JSON.")
def diff(before: Path, after: Path, as_json: bool) -> None:
    """Dice qué cambió entre dos reportes, y por qué.

    Cada cambio tiene su causa: cambió la API, cambiaron las reglas de la
    prueba, cambiaron los datos, o la red falló.

    Termina con 0 si nada cambió y con 1 si algo cambió.
    """
    from pdn_sdk.conformance.render.comparison import compared

    comparison = compared(_read(before), _read(after))
    if as_json:
        _write_json(comparison)
    else:
        from pdn_sdk.conformance.render import console

        console.show_comparison(comparison)
    sys.exit(1 if comparison.changes else 0)


def written(
    report: "Report",
    kind: str,
    path: Path,
    institution: str = "",
    government_level: str = "",
) -> None:
    """Write a report in one of its forms: report, html, junit or acta."""
    from pdn_sdk.errors import ConfigurationError

    content = _content(report, kind, institution, government_level)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ConfigurationError(
            f"No se pudo escribir «{path}». Revise que la carpeta exista, que usted "
            "tenga permiso y que haya espacio en el disco."
        ) from error


def _content(
    report: "Report", kind: str, institution: str, government_level: str
) -> bytes:
    if kind == "report":
        from pdn_sdk.conformance.report import to_json

        return to_json(report).encode()
    if kind == "acta":
        from pdn_sdk.conformance.render import acta as rendered

        return rendered.document(
            report, institution=institution, government_level=government_level
        )
    if kind == "junit":
        from pdn_sdk.conformance.render import junit as as_junit

        return as_junit.document(report).encode()
    from pdn_sdk.conformance.render import html as as_html

    return as_html.document(report).encode()


def _convert(
    kind: str,
    path: Path,
    output: Path | None,
    institution: str = "",
    government_level: str = "",
) -> None:
    target = output or path.with_suffix(EXTENSIONS[kind])
    written(_read(path), kind, target, institution, government_level)
    click.echo(f"✓ Se escribió {target}")


def _read(path: Path) -> "Report":
    from pdn_sdk.conformance.report import from_json

    return from_json(path.read_bytes())


def _write_json(comparison: "Comparison") -> None:
    import orjson

    document = comparison.document()
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2))
