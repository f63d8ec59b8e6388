"""`pdn submit`: send a connector to a marketplace and follow its run to a verdict."""

import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import click

from pdn_sdk.cli.check import EXITS, STOPPED
from pdn_sdk.cli.sections import Sectioned

if TYPE_CHECKING:
    from pdn_sdk.client import Marketplace

ADDRESS, TOKEN = "PDN_MERCADO", "PDN_MERCADO_TOKEN"
TURN_S = 1.0
MAX_SILENCES = 30
MAX_REQUESTS = 100_000

SECTIONS: Mapping[str, str] = {
    "marketplace": "Adónde y a nombre de quién",
    "no_run": "Qué se espera",
}

MEMBERS: Mapping[str, tuple[str, str]] = {
    "name": ("Conector del Municipio de Ejemplo", "como aparecerá en el catálogo"),
    "abstract": ("Publica sus datos en la PDN.", "una frase, hasta 150 caracteres"),
    "description": ("Qué publica y a quién sirve.", "hasta 900 caracteres"),
    "institution": ("Municipio de Ejemplo", "la dueña de los datos"),
    "maintainer": ("Dirección de Informática", "quién le da mantenimiento"),
    "contact_email": ("ti@ejemplo.gob.mx", "se publica en la ficha"),
    "standard": ("s2", "las claves: pdn standards list"),
    "environment": ("development", "o production"),
    "base_url": ("https://api.ejemplo.gob.mx", "lo que va antes de /v1/… o /v2/…"),
}
"""What a description must say, each with an example and a hint."""

OPTIONAL: Mapping[str, tuple[str, str]] = {
    "token_url": ("https://api.ejemplo.gob.mx/oauth/token", "si no es esa ruta"),
    "client_id": ("pdn", "el cliente de la credencial de prueba"),
    "username": ("pdn", "su usuario"),
    "contact_phone": ("55 5555 5555", "se publica en la ficha"),
    "repository_url": ("https://github.com/ejemplo/conector", "el código"),
    "documentation_url": ("https://ejemplo.gob.mx/api", "la documentación"),
    "licence": ("MIT", "la del código"),
    "organization": ("3", "el número que está en la dirección de su página"),
}
SECRETS: Mapping[str, str] = {
    "client_secret": "PDN_CLIENT_SECRET",
    "password": "PDN_PASSWORD",
    "token": "PDN_TOKEN",
}


@click.command(
    "submit",
    cls=Sectioned,
    sections=SECTIONS,
    short_help="Envía un conector al Mercado Digital y sigue su prueba.",
)
@click.argument(
    "file",
    metavar="[FICHA]",
    required=False,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--marketplace",
    envvar=ADDRESS,
    metavar="URL",
    help=f"El mercado, como se abre en el navegador, o la variable {ADDRESS}.",
)
@click.option(
    "--organization",
    type=click.IntRange(1),
    metavar="N",
    help="La organización dueña; si se omite, la de la ficha o su cuenta.",
)
@click.option(
    "--connector",
    type=click.IntRange(1),
    metavar="N",
    help="Prueba otra vez un conector ya enviado; no lleva ficha.",
)
@click.option("--no-run", is_flag=True, help="Sólo lo guarda, en borrador.")
@click.option("--no-wait", is_flag=True, help="Pide la prueba y no la espera.")
@click.option(
    "--report",
    "report_path",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="ARCHIVO",
    help="Guarda el reporte, en JSON.",
)
@click.option("--example", is_flag=True, help="Escribe una ficha para llenar.")
def command(**given: Any) -> None:  # noqa: ANN401 - the values of the options above
    """Envía al Mercado Digital el conector que describe una ficha (TOML).

    El token del mercado se crea en «Mi cuenta», con los permisos de enviar y de
    leer; va en la variable PDN_MERCADO_TOKEN o se pide sin mostrarlo. Los secretos
    de la API van en PDN_CLIENT_SECRET, PDN_PASSWORD y PDN_TOKEN.

    Termina con 0 si es conforme, 1 si no lo es, 2 si algo está mal escrito y 3
    si no se pudo saber.
    """
    if given["example"]:
        click.echo(example(), nl=False)
        return
    _check_order(given)
    details = _details(given) if given["file"] else None
    from pdn_sdk.client import Client, Marketplace, NetworkPolicy

    with Client(NetworkPolicy(max_requests=MAX_REQUESTS)) as client:
        market = Marketplace(given["marketplace"], _token(), client)
        number = given["connector"]
        if details is not None:
            number = market.create(details)
            click.echo(f"✓ Guardado: {market.url}/conectores/{number}", err=True)
        if given["no_run"]:
            return
        run = market.start_run(number)
        click.echo(f"✓ En la fila: {market.url}/pruebas/{run['id']}", err=True)
        if not given["no_wait"]:
            sys.exit(_followed(market, run["id"], given["report_path"]))


