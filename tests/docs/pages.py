"""Reference pages derived from the code: orders and settings, errors, standards."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click

from pdn_marketplace.config import SETTINGS as SITE_SETTINGS
from pdn_marketplace.config import Setting as SiteSetting
from pdn_sdk import errors
from pdn_sdk.cli.main import EXIT_CODES, VERBS, group, speak_spanish
from pdn_sdk.cli.standards import OPERATORS
from pdn_sdk.errors import PdnError
from pdn_sdk.ingest.contract import Manifest, connector_folders
from pdn_sdk.provider.answers import STATUSES
from pdn_sdk.settings import SETTINGS, Setting
from pdn_sdk.standards.loader import all_standards
from pdn_sdk.standards.model import Category, Dataset, Level, Standard

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
GENERATED = (
    "<!-- Esta página se escribe con «make reference»; no la edite a mano. -->\n"
)
WIDTH = 80

ORDERS = """\
Cada orden dice su ayuda con `--help`. Lo que no va bien se dice en una oración, por la
salida de errores, y la orden termina con el código de la tabla de
[errores](errors.md).
"""
SETTINGS_OF_A_PROVIDER = """\
En `provider.toml`, sección `[provider]`. La variable de entorno puede más que el
archivo; un secreto sólo se lee de su variable.
"""
SOURCE = """\
En `provider.toml`, sección `[source]`: `connector`, `mapping` y los ajustes del
conector. `connector` es el nombre de uno instalado o la ruta de la carpeta de uno suyo.
Una variable `PDN_SOURCE_…` puede más que el ajuste de ese nombre. Si el proyecto
publica varios conjuntos de datos, cada uno tiene su sección `[source.CLAVE]` con lo que
le es propio. `withheld = "reservas.csv"` nombra la lista de lo que su comité de
transparencia reserva: véase [Publicar](../guides/publish.md#lo-que-su-comite-reserva).
"""
ERRORS = """\
Un error dice qué pasó, por qué importa y qué hacer. Su código no cambia de una versión
a otra. Una orden termina con el de la columna «Salida»; la API contesta con el de la
columna «HTTP» y un cuerpo `{code, message}`.
"""
EXITS = """\
Otros códigos de salida: 0, todo bien; 1, `pdn load` con rechazos o `pdn check` no
conforme; 2, la orden está mal escrita; 3, `pdn check` no pudo saber.
"""
STANDARDS = """\
Lo que sigue se lee de la carpeta de cada estándar; de ahí salen también las rutas, las
búsquedas, los límites y las pruebas. `pdn standards show CLAVE` lo muestra en la
terminal y `pdn standards coverage CLAVE`, qué prueba comprueba cada requisito.
"""

MEANINGS: Mapping[type[PdnError], tuple[str, str]] = {
    errors.PdnError: ("Un error nuestro", "quien mantiene pdn-sdk"),
    errors.ConfigurationError: ("Falta un ajuste o está mal", "quien opera"),
    errors.StandardsError: ("Algo de los estándares", "quien opera"),
    errors.UnknownStandardError: (
        "No hay un estándar con esa clave",
        "quien lo nombró",
    ),
    errors.InvalidStandardError: (
        "La carpeta de un estándar no se sostiene",
        "quien escribió el estándar",
    ),
    errors.RequestError: ("La solicitud no se puede atender así", "quien consulta"),
    errors.InvalidQueryError: ("La búsqueda incumple el estándar", "quien consulta"),
    errors.AuthenticationError: ("No hay un token válido", "quien consulta"),
    errors.PermissionDeniedError: ("El token no alcanza para eso", "quien consulta"),
    errors.RecordNotFoundError: ("No existe ese registro o ruta", "quien consulta"),
    errors.InvalidRecordError: (
        "Un registro incumple su estándar",
        "el dueño del dato",
    ),
    errors.ProviderError: ("Un proveedor remoto no cumplió", "quien lo opera"),
    errors.ProviderUnreachableError: (
        "No contestó: red, nombre, certificado o tiempo",
        "quien lo opera; vale la pena repetir",
    ),
    errors.ProtocolViolationError: (
        "Contestó algo que no es el protocolo",
        "quien lo opera; repetir no sirve",
    ),
    errors.StorageError: ("La base de datos o el disco", "quien opera"),
    errors.ConnectorError: ("Un conector no puede trabajar", "quien lo escribió"),
    errors.SourceUnavailableError: (
        "No se puede leer el archivo o servidor de origen",
        "quien opera",
    ),
    errors.MappingError: (
        "La correspondencia no va con la fuente o el estándar",
        "quien opera",
    ),
    errors.ScaffoldError: ("No se puede generar el proyecto", "quien lo pidió"),
}
LEVELS = {Level.MUST: "obliga", Level.SHOULD: "conviene", Level.MAY: "opcional"}
CATEGORIES = {
    Category.SECURITY: "seguridad",
    Category.FUNCTIONAL: "funcional",
    Category.STRESS: "estrés",
}


def orders_and_settings() -> str:
    """Write the page of every order, setting and connector."""
    speak_spanish()
    return (
        "\n".join(
            [
                "# Órdenes y ajustes",
                "",
                GENERATED,
                ORDERS,
                *_orders(),
                "## Ajustes de un proveedor",
                "",
                SETTINGS_OF_A_PROVIDER,
                *_table(
                    ("Ajuste", "Variable", "Si se omite", "Para qué"),
                    map(_row, SETTINGS),
                ),
                "## La fuente de los datos",
                "",
                SOURCE,
                *_connectors(),
                "## Ajustes del Mercado Digital",
                "",
                *_table(
                    ("Variable", "Si se omite", "Para qué"),
                    map(_site_row, SITE_SETTINGS),
                ),
            ]
        ).rstrip()
        + "\n"
    )


def _orders() -> Iterator[str]:
    yield "## Órdenes"
    yield ""
    for name in VERBS:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        yield from _order(f"pdn {name}", command, 3)


def _order(name: str, command: click.Command, level: int) -> Iterator[str]:
    context = click.Context(
        command,
        info_name=name,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=["-h", "--help"],
    )
    yield from (f"{'#' * level} `{name}`", "", "```text")
    yield "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    yield from ("```", "")
    if isinstance(command, click.Group):
        for verb in command.list_commands(context):
            inner = command.get_command(context, verb)
            assert inner is not None
            yield from _order(f"{name} {verb}", inner, level + 1)


def _row(setting: Setting) -> tuple[str, ...]:
    shown = setting.default
    if isinstance(shown, bool):
        shown = "true" if shown else "false"
    usual = (
        "obligatorio"
        if setting.default is None
        else f"`{shown}`"
        if shown != ""
        else "—"
    )
    name = "—" if setting.secret else f"`{setting.name}`"
    return name, f"`{setting.variable}`", usual, setting.help


def _site_row(setting: SiteSetting) -> tuple[str, ...]:
    return (
        f"`PDN_MARKETPLACE_{setting.name.upper()}`",
        f"`{setting.default}`" if setting.default else "—",
        setting.help,
    )


def _connectors() -> Iterator[str]:
    for folder in connector_folders().values():
        manifest = Manifest.load(folder)
        yield f"### `{manifest.id}`"
        yield ""
        yield f"{manifest.description} Sirve para {', '.join(manifest.systems)}."
        yield ""
        yield from _table(
            ("Ajuste", "Para qué"),
            (
                (f"`{s.name}`" + (" (obligatorio)" if s.required else ""), s.help)
                for s in manifest.settings
            ),
        )


def error_codes() -> str:
    """Write the page of every error: what happened, who must act, codes."""
    rows = (
        (
            f"`{kind.code}`",
            MEANINGS[kind][0],
            MEANINGS[kind][1],
            str(next(EXIT_CODES[c] for c in kind.__mro__ if c in EXIT_CODES)),
            _status(kind),
        )
        for kind in error_kinds()
    )
    return (
        "\n".join(
            [
                "# Errores",
                "",
                GENERATED,
                ERRORS,
                *_table(
                    ("Código", "Qué pasó", "A quién le toca", "Salida", "HTTP"), rows
                ),
                EXITS,
            ]
        ).rstrip()
        + "\n"
    )


def _status(kind: type[PdnError]) -> str:
    """Give the status of what an API can answer; the rest never reaches one."""
    nearest = next(c for c in kind.__mro__ if c in STATUSES)
    is_told = nearest is not PdnError or kind is PdnError
    return str(STATUSES[nearest]) if is_told else "—"


def error_kinds() -> list[type[PdnError]]:
    """List every class of the tree, each under its parent."""
    return [PdnError, *_below(PdnError)]


def _below(kind: type[PdnError]) -> Iterator[type[PdnError]]:
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from _below(child)


def standards() -> str:
    """Write the page of every standard, from the registry."""
    known = all_standards()
    summary = (
        (
            f"[`{s.key}`](#{s.key})",
            f"{s.system} {s.version}",
            s.title,
            str(len(s.datasets)),
            f"{len(s.requirements):,}",
        )
        for s in known
    )
    pieces = [
        "# Estándares",
        "",
        GENERATED,
        STANDARDS,
        *_table(("Clave", "Sistema", "Título", "Conjuntos", "Requisitos"), summary),
    ]
    for standard in known:
        pieces += _standard(standard)
    return "\n".join(pieces).rstrip() + "\n"


def _standard(standard: Standard) -> Iterator[str]:
    title = f"{standard.system} {standard.version}: {standard.title}"
    yield f"## {title} {{#{standard.key}}}"
    yield ""
    yield standard.description
    yield ""
    source = standard.source
    document = source.get("document", "")
    publisher = source.get("publisher", "")
    yield f"Fuente: `{document}`, {publisher}."
    yield ""
    for dataset in standard.datasets:
        yield from _dataset(dataset)
    yield "### Requisitos"
    yield ""
    yield from _requirements(standard)


def _dataset(dataset: Dataset) -> Iterator[str]:
    yield f"### Conjunto `{dataset.key}`: {dataset.title}"
    yield ""
    yield dataset.description
    yield ""
    routes = ", ".join(f"`{e.method} {e.path}`" for e in dataset.endpoints)
    yield f"- Rutas: {routes}."
    yield (
        f"- Registros por página: {dataset.default_page_size} si no se dice, "
        f"{dataset.max_page_size} como máximo."
    )
    if dataset.sort_fields:
        names = ", ".join(f"`{s.name}`" for s in dataset.sort_fields)
        yield f"- Se ordena por: {names}."
    if dataset.reserved:
        names = ", ".join(f"`{path}`" for path in dataset.reserved)
        yield f"- Reservados: {names}."
    yield ""
    yield from _table(
        ("Filtro", "Qué hace con el valor"),
        ((f"`{f.name}`", OPERATORS[f.operator]) for f in dataset.filters),
    )


def _requirements(standard: Standard) -> Iterator[str]:
    yield from _table(
        ("Requisito", "Nivel", "Grupo", "Qué pide"),
        (
            (r.id, LEVELS[r.level], CATEGORIES[r.category], r.sentence)
            for r in standard.requirements
        ),
    )


def _table(titles: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    for row in rows:
        cells = (" ".join(cell.split()).replace("|", "\\|") for cell in row)
        yield f"| {' | '.join(cells)} |"
    yield ""


PAGES: Mapping[str, Callable[[], str]] = {
    "cli-and-settings.md": orders_and_settings,
    "errors.md": error_codes,
    "standards.md": standards,
}
