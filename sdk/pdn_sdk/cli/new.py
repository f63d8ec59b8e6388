"""`pdn new`: a few answers become a project that works from the first minute."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pdn_sdk.cli.answers import DATABASES, answers

if TYPE_CHECKING:
    from pdn_sdk.ingest.contract import Manifest
    from pdn_sdk.standards.model import Standard

QUESTIONS = {
    "provider": "Nombre oficial de la institución",
    "connector": "Nombre del conector",
}


@click.command("new", short_help="Genera el proyecto de un proveedor de datos.")
@click.option(
    "--template",
    "kind",
    type=click.Choice(list(QUESTIONS)),
    default="provider",
    metavar="PLANTILLA",
    help="provider, un proveedor de datos (si se omite), o connector.",
)
@click.option(
    "--system",
    "systems",
    multiple=True,
    metavar="CLAVE",
    help="Sistema o estándar que publicará (s2…); puede repetirse.",
)
@click.option(
    "--name", metavar="TEXTO", help="Nombre oficial de la institución, o del conector."
)
@click.option(
    "--source",
    metavar="CONECTOR",
    help="Conector que lee sus datos: excel_file, csv_file…",
)
@click.option(
    "--database",
    type=click.Choice(DATABASES),
    metavar="BASE",
    help=f"Base de datos: {' o '.join(DATABASES)}.",
)
@click.option("--no-input", is_flag=True, help="No pregunta: toma los valores usuales.")
@click.option(
    "--output-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    metavar="CARPETA",
    help="Carpeta en la que se crea la del proyecto; si falta, la actual.",
)
def command(  # noqa: PLR0917 - click passes one argument for each option
    kind: str,
    systems: tuple[str, ...],
    name: str | None,
    source: str | None,
    database: str | None,
    no_input: bool,
    output_dir: Path,
) -> None:
    """Genera un proyecto en una carpeta nueva y dice cómo seguir.

    Pregunta sólo lo que no se le dijo. El proyecto funciona sin red, con datos
    inventados, desde el primer minuto.
    """
    from pdn_sdk.ingest.mapping.writing import canonical_toml, record_toml
    from pdn_sdk.scaffold import Template, generate, slug

    template = Template.find(kind)
    asked = _Questions(template.defaults, silent=no_input)
    named = asked.name(QUESTIONS[kind], name)
    standards = _standards(asked, systems)
    if kind == "connector":
        from pdn_sdk.cli.new_connector import generate_connector

        generate_connector(template, named, standards, output_dir)
        return
    connector = _connector(asked, standards, source)
    told = answers(standards, connector, database)
    told |= {"name": named, "slug": slug(named)}
    datasets = {d.key: d for s in standards for d in s.datasets}
    mappings = {
        row["mapping"]: record_toml(connector.record_column)
        if connector.record_column
        else canonical_toml(datasets[row["key"]])
        for row in told["datasets"]
    }
    _say(generate(template, told, output_dir, mappings), told["database"])


class _Questions:
    """Asks what was not given; without input, takes the template's default."""

    def __init__(self, defaults: Mapping[str, str], *, silent: bool) -> None:
        self._defaults = defaults
        self._silent = silent

    def name(self, question: str, given: str | None) -> str:
        """Ask until the name is a good one; one that was given is refused."""
        from pdn_sdk.errors import ScaffoldError
        from pdn_sdk.scaffold import checked_name

        example = self._defaults["name"]
        if given is not None or self._silent:
            return checked_name(example if given is None else given, example)
        while True:
            try:
                return checked_name(click.prompt(question, default=example), example)
            except ScaffoldError as error:
                click.echo(f"✗ {error.message}")

    def choice(
        self, question: str, key: str, options: Mapping[str, str], usual: str = ""
    ) -> str:
        """Ask for one of several; where there is one, there is nothing to ask."""
        default = usual or self._defaults[key]
        if default not in options:
            default = next(iter(options))
        if self._silent or len(options) == 1:
            return default
        click.echo(f"{question}:")
        for option, title in options.items():
            click.echo(f"  {option:<12} {title}")
        chosen: str = click.prompt(
            "Elija", type=click.Choice(list(options)), default=default
        )
        return chosen


def _standards(asked: _Questions, systems: Sequence[str]) -> "list[Standard]":
    from pdn_sdk.standards.loader import all_standards, get

    if not systems:
        titles = {s.key: f"{s.system}: {s.title}" for s in all_standards()}
        systems = (asked.choice("Qué publicará", "system", titles),)
    chosen = [_standard(system.strip().lower()) for system in systems]
    return [get(key) for key in dict.fromkeys(chosen)]


def _standard(system: str) -> str:
    """Give the key of a standard, or of the newest one of a system."""
    from pdn_sdk.errors import UnknownStandardError
    from pdn_sdk.standards.loader import all_standards

    known = {s.key: s for s in all_standards()}
    if system in known:
        return system
    of_system = [s for s in known.values() if s.system.lower() == system]
    newest = max((_release(s.version) for s in of_system), default=())
    keys = [s.key for s in of_system if _release(s.version) == newest]
    if len(keys) == 1:
        return keys[0]
    listed = ", ".join(keys or known)
    reason = "tiene varios estándares" if keys else "no existe"
    raise UnknownStandardError(
        f"El sistema «{system}» {reason}. Elija con --system uno de: {listed}."
    )


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _connector(
    asked: _Questions, standards: "Sequence[Standard]", given: str | None
) -> "Manifest":
    from pdn_sdk.errors import ScaffoldError
    from pdn_sdk.ingest.contract import Manifest, connector_folders

    systems = {s.system for s in standards}
    manifests = map(Manifest.load, connector_folders().values())
    known = {m.id: m for m in manifests if systems <= set(m.systems)}
    if not known:
        raise ScaffoldError(
            f"Ningún conector instalado sirve para {', '.join(sorted(systems))}. "
            "Instale uno que sirva, o escríbalo con «pdn new --template connector»."
        )
    if given is None:
        titles = {m.id: m.title for m in known.values()}
        usual = next((s.connector for s in standards if s.connector in known), "")
        given = asked.choice("De dónde se leen sus datos", "source", titles, usual)
    if given not in known:
        raise ScaffoldError(
            f"Ningún conector «{given}» sirve para {', '.join(sorted(systems))}. "
            f"Elija con --source uno de: {', '.join(sorted(known))}."
        )
    return known[given]


def _say(project: Path, database: str) -> None:
    click.echo(f"✓ Proyecto creado en {project}\n\nSiga con:")
    click.echo(f"  cd {_quoted(project)}")
    if database in BEFORE:
        click.echo(BEFORE[database])
    for order, what in NEXT:
        click.echo(f"  {order:<18} # {what}")
    click.echo("\nCon su propio archivo: pdn map SU_ARCHIVO --write")


BEFORE = {"postgresql": "  (antes, encienda PostgreSQL como dice README.md)"}
NEXT = (
    ("pdn demo-data", "escribe datos inventados, para empezar"),
    ("pdn load", "los revisa y los carga"),
    ("pdn check --local", "prueba que la API sea conforme"),
    ("pdn serve", "publica la API en http://127.0.0.1:8081"),
)


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))
