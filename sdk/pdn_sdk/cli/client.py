"""`pdn client`: the credentials of those who may call the API."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pdn_sdk.provider.credentials import CredentialStore, Issued
    from pdn_sdk.settings import ProviderSettings
    from pdn_sdk.standards.model import Standard

_project = click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    metavar="CARPETA",
    help="Carpeta del proyecto; si falta, la actual.",
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Resultado en JSON.")


@click.group(
    "client",
    short_help="Administra las credenciales.",
    subcommand_metavar="ORDEN …",
    options_metavar="[opciones]",
)
def command() -> None:
    """Administra las credenciales de quienes consultan la API."""


@command.command("add", options_metavar="[opciones]")
@click.argument("name", metavar="NOMBRE")
@click.option("--reserved", is_flag=True, help="Permite ver los datos reservados.")
@click.option("--certificates", is_flag=True, help="Permite consultar acuses (S1).")
@_as_json
@_project
def add(
    name: str, reserved: bool, certificates: bool, as_json: bool, project: Path
) -> None:
    """Crea la credencial de quien consulta y la muestra esta única vez.

    Sólo se guarda su huella: si se pierde, retírela y cree otra.
    """
    from pdn_sdk.provider.access import issue

    with _opened(project) as (settings, standards, store):
        if reserved:
            _expect_published(settings)
        if certificates:
            _expect_certificates(settings)
        issued = issue(
            store, name, standards, reserved=reserved, certificates=certificates
        )
    if as_json:
        from dataclasses import asdict

        import orjson

        click.echo(orjson.dumps(asdict(issued), option=orjson.OPT_INDENT_2))
        return
    _show(name, issued, settings, standards)


@command.command("list", options_metavar="[opciones]")
@_as_json
@_project
def list_(as_json: bool, project: Path) -> None:
    """Enumera las credenciales; de los secretos no hay copia que mostrar."""
    with _opened(project) as (_, _, store):
        found = store.all()
    if as_json:
        import orjson

        rows = [
            {
                "name": c.name,
                "client_id": c.client_id,
                "username": c.username,
                "scope": c.scope,
                "has_token": bool(c.token_scope),
                "created_at": c.created_at.isoformat(),
            }
            for c in found
        ]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        return
    if not found:
        click.echo('No hay credenciales. Cree la primera: pdn client add "PDN"')
    for credential in found:
        click.echo(f"{credential.name}")
        click.echo(f"  cliente  {credential.client_id}")
        click.echo(f"  alcance  {credential.scope}")
        click.echo(f"  creada   {credential.created_at:%d/%m/%Y, %H:%M} UTC")


@command.command("remove", options_metavar="[opciones]")
@click.argument("name", metavar="NOMBRE")
@_project
def remove(name: str, project: Path) -> None:
    """Retira una credencial, por su nombre o su cliente.

    Sus tokens dejan de servir en ese momento.
    """
    with _opened(project) as (_, _, store):
        store.remove(name)
    click.echo(f"✓ «{name}» ya no puede consultar la API, tampoco con tokens vigentes.")


@command.command("import", options_metavar="[opciones]")
@click.argument(
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="ARCHIVO",
)
@_project
def import_(file: Path, project: Path) -> None:
    """Trae las credenciales de un archivo.

    Por ejemplo, al pasar a PostgreSQL. Quien ya consultaba sigue entrando con lo
    mismo. Las que ya están aquí, con ese nombre, no se tocan.
    """
    with _opened(project) as (_, _, store):
        added = store.take(file)
    click.echo(f"✓ Credenciales que se agregaron de «{file}»: {added:,}.")


@contextmanager
def _opened(
    project: Path,
) -> "Iterator[tuple[ProviderSettings, list[Standard], CredentialStore]]":
    from pdn_sdk.provider.credentials import CredentialStore
    from pdn_sdk.settings import ProviderSettings
    from pdn_sdk.standards.loader import get

    settings = ProviderSettings.load(project, os.environ)
    standards = [get(key) for key in settings.standards]
    store = CredentialStore.open(settings.credentials)
    try:
        yield settings, standards, store
    finally:
        store.close()


def _expect_published(settings: "ProviderSettings") -> None:
    from pdn_sdk.errors import ConfigurationError

    if not settings.publish_reserved:
        raise ConfigurationError(
            "Este proyecto no guarda datos reservados, así que nadie puede verlos. Si "
            "tiene fundamento legal, escriba «publish_reserved = true» en "
            "provider.toml, repita «pdn load» y cree la credencial."
        )


def _expect_certificates(settings: "ProviderSettings") -> None:
    from pdn_sdk.errors import ConfigurationError

    if settings.certificates is None:
        raise ConfigurationError(
            "Este proyecto no publica acuses. Escriba en provider.toml en qué carpeta "
            'están, por ejemplo: certificates = "acuses"'
        )


def _show(
    name: str,
    issued: "Issued",
    settings: "ProviderSettings",
    standards: "list[Standard]",
) -> None:
    from pdn_sdk.provider.oauth.routes import token_paths

    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    rows = [
        ("client_id", issued.client_id),
        ("client_secret", issued.client_secret),
        ("username", issued.username),
        ("password", issued.password),
        ("scope", issued.scope),
        ("token_url", base + token_paths(standards)[0]),
    ]
    if issued.token:
        rows.append(("token", issued.token))
    click.echo(f"✓ Credencial de «{name}»")
    click.echo()
    for label, value in rows:
        click.echo(f"  {label:<14} {value}")
    click.echo()
    click.echo("Guárdela ahora: no se vuelve a mostrar. Entréguela por el conducto")
    click.echo("que indique la SESNA, nunca por correo sin cifrar.")
