"""`pdn validate`: hold the records of a JSON file against their standard."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from pdn_sdk.standards.model import Dataset
    from pdn_sdk.standards.record_file import FileRecord
    from pdn_sdk.standards.validation import Violation

SHOWN_EACH = 8


@dataclass(frozen=True)
class _Judged:
    """A record of the file, what is wrong with it and what could be better."""

    number: int
    identity: object
    violations: "list[Violation]"
    advice: "list[Violation]" = field(default_factory=list)


@dataclass
class _Result:
    """What was found in the file."""

    records: int = 0
    wrong: list[_Judged] = field(default_factory=list)
    advised: list[_Judged] = field(default_factory=list)


@click.command("validate", short_help="Revisa un archivo de registros.")
@click.argument(
    "path",
    metavar="ARCHIVO",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--standard",
    "key",
    default="s2",
    show_default=True,
    metavar="CLAVE",
    help="Estándar contra el que se revisa; «pdn standards list» los muestra.",
)
@click.option(
    "--dataset",
    "dataset_key",
    metavar="CLAVE",
    help="Conjunto de datos, si hay varios.",
)
@click.option(
    "--show",
    "shown",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    metavar="NÚMERO",
    help="Cuántos registros con faltas se muestran.",
)
@click.option("--json", "as_json", is_flag=True, help="Resultado completo en JSON.")
def command(
    path: Path, key: str, dataset_key: str | None, shown: int, as_json: bool
) -> None:
    """Revisa un archivo de registros contra el estándar y la carga.

    El ARCHIVO es JSON: una lista, una respuesta con «results», o un registro en
    cada línea. Dice todo lo que está mal en cada registro y cómo corregirlo.

    Termina con 0 si todos cumplen y con 1 si alguno no.
    """
    from rich.console import Console

    from pdn_sdk.standards.loader import get
    from pdn_sdk.standards.record_file import read_records

    standard = get(key)
    dataset = _chosen(standard.datasets, dataset_key)
    result = _Result()
    for judged in _judged(dataset, read_records(path)):
        result.records += 1
        if judged.violations:
            result.wrong.append(judged)
        if judged.advice:
            result.advised.append(judged)
    if as_json:
        _write_json(path, key, dataset, result)
    else:
        console = Console(highlight=False)
        _show(console, f"{standard.system} {standard.version}", result, shown)
    sys.exit(1 if result.wrong else 0)


def _chosen(datasets: "Iterable[Dataset]", key: str | None) -> "Dataset":
    from pdn_sdk.errors import ConfigurationError

    by_key = {dataset.key: dataset for dataset in datasets}
    if key is None and len(by_key) == 1:
        return next(iter(by_key.values()))
    if key not in by_key:
        raise ConfigurationError(
            f"Diga qué conjunto de datos es, con --dataset: {', '.join(by_key)}."
        )
    return by_key[key]


def _judged(dataset: "Dataset", records: "Iterable[FileRecord]") -> Iterator[_Judged]:
    from pdn_sdk.standards.paths import first_at
    from pdn_sdk.standards.validation import advice, load_violations

    seen: dict[object, int] = {}
    for item in records:
        if item.fault:
            yield _Judged(item.number, None, [_not_json(item)])
            continue
        found = load_violations(dataset, item.record)
        identity = first_at(item.record, dataset.identity)
        if isinstance(identity, str):
            first = seen.setdefault(identity, item.number)
            if first != item.number:
                found.append(_repeated(dataset.identity, identity, first))
        # What is wrong comes first: advice on a broken record would mislead.
        said = [] if found else advice(dataset, item.record)
        yield _Judged(item.number, identity, found, said)


def _not_json(item: "FileRecord") -> "Violation":
    from pdn_sdk.standards.validation import Violation

    return Violation(
        path="",
        rule="json",
        received=item.record,
        expected="un objeto JSON en la línea",
        message=f"La línea no es JSON válido: se rompe en la {item.fault}.",
        fix="Escriba en cada línea un registro completo, con sus llaves y comillas.",
    )


def _repeated(path: str, identity: str, first: int) -> "Violation":
    from pdn_sdk.standards.validation import Violation

    return Violation(
        path=path,
        rule="identificador repetido",
        received=identity,
        expected="un identificador que no se repita",
        message=f"«{path}» vale «{identity}», igual que el registro {first:,}.",
        fix="Dé otro identificador a uno de los dos, o borre el que sobra.",
    )


def _write_json(path: Path, key: str, dataset: "Dataset", result: _Result) -> None:
    import orjson

    document = {
        "file": str(path),
        "standard": key,
        "dataset": dataset.key,
        "records": result.records,
        "invalid": len(result.wrong),
        "violations": [
            {"record": judged.number, "id": judged.identity, **asdict(violation)}
            for judged in result.wrong
            for violation in judged.violations
        ],
        "advice": [
            {"record": judged.number, "id": judged.identity, **asdict(violation)}
            for judged in result.advised
            for violation in judged.advice
        ],
    }
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2))


def _show(console: "Console", name: str, result: _Result, shown: int) -> None:
    from rich.markup import escape

    if not result.records:
        console.print("[bold yellow]![/] El archivo no tiene registros.")
        return
    if not result.wrong:
        count = _counted(result.records, "registro cumple", "registros cumplen")
        console.print(f"[bold green]✓[/] {count} con {name}.")
        _show_advice(console, result.advised)
        return
    faults = sum(len(judged.violations) for judged in result.wrong)
    console.print(
        f"[bold red]✗[/] {len(result.wrong):,} de {result.records:,} "
        f"{'registro' if result.records == 1 else 'registros'} por corregir para "
        f"cumplir con {name}: {_counted(faults, 'falta', 'faltas')}."
    )
    for judged in result.wrong[:shown]:
        named = f" · {escape(str(judged.identity))}" if judged.identity else ""
        console.print(f"\n[bold]Registro {judged.number:,}[/]{named}")
        for violation in judged.violations[:SHOWN_EACH]:
            _show_violation(console, violation)
        _show_rest(console, len(judged.violations) - SHOWN_EACH, "faltas")
    _show_rest(console, len(result.wrong) - shown, "registros con faltas")
    _show_advice(console, result.advised)


def _show_advice(console: "Console", advised: "list[_Judged]") -> None:
    """Tell, once for each reason, what could be better in records that load."""
    from rich.padding import Padding
    from rich.text import Text

    reasons = Counter((v.message, v.fix) for judged in advised for v in judged.advice)
    if reasons:
        console.print("\n[bold]Lo que podría ser mejor[/]")
    for (message, fix), count in reasons.most_common():
        named = _counted(count, "vez", "veces")
        console.print(Padding(Text(f"• {message} ({named})"), (0, 0, 0, 2)))
        console.print(Padding(Text(fix, style="dim"), (0, 0, 0, 4)))


def _show_violation(console: "Console", violation: "Violation") -> None:
    from rich.padding import Padding
    from rich.text import Text

    console.print(Padding(Text(f"• {violation.message}"), (0, 0, 0, 2)))
    console.print(Padding(Text(violation.fix, style="dim"), (0, 0, 0, 4)))


def _show_rest(console: "Console", rest: int, what: str) -> None:
    if rest > 0:
        console.print(f"\n[dim]  y {rest:,} {what} más; véalo todo con --json.[/]")


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