def example() -> str:
    """Give a description to fill in, with what is optional after a `#`."""
    told = ["# Ficha de un conector. Envíela con: pdn submit ficha.toml"]
    told += [f'{name} = "{value}"  # {hint}' for name, (value, hint) in MEMBERS.items()]
    told += ["", "# Opcional:"]
    for name, (value, hint) in OPTIONAL.items():
        shown = value if name == "organization" else f'"{value}"'
        told.append(f"# {name} = {shown}  # {hint}")
    told += ["", "# Los secretos no van aquí, sino en variables de entorno:"]
    told += [f"# {variable} ({name})" for name, variable in SECRETS.items()]
    return "\n".join(told) + "\n"


def _check_order(given: Mapping[str, Any]) -> None:
    if bool(given["file"]) is (given["connector"] is not None):
        raise click.UsageError(
            "Diga qué se envía: la FICHA de un conector nuevo, o --connector con el "
            "número de uno ya enviado. Para una ficha: pdn submit --example"
        )
    if not given["marketplace"]:
        raise click.UsageError(
            "Falta --marketplace, la dirección del Mercado Digital (o la variable "
            f"{ADDRESS})."
        )
    path: Path | None = given["report_path"]
    if path is not None and not path.absolute().parent.is_dir():
        raise click.BadOptionUsage(
            "--report", f"--report: la carpeta «{path.parent}» no existe. Créela."
        )


def _token() -> str:
    """Give the token: never from the order, which anybody on the machine can see."""
    token = os.environ.get(TOKEN, "").strip()
    if not token and sys.stdin.isatty():
        token = click.prompt("Token del mercado", hide_input=True, err=True).strip()
    if not token:
        raise click.UsageError(
            f"Falta el token del mercado: póngalo en la variable {TOKEN}. Se crea en "
            "«Mi cuenta», «Tokens de API»."
        )
    return token


def _details(given: Mapping[str, Any]) -> dict[str, object]:
    """Read the description, and the secrets from their variables."""
    found = _read(given["file"])
    held = sorted(set(found) & set(SECRETS))
    if held:
        raise click.UsageError(
            f"La ficha lleva un secreto («{held[0]}»). Quítelo y póngalo en la "
            f"variable {SECRETS[held[0]]}."
        )
    unknown = sorted(set(found) - set(MEMBERS) - set(OPTIONAL))
    missing = [name for name in MEMBERS if not found.get(name)]
    if unknown:
        raise click.UsageError(
            f"La ficha trae «{unknown[0]}», que no existe. Compárela con: "
            "pdn submit --example"
        )
    if missing:
        raise click.UsageError(f"Falta en la ficha: {', '.join(missing)}.")
    kept = {name: os.environ.get(variable, "") for name, variable in SECRETS.items()}
    found |= {name: secret for name, secret in kept.items() if secret}
    if given["organization"]:
        found["organization"] = given["organization"]
    return found


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise click.UsageError(
            f"«{path}» no se puede leer como ficha: es un archivo TOML en UTF-8, con "
            'líneas como name = "Mi conector". Vea: pdn submit --example'
        ) from error


def _followed(market: "Marketplace", number: int, path: Path | None) -> int:
    """Follow a run to its end, show what it found, and give the exit code."""
    try:
        run = _ended(market, number)
    except KeyboardInterrupt:
        click.echo(
            f"La prueba sigue sin usted; véala en {market.url}/pruebas/{number}",
            err=True,
        )
        return STOPPED
    if not run["verdict"]:
        click.secho(f"✗ {run['message'] or run['said']}", fg="red", err=True)
        return STOPPED
    from pdn_sdk.conformance.render import console
    from pdn_sdk.conformance.report import from_json

    body = market.report(number)
    if path is not None:
        path.write_bytes(body)
        click.echo(f"✓ Se escribió {path}", err=True)
    console.show(from_json(body))
    return EXITS[run["verdict"]]


def _ended(market: "Marketplace", number: int) -> Mapping[str, Any]:
    """Ask until the run is over; a site that restarts is waited for."""
    from pdn_sdk.conformance.render import console
    from pdn_sdk.conformance.runner import Progress
    from pdn_sdk.errors import ProviderUnreachableError

    silences, turn = 0, Event()
    with console.live() as tell:
        while True:
            try:
                run = market.run(number)
            except ProviderUnreachableError:
                silences += 1
                if silences > MAX_SILENCES:
                    raise
            else:
                silences = 0
                if run["is_over"]:
                    return run
                title = run["doing"] or run["said"]
                tell(Progress(run["done"], run["total"], title=title))
            turn.wait(TURN_S)
