"""`pdn check`: put a provider to the test; write the report where it is asked."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pdn_sdk.cli.sections import Sectioned

if TYPE_CHECKING:
    from pdn_sdk.conformance.report import Report
    from pdn_sdk.conformance.runner import Progress
    from pdn_sdk.conformance.target import Options
    from pdn_sdk.standards.model import Standard

EXITS: Mapping[str, int] = {"conformant": 0, "non_conformant": 1, "inconclusive": 3}
GRAVEST = (EXITS["non_conformant"], EXITS["inconclusive"])
STOPPED = 3
MOST_REQUESTS, INVENTED = 600, 300
CATEGORIES = ("seguridad", "funcional", "estres")
FORMS = ("report", "html", "junit", "acta")
LEVELS = ("federal", "estatal", "municipal")

SECTIONS: Mapping[str, str] = {
    "standard": "Qué se prueba",
    "token_url": "Con qué se entra",
    "category": "Cuánto se prueba",
    "report_path": "Qué se escribe",
}
"""The first option under each heading of the help."""

_written = click.Path(dir_okay=False, path_type=Path)


@click.command(
    "check",
    cls=Sectioned,
    sections=SECTIONS,
    short_help="Prueba la conformidad de una API y escribe el reporte.",
)
@click.option("--standard", metavar="CLAVE", help="s2, s3v2…; si se omite: s2.")
@click.option("--url", "base_url", metavar="URL", help="Hasta antes de /v1/… o /v2/…")
@click.option("--data-url", metavar="URL", help="La búsqueda, si está en otra parte.")
@click.option(
    "--entities-url", metavar="URL", help="Las instituciones, si están en otra parte."
)
@click.option("--local", is_flag=True, help="El proyecto de esta carpeta, sin más.")
@click.option(
    "--environment",
    type=click.Choice(("development", "production")),
    metavar="AMBIENTE",
    help="development (si se omite) o production, que exige además HTTPS.",
)
@click.option("--token-url", metavar="URL", help="Donde se piden los tokens.")
@click.option("--client-id", metavar="TEXTO", help="El cliente.")
@click.option(
    "--client-secret",
    envvar="PDN_CLIENT_SECRET",
    metavar="TEXTO",
    help="Su secreto, o la variable PDN_CLIENT_SECRET.",
)
@click.option("--username", metavar="TEXTO", help="El usuario.")
@click.option(
    "--password",
    envvar="PDN_PASSWORD",
    metavar="TEXTO",
    help="Su contraseña, o la variable PDN_PASSWORD.",
)
@click.option("--scope", metavar="TEXTO", help="El alcance que se pide, si hace falta.")
@click.option(
    "--token",
    envvar="PDN_TOKEN",
    metavar="TEXTO",
    help="Un token fijo en vez de todo eso, o la variable PDN_TOKEN.",
)
@click.option(
    "--category", default="", metavar="LISTA", help="Sólo: seguridad,funcional,estres."
)
@click.option(
    "--only",
    default="",
    metavar="LISTA",
    help="Sólo esas: PAG-02,SEA-01[nombres],S2-023.",
)
@click.option(
    "--rerun-failed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="REPORTE",
    help="Sólo lo que no salió bien en ese reporte (JSON); lo demás queda igual.",
)
@click.option(
    "--profile",
    type=click.Choice(("spec", "pdn", "pilot")),
    metavar="PERFIL",
    help="spec, el estándar a la letra; pdn (si se omite), lo que la PDN exige; "
    "pilot, con las licencias de los pilotos.",
)
@click.option(
    "--deep",
    is_flag=True,
    help="Además, cientos de solicitudes inventadas al azar. Pide pdn-sdk[deep].",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    metavar="N",
    help="Semilla de lo inventado: la misma inventa lo mismo; si se omite: 1.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, 600),
    default=15.0,
    metavar="S",
    help="Segundos que se espera cada respuesta; si se omite: 15.",
)
@click.option(
    "--max-requests",
    type=click.IntRange(1),
    metavar="N",
    help="Solicitudes que se hacen a lo sumo; si se omite: 600, y 400 más con --deep.",
)
@click.option(
    "--report",
    "report_path",
    type=_written,
    help="El reporte, en JSON.",
    metavar="ARCHIVO",
)
@click.option(
    "--html",
    "html_path",
    type=_written,
    help="Para leer e imprimir.",
    metavar="ARCHIVO",
)
@click.option(
    "--junit",
    "junit_path",
    type=_written,
    help="Para sistemas de pruebas (XML).",
    metavar="ARCHIVO",
)
@click.option(
    "--acta",
    "acta_path",
    type=_written,
    help="El acta del plan de pruebas (PDF).",
    metavar="ARCHIVO",
)
@click.option("--institution", metavar="TEXTO", help="La institución, en el acta.")
@click.option(
    "--government-level",
    type=click.Choice(LEVELS),
    metavar="ORDEN",
    help="Su orden de gobierno, en el acta: federal, estatal o municipal.",
)
@click.option("--json", "as_json", is_flag=True, help="El reporte JSON, en pantalla.")
def command(**given: Any) -> None:  # noqa: ANN401 - the values of the options above
    """Prueba una API contra su estándar y dice si es conforme.

    Escriba los secretos en las variables PDN_CLIENT_SECRET, PDN_PASSWORD y
    PDN_TOKEN: en la orden los ve cualquiera que use el equipo.

    De un proyecto con varios estándares, --local los prueba todos si no se pide
    un reporte ni se dice cuál.

    Termina con 0 si es conforme, 1 si no lo es, 2 si la orden está mal escrita
    y 3 si no se pudo saber.
    """
    codes = {_checked({**given, "standard": key}) for key in _chosen(given)}
    sys.exit(next((code for code in GRAVEST if code in codes), 0))


def _chosen(given: Mapping[str, Any]) -> "Sequence[str | None]":
    """Give the standards to try; one report or one selection is of one of them."""
    files = [given[f"{kind}_path"] for kind in FORMS]
    is_one = given["standard"] or given["rerun_failed"] or given["only"]
    if is_one or not given["local"] or given["as_json"] or any(files):
        return [given["standard"]]
    from pdn_sdk.settings import ProviderSettings

    return ProviderSettings.load(Path.cwd(), os.environ).standards


def _checked(given: dict[str, Any]) -> int:
    """Try one standard, tell what came of it and give the code of its verdict."""
    from rich.console import Console

    from pdn_sdk.conformance.render import console

    earlier = _earlier(given)
    standard = _standard(given)
    options = _options(given, standard)
    if earlier is not None:
        options = _narrowed(options, earlier)
    _writable(given)
    work = _work(given, standard, options)
    try:
        with console.live() as on_progress:
            report = work(on_progress)
    except KeyboardInterrupt:
        click.echo("✗ La prueba se detuvo: no hay veredicto.", err=True)
        sys.exit(STOPPED)
    if earlier is not None:
        from pdn_sdk.conformance.report import merged

        report = merged(earlier, report)
    try:
        # First the files: whoever reads the verdict through a pipe may close it.
        _write(report, given)
    finally:
        console.show(report, Console(stderr=given["as_json"], highlight=False))
    _name_files(given)
    return EXITS[report.verdict]


def _earlier(given: dict[str, Any]) -> "Report | None":
    """Read the report to repeat, and take from it what the order leaves out."""
    path: Path | None = given["rerun_failed"]
    if path is None:
        return None
    from pdn_sdk.conformance.report import from_json, to_repeat

    report = from_json(path.read_bytes())
    if not to_repeat(report):
        raise click.UsageError(
            f"En «{path}» todo salió bien: no hay nada que repetir. Para una prueba "
            "completa quite --rerun-failed."
        )
    given["standard"] = given["standard"] or report.standard["key"]
    given["profile"] = given["profile"] or report.profile
    given["environment"] = given["environment"] or report.target["environment"]
    if not given["local"]:
        given["base_url"] = given["base_url"] or report.target["base_url"]
    return report


def _standard(given: Mapping[str, Any]) -> "Standard":
    if given["local"]:
        from pdn_sdk.testing import published

        return published(Path.cwd(), given["standard"], environ=os.environ)
    from pdn_sdk.standards import loader

    return loader.get(given["standard"] or "s2")


def _options(given: Mapping[str, Any], standard: "Standard") -> "Options":
    from pdn_sdk.client import NetworkPolicy
    from pdn_sdk.conformance.target import Options

    if given["deep"]:
        _expect_inventor()
    most = given["max_requests"] or MOST_REQUESTS + given["deep"] * INVENTED
    return Options(
        profile=given["profile"] or "pdn",
        environment=given["environment"] or "development",
        categories=_categories(given["category"]),
        only=_only(given["only"], standard),
        network=NetworkPolicy(timeout_s=given["timeout"], max_requests=most),
        deep=given["deep"],
        seed=given["seed"],
    )


def _expect_inventor() -> None:
    if find_spec("schemathesis") is None:
        raise click.UsageError(
            "--deep necesita el complemento que inventa las solicitudes. Instálelo "
            "con: pip install 'pdn-sdk[deep]'"
        )


def _categories(text: str) -> frozenset[str]:
    named = frozenset(_items(text.lower().replace("é", "e")))
    unknown = sorted(named.difference(CATEGORIES))
    if unknown:
        raise click.BadOptionUsage(
            "--category",
            f"--category no conoce «{unknown[0]}». Escriba una o varias de éstas, "
            f"separadas por comas: {', '.join(CATEGORIES)}.",
        )
    return named


def _only(text: str, standard: "Standard") -> frozenset[str]:
    named = _items(text)
    known = {r.id for r in standard.requirements}
    known |= {check for r in standard.requirements for check in r.checks}
    known |= {check.partition("[")[0] for check in known}
    unknown = [n for n in named if n.partition("[")[0] not in known]
    if unknown:
        raise click.BadOptionUsage(
            "--only",
            f"--only no conoce «{unknown[0]}»: {standard.system} no tiene esa prueba "
            f"ni ese requisito. Véalos con: pdn standards coverage {standard.key}",
        )
    return frozenset(named)


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _narrowed(options: "Options", earlier: "Report") -> "Options":
    from dataclasses import replace

    from pdn_sdk.conformance.report import to_repeat

    repeated = to_repeat(earlier)
    is_whole = repeated == {r.id for r in earlier.checks} and not earlier.selection
    only = frozenset[str]() if is_whole else repeated
    return replace(options, categories=frozenset(), only=only)


def _work(
    given: Mapping[str, Any], standard: "Standard", options: "Options"
) -> "Callable[[Callable[[Progress], None]], Report]":
    """Give what makes the run; what the order lacks is said before it begins."""
    if given["local"]:
        if given["base_url"]:
            raise click.UsageError(
                "--local prueba el proyecto de esta carpeta y --url una API en marcha: "
                "deje sólo una de las dos."
            )
        from pdn_sdk.testing import check_local

        folder = Path.cwd()
        return lambda tell: check_local(
            folder,
            standard=standard.key,
            options=options,
            on_progress=tell,
            environ=os.environ,
        )
    from pdn_sdk.cli.targets import target_of
    from pdn_sdk.conformance.runner import run

    target = target_of(given, standard)
    return lambda tell: run(target, options, on_progress=tell)


def _writable(given: Mapping[str, Any]) -> None:
    """Refuse before the run what could not be written after it."""
    for option in FORMS:
        path: Path | None = given[f"{option}_path"]
        if path is not None and not path.absolute().parent.is_dir():
            raise click.BadOptionUsage(
                f"--{option}",
                f"--{option}: la carpeta «{path.parent}» no existe. Créela o escriba "
                "otra.",
            )


def _write(report: "Report", given: Mapping[str, Any]) -> None:
    from pdn_sdk.cli.report import written
    from pdn_sdk.conformance.report import to_json

    if given["as_json"]:
        click.echo(to_json(report), nl=False)
    for kind in FORMS:
        path: Path | None = given[f"{kind}_path"]
        if path is not None:
            who = (_institution(given), given["government_level"] or "")
            written(report, kind, path, *who)


def _name_files(given: Mapping[str, Any]) -> None:
    for kind in FORMS:
        if given[f"{kind}_path"] is not None:
            click.echo(f"✓ Se escribió {given[f'{kind}_path']}", err=True)


def _institution(given: Mapping[str, Any]) -> str:
    """Give the institution of the acta; a project knows its own."""
    if given["institution"] or not given["local"]:
        return given["institution"] or ""
    from pdn_sdk.settings import ProviderSettings

    return ProviderSettings.load(Path.cwd(), os.environ).name
