"""`pdn migrate`: show what a file becomes in the later version of its standard."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from pdn_sdk.ingest.migration.way import Migrated, Migration

SHOWN = 5
TRAY = "por_revisar.json"


@click.command("migrate", short_help="Pasa registros a la versión nueva.")
@click.argument("system", metavar="SISTEMA")
@click.argument(
    "path",
    metavar="ARCHIVO",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--from",
    "key",
    metavar="CLAVE",
    help="Estándar del archivo (s3s, s3p); si falta, se reconoce por los registros.",
)
@click.option(
    "--entity", metavar="NN", help="Clave INEGI de su entidad, de dos cifras."
)
@click.option(
    "--order",
    type=click.Choice(["nombre_apellidos", "apellidos_nombre"]),
    help="Orden en que están escritos los nombres completos.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="CARPETA",
    help="Escribe ahí los registros nuevos y los que hay que revisar.",
)
@click.option("--json", "as_json", is_flag=True, help="Resultado completo en JSON.")
def command(  # noqa: PLR0917 - click passes one argument for each option
    system: str,
    path: Path,
    key: str | None,
    entity: str | None,
    order: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Muestra en qué se convierte cada registro de la versión anterior.

    Es un ensayo: dice a qué conjunto va cada registro y por qué, qué se pierde y
    cuáles debe decidir usted. Nada se escribe sin --output.
    """
    from rich.console import Console

    from pdn_sdk.ingest.migration.way import Migration
    from pdn_sdk.standards.loader import get
    from pdn_sdk.standards.record_file import read_records

    rows = list(read_records(path))
    records = [row.record for row in rows]
    options = {"entity": entity or "", "order": order or ""}
    migration = Migration(get(key or _recognised(system, records)), options)
    made = [migration.converted(row.number, row.record) for row in rows]
    if output is not None:
        _write(output, made, records)
    if as_json:
        _write_json(made)
        return
    _show(Console(highlight=False), migration, made, output)


def _recognised(system: str, records: Sequence[object]) -> str:
    from pdn_sdk.errors import ConfigurationError
    from pdn_sdk.ingest.migration.way import migrations, recognised

    keys = migrations(system.upper())
    if not keys:
        raise ConfigurationError(
            f"«{system}» no tiene versiones entre las cuales pasar registros. Los "
            "sistemas que sí: s3."
        )
    return recognised(records, keys)


def _write(folder: Path, made: "Sequence[Migrated]", records: Sequence[object]) -> None:
    import orjson

    folder.mkdir(parents=True, exist_ok=True)
    ready: dict[str, list[object]] = {}
    tray = []
    for one, record in zip(made, records, strict=True):
        if one.record is not None:
            ready.setdefault(f"{one.dataset}.json", []).append(one.record)
        else:
            doubts = [asdict(doubt) for doubt in one.doubts]
            tray.append({"record": record, "doubts": doubts})
    for name, found in [*ready.items(), (TRAY, tray)]:
        body = orjson.dumps(found, option=orjson.OPT_INDENT_2)
        (folder / name).write_bytes(body + b"\n")


def _write_json(made: "Sequence[Migrated]") -> None:
    import orjson

    click.echo(orjson.dumps([asdict(one) for one in made], option=orjson.OPT_INDENT_2))


def _show(
    console: "Console",
    migration: "Migration",
    made: "Sequence[Migrated]",
    output: Path | None,
) -> None:
    ready = [one for one in made if one.record is not None]
    tray = [one for one in made if one.record is None]
    console.print(
        f"{_mark(tray)} De {len(made):,} registros de {migration.source.key}, "
        f"{len(ready):,} pueden pasar al {migration.target.system} "
        f"{migration.target.version} y {len(tray):,} debe decidirlos usted."
    )
    classes = Counter((one.dataset, one.because) for one in ready)
    _table(
        console,
        ("Pasan a", "Registros", "Por qué"),
        [(into, f"{n:,}", why) for (into, why), n in classes.most_common()],
    )
    notes = Counter(note for one in ready for note in one.notes)
    _table(
        console,
        ("Lo que se pierde o falta", "Registros"),
        [(note, f"{n:,}") for note, n in notes.most_common()],
    )
    _show_tray(console, tray)
    if output is None:
        console.print("\nEs un ensayo: nada se escribió. Agregue --output CARPETA.")
    else:
        console.print(f"\n[bold green]✓[/] Escritos en {output}, con {TRAY}.")


def _show_tray(console: "Console", tray: "Sequence[Migrated]") -> None:
    from rich.padding import Padding
    from rich.text import Text

    reasons = Counter((d.message, d.fix) for one in tray for d in one.doubts)
    if not reasons:
        return
    console.print("\n[bold]Lo que debe decidir usted[/]")
    for (message, fix), count in reasons.most_common():
        names = [
            one.identity or f"registro {one.number:,}"
            for one in tray
            if any(doubt.message == message for doubt in one.doubts)
        ]
        more = f" y {len(names) - SHOWN:,} más" if len(names) > SHOWN else ""
        shown = Text(f"\n{count:,} · {message}\n", "bold")
        shown.append(f"{fix}\n", "not bold")
        shown.append(f"{', '.join(names[:SHOWN])}{more}", "not bold dim")
        console.print(Padding(shown, (0, 0, 0, 2)))


def _mark(tray: "Sequence[Migrated]") -> str:
    return "[bold yellow]![/]" if tray else "[bold green]✓[/]"


def _table(
    console: "Console", columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]
) -> None:
    from rich import box
    from rich.table import Table

    if not rows:
        return
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for column in columns:
        is_count = column == "Registros"
        table.add_column(
            column, overflow="fold", justify="right" if is_count else "left"
        )
    for row in rows:
        table.add_row(*row)
    console.print(table)
