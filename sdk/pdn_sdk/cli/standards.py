"""`pdn standards`: what each standard asks, and what is tested of it."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.table import Table

    from pdn_sdk.standards.model import Dataset, Standard

MOST_SHOWN = 40
OPERATORS = {
    "identity": "valor completo; deja sin efecto a los demás",
    "contains": "contiene el texto, sin importar acentos",
    "equals": "es igual al texto, sin importar acentos",
    "any_of": "tiene al menos uno de la lista",
    "between": "está entre «min» y «max», o basta uno",
    "whole_first": "es el valor completo; si nadie lo tiene, lo contiene",
    "since": "es de ese momento o posterior",
    "until": "es de ese momento o anterior",
    "ignored": "se acepta y no filtra",
}

_as_json = click.option("--json", "as_json", is_flag=True, help="Resultado en JSON.")


@click.group(
    "standards",
    short_help="Muestra los estándares.",
    subcommand_metavar="ORDEN …",
    options_metavar="[opciones]",
)
def command() -> None:
    """Muestra los estándares y lo que se prueba de cada uno."""


@command.command("list", options_metavar="[opciones]")
@_as_json
def list_(as_json: bool) -> None:
    """Enumera los estándares disponibles."""
    from pdn_sdk.standards.loader import all_standards

    standards = all_standards()
    if as_json:
        _write([_summary(standard) for standard in standards])
        return
    table = ruled("Clave", "Versión", "Título", "Requisitos")
    for standard in standards:
        table.add_row(
            standard.key,
            f"{standard.system} {standard.version}",
            standard.title,
            f"{len(standard.requirements):,}",
        )
    _print(table)


@command.command(options_metavar="[opciones]")
@click.argument("key", metavar="CLAVE")
@_as_json
def show(key: str, as_json: bool) -> None:
    """Muestra lo que pide un estándar.

    Rutas, filtros, órdenes y límites.
    """
    from pdn_sdk.standards.loader import get

    standard = get(key)
    if as_json:
        datasets = [_described(dataset) for dataset in standard.datasets]
        _write({**_summary(standard), "datasets": datasets})
        return
    source = standard.source
    _print(f"[bold]{standard.system} {standard.version}[/] · {standard.title}")
    _print(standard.description)
    _print(
        f"[dim]Fuente: {source.get('document', '')} ({source.get('publisher', '')})[/]"
    )
    for dataset in standard.datasets:
        _show_dataset(dataset)


@command.command(options_metavar="[opciones]")
@click.argument("key", metavar="[CLAVE]", required=False)
@_as_json
def coverage(key: str | None, as_json: bool) -> None:
    """Muestra qué prueba comprueba cada requisito, o por qué ninguna.

    Con cada prueba, las fallas sembradas que demuestran que puede fallar. Sin
    CLAVE, cuenta las de todos los estándares. Termina con 1 si un requisito no
    tiene prueba ni explicación.
    """
    from pdn_sdk.cli import coverage as traces
    from pdn_sdk.standards.loader import all_standards, get

    standards = [get(key)] if key else list(all_standards())
    if as_json:
        documents = {s.key: traces.traced(s) for s in standards}
        _write(documents[key] if key else documents)
    else:
        for standard in standards:
            if key:
                _print(traces.table(standard))
            _print(traces.sentence(standard))
    sys.exit(1 if any(map(traces.gaps, standards)) else 0)


def _summary(standard: "Standard") -> dict[str, object]:
    return {
        "key": standard.key,
        "system": standard.system,
        "version": standard.version,
        "title": standard.title,
        "description": standard.description,
        "dialect": standard.dialect,
        "source": dict(standard.source),
        "requirements": len(standard.requirements),
    }


def _described(dataset: "Dataset") -> dict[str, object]:
    return {
        "key": dataset.key,
        "title": dataset.title,
        "endpoints": [asdict(endpoint) for endpoint in dataset.endpoints],
        "filters": [asdict(declared) for declared in dataset.filters],
        "sort": [asdict(declared) for declared in dataset.sort_fields],
        "reserved": list(dataset.reserved),
        "reserved_unless": [asdict(case) for case in dataset.reserved_unless],
        "default_page_size": dataset.default_page_size,
        "max_page_size": dataset.max_page_size,
        "catalogs": {
            name: {str(entry.key): entry.text for entry in entries}
            for name, entries in dataset.catalogs.items()
        },
    }


def _show_dataset(dataset: "Dataset") -> None:
    _print(f"\n[bold]{dataset.key}[/] · {dataset.description}")
    for endpoint in dataset.endpoints:
        _say(f"{endpoint.method:4} {endpoint.path}")
    _say(
        f"Páginas de {dataset.default_page_size} registros, de "
        f"{dataset.max_page_size} a lo sumo."
    )
    table = ruled("Filtro", "Busca en", "Cómo")
    for declared in dataset.filters:
        table.add_row(declared.name, declared.path, OPERATORS[declared.operator])
    _print(table)
    _say(f"Ordena por: {', '.join(s.name for s in dataset.sort_fields) or 'nada'}")
    withheld = [*dataset.reserved]
    withheld += [
        f"{exempt.path} (salvo si {path} es {' o '.join(map(str, values))})"
        for exempt in dataset.reserved_unless
        for case in exempt.when
        for path, values in case.some.items()
    ]
    _say(f"Reservados: {', '.join(withheld) or 'ninguno'}")
    for name, entries in dataset.catalogs.items():
        if len(entries) > MOST_SHOWN:
            _say(f"\n{name}: {len(entries)} claves; véalas con --json")
            continue
        _say(f"\n{name}")
        for entry in entries:
            _say(f"{entry.key!s:>4}  {entry.text}")


def _say(text: str) -> None:
    from rich.padding import Padding
    from rich.text import Text

    _print(Padding(Text(text), (0, 0, 0, 2), expand=False))


def ruled(*columns: str) -> "Table":
    """Make a table without rows, with the look of every one of this order."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for column in columns:
        # Keys and words must not break; sentences take what is left.
        is_long = column in {"Título", "Qué pide", "Cómo", "Pruebas y sus fallas"}
        table.add_column(
            column,
            overflow="fold",
            no_wrap=not is_long,
            justify="right" if column == "Requisitos" else "left",
        )
    return table


def _print(what: Any) -> None:  # noqa: ANN401 - text or a table of rich
    from rich.console import Console

    Console(highlight=False).print(what)


def _write(document: object) -> None:
    import orjson

    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2))
